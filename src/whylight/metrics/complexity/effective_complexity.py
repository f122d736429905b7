"""Effective complexity: the share of the pixels that carry any evidence worth the name.

    score = | { u : |a(u)| > threshold · max |a| } | / n

Nguyen and Rodríguez Martínez, 2020, arXiv:2007.07584, in the form that software uses: a threshold on the scaled map in the
place of a tolerance on the loss, and a share in the place of a number.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.tensors import flat


@dataclass(frozen=True)
class EffectiveComplexity(Metric):
    """``threshold``: what counts as evidence, as a share of the map's largest magnitude."""

    threshold: float = 1e-5

    higher_is_better: ClassVar[bool | None] = False

    def __post_init__(self) -> None:
        if not 0 <= self.threshold < 1:
            raise MetricError(
                f"effective_complexity expects a threshold of at least 0 and below 1; got {self.threshold}"
            )

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """No passes. Both signs count by their magnitude. NaN for a map that is zero everywhere, or not finite."""
        self.check(explanation, truth)
        magnitude = flat(explanation.maps).abs()
        largest = magnitude.amax(dim=1)
        share = (magnitude > self.threshold * largest[:, None]).float().mean(dim=1)
        return Measured(torch.where((largest > 0) & largest.isfinite(), share, torch.nan))
