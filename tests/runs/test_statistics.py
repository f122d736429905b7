"""Statistics over pictures against closed forms, scipy and worked examples."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from whylight.runs import statistics

NAN = float("nan")


def test_wilcoxon_of_a_worked_example() -> None:
    # all of n = 6 differences on one side: 2 / 2⁶
    assert statistics.wilcoxon(np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, NAN, 0.0])) == pytest.approx(2 / 64)


@pytest.mark.parametrize("count", [3, 8, 12, 30, 50, 51, 200])
def test_wilcoxon_is_that_of_scipy(count: int) -> None:
    differences = np.random.default_rng(count).normal(0.2, 1.0, size=count)
    assert statistics.wilcoxon(differences) == pytest.approx(stats.wilcoxon(differences).pvalue, rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_wilcoxon_with_ties_counts_every_way_to_give_signs(seed: int) -> None:
    differences = np.random.default_rng(seed).choice([-2.0, -1.0, 1.0, 2.0, 3.0], size=7)
    ranks = stats.rankdata(np.abs(differences))
    sums = [float(np.dot(signs, ranks)) for signs in product((0, 1), repeat=7)]
    found = ranks[differences > 0].sum()
    tail = min(np.mean([each <= found for each in sums]), np.mean([each >= found for each in sums]))
    assert statistics.wilcoxon(differences) == pytest.approx(min(1.0, 2 * tail))


def test_five_pictures_can_never_be_significant() -> None:
    assert statistics.wilcoxon(np.arange(1.0, 6.0)) > 0.05


def test_wilcoxon_of_nothing_that_differs() -> None:
    assert statistics.wilcoxon(np.array([0.0, NAN, 0.0])) == 1.0
    assert statistics.wilcoxon(np.array([])) == 1.0


def test_rounding_is_no_difference() -> None:
    first, second = np.array([0.5, 0.5, NAN, 0.0]), np.array([0.5 + 1e-8, 0.4, 1.0, 0.0])
    np.testing.assert_array_equal(statistics.subtracted(first, second), [0.0, 0.5 - 0.4, NAN, 0.0])


def test_holm_of_a_worked_example() -> None:
    # Holm's procedure by hand: 0.01·4, max(0.04, 0.03·3), max(0.09, 0.04·2), max(0.09, 0.2·1)
    np.testing.assert_allclose(statistics.holm(np.array([0.04, 0.01, 0.2, 0.03])), [0.09, 0.04, 0.2, 0.09])


def test_holm_stays_a_probability() -> None:
    assert statistics.holm(np.array([0.6, 0.9])).tolist() == [1.0, 1.0]
    assert statistics.holm(np.array([])).tolist() == []


@pytest.mark.parametrize(("higher", "expected"), [(True, [2, 1, None, 2]), (False, [1, 3, None, 1])])
def test_ranks_share_places(higher: bool, expected: list[int | None]) -> None:
    assert statistics.ranks(np.array([0.1, 0.3, NAN, 0.1]), higher_is_better=higher) == expected
