from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from math import factorial

import pytest
import torch
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.methods.surrogate.kernel_shap import KernelSHAP
from whylight.types import Images, Segments

GRID = KernelSHAP(segments="grid", count=9, fill="black", output="logit")
TARGETS = torch.tensor([0, 1, 2])
YES = torch.tensor([0])


def grid_numbers(side: int, cells: int) -> Segments:
    step = torch.arange(side) * cells // side
    return (step[:, None] * cells + step)[None]


def game_of(classifier: Classifier, picture: Images, numbers: Segments, target: int) -> Callable[[Tensor], Tensor]:
    """v(z) for a stack of coalitions: the target's probability with the other segments black."""

    def play(coalitions: Tensor) -> Tensor:
        seen = picture * coalitions.float()[:, None, numbers[0]]
        return classifier.probabilities(seen)[:, target].double()

    return play


def shapley_values(play: Callable[[Tensor], Tensor], players: int) -> Tensor:
    """The definition: each player's gain over all coalitions of the others, with its factorial weights."""
    everyone = torch.tensor([[number >> player & 1 for player in range(players)] for number in range(2**players)])
    answers = play(everyone)
    values = torch.zeros(players, dtype=torch.float64)
    for player in range(players):
        others = [other for other in range(players) if other != player]
        for size in range(players):
            weight = factorial(size) * factorial(players - 1 - size) / factorial(players)
            for chosen in combinations(others, size):
                number = sum(1 << other for other in chosen)
                values[player] += weight * (answers[number + (1 << player)] - answers[number])
    return values


def by_segment(maps: Tensor, numbers: Segments) -> Tensor:
    flat = numbers.flatten()
    return torch.stack([maps.flatten()[flat == number][0] for number in range(int(flat.max()) + 1)])


def test_exact_values_are_those_of_the_definition(convolution: Classifier, images: Images) -> None:
    numbers = grid_numbers(32, 3)
    evidence = KernelSHAP(segments="grid", count=9, fill="black")(convolution, images[:1], YES)
    expected = shapley_values(game_of(convolution, images[:1], numbers, 0), 9)
    torch.testing.assert_close(by_segment(evidence.maps, numbers).double(), expected, atol=1e-7, rtol=1e-5)
    assert evidence.details["samples"].tolist() == [2**9 - 2]
    assert evidence.details["spread"].tolist() == [0]
    assert evidence.details["seed_agreement"].tolist() == [1]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The set_:PendingDeprecationWarning")  # while shap is imported
