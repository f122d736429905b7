"""The Shapley regression in closed form, for a stack of games at once.

    minimise over φ   Σ_z π(z) ( v(z) - v(0) - z·φ )²      subject to   Σ φ = v(1) - v(0)

Of a coalition z and its complement z̄ only the difference depends on φ, so that each pair is one observation

    D = v(z) - v(z̄)   of   s·φ   with   s = 2z - 1

Covert and Lee, 2021, arXiv:2012.01536, equations 7 and 14, with their paired sampling.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from whylight.methods.surrogate._coalitions import LISTED


@dataclass(frozen=True, eq=False)
class Observations:
    """Sums over pairs in float64, one row for what is listed and one for each of two seeds.

    ``gram``: Σ w s sᵀ. ``cross``: Σ w s D. ``squares``: Σ w D². ``pairs``: how many there were. The weight w is the
    kernel's share for listed pairs, 1 for random ones.
    """

    gram: Float[Tensor, "3 batch player player"]
    cross: Float[Tensor, "3 batch player"]
    squares: Float[Tensor, "3 batch"]
    pairs: Int[Tensor, "3 batch"]

    @classmethod
    def empty(cls, batch: int, players: int, device: torch.device) -> "Observations":
        """No pairs yet."""
        zeros = torch.zeros(3, batch, players, players, dtype=torch.float64, device=device)
        pairs = torch.zeros(3, batch, dtype=torch.long, device=device)
        return cls(zeros, torch.zeros_like(zeros[..., 0]), torch.zeros_like(zeros[..., 0, 0]), pairs)

    def add(
        self,
        games: Int[Tensor, " chosen"],
        signs: Float[Tensor, "chosen pair player"],
        shares: Float[Tensor, "chosen pair"],
        owners: Int[Tensor, "chosen pair"],
        differences: Float[Tensor, "chosen pair"],
    ) -> None:
        """Adds pairs to some games, each named once; the signs of players that a game lacks are 0."""
        for row, owner in enumerate((LISTED, 0, 1)):
            mine = owners == owner
            weights = shares * mine
            weighted = (signs * weights[:, :, None]).transpose(1, 2)
            self.gram[row, games] += weighted @ signs
            self.cross[row, games] += (weighted @ differences[:, :, None])[:, :, 0]
            self.squares[row, games] += (weights * differences.square()).sum(dim=1)
            self.pairs[row, games] += mine.sum(dim=1)


@dataclass(frozen=True, eq=False)
class Solution:
    """Shapley values and their standard errors: 0 where every coalition was asked for, infinite with too few pairs."""

    values: Float[Tensor, "batch player"]
    errors: Float[Tensor, "batch player"]


def solve(
    seen: Observations,
    seeds: tuple[int, ...],
    rest: Float[Tensor, " batch"],
    surplus: Float[Tensor, " batch"],
    real: Bool[Tensor, "batch player"],
) -> Solution:
    """The constrained weighted least squares from the listed pairs and the random pairs of ``seeds``.

    ``rest``: the kernel's mass that the random pairs stand for. ``surplus``: v(1) - v(0), which the values sum to
    exactly. Directions that no pair has looked into share it evenly.
    """
    rows = [1 + seed for seed in seeds]
    gram, cross = seen.gram[rows].sum(0), seen.cross[rows].sum(0)
    squares, pairs = seen.squares[rows].sum(0), seen.pairs[rows].sum(0)
    scale = rest / pairs.clamp_min(1)
    whole = seen.gram[0] + scale[:, None, None] * gram
    ones = real.double()
    even = ones * (surplus / ones.sum(dim=1))[:, None]
    remove_mean = torch.diag_embed(ones) - ones[:, :, None] * ones[:, None] / ones.sum(dim=1)[:, None, None]
    inverse = torch.linalg.pinv(remove_mean @ whole @ remove_mean, hermitian=True, rtol=1e-10)
    target = seen.cross[0] + scale[:, None] * cross - _times(whole, even)
    values = even + _times(remove_mean, _times(inverse, _times(remove_mean, target)))
    residual = squares - 2 * (values * cross).sum(dim=1) + (values * _times(gram, values)).sum(dim=1)
    freedom = pairs - ones.sum(dim=1) + 1
    noise = torch.where(freedom > 0, residual.clamp_min(0) / freedom.clamp_min(1), torch.inf)
    noise = torch.where(rest > 0, noise, 0.0)
    moved = (inverse @ gram @ inverse).diagonal(dim1=1, dim2=2) * scale[:, None].square()
    errors = torch.where(noise[:, None] == torch.inf, torch.inf, (noise[:, None] * moved.clamp_min(0)).sqrt())
    return Solution(values, errors.where(real, 0.0))


def _times(matrix: Float[Tensor, "batch row column"], vector: Float[Tensor, "batch column"]) -> Tensor:
    return (matrix @ vector[:, :, None])[:, :, 0]
