"""Bayesian LIME: LIME without a prior, the paper's equation with one, and a guard that keeps its promise."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.descriptors import DESCRIPTORS, descriptors
from whylight.errors import MethodError
from whylight.methods.surrogate import _guard
from whylight.methods.surrogate._players import Players
from whylight.methods.surrogate.bayesian_lime import BayesianLIME
from whylight.methods.surrogate.lime import LIME
from whylight.types import Images, Segments

GRID = BayesianLIME(segments="grid", count=9, samples=80, tolerance=0.0, fill="black")
TARGETS = torch.tensor([0, 1, 2])
UNGUARDED = 1e9


def wishing(**weights: float) -> tuple[float, ...]:
    """A prior with these weights, and 0 for all other descriptors."""
    return tuple(weights.get(name, 0.0) for name in DESCRIPTORS)


def test_without_a_prior_it_is_lime(convolution: Classifier, images: Images) -> None:
    plain = LIME(samples=120, count=12, kriging=False)(convolution, images, TARGETS)
    bayesian = BayesianLIME(samples=120, count=12)(convolution, images, TARGETS)
    torch.testing.assert_close(bayesian.maps, plain.maps)
    for name in ("r2", "segments", "seed_agreement", "samples"):
        torch.testing.assert_close(bayesian.details[name], plain.details[name])
    assert not bayesian.details["prior_kept"].any()


def test_the_intervals_hold_a_known_truth(
    additive: Classifier, weights: Tensor, white: Images, cells: Segments
) -> None:
    """A linear answer with noise that no segment explains: each cell's weight lies in its interval."""
    method = BayesianLIME(
        segments="grid", count=9, samples=300, tolerance=0.0, fill="black", output="logit", ridge=1e-6
    )

    ramp = torch.arange(24 * 24, dtype=torch.float64).view(24, 24).sqrt()  # another number for each coalition

    def noisy(given: Images) -> Tensor:
        hashed = (given.double().mean(dim=1) * ramp).sum(dim=(1, 2)).sin() * 43758.5453
        jitter = torch.stack([hashed - hashed.floor() - 0.5, torch.zeros_like(hashed)], dim=1)
        return additive.predict(given) + jitter.float()

    low, high = method.bounds(replace(additive, predict=noisy), white, torch.tensor([0]))
    truth = weights[cells[0]]
    inside = ((low[0] <= truth) & (truth <= high[0]))[4::8, 4::8]
    assert int(inside.sum()) >= 8
    assert 0.02 < float((high - low).mean()) < 0.5
    sure = method(replace(additive, predict=noisy), white, torch.tensor([0])).details["certain"]
    assert 0.7 < float(sure) < 1  # all but the cell that counts nothing, and perhaps the faintest


