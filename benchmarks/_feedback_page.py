"""The page of the manual that ``benchmarks/feedback.py`` writes."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _pages import filled, table

WORDS = Path(__file__).parent / "feedback.words.md"
NAMES = {"planted": "made pictures", "coco": "COCO"}

Row = dict[str, Any]


def write_page(results: Path, docs: Path) -> None:
    """``feedback-measured.md`` in the folder of the manual."""
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(results.glob("*.json"))}
    values = {
        "about": about(found),
        "candidates": candidates_table(found),
        "faithfulness": faithfulness_table(found),
        "evidence": evidence_table(found),
    }
    page = docs / "feedback-measured.md"
    page.write_text(filled(WORDS.read_text(encoding="utf-8"), values), encoding="utf-8")


def about(found: Row) -> str:
    """What was judged on what."""
    lines = []
    for name, title in NAMES.items():
        if name in found:
            facts, rows = found[name]["about"], found[name]["rows"]
            lines.append(
                f"- {title}: {facts['pictures']} pictures, of which {rows[0]['judged']} are judged and the others held out; "
                f"{facts['options']} candidates for each; {facts['acceptable']:.0%} of the pictures have one that the judge "
                f"accepts. {facts['machine']}, torch {facts['torch']}."
            )
    return "\n".join(lines)


def candidates_table(found: Row) -> str:
    """Downs before an up, and the first explanation, for each world and judge."""
    rows = []
    for name, title in NAMES.items():
        for judge in ("right", "noisy", "random"):
            of = Chosen(found, name, judge)
            if of.rows:
                before, after = of.mean("downs", "next rank"), of.mean("downs", "learned")
                seeds = [b / a - 1 for a, b in zip(of.each("downs", "next rank"), of.each("downs", "learned")) if a]
                rows.append(
                    [
                        title,
                        judge,
                        f"{before:.1f}",
                        f"{after:.1f}",
                        f"{after / before - 1:+.0%}" if before else "",
                        f"{min(seeds):+.0%} … {max(seeds):+.0%}",
                        f"{of.mean('first', 'next rank'):.0%}",
                        f"{of.mean('first', 'learned'):.0%}",
                    ]
                )
    head = [
        "",
        "judge",
        "downs before",
        "with learning",
        "change",
        "single seeds",
        "first accepted before",
        "with learning",
    ]
    return table(head, rows, words=2)


def faithfulness_table(found: Row) -> str:
    """Deletion of what is shown first."""
    rows = []
    for name, title in NAMES.items():
        for judge in ("right", "noisy", "random"):
            of = Chosen(found, name, judge)
            if of.rows:
                numbers = (of.mean("deletion", "next rank"), of.mean("deletion", "learned"))
                rows.append([title, judge, *(f"{number:.3f}" for number in numbers)])
    return table(["", "judge", "before", "with learning"], rows, words=2)


def evidence_table(found: Row) -> str:
    """Segment evidence: acceptance and faithfulness with and without the guard."""
    rows = []
    for name, title in NAMES.items():
        kept = found.get(f"{name}_evidence", {}).get("rows", [])
        for judge, prior in dict.fromkeys((row["judge"], row["prior"]) for row in kept):
            chosen = [row for row in kept if (row["judge"], row["prior"]) == (judge, prior)]
            mean = _mean_of(chosen)
            rows.append(
                [
                    title,
                    f"{judge} judge, {prior}" if judge else "no prior",
                    f"{mean('iou'):.3f}",
                    f"{mean('accepted'):.0%}",
                    f"{mean('deletion'):.3f}",
                    f"{mean('heldout_r2'):.3f}",
                    f"{mean('kept'):.2f}",
                ]
            )
    return table(["", "", "IoU", "accepted", "deletion", "held-out R²", "prior kept"], rows, words=2)


class Chosen:
    """The rows of one world and judge."""

    def __init__(self, found: Row, name: str, judge: str) -> None:
        self.rows = [row for row in found.get(name, {}).get("rows", []) if row["judge"] == judge]

    def each(self, number: str, scheme: str) -> list[float]:
        """One for each seed."""
        return [float(row[number]) for row in self.rows if row["scheme"] == scheme]

    def mean(self, number: str, scheme: str) -> float:
        """Over the seeds."""
        return float(np.mean(self.each(number, scheme)))


def _mean_of(rows: Sequence[Row]) -> Callable[[str], float]:
    return lambda name: float(np.mean([row[name] for row in rows]))
