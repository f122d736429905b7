"""Increase in confidence: whether the target's probability is higher when only what the map marks is shown.

    score = 1 if f(x shown through E) > f(x), else 0,   E = the map's support as a share of its maximum

Its mean over pictures is the share of them whose rest held the classifier back.

Chattopadhyay et al., 2018, arXiv:1710.11063 (Grad-CAM++).
"""

from dataclasses import dataclass
from typing import ClassVar

from whylight.metrics.faithfulness._shown import ShownPart
from whylight.types import Scores


@dataclass(frozen=True)
class IncreaseInConfidence(ShownPart):
    """0 or 1, higher is better. Negative evidence is hidden like what says nothing; stretched, it is what everything
    else is measured from."""

    higher_is_better: ClassVar[bool | None] = True

    def score(self, whole: Scores, shown: Scores) -> Scores:
        """1 where it is higher, 0 elsewhere."""
        return (shown > whole).to(whole)
