"""Oracles: scipy's correlations, scikit-image's structural similarity."""

import numpy as np
import pytest
import torch
from scipy.stats import pearsonr, spearmanr
from skimage.metrics import structural_similarity
from torch import Tensor

from whylight.metrics._similarity import Similarity, likeness, scaled, similarity, ssim, view


@pytest.fixture
def pair() -> tuple[Tensor, Tensor]:
    """Two stacks that are somewhat alike; the second pair of maps has many level pixels."""
    first = torch.randn(3, 20, 24)
    second = 0.5 * first + torch.randn(3, 20, 24)
    first[1], second[1] = first[1].clamp_min(0), second[1].clamp_min(0.2)
    return first, second


@pytest.mark.parametrize(("kind", "oracle"), [("spearman", spearmanr), ("pearson", pearsonr)])
@pytest.mark.parametrize("absolute", [False, True])
def test_correlations_are_scipys(pair: tuple[Tensor, Tensor], kind: Similarity, oracle: object, absolute: bool) -> None:
    assert callable(oracle)
    a, b = (maps.abs() if absolute else maps for maps in pair)
    expected = [float(oracle(x.flatten().numpy(), y.flatten().numpy())[0]) for x, y in zip(a, b, strict=True)]
    assert similarity(*pair, kind, absolute=absolute).tolist() == pytest.approx(expected, abs=1e-5)


def test_the_structural_similarity_is_scikit_images(pair: tuple[Tensor, Tensor]) -> None:
    expected = []
    for first, second in zip(*(stack.double().numpy() for stack in pair), strict=True):
        a, b = (each / np.sqrt(np.mean(each**2)) for each in (first, second))
        span = max(a.max(), b.max()) - min(a.min(), b.min())
        expected.append(structural_similarity(a, b, data_range=span))
    assert similarity(*pair, "ssim").tolist() == pytest.approx(expected, abs=1e-6)


def test_small_maps_have_smaller_windows() -> None:
    first, second = torch.randn(2, 1, 3, 5).double()
    span = float(torch.cat([first, second]).max() - torch.cat([first, second]).min())
    expected = structural_similarity(first[0].numpy(), second[0].numpy(), data_range=span, win_size=3)
    assert float(ssim(first, second)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("kind", ["spearman", "ssim", "pearson"])
def test_a_map_is_like_itself_and_no_scale_matters(pair: tuple[Tensor, Tensor], kind: Similarity) -> None:
    assert similarity(pair[0], 7 * pair[0], kind).tolist() == pytest.approx([1, 1, 1], abs=1e-5)
    torch.testing.assert_close(similarity(*pair, kind), similarity(pair[0], 0.01 * pair[1], kind))


@pytest.mark.parametrize("kind", ["spearman", "ssim", "pearson"])
def test_a_map_that_says_nothing_is_like_nothing(pair: tuple[Tensor, Tensor], kind: Similarity) -> None:
    silent = torch.stack([torch.zeros(20, 24), torch.full((20, 24), 3.0), torch.full((20, 24), torch.nan)])
    assert similarity(pair[0], silent, kind).isnan().all()
    told, untold = view(pair[0], kind), view(silent, kind)
    assert likeness(told, untold, kind).tolist() == [0, 0, 0]
    assert likeness(untold, told, kind).isnan().all()
    assert likeness(untold, untold, kind).isnan().all()


def test_the_sign_of_a_map_counts_unless_it_is_taken_away(pair: tuple[Tensor, Tensor]) -> None:
    first = pair[0][:1]
    assert float(similarity(first, -first, "spearman")) == pytest.approx(-1)
    assert float(similarity(first, -first, "spearman", absolute=True)) == pytest.approx(1)


def test_scaling_leaves_zeros_alone() -> None:
    assert torch.equal(scaled(torch.zeros(1, 2, 2)), torch.zeros(1, 2, 2))
    assert float(scaled(torch.randn(1, 8, 8)).square().mean()) == pytest.approx(1, abs=1e-5)
