"""Strokes beside the areas that discs and bars with round ends have, and through the cut of a classifier."""

import math

import numpy as np
import pytest

from whylight.frame import Frame
from whylight.store import Stroke
from whylight.store.brush import covered

WHOLE = Frame((100, 200), (0.0, 0.0, 200.0, 100.0))


def test_a_point_is_a_disc() -> None:
    """The width is a share of the shorter side: 30 of 100 pixels."""
    found = covered(Stroke(True, 0.3, ((0.5, 0.5),)), WHOLE, (100, 200))
    assert found.sum() == pytest.approx(math.pi * 15**2, rel=0.02)
    assert np.argwhere(found).mean(axis=0) == pytest.approx([49.5, 99.5])


def test_a_line_is_a_bar_with_round_ends() -> None:
    found = covered(Stroke(True, 0.2, ((0.25, 0.5), (0.5, 0.5), (0.75, 0.5))), WHOLE, (100, 200))
    assert found.sum() == pytest.approx(100 * 20 + math.pi * 10**2, rel=0.01)
    assert found[40:60, 50:150].all()
    assert not found[:39].any()


def test_many_points_are_one_line() -> None:
    """More than are looked at in one go; a circle of radius 40 with a brush of 10: 2 π 40 · 10."""
    turns = np.linspace(0, 2 * math.pi, 400)
    points = tuple(zip((0.5 + 0.2 * np.cos(turns)).tolist(), (0.5 + 0.4 * np.sin(turns)).tolist(), strict=True))
    found = covered(Stroke(False, 0.1, points), WHOLE, (100, 200))
    assert found.sum() == pytest.approx(2 * math.pi * 40 * 10, rel=0.02)
    assert not found[40:60, 90:110].any()


def test_a_thin_stroke_survives_a_small_input() -> None:
    frame = Frame((1000, 1000), (0.0, 0.0, 1000.0, 1000.0))
    for place in np.linspace(0.05, 0.95, 50).tolist():
        found = covered(Stroke(True, 0.001, ((place, 0.1), (place, 0.9))), frame, (10, 10))
        assert found[1:9].any(axis=1).all()
        assert found.sum() <= 20


def test_it_lies_where_the_cut_shows_it() -> None:
    """The middle square of a wide picture: its left third is cut away, its right end is beyond the input."""
    frame = Frame((100, 300), (100.0, 0.0, 200.0, 100.0))
    found = covered(Stroke(True, 0.2, ((0.5, 0.5),)), frame, (50, 50))
    assert found.sum() == pytest.approx(math.pi * 5**2, rel=0.05)
    assert found[24:26, 24:26].all()
    assert not covered(Stroke(True, 0.2, ((0.1, 0.5),)), frame, (50, 50)).any()


def test_a_margin_beyond_the_picture_is_not_covered() -> None:
    frame = Frame((100, 100), (-50.0, 0.0, 150.0, 100.0))
    found = covered(Stroke(True, 1.0, ((0.0, 0.5), (1.0, 0.5))), frame, (20, 40))
    assert found[:, 10:30].all()
    assert not found[:, :10].any()
    assert not found[:, 30:].any()
