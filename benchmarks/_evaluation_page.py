"""The page of the manual that ``benchmarks/evaluation.py`` writes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from _pages import filled, table

WORDS = Path(__file__).parent / "evaluation.words.md"

Row = dict[str, Any]


def write_page(found: Row, docs: Path) -> None:
    """``evaluate-measured.md`` in the folder of the manual."""
    values = {
        "about": about(found),
        "cost": cost(found["attempts"]),
        "scores": scores_table(found),
        "ranks": ranks_table(found["overall"]),
        "advice": found["advice"],
        "warnings": "\n".join(f"- {sentence}" for sentence in found["warnings"]),
    }
    page = docs / "evaluate-measured.md"
    page.write_text(filled(WORDS.read_text(encoding="utf-8"), values), encoding="utf-8")


def about(found: Row) -> str:
    """What was scored on what."""
    plan, machine = found["plan"], found["about"]
    return f"{plan['limit']} pictures, seed {plan['seed']}, {machine['machine']}, torch {machine['torch']}."


def cost(attempts: Sequence[Row]) -> str:
    """Processor time of all attempts, and their time by the clock."""
    cpu = sum(each["cpu"] for each in attempts) / 60
    parts = [f"{each['seconds'] / 60:.0f} minutes with {_workers(each['workers'])}" for each in attempts]
    return f"{cpu:.0f} minutes of processor time; {', then '.join(parts)}"


def _workers(count: int) -> str:
    return "one worker" if count == 1 else f"{count} workers"


def scores_table(found: Row) -> str:
    """Means with half of their intervals, methods as rows; the best of each metric in bold."""
    lines = [*found["metrics"], *found["controls"]]
    metrics = list(dict.fromkeys(line["metric"] for line in lines))
    methods = list(dict.fromkeys(line["method"] for line in lines))
    cells = {(line["method"], line["metric"]): score(line) for line in lines}
    controls = {line["method"] for line in lines if line["control"]}
    named = [[f"*{name}*" if name in controls else f"`{name}`", name] for name in methods]
    rows = [[shown, *(cells.get((name, metric), "–") for metric in metrics)] for shown, name in named]
    directions = {line["metric"]: line["higher_is_better"] for line in lines}
    return table(["", *(f"`{name}` {arrow(directions[name])}" for name in metrics)], rows)


def score(line: Row) -> str:
    """One cell."""
    text = f"{line['mean']:.3f} ± {(line['high'] - line['low']) / 2:.3f}"
    return f"**{text}**" if line["rank"] == 1 else text


def arrow(higher: bool | None) -> str:  # noqa: FBT001
    """In which direction a metric is better."""
    return "" if higher is None else "↑" if higher else "↓"


def ranks_table(overall: Sequence[Row]) -> str:
    """The mean rank of each, the best first."""
    rows = [
        [
            f"*{each['method']}*" if each["control"] else f"`{each['method']}`",
            f"{each['mean_rank']:.1f}",
            str(each["wins"]),
        ]
        for each in overall
    ]
    return table(["", "mean rank", "first places"], rows)
