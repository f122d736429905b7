"""Merging: from the shards of a run to its four files, a part at a time, so that memory does not grow with the pictures.

``results.parquet`` and ``curves.parquet`` are the same bytes however often a run was stopped: what depends on the clock goes
to ``timings.parquet``. ``failures.parquet`` says what could not be done.
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from whylight.runs import rows, shards
from whylight.whole import written_whole

RESULTS, CURVES, TIMINGS, FAILURES = "results.parquet", "curves.parquet", "timings.parquet", "failures.parquet"
GROUP = 65_536
"""Rows of a row group at least: many small ones would make the file's index larger than its content."""


class Sink:
    """Takes tables and writes them as row groups of a Parquet file."""

    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        self.schema = schema
        self._writer = pq.ParquetWriter(file, schema, compression=shards.COMPRESSION)
        self._waiting: list[pa.Table] = []

    def add(self, table: pa.Table) -> None:
        """Takes a table in."""
        self._waiting.append(table.select(self.schema.names).cast(self.schema))
        if sum(len(each) for each in self._waiting) >= GROUP:
            self._flush()

    def close(self) -> None:
        """Writes the rest and the end of the file."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._waiting:
            together = pa.concat_tables(self._waiting).combine_chunks()
            self._writer.write_table(together, row_group_size=max(1, len(together)))
        self._waiting = []


def merge(folder: Path, numbers: Iterable[int]) -> None:
    """Writes the four files from the shards of these numbers, in their order."""
    parts: dict[str, tuple[pa.Schema, Callable[[pa.Table], pa.Table]]] = {
        RESULTS: (rows.RESULTS, _scores),
        CURVES: (rows.CURVE_ROWS, _curves),
        TIMINGS: (rows.TIMINGS, _timings),
        FAILURES: (rows.FAILURES, _failures),
    }
    with ExitStack() as open_files:
        sinks = {
            name: Sink(open_files.enter_context(written_whole(folder / name)), schema)
            for name, (schema, _) in parts.items()
        }
        for number in numbers:
            table = shards.read(folder, number)
            for name, (_, choose) in parts.items():
                sinks[name].add(choose(table))
        for sink in sinks.values():
            sink.close()


def _scores(table: pa.Table) -> pa.Table:
    scored = pc.and_(pc.is_valid(table["metric"]), pc.is_null(table["error"]))
    return table.filter(pc.and_(scored, pc.invert(table["timed"])))


def _timings(table: pa.Table) -> pa.Table:
    timed = table.filter(pc.is_valid(table["seconds"]))
    clock = pc.if_else(timed["timed"], timed["score"], pa.scalar(None, pa.float32()))
    return timed.set_column(timed.schema.get_field_index("score"), "score", clock)


def _failures(table: pa.Table) -> pa.Table:
    return table.filter(pc.is_valid(table["error"]))


def _curves(table: pa.Table) -> pa.Table:
    """One row a curve."""
    lists = table["curves"].combine_chunks()
    each = table.take(pc.list_parent_indices(lists))
    curves = pc.list_flatten(lists)
    return each.append_column("curve", pc.struct_field(curves, "name")).append_column(
        "values", pc.struct_field(curves, "values")
    )
