"""Area: the share of the picture that a mask method marks.

    area = | { u : |map(u)| > threshold } | / n        |map| = 1 - M', what the mask takes away

Kang, Jung and Lee, 2019, arXiv:1909.12446, table 2, where it is called the ratio.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.tensors import flat


@dataclass(frozen=True)
class Area(Metric):
    """``threshold``: a pixel is marked where the mask takes more than this away."""

    threshold: float = 0.6

    higher_is_better: ClassVar[bool | None] = None

    def __post_init__(self) -> None:
        if not 0 <= self.threshold < 1:
            raise MetricError(f"area expects a threshold of at least 0 and below 1; got {self.threshold}")

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """No passes. Both signs count by their magnitude. NaN for a method that searches for no mask."""
        self.check(explanation, truth)
        marked = (flat(explanation.maps).abs() > self.threshold).float().mean(dim=1)
        is_mask = explanation.evidence.perturbed is not None
        return Measured(marked if is_mask else torch.full_like(marked, torch.nan))
