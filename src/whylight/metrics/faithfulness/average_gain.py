"""Average gain: the share of the missing probability that is gained when only what the map marks is shown.

    score = max( 0, f(x shown through E) - f(x) ) / ( 1 - f(x) ),   E = the map's support as a share of its maximum

The counterpart of average drop: a picture whose rest held the classifier back gains by losing it.

Zhang et al., 2023, arXiv:2301.07002 (Opti-CAM).
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from whylight.metrics.faithfulness._shown import ShownPart
from whylight.types import Scores

LEAST_ROOM = 1e-6
"""Below it the probability has no room to rise: what is gained is rounding."""


@dataclass(frozen=True)
class AverageGain(ShownPart):
    """In [0, 1], higher is better. Negative evidence is hidden like what says nothing; stretched, it is what everything
    else is measured from."""

    higher_is_better: ClassVar[bool | None] = True

    def score(self, whole: Scores, shown: Scores) -> Scores:
        """What is gained, as a share of what was missing; NaN where nothing was."""
        return torch.where(1 - whole > LEAST_ROOM, (shown - whole).clamp_min(0) / (1 - whole), torch.nan)
