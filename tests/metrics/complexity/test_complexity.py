"""Oracles: numpy's sorted sums, scipy's entropy, values of Quantus 0.6.0 (Sparseness, Complexity, EffectiveComplexity)."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy import stats

from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metric import Metric
from whylight.metrics.complexity.effective_complexity import EffectiveComplexity
from whylight.metrics.complexity.entropy import Entropy
from whylight.metrics.complexity.gini import Gini
from whylight.types import Maps

Made = Callable[[Maps], Explanation]


def score(metric: Metric, explained: Made, maps: Maps) -> list[float]:
    found: list[float] = metric(explained(maps)).scores.tolist()
    return found


def test_gini_is_the_mean_difference_of_all_pairs(explained: Made) -> None:
    """Gini's own definition: half the mean difference of two pixels, as a share of the mean."""
    maps = torch.randn(3, 6, 7)
    rows = maps.abs().double().flatten(1).numpy()
    expected = [np.abs(row[:, None] - row[None, :]).mean() / (2 * row.mean()) for row in rows]
    assert score(Gini(), explained, maps) == pytest.approx(expected, abs=1e-6)


def test_entropy_is_scipys(explained: Made) -> None:
    maps = torch.randn(3, 6, 7)
    maps[0, :3] = 0
    expected = [stats.entropy(each) / math.log(42) for each in maps.abs().double().flatten(1).numpy()]
    assert score(Entropy(), explained, maps) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("metric", "quantus"),
    [
        (Gini(), [0.398728, 0.39829, 0.400105]),
        (Entropy(), [value / math.log(768) for value in (6.379996, 6.380591, 6.379821)]),
        (EffectiveComplexity(threshold=0.01), [pixels / 768 for pixels in (753, 754, 752)]),
    ],
    ids=["gini", "entropy", "effective"],
)
def test_the_values_are_those_of_quantus(metric: Metric, quantus: list[float], waves: Maps, explained: Made) -> None:
    assert score(metric, explained, waves) == pytest.approx(quantus, abs=2e-6)


def test_the_extremes(explained: Made) -> None:
    one, even = torch.zeros(1, 8, 8), torch.full((1, 8, 8), -0.2)
    one[0, 3, 3] = -5
    maps = torch.cat([one, even])
    assert score(Gini(), explained, maps) == pytest.approx([1 - 1 / 64, 0], abs=1e-6)
    assert score(Entropy(), explained, maps) == pytest.approx([0, 1], abs=1e-6)
    assert score(EffectiveComplexity(), explained, maps) == pytest.approx([1 / 64, 1], abs=1e-6)


def test_effective_complexity_counts_pixels(explained: Made) -> None:
    maps = torch.tensor([[[10.0, -2.0], [0.99, 1.01]]])
    assert score(EffectiveComplexity(threshold=0.1), explained, maps) == [0.75]
    assert score(EffectiveComplexity(threshold=0.5), explained, maps) == [0.25]


@pytest.mark.parametrize("metric", [Gini(), Entropy(), EffectiveComplexity()])
def test_neither_scale_nor_sign_matters(metric: Metric, explained: Made) -> None:
    maps = torch.randn(2, 5, 5)
    usual = score(metric, explained, maps)
    assert score(metric, explained, -1000 * maps) == pytest.approx(usual, abs=1e-6)
    assert score(metric, explained, 1e-12 * maps) == pytest.approx(usual, abs=1e-6)


@pytest.mark.parametrize("metric", [Gini(), Entropy(), EffectiveComplexity()])
def test_a_map_that_says_nothing_has_no_complexity(metric: Metric, explained: Made) -> None:
    maps = torch.stack([torch.zeros(3, 3), torch.full((3, 3), torch.nan), torch.eye(3)])
    assert metric(explained(maps)).scores.isnan().tolist() == [True, True, False]
    maps[1] = torch.eye(3) * torch.inf
    assert metric(explained(maps.nan_to_num(nan=0.0, posinf=torch.inf))).scores.isnan().tolist() == [True, True, False]


def test_a_threshold_out_of_range_is_refused() -> None:
    with pytest.raises(MetricError, match="at least 0 and below 1; got 1"):
        EffectiveComplexity(threshold=1.0)
