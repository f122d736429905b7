"""The changed differences against the same by hand."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from whylight.comparison.before_after.variants import VARIANTS, Changes
from whylight.types import Images


@pytest.fixture
def pair(images: Images) -> tuple[Images, Images]:
    before = 0.25 + 0.5 * images  # far from the edges, so that nothing is cut
    return before, before + 0.1 * torch.randn(images.shape, generator=torch.Generator().manual_seed(2)).clamp(-2, 2)


@pytest.mark.parametrize(("name", "sigma"), [("blur_1", 1), ("blur_2", 2)])
def test_blurred(pair: tuple[Images, Images], name: str, sigma: float) -> None:
    before, after = pair
    found = VARIANTS[name].pictures(Changes(0).of(before, after, range(3)))
    difference = (after - before).double().numpy()
    blurred = gaussian_filter(difference, (0, 0, sigma, sigma), mode="mirror", truncate=3)
    assert np.abs(found.double().numpy() - (before.double().numpy() + blurred)).max() < 1e-5


def test_the_fine_part_and_the_blurred_one_are_the_whole(pair: tuple[Images, Images]) -> None:
    before, after = pair
    change = Changes(0).of(before, after, range(3))
    parts = sum(VARIANTS[name].added(change) for name in ("blur_1", "fine"))
    assert torch.allclose(torch.as_tensor(parts), after - before, atol=1e-6)


def test_eight_bits_are_what_a_file_keeps(pair: tuple[Images, Images]) -> None:
    found = VARIANTS["eight_bits"].pictures(Changes(0).of(*pair, range(3)))
    kept = (pair[1].clamp(0, 1) * 255).round().byte().float() / 255
    assert torch.allclose(found, kept, atol=1e-6)


def test_signs_are_those_of_the_place_and_change_no_size(pair: tuple[Images, Images]) -> None:
    before, after = pair
    whole = Changes(5).of(before, after, [4, 7, 9])
    alone = Changes(5).of(before[1:2], after[1:2], [7])
    assert torch.equal(whole.signs[1:2], alone.signs)
    assert set(whole.signs.unique().tolist()) == {-1.0, 1.0}
    shuffled = VARIANTS["shuffled_signs"].added(whole)
    assert torch.equal(shuffled.abs(), (after - before).abs())
    assert abs(float(whole.signs.mean())) < 0.05


def test_the_difference_of_another_picture(pair: tuple[Images, Images]) -> None:
    before, after = pair
    difference = after - before
    changes = Changes(0)
    first = changes.of(before[:2], after[:2], [0, 1])
    second = changes.of(before[2:], after[2:], [2])
    assert torch.equal(first.others, difference[[1, 0]])
    assert torch.equal(second.others, difference[[1]])
