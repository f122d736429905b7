from dataclasses import replace

import numpy as np
import pytest
import torch
from skimage.transform import resize
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.frame import Resizing
from whylight.methods.perturbation._soft_masks import SoftMasks, enlargement
from whylight.methods.perturbation.rise import RISE
from whylight.tensors import generator
from whylight.types import Images, Logits

TARGETS = torch.tensor([0, 1, 2])


def masks_of(method: RISE, images: Images) -> Tensor:
    """All masks that a picture of this size is seen through."""
    made = []
    for number, samples in enumerate(method._blocks()):
        masks = SoftMasks.draw(samples, method.cells, method.keep, images, generator(method.seed, number))
        chosen = torch.arange(samples.start, samples.stop)
        made.append(masks(torch.zeros_like(chosen), chosen)[:, 0])
    return torch.cat(made)


def test_the_map_is_the_papers_mean_without_its_constant(convolution: Classifier, images: Images) -> None:
    """Equation 6 the slow way, mask by mask and in one block, less what it gives where nothing matters."""
    method = RISE(samples=40, tolerance=0.0, cells=4, control=False)
    masks, grey = masks_of(replace(method), images), torch.full_like(images[0], 0.5)
    answers = [convolution.probabilities((mask * images[0] + (1 - mask) * grey)[None])[0, 0].item() for mask in masks]
    blocks = []
    for samples in method._blocks():
        rows = range(samples.start, samples.stop)
        paper = torch.stack([answers[row] * masks[row].double() for row in rows]).mean(dim=0) / method.keep
        seen = torch.stack([masks[row].double() for row in rows]).mean(dim=0) / method.keep
        constant = sum(answers[row] for row in rows) / len(rows) * seen
        blocks.append((paper - constant) * len(rows) / (len(rows) - 1))
    expected = torch.stack(blocks).mean(dim=0).float()
    torch.testing.assert_close(method(convolution, images[:1], TARGETS[:1]).maps[0], expected, atol=1e-7, rtol=1e-4)


