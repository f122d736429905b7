"""Relevance mass accuracy: the share of all evidence, whatever its sign, that lies where evidence is known to be.

    score = Σ_{u ∈ T} |a(u)| / Σ_u |a(u)|        T = the pixels known to speak for or against the target

Arras, Osman and Samek, 2022, arXiv:2003.07258.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics.localisation._truth import hindering, supporting, where_known
from whylight.tensors import flat


@dataclass(frozen=True)
class RelevanceMass(Metric):
    """It has no settings."""

    higher_is_better: ClassVar[bool | None] = True
    needs_truth: ClassVar[bool] = True

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """No passes. Both signs count by their magnitude. NaN where the truth is empty, or the map is zero everywhere."""
        self.check(explanation, truth)
        region = supporting(explanation.maps, truth) | hindering(explanation.maps, truth)
        magnitude = flat(explanation.maps).double().abs()
        total = magnitude.sum(dim=1)
        share = torch.where(total > 0, (magnitude * flat(region)).sum(dim=1) / total, torch.nan)
        return Measured(where_known(share, region))
