"""Weighted ridge regression with a free intercept, in closed form, for a stack of problems at once.

    minimise over β, β₀   Σ_j w_j ( y_j - β₀ - z_j·β )² + α ‖β‖²

Only sums over the samples are kept, so that memory does not grow with their number.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Sums:
    """Weighted sums over the samples of each problem, in float64; the design's last column is the intercept's ones.

    ``gram``: Σ w z zᵀ. ``cross``: Σ w z y. ``squares``: Σ w y². ``samples``: how many there were.
    """

    gram: Float[Tensor, "*batch column column"]
    cross: Float[Tensor, "*batch column"]
    squares: Float[Tensor, "*batch"]
    samples: Int[Tensor, "*batch"]

    @classmethod
    def of(
        cls,
        design: Float[Tensor, "batch sample segment"],
        weights: Float[Tensor, "batch sample"],
        answers: Float[Tensor, "batch sample"],
    ) -> "Sums":
        """The sums over some samples."""
        columns = torch.cat([design, torch.ones_like(design[:, :, :1])], dim=2)
        weighted = (columns * weights[:, :, None]).transpose(1, 2)
        cross = (weighted @ answers[:, :, None])[:, :, 0]
        samples = torch.full((len(design),), design.shape[1], device=design.device)
        return cls(weighted @ columns, cross, (weights * answers.square()).sum(dim=1), samples)

    @classmethod
    def empty(cls, *batch: int, segments: int, device: torch.device) -> "Sums":
        """No samples yet."""
        zeros = torch.zeros(*batch, segments + 1, segments + 1, dtype=torch.float64, device=device)
        samples = torch.zeros(*batch, dtype=torch.long, device=device)
        return cls(zeros, torch.zeros_like(zeros[..., 0]), torch.zeros_like(zeros[..., 0, 0]), samples)

    def add(self, places: tuple[int, Tensor], more: "Sums") -> None:
        """Adds the sums of more samples of some problems, each named once."""
        self.gram[places] += more.gram
        self.cross[places] += more.cross
        self.squares[places] += more.squares
        self.samples[places] += more.samples

    def half(self, number: int) -> "Sums":
        """One of the problems along the first axis."""
        return Sums(self.gram[number], self.cross[number], self.squares[number], self.samples[number])

    def joined(self) -> "Sums":
        """The first axis added up."""
        return Sums(self.gram.sum(0), self.cross.sum(0), self.squares.sum(0), self.samples.sum(0))


@dataclass(frozen=True, eq=False)
class Fit:
    """``coefficients`` and their standard ``errors``, 0 for columns that stand for nothing; ``r2``: the weighted share of
    the answers' variance that is explained, adjusted for what any columns would explain by chance,

        1 - (residual / (samples - segments - 1)) / (variance / (samples - 1))

    at most 1; 1 where there is none to explain, and 0 with no more samples than unknowns, where every answer fits."""

    coefficients: Float[Tensor, "batch segment"]
    errors: Float[Tensor, "batch segment"]
    r2: Float[Tensor, " batch"]

    def silenced(self, rows: Bool[Tensor, " batch"]) -> "Fit":
        """These rows as if there were nothing to explain."""
        return Fit(
            self.coefficients.masked_fill(rows[:, None], 0.0),
            self.errors.masked_fill(rows[:, None], 0.0),
            self.r2.masked_fill(rows, 1.0),
        )


def ridge(sums: Sums, alpha: float, real: Bool[Tensor, "batch segment"]) -> Fit:
    """The closed form (centred normal equations), with the posterior's standard errors (BayLIME, with the noise
    estimated from the residual): the error is infinite with fewer samples than unknowns. ``alpha`` is above 0."""
    total = sums.gram[:, -1:, -1:].clamp_min(torch.finfo(torch.float64).tiny)
    sides, mean = sums.gram[:, :-1, -1:], sums.cross[:, -1, None] / total[:, :, 0]
    gram = sums.gram[:, :-1, :-1] - sides @ sides.transpose(1, 2) / total
    cross = sums.cross[:, :-1] - sides[:, :, 0] * mean
    variance = sums.squares - sums.cross[:, -1] * mean[:, 0]
    inverse = torch.linalg.inv(gram + alpha * torch.eye(gram.shape[1], dtype=gram.dtype, device=gram.device))
    coefficients = (inverse @ cross[:, :, None])[:, :, 0]
    explained = 2 * (coefficients * cross).sum(1) - (coefficients[:, None] @ gram @ coefficients[:, :, None])[:, 0, 0]
    residual = (variance - explained).clamp_min(0)
    freedom = sums.samples - real.sum(dim=1) - 1
    noise = torch.where(freedom > 0, residual / freedom.clamp_min(1), torch.inf)
    # below float64's own noise there is nothing to explain
    nothing = variance <= 1e-24 * sums.gram[:, -1, -1].clamp_min(1)
    share = noise * (sums.samples - 1) / variance.clamp_min(torch.finfo(torch.float64).tiny)
    r2 = torch.where(nothing, 1.0, torch.where(freedom > 0, 1 - share, 0.0))
    errors = (noise[:, None] * inverse.diagonal(dim1=1, dim2=2)).sqrt()
    return Fit(coefficients.where(real, 0.0), errors.where(real, 0.0), r2)
