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


@dataclass(frozen=True, eq=False)
class Centred:
    """The sums with the intercept taken out. ``variance``: Σ w (y - ȳ)², what there is to explain."""

    gram: Float[Tensor, "batch segment segment"]
    cross: Float[Tensor, "batch segment"]
    variance: Float[Tensor, " batch"]

    @classmethod
    def of(cls, sums: Sums) -> "Centred":
        """The same problem in distances from the weighted means."""
        total = sums.gram[:, -1:, -1:].clamp_min(torch.finfo(torch.float64).tiny)
        sides, mean = sums.gram[:, :-1, -1:], sums.cross[:, -1, None] / total[:, :, 0]
        gram = sums.gram[:, :-1, :-1] - sides @ sides.transpose(1, 2) / total
        cross = sums.cross[:, :-1] - sides[:, :, 0] * mean
        return cls(gram, cross, sums.squares - sums.cross[:, -1] * mean[:, 0])

    def inverse(self, alpha: Float[Tensor, " batch"]) -> Float[Tensor, "batch segment segment"]:
        """(gram + α)⁻¹."""
        eye = torch.eye(self.gram.shape[1], dtype=self.gram.dtype, device=self.gram.device)
        inverse: Tensor = torch.linalg.inv(self.gram + alpha[:, None, None] * eye)
        return inverse

    def residual(self, coefficients: Float[Tensor, "batch segment"]) -> Float[Tensor, " batch"]:
        """Σ w (y - fit)², with the intercept that suits the coefficients best."""
        bent = (coefficients[:, None] @ self.gram @ coefficients[:, :, None])[:, 0, 0]
        return (self.variance - 2 * (coefficients * self.cross).sum(1) + bent).clamp_min(0)

    def nothing(self, sums: Sums) -> Bool[Tensor, " batch"]:
        """Where there is nothing to explain: what there is, is float64's own noise."""
        return self.variance <= 1e-24 * sums.gram[:, -1, -1].clamp_min(1)


def ridge(sums: Sums, alpha: float, real: Bool[Tensor, "batch segment"]) -> Fit:
    """The closed form (centred normal equations), with the posterior's standard errors (BayLIME, with the noise
    estimated from the residual): the error is infinite with fewer samples than unknowns. ``alpha`` is above 0."""
    centred = Centred.of(sums)
    inverse = centred.inverse(torch.full_like(centred.variance, alpha))
    coefficients = (inverse @ centred.cross[:, :, None])[:, :, 0]
    noise, r2 = noise_and_r2(sums, centred, centred.residual(coefficients), real)
    errors = (noise[:, None] * inverse.diagonal(dim1=1, dim2=2)).sqrt()
    return Fit(coefficients.where(real, 0.0), errors.where(real, 0.0), r2)


def r2_of(
    coefficients: Float[Tensor, "batch segment"], sums: Sums, real: Bool[Tensor, "batch segment"]
) -> Float[Tensor, " batch"]:
    """The adjusted R² of any coefficients on samples."""
    centred = Centred.of(sums)
    return noise_and_r2(sums, centred, centred.residual(coefficients), real)[1]


def noise_and_r2(
    sums: Sums, centred: Centred, residual: Float[Tensor, " batch"], real: Bool[Tensor, "batch segment"]
) -> tuple[Float[Tensor, " batch"], Float[Tensor, " batch"]]:
    """The noise's variance, infinite with fewer samples than unknowns, and the adjusted R² that ``Fit`` tells of."""
    freedom = sums.samples - real.sum(dim=1) - 1
    noise = torch.where(freedom > 0, residual / freedom.clamp_min(1), torch.inf)
    share = noise * (sums.samples - 1) / centred.variance.clamp_min(torch.finfo(torch.float64).tiny)
    r2 = torch.where(centred.nothing(sums), 1.0, torch.where(freedom > 0, 1 - share, 0.0))
    return noise, r2
