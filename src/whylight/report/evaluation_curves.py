"""The curves of an evaluation: the mean over pictures with its 95 % interval, one small drawing a method."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from whylight.plots import curves
from whylight.plots.axis import Axis, axis_over
from whylight.resampling import intervals, means
from whylight.runs import merging
from whylight.runs.summary import Summary

Rows = NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """A method's curve as paths: the mean, and the area of its interval."""

    method: str
    control: bool
    line: str
    band: str


@dataclass(frozen=True)
class Curves:
    """All methods by one curve of one metric, on one axis."""

    metric: str
    curve: str
    axis: Axis
    methods: tuple[Drawn, ...]


def curves_in(folder: Path, summary: Summary) -> list[Curves]:
    """The curves in ``curves.parquet``, by metric in the plan's order; none where there is no such file."""
    path = folder / merging.CURVES
    if not path.exists():
        return []
    kinds = pq.read_table(path, columns=["metric", "curve"]).group_by(["metric", "curve"]).aggregate([]).to_pylist()
    order = list(dict.fromkeys(line.metric for line in summary.lines))
    wanted = sorted(
        ((kind["metric"], kind["curve"]) for kind in kinds if kind["metric"] in order),
        key=lambda kind: (order.index(kind[0]), kind[1]),
    )
    return [_curves(path, metric, curve, summary) for metric, curve in wanted]


def _curves(path: Path, metric: str, curve: str, summary: Summary) -> Curves:
    """One curve at a time: all of them would not fit into memory for a large data set."""
    chosen = [("metric", "==", metric), ("curve", "==", curve)]
    rows = pq.read_table(path, columns=["method", "values"], filters=chosen)
    methods = list(dict.fromkeys(line.method for line in summary.lines))
    controls = {line.method for line in summary.lines if line.control}
    values = {method: _values(rows.filter(pc.equal(rows["method"], method))) for method in methods}
    found = {method: _mean(each, summary.plan.seed) for method, each in values.items() if len(each)}
    axis = axis_over((float(value) for each in found.values() for row in each for value in row), zero=False)
    drawn = (
        Drawn(method, method in controls, curves.line(mean, axis), curves.band(low, high, axis))
        for method, (mean, low, high) in found.items()
    )
    return Curves(metric, curve, axis, tuple(drawn))


def _values(rows: pa.Table) -> Rows:
    """(pictures, points); a curve without a value is left out."""
    lists = rows["values"].combine_chunks()
    lengths = pc.list_value_length(lists)
    kept = [np.empty((0, curves.POINTS))]
    for length in sorted(each for each in pc.unique(lengths).to_pylist() if each):
        same = lists.filter(pc.equal(lengths, length))
        steps = same.flatten().to_numpy(zero_copy_only=False).astype(np.float64).reshape(-1, length)
        kept.append(curves.on_points(steps[np.isfinite(steps).any(axis=1)]))
    return np.concatenate(kept)


def _mean(rows: Rows, seed: int) -> tuple[curves.Curve, curves.Curve, curves.Curve]:
    return (means(rows), *intervals(rows, seed))
