"""Maximum sensitivity: how far the map moves, at most, when the picture gets noise that nobody can see.

    score = max_{‖d‖∞ ≤ radius} ‖ map(x + d) - map(x) ‖ / ‖ map(x) ‖

The maximum is taken over ``samples`` evenly drawn d. Noisy pictures are not cut to [0, 1]. All pictures get the same noise.

Yeh et al., 2019, arXiv:1901.09392.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics._explaining import noisy_maps
from whylight.tensors import flat, generator
from whylight.types import Images


@dataclass(frozen=True)
class MaxSensitivity(Metric):
    """``radius``: the most that a value of the picture moves. ``samples``: noisy copies. ``seed``: of their noise."""

    radius: float = 0.02
    samples: int = 10
    seed: int = 0

    higher_is_better: ClassVar[bool | None] = False

    def __post_init__(self) -> None:
        if self.samples < 1 or not self.radius > 0:
            raise MetricError(
                f"max_sensitivity expects at least 1 sample and a radius above 0; got {self.samples} and {self.radius}"
            )

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """``samples`` times the cost of the map. Signed: a flip of the sign is the largest change. NaN for a map that is
        zero everywhere."""
        self.check(explanation, truth)
        maps = explanation.maps.double()
        largest = torch.zeros(len(maps), dtype=torch.float64, device=maps.device)
        noise = even_noise(self.samples, explanation.images, self.seed)
        radius = torch.full((len(maps),), self.radius, device=maps.device)
        for pictures, again in noisy_maps(explanation, noise, radius):
            moved = flat(again.double() - maps[pictures]).norm(dim=1)
            largest.scatter_reduce_(0, pictures, moved, "amax")
        size = flat(maps).norm(dim=1)
        return Measured(torch.where(size > 0, largest / size, torch.nan).float())


def even_noise(samples: int, images: Images, seed: int) -> Float[Tensor, "sample channel height width"]:
    """Noise drawn evenly from [-1, 1], the same on every device."""
    source = generator(seed)
    drawn = [2 * torch.rand(images.shape[1:], generator=source) - 1 for _ in range(samples)]
    return torch.stack(drawn).to(images)
