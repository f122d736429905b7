"""The inventory of a run: the address of every picture, written down once, so that a shard is a range of rows.

It stays as it is when the folder changes, and no process holds all of it: files of 65,536 rows in groups of 4,096, of which
a worker reads what it needs. Addresses are bytes, since names of files may be any.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import pyarrow as pa
import pyarrow.parquet as pq

from whylight.runs.maps.place import Place

FOLDER = "pictures"
ROWS = 65_536
GROUP = 4_096
SCHEMA = pa.schema([("address", pa.binary())])


def write(place: Place, addresses: Iterable[str | None], tell: Callable[[int], None] | None = None) -> int:
    """Writes the inventory; returns how many pictures it has. ``tell``: called with how many are written so far."""
    waiting, count = iter(addresses), 0
    while rows := [None if each is None else os.fsencode(each) for each in islice(waiting, ROWS)]:
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table([rows], schema=SCHEMA), sink, compression="zstd", row_group_size=GROUP)
        place.write(_name(count // ROWS), sink.getvalue())
        count += len(rows)
        if tell is not None:
            tell(count)
    return count


def read(place: Place, start: int, stop: int) -> list[str | None]:
    """The addresses of the pictures from ``start`` to before ``stop``."""
    return [None if each is None else os.fsdecode(each) for each in _rows(place, start, stop)]


def _rows(place: Place, start: int, stop: int) -> Iterator[bytes | None]:
    while start < stop:
        number, first = divmod(start, ROWS)
        last = min(first + stop - start, ROWS)
        group = first // GROUP
        with place.reading(_name(number)) as file:
            table = pq.ParquetFile(file).read_row_groups(list(range(group, (last - 1) // GROUP + 1)))
        found = table["address"].slice(first - group * GROUP, last - first).to_pylist()
        yield from found
        start += len(found)


def _name(number: int) -> str:
    return f"{FOLDER}/{number:06d}.parquet"
