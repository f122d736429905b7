"""The planted network against what its weights are set for: what each bar is worth, and what it cannot see."""

import math

import pytest
import torch
from torch import Tensor

from whylight.masking import fill
from whylight.nets.planted import (
    HINDRANCE,
    HUES,
    PURE,
    SUPPORT,
    Mark,
    PlantedNet,
    bar_sides,
    hindering_mark,
    mark_names,
    supporting_mark,
)

ALL_MARKS = [Mark(hue, way) for hue in range(6) for way in (0, 1)]


def grey(size: int, level: float = 0.5) -> Tensor:
    return torch.full((1, 3, size, size), level)


def draw(picture: Tensor, mark: Mark, top: int, left: int, strength: float = 1.0) -> Tensor:
    """The picture with a bar whose upper left corner is there, mixed with mid grey."""
    length, width = bar_sides(picture.shape[-1])
    rows, columns = (width, length) if mark.orientation == 0 else (length, width)
    colour = torch.tensor(PURE[mark.hue], dtype=torch.float32) * strength + 0.5 * (1 - strength)
    drawn = picture.clone()
    drawn[0, :, top : top + rows, left : left + columns] = colour[:, None, None]
    return drawn


@pytest.mark.parametrize(("classes", "size"), [(2, 32), (4, 64), (6, 48)])
def test_a_pure_bar_is_worth_what_it_is_set_to(classes: int, size: int) -> None:
    network = PlantedNet(classes, size)
    for label in range(classes):
        supported = draw(grey(size), supporting_mark(label), size // 16, size // 16)
        both = draw(supported, hindering_mark(label), size // 2, size // 2)
        expected = torch.zeros(1, classes)
        expected[0, label] = SUPPORT + math.log(classes - 1)
        assert torch.allclose(network(supported), expected, atol=1e-4)
        expected[0, label] -= HINDRANCE
        assert torch.allclose(network(both), expected, atol=1e-4)


@pytest.mark.parametrize("strength", [0.7, 0.8, 0.9, 1.0])
def test_no_bar_is_taken_for_another(strength: float) -> None:
    network = PlantedNet(6, 64)
    for mark in ALL_MARKS:
        logits = network(draw(grey(64), mark, 20, 24, strength))[0]
        concerned = {label for label in range(6) if mark in (supporting_mark(label), hindering_mark(label))}
        assert {label for label in range(6) if logits[label] != 0} == concerned
        assert len(concerned) == 1


def test_it_sees_nothing_in_greys_and_pale_colours() -> None:
    network = PlantedNet(4, 64)
    random = torch.Generator().manual_seed(0)
    greys = torch.rand(8, 1, 64, 64, generator=random).expand(-1, 3, -1, -1)
    pale = 0.1 + 0.7 * greys + 0.07 * (2 * torch.rand(8, 3, 64, 64, generator=random) - 1)
    for pictures in (greys, pale, torch.zeros(1, 3, 64, 64), torch.ones(1, 3, 64, 64)):
        assert torch.equal(network(pictures), torch.zeros(len(pictures), 4))


@pytest.mark.parametrize("kind", ["black", "grey", "white", "mean", "blur"])
def test_a_bar_under_any_fill_is_worth_nothing(kind: str) -> None:
    network = PlantedNet(4, 64)
    whole = draw(grey(64, 0.7), supporting_mark(2), 30, 20)
    bare = (whole == grey(64, 0.7)).all(dim=1, keepdim=True)
    assert torch.equal(network(torch.where(bare, whole, fill(whole, kind))), torch.zeros(1, 4))


def test_every_pixel_of_a_bar_and_no_other_has_a_gradient_of_its_sign() -> None:
    network = PlantedNet(4, 64)
    for label in range(4):
        plain = grey(64)
        supported = draw(plain, supporting_mark(label), 8, 8)
        both = draw(supported, hindering_mark(label), 36, 36).requires_grad_()
        (gradient,) = torch.autograd.grad(network(both)[0, label], both)
        signed = gradient[0].sum(dim=0)
        inside = (supported != plain).any(dim=1)[0]
        outside = (both.detach() == plain).all(dim=1)[0]
        assert (signed[inside] > 0).all()
        assert (signed[~inside & ~outside] < 0).all()
        assert (gradient[0][:, outside] == 0).all()


def test_a_bar_counts_less_the_paler_it_is() -> None:
    network = PlantedNet(4, 64)
    values = [
        network(draw(grey(64), supporting_mark(1), 20, 24, strength))[0, 1].item() for strength in (0.5, 0.7, 0.9, 1)
    ]
    assert values == sorted(values)
    assert len(set(values)) == 4


def test_labels_are_called_after_their_bars() -> None:
    assert mark_names(3) == ("red horizontal bar", "yellow vertical bar", "green horizontal bar")
    assert len({supporting_mark(label) for label in range(6)} | {hindering_mark(label) for label in range(6)}) == 12
    assert all(supporting_mark(label).hue != hindering_mark(label).hue for label in range(len(HUES)))


@pytest.mark.parametrize("classes", [1, 7])
def test_there_are_two_to_six_classes(classes: int) -> None:
    with pytest.raises(ValueError, match=f"expected 2 to 6 classes; got {classes}"):
        PlantedNet(classes)


@pytest.mark.parametrize("size", [16, 50])
def test_a_size_is_a_multiple_of_sixteen(size: int) -> None:
    with pytest.raises(ValueError, match=f"a multiple of 16 from 32 on; got {size}"):
        PlantedNet(2, size)
