"""Average drop: the share of the target's probability that is lost when only what the map marks is shown.

    score = max( 0, f(x) - f(x shown through E) ) / f(x),   E = the map's support as a share of its maximum

A map that shows everything loses nothing: read it beside how much a map shows.

Chattopadhyay et al., 2018, arXiv:1710.11063 (Grad-CAM++).
"""

from dataclasses import dataclass
from typing import ClassVar

from whylight.metrics.faithfulness._shown import ShownPart
from whylight.types import Scores


@dataclass(frozen=True)
class AverageDrop(ShownPart):
    """In [0, 1], lower is better. Negative evidence is hidden like what says nothing; stretched, it is what everything
    else is measured from."""

    higher_is_better: ClassVar[bool | None] = False

    def score(self, whole: Scores, shown: Scores) -> Scores:
        """What is lost, as a share of what there was."""
        return (whole - shown).clamp_min(0) / whole
