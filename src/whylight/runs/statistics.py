"""Statistics over pictures: bootstrap intervals, a paired test, its correction for many pairs, and ranks.

A column holds one method's scores, a row one picture's; NaN where a picture could not be measured.

Percentile bootstrap: Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 13.3. Signed-rank test:
Wilcoxon, Biometrics Bulletin 1 (1945). Correction: Holm, Scandinavian Journal of Statistics 6 (1979).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import stats

DRAWS = 2000
"""How many times the pictures are drawn again."""
AT_ONCE = 4_000_000
"""How many numbers the weights of some draws may be: 32 MB."""
MOST_EXACT = 50
"""With more differences the normal approximation of the signed-rank test is as good."""
ROUNDING = 1e-6
"""Two scores that differ by less than this share of the larger are equal: the order of additions does that."""

Columns = NDArray[np.float64]
Row = NDArray[np.float64]


def means(columns: Columns) -> Row:
    """The mean of what could be measured in each column; NaN where nothing could."""
    known = ~np.isnan(columns)
    return _divided(np.where(known, columns, 0.0).sum(axis=0), known.sum(axis=0).astype(np.float64))


def intervals(columns: Columns, seed: int, level: float = 0.95, draws: int = DRAWS) -> tuple[Row, Row]:
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


def subtracted(first: Row, second: Row) -> Row:
    """``first - second`` picture by picture: NaN where either is, exactly 0 where they differ by rounding only."""
    apart = first - second
    close = np.abs(apart) <= ROUNDING * np.maximum(np.abs(first), np.abs(second))
    return np.where(close, 0.0, apart)


def wilcoxon(differences: Row) -> float:
    """The two-sided p of Wilcoxon's signed-rank test that the differences lie around 0; 1 where nothing differs.

    Differences of 0 are left out. Exact for up to 50 others, ties too; the normal approximation for more.
    """
    moved = differences[~np.isnan(differences) & (differences != 0)]
    if len(moved) == 0:
        return 1.0
    return _exact(moved) if len(moved) <= MOST_EXACT else float(stats.wilcoxon(moved).pvalue)


def _exact(moved: Row) -> float:
    """Among all ways to give the ranks signs, the share of those at least as far from even as what was found."""
    doubled = np.rint(2 * stats.rankdata(np.abs(moved))).astype(np.int64)  # whole numbers for tied ranks too
    ways = np.zeros(doubled.sum() + 1)
    ways[0] = 1.0
    for rank in doubled:
        ways[rank:] += ways[:-rank].copy()  # with this rank above 0 or below
    above = int(doubled[moved > 0].sum())
    tail = min(ways[: above + 1].sum(), ways[above:].sum())
    return float(min(1.0, 2 * tail / 2.0 ** len(moved)))


def holm(ps: Row) -> Row:
    """Holm's step-down correction: p values that hold for all of them together, at most 1."""
    order = np.argsort(ps, kind="stable")
    factors = len(ps) - np.arange(len(ps))
    stepped = np.maximum.accumulate(ps[order] * factors)
    corrected = np.empty_like(ps)
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected


def ranks(values: Row, *, higher_is_better: bool) -> list[int | None]:
    """Places from 1, the best; equal values share the better place, and NaN has none."""
    signed = -values if higher_is_better else values
    return [None if np.isnan(value) else 1 + int((signed < value).sum()) for value in signed]
