"""Rows of maps: one picture by one method for one of its labels, as the columns of a Parquet file.

A map m is kept as ``scale`` = max |m| (1 where that is 0) and ``map`` = m / scale in float16, so that maps of any size keep
their digits: an error of at most 2⁻¹² of the scale. The upper and lower bytes of its numbers are kept apart
(BYTE_STREAM_SPLIT), so that Zstandard makes smooth maps half as large.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from whylight.runs.rows import text

SCHEMA = pa.schema(
    [
        ("place", pa.int64()),
        ("picture", pa.string()),
        ("key", pa.string()),
        ("picture_height", pa.int32()),
        ("picture_width", pa.int32()),
        ("box", pa.list_(pa.float32())),
        ("model", pa.string()),
        ("method", pa.string()),
        ("rank", pa.int32()),
        ("target_index", pa.int32()),
        ("target", pa.string()),
        ("probability", pa.float32()),
        ("without_supporting", pa.float32()),
        ("without_hindering", pa.float32()),
        ("without_elsewhere", pa.float32()),
        ("flags", pa.list_(pa.string())),
        ("doubts", pa.list_(pa.string())),
        ("forward_passes", pa.float32()),
        ("backward_passes", pa.float32()),
        ("precision_error", pa.float32()),
        ("height", pa.int32()),
        ("width", pa.int32()),
        ("scale", pa.float32()),
        ("map", pa.list_(pa.float16())),
        ("error", pa.string()),
    ]
)

Row = dict[str, Any]
"""What is not named is null; a row with an ``error`` has no map."""


def packed(one_map: NDArray[np.floating[Any]]) -> Row:
    """The columns of a map (height, width); what is not finite stays so."""
    finite = np.abs(one_map[np.isfinite(one_map)])
    scale = float(finite.max(initial=0.0)) or 1.0
    shares = one_map.astype(np.float64) / scale
    height, width = one_map.shape
    return {"height": height, "width": width, "scale": scale, "map": shares.astype(np.float16).ravel()}


def unpacked(row: Row) -> NDArray[np.float32]:
    """The map (height, width) of a row."""
    shares = np.asarray(row["map"], dtype=np.float32)
    return shares.reshape(row["height"], row["width"]) * np.float32(row["scale"])


def to_bytes(rows: Sequence[Row]) -> pa.Buffer:
    """The rows as a Parquet file; equal rows give equal bytes."""
    columns = [pa.array([_plain(row.get(field.name)) for row in rows], field.type) for field in SCHEMA]
    sink = pa.BufferOutputStream()
    plain = [name for name in SCHEMA.names if name != "map"]
    pq.write_table(
        pa.table(columns, schema=SCHEMA),
        sink,
        compression="zstd",
        use_dictionary=[*plain, "box.list.element", "flags.list.element", "doubts.list.element"],
        column_encoding={"map.list.element": "BYTE_STREAM_SPLIT"},
    )
    return sink.getvalue()


def _plain(value: Any) -> Any:
    """Text that can be written as UTF-8, whatever bytes a file's name holds."""
    return [text(each) for each in value] if isinstance(value, (list, tuple)) else text(value)
