"""Means and their bootstrap intervals against closed forms and scipy."""

import numpy as np
import pytest
from scipy import stats

from whylight import resampling

NAN = float("nan")


def test_means_leave_out_what_could_not_be_measured() -> None:
    columns = np.array([[1.0, NAN, NAN], [3.0, 5.0, NAN]])
    np.testing.assert_array_equal(resampling.means(columns), [2.0, 5.0, NAN])


def test_intervals_are_those_of_scipy() -> None:
    column = np.random.default_rng(0).gamma(2.0, size=80)
    low, high = resampling.intervals(column[:, None], seed=3, draws=20_000)
    expected = stats.bootstrap((column,), np.mean, n_resamples=20_000, method="percentile", random_state=1)
    assert low[0] == pytest.approx(expected.confidence_interval.low, abs=0.01)
    assert high[0] == pytest.approx(expected.confidence_interval.high, abs=0.01)


def test_intervals_cover_the_true_mean_as_often_as_they_say() -> None:
    random = np.random.default_rng(4)
    low, high = resampling.intervals(random.normal(size=(60, 1000)), seed=0, draws=500)
    assert 0.91 <= float(((low <= 0) & (high >= 0)).mean()) <= 0.97


def test_intervals_do_not_depend_on_how_many_draws_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = np.random.default_rng(1).normal(size=(7, 2))
    whole = resampling.intervals(columns, seed=5)
    monkeypatch.setattr(resampling, "AT_ONCE", 100)
    np.testing.assert_array_equal(whole, resampling.intervals(columns, seed=5))
    assert not np.array_equal(whole, resampling.intervals(columns, seed=6))


def test_intervals_of_little_are_honest() -> None:
    one, none, empty = np.array([[2.0]]), np.array([[NAN], [NAN]]), np.empty((0, 1))
    np.testing.assert_array_equal(resampling.intervals(one, seed=0), [[2.0], [2.0]])
    assert np.isnan(resampling.intervals(none, seed=0)).all()
    assert np.isnan(resampling.intervals(empty, seed=0)).all()
