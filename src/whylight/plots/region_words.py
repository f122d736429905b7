"""What a region does, in one sentence: which label profits from it, or which one it keeps down."""

from collections.abc import Sequence
from dataclasses import dataclass

from whylight.explanation import Explanation
from whylight.frame import Frame
from whylight.plots.numbers import moved
from whylight.regions import HINDERS, Region, Sign

LITTLE, LITTLE_OF_LITTLE, LEAST = 0.02, 0.1, 0.001
"""A change of the target's probability below 2 points is called little; of a small probability, below a tenth of it, but
never less than a tenth of a point."""
MARKED = 3
"""So many regions of each sign are numbered in a picture."""


def region_sentence(region: Region, target: str, label: str, number: int) -> str:
    """``label``: the name of the region's label."""
    own, other = (target, region.before, region.after), (label, region.label_before, region.label_after)
    gained = region.after - region.before
    if region.sign == HINDERS:
        effect, does, moves = gained, f"pulls towards {label}", (other, own)
    else:
        effect, does, moves = -gained, f"speaks for {target}, against {label}", (own, other)
    if effect < max(LEAST, min(LITTLE, LITTLE_OF_LITTLE * region.before)):
        does = "makes little difference" if effect >= -LEAST else f"does not {region.sign[:-1]}"
    told = ", ".join(f"{name} {moved(before, after)}" for name, before, after in moves)
    return f"Region {number} {does}: without it {told}."


@dataclass(frozen=True)
class Marker:
    """A region's number and sign, its place (across, down) in the picture's pixels, and its sentence."""

    number: int
    sign: Sign
    place: tuple[float, float]
    sentence: str


def markers(explanation: Explanation, index: int, regions: Sequence[Region], frame: Frame) -> list[Marker]:
    """The strongest regions of a picture, to be numbered in it; numbers count from 1 in the order of ``regions``."""
    names = explanation.classifier.labels
    size = (explanation.images.shape[-2], explanation.images.shape[-1])
    made: list[Marker] = []
    for number, region in enumerate(regions, start=1):
        if sum(each.sign == region.sign for each in made) < MARKED:
            column, row = region.place
            across, down, *_ = frame.box_in_picture((column, row, column + 1, row + 1), size)
            sentence = region_sentence(region, names[int(explanation.targets[index])], names[region.label], number)
            made.append(Marker(number, region.sign, (across, down), sentence))
    return made
