"""Statistics over the rows of ``benchmarks/undesirable.py``."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

Row = dict[str, Any]
Numbers = NDArray[np.float64]
DRAWS = 2000
MARKED = 0.6
"""Cells above this are marked, as in the paper's ratio."""


def column(rows: Iterable[Row], name: str) -> Numbers:
    return np.array([row[name] for row in rows], dtype=np.float64)


def with_interval(values: Numbers, digits: int, statistic: Callable[[Numbers], float] = np.mean) -> str:
    """A statistic and its percentile bootstrap interval over pictures, as text."""
    low, high = interval(values, statistic)
    return f"{statistic(values):.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def interval(values: Numbers, statistic: Callable[[Numbers], float] = np.mean) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval."""
    random = np.random.default_rng(0)
    draws = [float(statistic(values[random.integers(0, len(values), len(values))])) for _ in range(DRAWS)]
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


def pooled(rows: list[Row]) -> float:
    """All that was won, as a percentage of all that was missing."""
    before, after = column(rows, "before"), column(rows, "after")
    return float(100 * (after - before).sum() / (1 - before).sum())


def agreeing(rows: list[Row]) -> str:
    """The share of the pictures with a gain of which a second fill keeps half; where nothing is won, nothing can agree."""
    won = column(rows, "gain") > 0
    return f"{100 * (column(rows, 'second_fill_share')[won] >= 0.5).mean():.0f} %" if won.any() else "–"


def mask_of(row: Row) -> Numbers:
    """1 - M' on 28 × 28 cells."""
    return np.frombuffer(bytes.fromhex(row["mask"]), dtype=np.uint8) / 255.0


def overlap(first: Numbers, second: Numbers, above: float = MARKED) -> float:
    """Intersection over union of the marked cells; NaN where neither mask has one: empty masks agree on nothing."""
    one, other = first > above, second > above
    union = (one | other).sum()
    return float((one & other).sum() / union) if union else np.nan


def wide_overlap(first: Numbers, second: Numbers) -> float:
    """The same of the cells that are blurred by more than 0.3: the threshold decides less there."""
    return overlap(first, second, 0.3)


def soft_overlap(first: Numbers, second: Numbers) -> float:
    """Σ min / Σ max: the overlap of two masks without a threshold."""
    union = np.maximum(first, second).sum()
    return float(np.minimum(first, second).sum() / union) if union else 1.0


def rank_correlation(first: Numbers, second: Numbers) -> float:
    """Spearman's; 0 where a mask is the same everywhere."""
    return float(spearmanr(first, second).statistic) if first.std() > 0 and second.std() > 0 else 0.0


def agreement(rows: list[Row]) -> tuple[list[Numbers], int]:
    """For each picture, the mean overlap, wide overlap, soft overlap and rank correlation over all pairs of trials, of those
    pictures that have one; and the number of pictures."""
    trials: dict[str, list[Numbers]] = defaultdict(list)
    for row in rows:
        trials[row["picture"]].append(mask_of(row))
    pairs = [list(combinations(masks, 2)) for masks in trials.values() if len(masks) > 1]
    found = []
    for compared in (overlap, wide_overlap, soft_overlap, rank_correlation):
        each = [[compared(*pair) for pair in of_picture] for of_picture in pairs]
        found.append(np.array([np.nanmean(known) for known in each if not np.isnan(known).all()]))
    return found, len(pairs)
