"""Oracle: the mean over every order of the pixels that are level."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from whylight.metrics._ranking import expected_hits


def slow_hits(values: Tensor, inside: Tensor, count: int) -> float:
    """The mean over all orders of the pixels in which none comes before a larger one."""
    places = range(len(values))
    orders = [
        order
        for order in itertools.permutations(places)
        if all(values[first] >= values[second] for first, second in itertools.pairwise(order))
    ]
    return sum(int(inside[list(order[:count])].sum()) for order in orders) / len(orders)


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=4, max_size=4), st.integers(1, 4))
def test_hits_are_the_mean_over_all_orders(pixels: list[tuple[int, bool]], count: int) -> None:
    values = torch.tensor([value for value, _ in pixels], dtype=torch.float32)
    inside = torch.tensor([is_inside for _, is_inside in pixels])
    found = expected_hits(values.reshape(1, 2, 2), inside.reshape(1, 2, 2), torch.tensor([count]))
    assert float(found) == pytest.approx(slow_hits(values, inside, count), abs=1e-6)


@pytest.mark.parametrize("broken", [torch.nan, torch.inf])
def test_hits_of_a_broken_map_are_nan(broken: float) -> None:
    maps = torch.tensor([[[1.0, broken]], [[1.0, 0.0]]])
    hits = expected_hits(maps, torch.ones_like(maps, dtype=torch.bool), torch.tensor([1, 1]))
    assert hits[0].isnan()
    assert hits[1] == 1
