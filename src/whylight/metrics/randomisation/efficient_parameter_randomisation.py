"""Efficient parameter randomisation (eMPRT): whether the map of a network without training is more disordered.

    score = ( H(map_random) - H(map) ) / H(map)        H = - Σ_b p_b ln p_b over a histogram of the map's values

All weights are drawn anew at once, and no similarity is taken: the choice of one decides much of the layer-wise test.

Hedström et al., 2023, arXiv:2401.06465.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from whylight.classifier import Access
from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics._explaining import maps_of
from whylight.metrics._similarity import says_nothing
from whylight.metrics.randomisation._cascade import randomised_maps
from whylight.tensors import flat
from whylight.types import Maps, Scores


@dataclass(frozen=True)
class EfficientParameterRandomisation(Metric):
    """``bins``: of the histogram, evenly between the map's smallest and largest value. ``seed``: of the weights."""

    bins: int = 100
    seed: int = 0

    higher_is_better: ClassVar[bool | None] = True
    needs: ClassVar[Access] = Access.FEATURES

    def __post_init__(self) -> None:
        if self.bins < 2:
            raise MetricError(f"efficient_parameter_randomisation expects at least 2 bins; got {self.bins}")

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """The cost of one more map. Signed: values below 0 have bins of their own. NaN where either map is constant."""
        self.check(explanation, truth)

        def explain() -> Maps:
            return maps_of(explanation, explanation.images)

        (random,) = randomised_maps(explanation, explain, "bottom_up", 1, self.seed)
        before, after = histogram_entropy(explanation.maps, self.bins), histogram_entropy(random, self.bins)
        return Measured(((after - before) / before).float())


def histogram_entropy(maps: Maps, bins: int) -> Scores:
    """The entropy of each map's values over even bins between its extremes, in nats; NaN where it is constant."""
    values = flat(maps).double()
    low, high = (edge[:, None] for edge in values.aminmax(dim=1))
    nothing = says_nothing(maps)
    place = ((values - low) / (high - low) * bins).masked_fill(nothing[:, None], 0.0).long().clamp_max(bins - 1)
    counts = torch.zeros(len(maps), bins, dtype=torch.float64, device=maps.device)
    part = counts.scatter_add_(1, place, torch.ones_like(values)) / values.shape[1]
    return (-part.xlogy(part).sum(dim=1)).masked_fill(nothing, torch.nan)
