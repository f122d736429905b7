import math

import pytest
import torch
from sklearn.linear_model import Ridge

from whylight.methods.surrogate._ridge import Fit, Sums, ridge


def problem(seed: int = 0, samples: int = 90, segments: int = 7) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    source = torch.Generator().manual_seed(seed)
    design = (torch.rand(2, samples, segments, generator=source) < 0.5).double()
    weights = torch.rand(2, samples, generator=source).double()
    truth = torch.randn(2, segments, 1, generator=source).double()
    noise = torch.randn(2, samples, generator=source).double()
    return design, weights, (design @ truth)[:, :, 0] + 0.3 * noise + 5


def fitted(design: torch.Tensor, weights: torch.Tensor, answers: torch.Tensor, alpha: float = 1.0) -> Fit:
    real = torch.ones(design.shape[0], design.shape[2], dtype=torch.bool)
    return ridge(Sums.of(design, weights, answers), alpha, real)


@pytest.mark.parametrize("alpha", [0.01, 1.0, 20.0])
def test_coefficients_and_fit_are_those_of_scikit_learn(alpha: float) -> None:
    design, weights, answers = problem()
    fit = fitted(design, weights, answers, alpha)
    for row in range(2):
        z, w, y = design[row].numpy(), weights[row].numpy(), answers[row].numpy()
        oracle = Ridge(alpha=alpha).fit(z, y, sample_weight=w)
        torch.testing.assert_close(fit.coefficients[row], torch.from_numpy(oracle.coef_), atol=1e-10, rtol=0)
        adjusted = 1 - (1 - oracle.score(z, y, sample_weight=w)) * (90 - 1) / (90 - 7 - 1)
        assert float(fit.r2[row]) == pytest.approx(adjusted, abs=1e-10)


@pytest.mark.parametrize(("samples", "segments"), [(60, 29), (40, 36), (500, 9)])
def test_noise_has_no_fit_whatever_the_samples(samples: int, segments: int) -> None:
    source = torch.Generator().manual_seed(3)
    design = (torch.rand(400, samples, segments, generator=source) < 0.5).double()
    weights, noise = (
        torch.rand(400, samples, generator=source).double() + 0.2,
        torch.randn(400, samples, generator=source),
    )
    r2 = fitted(design, weights, noise.double()).r2
    assert float(r2.mean()) < 0.05
    assert (r2 < 0.3).double().mean() > 0.9
    if samples > 10 * segments:
        assert float(r2.mean()) == pytest.approx(0, abs=0.02)


def test_with_no_more_samples_than_unknowns_there_is_no_fit_to_speak_of() -> None:
    design, weights, answers = problem(samples=8)
    assert fitted(design, weights, answers).r2.tolist() == [0.0, 0.0]
    assert fitted(design, weights, torch.full_like(answers, 3.0)).r2.tolist() == [1.0, 1.0]


def test_sums_added_in_parts_are_the_sums_of_the_whole() -> None:
    design, weights, answers = problem()
    sums, pictures = Sums.empty(2, 2, segments=7, device=design.device), torch.arange(2)
    sums.add((0, pictures), Sums.of(design[:, :40], weights[:, :40], answers[:, :40]))
    sums.add((1, pictures), Sums.of(design[:, 40:], weights[:, 40:], answers[:, 40:]))
    whole, joined = Sums.of(design, weights, answers), sums.joined()
    for name in ("gram", "cross", "squares", "samples"):
        torch.testing.assert_close(getattr(joined, name), getattr(whole, name))


def test_a_column_that_stands_for_nothing_changes_nothing_and_stays_zero() -> None:
    design, weights, answers = problem()
    padded = torch.cat([design, torch.zeros_like(design[:, :, :2])], dim=2)
    real = torch.arange(9).expand(2, 9) < 7
    fit, plain = ridge(Sums.of(padded, weights, answers), 1.0, real), fitted(design, weights, answers)
    torch.testing.assert_close(fit.coefficients[:, :7], plain.coefficients)
    torch.testing.assert_close(fit.errors[:, :7], plain.errors)
    torch.testing.assert_close(fit.r2, plain.r2)
    assert not fit.coefficients[:, 7:].any()
    assert not fit.errors[:, 7:].any()


def test_standard_errors_are_the_scatter_of_repeated_fits() -> None:
    trials = 600
    design = (torch.rand(trials, 80, 4, generator=torch.Generator().manual_seed(0)) < 0.5).double()
    noise = torch.randn(trials, 80, generator=torch.Generator().manual_seed(1)).double()
    answers = (design @ torch.tensor([1.0, -2.0, 0.5, 0.0]).double()) + 0.7 * noise
    fit = fitted(design, torch.ones(trials, 80).double(), answers, alpha=1e-9)
    ratio = fit.errors.mean(dim=0) / fit.coefficients.std(dim=0)
    assert ((ratio > 0.9) & (ratio < 1.1)).all()


def test_fewer_samples_than_unknowns_leave_the_error_infinite() -> None:
    design, weights, answers = problem(samples=8)
    assert (fitted(design, weights, answers).errors == math.inf).all()


def test_answers_that_never_change_give_zeros_and_a_perfect_fit() -> None:
    design, weights, answers = problem()
    fit = fitted(design, weights, torch.zeros_like(answers))
    assert not fit.coefficients.any()
    assert not fit.errors.any()
    assert (fit.r2 == 1).all()
