"""The names of a classifier's labels, read from a file in one of the forms that people keep them in."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from whylight.errors import ModelError


def read_labels(path: Path) -> tuple[str, ...]:
    """One name a logit, in the order of the logits.

    Read are: a text file with one name a line; a JSON list of names; a JSON object ``{"0": name, …}``; and a JSON list
    of ``{"index", "names"}`` as ImageNet's classes are published (the first synonym counts, unless two labels share it).

    Raises ModelError when the file is missing, empty or in none of these forms.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise ModelError(
            f"cannot read the labels in {path}: {reason}; give a text file with one name a line"
        ) from error
    labels = _from_json(path, text) if text.lstrip()[:1] in ("[", "{") else _lines(text)
    if not labels:
        raise ModelError(f"expected label names in {path}, one a line; got an empty file")
    return labels


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _from_json(path: Path, text: str) -> tuple[str, ...]:
    try:
        return _from_plain(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f'expected a JSON list of names, {{"0": name, …}} or a list of {{"index", "names"}} in {path}; '
            f"got something else ({type(error).__name__}: {error})"
        ) from error


def _from_plain(plain: Any) -> tuple[str, ...]:
    if isinstance(plain, dict):
        numbered = {int(index): str(name) for index, name in plain.items()}
    elif all(isinstance(entry, str) for entry in plain):
        return tuple(plain)
    else:
        numbered = {int(entry["index"]): str(entry["names"]) for entry in plain}
    if sorted(numbered) != list(range(len(numbered))):
        raise ValueError(f"the indices must run from 0 to {len(numbered) - 1}")
    return _shortened([numbered[index] for index in range(len(numbered))])


def _shortened(names: list[str]) -> tuple[str, ...]:
    first = [name.split(",")[0].strip() for name in names]
    uses = Counter(first)
    return tuple(short if uses[short] == 1 else full for short, full in zip(first, names))


def numbered(count: int) -> tuple[str, ...]:
    """Names for labels that nobody named: their indices."""
    return tuple(str(index) for index in range(count))
