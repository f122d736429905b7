"""Pages of the manual that are made of words and of what was measured."""

from collections.abc import Mapping, Sequence


def filled(words: str, values: Mapping[str, str]) -> str:
    """The words with their values in the place of ``[[name]]``. A paragraph whose value is empty is left out, and a section
    that only had such ones."""
    sections = [each for each in words.split("\n## ") if not (marks := _marks(each, values)) or any(marks)]
    paragraphs = [each for each in "\n## ".join(sections).split("\n\n") if all(_marks(each, values))]
    text = "\n\n".join(paragraphs)
    for name, value in values.items():
        text = text.replace(f"[[{name}]]", value.strip())
    return text.rstrip() + "\n"


def _marks(text: str, values: Mapping[str, str]) -> list[str]:
    return [value for name, value in values.items() if f"[[{name}]]" in text]


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 1) -> str:
    """A table; the first ``words`` columns are text, the others numbers. Empty without rows."""
    if not rows:
        return ""
    lines = [head, ["---"] * words + ["--:"] * (len(head) - words), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
