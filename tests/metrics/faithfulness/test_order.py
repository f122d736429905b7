import pytest
import torch

from whylight.metrics.faithfulness._order import Between, even_steps, places


def test_places_are_those_of_a_slow_sort() -> None:
    maps = torch.randn(2, 4, 5)
    found = places(maps, seed=0)
    for row in range(2):
        expected = sorted(range(20), key=lambda pixel: -maps[row].flatten()[pixel].item())
        assert found[row].flatten().argsort().tolist() == expected


def test_level_pixels_stand_in_an_order_that_the_seed_decides_alone() -> None:
    maps = torch.zeros(2, 16, 16)
    first, again, other = places(maps, 3), places(maps[:1], 3), places(maps, 4)
    assert torch.equal(first[0], first[1])
    assert torch.equal(first[:1], again)
    assert not torch.equal(first, other)
    assert sorted(first[0].flatten().tolist()) == list(range(256))
    # no end of the picture is preferred
    assert abs(float(first[0, :8].float().mean()) - 127.5) < 15


def test_levels_are_not_mixed_up() -> None:
    maps = torch.randn(1, 16, 16).sign()
    found = places(maps, 0)
    positive = int((maps > 0).sum())
    assert (found[maps > 0] < positive).all()
    assert (found[maps < 0] >= positive).all()


@pytest.mark.parametrize(("pixels", "steps"), [(5, 3), (4, 4), (3, 7), (50176, 28)])
def test_steps_are_even_but_for_rounding(pixels: int, steps: int) -> None:
    taken = even_steps(pixels, steps)
    assert taken[0] == 0
    assert taken[-1] == pixels
    assert all(abs(count - pixels * step / steps) <= 0.5 for step, count in enumerate(taken))


def test_a_mask_keeps_what_lies_between() -> None:
    ordered = torch.tensor([[[0, 1], [2, 3]], [[3, 2], [1, 0]]], dtype=torch.int32)
    keep = Between.shared(ordered, [(0, 4), (1, 4), (0, 2)], torch.float32)
    found = keep(torch.tensor([0, 1, 0]), torch.tensor([1, 1, 2]))
    assert found.tolist() == [[[[0, 1], [1, 1]]], [[[1, 1], [1, 0]]], [[[1, 1], [0, 0]]]]
