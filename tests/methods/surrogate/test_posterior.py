"""The posterior against scikit-learn, against numbers that are integrated on a grid, and against itself in two steps."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import stats
from sklearn.linear_model import BayesianRidge
from torch import Tensor

from whylight.methods.surrogate._posterior import Prior, curvature, posterior, shared_r2
from whylight.methods.surrogate._ridge import Sums, ridge

SEGMENTS = 5


def drawn(seed: int, samples: int = 80) -> tuple[Tensor, Tensor, Tensor]:
    """Coalitions, weights and answers of a line with noise."""
    random = torch.Generator().manual_seed(seed)
    kept = (torch.rand(1, samples, SEGMENTS, generator=random) < 0.5).double()
    weights = torch.rand(1, samples, generator=random, dtype=torch.float64) + 0.5
    line = torch.tensor([0.6, -0.3, 0.1, 0.0, 0.2], dtype=torch.float64)
    noise = torch.randn(1, samples, generator=random, dtype=torch.float64)
    return kept, weights, kept @ line + 0.4 + 0.2 * noise


def everything() -> Tensor:
    return torch.ones(1, SEGMENTS, dtype=torch.bool)


def prior_of(means: Tensor, precision: float) -> Prior:
    return Prior(means[None].double(), torch.tensor([precision], dtype=torch.float64))


def test_a_prior_around_zero_is_ridge_regression() -> None:
    sums = Sums.of(*drawn(0))
    found = posterior(sums, prior_of(torch.zeros(SEGMENTS), 2.5), everything())
    plain = ridge(sums, 2.5, everything())
    torch.testing.assert_close(found.fit.coefficients, plain.coefficients)
    torch.testing.assert_close(found.fit.r2, plain.r2)


def test_the_most_probable_coefficients_are_those_of_scikit_learn() -> None:
    """Its precisions of noise and coefficients are estimated; ours is told their ratio."""
    kept, weights, answers = drawn(1)
    oracle = BayesianRidge(tol=1e-12, max_iter=1000).fit(kept[0], answers[0], sample_weight=weights[0])
    found = posterior(
        Sums.of(kept, weights, answers), prior_of(torch.zeros(SEGMENTS), oracle.lambda_ / oracle.alpha_), everything()
    )
    assert found.fit.coefficients[0].tolist() == pytest.approx(oracle.coef_, abs=1e-8)
    # its covariance at a fixed noise, ours with the noise integrated out: equal up to the noise's own estimate
    ratio = found.fit.errors[0].numpy() / np.sqrt(np.diag(oracle.sigma_))
    assert ratio.std() < 1e-6
    assert ratio.mean() == pytest.approx(1, abs=0.05)


def test_a_grid_over_all_unknowns_gives_the_same_interval() -> None:
    """One segment: coefficient, intercept and noise on a fine grid, prior times likelihood, summed."""
    random = np.random.default_rng(2)
    kept, weights = (random.random(12) < 0.5).astype(float), random.random(12) + 0.5
    answers = 0.5 * kept + 0.1 + 0.3 * random.normal(size=12)
    centre, precision = 0.9, 1.7
    slope, base = np.linspace(-1.5, 2.5, 241), np.linspace(-2, 2, 161)
    spread = np.exp(np.linspace(np.log(0.05), np.log(3), 121))
    b, a, s = np.meshgrid(slope, base, spread, indexing="ij")
    density = stats.norm.logpdf(b, centre, s / precision**0.5)
    for z, w, y in zip(kept, weights, answers):
        density += stats.norm.logpdf(y, a + b * z, s / w**0.5)
    # p(σ²) ∝ 1/σ² is even in log σ, along which the grid is even
    mass = np.exp(density - density.max()).sum(axis=(1, 2))
    share = np.cumsum(mass) / mass.sum()
    low, high = np.interp([0.025, 0.975], share, slope + (slope[1] - slope[0]) / 2)
    found = posterior(
        Sums.of(*(torch.from_numpy(each)[None] for each in (kept[:, None], weights, answers))),
        Prior(torch.tensor([[centre]]).double(), torch.tensor([precision]).double()),
        torch.ones(1, 1, dtype=torch.bool),
    )
    middle, width = float(found.fit.coefficients), float(found.half_widths(0.95))
    assert middle - width == pytest.approx(low, abs=5e-3)
    assert middle + width == pytest.approx(high, abs=5e-3)


def test_a_strong_prior_is_believed_and_a_weak_one_forgotten() -> None:
    sums, wish = Sums.of(*drawn(3)), torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
    strong, weak = (posterior(sums, prior_of(wish, precision), everything()).fit for precision in (1e9, 1e-9))
    assert strong.coefficients[0].tolist() == pytest.approx(wish.tolist(), abs=1e-5)
    torch.testing.assert_close(weak.coefficients, ridge(sums, 1e-9, everything()).coefficients)
    assert float(strong.r2) < 0 < float(weak.r2)


def test_an_interval_of_95_percent_holds_the_truth_95_times_of_100() -> None:
    truth = torch.tensor([0.6, -0.3, 0.1, 0.0, 0.2], dtype=torch.float64)
    inside = []
    for seed in range(200):
        random = torch.Generator().manual_seed(seed)
        kept = (torch.rand(1, 30, SEGMENTS, generator=random) < 0.5).double()
        answers = kept @ truth + 0.2 * torch.randn(1, 30, generator=random, dtype=torch.float64)
        sums = Sums.of(kept, torch.ones(1, 30, dtype=torch.float64), answers)
        found = posterior(sums, prior_of(torch.zeros(SEGMENTS), 1e-6), everything())
        inside.append(((found.fit.coefficients - truth).abs() <= found.half_widths(0.95)).double().mean())
    # 1000 intervals, less noise than the prior's degree of freedom for each segment costs
    assert float(torch.stack(inside).mean()) == pytest.approx(0.95, abs=0.035)


def test_r2_on_other_samples_is_what_is_left_of_them() -> None:
    kept, weights, answers = drawn(4)
    coefficients = torch.tensor([[0.5, -0.2, 0.0, 0.1, 0.2]], dtype=torch.float64)
    residual = (answers - kept @ coefficients[0])[0].numpy()

    def spread(values: NDArray[np.float64]) -> float:
        return float(np.cov(values, aweights=weights[0].numpy(), ddof=0))

    expected = 1 - spread(residual) / spread(answers[0].numpy())
    assert float(shared_r2(coefficients, Sums.of(kept, weights, answers))) == pytest.approx(expected)
    constant = Sums.of(kept, weights, torch.zeros_like(answers))
    assert float(shared_r2(coefficients, constant)) == 1


def test_what_a_sample_says_of_a_segment() -> None:
    """Segments that are kept half of the time, with a weight of 1: a variance of 1/4."""
    kept, weights, answers = drawn(5, samples=20_000)
    sums = Sums.of(kept, torch.ones_like(weights), answers)
    assert float(curvature(sums, everything())) == pytest.approx(0.25, abs=0.002)
