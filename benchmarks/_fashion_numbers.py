"""What ``benchmarks/fashion.py`` measured, read back: runs by their groups, their scores, and what follows from them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import _groups
import numpy as np
from _groups import Row

from whylight.comparison.classification import wilson

Part = Literal["test", "validation"]


@dataclass(frozen=True)
class Measured(_groups.Measured):
    """One run."""

    def score(self, part: Part) -> Row | None:
        """How good it is on a part of the data; of masks, with the first share of the pixels."""
        found: Row = self.answers
        if "masks" in found:
            first = found["masks"][0]
            found = {"validation": first["validation"], "test": first["scores"]["map"]}
        return found.get(part)

    @property
    def minutes(self) -> float:
        """What the training of a network took, or the whole command where an SVM is fitted."""
        curve = self.answers.get("curve")
        return (sum(row["seconds"] for row in curve) if curve else self.seconds) / 60


Groups = dict[str, list[Measured]]
"""Runs by what their seeds are averaged under, in the order of the seeds."""


def read_groups(folder: Path) -> Groups:
    """Every run that is there."""
    return _groups.read_groups(folder, Measured)


def accuracies(runs: Sequence[Measured], part: Part) -> list[float]:
    """Of each run that was scored there, in percent."""
    return [100 * found["accuracy"] for found in (run.score(part) for run in runs) if found is not None]


def percent(values: Sequence[float], digits: int = 2) -> str:
    """The mean; a dash where there is none."""
    return f"{np.mean(values):.{digits}f} %" if values else "–"


def each(values: Sequence[float]) -> str:
    """All of them, with two digits."""
    return _groups.each(values, 2)


def interval(score: Row | None) -> str:
    """Wilson's 95 % interval of an accuracy, in percent."""
    if score is None:
        return "–"
    low, high = wilson(round(score["accuracy"] * score["pictures"]), score["pictures"])
    return f"{100 * low:.1f} to {100 * high:.1f}"


def report(runs: Sequence[Measured], part: Part = "test") -> dict[str, tuple[float, float, float]]:
    """Precision, recall and F1 of each label: means over the runs."""
    found: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for score in (run.score(part) for run in runs):
        if score is not None:
            confusion = np.array(score["confusion"], dtype=np.float64)
            right, have, given = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
            rows = zip(right / given.clip(1), right / have.clip(1), 2 * right / (have + given).clip(1), strict=True)
            for label, row in zip(score["of_labels"], rows, strict=True):
                found[label].append(row)
    means = {label: np.mean(rows, axis=0).tolist() for label, rows in found.items()}
    return {label: (row[0], row[1], row[2]) for label, row in means.items()}
