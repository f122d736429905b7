"""Curves over equal steps from 0 to 1 as the paths of a vector drawing of 100 × 100, the origin at the top left."""

import numpy as np
from numpy.typing import NDArray

from whylight.plots.axis import Axis

POINTS = 51
"""Points of a drawn curve: more cannot be told apart in a small drawing."""

Curve = NDArray[np.float64]
Curves = NDArray[np.float64]


def on_points(rows: Curves) -> Curves:
    """Curves (curve, step) of any number of equal steps on those that are drawn, linear between steps."""
    places = np.linspace(0, rows.shape[1] - 1, POINTS)
    before = np.floor(places).astype(np.int64)
    after = np.minimum(before + 1, rows.shape[1] - 1)
    share = places - before
    return np.where(share > 0, rows[:, before] * (1 - share) + rows[:, after] * share, rows[:, before])


def line(values: Curve, axis: Axis) -> str:
    """The path of a curve; steps without a value are left out."""
    points = _points(values, axis)
    return f"M{' '.join(points)}" if points else ""


def band(low: Curve, high: Curve, axis: Axis) -> str:
    """The path around the area between two curves."""
    points = _points(low, axis) + _points(high, axis)[::-1]
    return f"M{' '.join(points)}Z" if points else ""


def _points(values: Curve, axis: Axis) -> list[str]:
    across = np.linspace(0, 100, len(values))
    return [f"{at:.4g},{100 - axis.at(value):.4g}" for at, value in zip(across, values.tolist()) if np.isfinite(value)]
