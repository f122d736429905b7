"""Relevance rank accuracy: how much of the object is found by as many of the strongest supporting pixels as it has.

    score = | { the |S| pixels with the largest map } ∩ S | / |S|        S = the pixels known to speak for the target

Pixels that are level with the last of them count by the share of them that lies in S.

Arras, Osman and Samek, 2022, arXiv:2003.07258.
"""

from dataclasses import dataclass
from typing import ClassVar

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics._ranking import expected_hits
from whylight.metrics.localisation._truth import supporting, where_known
from whylight.tensors import flat


@dataclass(frozen=True)
class RelevanceRank(Metric):
    """It has no settings."""

    higher_is_better: ClassVar[bool | None] = True
    needs_truth: ClassVar[bool] = True

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """No passes. Signed: the strongest negative pixel comes last. NaN where the truth is empty."""
        self.check(explanation, truth)
        region = supporting(explanation.maps, truth)
        size = flat(region).sum(dim=1)
        return Measured(where_known(expected_hits(explanation.maps, region, size) / size.clamp_min(1), region))
