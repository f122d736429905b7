"""What is said of a segment, against numbers counted by hand and against the slow way."""

import numpy as np
import pytest
import torch

from whylight.descriptors import DESCRIPTORS, descriptors, segment_means
from whylight.segments import segment


def halves(**numbers: float) -> dict[str, float]:
    """What both halves have, and what each has of its own."""
    both = {"constant": 1.0, "from_middle": 0.5 / 2**0.5, "at_border": 1.0, "contrast": 0.5}
    return {**dict.fromkeys(DESCRIPTORS, 0.0), **both, **numbers}


def test_a_picture_of_two_halves() -> None:
    """A black left half, and a right half of one pure red."""
    image = torch.zeros(1, 3, 4, 8)
    image[:, 0, :, 4:] = 1.0
    segments = torch.arange(8).repeat(1, 4, 1).div(4, rounding_mode="floor")
    left, right = descriptors(image, segments, torch.tensor([[-4.0, 2.0]]))[0].tolist()
    assert dict(zip(DESCRIPTORS, left)) == pytest.approx(halves(across=-0.5, light=-1.0, evidence=-1.0))
    assert dict(zip(DESCRIPTORS, right)) == pytest.approx(
        halves(across=0.5, light=-1 / 3, red_green=1.0, blue_yellow=-0.5, saturation=1.0, evidence=0.5)
    )


def test_each_segment_of_a_real_segmentation_the_slow_way(images: torch.Tensor) -> None:
    segments = segment(images, "slic", 12)
    width = int(segments.max()) + 1
    found = descriptors(images, segments, torch.ones(len(images), width))
    for row, (image, numbers) in enumerate(zip(images.double().numpy(), segments.numpy())):
        count = numbers.max() + 1
        for number in range(count):
            inside = numbers == number
            down, across = np.nonzero(inside)
            seen = dict(zip(DESCRIPTORS, found[row, number].tolist()))
            assert seen["across"] == pytest.approx(np.mean((2 * across + 1) / 32 - 1))
            assert seen["area"] == pytest.approx(np.log(inside.mean() * count))
            assert seen["light"] == pytest.approx(2 * image[:, inside].mean() - 1)
            assert seen["texture"] == pytest.approx(image.mean(axis=0)[inside].std())
            assert seen["at_border"] == float({0, 31} & {*across, *down} != set())
        assert not found[row, count:].any()  # columns that stand for no segment


def test_grey_pictures_have_no_colour() -> None:
    grey = torch.rand(1, 1, 6, 6)
    segments = torch.arange(4).view(1, 2, 2).repeat_interleave(3, 1).repeat_interleave(3, 2)
    found = descriptors(grey, segments, torch.zeros(1, 4))
    for name in ("red_green", "blue_yellow", "saturation", "evidence"):
        assert not found[..., DESCRIPTORS.index(name)].any()


def test_the_mean_of_a_map_over_its_segments() -> None:
    segments = torch.tensor([[[0, 0, 1, 2]]])
    assert segment_means(torch.tensor([[[1.0, 3.0, -5.0, 0.5]]]), segments).tolist() == [[2.0, -5.0, 0.5]]
