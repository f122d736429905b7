"""What every degradation owes, and each against what it says it is."""

from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from whylight import registry
from whylight.degradation import Degradation, seeds_of
from whylight.errors import DataError, SpecError
from whylight.pictures import sample_picture

NAMES = registry.names("degradations")


def read(text: str) -> Degradation:
    part = registry.read("degradations", text)
    assert isinstance(part, Degradation)
    return part


def photo(side: int = 96) -> Image.Image:
    return sample_picture()[1].convert("RGB").resize((side, side))


def tensor_of(picture: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(3, 32, 32), (1, 28, 21)])
def test_pictures_stay_pictures_of_their_shape(name: str, size: tuple[int, int, int]) -> None:
    images = torch.rand(4, *size)
    before = images.clone()
    spoilt = read(name)(images, [1, 2, 3, 4])
    assert torch.equal(images, before)
    assert spoilt.shape == images.shape
    assert spoilt.dtype == images.dtype
    assert 0 <= spoilt.min() <= spoilt.max() <= 1
    assert not torch.equal(spoilt, images)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_depends_on_its_own_seed_alone(name: str) -> None:
    degradation, images = read(name), torch.rand(3, 3, 32, 32)
    state = torch.get_rng_state()
    whole = degradation(images, [7, 8, 9])
    assert torch.equal(whole[1:2], degradation(images[1:2], [8]))
    assert torch.equal(whole, degradation(images, [7, 8, 9]))
    assert torch.equal(torch.get_rng_state(), state)
    assert degradation(images[:0], []).shape == (0, 3, 32, 32)


@pytest.mark.parametrize("name", NAMES)
def test_there_and_back_as_plain_data(name: str) -> None:
    assert registry.build("degradations", registry.describe(read(name))) == read(name)


def test_jpeg_is_that_of_pillow() -> None:
    picture = photo()
    file = BytesIO()
    picture.save(file, "JPEG", quality=10)
    expected = tensor_of(Image.open(file).convert("RGB"))
    assert torch.equal(read("jpeg:quality=10")(tensor_of(picture)[None], [0])[0], expected)


def test_downscale_is_bicubic_in_both_directions() -> None:
    """Pillow's own bicubic resizing of floats, channel by channel."""
    picture = photo(99)
    expected = []
    for channel in tensor_of(picture):
        small = Image.fromarray(channel.numpy()).resize((50, 50), Image.Resampling.BICUBIC)
        expected.append(torch.from_numpy(np.array(small.resize((99, 99), Image.Resampling.BICUBIC))))
    spoilt = read("downscale:factor=2")(tensor_of(picture)[None], [0])[0]
    assert torch.allclose(spoilt, torch.stack(expected).clamp(0, 1), atol=1e-5)


def test_noise_has_the_deviation_that_was_asked_for() -> None:
    grey = torch.full((2, 3, 100, 100), 0.5)
    noise = read("gaussian_noise:sigma=0.05")(grey, [0, 1]) - grey
    assert noise.mean().abs() < 0.001
    assert noise.std() == pytest.approx(0.05, rel=0.02)
    assert torch.nn.functional.cosine_similarity(noise[0].flatten(), noise[1].flatten(), dim=0).abs() < 0.03


def test_seeds_follow_the_content() -> None:
    assert seeds_of(["aa", "bb"]) == [*seeds_of(["aa"]), *seeds_of(["bb"])]
    assert len({*seeds_of(["aa", "bb", "cc"]), *seeds_of(["aa"], seed=1)}) == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("jpeg:quality=0", "expected a quality from 1 to 95; got 0"),
        ("gaussian_noise:sigma=0", "expected sigma above 0; got 0"),
        ("downscale:factor=1", "expected a factor above 1; got 1"),
        ("blur", "there is no degradation 'blur'; did you mean "),
    ],
)
def test_degradations_that_cannot_be(text: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        read(text)


def test_jpeg_of_many_channels() -> None:
    with pytest.raises(DataError, match="a JPEG file has 1 or 3 channels; got pictures with 5"):
        read("jpeg")(torch.rand(1, 5, 8, 8), [0])
