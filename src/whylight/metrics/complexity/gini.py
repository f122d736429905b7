"""Gini index: how few pixels the evidence rests on; 0 when all weigh the same, near 1 when one has it all.

    G = Σ_i (2i - n - 1) |a|_(i) / ( n Σ|a| )        |a|_(1) ≤ … ≤ |a|_(n)

Chalasani et al., 2020, arXiv:1810.06583; Hurley and Rickard, 2009, arXiv:0811.4706.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.tensors import flat


@dataclass(frozen=True)
class Gini(Metric):
    """It has no settings."""

    higher_is_better: ClassVar[bool | None] = True

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """No passes. Both signs count by their magnitude. In [0, 1 - 1/n]; NaN for a map that is zero everywhere."""
        self.check(explanation, truth)
        magnitude = flat(explanation.maps).double().abs().sort(dim=1).values
        count = magnitude.shape[1]
        weights = 2 * torch.arange(1, count + 1, device=magnitude.device, dtype=torch.float64) - count - 1
        return Measured(((magnitude @ weights) / (count * magnitude.sum(dim=1))).float())
