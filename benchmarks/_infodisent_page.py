"""The page of ``benchmarks/infodisent.py``: tables of what its commands answered, and what is missing."""

import json
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]
T_95 = {2: 12.71, 3: 4.303, 4: 3.182, 5: 2.776}
"""Student's t for so many values, 95 %, two-sided."""


def write_page(results: Path, docs: Path) -> None:
    """Writes docs/infodisent-results.md."""
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(results.glob("*.json"))}
    about = found.pop("about", {})
    parts = [
        "# Concepts, measured",
        "Written by `benchmarks/infodisent.py page`; every number is of one of its commands. "
        f"Measured on a {about.get('machine', 'machine that is not named')}. Intervals are Student's over the seeds, 95 %.",
        "## Accuracy beside the network below",
        _accuracy(found),
        "## What each part is good for",
        "CIFAR-10, the included network, 10,000 pictures to train with, all weights kept, 8 epochs.",
        _ablation(found),
        "## How it is learnt",
        "CIFAR-10, the included network, 10,000 pictures to train with, 5 concepts a label. `expm` is also what draws by "
        "`gumbel` and answers by `softmax`; the others differ from it in what they are named after.",
        _choices(found),
        "## The same decision in another basis",
        _post_hoc(found),
        "## Maps beside Grad-CAM on the same network",
        _maps(found),
    ]
    (docs / "infodisent-results.md").write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def interval(values: Sequence[float], scale: float = 1.0, digits: int = 2) -> str:
    """The mean and half of the interval's width."""
    mean = scale * statistics.mean(values)
    if len(values) < 2:
        return f"{mean:.{digits}f}"
    half = scale * T_95.get(len(values), 2.0) * statistics.stdev(values) / len(values) ** 0.5
    return f"{mean:.{digits}f} ± {half:.{digits}f}"


def _grouped(found: dict[str, Row], group: str) -> dict[tuple[str, ...], list[Row]]:
    """The answers of a group by their names without the seed."""
    grouped: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for name, row in found.items():
        if row.get("group") == group and row["answers"]:
            grouped[tuple(name.split(".")[1:-1])].append(row["answers"])
    return grouped


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _of(rows: list[Row], read: Callable[[Row], float | None]) -> list[float]:
    values = (read(row) for row in rows)
    return [value for value in values if value is not None]


def _shared(rows: list[Row]) -> list[str]:
    measures = ("per_explanation", "per_label", "purity", "rv", "activation_change", "location_change")
    cells = [interval(_of(rows, lambda row, name=name: row["measures"][name])) for name in measures]  # type: ignore[misc]  # a default argument
    error = max(row["measures"]["orthogonality"] for row in rows)
    return [*cells, f"{error:.0e}"]


SHARED = ("concepts an explanation", "concepts a label", "purity", "RV", "PAC", "PLC", "orthogonality error")


def _accuracy(found: dict[str, Row]) -> str:
    lines = []
    for (name, data, keep), rows in sorted(_grouped(found, "accuracy").items()):
        own = _of(rows, lambda row: row["score"]["accuracy"])
        below = _of(rows, lambda row: row["score"]["below"])
        drop = [first - second for first, second in zip(below, own)]
        kept = "all" if keep == "0" else keep
        numbers = [interval(each, 100) for each in (below, own, drop)]
        lines.append([name, data, kept, str(len(rows)), *numbers, *_shared(rows)])
    heads = ("network", "data", "kept", "seeds", "below %", "concepts %", "drop, points", *SHARED)
    return _table(heads, lines) if lines else "Not measured yet."


def _ablation(found: dict[str, Row]) -> str:
    lines = [
        [*names, str(len(rows)), interval(_of(rows, lambda row: row["score"]["accuracy"]), 100), *_shared(rows)]
        for names, rows in sorted(_grouped(found, "ablation").items())
    ]
    heads = ("basis", "pooling", "weights", "seeds", "accuracy %", *SHARED)
    return _table(heads, lines) if lines else "Not measured yet."


def _choices(found: dict[str, Row]) -> str:
    lines = []
    for group in ("parametrisation", "drawing"):
        for names, rows in sorted(_grouped(found, group).items()):
            seconds = statistics.mean(sum(each["seconds"] for each in row["curve"]) for row in rows)
            accuracy = interval(_of(rows, lambda row: row["score"]["accuracy"]), 100)
            lines.append([group, *names, str(len(rows)), accuracy, f"{seconds:.0f}", *_shared(rows)])
    heads = ("what", "how", "seeds", "accuracy %", "seconds of training", *SHARED)
    return _table(heads, lines) if lines else "Not measured yet."


def _post_hoc(found: dict[str, Row]) -> str:
    lines = []
    for name, row in found.items():
        if row.get("group") == "post_hoc":
            answers = row["answers"]
            curve, measures = answers["curve"], answers["measures"]
            numbers = [f"{curve[0]:.3f}", f"{curve[-1]:.3f}", f"{measures['purity']:.3f}", f"{measures['rv']:.3f}"]
            deviation = f"{answers['largest_change']:.0e}"
            lines.append([name.partition(".")[2], *numbers, f"{measures['per_explanation']:.1f}", deviation])
    heads = (
        "network",
        "purity, first round",
        "last round",
        "of the prototypes",
        "RV",
        "concepts an explanation",
        "logits moved",
    )
    return _table(heads, lines) if lines else "Not measured yet."


def _maps(found: dict[str, Row]) -> str:
    lines = []
    for name, row in found.items():
        if row.get("group") == "maps":
            for line in row["answers"]["metrics"]:
                bounds = f"{line['mean']:.3f} ({line['low']:.3f} to {line['high']:.3f})"
                lines.append([name.partition(".")[2], line["metric"], line["method"], bounds])
    heads = ("network and data", "metric", "method", "mean, 95 % interval")
    return _table(heads, lines) if lines else "Not measured yet."
