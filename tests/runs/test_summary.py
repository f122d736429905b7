"""The summary against numbers that are known: means, places, pairs, warnings and advice."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from scipy import stats

from whylight import registry
from whylight.errors import RunError
from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.resampling import Columns
from whylight.runs import run, verdicts
from whylight.runs.plan import Plan
from whylight.runs.scores import Scores
from whylight.runs.setup import Setup
from whylight.runs.summary import Failure, Line, Overall, Pair, Summary, summarise, summary_of

from .conftest import PLAN, MakeParts

METHODS = ("good", "fair", "poor", "random_map")


def scores(count: int, *levels: float, spread: float = 0.05) -> Columns:
    """Scores around a level for each method."""
    noise = np.random.default_rng(count).normal(scale=spread, size=(count, len(levels)))
    return np.asarray(levels) + noise


def summed(plan: Plan = PLAN, **metrics: Columns) -> Summary:
    parts = {name: registry.read("metrics", name) for name in metrics}
    count = len(next(iter(metrics.values())))
    return summary_of(plan, parts, ["random_map"], Scores(METHODS, np.arange(count), metrics, "m"), ())


@pytest.fixture
def clear() -> Summary:
    """40 pictures on which one method is best, one poor, by a metric where less is more and one where more is."""
    return summed(deletion=scores(40, 0.1, 0.2, 0.4, 0.4), pointing_game=scores(40, 0.9, 0.8, 0.5, 0.5))


def test_lines_have_means_intervals_and_places() -> None:
    deletion = scores(30, 0.3, 0.1, 0.2, 0.4)
    deletion[4, 1] = np.nan
    lines = summed(deletion=deletion).lines
    assert [line.method for line in lines] == list(METHODS)
    assert [line.rank for line in lines] == [3, 1, 2, 4]
    assert [line.control for line in lines] == [False, False, False, True]
    assert lines[1].mean == pytest.approx(np.nanmean(deletion[:, 1]))
    assert (lines[0].n, lines[1].n) == (30, 29)
    expected = stats.norm.interval(0.95, lines[0].mean, stats.sem(deletion[:, 0]))
    assert (lines[0].low, lines[0].high) == pytest.approx(expected, abs=0.005)


@dataclass(frozen=True)
class Area(Metric):
    """A metric that is neither good nor bad."""

    higher_is_better: ClassVar[bool | None] = None

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        raise AssertionError("its scores are given")


def test_a_metric_without_direction_has_no_places() -> None:
    found = Scores(METHODS, np.arange(9), {"area": scores(9, 1, 2, 3, 4)}, "m")
    summary = summary_of(PLAN, {"area": Area()}, ["random_map"], found, ())
    assert {line.rank for line in summary.lines} == {None}
    assert len(summary.pairs) == 6
    assert (summary.overall, summary.warnings) == ((), ())


def test_pairs_are_tested_on_the_same_pictures() -> None:
    deletion = scores(20, 0.3, 0.31, 0.6, 0.6, spread=0.02)
    pairs = summed(deletion=deletion).pairs
    assert [(pair.first, pair.second) for pair in pairs][:3] == [
        ("good", "fair"),
        ("good", "poor"),
        ("good", "random_map"),
    ]
    raw = [
        stats.wilcoxon(deletion[:, one] - deletion[:, other]).pvalue for one in range(4) for other in range(one + 1, 4)
    ]
    # Holm by its definition: the k-th smallest of six times 7 - k, never falling
    order = np.argsort(raw)
    for place, at in enumerate(order):
        assert pairs[at].p == pytest.approx(
            min(1.0, max(raw[each] * (6 - k) for k, each in enumerate(order[: place + 1])))
        )
    assert pairs[0].difference == pytest.approx(float((deletion[:, 0] - deletion[:, 1]).mean()))
    assert pairs[1].low < pairs[1].difference < pairs[1].high < 0


def test_overall_is_the_mean_place(clear: Summary) -> None:
    assert clear.overall[:2] == (Overall("good", control=False, mean_rank=1.0, wins=2), Overall("fair", False, 2.0, 0))


def test_metrics_that_a_blind_map_can_win_choose_nothing() -> None:
    summary = summed(deletion=scores(40, 0.1, 0.2, 0.4, 0.4), gini=scores(40, 0.1, 0.2, 0.3, 0.9))
    assert summary.overall[0] == Overall("good", control=False, mean_rank=1.0, wins=1)
    assert not any("gini" in warning for warning in summary.warnings)


def test_a_method_that_does_not_beat_the_control_is_warned_of(clear: Summary) -> None:
    assert len(clear.warnings) == 2
    for warning, metric in zip(clear.warnings, ("deletion", "pointing_game"), strict=True):
        assert warning.startswith("poor is n")
        assert f"random_map on {metric} (0." in warning
        assert "p = " in warning


def test_advice_of_a_clear_case(clear: Summary) -> None:
    assert clear.advice == (
        "For m use good: mean rank 1.0 over 2 metrics, significantly ahead of fair, the second, on deletion and "
        "pointing_game; do not trust poor: it is not shown to beat random_map on deletion and pointing_game."
    )


def test_advice_of_a_lead_by_chance() -> None:
    advice = summed(deletion=scores(40, 0.2, 0.2001, 0.4, 0.6, spread=0.1)).advice
    assert "its lead over" in advice
    assert "is not significant on any metric" in advice


def test_advice_where_nothing_beats_the_controls() -> None:
    advice = summed(deletion=scores(40, 0.4, 0.4, 0.4, 0.4)).advice
    assert advice.startswith("For m no method is shown to be better than a map that ignores the model; ")


def test_advice_of_one_metric() -> None:
    advice = summed(deletion=scores(40, 0.1, 0.2, 0.4, 0.4)).advice
    assert advice.startswith("For m use good: mean rank 1.0 on deletion alone, significantly ahead of fair")


def test_advice_of_few_pictures() -> None:
    # 6 pairs: 6 · 2 / 2⁷ is above 0.05, 6 · 2 / 2⁸ is not
    clear = (0.1, 0.2, 0.3, 0.4)
    summary = summed(deletion=scores(7, *clear, spread=0.001))
    assert min(pair.p for pair in summary.pairs) > 0.05
    assert summary.warnings == (
        "7 pictures cannot show that a method beats a map that ignores the model, 8 can; by their means the best of these "
        "maps is ahead of none",
    )
    assert summary.advice == (
        "7 pictures are too few to tell these methods apart: below 8 no difference can be significant; "
        "good is ahead so far, so take more pictures."
    )
    enough = summed(deletion=scores(8, *clear, spread=0.001))
    assert max(pair.p for pair in enough.pairs) < 0.05
    assert enough.advice.startswith("For m use good: ")


def test_few_pictures_are_warned_of_once() -> None:
    summary = summed(
        deletion=scores(3, 0.1, 0.5, 0.6, 0.4, spread=0.001), pointing_game=scores(3, 0.9, 0.8, 0.1, 0.5, spread=0.001)
    )
    (warning,) = summary.warnings
    assert warning.endswith("is ahead of poor on 2 of 2 metrics and fair on 1 of 2 metrics")


@pytest.mark.parametrize(("pairs", "pictures"), [(0, 6), (1, 6), (6, 8), (28, 11)])
def test_how_many_pictures_are_enough(pairs: int, pictures: int) -> None:
    many = [Pair("gini", "a", str(number), 0.0, 0.0, 0.0, 1.0) for number in range(pairs)]
    assert verdicts.fewest(many) == pictures


def test_advice_without_a_metric_that_chooses() -> None:
    assert summed(gini=scores(9, 1, 2, 3, 4)).advice.startswith("No metric says which method is better")


def test_a_few_large_differences_are_not_enough() -> None:
    line = Line("deletion", "m", "good", False, 0.1, 0.1, 0.1, 9, False, 1)
    pair = Pair("deletion", "good", "poor", -0.1, -0.2, 0.1, 0.01)
    assert not verdicts.beats(pair, line)
    assert verdicts.beats(replace(pair, high=-0.01), line)
    assert not verdicts.beats(replace(pair, high=-0.01, p=0.06), line)
    assert not verdicts.beats(replace(pair, low=0.1, high=0.3, difference=0.2), line)
    turned = replace(pair, first="poor", second="good", low=0.1, high=0.3, difference=0.2)
    assert verdicts.beats(turned, line)


def test_the_summary_of_a_folder(make_parts: MakeParts, tmp_path: Path) -> None:
    run.carry_out(Setup(tmp_path, PLAN), make_parts(PLAN), workers=1)
    lost = Failure("shard 9", None, None, "its process died")
    summary = summarise(tmp_path, [lost])
    assert summary == summarise(tmp_path, [lost])
    assert (summary.plan, summary.pictures) == (PLAN, 7)
    assert summary.failures == (Failure("number 3 of 10", None, None, "3.png is damaged or incomplete"), lost)
    assert [(line.metric, line.method) for line in summary.lines][:3] == [
        ("gini", "saliency"),
        ("gini", "occlusion:window=8,stride=8"),
        ("gini", "random_map"),
    ]
    assert {line.n for line in summary.lines} == {7}
    assert {line.metric for line in summary.lines} == {"gini", "passes", "runtime"}


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no evaluation"):
        summarise(tmp_path)
