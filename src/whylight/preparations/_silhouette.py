"""The silhouette of a garment: from how far each pixel is from the background to one clean shape.

In the manner of GrabCut (Rother, Kolmogorov and Blake, 2004): a first outline from the distance to the background, then,
twice, which colours stand more often inside of it than outside, and a new outline from both. What is left is cleaned:
pieces that belong together are kept, holes that are no holes are filled.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_otsu

from whylight.preparations._background import NEAR, Background
from whylight.preparations._clusters import main_colours
from whylight.preparations._outline import outline

Numbers = NDArray[np.float64]
Yes = NDArray[np.bool_]

COLOURS = 24
ROUNDS = 2
LENGTH = 1.5
"""What an edge costs; evidence lies between -2 and 2."""
STRONGEST = 2.0
LOWEST = 1.6
"""In standard deviations (root mean square over three channels): the least distance that counts as garment."""
HALO = 2
"""How wide the mixture along an edge is, in pixels."""
PIECE = 0.03
"""A piece smaller than this part of the largest is dust."""
GAP = 0.05
"""Pieces closer than this part of the picture's shorter side belong together."""
TINY_HOLE, WHOLE_HOLE = 0.003, 0.35
"""Holes below and above these parts of the silhouette are filled: specks, and a garment of the background's own colour, of
which only the outline was found. What lies between, such as the opening of a handle, is background seen through it."""


@dataclass(frozen=True)
class Silhouette:
    """``mask``: (row, column). ``second``: the size of the largest thing left out, as a part of the silhouette."""

    mask: Yes
    second: float


def silhouette_of(lab: Numbers, background: Background) -> Silhouette:
    """The one thing in front of the background; empty where there is nothing."""
    smooth = lab.astype(np.float32)
    by_distance = _evidence_of_distance(background)
    mask = outline(by_distance, smooth, LENGTH)
    numbers = main_colours(lab.reshape(-1, 3), COLOURS).reshape(mask.shape)
    for _ in range(ROUNDS):
        if not 0 < mask.mean() < 1:
            break
        mask = outline(np.float32(0.5) * (by_distance + _evidence_of_colour(numbers, mask)), smooth, LENGTH)
    return _cleaned(_without_halo(mask, background.distance), background.distance)


def _evidence_of_distance(background: Background) -> NDArray[np.float32]:
    """Above 0 where a pixel is further from the background than the background's own pixels ever are, and than half of the
    threshold that parts the picture best (Otsu, 1979): a pale part of the garment lies nearer than most of it."""
    best = threshold_otsu(np.sqrt(np.minimum(background.distance, 40))) ** 2
    limit = float(np.clip(best / 2, max(LOWEST, 1.3 * background.usual), 1.3 * NEAR))
    return np.clip((background.distance - limit) / limit * STRONGEST, -STRONGEST, STRONGEST).astype(np.float32)


def _evidence_of_colour(numbers: NDArray[np.int32], mask: Yes) -> NDArray[np.float32]:
    """The logarithm of how much more often a pixel's colour stands inside than outside."""
    inside = np.bincount(numbers[mask], minlength=COLOURS) / mask.sum()
    outside = np.bincount(numbers[~mask], minlength=COLOURS) / (~mask).sum()
    ratio = np.log((inside + 0.01) / (outside + 0.01))
    evidence: NDArray[np.float32] = np.clip(ratio, -STRONGEST, STRONGEST).astype(np.float32)[numbers]
    return evidence


def _without_halo(mask: Yes, distance: Numbers) -> Yes:
    """The mask less the pixels along its edge where garment and background mix and the background is more: those nearer to
    it than half as far as the farthest pixel around."""
    edge = mask & (ndimage.distance_transform_edt(mask) <= HALO)
    halo: Yes = edge & (distance < ndimage.maximum_filter(distance, 2 * HALO + 1) / 2)
    return mask & ~halo


def _cleaned(mask: Yes, distance: Numbers) -> Silhouette:
    pieces, count = ndimage.label(mask)
    if not count:
        return Silhouette(mask, 0.0)
    sizes = np.bincount(pieces.ravel())[1:]
    kept = np.isin(pieces, 1 + np.flatnonzero(sizes >= PIECE * sizes.max()))
    reach = max(1, round(GAP * min(mask.shape) / 2))
    near = ndimage.distance_transform_edt(~kept) <= reach
    groups, _ = ndimage.label(near)
    areas = np.bincount(groups[kept])[1:]
    order = np.argsort(areas)[::-1]
    chosen = kept & (groups == 1 + order[0])
    second = float(areas[order[1]] / areas[order[0]]) if len(areas) > 1 else 0.0
    return Silhouette(_filled(chosen, distance), second)


def _filled(mask: Yes, distance: Numbers) -> Yes:
    """Without the holes that are none."""
    full = ndimage.binary_fill_holes(mask)
    holes, count = ndimage.label(full & ~mask)
    for number in range(1, count + 1):
        hole = holes == number
        share = hole.sum() / full.sum()
        if share < TINY_HOLE or share > WHOLE_HOLE or np.median(distance[hole]) > NEAR:
            mask = mask | hole
    return mask
