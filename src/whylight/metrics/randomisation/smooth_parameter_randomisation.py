"""Smooth parameter randomisation (sMPRT): the same test on maps averaged over noisy pictures, so that noise decides less.

    score = mean over stages l of similarity( mean_i map(x + e_i), mean_i map_l(x + e_i) )        e ~ N(0, (noise · range)²)

A noisy map falls apart as soon as anything changes, and passes the plain test for that reason alone.

Hedström et al., 2023, arXiv:2401.06465.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch

from whylight.classifier import Access
from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics._explaining import noisy_maps
from whylight.metrics.randomisation._cascade import check_settings, compared, randomised_maps
from whylight.tensors import flat, generator
from whylight.types import Maps


@dataclass(frozen=True)
class SmoothParameterRandomisation(Metric):
    """``samples``: noisy copies of a picture. ``noise``: their standard deviation as a share of the picture's range. The
    rest as in ``parameter_randomisation``; ``seed`` is that of the weights and of the noise."""

    samples: int = 50
    noise: float = 0.1
    order: Literal["top_down", "bottom_up", "independent"] = "bottom_up"
    stages: int = 10
    kind: Literal["spearman", "ssim", "pearson"] = "spearman"
    absolute: bool = False
    seed: int = 0

    higher_is_better: ClassVar[bool | None] = False
    needs: ClassVar[Access] = Access.FEATURES

    def __post_init__(self) -> None:
        check_settings("smooth_parameter_randomisation", self.stages, self.samples, self.noise)

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """``(stages + 1) · samples`` times the cost of the map. Signed, unless ``absolute``. A map that became constant is
        like nothing: 0; NaN where the averaged map itself is constant. Curve: ``similarity``, stage by stage."""
        self.check(explanation, truth)
        original = self._averaged(explanation)
        after = randomised_maps(explanation, lambda: self._averaged(explanation), self.order, self.stages, self.seed)
        return compared(original, after, self.order, self.kind, absolute=self.absolute)

    def _averaged(self, explanation: Explanation) -> Maps:
        """The mean map of the noisy copies, which are not cut to [0, 1]. Every picture gets the same noise, scaled to its
        own range."""
        images, source = explanation.images, generator(self.seed, 1)
        drawn = [torch.randn(images.shape[1:], generator=source) for _ in range(self.samples)]
        low, high = flat(images).aminmax(dim=1)
        total = torch.zeros_like(explanation.maps, dtype=torch.float64)
        for pictures, maps in noisy_maps(explanation, torch.stack(drawn).to(images), self.noise * (high - low)):
            total.index_add_(0, pictures, maps.double())
        return (total / self.samples).to(explanation.maps.dtype)
