"""Where an evaluation's methods and metrics disagree: rank correlations of scores.

Two methods agree where they score well and badly on the same pictures; two metrics agree where they put the methods in the
same order. Spearman's correlation, level scores share their rank.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from whylight.resampling import Columns, Row
from whylight.runs.scores import Scores
from whylight.runs.summary import Summary

FEWEST = 6
"""Over fewer pictures, or methods, a rank correlation says nothing."""


@dataclass(frozen=True)
class Square:
    """A correlation for every two names; NaN where there is none."""

    names: tuple[str, ...]
    values: list[list[float]]


def between_methods(found: Scores, summary: Summary) -> Square | None:
    """Over pictures, the mean over all metrics that have a direction; None where too little was measured."""
    controls = {line.method for line in summary.lines if line.control}
    places = [at for at, method in enumerate(found.methods) if method not in controls]
    directed = dict.fromkeys(line.metric for line in summary.lines if line.higher_is_better is not None)
    each = np.array([_correlations(found.metrics[metric][:, places]) for metric in directed if metric in found.metrics])
    if len(places) < 2 or not each.size or np.isnan(each).all():
        return None
    known = ~np.isnan(each)
    sums, counts = np.where(known, each, 0).sum(axis=0), known.sum(axis=0)
    values = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    return Square(tuple(found.methods[at] for at in places), values.tolist())


def between_metrics(summary: Summary) -> Square | None:
    """Over methods and controls, by their mean, turned so that higher is better; None where there are too few."""
    methods = list(dict.fromkeys(line.method for line in summary.lines))
    metrics = list(dict.fromkeys(line.metric for line in summary.lines if line.higher_is_better is not None))
    columns = np.full((len(methods), len(metrics)), np.nan)
    for line in summary.lines:
        if line.metric in metrics:
            turned = line.mean if line.higher_is_better else -line.mean
            columns[methods.index(line.method), metrics.index(line.metric)] = turned
    values = _correlations(columns)
    if len(metrics) < 2 or np.isnan(values[~np.eye(len(metrics), dtype=bool)]).all():
        return None
    return Square(tuple(metrics), values.tolist())


def _correlations(columns: Columns) -> Columns:
    """Spearman's correlation of every two columns over the rows where both are known."""
    count = columns.shape[1]
    found = np.full((count, count), np.nan)
    for one in range(count):
        for other in range(one, count):
            found[one, other] = found[other, one] = _spearman(columns[:, one], columns[:, other])
    return found


def _spearman(first: Row, second: Row) -> float:
    known = ~(np.isnan(first) | np.isnan(second))
    if known.sum() < FEWEST:
        return float("nan")
    one, other = rankdata(first[known]), rankdata(second[known])
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])
