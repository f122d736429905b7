"""Axes: round ticks, every value inside, logarithms where values differ by orders of magnitude."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whylight.plots.axis import axis_over


def test_an_axis_from_zero() -> None:
    axis = axis_over([0.2, 0.9, float("nan")])
    assert (axis.low, axis.high) == (0, 1)
    assert axis.ticks == pytest.approx((0, 0.2, 0.4, 0.6, 0.8, 1))
    assert [axis.at(value) for value in (-1.0, 0.0, 0.25, 1.0, 2.0)] == [0, 0, 25, 100, 100]
    assert axis.start == 0


def test_bars_begin_at_zero_on_either_side() -> None:
    axis = axis_over([-3.0, 1.0])
    assert axis.low <= -3
    assert axis.start == 0
    assert axis.at(0.0) == pytest.approx(100 * -axis.low / (axis.high - axis.low), abs=0.01)


def test_orders_of_magnitude_stand_on_a_logarithmic_axis() -> None:
    axis = axis_over([0.002, 3.0])
    assert axis.log
    assert axis.ticks == (0.001, 0.01, 0.1, 1.0, 10.0)
    assert [axis.at(tick) for tick in axis.ticks] == [0, 25, 50, 75, 100]
    assert axis.start == axis.low
    assert axis.at(0.0) == 0


def test_without_zero_an_axis_is_as_narrow_as_its_values() -> None:
    axis = axis_over([10.0, 11.0], zero=False)
    assert 9 <= axis.low <= 10
    assert 11 <= axis.high <= 12


@given(st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), max_size=6))
def test_every_axis_holds_its_values(values: list[float]) -> None:
    axis = axis_over(values)
    assert axis.low < axis.high
    assert all(0 <= axis.at(value) <= 100 for value in values)
    slack = 1e-6 * (axis.high - axis.low)
    assert all(axis.low - slack <= value <= axis.high + slack for value in values)
    assert len(axis.ticks) <= 8
