"""What the border teaches of the background: the very surface that it was drawn from, whatever stands in front of it."""

import numpy as np
import pytest

from whylight.preparations._background import NEAR, Background, background_of
from whylight.preparations._trim import frame_width

HEIGHT, WIDTH = 90, 120
ROWS, COLUMNS = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]


def surface() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """A quadratic surface in each channel."""
    lightness = 70 + 12 * ROWS - 6 * COLUMNS**2
    return np.stack([lightness, 5 * COLUMNS, -4 + 3 * ROWS * COLUMNS], axis=-1)


def test_a_quadratic_surface_is_found_exactly() -> None:
    lab = surface()
    lab[20:70, 30:80] = (30, 40, 20)
    found = background_of(lab)
    assert found.explained == 1
    outside = np.ones((HEIGHT, WIDTH), dtype=bool)
    outside[20:70, 30:80] = False
    assert found.distance[outside].max() < 1e-6
    assert found.distance[~outside].min() > 2 * NEAR


@pytest.mark.parametrize("side", ["bottom", "corner", "two"])
def test_a_garment_at_the_border_is_not_taken_for_background(side: str) -> None:
    lab = surface()
    for place in {"bottom": [(40, 90, 30, 90)], "corner": [(0, 50, 0, 60)], "two": [(0, 90, 40, 80)]}[side]:
        lab[place[0] : place[1], place[2] : place[3]] = (30, 40, 20)
    garment = lab[..., 0] == 30
    found = background_of(lab)
    assert found.distance[garment].min() > NEAR
    assert (found.distance[~garment] < NEAR).mean() > 0.99
    assert found.explained < 1


def test_a_floor_is_background_too() -> None:
    lab = np.full((HEIGHT, WIDTH, 3), (85.0, 0, 0))
    lab[60:] = (45, 15, 25)
    lab[20:80, 40:70] = (20, -10, -30)
    found = background_of(lab)
    assert found.explained == 1
    assert found.distance[70, 10] < NEAR
    assert found.distance[40, 50] > NEAR


def test_noise_is_measured_in_lab_units() -> None:
    noisy = surface() + np.random.default_rng(0).normal(0, 4, (HEIGHT, WIDTH, 3))
    found: Background = background_of(noisy)
    assert found.noise == pytest.approx(4, rel=0.1)
    assert np.median(found.distance) == pytest.approx(
        0.89, abs=0.1
    )  # of the root of a third of chi-square with 3 degrees
    assert found.usual == pytest.approx(1.95, abs=0.3)


@pytest.mark.parametrize("width", [0, 1, 4])
def test_a_frame_is_measured(width: int) -> None:
    lab = np.full((100, 140, 3), (90.0, 0, 0))
    if width:
        for rows, columns in ((slice(width), slice(None)), (slice(None), slice(width))):
            lab[rows, columns] = 0
            lab[::-1, ::-1][rows, columns] = 0
    assert frame_width(lab) == (width + 1 if width else 0)
