"""Gains: McNemar's test against scipy, the bootstrap interval against drawing pictures, and what is concluded."""

import math

import pytest
import torch
from scipy.stats import binomtest

from whylight.comparison.before_after.gain import Word, conclude, gain
from whylight.comparison.resampling import interval_of_changes, intervals


def rights(both: int, fixed: int, broken: int, neither: int) -> tuple[torch.Tensor, torch.Tensor]:
    before = [True] * both + [False] * fixed + [True] * broken + [False] * neither
    after = [True] * both + [True] * fixed + [False] * broken + [False] * neither
    return torch.tensor(before, dtype=torch.bool), torch.tensor(after, dtype=torch.bool)


def test_counts_and_mcnemar() -> None:
    found = gain(*rights(60, 25, 9, 6))
    assert (found.pictures, found.before, found.after, found.fixed, found.broken) == (100, 69, 85, 25, 9)
    assert found.gain == pytest.approx(0.16)
    assert found.p == pytest.approx(binomtest(25, 34).pvalue)
    exact = 2 * sum(math.comb(34, wins) for wins in range(10)) / 2**34
    assert found.p == pytest.approx(exact)
    assert found.surely == 1
    assert gain(*rights(60, 9, 25, 6)).surely == -1
    assert gain(*rights(60, 9, 9, 6)).surely == 0


def test_the_interval_is_that_of_pictures_drawn_again() -> None:
    before, after = rights(60, 25, 9, 6)
    low, high = intervals((after.double() - before.double())[None])
    found = gain(before, after).interval
    assert found == pytest.approx((float(low[0]), float(high[0])), abs=0.011)  # a picture more or less at an edge


def test_the_interval_at_its_edges() -> None:
    assert interval_of_changes(0, 0, 40) == (0.0, 0.0)
    assert interval_of_changes(40, 0, 40) == (1.0, 1.0)
    assert interval_of_changes(0, 40, 40) == (-1.0, -1.0)
    assert all(math.isnan(edge) for edge in interval_of_changes(0, 0, 0))
    assert interval_of_changes(5, 3, 50, seed=1) == interval_of_changes(5, 3, 50, seed=1)


def test_no_pictures() -> None:
    found = gain(*rights(0, 0, 0, 0))
    assert math.isnan(found.gain)
    assert found.surely == 0
    assert found.intervals == ((0.0, 1.0), (0.0, 1.0))


def test_what_is_concluded() -> None:
    more, same, less = (gain(*rights(50, fixed, broken, 5)) for fixed, broken in ((30, 2), (5, 5), (2, 30)))
    assert conclude(same, [more]) is Word.NO_GAIN
    assert conclude(less, []) is Word.NO_GAIN
    assert conclude(more, []) is Word.NOT_ASKED
    assert conclude(more, [more, more]) is Word.HELPS_OTHERS
    assert conclude(more, [more, same]) is Word.HELPS_SOME
    assert conclude(more, [same, less]) is Word.FOR_THIS_ONE
