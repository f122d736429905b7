"""Structural similarity (SSIM) of two stacks of maps or pictures' channels, from Gaussian windows around each pixel.

    SSIM = (2 μ_a μ_b + c₁)(2 σ_ab + c₂) / ((μ_a² + μ_b² + c₁)(σ_a² + σ_b² + c₂))      c₁ = (0.01 L)²,  c₂ = (0.03 L)²

L is the range of the values. Wang, Bovik, Sheikh and Simoncelli, Image Quality Assessment: From Error Visibility to
Structural Similarity (2004), equation 13 with the window of its section III-B.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from whylight.masking import gaussian_kernel
from whylight.tensors import flat
from whylight.types import Maps, Scores

TAPS, SIGMA = 11, 1.5
"""The window, in pixels."""

Moments = tuple[Tensor, Tensor, Tensor]
"""Maps with their local means and local variances."""


def moments(maps: Maps) -> Moments:
    """What is computed of each stack by itself, once, however many others it is compared with."""
    mean = _local(maps)
    return maps, mean, _local(maps**2) - mean**2


def structural_similarity(first: Moments, second: Moments, span: float) -> Scores:
    """The mean over all windows that lie inside the maps, at most 1; ``span``: the range L of the values."""
    (a, mean_a, variance_a), (b, mean_b, variance_b) = first, second
    stable = (0.01 * span) ** 2, (0.03 * span) ** 2
    covariance = _local(a * b) - mean_a * mean_b
    above = (2 * mean_a * mean_b + stable[0]) * (2 * covariance + stable[1])
    below = (mean_a**2 + mean_b**2 + stable[0]) * (variance_a + variance_b + stable[1])
    return flat(above / below).mean(dim=1)


def _local(maps: Maps) -> Float[Tensor, "batch rows columns"]:
    """Gaussian means around each pixel whose window lies inside; the window is cut to a smaller map."""
    taps = min(TAPS, *maps.shape[-2:])
    kernel = gaussian_kernel(SIGMA, taps - 1 + taps % 2).to(maps)
    rows, columns = (_sliding(kernel, side) for side in maps.shape[-2:])
    return rows @ maps @ columns.T


def _sliding(kernel: Float[Tensor, " tap"], side: int) -> Float[Tensor, "window side"]:
    """The kernel at each place along a side: as a matrix product it takes a third of a convolution's time."""
    unit = torch.eye(side, dtype=kernel.dtype, device=kernel.device)
    count = side - len(kernel) + 1
    return torch.stack([weight * unit[at : at + count] for at, weight in enumerate(kernel)]).sum(dim=0)
