"""What the rows of ``benchmarks/speed.py`` say: ratios round by round, and whether the goals are met."""

import json
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SMALL_SIDE = 48
SMALL_RIVALS = ("lime", "captum", "quantus")
ORDER = ("squeezenet1_1", "mobilenet_v2", "resnet20")


@dataclass(frozen=True)
class Measured:
    """One row. Ratios are medians over the rounds, of processor time unless ``clock``."""

    row: dict[str, Any]

    @property
    def network(self) -> str:
        """Its name."""
        return str(self.row["network"])

    @property
    def pair(self) -> str:
        """The row's name."""
        return str(self.row["pair"])

    @property
    def small(self) -> bool:
        """Whether the pictures are."""
        return int(self.row["side"]) < SMALL_SIDE

    def passes(self, side: str) -> int:
        """Pictures forward and back, of all pictures together."""
        return sum(self.row["passes"][side].values())

    def seconds(self, side: str) -> float:
        """Of the processor, for one picture."""
        return float(statistics.median(self.row["processor"][side])) / int(self.row["pictures"])

    def rivals(self, what: str = "processor") -> list[float]:
        """The rival's time a pass over ours, of each round; of a whole map where ours runs the last layers only."""
        equal = self.passes("ours") / self.passes("theirs") if self.bare is not None else 1.0
        return [equal * b / a for a, b in zip(self.row[what]["ours"], self.row[what]["theirs"], strict=True)]

    @property
    def rival(self) -> float:
        """How many times as long the rival takes, a pass."""
        return statistics.median(self.rivals())

    @property
    def bare(self) -> float | None:
        """How many times as long ours takes as its bare passes; None where it runs the last layers only."""
        found = self.row["processor"]
        if "bare" not in found:
            return None
        return float(statistics.median(a / b for a, b in zip(found["ours"], found["bare"], strict=True)))

    @property
    def most(self) -> float | None:
        """What ``rival`` would be if ours cost nothing but its bare passes."""
        return None if self.bare is None else self.rival * self.bare

    @property
    def cut(self) -> float | None:
        """The segmentation's share of ours, where there is one."""
        found = self.row["processor"]
        return statistics.median(a / b for a, b in zip(found["cut"], found["ours"])) if "cut" in found else None


def read(results: Path) -> list[Measured]:
    """All rows, large pictures first, in the order in which pairs are listed."""
    found = [Measured(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(results.glob("*.*.json"))]
    return sorted(found, key=lambda each: (ORDER.index(each.network), each.pair))


@dataclass(frozen=True)
class Goal:
    """What was set before measuring. ``value`` of a row must be at least ``least``, or at most ``most``."""

    words: str
    applies: Callable[[Measured], bool]
    value: Callable[[Measured], float | None]
    least: float = 0.0
    most: float = float("inf")

    def worst(self, rows: Iterable[Measured]) -> tuple[Measured, float] | None:
        """The row that is farthest from it."""
        known = [(row, value) for row in rows if self.applies(row) and (value := self.value(row)) is not None]
        pick = min if self.least > 0 else max
        return pick(known, key=lambda each: each[1]) if known else None

    def met(self, value: float) -> bool:
        """Whether the value is good enough, to the two digits that are shown."""
        return self.least <= round(value, 2) <= self.most


def _rival(row: Measured) -> float:
    return row.rival


def _bare(row: Measured) -> float | None:
    return row.bare


def _cut(row: Measured) -> float | None:
    return row.cut


def goals() -> Sequence[Goal]:
    """All of them."""
    small = [
        Goal(
            f"at least 5 times as fast as {library} on small pictures",
            lambda row, library=library: row.small and row.row["library"] == library,  # type: ignore[misc]
            _rival,
            least=5,
        )
        for library in SMALL_RIVALS
    ]
    return (
        Goal("not slower than any rival", lambda _: True, _rival, least=1),
        Goal("at most 1.1 times the bare passes at 224 pixels", lambda row: not row.small, _bare, most=1.1),
        Goal("at most 1.3 times the bare passes at 32 pixels", lambda row: row.small, _bare, most=1.3),
        Goal(
            "Grad-CAM at least 1.8 times as fast as pytorch-grad-cam", lambda row: row.pair == "grad_cam", _rival, 1.8
        ),
        Goal("pixel flipping at least 4 times as fast as Quantus", lambda row: row.pair == "pixel_flipping", _rival, 4),
        *small,
        Goal("segmentation at most 10 % of an explanation", lambda _: True, _cut, most=0.1),
    )
