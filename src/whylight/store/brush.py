"""Brush: the pixels of a classifier's input that a stroke covers.

    covered(u)    min over points q of the line |c(u) - q| ≤ max(w / 2, d / 2)
                  c(u): the centre of the pixel u, in the picture;  w: the brush's width;  d: the pixel's diagonal there

So a thin stroke over a large picture does not vanish where many of its pixels become one.
"""

import numpy as np
from numpy.typing import NDArray

from whylight.frame import Frame
from whylight.store.values import Stroke

Numbers = NDArray[np.float64]
AT_ONCE = 128
"""Pieces of a line."""


def covered(stroke: Stroke, frame: Frame, size: tuple[int, int]) -> NDArray[np.bool_]:
    """(height, width) of an input of ``size``; ``frame``: the part of the picture that it shows."""
    height, width = frame.size
    left, top, right, bottom = frame.box
    across, down = (right - left) / size[1], (bottom - top) / size[0]
    columns: Numbers = left + across * (np.arange(size[1], dtype=np.float64) + 0.5)
    rows: Numbers = top + down * (np.arange(size[0], dtype=np.float64) + 0.5)
    reach = max(stroke.width * min(height, width), float(np.hypot(across, down))) / 2
    points = np.array(stroke.points, np.float64) * (width, height)
    starts, ends = (points[:-1], points[1:]) if len(points) > 1 else (points, points)
    found = np.zeros(size, bool)
    for first in range(0, len(starts), AT_ONCE):
        found |= _near(columns, rows, starts[first : first + AT_ONCE], ends[first : first + AT_ONCE], reach)
    inside: NDArray[np.bool_] = (
        found & ((columns >= 0) & (columns <= width)) & ((rows >= 0) & (rows <= height))[:, None]
    )
    return inside


def _near(columns: Numbers, rows: Numbers, starts: Numbers, ends: Numbers, reach: float) -> NDArray[np.bool_]:
    """Which pixel centres are no farther than ``reach`` from any of the pieces from ``starts`` to ``ends``."""
    centres = np.stack(np.meshgrid(columns, rows), axis=-1)[:, :, None]  # (row, column, 1, 2)
    way = ends - starts
    length = np.maximum((way**2).sum(axis=-1), np.finfo(np.float64).tiny)
    share = (((centres - starts) * way).sum(axis=-1) / length).clip(0, 1)[..., None]
    gap = centres - (starts + share * way)
    near: NDArray[np.bool_] = ((gap**2).sum(axis=-1) <= reach**2).any(axis=-1)
    return near
