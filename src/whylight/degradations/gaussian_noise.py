"""Gaussian noise: every number of the picture moves by a draw of its own, and what leaves [0, 1] is cut off.

    x + σ n        n: normal with mean 0 and deviation 1

The default is that of recognition-aware denoising (Liu et al., 2019, arXiv:1910.09185, section 4).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from whylight.degradation import Degradation
from whylight.types import Images


@dataclass(frozen=True)
class GaussianNoise(Degradation):
    """``sigma``: the deviation, of pictures in [0, 1]."""

    sigma: float = 0.1

    def __post_init__(self) -> None:
        if not self.sigma > 0:
            raise ValueError(f"expected sigma above 0; got {self.sigma}")

    def __call__(self, images: Images, seeds: Sequence[int]) -> Images:
        """The noisy pictures."""
        draws = [torch.randn(images.shape[1:], generator=torch.Generator().manual_seed(seed)) for seed in seeds]
        noise = torch.stack(draws) if draws else torch.zeros(images.shape)
        return (images + self.sigma * noise.to(images)).clamp(0, 1)
