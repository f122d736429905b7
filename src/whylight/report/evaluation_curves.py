"""The curves of an evaluation: the mean over pictures with its 95 % interval, one small drawing a method."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from whylight.plots import curves
from whylight.plots.axis import Axis, axis_over
from whylight.runs import merging
from whylight.runs.statistics import intervals, means
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
    table = pq.read_table(path, columns=["method", "control", "metric", "curve", "values"])
    order = list(dict.fromkeys(line.metric for line in summary.lines))
    kinds = {(row["metric"], row["curve"]) for row in table.group_by(["metric", "curve"]).aggregate([]).to_pylist()}
    wanted = sorted((kind for kind in kinds if kind[0] in order), key=lambda kind: (order.index(kind[0]), kind[1]))
    return [_curves(table, metric, curve, summary) for metric, curve in wanted]


def _curves(table: pa.Table, metric: str, curve: str, summary: Summary) -> Curves:
    rows = table.filter(pc.and_(pc.equal(table["metric"], metric), pc.equal(table["curve"], curve)))
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
    lists: Sequence[NDArray[np.float32]] = [each.values.to_numpy() for each in rows["values"] if each.is_valid]
    kept = [curves.on_points(each.astype(np.float64)) for each in lists if np.isfinite(each).any()]
    return np.stack(kept) if kept else np.empty((0, curves.POINTS))


def _mean(rows: Rows, seed: int) -> tuple[curves.Curve, curves.Curve, curves.Curve]:
    return (means(rows), *intervals(rows, seed))
