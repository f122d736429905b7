"""Chance changes: what they do to known pixels, and that a picture's change depends on its own numbers alone."""

from typing import get_args

import pytest
import torch

from whylight.training.augmentation import Drawn, augmented, cropped, draw, erased, shifted
from whylight.training.hyperparameters import Augmentation

KINDS = get_args(Augmentation)
IMAGES = torch.rand(6, 3, 16, 24, generator=torch.Generator().manual_seed(0))


def numbers(**chosen: float) -> Drawn:
    """One picture's numbers: no flip, no shift, no erasing unless chosen."""
    names = ("flip", "across", "down", "erase", "area", "ratio", "place_down", "place_across")
    usual = {"flip": 0.9, "across": 0.5, "down": 0.5, "erase": 0.9, "area": 0.5, "ratio": 0.5}
    return torch.tensor([[chosen.get(name, usual.get(name, 0.5)) for name in names]])


def test_left_and_right_are_exchanged() -> None:
    one = IMAGES[:1]
    assert torch.equal(shifted(one, numbers(flip=0.1), most=0.0), one.flip(3))
    assert torch.equal(shifted(one, numbers(), most=0.0), one)
    assert torch.equal(shifted(one, numbers()), one)


def test_a_shift_moves_whole_pixels_and_mirrors_the_border() -> None:
    one = IMAGES[:1]
    moved = shifted(one, numbers(across=0.999, down=0.0))  # 3 columns from the right, 2 rows from above
    assert torch.equal(moved[:, :, 2:, :-3], one[:, :, :-2, 3:])
    assert torch.equal(moved[:, :, 0, :-3], one[:, :, 2, 3:])  # row -2 is row 2
    assert torch.equal(moved[:, :, 2:, -1], one[:, :, :-2, -4])  # column 26 of 24 is column 20


def test_a_rectangle_becomes_the_mean_colour() -> None:
    one = IMAGES[:1]
    changed = erased(one, numbers(erase=0.1, area=0.5, ratio=0.5, place_down=0.0, place_across=0.0))
    side_down, side_across = round((0.11**0.5) * 16), round((0.11**0.5) * 24)
    mean = one.mean(dim=(2, 3))
    assert torch.allclose(
        changed[:, :, :side_down, :side_across], mean[:, :, None, None].expand(-1, -1, side_down, side_across)
    )
    assert torch.equal(changed[:, :, side_down:], one[:, :, side_down:])
    assert torch.equal(changed[:, :, :, side_across:], one[:, :, :, side_across:])
    assert torch.equal(erased(one, numbers()), one)


def test_a_crop_of_all_is_the_picture() -> None:
    one = IMAGES[:1]
    assert torch.allclose(cropped(one, numbers(area=1.0)), one, atol=1e-5)
    assert torch.allclose(cropped(one, numbers(area=1.0, flip=0.1)), one.flip(3), atol=1e-5)


def test_a_crop_shows_a_part_in_place() -> None:
    ramp = torch.linspace(0, 1, 32).expand(1, 1, 32, 32).contiguous()
    part = cropped(ramp, numbers(area=(0.25 - 0.3) / 0.7, place_across=0.0))  # half a side, at the left
    assert part[0, 0, 0, 0].item() == pytest.approx(0.0, abs=0.02)
    assert part[0, 0, 0, -1].item() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("kind", KINDS)
def test_a_share_of_a_batch_is_changed_as_in_the_batch(kind: Augmentation) -> None:
    drawn = draw(6, torch.Generator().manual_seed(1))
    whole = augmented(IMAGES, kind, drawn)
    assert whole.shape == IMAGES.shape
    assert ((whole >= 0) & (whole <= 1)).all()
    assert torch.equal(whole[1::2], augmented(IMAGES[1::2], kind, drawn[1::2]))
    assert torch.equal(whole, IMAGES) == (kind == "none")
