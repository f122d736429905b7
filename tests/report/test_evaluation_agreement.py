"""Rank correlations of scores, against scipy's."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from whylight.report.evaluation_agreement import between_methods, between_metrics
from whylight.runs.plan import Plan
from whylight.runs.scores import Scores
from whylight.runs.summary import Line, Summary

METHODS = ("a", "b", "c", "random_map")


def summary_of(means: dict[str, list[float]], higher: dict[str, bool | None], methods: tuple[str, ...]) -> Summary:
    lines = [
        Line(metric, "m", method, method == "random_map", mean, mean, mean, 9, higher[metric], 1)
        for metric, row in means.items()
        for method, mean in zip(methods, map(float, row), strict=True)
    ]
    plan = Plan("d", "m", (), (), ())
    return Summary(plan, 9, tuple(lines), (), (), (), "", ())


def test_methods_agree_over_pictures_in_the_mean_over_metrics() -> None:
    random = np.random.default_rng(0)
    metrics = {name: random.uniform(size=(9, 4)) for name in ("deletion", "insertion", "area")}
    metrics["deletion"][2, 0] = np.nan
    means = {name: [0.0] * 4 for name in metrics}
    found = between_methods(
        Scores(METHODS, np.arange(9), metrics, "m"),
        summary_of(means, {"deletion": False, "insertion": True, "area": None}, METHODS),
    )
    assert found is not None
    assert found.names == ("a", "b", "c")
    known = ~np.isnan(metrics["deletion"][:, 0])
    wanted = [
        spearmanr(metrics["deletion"][known, 0], metrics["deletion"][known, 1])[0],
        spearmanr(metrics["insertion"][:, 0], metrics["insertion"][:, 1])[0],
    ]
    assert found.values[0][1] == pytest.approx(np.mean(wanted))
    assert found.values[0][0] == pytest.approx(1)


@pytest.mark.parametrize("pictures", [1, 5])
def test_too_few_pictures_say_nothing(pictures: int) -> None:
    scores = Scores(
        METHODS, np.arange(pictures), {"deletion": np.random.default_rng(0).uniform(size=(pictures, 4))}, "m"
    )
    assert between_methods(scores, summary_of({"deletion": [0.0] * 4}, {"deletion": True}, METHODS)) is None


def test_metrics_agree_when_they_order_methods_alike_whatever_their_direction() -> None:
    methods = tuple("abcdef")
    means = {"up": [1.0, 2, 3, 4, 5, 6], "down": [6.0, 5, 4, 3, 2, 1], "level": [1.0] * 6, "size": [1.0, 2, 3, 4, 5, 6]}
    found = between_metrics(summary_of(means, {"up": True, "down": False, "level": True, "size": None}, methods))
    assert found is not None
    assert found.names == ("up", "down", "level")
    assert found.values[0][1] == pytest.approx(1)
    assert np.isnan(found.values[0][2])


def test_one_metric_or_few_methods_have_nothing_to_compare() -> None:
    assert between_metrics(summary_of({"up": [1.0, 2, 3, 4]}, {"up": True}, METHODS)) is None
    few = {"up": [1.0, 2, 3, 4], "down": [1.0, 2, 3, 4]}
    assert between_metrics(summary_of(few, {"up": True, "down": False}, METHODS)) is None
