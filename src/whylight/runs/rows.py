"""Rows: one picture by one method by one metric, as the columns of Parquet files.

A row of a shard is one of four: a score; the cost of a map (no ``metric``, no ``error``); a failure (``error``); or the cost
of a score that depends on the clock (``timed``). The four files of a run take their columns from these.
"""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

CURVES = pa.list_(pa.struct([("name", pa.string()), ("values", pa.list_(pa.float32()))]))

_PICTURE = [
    ("place", pa.int64()),
    ("picture", pa.string()),
    ("key", pa.string()),
]
_WHAT = [
    ("label", pa.string()),
    ("target", pa.string()),
    ("target_index", pa.int32()),
    ("probability", pa.float32()),
]
_WHO = [
    ("model", pa.string()),
    ("method", pa.string()),
    ("control", pa.bool_()),
    ("metric", pa.string()),
]

SHARD = pa.schema(
    [
        *_PICTURE,
        *_WHAT,
        *_WHO,
        ("score", pa.float32()),
        ("curves", CURVES),
        ("seconds", pa.float64()),
        ("timed", pa.bool_()),
        ("error", pa.string()),
    ]
)
RESULTS = pa.schema([*_PICTURE, *_WHAT, *_WHO, ("score", pa.float32())])
CURVE_ROWS = pa.schema([*_PICTURE, *_WHO, ("curve", pa.string()), ("values", pa.list_(pa.float32()))])
TIMINGS = pa.schema([*_PICTURE, *_WHO, ("score", pa.float32()), ("seconds", pa.float64())])
FAILURES = pa.schema([*_PICTURE, *_WHO, ("error", pa.string())])


@dataclass(frozen=True)
class Subject:
    """A picture and what is explained of it. ``place``: in the data set; ``key``: a hash of its content; ``label``: its true
    one; ``target``: the explained one, with its index and ``probability``."""

    place: int
    picture: str
    key: str | None = None
    label: str | None = None
    target: str | None = None
    target_index: int | None = None
    probability: float | None = None


Row = dict[str, Any]
"""A row of a shard as plain data; what is not named is null."""


def row(subject: Subject, model: str, method: str | None, *, control: bool | None, **others: Any) -> Row:
    """A row about a picture and a method; ``others``: any of ``metric`` and the columns behind it."""
    about = {key: text(value) for key, value in vars(subject).items()}
    return {**about, "model": model, "method": method, "control": control, **others}


def text(value: Any) -> Any:
    """Text that can be written as UTF-8, whatever bytes a file's name holds."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def table(rows: list[Row]) -> pa.Table:
    """The rows of a shard as columns."""
    return pa.Table.from_pylist(rows, schema=SHARD)
