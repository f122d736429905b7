"""Rows of an export: as plain data, and back only if every value is of its column's kind."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Double, Integer, String, Table

from whylight.errors import StoreError
from whylight.store import _tables as tables
from whylight.store._rows import Row, explanation_of, model_of, reset_of, said_of
from whylight.store._tables import Moment
from whylight.store.values import LEARNED, Reset


def plain_of(row: Row) -> Row:
    """A row as JSON has it."""
    return {name: _moment_text(value) if isinstance(value, datetime) else value for name, value in row.items()}


def row_of(table: Table, plain: Any) -> Row:
    """The row that ``plain_of`` wrote; raises ValueError when something is missing, too much or of another kind, and when a
    key is not the hash of what it stands for."""
    columns = {column.name: column for column in table.columns}
    if table in tables.BY_PLACE:
        columns.pop("place")
    if not isinstance(plain, dict) or set(plain) != set(columns):
        raise ValueError(f"expected the columns {', '.join(columns)}")
    row = {name: _value(column, plain[name]) for name, column in columns.items()}
    _check_meaning(table, row)
    return row


def _check_meaning(table: Table, row: Row) -> None:
    build: dict[Table, Callable[[Any], Any]] = {
        tables.models: model_of,
        tables.explanations: explanation_of,
        tables.records: said_of,
        tables.resets: _reset_of,
    }
    if table not in build:
        return
    try:
        meant = build[table](_Named(row))
        key = row.get("key") and meant.key
    except (TypeError, ValueError, KeyError, StoreError) as error:
        raise ValueError(f"it means nothing ({error})") from error
    if key != row.get("key"):
        raise ValueError(f"the key {row['key']} does not fit the row")


def _reset_of(row: Any) -> Reset:
    if row.what not in LEARNED:
        raise ValueError(f"nobody learns {row.what!r}")
    return reset_of(row)


class _Named:
    """A row whose columns are attributes, as the database has them."""

    def __init__(self, row: Row) -> None:
        self.__dict__.update(row)


def _value(column: Column[Any], value: Any) -> Any:
    if value is None and column.nullable:
        return None
    kind = column.type
    if isinstance(kind, JSON) and value is not None:
        return value
    if isinstance(kind, Moment) and isinstance(value, str):
        return _moment(value)
    if isinstance(kind, Double) and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    expected = {Boolean: bool, Integer: int, BigInteger: int, String: str}
    for sort, python in expected.items():
        if isinstance(kind, sort) and isinstance(value, python) and (python is bool or not isinstance(value, bool)):
            return value
    raise ValueError(f"{column.name} cannot be {str(value)[:80]!r}")


def _moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"the time {text} has no zone")
    return moment
