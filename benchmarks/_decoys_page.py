"""The page of the manual that ``benchmarks/decoys.py`` writes."""

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from _decoys_runs import LOSSES, SEEDS, SPREAD
from _pages import filled, table

WORDS = Path(__file__).parent / "decoys.words.md"
WHAT = {
    name: "the same steps without a loss on explanations"
    if name == "none"
    else f"`{name.removesuffix(SPREAD)}`{', marks spread' if name.endswith(SPREAD) else ''}"
    for name in LOSSES
}
METHODS = ("integrated_gradients", "occlusion", "saliency", "grad_cam")
GOAL = 2.0
"""Points of accuracy that may be missing to a network trained without decoys."""

Row = dict[str, Any]


def write_page(results: Path, docs: Path) -> None:
    """``decoys.md``; what was not measured is left out, and the page says what is missing."""
    found = {group: read(results, group) for group in ("clean", "confounded", *LOSSES)}
    values = {
        "about": about_words(results, found),
        "missing": missing(found),
        "short": short(found),
        "accuracy": accuracy_table(found),
        "evidence": evidence_table(found),
    }
    (docs / "decoys.md").write_text(filled(WORDS.read_text(encoding="utf-8"), values), encoding="utf-8")


def read(results: Path, group: str) -> list[Row]:
    """The runs of all seeds that are there."""
    paths = [results / f"{group}.{seed}.json" for seed in SEEDS]
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists()]


def about_words(results: Path, found: dict[str, list[Row]]) -> str:
    """On what it was measured, and what it cost."""
    path = results / "about.json"
    if not path.exists():
        return ""
    about = json.loads(path.read_text(encoding="utf-8"))
    seconds = sum(row["cpu"] for rows in found.values() for row in rows)
    return (
        f"Measured with whylight {about['whylight']} and torch {about['torch']} on a {about['machine']}, in "
        f"{seconds / 60:.0f} minutes of its processor; {about['pictures']:,} pictures to train with, {about['epochs']} "
        "epochs."
    )


def missing(found: dict[str, list[Row]]) -> str:
    """What was not measured yet."""
    lacks = [f"{group} ({len(SEEDS) - len(rows)})" for group, rows in found.items() if len(rows) < len(SEEDS)]
    return f"Not measured yet (seeds): {', '.join(lacks)}." if lacks else ""


def clean_tests(found: dict[str, list[Row]], group: str) -> list[float]:
    """Clean test accuracies in percent, one a seed."""
    if group in ("clean", "confounded"):
        return [100 * row["answers"]["test"] for row in found[group]]
    return [100 * row["answers"]["accuracy"]["test"]["after"]["accuracy"] for row in found[group]]


def short(found: dict[str, list[Row]]) -> str:
    """Which losses bring the accuracy back, in sentences."""
    whole = clean_tests(found, "clean")
    lines = []
    for group in LOSSES:
        after = clean_tests(found, group)
        if not after or not whole:
            continue
        gap = mean(whole) - mean(after)
        reached = "within" if gap <= GOAL else "not within"
        lines.append(
            f"- **{WHAT[group]}**: {mean(after):.1f} % on the clean test, {gap:.1f} points below a network trained without "
            f"decoys: {reached} {GOAL:g} points."
        )
    return "\n".join(lines)


def accuracy_table(found: dict[str, list[Row]]) -> str:
    """Accuracies on clean pictures, and on pictures with random patches."""
    rows = [
        [words, _spread(clean_tests(found, group)), "", ""]
        for group, words in (("clean", "trained without decoys"), ("confounded", "trained with decoys"))
        if found[group]
    ]
    for group in LOSSES:
        if found[group]:
            checks = [
                [100 * row["answers"]["accuracy"]["check"][side]["accuracy"] for row in found[group]]
                for side in ("before", "after")
            ]
            used = f"{sum(row['answers']['accepted'] for row in found[group])} of {len(found[group])}"
            rows.append(
                [
                    f"… corrected by {WHAT[group]}",
                    _spread(clean_tests(found, group)),
                    f"{_spread(checks[0])} → {_spread(checks[1])}",
                    used,
                ]
            )
    return table(["network", "clean test, %", "test with random patches, %", "accepted"], rows)


def evidence_table(found: dict[str, list[Row]]) -> str:
    """The share of the evidence in the marked pixels of held-out pictures, by each method."""
    first = next((rows for group, rows in found.items() if group in LOSSES and rows), [])
    if not first:
        return ""
    rows = [["trained with decoys", *(_shares(first, name, "before") for name in METHODS)]]
    for group in LOSSES:
        if found[group]:
            own = found[group][0]["answers"]["changes_itself"] if group != "none" else None
            cells = [f"{_shares(found[group], name, 'after')}{' *' if name == own else ''}" for name in METHODS]
            rows.append([f"… corrected by {WHAT[group]}", *cells])
    area = 100 * mean(row["answers"]["area"] for row in first)
    rows.append(["an even map", *([f"{area:.1f}"] * len(METHODS))])
    return table(["evidence in the marked pixels, %", *(f"`{name}`" for name in METHODS)], rows)


def _shares(rows: Sequence[Row], method: str, side: str) -> str:
    known = [row["answers"]["evidence"].get(method, {}).get(side) for row in rows]
    return _spread([100 * each["mean"] for each in known if each])


def _spread(numbers: Sequence[float]) -> str:
    """The mean, and from where to where the seeds go."""
    if not numbers:
        return "–"
    if len(numbers) == 1:
        return f"{numbers[0]:.1f}"
    return f"{mean(numbers):.1f} ({min(numbers):.1f} to {max(numbers):.1f})"
