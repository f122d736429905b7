"""Infidelity: how far the map, taken as a linear forecast, misses what changes to the picture do to the answer.

    score = E_z [ ( b · Σ_u z(u) map(u) - ( f(x) - f(x changed by z) ) )² ]

    square     z = 1 on a random square, which shows the fill: the map forecasts what its pixels contribute
    gaussian   z = noise that is taken off all channels of a pixel alike: the map forecasts as a gradient does

    b = max( 0, E[ Σ z map · Δf ] / E[ (Σ z map)² ] ) fits the map's scale, which is no part of most maps

Yeh et al., 2019, arXiv:1901.09392, definition 2.1; the optimal scale is that of captum's
``infidelity(normalize=True)``, here not below 0: a map with its signs exchanged forecasts nothing.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from jaxtyping import Int
from torch import Tensor

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics.faithfulness._answers import (
    Answers,
    Fill,
    Output,
    expect,
    fills_for,
    measured,
    to_pictures,
    under_masks,
)
from whylight.tensors import flat, generator
from whylight.types import Images, Masks


@dataclass(frozen=True)
class Infidelity(Metric):
    """``change``: squares that show the fill, or Gaussian noise. ``samples``: random changes. ``size``: a square's side as
    a share of the picture's shorter side. ``deviation``: the noise's, in display units; pictures stay in [0, 1], and z is
    what was truly taken off, on average over the channels. ``scale``: whether the map's scale is fitted. ``fill``: what the
    square shows. ``output``: the probability or the logit. ``seed``: another one draws other changes.

    Lower is better; a map of zeros gets E[ Δf² ], and so does one that points the wrong way. Negative evidence forecasts
    that the answer rises.
    """

    change: Literal["square", "gaussian"] = "square"
    samples: int = 64
    size: float = 0.25
    deviation: float = 0.1
    scale: bool = True
    fill: Fill = "mean"
    output: Output = "probability"
    seed: int = 0

    higher_is_better: ClassVar[bool | None] = False

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """``samples`` + 1 passes. NaN for a map that is not finite.

        Raises MetricError for settings out of range.
        """
        self.check(explanation, truth)
        wanted = "a change of square or gaussian, samples of at least 1, a size in (0, 1] and a deviation above 0"
        fit = self.samples >= 1 and 0 < self.size <= 1 and self.deviation > 0
        expect(self, wanted, holds=fit and self.change in ("square", "gaussian"))
        forecast, losses = self._squares(explanation) if self.change == "square" else self._noise(explanation)
        if self.scale:
            forecast = scaled(forecast, losses)
        return measured(explanation, (forecast - losses).square().mean(dim=1))

    def _squares(self, explanation: Explanation) -> tuple[Answers, Answers]:
        """What the map says of each square, and what its removal costs."""
        images, maps = explanation.images, torch.nan_to_num(explanation.maps).double()
        squares = Squares.draw(images, self.size, self.samples, self.seed)
        fills = fills_for(self, images, self.fill)
        answers = under_masks(explanation, fills, squares, self.samples + 1, self.output).double()
        return squares.sums(maps)[:, 1:], answers[:, :1] - answers[:, 1:]

    def _noise(self, explanation: Explanation) -> tuple[Answers, Answers]:
        """What the map says of each change, and what it costs; change 0 is none, and noise is the same for all pictures."""
        images, maps = explanation.images, flat(torch.nan_to_num(explanation.maps)).double()
        forecast = maps.new_zeros(len(images), self.samples + 1)

        def make(pictures: Tensor, changes: Tensor) -> Images:
            drawn = [torch.randn(images.shape[-2:], generator=generator(self.seed, int(each))) for each in changes]
            noise = self.deviation * torch.stack(drawn).to(images)[:, None] * (changes > 0)[:, None, None, None]
            changed = (images[pictures] - noise).clamp(0, 1)
            taken = (images[pictures] - changed).mean(dim=1).double()
            forecast[pictures, changes] = (flat(taken) * maps[pictures]).sum(dim=1)
            return changed

        answers = to_pictures(explanation, make, self.samples + 1, self.output).double()
        return forecast[:, 1:], answers[:, :1] - answers[:, 1:]


def scaled(forecast: Answers, losses: Answers) -> Answers:
    """The forecast times the factor of at least 0 that fits the losses best."""
    size = forecast.square().sum(dim=1, keepdim=True)
    fit = (forecast * losses).sum(dim=1, keepdim=True) / torch.where(size > 0, size, torch.ones_like(size))
    return forecast * fit.clamp_min(0)


@dataclass(frozen=True, eq=False)
class Squares:
    """Masks that hide a square each, the same for all pictures; change 0 hides nothing. ``corners``: (top, left)."""

    corners: Int[Tensor, "change 2"]
    side: int
    height: int
    width: int
    dtype: torch.dtype

    @classmethod
    def draw(cls, images: Images, size: float, count: int, seed: int) -> "Squares":
        height, width = images.shape[-2:]
        side = max(1, round(size * min(height, width)))
        room = torch.tensor([height - side + 1, width - side + 1])
        corners = (torch.rand(count, 2, generator=generator(seed)) * room).long()
        return cls(corners.to(images.device), side, height, width, images.dtype)

    def __call__(self, _pictures: Tensor, changes: Tensor) -> Masks:
        """0 inside the square, 1 elsewhere."""
        corner = self.corners[(changes - 1).clamp_min(0)]
        inside = []
        for axis, length in enumerate((self.height, self.width)):
            offset = torch.arange(length, device=changes.device) - corner[:, axis, None]
            inside.append((offset >= 0) & (offset < self.side) & (changes > 0)[:, None])
        return (~(inside[0][:, :, None] & inside[1][:, None, :])).to(self.dtype)[:, None]

    def sums(self, maps: Tensor) -> Answers:
        """The sum of each map over each square, 0 for change 0: four corners of the running sums."""
        running = torch.nn.functional.pad(maps, (1, 0, 1, 0)).cumsum(dim=1).cumsum(dim=2)
        top, left = self.corners.T
        bottom, right = top + self.side, left + self.side
        sums = running[:, bottom, right] - running[:, top, right] - running[:, bottom, left] + running[:, top, left]
        return torch.nn.functional.pad(sums, (1, 0))
