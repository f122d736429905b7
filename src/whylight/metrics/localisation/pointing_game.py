"""Pointing game: whether the strongest supporting pixel lies on the object, or at most a tolerance beside it.

    hit = 1 if distance( argmax map, S ) ≤ tolerance, else 0        S = the pixels known to speak for the target

Where several pixels share the maximum, the score is the share of them that hit: an even map scores what chance would.

Zhang et al., 2016, arXiv:1608.00507, with their tolerance of 15 pixels.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from scipy.ndimage import distance_transform_edt

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics._ranking import expected_hits
from whylight.metrics.localisation._truth import REFERENCE_SIDE, Region, supporting, where_known


@dataclass(frozen=True)
class PointingGame(Metric):
    """``tolerance``: how far beside the object still counts, in pixels of a picture whose shorter side is 224."""

    tolerance: float = 15.0

    higher_is_better: ClassVar[bool | None] = True
    needs_truth: ClassVar[bool] = True

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """No passes. Negative evidence plays no part: only the largest value does. NaN where the truth is empty."""
        self.check(explanation, truth)
        region, maps = supporting(explanation.maps, truth), explanation.maps
        near = within(region, self.tolerance * min(maps.shape[-2:]) / REFERENCE_SIDE)
        hits = expected_hits(maps, near, torch.ones(len(maps), dtype=torch.long, device=maps.device))
        return Measured(where_known(hits, region))


def within(region: Region, tolerance: float) -> Region:
    """The pixels whose centres are at most ``tolerance`` away from one of the region's."""
    if tolerance <= 0:
        return region
    near = [
        torch.from_numpy(distance_transform_edt(~each) <= tolerance) if each.any() else torch.from_numpy(each)
        for each in region.cpu().numpy()
    ]
    return torch.stack(near).to(region.device)
