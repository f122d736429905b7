"""Whether two sets of maps show the same place: one word for a pair, from what is left of its similarity beyond chance.

    beyond = (mean - chance) / (1 - chance)

the share of the way from chance to identical maps, as Cohen's kappa corrects an agreement for chance (Cohen, A coefficient
of agreement for nominal scales, 1960, equation 1). Chance is the higher of the two levels: maps of other pictures, and
maps of other pictures of the same class.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from whylight.comparison.matrix import FEW, Matrix

HALF = 0.5
"""From this share of the way on, two sets of maps are said to show the same place."""


class Word(StrEnum):
    """What is said of a pair."""

    SAME_PLACE = "same_place"
    IN_PART = "in_part"
    NO_MORE_THAN_CHANCE = "no_more_than_chance"
    TOO_FEW = "too_few"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Conclusion:
    """``word`` with the share ``beyond`` chance, NaN where it is not known."""

    word: Word
    beyond: float


def conclude(matrix: Matrix, pair: tuple[int, int]) -> Conclusion:
    """Of a similarity whose highest value is 1; a pair that no picture has a score of says nothing."""
    if int(matrix.n[pair]) == 0:
        return Conclusion(Word.NOTHING, math.nan)
    levels = [float(level[pair]) for level in (matrix.chance, matrix.class_chance)]
    known = [level for level in levels if not math.isnan(level)]
    beyond = (float(matrix.mean[pair]) - max(known)) / max(1e-9, 1 - max(known)) if known else math.nan
    if int(matrix.n[pair]) < FEW or not known:
        return Conclusion(Word.TOO_FEW, beyond)
    by_class = int(matrix.n_class[pair]) < FEW or bool(matrix.beyond_class[pair])
    if not (bool(matrix.beyond_chance[pair]) and by_class):
        return Conclusion(Word.NO_MORE_THAN_CHANCE, beyond)
    return Conclusion(Word.SAME_PLACE if beyond >= HALF else Word.IN_PART, beyond)
