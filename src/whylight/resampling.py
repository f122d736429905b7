"""Means over pictures with their percentile bootstrap intervals.

A column holds one quantity, a row one picture; NaN where a picture could not be measured.

Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 13.3.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
"""How many times the pictures are drawn again."""
LEVEL = 0.95
AT_ONCE = 4_000_000
"""How many numbers the weights of some draws may be: 32 MB."""

Columns = NDArray[np.float64]
Row = NDArray[np.float64]


def means(columns: Columns) -> Row:
    """The mean of what could be measured in each column; NaN where nothing could."""
    known = ~np.isnan(columns)
    return _divided(np.where(known, columns, 0.0).sum(axis=0), known.sum(axis=0).astype(np.float64))


def intervals(columns: Columns, seed: int, level: float = LEVEL, draws: int = DRAWS) -> tuple[Row, Row]:
    """The percentile interval of each column's mean when the pictures are drawn again with replacement.

    The same pictures are drawn for every column, so that columns which are compared are compared on the same ones.
    """
    if len(columns) == 0:
        nothing = np.full(columns.shape[1], np.nan)
        return nothing, nothing.copy()
    known = (~np.isnan(columns)).astype(np.float64)
    filled = np.nan_to_num(columns, nan=0.0)
    drawn = np.concatenate(
        [_divided(weights @ filled, weights @ known) for weights in _weights(len(columns), seed, draws)]
    )
    edges = np.full((2, columns.shape[1]), np.nan)
    some = ~np.isnan(drawn).all(axis=0)
    edges[:, some] = np.nanpercentile(drawn[:, some], [50 * (1 - level), 50 * (1 + level)], axis=0)
    return edges[0], edges[1]


def _weights(count: int, seed: int, draws: int) -> Iterator[Columns]:
    """How often each picture is drawn, (draws, pictures), a part of the draws at a time."""
    random = np.random.default_rng([seed, count])
    step = max(1, AT_ONCE // count)
    for start in range(0, draws, step):
        chosen = random.integers(0, count, size=(min(step, draws - start), count))
        offsets = np.arange(len(chosen))[:, None] * count
        weights = np.bincount((chosen + offsets).ravel(), minlength=chosen.size)
        yield weights.reshape(chosen.shape).astype(np.float64)


def _divided(sums: Columns, counts: Columns) -> Columns:
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
