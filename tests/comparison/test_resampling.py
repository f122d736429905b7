"""Means and intervals over pictures."""

import numpy as np
import pytest
import torch
from scipy.stats import bootstrap

from whylight.comparison.resampling import intervals, means


def test_the_interval_is_that_of_scipys_bootstrap() -> None:
    rows = torch.randn(2, 40, generator=torch.Generator().manual_seed(0)) * torch.tensor([[1.0], [3.0]]) + 1
    low, high = intervals(rows)
    for place, row in enumerate(rows.numpy()):
        wanted = bootstrap((row,), np.mean, method="percentile", n_resamples=20_000, rng=np.random.default_rng(0))
        edges = [float(edge) for edge in wanted.confidence_interval]
        tolerance = 0.05 * (edges[1] - edges[0])
        assert [float(low[place]), float(high[place])] == pytest.approx(edges, abs=tolerance)


def test_unknown_numbers_are_left_out() -> None:
    rows = torch.tensor([[1.0, torch.nan, 3.0], [torch.nan, torch.nan, torch.nan], [2.0, 2.0, torch.nan]])
    assert means(rows).tolist() == pytest.approx([2, torch.nan, 2], nan_ok=True)
    low, high = intervals(rows)
    assert [low[0].item(), high[0].item()] == [1, 3]
    assert low[1].isnan()
    assert high[1].isnan()
    assert low[2] == high[2] == 2


def test_one_picture_has_no_spread_and_a_seed_repeats() -> None:
    low, high = intervals(torch.tensor([[0.25]]))
    assert low.tolist() == high.tolist() == [0.25]
    rows = torch.rand(3, 9, generator=torch.Generator().manual_seed(0))
    assert torch.equal(intervals(rows, 1)[0], intervals(rows, 1)[0])
    assert not torch.equal(intervals(rows, 1)[0], intervals(rows, 2)[0])