def test_exact_values_are_those_of_shap(
    convolution: Classifier, images: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np

    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")  # compiling shap takes longer than running it
    import shap

    numbers = grid_numbers(32, 3)
    play = game_of(convolution, images[:1], numbers, 0)
    explainer = shap.KernelExplainer(
        lambda rows: play(torch.from_numpy(rows)).numpy(), np.zeros((1, 9)), link="identity"
    )
    theirs = explainer.shap_values(np.ones((1, 9)), nsamples=2**9 - 2, l1_reg=False, silent=True)[0]
    exact = shap.explainers.Exact(lambda rows: play(torch.from_numpy(rows)).numpy(), np.zeros((1, 9)))
    ours = by_segment(KernelSHAP(segments="grid", count=9, fill="black")(convolution, images[:1], YES).maps, numbers)
    torch.testing.assert_close(ours.double(), torch.from_numpy(theirs), atol=1e-6, rtol=1e-4)
    torch.testing.assert_close(ours.double(), torch.from_numpy(exact(np.ones((1, 9))).values[0]), atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("samples", [40, 100, 2048])
def test_an_additive_game_is_exact_from_few_samples(
    additive: Classifier, weights: Tensor, white: Images, cells: Segments, samples: int
) -> None:
    evidence = replace(GRID, samples=samples)(additive, white, YES)
    torch.testing.assert_close(evidence.maps, weights[cells], atol=1e-5, rtol=0)


def test_sampled_values_come_near_the_exact_ones_within_the_stated_error(
    convolution: Classifier, images: Images
) -> None:
    method = KernelSHAP(segments="grid", count=9, fill="black")
    exact = method(convolution, images[:1], YES).maps[0]
    many = [replace(method, samples=120, tolerance=0.0, seed=seed)(convolution, images[:1], YES) for seed in range(16)]
    missed = torch.stack([evidence.maps[0] - exact for evidence in many])[:, 5::11, 5::11].flatten(1)
    stated = torch.stack([evidence.details["spread"] for evidence in many]).mean() * exact.abs().max()
    seen = missed.square().mean(dim=0).sqrt().mean()
    assert 0.6 < float(stated / seen) < 1.7
    assert (missed.mean(dim=0).abs() < 4 * missed.std(dim=0) / 4 + 1e-6).all()


@pytest.mark.parametrize("count", [1, 2, 9, 36])
@pytest.mark.parametrize("samples", [2, 10, 300])
def test_values_sum_to_the_change_exactly(convolution: Classifier, images: Images, count: int, samples: int) -> None:
    method = KernelSHAP(segments="grid", count=count, samples=samples, tolerance=0.0)
    evidence = method(convolution, images, TARGETS)
    assert (evidence.details["completeness"] < 1e-6).all()
    assert torch.isfinite(evidence.maps).all()


def test_no_segment_is_dropped(convolution: Classifier, images: Images) -> None:
    evidence = KernelSHAP(samples=400)(convolution, images, TARGETS)
    for row, count in enumerate(evidence.details["segments"].int().tolist()):
        assert count > 10
        assert len(evidence.maps[row].unique()) == count
        assert (evidence.maps[row] != 0).all()


def test_one_segment_gets_the_whole_change(convolution: Classifier, images: Images) -> None:
    evidence = KernelSHAP(segments="grid", count=1, fill="black")(convolution, images[:1], YES)
    change = convolution.probabilities(images[:1]) - convolution.probabilities(torch.zeros_like(images[:1]))
    torch.testing.assert_close(evidence.maps, change[:, 0, None, None].expand(1, 32, 32))
    assert evidence.details["samples"].tolist() == [0]


def test_the_baseline_is_the_probability_of_nothing(convolution: Classifier, images: Images) -> None:
    evidence = replace(GRID, samples=20)(convolution, images, TARGETS)
    nothing = convolution.probabilities(torch.zeros_like(images)).gather(1, TARGETS[:, None])[:, 0]
    torch.testing.assert_close(evidence.details["baseline_probability"], nothing)


def test_certain_pictures_stop_early_and_uncertain_ones_go_on(convolution: Classifier, images: Images) -> None:
    method = KernelSHAP(segments="grid", count=36, samples=1200)
    assert (replace(method, tolerance=0.5)(convolution, images, TARGETS).details["samples"] == 512).all()
    assert (replace(method, tolerance=0.0)(convolution, images, TARGETS).details["samples"] == 1200).all()


def test_passes_are_counted(convolution: Classifier, images: Images) -> None:
    method = KernelSHAP(segments="grid", count=36, samples=601, tolerance=0.0)
    with perturb.metered() as meter:
        evidence = method(convolution, images[:2], TARGETS[:2])
    assert evidence.details["samples"].tolist() == [600, 600]
    assert meter.forward == 2 * (600 + 2)


def test_a_classifier_that_never_changes_its_mind_gives_zeros(images: Images) -> None:
    constant = Classifier("constant", ("a", "b"), lambda given: torch.ones(len(given), 2) * torch.tensor([0.3, 0.1]))
    evidence = KernelSHAP()(constant, images, torch.tensor([0, 1, 0]))
    assert not evidence.maps.any()
    assert not evidence.details["completeness"].any()


def test_a_map_does_not_depend_on_its_batch(convolution: Classifier, images: Images) -> None:
    flat = torch.cat([images, torch.full_like(images[:1], 0.5)])
    targets = torch.tensor([0, 1, 2, 0])
    method = KernelSHAP(samples=700, segments="felzenszwalb")
    together = method(convolution, flat, targets)
    assert len(together.details["segments"].unique()) > 1
    for row in range(4):
        alone = method(convolution, flat[row : row + 1], targets[row : row + 1])
        torch.testing.assert_close(together.maps[row : row + 1], alone.maps, atol=1e-6, rtol=1e-4)
        assert torch.equal(together.details["samples"][row : row + 1], alone.details["samples"])


@pytest.mark.parametrize("output", ["probability", "logit"])
def test_a_constant_added_to_all_logits_changes_nothing(convolution: Classifier, images: Images, output: str) -> None:
    raised = replace(convolution, predict=lambda given: convolution.predict(given) + 3.0)
    method = KernelSHAP(samples=200, output="logit" if output == "logit" else "probability")
    plain, moved = method(convolution, images, TARGETS), method(raised, images, TARGETS)
    torch.testing.assert_close(plain.maps, moved.maps, atol=1e-5, rtol=1e-3)


def test_the_global_random_state_is_neither_read_nor_moved(convolution: Classifier, images: Images) -> None:
    method = KernelSHAP(samples=60)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = method(convolution, images[:1], YES).maps
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    assert torch.equal(method(convolution, images[:1], YES).maps, first)
    assert not torch.equal(replace(method, seed=1)(convolution, images[:1], YES).maps, first)


def test_captum_comes_near_with_many_samples(convolution: Classifier, images: Images) -> None:
    from captum.attr import KernelShap

    numbers = grid_numbers(32, 3)
    torch.manual_seed(0)
    theirs = KernelShap(lambda given: convolution.predict(given).softmax(dim=1)).attribute(
        images[:1], baselines=0, target=0, feature_mask=numbers[None], n_samples=3000, perturbations_per_eval=100
    )
    ours = KernelSHAP(segments="grid", count=9, fill="black")(convolution, images[:1], YES)
    stacked = torch.stack([by_segment(ours.maps, numbers), by_segment(theirs[0, 0], numbers)])
    assert float(torch.corrcoef(stacked)[0, 1]) > 0.99


@pytest.mark.parametrize("method", [KernelSHAP(samples=1), KernelSHAP(tolerance=-0.1)])
def test_settings_out_of_range_are_refused_in_a_sentence(
    convolution: Classifier, images: Images, method: KernelSHAP
) -> None:
    with pytest.raises(
        MethodError, match=r"kernel_shap expects samples of at least 2 and a tolerance of at least 0; got"
    ):
        method(convolution, images, TARGETS)
