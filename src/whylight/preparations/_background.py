"""The background of a photo, learned from its border: what colour it should have at every pixel, and how far each pixel is
from that.

Most backgrounds are one colour that changes slowly (light falls off towards a side). So each Lab channel is a quadratic
surface of the place, fitted to the pixels along the border. The garment may reach the border, so the fit is the one, of
several begun at the corners, that explains most of the border (the idea of RANSAC: Fischler and Bolles, 1981). What it
leaves over along the border and in a corner, such as a floor under a wall, is a second background of its own colour.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from whylight.preparations._clusters import main_colours

Numbers = NDArray[np.float64]
Yes = NDArray[np.bool_]

BORDER, CORNER = 0.03, 0.08
"""The width of the border and the side of a corner, in parts of the picture's shorter and each side."""
FINEST = np.array([2.0, 1.5, 1.5])
"""The least noise (standard deviation of L, a and b): compression alone makes as much."""
NEAR = 3.0
"""A pixel so many standard deviations away is still background."""
START = 12.0
"""How far (in Lab) the border may lie from a first guess and still be used to improve it."""
TILTED = 5
"""So many of the first guesses may slope."""
SECOND, SIDE = 0.1, 0.6
"""A second background takes at least so much of the border, and so much of one side."""
COARSEST = 8.0
"""A background whose noise is larger is too mottled to tell anything from it, and its distances are measured by this."""
STRAY = -13.8
"""The logarithm of the density of a pixel that is not background: any colour of 100³ is as likely."""


@dataclass(frozen=True)
class Background:
    """``distance``: (row, column), how many standard deviations each pixel is from the background. ``explained``: the part
    of the border that is background. ``noise``: the standard deviation of the background around its surface, in Lab units
    (about 2 is the least difference that people see)."""

    distance: Numbers
    explained: float
    noise: float
    usual: float


def background_of(lab: Numbers) -> Background:
    """The background of a picture in Lab (row, column, channel)."""
    height, width = lab.shape[:2]
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    border = border_of((height, width), BORDER)
    terms = np.stack([np.ones_like(rows), rows, columns, rows * columns, rows**2, columns**2], axis=-1)
    seen, at = lab[border], terms[border]
    fits = [_improved(seen, at, guess) for guess in _guesses(lab, terms)]
    halves = fits[:TILTED], fits[TILTED:]  # the best tilted one may explain a wall and its floor as one steep slope
    best = [max(half, key=lambda fit: _density(seen - at @ fit[0], fit[1]).mean()) for half in halves]
    wholes = [_whole(lab, terms, border, fit) for fit in best]
    distance, noise, _ = max(wholes, key=lambda whole: whole[2])
    along = distance[border]
    plain = along[along < NEAR]
    usual = float(np.percentile(plain, 99)) if plain.size else NEAR
    return Background(distance, plain.size / along.size, float(np.sqrt((noise**2).mean())), usual)


def border_of(size: tuple[int, int], share: float) -> Yes:
    """The pixels along the four sides."""
    width = max(2, round(share * min(size)))
    border = np.ones(size, dtype=bool)
    border[width:-width, width:-width] = False
    return border


def _corners(size: tuple[int, int]) -> list[tuple[slice, slice]]:
    down, across = (max(2, round(CORNER * side)) for side in size)
    return [
        (rows, columns)
        for rows in (slice(down), slice(-down, None))
        for columns in (slice(across), slice(-across, None))
    ]


def _guesses(lab: Numbers, terms: Numbers) -> Iterator[Numbers]:
    """First surfaces: through all four corners, through three of them (the garment may cover one), and flat."""
    corners = _corners((lab.shape[0], lab.shape[1]))
    colours = np.array([np.median(lab[corner].reshape(-1, 3), axis=0) for corner in corners])
    places = np.array([terms[corner].reshape(-1, 6).mean(axis=0) for corner in corners])
    for chosen, used in [(range(4), 4), *((three, 3) for three in combinations(range(4), 3))]:
        guess = np.zeros((6, 3))
        guess[:used] = np.linalg.lstsq(places[list(chosen), :used], colours[list(chosen)], rcond=None)[0]
        yield guess
    for colour in [*colours, np.median(lab[border_of(lab.shape[:2], BORDER)], axis=0)]:
        yield np.vstack([colour, np.zeros((5, 3))])


def _improved(seen: Numbers, at: Numbers, surface: Numbers) -> tuple[Numbers, Numbers, Yes]:
    """A first surface fitted to the border pixels that lie near it; with its noise, and which pixels those are."""
    near = np.linalg.norm(seen - at @ surface, axis=1) < START
    noise = FINEST
    for _ in range(4):
        if near.sum() < 3 * at.shape[1]:
            break
        surface = np.linalg.lstsq(at[near], seen[near], rcond=None)[0]
        noise = _spread(seen[near] - at[near] @ surface)
        near = _distance(seen - at @ surface, noise) < NEAR
    return surface, noise, near


def _spread(residuals: Numbers) -> Numbers:
    """The standard deviation by way of the median, which a few strays do not move."""
    return np.clip(1.4826 * np.median(np.abs(residuals), axis=0), FINEST, COARSEST)


def _density(residuals: Numbers, noise: Numbers) -> Numbers:
    """The logarithm of the density of each colour: normal around the background, or that of a stray."""
    normal = -np.log(noise * np.sqrt(2 * np.pi)).sum() - ((residuals / noise) ** 2).sum(axis=-1) / 2
    density: Numbers = np.maximum(normal, STRAY)
    return density


def _whole(
    lab: Numbers, terms: Numbers, border: Yes, fit: tuple[Numbers, Numbers, Yes]
) -> tuple[Numbers, Numbers, float]:
    """The distance to a surface and to the second colours that it leaves over, the surface's noise, and how well all of
    them explain the border (the mean logarithm of the density)."""
    surface, noise, near = fit
    residuals = lab - terms @ surface
    distance, density = _distance(residuals, noise), _density(residuals[border], noise)
    for colour, spread in _second_colours(lab, border, near):
        distance = np.minimum(distance, _distance(lab - colour, spread))
        density = np.maximum(density, _density(lab[border] - colour, spread))
    return distance, noise, float(density.mean())


def _distance(residuals: Numbers, noise: Numbers) -> Numbers:
    distance: Numbers = np.sqrt(((residuals / noise) ** 2).mean(axis=-1))
    return distance


def _second_colours(lab: Numbers, border: Yes, near: Yes) -> Iterator[tuple[Numbers, Numbers]]:
    """Colours that the surface leaves over and that take most of a side with both its corners, as a floor does; each with
    its noise."""
    left = border.copy()
    left[border] = ~near
    if left.sum() < SECOND * border.sum():
        return
    pixels = lab[left]
    found = main_colours(pixels, 3)
    for number in range(3):
        chosen = np.zeros_like(border)
        chosen[left] = found == number
        if any(_takes_side(chosen, side) for side in range(4)):
            colour = np.median(lab[chosen], axis=0)
            yield colour, _spread(lab[chosen] - colour)


def _takes_side(chosen: Yes, side: int) -> bool:
    """Whether pixels take ``SIDE`` of a side (0 is the top, then on by quarter turns) and half of both its corners."""
    turned = np.rot90(chosen, side)
    width = max(2, round(BORDER * min(turned.shape)))
    line = turned[:width].mean(axis=0)
    corner = max(2, round(CORNER * line.size))
    return bool(line.mean() >= SIDE and line[:corner].mean() >= 0.5 and line[-corner:].mean() >= 0.5)
