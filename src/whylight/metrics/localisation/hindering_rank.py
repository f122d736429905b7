"""Hindering rank accuracy: how much of what is known to hinder is found by as many of the most negative pixels as it has.

    score = | { the |T| pixels with the smallest map } ∩ T | / |T|        T = the pixels known to speak against the target

The mirror image of ``relevance_rank``: it asks whether the sign can be believed. Pixels that are level with the last of
them count by the share of them that lies in T. After Arras, Osman and Samek, 2022, arXiv:2003.07258.
"""

from dataclasses import dataclass
from typing import ClassVar

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics._ranking import expected_hits
from whylight.metrics.localisation._truth import hindering, where_known
from whylight.tensors import flat


@dataclass(frozen=True)
class HinderingRank(Metric):
    """It has no settings."""

    higher_is_better: ClassVar[bool | None] = True
    needs_truth: ClassVar[bool] = True

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """No passes. Only the order counts, from the most negative pixel up. NaN where the data say of nothing that it
        hinders."""
        self.check(explanation, truth)
        region = hindering(explanation.maps, truth)
        size = flat(region).sum(dim=1)
        return Measured(where_known(expected_hits(-explanation.maps, region, size) / size.clamp_min(1), region))
