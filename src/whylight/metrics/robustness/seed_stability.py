"""Seed stability: how alike the maps are that a random method draws with different seeds.

    score = mean over all pairs of runs of similarity( map_i, map_j )        the explanation itself is run 0

1 for a method without a seed, at no cost.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, Literal

import torch

from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics._explaining import has_seed, maps_of, reseeded
from whylight.metrics._similarity import between, view


@dataclass(frozen=True)
class SeedStability(Metric):
    """``runs``: how many more seeds are tried. ``kind``: the similarity of two maps."""

    runs: int = 2
    kind: Literal["spearman", "ssim", "pearson"] = "spearman"

    higher_is_better: ClassVar[bool | None] = True

    def __post_init__(self) -> None:
        if self.runs < 1:
            raise MetricError(f"seed_stability expects at least 1 run more; got {self.runs}")

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """``runs`` times the cost of the map. Signed. NaN where a map is constant."""
        self.check(explanation, truth)
        method = explanation.method
        if not has_seed(method):
            return Measured(torch.ones(len(explanation), device=explanation.maps.device))
        others = (reseeded(method, by) for by in range(1, self.runs + 1))
        runs = [explanation.maps, *(maps_of(explanation, explanation.images, method=other) for other in others)]
        views = [view(maps, self.kind) for maps in runs]
        pairs = [between(first, second, self.kind) for first, second in combinations(views, 2)]
        return Measured(torch.stack(pairs).mean(dim=0))
