"""How alike two maps are: the similarities that the randomisation and stability metrics offer.

    pearson    linear correlation of the values
    spearman   correlation of their ranks (mean ranks where values are level)
    ssim       structural similarity of 7 × 7 windows, each map divided by the root of its mean square

The division replaces the usual stretching to [0, 1], which hides that two maps differ in sign and lets single outliers
decide (Binder et al., 2023, arXiv:2211.12486).
"""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from whylight.tensors import correlation, flat, mean_ranks
from whylight.types import Flags, Maps, Scores

Similarity = Literal["spearman", "ssim", "pearson"]

WINDOW = 7
"""The side of the windows of the structural similarity, in pixels; smaller where a map is smaller."""


def similarity(first: Maps, second: Maps, kind: Similarity, *, absolute: bool = False) -> Scores:
    """How alike the maps of two stacks are, picture by picture, at most 1; NaN where either is constant or not finite.

    ``absolute``: whether only magnitudes are compared.
    """
    return between(view(first, kind, absolute=absolute), view(second, kind, absolute=absolute), kind)


def view(maps: Maps, kind: Similarity, *, absolute: bool = False) -> Maps:
    """What is compared of each map, made once for any number of comparisons; NaN where it says nothing."""
    values = maps.double().abs() if absolute else maps.double()
    nothing = says_nothing(values)[:, None, None]
    if kind == "spearman":
        values = mean_ranks(flat(values)).reshape(maps.shape)
    return (scaled(values) if kind == "ssim" else values).masked_fill(nothing, torch.nan)


def between(first: Maps, second: Maps, kind: Similarity) -> Scores:
    """The similarity of two views; NaN where either says nothing."""
    return ssim(first, second) if kind == "ssim" else correlation(first, second)


def likeness(first: Maps, second: Maps, kind: Similarity) -> Scores:
    """The similarity of two views, where a ``second`` that says nothing is like nothing: 0."""
    gone = says_nothing(second) & ~says_nothing(first)
    return between(first, second, kind).masked_fill(gone, 0.0)


def says_nothing(maps: Maps) -> Flags:
    """Whether each map has one value everywhere, or is not finite."""
    values = flat(maps)
    return (values == values[:, :1]).all(dim=1) | ~values.isfinite().all(dim=1)


def scaled(maps: Maps) -> Maps:
    """Each map divided by the root of its mean square; one of zeros stays so."""
    size = flat(maps).square().mean(dim=1).sqrt()[:, None, None]
    return maps / torch.where(size > 0, size, torch.ones_like(size))


def ssim(first: Maps, second: Maps) -> Scores:
    """Mean structural similarity over all whole windows; the range is that of both maps together.

    Wang et al., 2004, equation 13, with even windows and unbiased variances, as scikit-image computes it.
    """
    side = min(WINDOW, *first.shape[-2:])
    pixels = side * side
    low, high = (
        torch.minimum(flat(first).amin(1), flat(second).amin(1)),
        torch.maximum(flat(first).amax(1), flat(second).amax(1)),
    )
    span = (high - low)[:, None, None]
    c1, c2 = (0.01 * span) ** 2, (0.03 * span) ** 2

    def mean(maps: Maps) -> Float[Tensor, "batch row column"]:
        return functional.avg_pool2d(maps[:, None], side, stride=1)[:, 0]

    mean_a, mean_b, unbiased = mean(first), mean(second), pixels / max(1, pixels - 1)
    variances = unbiased * (mean(first**2) + mean(second**2) - mean_a**2 - mean_b**2)
    together = unbiased * (mean(first * second) - mean_a * mean_b)
    quality = (2 * mean_a * mean_b + c1) * (2 * together + c2) / ((mean_a**2 + mean_b**2 + c1) * (variances + c2))
    return flat(quality).mean(dim=1).float()
