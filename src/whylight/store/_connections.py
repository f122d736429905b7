"""Connections: from the text that names a store to an engine that several writers can use at once.

SQLite: a write-ahead log, so that readers and a writer do not wait for each other; writers wait their turn for
``PATIENCE`` seconds, and take the lock when they begin, since a reader that wants to write later could not wait. Every
commit is on the disk before it counts. PostgreSQL needs none of that.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url

from whylight.errors import MissingExtraError, StoreError
from whylight.store.values import canonical

PATIENCE = 60.0
"""Seconds that a writer waits for the others."""
TRIES = 5
"""How often a write is tried that PostgreSQL ended because two writers waited for each other."""
DEADLOCKS = ("40P01", "40001")


def read_url(text: str | Path) -> URL:
    """``judged.db``, ``sqlite:///judged.db`` or ``postgresql://person@host/name``; raises StoreError for anything else."""
    if isinstance(text, Path) or "://" not in text:
        return URL.create("sqlite", database=str(Path(text).expanduser())) if str(text).strip() else _refuse(text)
    try:
        url = make_url(text)
    except (exc.ArgumentError, ValueError):
        return _refuse(text)
    kind = url.drivername.partition("+")[0]
    if kind in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if kind != "sqlite" or url.database in (None, "", ":memory:"):
        return _refuse(text)
    return url.set(drivername="sqlite")


def _refuse(text: str | Path) -> URL:
    shown = str(text).partition("://")[0] + "://…" if "://" in str(text) else repr(str(text))  # there may be a password
    raise StoreError(
        f"expected a store as a file (judged.db), sqlite:///FILE or postgresql://PERSON@HOST/NAME; got {shown}"
    )


def open_engine(url: URL) -> Engine:
    """An engine for the URL; nothing is connected yet. Raises MissingExtraError without the driver of PostgreSQL."""
    if url.get_backend_name() == "postgresql":
        try:
            return create_engine(url, pool_pre_ping=True, json_serializer=canonical)
        except ModuleNotFoundError as error:
            raise MissingExtraError("psycopg", "store", "a store in PostgreSQL") from error
    engine = create_engine(url, connect_args={"timeout": PATIENCE}, json_serializer=canonical)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(opened: Any, _: Any) -> None:
    opened.isolation_level = None  # transactions begin where we say so, not where the driver thinks
    for setting in ("foreign_keys=on", "synchronous=full"):
        opened.execute(f"pragma {setting}")
    until = time.monotonic() + PATIENCE
    while True:  # going over to the log needs the file alone, and SQLite does not wait for that by itself
        try:
            opened.execute("pragma journal_mode=wal")
        except Exception as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("begin immediate" if writes else "begin")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection to read from; everything that is read in one block is of one moment."""
    settings = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with explained(engine.url), engine.connect() as opened:
        connection = opened.execution_options(**settings)
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction: all that is written in the block is there when it ends well, or nothing."""
    with explained(engine.url), engine.connect() as opened:
        connection = opened.execution_options(writes=True)
        with connection.begin():
            yield connection


def is_deadlock(error: BaseException | None) -> bool:
    """Whether PostgreSQL ended a transaction that can be tried again."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in DEADLOCKS


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """What goes wrong in the database becomes a StoreError in one sentence, without a password."""
    try:
        yield
    except exc.DBAPIError as error:
        where = shown(url)
        said = " ".join(str(error.orig).split())
        raise StoreError(f"{_reason(said, where)}: {said[:200]}") from error


def shown(url: URL) -> str:
    """A store's URL or file, for people, without a password."""
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


REASONS = {
    "unable to open database": "there is no way to {where}; make its folder first, or name another file",
    "not a database": "{where} is not a store but another kind of file; name another",
    "malformed": "{where} is damaged; restore it from an export or a backup",
    "readonly": "{where} may not be written to; give yourself permission, or name another file",
    "disk is full": "the disk of {where} is full; make room and try again",
    "locked": "another program holds {where} for too long; end it and try again",
    "connection": "{where} cannot be reached; check that the server runs and that the URL is right",
    "undoes": "somebody else undid that in {where} just now",
    "only added to": "{where} keeps its history, and an undo is one more record",
}


def _reason(said: str, where: str) -> str:
    for mark, reason in REASONS.items():
        if mark in said.lower():
            return reason.format(where=where)
    return f"{where} refused what was asked of it"
