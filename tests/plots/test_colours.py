"""Evidence in two colours: each sign its own, zero transparent, one scale for both."""

import numpy as np
import pytest

from whylight.plots import colours


def test_each_sign_has_its_colour_and_zero_is_transparent() -> None:
    painted = colours.paint(np.array([[1.0, -1.0, 0.0]], np.float32), 1.0)
    assert tuple(painted[0, 0, :3]) == colours.SUPPORTS
    assert tuple(painted[0, 1, :3]) == colours.HINDERS
    assert painted[0, 0, 3] == painted[0, 1, 3] == round(255 * colours.STRONGEST)
    assert painted[0, 2, 3] == 0


def test_opacity_grows_in_proportion_and_stops_at_the_limit() -> None:
    painted = colours.paint(np.array([[0.5, 1.0, 7.0, -0.5]], np.float32), 1.0)
    full = 255 * colours.STRONGEST
    assert painted[0, :, 3].tolist() == [round(full / 2), round(full), round(full), round(full / 2)]


def test_what_is_not_a_number_is_transparent_and_does_not_set_the_scale() -> None:
    evidence = np.array([[np.nan, 2.0, -1.0, np.inf]], np.float32)
    limit = colours.limit_of(evidence)
    assert 1.9 < limit <= 2.0
    assert colours.paint(evidence, limit)[0, 0, 3] == 0
    assert colours.paint(evidence, limit)[0, 3, 3] == round(255 * colours.STRONGEST)


def test_one_extreme_pixel_does_not_pale_the_rest() -> None:
    evidence = np.full((100, 100), 0.5, np.float32)
    evidence[0, 0] = 1000
    assert colours.limit_of(evidence) == pytest.approx(0.5)


def test_a_lone_spot_still_shows() -> None:
    evidence = np.zeros((100, 100), np.float32)
    evidence[3, 4] = -2
    assert colours.limit_of(evidence) == 2
    assert colours.paint(evidence, 2.0)[3, 4, 3] > 0


def test_a_map_of_zeros_or_of_nothing_known_paints_nothing() -> None:
    for empty in (np.zeros((4, 4), np.float32), np.full((4, 4), np.nan, np.float32)):
        assert colours.limit_of(empty) == 0
        assert not colours.paint(empty, 0.0)[..., 3].any()


def test_blending_leaves_what_is_under_nothing() -> None:
    under = np.full((1, 2, 3), 100, np.uint8)
    over = np.array([[[255, 0, 0, 0], [200, 100, 0, 255]]], np.uint8)
    assert colours.blend(under, over).tolist() == [[[100, 100, 100], [200, 100, 0]]]


def test_the_colours_differ_for_the_colour_blind() -> None:
    """Viénot's deuteranope sees no difference between red and green: what is left must differ in blue and in yellow."""
    yellow = [(0.29 * red + 0.71 * green, blue) for red, green, blue in (colours.SUPPORTS, colours.HINDERS)]
    assert abs(yellow[0][1] - yellow[1][1]) > 150
