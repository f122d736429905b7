import time

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data
from torch import Tensor

from whylight.errors import MethodError
from whylight.frame import to_tensor
from whylight.segments import SEGMENTATIONS, Segmentation, grid, segment, suited_count
from whylight.types import Images

SIZES = [(1, 1), (3, 5), (28, 28), (64, 64), (224, 224)]


def photo(side: int) -> Images:
    """scikit-image's cat, a real photograph that is always there."""
    return to_tensor(Image.fromarray(data.chelsea()).resize((side, side)))[None]


def without_gaps(segments: Tensor) -> bool:
    numbers = segments.unique()
    return torch.equal(numbers, torch.arange(len(numbers)))


@pytest.mark.parametrize("kind", SEGMENTATIONS)
@pytest.mark.parametrize(("height", "width"), SIZES)
@pytest.mark.parametrize("channels", [1, 3])
def test_segments_are_numbered_from_zero_without_gaps(
    kind: Segmentation, height: int, width: int, channels: int
) -> None:
    images = photo(max(height, width))[:, :channels, :height, :width]
    segments = segment(images, kind, 50)
    assert segments.shape == (1, height, width)
    assert segments.dtype == torch.long
    assert without_gaps(segments)


@pytest.mark.parametrize("kind", SEGMENTATIONS)
@pytest.mark.parametrize("count", [1, 2, 5000])
def test_extreme_counts_still_cut(kind: Segmentation, count: int) -> None:
    assert without_gaps(segment(photo(24), kind, count))


@pytest.mark.parametrize("kind", SEGMENTATIONS)
@pytest.mark.parametrize(("height", "width"), SIZES[:4])
def test_a_constant_picture_is_cut_too(kind: Segmentation, height: int, width: int) -> None:
    assert without_gaps(segment(torch.full((1, 3, height, width), 0.5), kind, 50))


@pytest.mark.parametrize(
    ("side", "kind", "fewest", "most"),
    [
        (28, "slic", 25, 60),
        (28, "felzenszwalb", 20, 90),
        (28, "quickshift", 15, 90),
        (32, "slic", 25, 60),
        (32, "felzenszwalb", 20, 90),
        (32, "quickshift", 15, 90),
        (64, "slic", 30, 60),
        (64, "felzenszwalb", 12, 90),
        (64, "quickshift", 15, 90),
        (224, "slic", 25, 60),
        (224, "felzenszwalb", 8, 90),
        (224, "quickshift", 20, 90),
    ],
)
def test_fifty_segments_are_neither_a_handful_nor_a_crowd(
    side: int, kind: Segmentation, fewest: int, most: int
) -> None:
    assert fewest <= int(segment(photo(side), kind, 50).max()) + 1 <= most


@pytest.mark.parametrize("kind", SEGMENTATIONS)
def test_a_larger_count_gives_more_segments(kind: Segmentation) -> None:
    few, many = (int(segment(photo(96), kind, count).max()) for count in (15, 100))
    assert many > 1.5 * few


@pytest.mark.parametrize("kind", SEGMENTATIONS)
def test_a_picture_is_cut_alike_alone_and_in_a_batch(kind: Segmentation) -> None:
    images = torch.cat([photo(32), photo(32).flip(-1), 1 - photo(32)])
    together = segment(images, kind)
    for row in range(3):
        assert torch.equal(together[row : row + 1], segment(images[row : row + 1], kind))


def test_quickshift_at_224_is_limes() -> None:
    from skimage.segmentation import quickshift

    picture = photo(224)
    theirs = quickshift(picture[0].permute(1, 2, 0).double().numpy(), kernel_size=4, max_dist=200, ratio=0.2, rng=0)
    ours = segment(picture, "quickshift", 49)[0].numpy()  # 49 segments of 32 × 32 pixels: a kernel of 4
    _, numbered = np.unique(theirs, return_inverse=True)
    assert np.array_equal(ours, numbered.reshape(ours.shape))


@pytest.mark.parametrize(("height", "width", "count"), [(12, 12, 9), (10, 30, 12), (3, 5, 50), (1, 7, 4), (7, 7, 1)])
def test_a_grid_has_near_square_cells_of_all_numbers(height: int, width: int, count: int) -> None:
    cells = grid(height, width, count)
    numbers, sizes = np.unique(cells, return_counts=True)
    assert numbers.tolist() == list(range(len(numbers)))
    assert len(numbers) <= height * width
    assert sizes.max() <= 4 * sizes.min()


@pytest.mark.parametrize(("kind", "count"), [("voronoi", 50), ("slic", 0), ("grid", -1)])
def test_another_word_or_no_segments_is_refused_in_a_sentence(kind: str, count: int) -> None:
    with pytest.raises(MethodError, match=r"segments must be slic, felzenszwalb, quickshift, grid with a count of at"):
        segment(photo(8), kind, count)


@pytest.mark.slow
def test_slic_at_224_takes_no_longer_than_a_pass_or_two() -> None:
    picture = photo(224)
    segment(picture)
    start = time.process_time()
    for _ in range(5):
        segment(picture)
    assert (time.process_time() - start) / 5 < 0.1  # measured: 0.03 s


def test_small_pictures_are_cut_into_fewer_parts() -> None:
    assert [suited_count(side, 2 * side) for side in (28, 32, 47, 48, 224)] == [20, 20, 20, 50, 50]
    assert torch.equal(segment(photo(32), "grid", None), segment(photo(32), "grid", 20))
    assert torch.equal(segment(photo(64), "slic", None), segment(photo(64), "slic", 50))
