"""Exports: a whole store as a folder of plain files, and back; a store that was read back writes the same bytes again.

    store.json           the form's version, and the sha256 of each other file
    pictures.jsonl  models.jsonl  explanations.jsonl  records.jsonl  resets.jsonl      one row a line
    arrays.npz           maps, segments and pictures' files, each under its key

Reading adds what is not there yet, so that stores of several people can be brought together. It adds all or nothing, and
runs no code, whoever made the files.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, select

from whylight.errors import StoreError
from whylight.store import _tables as tables
from whylight.store._adding import add_new
from whylight.store._arrays import pack, unpack
from whylight.store._checked import plain_of, row_of
from whylight.store._npz import read_npz, write_npz
from whylight.store.values import canonical
from whylight.whole import written_whole

FORM = 2
"""Grows when the files change their form."""
DOCUMENT = "store.json"
ARRAYS = "arrays.npz"
LINES = {f"{table.name}.jsonl": table for table in tables.IN_ORDER if table is not tables.arrays}
MISSING = {1: {"resets.jsonl"}, FORM: set[str]()}
"""The files that an export of each form does not have."""
AT_ONCE = 200
"""Rows in one statement."""


def write_export(connection: Connection, folder: Path) -> dict[str, int]:
    """Writes the store into a folder, which is made; returns how many rows of each table. The document comes last, so that
    a folder that was not finished is no export."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DOCUMENT).unlink(missing_ok=True)
    counts = {name: _write_lines(connection, table, folder / name) for name, table in LINES.items()}
    counts[ARRAYS] = _write_arrays(connection, folder / ARRAYS)
    document = {"form": FORM, "files": {name: _sha256(folder / name) for name in sorted(counts)}}
    with written_whole(folder / DOCUMENT) as file:
        file.write(f"{json.dumps(document, indent=2, sort_keys=True)}\n".encode())
    return {name.partition(".")[0]: count for name, count in counts.items()}


def read_export(connection: Connection, folder: Path) -> dict[str, int]:
    """Adds what an export holds and the store does not; returns how many rows of each table were added.

    Raises StoreError for a folder that is no export or of a newer form, and for files that are damaged or were changed.
    """
    missing = MISSING[_check_document(folder)]
    before = _counts(connection)
    with read_npz(folder / ARRAYS) as members:
        _add(connection, tables.arrays, (pack(array) for _, array in members))
    for name, table in LINES.items():
        if name not in missing:
            _add(connection, table, _read_lines(folder / name, table))
    return {name: count - before[name] for name, count in _counts(connection).items()}


def _write_lines(connection: Connection, table: Table, path: Path) -> int:
    columns = [column for column in table.columns if column.name != "place" or table not in tables.BY_PLACE]
    order = table.c.place if table in tables.BY_PLACE else _in_bytes(connection, table)
    count = 0
    with written_whole(path) as file:
        for row in connection.execution_options(yield_per=AT_ONCE).execute(select(*columns).order_by(order)).mappings():
            file.write(f"{canonical(plain_of(dict(row)))}\n".encode())
            count += 1
    return count


def _write_arrays(connection: Connection, path: Path) -> int:
    order = _in_bytes(connection, tables.arrays)
    rows = connection.execution_options(yield_per=AT_ONCE).execute(select(tables.arrays).order_by(order))
    with written_whole(path) as file:
        return write_npz(file, ((row.key, unpack(row)) for row in rows))


def _in_bytes(connection: Connection, table: Table) -> Any:
    """Keys in the order of their bytes, whatever language a server sorts by."""
    return table.c.key.collate("C") if connection.dialect.name == "postgresql" else table.c.key


def _check_document(folder: Path) -> int:
    """The form of the export; raises StoreError when it is not whole."""
    try:
        document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
        form, files = document["form"], dict(document["files"])
    except FileNotFoundError as error:
        raise StoreError(f"{folder} is no export of a store, or not a finished one: it has no {DOCUMENT}") from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError(
            f"{folder / DOCUMENT} cannot be read ({type(error).__name__}); export the store again"
        ) from error
    if form not in MISSING:
        raise StoreError(
            f"the export {folder} is of form {form}, and this whylight reads forms up to {FORM}: update it"
        )
    for name in {*LINES, ARRAYS} - MISSING[form]:
        if not (folder / name).is_file() or _sha256(folder / name) != files.get(name):
            raise StoreError(f"{folder / name} is missing, damaged or was changed; export the store again")
    return int(form)


def _read_lines(path: Path, table: Table) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield row_of(table, json.loads(line))
            except (ValueError, RecursionError) as error:
                raise StoreError(f"line {number} of {path} is not what an export has there: {error}") from error


def _add(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == AT_ONCE:
            add_new(connection, table, chunk)
            chunk.clear()
    add_new(connection, table, chunk)


def _counts(connection: Connection) -> dict[str, int]:
    return {
        table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
        for table in tables.IN_ORDER
    }


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        read: Callable[[], bytes] = partial(file.read, 2**20)
        for piece in iter(read, b""):
            digest.update(piece)
    return digest.hexdigest()
