"""The way from a picture to a classifier's input is torchvision's own, and maps find their way back."""

from importlib import import_module
from importlib.util import find_spec
from typing import Literal

import numpy as np
import pytest
import torch
from PIL import Image

from whylight.classifiers._torchvision import import_torchvision
from whylight.errors import ModelError
from whylight.frame import Frame, Resizing, to_tensor
from whylight.pictures import sample_picture

SIZES = [(451, 300), (300, 451), (640, 427), (227, 227), (224, 224), (100, 60), (1, 1), (3, 500), (1201, 799)]


def noise(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


@pytest.mark.skipif(find_spec("torchvision") is None, reason="torchvision is not installed")
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize(("shorter", "side"), [(256, 224), (248, 224), (224, 224), (342, 299)])
def test_resizing_is_torchvisions(
    size: tuple[int, int], interpolation: Literal["bilinear", "bicubic"], shorter: int, side: int
) -> None:
    import_torchvision("this test")
    transforms = import_module("torchvision.transforms")
    mode = transforms.InterpolationMode(interpolation)
    steps = [transforms.Resize(shorter, mode), transforms.CenterCrop(side), transforms.ToTensor()]
    expected = transforms.Compose(steps)(noise(*size))
    given, _ = Resizing((side, side), shorter, interpolation)(noise(*size))
    if max(size) <= 8 * min(size):
        assert torch.equal(given, expected)
    else:  # a strip is cut before it is resized, which differs at its ends only
        assert given.shape == expected.shape


def test_squashing_shows_everything() -> None:
    _, cat = sample_picture()
    given, frame = Resizing((224, 224), None)(cat)
    assert torch.equal(given, to_tensor(cat.resize((224, 224), Image.Resampling.BILINEAR)))
    assert frame == Frame((300, 451), (0.0, 0.0, 451.0, 300.0))
    assert frame.whole


def test_a_strip_needs_no_more_memory_than_what_is_seen() -> None:
    given, frame = Resizing((224, 224), 224)(Image.new("RGB", (100_000, 2), "red"))
    assert given.shape == (3, 224, 224)
    assert list(frame.box) == pytest.approx([49_999, 0, 50_001, 2], abs=1)


def test_a_box_beyond_the_picture_is_cut_at_its_sides() -> None:
    frame = Frame((4, 6), (-2.0, 1.0, 6.0, 9.0))
    laid = frame.to_picture(torch.arange(64.0).reshape(8, 8))
    expected = torch.zeros(4, 6)
    expected[1:] = torch.arange(64.0).reshape(8, 8)[:3, 2:]
    assert torch.equal(laid, expected)
    assert not frame.whole
    assert Frame((4, 6), (-2.0, 0.0, 6.0, 9.0)).whole


def test_one_channel() -> None:
    given, _ = Resizing((28, 28), None, channels=1)(Image.new("RGB", (56, 56), (255, 0, 0)))
    assert given.shape == (1, 28, 28)
    assert given.unique().tolist() == pytest.approx([76 / 255])


def test_a_map_goes_back_to_where_it_was_seen() -> None:
    frame = Resizing((224, 224), 256)(Image.new("RGB", (512, 256)))[1]
    assert list(frame.box) == [144, 16, 368, 240]
    placed = frame.to_picture(torch.ones(224, 224))
    assert placed.shape == (256, 512)
    assert placed.sum() == 224 * 224
    assert placed[16:240, 144:368].min() == 1


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_map_fits_pictures_of_any_size(size: tuple[int, int]) -> None:
    frame = Resizing((32, 32), 40)(noise(*size))[1]
    placed = frame.to_picture(torch.ones(32, 32))
    assert placed.shape == (size[1], size[0])
    assert placed.max() == 1


def test_a_bright_spot_stays_in_its_place() -> None:
    picture = Image.new("RGB", (300, 200))
    picture.paste("white", (200, 50, 220, 70))
    given, frame = Resizing((64, 64), 72)(picture)
    spot = frame.to_picture(given.mean(dim=0)).flatten().argmax().item()
    row, column = divmod(int(spot), 300)
    assert abs(row - 60) < 8
    assert abs(column - 210) < 8


def test_a_box_goes_back_to_where_it_was_seen() -> None:
    frame = Resizing((224, 224), 256)(Image.new("RGB", (1024, 512)))[1]
    assert list(frame.box_in_picture((0, 0, 224, 224), (224, 224))) == list(frame.box)
    assert frame.box_in_picture((10, 20, 110, 60), (224, 224)) == pytest.approx((308, 72, 508, 152))


def test_a_picture_file_has_one_or_three_channels() -> None:
    with pytest.raises(
        ModelError, match="a picture file has 1 or 3 channels and the classifier takes 5; explain tensors"
    ):
        Resizing((8, 8), None, channels=5)(Image.new("RGB", (8, 8)))