@pytest.mark.parametrize(("side", "cells"), [(224, 7), (32, 7), (30, 8), (5, 7), (1, 3)])
def test_masks_are_enlarged_grids_cut_at_a_shift(side: int, cells: int) -> None:
    images = torch.zeros(1, 3, side, side)
    masks = SoftMasks.draw(range(10, 14), cells, 0.5, images, generator(3))
    made = masks(torch.zeros(4, dtype=torch.long), torch.arange(10, 14))
    large = (cells + 1) * -(-side // cells)
    for row in range(4):
        whole = resize(
            masks.grids[row].numpy().astype(np.float64), (large, large), order=1, mode="edge", anti_aliasing=False
        )
        top, left = masks.shifts[row].tolist()
        expected = torch.from_numpy(whole[top : top + side, left : left + side]).float()
        assert expected.shape == (side, side)
        torch.testing.assert_close(made[row, 0], expected, atol=1e-5, rtol=0)


def test_masks_keep_their_share_everywhere() -> None:
    masks = masks_of(RISE(samples=4000, keep=0.3), torch.zeros(1, 3, 28, 28))
    assert masks.min() >= 0
    assert masks.max() <= 1 + 1e-6
    torch.testing.assert_close(masks.mean(dim=0), torch.full((28, 28), 0.3), atol=0.03, rtol=0)


def test_enlargement_rows_are_weights() -> None:
    torch.testing.assert_close(enlargement(7, 64).sum(dim=1), torch.ones(64))


def test_pictures_share_the_masks_of_a_sample() -> None:
    masks = SoftMasks.draw(range(6), 3, 0.5, torch.zeros(1, 3, 9, 9), generator(0))
    shared = masks(torch.tensor([0, 1, 0, 1]), torch.tensor([4, 4, 5, 5]))
    assert torch.equal(shared[0], shared[1])
    assert torch.equal(shared[2], shared[3])
    assert not torch.equal(shared[0], shared[2])


def two_patches(images: Images) -> Logits:
    """Brightness on the left speaks for label 0, on the right against it."""
    bright = images.mean(dim=1)
    logit = 6 * bright[:, 8:16, 4:12].mean(dim=(1, 2)) - 6 * bright[:, 8:16, 20:28].mean(dim=(1, 2))
    return torch.stack([logit, torch.zeros_like(logit)], dim=1)


def test_the_sign_says_what_supports_and_what_hinders() -> None:
    classifier = Classifier("patches", ("yes", "no"), two_patches, resizing=Resizing((24, 32), None))
    evidence = RISE(samples=1500)(classifier, torch.ones(1, 3, 24, 32), torch.tensor([0]))
    left, right = evidence.maps[0, 8:16, 4:12].mean(), evidence.maps[0, 8:16, 20:28].mean()
    assert left > 0 > right
    assert float(left / -right) == pytest.approx(1, abs=0.15)
    # the logits' two patches are opposite, so that the constant offset of the paper's map would show as a sum
    assert abs(float(evidence.maps.mean())) < 0.1 * float(left)


def test_a_classifier_that_never_changes_its_mind_gives_zeros(images: Images) -> None:
    constant = Classifier("constant", ("a", "b"), lambda given: torch.ones(len(given), 2) * torch.tensor([0.3, 0.1]))
    evidence = RISE(samples=2000)(constant, images, torch.tensor([0, 1, 0]))
    assert not evidence.maps.any()
    assert evidence.details["spread"].tolist() == [0, 0, 0]
    assert (evidence.details["samples"] < 600).all()


def test_the_stated_spread_is_the_scatter_between_seeds(convolution: Classifier, images: Images) -> None:
    method = RISE(samples=600, tolerance=0.0)
    many = [replace(method, seed=seed)(convolution, images[:1], TARGETS[:1]) for seed in range(10)]
    maps = torch.stack([evidence.maps[0] for evidence in many])
    mean = maps.mean(dim=0)
    seen = maps.var(dim=0).mean().sqrt() / torch.stack([each.max() - each.min() for each in maps]).mean()
    stated = torch.stack([evidence.details["spread"] for evidence in many]).mean()
    assert 0.7 < float(stated / seen) < 1.4
    assert mean.abs().max() > 0


def test_certain_pictures_stop_early_and_uncertain_ones_go_on(convolution: Classifier, images: Images) -> None:
    with perturb.metered() as meter:
        eager = RISE(samples=2000, tolerance=0.08)(convolution, images, TARGETS)
    stubborn = RISE(samples=700, tolerance=0.0)(convolution, images, TARGETS)
    assert (eager.details["samples"] < 2000).all()
    assert (eager.details["spread"] <= 0.08).all()
    assert (stubborn.details["samples"] == 700).all()
    assert meter.forward == int(eager.details["samples"].sum()) + 3


def test_more_samples_agree_better(convolution: Classifier, images: Images) -> None:
    few, many = (RISE(samples=count, tolerance=0.0)(convolution, images, TARGETS) for count in (300, 3000))
    assert (many.details["seed_agreement"] > few.details["seed_agreement"]).all()


def test_a_map_does_not_depend_on_its_batch(convolution: Classifier, images: Images) -> None:
    method = RISE(samples=1800, tolerance=0.03)
    together = method(convolution, images, TARGETS)
    assert len(together.details["samples"].unique()) > 1
    for row in range(3):
        alone = method(convolution, images[row : row + 1], TARGETS[row : row + 1])
        torch.testing.assert_close(together.maps[row : row + 1], alone.maps, atol=1e-7, rtol=1e-3)
        assert torch.equal(together.details["samples"][row : row + 1], alone.details["samples"])


@pytest.mark.parametrize("samples", [4, 5, 7, 129, 255, 257])
def test_any_number_of_samples_is_taken_exactly(convolution: Classifier, images: Images, samples: int) -> None:
    evidence = RISE(samples=samples, tolerance=0.0)(convolution, images[:1], TARGETS[:1])
    assert evidence.details["samples"].tolist() == [samples]
    assert torch.isfinite(evidence.maps).all()


def test_a_constant_added_to_all_logits_changes_nothing(convolution: Classifier, images: Images) -> None:
    raised = replace(convolution, predict=lambda given: convolution.predict(given) + 3.0)
    for method in (RISE(samples=200), RISE(samples=200, output="logit")):
        plain, moved = method(convolution, images, TARGETS), method(raised, images, TARGETS)
        torch.testing.assert_close(plain.maps, moved.maps, atol=1e-6, rtol=1e-3)


def test_the_global_random_state_is_neither_read_nor_moved(convolution: Classifier, images: Images) -> None:
    method = RISE(samples=40)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = method(convolution, images[:1], TARGETS[:1]).maps
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    assert torch.equal(method(convolution, images[:1], TARGETS[:1]).maps, first)
    assert not torch.equal(replace(method, seed=1)(convolution, images[:1], TARGETS[:1]).maps, first)


@pytest.mark.parametrize(
    "method", [RISE(samples=3), RISE(cells=0), RISE(keep=0.0), RISE(keep=1.0), RISE(tolerance=-1.0)]
)
def test_settings_out_of_range_are_refused_in_a_sentence(convolution: Classifier, images: Images, method: RISE) -> None:
    with pytest.raises(
        MethodError, match="rise expects samples of at least 4, cells of at least 1, keep between 0 and 1"
    ):
        method(convolution, images, TARGETS)


def test_a_fill_that_needs_segments_is_refused(convolution: Classifier, images: Images) -> None:
    with pytest.raises(MethodError, match="segment_mean"):
        RISE(fill="segment_mean")(convolution, images, TARGETS)
