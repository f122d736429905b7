"""How coarse or fine pictures are: the power of their two-dimensional Fourier transform by radial frequency.

    P(f) = |F(f)|² / pixels, summed over channels        f in cycles a pixel: 0 is constant, 0.5 is pixel by pixel

Divided so, the powers sum to the squares of the pixels (Parseval). White noise has the same power at every frequency.
"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

BANDS = {"constant": (0.0, 0.0), "coarse": (0.0, 0.125), "middle": (0.125, 0.25), "fine": (0.25, 1.0)}
"""Frequencies above the first and up to the second edge, in cycles a pixel; ``fine`` are waves shorter than 4 pixels."""

Grid = Float[Tensor, "height width"]


@dataclass(frozen=True, eq=False)
class Spectrum:
    """``frequencies`` up to 0.5 of rings that are one cycle a picture's shorter side wide, with the mean ``power`` in each;
    the ``shares`` of all power by ``BANDS``, and of that of white noise (``noise``)."""

    frequencies: tuple[float, ...]
    power: tuple[float, ...]
    shares: dict[str, float]
    noise: dict[str, float]


def power_of(images: Float[Tensor, "batch channel height width"]) -> Grid:
    """The power at each frequency of ``torch.fft.fft2``, summed over channels and pictures."""
    height, width = images.shape[-2:]
    power: Grid = torch.fft.fft2(images).abs().square().sum(dim=(0, 1)) / (height * width)
    return power


def spectrum(power: Grid) -> Spectrum:
    """``power``: as ``power_of`` gives it; the shares of no power are NaN."""
    radius = radial(power.shape[0], power.shape[1])
    step = 1 / min(power.shape)
    inside = radius <= 0.5
    rings = (radius[inside] / step).round().long()
    counts = torch.bincount(rings).clamp_min(1)
    sums = torch.bincount(rings, weights=power[inside].double())
    frequencies = tuple(step * ring for ring in range(len(counts)))
    noise = torch.ones_like(power)
    return Spectrum(frequencies, tuple((sums / counts).tolist()), _shares(power, radius), _shares(noise, radius))


def radial(height: int, width: int) -> Grid:
    """The frequency of each place of ``torch.fft.fft2`` in cycles a pixel."""
    down, across = (torch.fft.fftfreq(side, dtype=torch.float64) for side in (height, width))
    radius: Grid = (down[:, None].square() + across.square()).sqrt()
    return radius


def _shares(power: Grid, radius: Grid) -> dict[str, float]:
    whole = float(power.sum())
    inside: dict[str, Any] = {
        name: radius == 0 if low == high else (radius > low) & (radius <= high) for name, (low, high) in BANDS.items()
    }
    return {name: float(power[place].sum()) / whole if whole else float("nan") for name, place in inside.items()}
