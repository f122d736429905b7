"""The scores of a run as arrays: for each metric a row a picture and a column a method."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from whylight.resampling import Columns
from whylight.runs import merging

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Scores:
    """``metrics``: each metric's (pictures, methods), NaN where nothing could be measured; ``methods``: the columns;
    ``places``: the rows, by the pictures' places in the data set; ``model``: as the rows name it."""

    methods: tuple[str, ...]
    places: Places
    metrics: dict[str, Columns]
    model: str


def read(folder: Path, methods: tuple[str, ...], metrics: tuple[str, ...]) -> Scores:
    """Reads the scores of a run, those that depend on the clock too."""
    columns = ["place", "model", "method", "metric", "score"]
    parts = [pq.read_table(folder / name, columns=columns) for name in (merging.RESULTS, merging.TIMINGS)]
    table = pa.concat_tables(parts)
    table = table.filter(pc.and_(pc.is_valid(table["metric"]), pc.is_in(table["method"], pa.array(methods))))
    places = np.unique(table["place"].to_numpy())
    model = table["model"][0].as_py() if len(table) else ""
    return Scores(methods, places, {name: _columns(table, name, methods, places) for name in metrics}, model)


def _columns(table: pa.Table, metric: str, methods: tuple[str, ...], places: Places) -> Columns:
    # a metric that depends on the clock stands in both files: without a score in the one that does not have it
    rows = table.filter(pc.and_(pc.equal(table["metric"], metric), pc.is_valid(table["score"])))
    found = np.full((len(places), len(methods)), np.nan)
    at = np.searchsorted(places, rows["place"].to_numpy())
    of = pc.index_in(rows["method"], pa.array(methods)).to_numpy()
    found[at, of] = rows["score"].to_numpy()
    return found
