import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from whylight.errors import MethodError
from whylight.masking import FILLS, fill, gaussian_blur, gaussian_kernel, mix, mix_in_turn, paper_blur, segment_means
from whylight.types import Images


def picture(height: int, width: int, channels: int = 3) -> Images:
    return torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(height + width))


def as_array(images: Images) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return images[0].permute(1, 2, 0).double().numpy()


@pytest.mark.parametrize("pictures", [1, 2, 5])
@pytest.mark.parametrize(("first", "rows"), [(0, 1), (0, 10), (1, 1), (3, 4), (4, 11), (7, 3)])
def test_rows_in_turn_are_mixed_with_the_pictures_they_belong_to(pictures: int, first: int, rows: int) -> None:
    source = torch.Generator().manual_seed(first)
    images, fills = (torch.rand(pictures, 3, 4, 5, generator=source) for _ in range(2))
    keep = torch.rand(rows, 1, 4, 5, generator=source)
    expected = [
        keep[row] * images[(first + row) % pictures] + (1 - keep[row]) * fills[(first + row) % pictures]
        for row in range(rows)
    ]
    torch.testing.assert_close(mix_in_turn(images, fills, keep, first), torch.stack(expected), atol=1e-6, rtol=0)


@pytest.mark.parametrize(("sigma", "taps"), [(1.0, 7), (2.5, 15), (5.0, 11), (10.0, 61)])
def test_a_blur_is_opencvs_with_reflected_borders(sigma: float, taps: int) -> None:
    cv2 = pytest.importorskip("cv2", exc_type=ImportError, reason="OpenCV is not installed, or lacks a system library")
    images = picture(70, 90)
    kernel = cv2.getGaussianKernel(taps, sigma, cv2.CV_64F)
    expected = cv2.sepFilter2D(as_array(images), -1, kernel, kernel, borderType=cv2.BORDER_REFLECT_101)
    blurred = gaussian_blur(images, sigma, taps)
    np.testing.assert_allclose(as_array(blurred), expected, atol=1e-6)


def test_a_blur_without_taps_reaches_three_standard_deviations() -> None:
    images = picture(40, 50)
    expected = as_array(images)
    for axis in (0, 1):
        expected = gaussian_filter1d(expected, sigma=2.0, axis=axis, mode="mirror", radius=6)
    np.testing.assert_allclose(as_array(gaussian_blur(images, 2.0)), expected, atol=1e-6)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 9), (3, 5), (2, 40)])
def test_a_kernel_wider_than_the_picture_is_cut(height: int, width: int) -> None:
    blurred = gaussian_blur(picture(height, width), sigma=8.0)
    assert blurred.shape == (1, 3, height, width)
    assert torch.isfinite(blurred).all()


def test_a_blur_leaves_a_constant_as_it_is() -> None:
    images = torch.full((2, 1, 20, 30), 0.3)
    torch.testing.assert_close(gaussian_blur(images, 3.0), images)


def test_a_kernel_is_normalised_and_symmetric() -> None:
    kernel = gaussian_kernel(2.0, 9)
    assert float(kernel.sum()) == pytest.approx(1)
    torch.testing.assert_close(kernel, kernel.flip(0))


def test_mixing_keeps_blends_and_replaces() -> None:
    images, fills = torch.ones(1, 3, 1, 3), torch.zeros(1, 3, 1, 3)
    mixed = mix(images, fills, torch.tensor([1.0, 0.25, 0.0]).view(1, 1, 1, 3))
    assert mixed[0, :, 0].tolist() == [[1.0, 0.25, 0.0]] * 3


def test_what_is_kept_is_kept_to_the_bit() -> None:
    images, keep = picture(9, 9), torch.ones(1, 1, 9, 9)
    assert torch.equal(mix(images, torch.zeros_like(images), keep), images)
    assert torch.equal(mix(images, fill(images, "grey"), 1 - keep), torch.full_like(images, 0.5))


def slow_means(images: Images, segments: Tensor) -> Images:
    expected = images.clone()
    for row in range(len(images)):
        for number in segments[row].unique():
            inside = segments[row] == number
            expected[row, :, inside] = images[row][:, inside].mean(dim=1, keepdim=True)
    return expected


def test_segment_means_are_the_means_of_segments() -> None:
    images = torch.cat([picture(12, 17), 1 - picture(12, 17)])
    segments = torch.randint(0, 6, (2, 12, 17), generator=torch.Generator().manual_seed(0))
    segments[1] = segments[1].clamp_max(2)  # a picture with fewer segments than its neighbour
    expected = slow_means(images, segments)
    torch.testing.assert_close(segment_means(images, segments), expected)
    torch.testing.assert_close(fill(images, "segment_mean", segments), expected)


@pytest.mark.parametrize("kind", FILLS)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_fill_is_a_picture(kind: str, channels: int) -> None:
    images = picture(11, 16, channels).expand(2, -1, -1, -1)
    filled = fill(images, kind, torch.zeros(2, 11, 16, dtype=torch.long))
    assert filled.shape == images.shape
    assert filled.min() >= 0
    assert filled.max() <= 1


@pytest.mark.parametrize(("kind", "value"), [("black", 0.0), ("grey", 0.5), ("white", 1.0)])
def test_constants(kind: str, value: float) -> None:
    assert (fill(picture(4, 4), kind) == value).all()


def test_mean_is_the_pictures_own_colour() -> None:
    images = torch.cat([picture(6, 6), 1 - picture(6, 6)])
    torch.testing.assert_close(fill(images, "mean")[:, :, 0, 0], images.mean(dim=(2, 3)))


def test_blur_takes_a_tenth_of_the_shorter_side() -> None:
    images = picture(30, 60)
    torch.testing.assert_close(fill(images, "blur"), gaussian_blur(images, 3.0))


def test_another_word_is_refused_in_a_sentence() -> None:
    with pytest.raises(
        MethodError, match="fill must be one of blur, mean, black, grey, white, segment_mean; got 'pink'"
    ):
        fill(picture(4, 4), "pink")


def test_segment_means_without_segments_are_refused_in_a_sentence() -> None:
    with pytest.raises(MethodError, match="segment_mean needs segments, and this method has none; choose one of blur"):
        fill(picture(4, 4), "segment_mean")


@pytest.mark.parametrize(("side", "taps"), [(24, 3), (32, 3), (64, 3), (112, 5), (224, 11), (448, 21)])
def test_the_weak_blur_grows_with_the_picture(side: int, taps: int) -> None:
    pictures = torch.rand(1, 3, side, side + 5)
    assert torch.equal(paper_blur(pictures), gaussian_blur(pictures, 5 * side / 224, taps))
