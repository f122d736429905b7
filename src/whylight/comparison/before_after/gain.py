"""What is gained from before to after on labelled pictures, and whether other classifiers gain it too.

    gain = (fixed - broken) / pictures        fixed: wrong before and right after; broken: the other way round

Its interval: the pictures drawn again with replacement (Efron and Tibshirani, 1993, section 13.3). How many of them are
fixed and broken then follows a multinomial distribution, which is drawn from directly. p: McNemar's exact test.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from jaxtyping import Bool
from torch import Tensor

from whylight.comparison.classification import paired, wilson
from whylight.comparison.resampling import interval_of_changes

SURE = 0.05
"""Below this p a gain is called one."""

Right = Bool[Tensor, " picture"]
Interval = tuple[float, float]


@dataclass(frozen=True)
class Gain:
    """Of so many ``pictures``: how many were right before and after, how many of them were ``fixed`` and ``broken``, the
    95 % ``interval`` of the gain, and McNemar's exact ``p`` that there is none."""

    pictures: int
    before: int
    after: int
    fixed: int
    broken: int
    interval: Interval
    p: float

    @property
    def gain(self) -> float:
        """In accuracy, from -1 to 1; NaN of no pictures."""
        return (self.fixed - self.broken) / self.pictures if self.pictures else float("nan")

    @property
    def intervals(self) -> tuple[Interval, Interval]:
        """Wilson's 95 % intervals of the accuracy before and after."""
        return wilson(self.before, self.pictures), wilson(self.after, self.pictures)

    @property
    def surely(self) -> int:
        """1 for a gain, -1 for a loss, 0 where neither is shown."""
        return 0 if not self.p < SURE else 1 if self.fixed > self.broken else -1


def gain(before: Right, after: Right, seed: int = 0) -> Gain:
    """``before``, ``after``: which of the same pictures were named rightly."""
    test = paired(after, before)
    interval = interval_of_changes(test.only_first, test.only_second, len(before), seed)
    return Gain(len(before), int(before.sum()), int(after.sum()), test.only_first, test.only_second, interval, test.p)


class Word(StrEnum):
    """What is said of an enhancer."""

    NO_GAIN = "no_gain"
    NOT_ASKED = "not_asked"
    HELPS_OTHERS = "helps_others"
    HELPS_SOME = "helps_some"
    FOR_THIS_ONE = "for_this_one"


def conclude(own: Gain, others: Sequence[Gain]) -> Word:
    """``own``: of the classifier that the enhancer is compared with; ``others``: of classifiers that it is put before as it
    is."""
    if own.surely < 1:
        return Word.NO_GAIN
    if not others:
        return Word.NOT_ASKED
    helped = sum(other.surely == 1 for other in others)
    if helped == len(others):
        return Word.HELPS_OTHERS
    return Word.HELPS_SOME if helped else Word.FOR_THIS_ONE
