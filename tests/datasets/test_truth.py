"""Regions at the classifier's size, against the same regions as colours that go the way of the pixels."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from whylight.classifier import Classifier
from whylight.dataset import Region, Sample
from whylight.datasets import truth_of
from whylight.errors import DataError
from whylight.frame import Resizing


def box(size: tuple[int, int], top: int, bottom: int, left: int, right: int) -> Region:
    region = np.zeros(size, bool)
    region[top:bottom, left:right] = True
    return region


def sample(
    supporting: Region | None = None, hindering: Region | None = None, size: tuple[int, int] = (64, 128)
) -> Sample:
    return Sample("a", Image.new("RGB", size[::-1]), 0, "0", supporting, hindering)


def with_resizing(classifier: Classifier, size: int, shorter: int | None) -> Classifier:
    return replace(classifier, resizing=Resizing((size, size), shorter))


def test_the_centre_is_cut_out_as_from_the_picture(convolution: Classifier) -> None:
    """64 × 128 halved is 32 × 64, of which columns 16 to 47 are seen: the picture's 32 to 95."""
    classifier = with_resizing(convolution, 32, 32)
    truth = truth_of([sample(box((64, 128), 20, 40, 32, 64), box((64, 128), 0, 64, 0, 30))], classifier)
    assert truth is not None
    assert truth.hindering is not None
    expected = torch.zeros(1, 32, 32, dtype=torch.bool)
    expected[0, 10:20, 0:16] = True
    assert torch.equal(truth.supporting, expected)
    assert not truth.hindering.any()


def test_a_squashed_picture_squashes_its_region(convolution: Classifier) -> None:
    truth = truth_of([sample(box((64, 128), 16, 32, 64, 96))], with_resizing(convolution, 32, None))
    assert truth is not None
    assert truth.hindering is None
    assert torch.equal(truth.supporting[0], torch.from_numpy(box((32, 32), 8, 16, 16, 24)))


def test_it_lies_where_the_pixels_lie(convolution: Classifier) -> None:
    """A white shape on black, seen by the classifier: the region is where it is brighter than half."""
    rows, columns = np.mgrid[:90, :160]
    disc = (rows - 40) ** 2 + (columns - 70) ** 2 < 30**2
    picture = Image.fromarray(np.repeat(disc[:, :, None].astype(np.uint8) * 255, 3, axis=2))
    for size, shorter in ((32, 40), (48, None), (112, 128)):
        classifier = with_resizing(convolution, size, shorter)
        truth = truth_of([Sample("disc", picture, 0, "0", disc)], classifier)
        assert truth is not None
        assert torch.equal(truth.supporting[0], classifier.fit(picture)[0][0] > 0.5)


def test_a_picture_of_which_nothing_is_known_has_no_region(convolution: Classifier) -> None:
    classifier = with_resizing(convolution, 32, None)
    region = box((64, 128), 0, 64, 0, 64)
    assert truth_of([sample(), sample()], classifier) is None
    truth = truth_of([sample(), sample(region), sample(None, region)], classifier)
    assert truth is not None
    assert truth.hindering is not None
    assert truth.supporting.any(dim=(1, 2)).tolist() == [False, True, False]
    assert truth.hindering.any(dim=(1, 2)).tolist() == [False, False, True]


def test_a_region_of_another_size_than_its_picture_is_said(convolution: Classifier) -> None:
    with pytest.raises(DataError, match="the region of a has 30 × 10 pixels, its picture 128 × 64"):
        truth_of([sample(box((10, 30), 0, 5, 0, 5))], convolution)