def test_the_whole_posterior_the_slow_way(convolution: Classifier, images: Images) -> None:
    """Sample by sample, with the prior's means by their formula and the equation solved by numpy."""
    method = replace(GRID, worth=40.0, prior=wishing(across=2.0, light=-1.0, evidence=0.5), allowed=UNGUARDED)
    evidence, picture = method(convolution, images[:1], TARGETS[:1]), images[:1]
    step = torch.arange(32)
    numbers = (step * 3 // 32)[:, None] * 3 + (step * 3 // 32)[None]
    kept = torch.cat([method._draw(9, 40, half, 0) for half in (0, 1)])
    answers = [convolution.probabilities(picture * row[numbers])[0, 0].item() for row in kept]
    shares = kept.double().mean(dim=1).numpy()
    weights = np.array([math.sqrt(math.exp(-((1 - math.sqrt(share)) ** 2) / 0.25**2)) for share in shares])
    z, y = kept.double().numpy(), np.array(answers)
    z, y = z - np.average(z, axis=0, weights=weights), y - np.average(y, weights=weights)
    gram, cross = (z * weights[:, None]).T @ z, (z * weights[:, None]).T @ y
    own = np.linalg.solve(gram + np.eye(9), cross)
    given = descriptors(picture, numbers[None], torch.from_numpy(own)[None])[0].numpy()
    belongs = 1 / (1 + np.exp(-given @ np.array(method.prior)))
    wish = own.mean() + (belongs - belongs.mean()) * (max(own.max(), 0) - min(own.min(), 0))
    pull = 40 * np.diag(gram).mean() / 80
    expected = np.linalg.solve(gram + (1 + pull) * np.eye(9), cross + pull * wish)
    torch.testing.assert_close(evidence.maps[0], torch.from_numpy(expected)[numbers].float(), atol=1e-6, rtol=1e-4)
    assert evidence.details["prior_kept"].tolist() == [1.0]


def test_a_prior_moves_evidence_to_what_people_want(convolution: Classifier, images: Images) -> None:
    plain = GRID(convolution, images, TARGETS).maps
    for worth in (20.0, 2000.0):
        method = replace(GRID, worth=worth, prior=wishing(across=3.0), allowed=UNGUARDED)
        moved = method(convolution, images, TARGETS).maps - plain
        assert (moved[:, :, 22:].mean(dim=(1, 2)) > 0).all()
        assert (moved[:, :, :10].mean(dim=(1, 2)) < 0).all()
        # and the sum stays about what it was
        assert (moved.mean(dim=(1, 2)).abs() < 0.15 * moved.abs().mean(dim=(1, 2))).all()


@pytest.mark.parametrize("allowed", [0.0, 0.01, 0.05])
def test_the_guard_keeps_its_promise(convolution: Classifier, images: Images, allowed: float) -> None:
    """A prior that wants the opposite of what the classifier says."""
    plain = GRID(convolution, images, TARGETS)
    wrong = replace(GRID, worth=5000.0, prior=wishing(evidence=-8.0), allowed=allowed)
    guarded = wrong(convolution, images, TARGETS)
    free = replace(wrong, allowed=UNGUARDED)(convolution, images, TARGETS)
    assert (free.details["heldout_r2"] < plain.details["heldout_r2"] - 0.1).all()
    assert (guarded.details["heldout_r2"] >= plain.details["heldout_r2"] - allowed - 1e-6).all()
    assert (guarded.details["prior_kept"] < 1).all()
    players = Players.cut(convolution, images, TARGETS, ("grid", 9), "black", "probability")
    everyone, span = torch.arange(3), _guard.span(players)
    middles = (slice(None), slice(5, None, 11), slice(5, None, 11))
    before, after = (
        _guard.deletion(players, everyone, found.maps[middles].flatten(1).double()) for found in (plain, guarded)
    )
    assert (after - before <= allowed * span + 1e-6).all()


def test_a_prior_that_costs_nothing_is_kept(additive: Classifier, white: Images) -> None:
    """The classifier's own evidence, wanted by people too."""
    method = replace(GRID, prior=wishing(evidence=2.0), worth=3.0, allowed=0.02)
    assert method(additive, white, torch.tensor([0])).details["prior_kept"].tolist() == [1.0]


def test_deletion_is_the_area_the_slow_way(additive: Classifier, white: Images, cells: Segments) -> None:
    players = Players.cut(additive, white, torch.tensor([0]), ("grid", 9), "black", "logit")
    numbers = torch.tensor([[3.0, -1.0, 0.0, 2.0, 5.0, 0.5, -2.0, 1.0, 0.25]], dtype=torch.float64)
    order = numbers[0].argsort(descending=True)
    shares, heights = [], []
    for step in range(9):
        gone = order[: round(step * 9 / 8)]
        hidden = torch.isin(cells[0], gone)
        shares.append(float(hidden.double().mean()))
        heights.append(float(additive.predict(white * ~hidden)[0, 0]))
    area = sum((b - a) * (y + z) / 2 for a, b, y, z in zip(shares, shares[1:], heights, heights[1:]))
    assert float(_guard.deletion(players, torch.tensor([0]), numbers)) == pytest.approx(area, abs=1e-6)
    assert float(_guard.span(players)) == pytest.approx(abs(heights[0] - heights[-1]), abs=1e-6)


def test_the_share_that_is_kept_is_found_by_halving() -> None:
    bounds = torch.tensor([2.0, 0.7, 0.01, 0.0])

    def costs(chosen: Tensor, shares: Tensor) -> Tensor:
        return torch.where(shares <= bounds[chosen], 0.5, 1.5)

    kept = _guard.kept_share(costs, 4, torch.device("cpu"))
    assert kept.tolist() == pytest.approx([1.0, 0.6875, 0.0, 0.0])


def test_the_passes_are_those_that_are_stated(convolution: Classifier, images: Images) -> None:
    with perturb.metered() as meter:
        GRID(convolution, images[:1], TARGETS[:1])
    plain = meter.forward
    with perturb.metered() as meter:
        replace(GRID, prior=wishing(across=1.0), allowed=UNGUARDED)(convolution, images[:1], TARGETS[:1])
    assert meter.forward == plain + 17
    with perturb.metered() as meter:
        replace(GRID, prior=wishing(evidence=-9.0), worth=1e6, allowed=0.0)(convolution, images[:1], TARGETS[:1])
    assert meter.forward == plain + 17 + 5 * 8


def test_a_map_does_not_depend_on_its_batch(convolution: Classifier, images: Images) -> None:
    method = BayesianLIME(samples=120, count=12, prior=wishing(across=1.0, texture=2.0))
    together = method(convolution, images, TARGETS)
    for row in range(3):
        alone = method(convolution, images[row : row + 1], TARGETS[row : row + 1])
        torch.testing.assert_close(together.maps[row : row + 1], alone.maps, atol=1e-6, rtol=1e-4)
        for name, numbers in alone.details.items():
            torch.testing.assert_close(together.details[name][row : row + 1], numbers, atol=1e-4, rtol=1e-4)


def test_a_classifier_that_never_changes_its_mind_gives_zeros(images: Images) -> None:
    constant = Classifier("constant", ("a", "b"), lambda given: torch.ones(len(given), 2) * torch.tensor([0.3, 0.1]))
    evidence = replace(GRID, prior=wishing(across=1.0))(constant, images, torch.tensor([0, 1, 0]))
    assert not evidence.maps.any()
    assert all(torch.isfinite(numbers).all() for numbers in evidence.details.values())


@pytest.mark.parametrize(
    ("method", "text"),
    [
        (BayesianLIME(prior=(1.0, 2.0)), "bayesian_lime expects a prior of 13 numbers"),
        (BayesianLIME(kriging=True), "bayesian_lime expects kriging to be false"),
        (BayesianLIME(worth=-1.0), "worth and allowed of at least 0"),
        (BayesianLIME(level=1.0), "a level between 0 and 1"),
        (BayesianLIME(samples=3), "samples of at least 4"),
    ],
)
def test_settings_out_of_range_are_refused_in_a_sentence(
    convolution: Classifier, images: Images, method: BayesianLIME, text: str
) -> None:
    with pytest.raises(MethodError, match=text):
        method(convolution, images, TARGETS)
