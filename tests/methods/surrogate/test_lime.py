import math
from dataclasses import replace
from typing import Literal

import pytest
import torch
from sklearn.linear_model import Ridge
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.methods.surrogate.lime import LIME, cosine_weights, keep_chance
from whylight.types import Images, Segments

Sampling = Literal["bernoulli", "glime"]
GRID = LIME(segments="grid", count=9, fill="black", output="logit")
TARGETS = torch.tensor([0, 1, 2])


@pytest.mark.parametrize(("share", "weight"), [(0.1, 0.024), (0.25, 0.135), (0.5, 0.503), (0.75, 0.866), (0.9, 0.979)])
def test_weights_are_those_of_lime(share: float, weight: float) -> None:
    assert float(cosine_weights(torch.tensor(share), 0.25)) == pytest.approx(weight, abs=5e-4)


@pytest.mark.parametrize(("sigma", "chance"), [(0.5, 0.982), (1.0, 0.731), (2.0, 0.562), (5.0, 0.510)])
def test_chances_are_those_of_glime(sigma: float, chance: float) -> None:
    assert keep_chance(sigma) == pytest.approx(chance, abs=5e-4)


def test_glime_draws_as_many_as_its_size_law_says() -> None:
    segments, sigma = 12, 1.0
    kept = LIME(sampling="glime", sigma=sigma)._draw(segments, 40_000, 1, 0).sum(dim=1)
    law = torch.tensor([math.comb(segments, i) * math.exp((i - segments) / sigma**2) for i in range(segments + 1)])
    seen = torch.bincount(kept, minlength=segments + 1) / len(kept)
    torch.testing.assert_close(seen, law / law.sum(), atol=0.01, rtol=0)


@pytest.mark.parametrize("sampling", ["bernoulli", "glime"])
def test_a_linear_answer_is_recovered_with_its_negative_part(
    additive: Classifier, weights: Tensor, white: Images, cells: Segments, sampling: Sampling
) -> None:
    method = replace(GRID, sampling=sampling, ridge=1e-9)
    evidence = method(additive, white, torch.tensor([0]))
    torch.testing.assert_close(evidence.maps, weights[cells], atol=1e-4, rtol=0)
    assert float(evidence.details["r2"]) == pytest.approx(1, abs=1e-6)
    assert float(evidence.details["seed_agreement"]) == pytest.approx(1, abs=1e-5)
    assert float(evidence.details["segments"]) == 9


