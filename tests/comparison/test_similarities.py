"""Each similarity against scipy, scikit-image or sums by hand."""

import numpy as np
import pytest
import torch
from scipy.stats import pearsonr, spearmanr, wasserstein_distance_nd
from skimage.metrics import structural_similarity

from whylight.comparison.similarities import SIMILARITIES
from whylight.types import Maps, Scores

IDENTICAL = {name: 1.0 if similarity.higher else 0.0 for name, similarity in SIMILARITIES.items()}


def by(name: str, first: Maps, second: Maps) -> Scores:
    similarity = SIMILARITIES[name]
    return similarity.between(similarity.view(first), similarity.view(second))


@pytest.fixture
def pair() -> tuple[Maps, Maps]:
    """Signed maps of which a half is level at zero, as those of ReLU and of segments are."""
    random = torch.Generator().manual_seed(0)
    first, second = torch.randn(2, 4, 24, 30, generator=random)
    second = 0.4 * first + second
    return (3 * first).round(), second.where(second > 0, 0.0)


def test_correlations_are_scipys(pair: tuple[Maps, Maps]) -> None:
    first, second = (maps.flatten(1).numpy() for maps in pair)
    assert by("pearson", *pair).tolist() == pytest.approx([pearsonr(a, b)[0] for a, b in zip(first, second)], abs=1e-5)
    assert by("spearman", *pair).tolist() == pytest.approx(
        [spearmanr(a, b)[0] for a, b in zip(first, second)], abs=1e-5
    )


def test_blocks_are_compared_by_their_means() -> None:
    first, second = torch.randn(2, 3, 28, 42, generator=torch.Generator().manual_seed(4))
    blocks = [maps.reshape(3, 14, 2, 14, 3).mean(dim=(2, 4)).flatten(1).numpy() for maps in (first, second)]
    assert by("coarse", first, second).tolist() == pytest.approx(
        [spearmanr(a, b)[0] for a, b in zip(*blocks)], abs=1e-5
    )
    assert torch.equal(
        by("coarse", first[:, :9, :9], second[:, :9, :9]), by("spearman", first[:, :9, :9], second[:, :9, :9])
    )


@pytest.mark.parametrize("size", [(24, 30), (11, 11), (12, 30)])
def test_structural_similarity_is_scikit_images(size: tuple[int, int], pair: tuple[Maps, Maps]) -> None:
    cut = [maps[:, : size[0], : size[1]] for maps in pair]
    scaled = [np.stack([each / np.abs(each).max() for each in maps.numpy()]) for maps in cut]
    wanted = [
        structural_similarity(a, b, data_range=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
        for a, b in zip(*scaled)
    ]
    assert by("ssim", *cut).tolist() == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("size", [(3, 20), (2, 2), (1, 5), (8, 8)])
def test_structural_similarity_of_small_maps(size: tuple[int, int]) -> None:
    maps = torch.randn(2, *size, generator=torch.Generator().manual_seed(1))
    assert by("ssim", maps, maps).tolist() == pytest.approx([1, 1])
    assert by("ssim", maps, -maps).max() < 1


def test_overlap_of_the_strongest_pixels_by_hand() -> None:
    first, second = torch.zeros(2, 1, 10, 10)
    first[0, 0] = torch.arange(1, 11).float()  # the ten that support most: row 0
    second[0, 0, :5], second[0, 5, :5] = 1.0, 2.0  # ten that support: half of them in row 0
    first[0, 9], second[0, 9, :4] = -1.0, -1.0  # ten hinder, and four of them
    assert by("top_supporting", first, second).item() == pytest.approx(5 / 15)
    assert by("top_hindering", first, second).item() == pytest.approx(4 / 10)


def test_a_map_that_supports_only_has_no_overlap_of_what_hinders() -> None:
    positive, mixed = torch.rand(1, 8, 8), torch.randn(1, 8, 8)
    assert by("top_hindering", positive, positive).isnan().all()
    assert by("top_hindering", positive, mixed).item() == 0


def test_only_what_supports_is_moved() -> None:
    first, second = torch.full((2, 1, 14, 14), -1.0)
    first[0, :2, :2], second[0, :2, 12:] = 3.0, 0.5
    assert by("emd", first, second).item() == pytest.approx(12 / np.hypot(14, 14), abs=1e-6)
    assert by("emd", -first.abs(), second).isnan().all()


def test_evidence_is_moved_in_blocks() -> None:
    first, second = torch.randn(2, 3, 28, 42, generator=torch.Generator().manual_seed(4)).clamp(min=0)
    blocks = [maps.reshape(3, 7, 4, 7, 6).mean(dim=(2, 4)) for maps in (first, second)]
    places = [(4 * row, 6 * column) for row in range(7) for column in range(7)]
    wanted = [
        wasserstein_distance_nd(places, places, a.flatten().numpy(), b.flatten().numpy()) / np.hypot(28, 42)
        for a, b in zip(*blocks)
    ]
    assert by("emd", first, second).tolist() == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("name", SIMILARITIES)
def test_a_map_is_like_itself_and_scale_does_not_matter(name: str, pair: tuple[Maps, Maps]) -> None:
    maps = torch.randn(3, 16, 16, generator=torch.Generator().manual_seed(2))
    assert by(name, maps, maps).tolist() == pytest.approx([IDENTICAL[name]] * 3, abs=1e-5)
    assert by(name, *pair).tolist() == pytest.approx(
        by(name, 1000 * pair[0], 1e-6 * pair[1]).tolist(), abs=1e-5, nan_ok=True
    )


@pytest.mark.parametrize("name", SIMILARITIES)
@pytest.mark.parametrize("value", [0.0, 0.7, float("nan"), float("inf")])
def test_a_map_that_says_nothing_has_no_score_and_spoils_no_other(name: str, value: float) -> None:
    maps = torch.randn(2, 16, 16, generator=torch.Generator().manual_seed(3))
    broken = maps.clone()
    broken[0] = value
    scores = by(name, broken, broken)
    assert scores[0].isnan()
    assert scores[1].item() == pytest.approx(IDENTICAL[name], abs=1e-5)


@pytest.mark.parametrize("name", SIMILARITIES)
def test_scores_do_not_depend_on_the_pictures_beside(name: str, pair: tuple[Maps, Maps]) -> None:
    alone = [by(name, pair[0][place, None], pair[1][place, None]).item() for place in range(4)]
    assert by(name, *pair).tolist() == pytest.approx(alone, abs=1e-6, nan_ok=True)
