"""The pictures that calibrate 8-bit numbers show what methods show a network."""

import torch

from whylight.precision import calibration
from whylight.precision.calibration import FILLS, KEPT, PICTURES, variants
from whylight.types import Images


def test_every_picture_is_there_as_it_is_and_under_every_mask_of_every_fill(images: Images) -> None:
    found = variants(images)
    assert len(found) == len(images) * (1 + len(FILLS) * len(KEPT))
    assert torch.equal(found[: len(images)], images)
    assert float(found.min()) >= 0
    assert float(found.max()) <= 1


def test_the_fills_are_seen_alone(images: Images) -> None:
    constant = [float(each.mean()) for each in variants(images) if float(each.std()) == 0]
    assert {0.0, 0.5, 1.0} <= set(constant)


def test_the_same_pictures_give_the_same_variants_whatever_the_random_state(images: Images) -> None:
    before = variants(images)
    torch.rand(7)
    assert torch.equal(before, variants(images))


def test_a_picture_s_variants_do_not_depend_on_its_neighbours(images: Images) -> None:
    together, alone = variants(images), variants(images[1:2])
    assert torch.allclose(together[1 :: len(images)], alone, atol=1e-6)


def test_many_pictures_cost_as_much_as_a_few(images: Images) -> None:
    assert len(variants(images.repeat(4, 1, 1, 1))) == PICTURES * (1 + len(FILLS) * len(KEPT))


def test_masks_are_hard_and_soft(images: Images) -> None:
    hard = calibration._mask(images, 0.5, soft=False, number=(0, 0))
    soft = calibration._mask(images, 0.5, soft=True, number=(0, 0))
    assert set(hard.unique().tolist()) == {0.0, 1.0}
    assert len(soft.unique()) > 2