def test_the_whole_sum_is_what_scikit_learn_finds_for_the_same_samples(convolution: Classifier, images: Images) -> None:
    """LIME written the slow way: sample by sample, with the paper's weights and scikit-learn's ridge."""
    method = LIME(segments="grid", count=12, samples=60, tolerance=0.0, fill="grey", kriging=False)
    evidence, picture = method(convolution, images[:1], TARGETS[:1]), images[:1]
    step = torch.arange(32)
    numbers = (step * 3 // 32)[:, None] * 4 + (step * 4 // 32)[None]
    kept = torch.cat([method._draw(12, 30, half, 0) for half in (0, 1)])
    answers, weights = [], []
    for row in kept:
        seen = torch.where(row[numbers], picture, torch.full_like(picture, 0.5))
        answers.append(convolution.probabilities(seen)[0, 0].item())
        weights.append(math.sqrt(math.exp(-((1 - math.sqrt(int(row.sum()) / 12)) ** 2) / 0.25**2)))
    oracle = Ridge(alpha=1.0).fit(kept.double().numpy(), answers, sample_weight=weights)
    expected = torch.from_numpy(oracle.coef_)[numbers].float()
    torch.testing.assert_close(evidence.maps[0], expected, atol=1e-6, rtol=1e-4)
    plain = oracle.score(kept.double().numpy(), answers, sample_weight=weights)
    r2 = 1 - (1 - plain) * (60 - 1) / (60 - 12 - 1)
    assert float(evidence.details["r2"]) == pytest.approx(r2, abs=1e-4)


def test_every_segment_of_a_real_segmentation_gets_one_number(convolution: Classifier, images: Images) -> None:
    evidence = LIME(samples=250)(convolution, images, TARGETS)
    for row, count in enumerate(evidence.details["segments"].int().tolist()):
        assert len(evidence.maps[row].unique()) == count


def test_certain_pictures_stop_early_and_uncertain_ones_go_on(additive: Classifier, white: Images) -> None:
    eager = GRID(additive, white, torch.tensor([0]))
    stubborn = replace(GRID, tolerance=0.0, samples=600)(additive, white, torch.tensor([0]))
    assert eager.details["samples"].tolist() == [250]
    assert stubborn.details["samples"].tolist() == [600]


def test_passes_are_counted_and_no_more_than_asked_for(convolution: Classifier, images: Images) -> None:
    with perturb.metered() as meter:
        evidence = LIME(samples=301, tolerance=0.0)(convolution, images[:2], TARGETS[:2])
    assert meter.forward == 2 * (301 + 1)
    assert evidence.details["samples"].tolist() == [301, 301]


def test_the_stated_spread_is_the_scatter_between_seeds(convolution: Classifier, images: Images) -> None:
    method = LIME(segments="grid", count=9, samples=200, tolerance=0.0, fill="black")
    many = [replace(method, seed=seed)(convolution, images[:1], TARGETS[:1]) for seed in range(12)]
    maps = torch.stack([evidence.maps[0] for evidence in many])
    cell = maps[:, 5::11, 5::11].flatten(1)
    stated = torch.stack([evidence.details["spread"] for evidence in many]).mean()
    seen = cell.std(dim=0).mean() / cell.mean(dim=0).abs().max()
    assert 0.6 < float(stated / seen) < 1.7


def test_one_segment_is_enough(convolution: Classifier, images: Images) -> None:
    evidence = LIME(segments="grid", count=1, samples=40)(convolution, images[:1], TARGETS[:1])
    assert evidence.details["segments"].tolist() == [1]
    assert len(evidence.maps.unique()) == 1
    assert torch.isfinite(evidence.maps).all()


def test_a_classifier_that_never_changes_its_mind_gives_zeros(images: Images) -> None:
    constant = Classifier("constant", ("a", "b"), lambda given: torch.ones(len(given), 2) * torch.tensor([0.3, 0.1]))
    evidence = LIME(segments="grid", count=9)(constant, images, torch.tensor([0, 1, 0]))
    assert not evidence.maps.any()
    assert evidence.details["samples"].tolist() == [250, 250, 250]


@pytest.mark.parametrize("segments", ["slic", "grid"])
def test_a_map_does_not_depend_on_its_batch(
    convolution: Classifier, images: Images, segments: Literal["slic", "grid"]
) -> None:
    method = LIME(segments=segments, samples=300)
    together = method(convolution, images, TARGETS)
    for row in range(3):
        alone = method(convolution, images[row : row + 1], TARGETS[row : row + 1])
        torch.testing.assert_close(together.maps[row : row + 1], alone.maps, atol=1e-6, rtol=1e-5)
        for name, numbers in alone.details.items():
            torch.testing.assert_close(together.details[name][row : row + 1], numbers, atol=1e-4, rtol=1e-4)


def test_a_constant_added_to_all_logits_changes_nothing(convolution: Classifier, images: Images) -> None:
    raised = replace(convolution, predict=lambda given: convolution.predict(given) + 3.0)
    for method in (LIME(samples=250), LIME(samples=250, output="logit")):
        plain, moved = method(convolution, images, TARGETS), method(raised, images, TARGETS)
        if method.output == "probability":
            torch.testing.assert_close(plain.maps, moved.maps, atol=1e-6, rtol=1e-3)
        else:
            torch.testing.assert_close(plain.maps, moved.maps, atol=1e-5, rtol=1e-3)


def test_the_global_random_state_is_neither_read_nor_moved(convolution: Classifier, images: Images) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = LIME(samples=50)(convolution, images[:1], TARGETS[:1]).maps
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    assert torch.equal(LIME(samples=50)(convolution, images[:1], TARGETS[:1]).maps, first)


def test_another_seed_gives_another_map(convolution: Classifier, images: Images) -> None:
    first, second = (LIME(samples=50, seed=seed)(convolution, images[:1], TARGETS[:1]).maps for seed in (0, 1))
    assert not torch.equal(first, second)


@pytest.mark.parametrize(
    ("method", "text"),
    [
        (LIME(samples=3), "samples of at least 4"),
        (LIME(ridge=0.0), "ridge above 0"),
        (LIME(tolerance=-1.0), "tolerance of at least 0"),
        (LIME(sampling="glime", sigma=0.25), "glime sampling expects a sigma of at least 0.5"),
        (LIME(sigma=0.0), "bernoulli sampling expects a sigma of at least 0.01"),
        (LIME(samples=10, count=100_000), "lime cannot tell 100000 segments apart with 10 samples; take samples of at"),
        (LIME(count=0), "count of at least 1"),
    ],
)
def test_settings_out_of_range_are_refused_in_a_sentence(
    convolution: Classifier, images: Images, method: LIME, text: str
) -> None:
    with pytest.raises(MethodError, match=text):
        method(convolution, images, TARGETS)


@pytest.mark.parametrize("more", [1, 15, 16, 200])
def test_the_first_segments_are_drawn_alike_however_many_follow(more: int) -> None:
    few, many = LIME()._draw(9, 125, 0, 250), LIME()._draw(9 + more, 125, 0, 250)
    assert torch.equal(few, many[:, :9])
