"""A frame around a picture, such as a black line or a scanner's white edge, which is no part of the background.

A frame is thin, has one colour along all four sides, and what lies inside of it begins with another.
"""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

THICKEST = 0.06
"""Of the shorter side."""
SAME, OTHER = 8.0, 15.0
"""In Lab: a frame's pixels differ by less than the first from its colour; what lies inside by more than the second."""


def frame_width(lab: Numbers) -> int:
    """How many pixels to cut from each side, 0 without a frame."""
    sides = _sides(lab, 0)
    colour = np.median(np.concatenate(sides), axis=0)
    most = int(THICKEST * min(lab.shape[:2]))
    for width in range(most + 1):
        away = [np.linalg.norm(side - colour, axis=1) for side in _sides(lab, width)]
        if all(np.mean(side > OTHER) > 0.6 for side in away):
            return width + 1 if width else 0  # the line where both mix is cut off too
        if width < 2 and not all(np.mean(side < SAME) > 0.9 for side in away):
            return 0
    return 0


def _sides(lab: Numbers, depth: int) -> list[Numbers]:
    inner = slice(depth, -depth or None)
    return [lab[depth, inner], lab[-1 - depth, inner], lab[inner, depth], lab[inner, -1 - depth]]
