"""Top-k intersection: the share of the k strongest supporting pixels that lies on the object.

    score = | { the k pixels with the largest map } ∩ S | / k        S = the pixels known to speak for the target

k is scaled with the picture's area, and no larger than the object, so that 1 can be reached. Pixels that are level with
the last of them count by the share of them that lies in S.

Theiner, Müller-Budack and Ewerth, 2022, arXiv:2104.14995.
"""

from dataclasses import dataclass
from typing import ClassVar

from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics._ranking import expected_hits
from whylight.metrics.localisation._truth import REFERENCE_SIDE, supporting, where_known
from whylight.tensors import flat


@dataclass(frozen=True)
class TopKIntersection(Metric):
    """``k``: how many pixels of a picture of 224 × 224 are taken."""

    k: int = 1000

    higher_is_better: ClassVar[bool | None] = True
    needs_truth: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.k < 1:
            raise MetricError(f"top_k_intersection expects a k of at least 1; got {self.k}")

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """No passes. Signed: the strongest negative pixel comes last. NaN where the truth is empty."""
        self.check(explanation, truth)
        region = supporting(explanation.maps, truth)
        wanted = max(1, round(self.k * explanation.maps[0].numel() / REFERENCE_SIDE**2))
        count = flat(region).sum(dim=1).clamp(1, wanted)
        return Measured(where_known(expected_hits(explanation.maps, region, count) / count, region))
