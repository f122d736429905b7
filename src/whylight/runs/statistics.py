"""Statistics over pictures: a paired test, its correction for many pairs, and ranks; means and intervals are in
``resampling``.

A column holds one method's scores, a row one picture's; NaN where a picture could not be measured.

Signed-rank test: Wilcoxon, Biometrics Bulletin 1 (1945). Correction: Holm, Scandinavian Journal of Statistics 6 (1979).
"""

import numpy as np
from scipy import stats

from whylight.resampling import Row

MOST_EXACT = 50
"""With more differences the normal approximation of the signed-rank test is as good."""
ROUNDING = 1e-6
"""Two scores that differ by less than this share of the larger are equal: the order of additions does that."""


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
