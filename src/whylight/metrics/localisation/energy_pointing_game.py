"""Energy-based pointing game: the share of the positive evidence that lies on the object.

    score = Σ_{u ∈ S} a⁺(u) / Σ_u a⁺(u)        a⁺ = max(map, 0), S = the pixels known to speak for the target

``against_chance`` divides by the share of the picture that S covers: 1 is what an even map gives.

Wang et al., 2020, arXiv:1910.01279, where S is the object's box.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics.localisation._truth import area_share, supporting, where_known
from whylight.tensors import flat


@dataclass(frozen=True)
class EnergyPointingGame(Metric):
    """``against_chance``: whether the share is divided by that of the object's area."""

    against_chance: bool = False

    higher_is_better: ClassVar[bool | None] = True
    needs_truth: ClassVar[bool] = True

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """No passes. Negative evidence counts as none. NaN where the truth is empty, or where nothing supports."""
        self.check(explanation, truth)
        region = supporting(explanation.maps, truth)
        positive = flat(explanation.maps).double().clamp_min(0)
        total = positive.sum(dim=1)
        share = torch.where(total > 0, (positive * flat(region)).sum(dim=1) / total, torch.nan)
        return Measured(where_known(share / area_share(region) if self.against_chance else share, region))
