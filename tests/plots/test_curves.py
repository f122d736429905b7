"""Curves as paths."""

import re

import numpy as np
import pytest

from whylight.plots.axis import Axis
from whylight.plots.curves import POINTS, band, line, on_points

UNIT = Axis(0.0, 1.0, (0.0, 1.0))


def points(path: str) -> list[tuple[float, float]]:
    return [(float(across), float(down)) for across, down in re.findall(r"([\d.]+),([\d.]+)", path)]


def test_a_line_by_hand() -> None:
    assert points(line(np.array([1.0, 0.25, 0.0]), UNIT)) == [(0, 0), (50, 75), (100, 100)]


def test_steps_without_a_value_are_left_out() -> None:
    assert points(line(np.array([1.0, np.nan, 0.0]), UNIT)) == [(0, 0), (100, 100)]
    assert line(np.full(3, np.nan), UNIT) == ""
    assert band(np.full(3, np.nan), np.full(3, np.nan), UNIT) == ""


def test_a_band_goes_out_below_and_comes_back_above() -> None:
    path = band(np.array([0.0, 0.5]), np.array([0.5, 1.0]), UNIT)
    assert points(path) == [(0, 100), (100, 50), (100, 0), (0, 50)]
    assert path.endswith("Z")


@pytest.mark.parametrize("steps", [1, 2, 11, 51, 400])
def test_any_number_of_steps_is_drawn_on_the_same_points(steps: int) -> None:
    rows = np.random.default_rng(0).normal(size=(3, steps))
    drawn = on_points(rows)
    assert drawn.shape == (3, POINTS)
    for row, wanted in zip(drawn, rows, strict=True):
        assert row == pytest.approx(np.interp(np.linspace(0, 1, POINTS), np.linspace(0, 1, steps), wanted))
