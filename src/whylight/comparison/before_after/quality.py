"""How far pictures are from others: peak signal-to-noise ratio and structural similarity, picture by picture.

    PSNR = 10 log₁₀(1 / mean((a - b)²)) in decibels, ∞ for equal pictures        of values in [0, 1]
    SSIM = the mean over all windows and channels, at most 1                      see ``whylight.comparison.windows``

Both are reported beside an enhancer's accuracy by Liu et al., 2019, arXiv:1910.09185, section 4.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from whylight.comparison.windows import moments, structural_similarity
from whylight.tensors import flat
from whylight.types import Images, Scores

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Spread:
    """Of one number a picture: how many pictures have it, its mean, and its quantiles by ``QUANTILES``; NaN for none."""

    pictures: int
    mean: float
    quantiles: tuple[float, ...]


def psnr(first: Images, second: Images) -> Scores:
    """In decibels; infinity where the pictures are equal."""
    return -10 * flat((first.double() - second.double()).square()).mean(dim=1).log10().float()


def ssim(first: Images, second: Images) -> Scores:
    """At most 1, which equal pictures have; the mean over the channels."""
    batch, channels = first.shape[:2]
    one, other = (moments(images.float().reshape(batch * channels, *images.shape[2:])) for images in (first, second))
    return structural_similarity(one, other, span=1.0).reshape(batch, channels).mean(dim=1)


def spread(values: Tensor) -> Spread:
    """Of the numbers that are finite: one infinite PSNR would be the mean of all."""
    known = values[values.isfinite()].double()
    if not len(known):
        return Spread(0, float("nan"), (float("nan"),) * len(QUANTILES))
    edges = torch.quantile(known, torch.tensor(QUANTILES, dtype=torch.float64)).tolist()
    return Spread(len(known), float(known.mean()), tuple(edges))
