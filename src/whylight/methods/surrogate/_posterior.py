"""The posterior of a weighted linear regression under a normal–inverse-gamma prior, with a free intercept, in closed form.

    β | σ² ~ N( μ₀, σ²/λ ),   p(σ²) ∝ 1/σ²,   y_j | β, σ² ~ N( β₀ + z_j·β, σ²/w_j )

    V = ( G + λ )⁻¹,   μ = V ( c + λ μ₀ ),   s² = ( Σ_j w_j r_j² + λ ‖μ - μ₀‖² ) / ( n - 1 )
    (β_i - μ_i) / ( s √V_ii ) ~ Student's t with n - 1 degrees of freedom

G, c: the weighted sums of z zᵀ and z y around their means; r: the residuals; n: the samples. λ counts in units of the
noise's precision, so that μ₀ = 0 is ridge regression with α = λ.

Zhao et al., 2021 (BayLIME), arXiv:2012.03058, equations 5 and 6, with the noise integrated out (Gelman et al., Bayesian
Data Analysis, 3rd edition, section 14.8) instead of fixed.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from scipy.stats import t as student
from torch import Tensor

from whylight.methods.surrogate._ridge import Centred, Fit, Sums, noise_and_r2

Numbers = Float[Tensor, "batch segment"]


@dataclass(frozen=True, eq=False)
class Prior:
    """``means``: μ₀ of every segment, 0 where a column stands for none. ``precision``: λ of every picture, above 0."""

    means: Numbers
    precision: Float[Tensor, " batch"]


@dataclass(frozen=True, eq=False)
class Posterior:
    """``fit``: the most probable coefficients, the scales of their t distributions as ``errors``, and the adjusted R².
    ``freedom``: the degrees of freedom of each picture."""

    fit: Fit
    freedom: Float[Tensor, " batch"]

    def half_widths(self, level: float) -> Numbers:
        """Half of each coefficient's central credible interval; infinite where one sample leaves no freedom."""
        bounds = student.ppf((1 + level) / 2, self.freedom.clamp_min(1).cpu().numpy())
        quantile = torch.from_numpy(bounds).to(self.fit.errors)
        return torch.where(self.freedom > 0, quantile, torch.inf)[:, None] * self.fit.errors


def posterior(sums: Sums, prior: Prior, real: Bool[Tensor, "batch segment"]) -> Posterior:
    """What the prior and the samples say together."""
    centred = Centred.of(sums)
    inverse = centred.inverse(prior.precision)
    pulled = centred.cross + prior.precision[:, None] * prior.means
    means = (inverse @ pulled[:, :, None])[:, :, 0].where(real, 0.0)
    residual = centred.residual(means)
    pull = prior.precision * (means - prior.means).square().sum(dim=1)
    freedom = (sums.samples - 1).double()
    noise = (residual + pull) / freedom.clamp_min(1)
    scales = (noise[:, None] * inverse.diagonal(dim1=1, dim2=2)).sqrt().where(real, 0.0)
    _, r2 = noise_and_r2(sums, centred, residual, real)
    return Posterior(Fit(means, scales, r2), freedom)


def shared_r2(coefficients: Numbers, other: Sums) -> Float[Tensor, " batch"]:
    """R² of coefficients on samples that they were not fitted to; 1 where there is nothing to explain."""
    centred = Centred.of(other)
    share = centred.residual(coefficients) / centred.variance.clamp_min(torch.finfo(torch.float64).tiny)
    return torch.where(centred.nothing(other), 1.0, 1 - share)


def curvature(sums: Sums, real: Bool[Tensor, "batch segment"]) -> Float[Tensor, " batch"]:
    """What one sample says of a segment on average: the mean over segments of G's diagonal, a sample."""
    diagonal = Centred.of(sums).gram.diagonal(dim1=1, dim2=2)
    return (diagonal * real).sum(dim=1) / real.sum(dim=1) / sums.samples.clamp_min(1)
