"""What is asked of a game, in closed form for the kernels of ``_kriging``.

A kernel is a product over the segments, g(z) = Π_i g_i(z_i), g_i(z_i) = exp(c a_i s_i (2 z_i - 1)). So

    Shapley value of i = ∫₀¹ ( g_i(1) - g_i(0) ) Π_{j≠i} ( t g_j(1) + (1 - t) g_j(0) ) dt

    E[ w(|z|) g(z) ] = Σ_ω ŵ(ω) Π_i ( (1 - p) g_i(0) + ω p g_i(1) ),     z_i = 1 with probability p,

where ω runs over the roots of unity of order M + 1, fewer where M is large, and ŵ is the Fourier transform of the weights
w(0), …, w(M) of the sizes. Of E[w z_i g], the factor of i is ω p g_i(1) alone.

Owen, Multilinear extensions of games, 1972, Management Science 18 (the integral); the second line is the generating
function of the sizes, read off by a discrete Fourier transform.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from whylight.methods.surrogate._kriging import SHARPNESS, Kernel, Signs

NODES = 16
"""Of the Gauss-Legendre rule for the integral; the product is smooth in t, and 16 are exact to float64's rounding."""

REACH = 7
"""Beyond so many standard deviations a binomial law has less than 1e-11 of its mass."""


def shapley_of(kernel: Kernel, centres: Signs) -> Float[Tensor, "row segment"]:
    """The Shapley values of k(·, s_i) for an odd kernel, a row for each centre. The even part of a game has none, so that
    they are those of the exponential."""
    places, shares = np.polynomial.legendre.leggauss(NODES)
    shown, hidden = _factors(kernel, centres)
    values = torch.zeros_like(centres)
    for place, share in zip((places + 1) / 2, shares / 2, strict=True):
        factors = float(place) * shown + (1 - float(place)) * hidden
        values += float(share) * factors.prod(dim=1, keepdim=True) / factors * (shown - hidden)
    return values * 2 * math.exp(-SHARPNESS) / (1 - math.exp(-2 * SHARPNESS))


@dataclass(frozen=True, eq=False)
class SizeLaw:
    """Coalitions of independent segments, each kept with ``chance``, that count ``weights`` by their size 0 … M."""

    chance: float
    weights: Float[Tensor, " size"]

    @property
    def players(self) -> int:
        """M."""
        return len(self.weights) - 1

    @property
    def masses(self) -> Float[Tensor, " size"]:
        """The weight of all coalitions of each size together."""
        sizes = range(self.players + 1)
        chances = [math.comb(self.players, k) * self.chance**k * (1 - self.chance) ** (self.players - k) for k in sizes]
        return self.weights * torch.tensor(chances, dtype=torch.float64).to(self.weights)

    def slopes_of(self, kernel: Kernel, centres: Signs) -> Float[Tensor, "row segment"]:
        """The coefficients of the weighted regression of k(·, s_i) on z with a free intercept, over all coalitions."""
        mass, mean, alone, together = self._moments()
        shown, hidden = (part.to(torch.complex128) for part in _factors(kernel, centres))
        function, products = torch.zeros_like(centres[:, 0]), torch.zeros_like(centres)
        for root, weight in self._nodes():
            kept = self.chance * root * shown
            factors = (1 - self.chance) * hidden + kept
            function += (weight * factors.prod(dim=1)).real
            products += (weight * _without_each(factors) * kept).real
        covariance = (products - mean * function[:, None]) / mass * math.exp(-SHARPNESS)
        # the inverse of (alone - together) I + together 1 1ᵀ
        apart = alone - together
        common = covariance.sum(dim=1, keepdim=True) * together / (apart + self.players * together)
        slopes: Tensor = (covariance - common) / apart
        return slopes

    @property
    def is_broad(self) -> bool:
        """Whether the weights leave enough of the coalitions for a closed form to be more than rounding."""
        mass, _, alone, together = self._moments()
        return mass > 1e-6 and alone - together > 1e-6 and alone + (self.players - 1) * together > 1e-6

    def _moments(self) -> tuple[float, float, float, float]:
        """The whole mass, and the mean, variance and covariance of segments under it."""
        masses, sizes, count = self.masses, torch.arange(self.players + 1).to(self.weights), self.players
        mass = float(masses.sum().clamp_min(torch.finfo(masses.dtype).tiny))
        mean = float(masses @ sizes) / mass / count
        both = float(masses @ (sizes * (sizes - 1))) / mass / max(1, count * (count - 1))
        return mass, mean, mean * (1 - mean), both - mean**2 if count > 1 else 0.0

    def _nodes(self) -> list[tuple[complex, complex]]:
        """Half of the roots of unity, the other half being their conjugates, and what each counts. Sizes further from the
        mean than ``REACH`` deviations have no mass; roots that cannot tell them from the others are enough."""
        spread = math.sqrt(self.players * self.chance * (1 - self.chance))
        order = min(self.players + 1, 2 * math.ceil(REACH * spread) + 1)
        first = min(max(0, round(self.players * self.chance) - order // 2), self.players + 1 - order)
        near = torch.arange(first, first + order)
        spectrum = torch.fft.fft(self.weights.cpu()[near][near.remainder(order).argsort()]) / order
        angles = [2 * math.pi * node / order for node in range(order // 2 + 1)]
        twice = [1 if node in (0, order - node) else 2 for node in range(order // 2 + 1)]
        return [
            (complex(math.cos(angle), math.sin(angle)), times * complex(spectrum[node]))
            for node, (angle, times) in enumerate(zip(angles, twice, strict=True))
        ]


def _factors(kernel: Kernel, centres: Signs) -> tuple[Tensor, Tensor]:
    """g_i(1) and g_i(0)."""
    exponents = SHARPNESS * kernel.relevance * centres
    return exponents.exp(), (-exponents).exp()


def _without_each(factors: Tensor) -> Tensor:
    """The product of each row's other factors; one of them may be 0."""
    ones = torch.ones_like(factors[:, :1])
    before = torch.cat([ones, factors[:, :-1]], dim=1).cumprod(dim=1)
    behind = torch.cat([ones, factors.flip(1)[:, :-1]], dim=1).cumprod(dim=1).flip(1)
    return before * behind
