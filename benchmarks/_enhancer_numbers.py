"""What ``benchmarks/enhancer.py`` measured, read back: runs by their groups, accuracies, gains and costs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import _groups
import numpy as np
from _groups import Row


@dataclass(frozen=True)
class Measured(_groups.Measured):
    """One run."""

    @property
    def compared(self) -> Row:
        """What a comparison found."""
        found: Row = self.answers["before_after"]
        return found


Groups = dict[str, list[Measured]]
"""Runs by what their seeds are averaged under, in the order of the seeds."""


def read_groups(folder: Path) -> Groups:
    """Every run that is there."""
    return _groups.read_groups(folder, Measured)


def tested(runs: Iterable[Measured]) -> list[float]:
    """The accuracy on the test pictures of each training that was scored there, in percent."""
    return [100 * run.answers["test"]["accuracy"] for run in runs if run.answers.get("test")]


def mean(values: Sequence[float], digits: int = 1, unit: str = "") -> str:
    """A dash where there is none."""
    return f"{np.mean(values):.{digits}f}{unit}" if values else "–"


def each(values: Sequence[float]) -> str:
    """All of them, with one digit."""
    return _groups.each(values, 1)


def points(gain: Row) -> str:
    """A gain in points of accuracy with its 95 % interval."""
    return f"{signed(gain['gain'])} ({signed(gain['low'])} to {signed(gain['high'])})"


def signed(share: float) -> str:
    """A share in points, with its sign."""
    return f"{100 * share:+.1f}".replace("-", "−")


def percent(share: float) -> str:
    """A share of something that may be below nothing."""
    return f"{100 * share:.0f} %".replace("-", "−")


def chance(p: float) -> str:
    """A probability as it is told."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def quality(compared: Row, beside: str, measure: str, of: str = "after") -> float | None:
    """The mean PSNR or SSIM of the pictures ``of`` one side beside the others; None where it was not told."""
    found = [row for row in compared["quality"] if (row["of"], row["beside"]) == (of, beside)]
    return found[0][measure]["mean"] if found else None


def told(value: float | None, digits: int) -> str:
    """A number; a dash for None."""
    return "–" if value is None else f"{value:.{digits}f}"


def other(compared: Row, *names: str) -> Row | None:
    """The row of a pair, or of another classifier before and after: the one whose two sides begin with these names."""
    for row in compared["transfer"]:
        if all(side.startswith(name) for side, name in zip((row["first"], row["second"]), names, strict=False)):
            found: Row = row
            return found
    return None


def model(name: str) -> str:
    """A trained model as the results name it."""
    return f"file:{name}/model.safetensors"


def minutes(runs: Iterable[Measured]) -> tuple[float, float]:
    """By the clock and of the processor, in all."""
    found = list(runs)
    return sum(run.seconds for run in found) / 60, sum(run.cpu for run in found) / 60
