"""The summary of a run: what its rows say of each method, against the others and against the controls.

Every number is over pictures: means with 95 % intervals from a seeded bootstrap, differences of two methods on the same
pictures with Wilcoxon's signed-rank test, corrected by Holm's procedure within each metric.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from whylight import resampling
from whylight.metric import Metric
from whylight.runs import merging, scores, statistics, verdicts
from whylight.runs.folder import read_plan
from whylight.runs.plan import Plan
from whylight.runs.scores import Scores


@dataclass(frozen=True)
class Line:
    """One method or control by one metric.

    ``mean`` over the ``n`` pictures that could be measured, with its 95 % interval from ``low`` to ``high`` (equal to the
    mean for one picture). ``rank``: from 1, the best, among all methods and controls; None where ``higher_is_better`` is
    None, since such a metric is neither good nor bad.
    """

    metric: str
    model: str
    method: str
    control: bool
    mean: float
    low: float
    high: float
    n: int
    higher_is_better: bool | None
    rank: int | None


@dataclass(frozen=True)
class Pair:
    """Two methods by one metric on the same pictures: the mean of ``first`` minus ``second`` with its 95 % interval, and
    ``p`` of Wilcoxon's signed-rank test, corrected by Holm among the pairs of the metric; 1 where nothing differs."""

    metric: str
    first: str
    second: str
    difference: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Overall:
    """A method over the metrics that count (``runs.verdicts``): its mean rank, the best first, and its first places."""

    method: str
    control: bool
    mean_rank: float
    wins: int


@dataclass(frozen=True)
class Failure:
    """A picture that could not be read (``method`` is None), a method that failed on it (``metric`` is None), or a metric
    that did; ``sentence`` says why."""

    picture: str
    method: str | None
    metric: str | None
    sentence: str


@dataclass(frozen=True)
class Summary:
    """All that a run found. ``pictures``: how many have at least one score. ``lines``: by metric in the plan's order, then
    by method in the plan's order, controls last. ``overall``: the best first. ``warnings``: one sentence for each method and
    metric where the method does not beat the best control, or one for all where the pictures are too few to tell.
    ``advice``: one sentence, what to use and what not to trust."""

    plan: Plan
    pictures: int
    lines: tuple[Line, ...]
    pairs: tuple[Pair, ...]
    overall: tuple[Overall, ...]
    warnings: tuple[str, ...]
    advice: str
    failures: tuple[Failure, ...]


def summarise(folder: Path, more: Sequence[Failure] = ()) -> Summary:
    """The summary of the run in a folder; ``more``: failures that no shard knows of.

    Raises RunError when the folder holds no run.
    """
    plan, _ = read_plan(folder)
    metrics = plan.build_metrics()
    controls = tuple(plan.build_controls())
    found = scores.read(folder, (*plan.build_methods(), *controls), tuple(metrics))
    return summary_of(plan, metrics, controls, found, (*_failures(folder), *more))


def summary_of(
    plan: Plan, metrics: dict[str, Metric], controls: Sequence[str], found: Scores, failures: Sequence[Failure]
) -> Summary:
    """The summary of scores; equal scores and seeds give the same one."""
    lines: list[Line] = []
    pairs: list[Pair] = []
    for name, metric in metrics.items():
        lines += _lines(found, name, metric.higher_is_better, controls, plan.seed)
        pairs += _pairs(found, name, plan.seed)
    pictures = int(np.any([~np.isnan(each).all(axis=1) for each in found.metrics.values()], axis=0).sum())
    overall = _overall(found.methods, lines, controls)
    warnings = verdicts.warn(pictures, lines, pairs)
    advice = verdicts.advise(found.model or plan.model, pictures, lines, pairs, overall)
    return Summary(plan, pictures, tuple(lines), tuple(pairs), overall, warnings, advice, tuple(failures))


def _failures(folder: Path) -> list[Failure]:
    rows = pq.read_table(folder / merging.FAILURES, columns=["picture", "method", "metric", "error"]).to_pylist()
    return [Failure(row["picture"], row["method"], row["metric"], row["error"]) for row in rows]


def _lines(found: Scores, metric: str, higher: bool | None, controls: Sequence[str], seed: int) -> list[Line]:  # noqa: FBT001
    columns = found.metrics[metric]
    means, (low, high) = resampling.means(columns), resampling.intervals(columns, seed)
    ranks: list[int | None] = [None] * len(means)
    if higher is not None:
        ranks = statistics.ranks(means, higher_is_better=higher)
    return [
        Line(
            metric=metric,
            model=found.model,
            method=method,
            control=method in controls,
            mean=float(means[at]),
            low=float(low[at]),
            high=float(high[at]),
            n=int((~np.isnan(columns[:, at])).sum()),
            higher_is_better=higher,
            rank=ranks[at],
        )
        for at, method in enumerate(found.methods)
        if not np.isnan(means[at])
    ]


def _pairs(found: Scores, metric: str, seed: int) -> list[Pair]:
    columns = found.metrics[metric]
    some = [at for at in range(columns.shape[1]) if not np.isnan(columns[:, at]).all()]
    couples = list(combinations(some, 2))
    if not couples:
        return []
    apart = np.stack([statistics.subtracted(columns[:, one], columns[:, other]) for one, other in couples], axis=1)
    means, (low, high) = resampling.means(apart), resampling.intervals(apart, seed)
    ps = statistics.holm(np.array([statistics.wilcoxon(column) for column in apart.T]))
    return [
        Pair(metric, found.methods[one], found.methods[other], *(float(each[at]) for each in (means, low, high, ps)))
        for at, (one, other) in enumerate(couples)
        if not np.isnan(means[at])
    ]


def _overall(methods: Sequence[str], lines: Sequence[Line], controls: Sequence[str]) -> tuple[Overall, ...]:
    found = []
    for method in methods:
        places = [
            line.rank
            for line in lines
            if line.method == method and line.rank is not None and verdicts.counts(line.metric)
        ]
        if places:
            found.append(Overall(method, method in controls, float(np.mean(places)), places.count(1)))
    return tuple(sorted(found, key=lambda each: each.mean_rank))
