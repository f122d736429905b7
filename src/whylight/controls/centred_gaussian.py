"""Centred Gaussian: a bump in the picture's middle; what the habit of placing objects there is worth.

    map(u) = exp( - |u - middle|² / (2 σ²) )        σ = spread · shorter side

Photographers centre their subjects, so localisation metrics must be compared with this map, not with chance. The centre
baseline of the pointing game (Zhang et al., 2016, arXiv:1608.00507) is its largest pixel.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.method import Evidence, Method
from whylight.types import Images, Targets


@dataclass(frozen=True)
class CentredGaussian(Method):
    """``spread``: the standard deviation as a share of the picture's shorter side."""

    spread: float = 0.25

    def __post_init__(self) -> None:
        if not self.spread > 0:
            raise MethodError(f"centred_gaussian expects a spread above 0, such as 0.25; got {self.spread}")

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:  # noqa: ARG002 (a control)
        """No passes. The map lies in (0, 1]: it claims support everywhere, most in the middle."""
        height, width = images.shape[-2:]
        return Evidence(bump(height, width, self.spread).to(images).repeat(len(images), 1, 1))


def bump(height: int, width: int, spread: float = CentredGaussian.spread) -> Float[Tensor, "height width"]:
    """The map at a size in pixels, in (0, 1]; ``spread``: its standard deviation as a share of the shorter side."""
    rows, columns = (torch.arange(length, dtype=torch.float64) - (length - 1) / 2 for length in (height, width))
    distances = rows[:, None] ** 2 + columns**2
    return torch.exp(-distances / (2 * (spread * min(height, width)) ** 2))
