"""Sources: the pictures that folders, Parquet lists and object stores hold, one address after another, never all at once."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from whylight.errors import DataError
from whylight.pictures import SUFFIXES
from whylight.runs.maps.addresses import is_url, kind_of, normal, opened, pictures_below, within

LIST = ".parquet"
COLUMNS = ("path", "url", "uri", "file", "filename", "picture", "image")
"""What the column with the addresses is called, where there are several with text."""


def is_list(text: str) -> bool:
    """Whether an address is that of a Parquet list."""
    return text.lower().endswith(LIST)


def check(texts: Sequence[str]) -> None:
    """Raises DataError for a source that is not there."""
    for text in texts:
        if kind_of(normal(text)) == "nothing":
            raise DataError(f"there is no file or folder {text}; check the path")


def addresses_in(texts: Sequence[str], column: str | None = None) -> Iterator[str | None]:
    """The address of every picture that ``texts`` mean, in their order; None for an empty row of a list.

    ``texts``: pictures, folders, which are searched to their depths, and Parquet lists, whose ``column`` holds addresses
    (relative ones are below the list's folder). Raises DataError for what holds no picture.
    """
    for text in texts:
        address = normal(text)
        kind = kind_of(address)
        if kind != "folder" and not is_list(address):
            yield address
            continue
        some = False
        for found in pictures_below(address) if kind == "folder" else _listed(address, column):
            some = True
            yield found
        if not some:
            raise DataError(
                f"there is no picture in the folder {text}; known are {' '.join(sorted(SUFFIXES))}"
                if kind == "folder"
                else f"the list {text} has no rows"
            )


def _listed(address: str, column: str | None) -> Iterator[str | None]:
    folder = address.rpartition("/")[0] if is_url(address) else str(Path(address).parent)
    try:
        with opened(address) as file:
            table = pq.ParquetFile(file)
            name = _column(address, table.schema_arrow, column)
            for batch in table.iter_batches(columns=[name]):
                for entry in batch.column(0).to_pylist():
                    yield within(folder, entry) if entry else None
    except (OSError, pa.ArrowInvalid) as error:
        raise DataError(f"{address} is not a Parquet list that can be read: {error}") from error


def _column(address: str, schema: pa.Schema, column: str | None) -> str:
    texts = [field.name for field in schema if _is_text(field.type)]
    wanted = [column] if column else texts if len(texts) == 1 else [name for name in COLUMNS if name in texts][:1]
    if not wanted or wanted[0] not in texts:
        given = f"no column {column!r} of text" if column else "not one column with addresses"
        raise DataError(f"{address} has {given}; name one of {', '.join(texts) or 'none'} with --column")
    return wanted[0]


def _is_text(kind: Any) -> bool:
    values = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(values) or pa.types.is_large_string(values) or pa.types.is_string_view(values))
