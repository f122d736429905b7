"""Descriptors: where a segment lies and what it looks like, in numbers that mean the same for every picture.

What was said of the segments of one picture can so speak for those of another. Each number is about between -1 and 1:

    position     across, down (centre of mass, -1 left or top, 1 right or bottom), from_middle, at_border (0 or 1)
    size         area, log of its share of what all segments would have were they equal
    colour       light, red_green, blue_yellow, saturation; contrast, its distance from the picture's mean colour
    texture      the standard deviation of grey within it
    evidence     its number in a map as a share of the picture's largest magnitude
"""

import torch
from jaxtyping import Float
from torch import Tensor

from whylight.types import Images, Segments

DESCRIPTORS = (
    "constant",
    "across",
    "down",
    "from_middle",
    "at_border",
    "area",
    "light",
    "red_green",
    "blue_yellow",
    "saturation",
    "contrast",
    "texture",
    "evidence",
)
"""The names, in the order of the numbers; ``constant`` is 1."""

Numbers = Float[Tensor, "batch segment"]


def descriptors(images: Images, segments: Segments, evidence: Numbers) -> Float[Tensor, "batch segment descriptor"]:
    """The descriptors of every segment, in float64; zeros in rows that stand for no segment of a picture.

    ``evidence``: each segment's number in the map, 0 in rows that stand for none; its width says how many rows there are.
    """
    mean = _Mean(segments, evidence.shape[1])
    colours = images.double() if images.shape[1] == 3 else images[:, :1].double().expand(-1, 3, -1, -1)
    red, green, blue = colours.unbind(dim=1)
    grey = colours.mean(dim=1)
    down, across = torch.meshgrid(*(_axis(length).to(images.device) for length in images.shape[-2:]), indexing="ij")
    outer = torch.zeros_like(down)
    outer[[0, -1]], outer[:, [0, -1]] = 1.0, 1.0
    centres = [mean(each.expand_as(grey)) for each in (across, down)]
    means = torch.stack([mean(each) for each in (red, green, blue)], dim=-1)
    largest = evidence.double().abs().amax(dim=1, keepdim=True).clamp_min(torch.finfo(torch.float64).tiny)
    numbers = [
        torch.ones_like(mean.shares),
        *centres,
        ((centres[0].square() + centres[1].square()) / 2).sqrt(),
        (mean(outer.expand_as(grey)) > 0).double(),
        (mean.shares * mean.count).clamp_min(1e-9).log(),
        2 * mean(grey) - 1,
        mean(red - green),
        mean(blue - (red + green) / 2),
        mean(colours.amax(dim=1) - colours.amin(dim=1)),
        (means - colours.mean(dim=(2, 3))[:, None]).norm(dim=-1),
        mean((grey - mean.painted(grey)).square()).sqrt(),
        evidence.double() / largest,
    ]
    return torch.stack(numbers, dim=-1) * (mean.shares > 0)[:, :, None]


def segment_means(values: Float[Tensor, "batch height width"], segments: Segments) -> Numbers:
    """The mean of a map over each segment, in float64; 0 in rows that stand for no segment of a picture."""
    return _Mean(segments, int(segments.max()) + 1)(values)


class _Mean:
    """Means over segments. ``shares``: of the picture's pixels (batch, segment); ``count``: of segments (batch, 1)."""

    def __init__(self, segments: Segments, width: int) -> None:
        self._numbers = segments.flatten(1)
        zeros = torch.zeros(len(segments), width, dtype=torch.float64, device=segments.device)
        ones = torch.ones_like(self._numbers, dtype=torch.float64)
        self._zeros, self._sizes = zeros, zeros.scatter_add(1, self._numbers, ones)
        self.shares = self._sizes / self._numbers.shape[1]
        self.count = (self._sizes > 0).sum(dim=1, keepdim=True)

    def __call__(self, values: Float[Tensor, "batch height width"]) -> Numbers:
        sums = self._zeros.scatter_add(1, self._numbers, values.flatten(1).double())
        return sums / self._sizes.clamp_min(1)

    def painted(self, values: Float[Tensor, "batch height width"]) -> Float[Tensor, "batch height width"]:
        """Each pixel given the mean of its segment."""
        return self(values).gather(1, self._numbers).view(values.shape)


def _axis(length: int) -> Float[Tensor, " pixel"]:
    """Pixel centres from -1 to 1."""
    return (2 * torch.arange(length, dtype=torch.float64) + 1) / length - 1
