"""Entropy of the evidence: how evenly it is spread over the pixels; 1 when all weigh the same, 0 when one has it all.

    H = - Σ_u p(u) ln p(u) / ln n        p = |a| / Σ|a|, n pixels

Bhatt, Weller and Moura, 2020, arXiv:2005.00631, without the division by its largest value ln n, which makes pictures of
different sizes comparable.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.tensors import flat


@dataclass(frozen=True)
class Entropy(Metric):
    """It has no settings."""

    higher_is_better: ClassVar[bool | None] = False

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """No passes. Both signs count by their magnitude. In [0, 1]; NaN for a map that is zero everywhere."""
        self.check(explanation, truth)
        magnitude = flat(explanation.maps).double().abs()
        part = magnitude / magnitude.sum(dim=1, keepdim=True)
        return Measured((-part.xlogy(part).sum(dim=1) / math.log(max(2, part.shape[1]))).float())
