"""Store: what was explained and what people said of it, kept so that nothing is lost and nothing is changed afterwards."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, exc, select

from whylight.errors import StoreError
from whylight.store import _tables as tables
from whylight.store import _versions, exchange, history
from whylight.store._adding import add_new
from whylight.store._arrays import Array, file_array, pack, unpack
from whylight.store._connections import TRIES, is_deadlock, open_engine, read_url, reading, shown, writing
from whylight.store._resets import add_reset, all_resets, counts_since, take_back
from whylight.store._rows import clean, explanation_of, explanation_row, model_of, model_row, picture_of, picture_row
from whylight.store._saying import last_said, say
from whylight.store.history import Choices, Filter, Judged, Seen, Tally
from whylight.store.values import Model, Picture, Record, Reset, Said, StoredExplanation, Undo

T = TypeVar("T")


class Store:
    """A store in an SQLite file or in PostgreSQL, open for any number of threads and processes at once.

    ``where``: a file (``judged.db``, made when it is not there), ``sqlite:///FILE`` or ``postgresql://PERSON@HOST/NAME``. A
    store of an older version is brought up to this one. Raises StoreError for a store of a newer version, a file that is
    no store and a server that cannot be reached. Use it as a context, or ``close`` it.
    """

    def __init__(self, where: str | Path) -> None:
        url = read_url(where)
        self._engine = open_engine(url)
        self.where = shown(url)
        """The file or the URL, without a password."""
        try:
            _versions.upgrade(self._engine)
        except BaseException:
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Ends all connections."""
        self._engine.dispose()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def version(self) -> str | None:
        """The version of its tables, such as ``0002``."""
        return _versions.version(self._engine)

    # what is kept

    def add_picture(self, picture: Picture, content: bytes | None = None) -> str:
        """Keeps a picture, once; returns its key. ``content``: the bytes of its file, for pictures that lie nowhere else."""

        def add(connection: Connection) -> None:
            row = {
                **picture_row(picture),
                "content": _keep(connection, None if content is None else file_array(content)),
            }
            add_new(connection, tables.pictures, [{**row, "added": now()}])
            if content is not None:
                here = tables.pictures.c
                missing = (here.key == picture.key) & here.content.is_(None)
                connection.execute(tables.pictures.update().where(missing).values(content=row["content"]))

        self._write(add)
        return picture.key

    def add_model(self, model: Model) -> str:
        """Keeps a model, once; returns its key."""
        self._write(lambda connection: add_new(connection, tables.models, [{**model_row(model), "added": now()}]))
        return model.key

    def add(
        self, explanation: StoredExplanation, *, evidence: Array | None = None, segments: Array | None = None
    ) -> str:
        """Keeps an explanation, once; returns its key. Its picture and its model must be there.

        ``evidence``: the signed map; ``segments``: the number of each pixel's segment; both (height, width). Raises
        StoreError for an unknown picture or model, and for a plan or details that are not plain data.
        """
        key = _key_of(explanation)

        def add(connection: Connection) -> None:
            for table, wanted in ((tables.pictures, explanation.picture), (tables.models, explanation.model)):
                _need(connection, table, wanted)
            row = {**explanation_row(explanation), "added": now()}
            for name, array in (("evidence", evidence), ("segments", segments)):
                row[name] = _keep(connection, array) or row[name]
            add_new(connection, tables.explanations, [row])

        self._write(add)
        return key

    def note(self, explanation: str, said: Said, *, person: str, at: datetime | None = None) -> Record:
        """Adds a record about the explanation of that key: Shown, a Verdict, a Stroke, a SegmentVote or an Undo.

        ``at``: when it was said, with a time zone; now unless given. Raises StoreError for an unknown explanation, a
        person without a name, and an undo of what is not there, is somebody else's, or was undone before.
        """
        uid, moment, name = uuid.uuid4().hex, at or now(), _person(person)
        if moment.tzinfo is None:
            raise StoreError("expected a time with its zone, such as datetime.now(UTC); got one without")

        def add(connection: Connection) -> Record:
            _need(connection, tables.explanations, explanation)
            return say(connection, Record(0, uid, explanation, name, moment, said))

        return self._write(add)

    def undo(self, *, person: str) -> Record | None:
        """Takes back the last thing that the person said and that still stands; returns the record that was taken back, or
        None when there is none. Calling it again takes back the one before."""
        name = _person(person)
        while (last := self._read(lambda connection: last_said(connection, name))) is not None:
            with suppress(_UndoneMeanwhile):
                self._undo(last, name)
                return last
        return None

    def _undo(self, last: Record, person: str) -> None:
        try:
            self.note(last.explanation, Undo(last.uid), person=person)
        except StoreError as error:
            if isinstance(error.__cause__, exc.IntegrityError) or "already" in str(error):
                raise _UndoneMeanwhile from error
            raise

    def reset(self, what: str, *, person: str) -> Reset:
        """From now on what was said so far does not count for what is learned of ``what`` (``candidates``, ``segments``).

        Nothing is deleted: it is one more row, and ``restore`` takes it back. Raises StoreError for anything else, and for a
        person without a name.
        """
        reset = Reset(uuid.uuid4().hex, what, _person(person), now())
        return self._write(lambda connection: add_reset(connection, reset))

    def restore(self, reset: str, *, person: str) -> None:
        """Takes back the reset of that uid: what was said before counts again. Raises StoreError where there is none, or it
        was taken back before."""
        name = _person(person)
        self._write(lambda connection: take_back(connection, reset, uid=uuid.uuid4().hex, person=name, at=now()))

    # what is asked

    def resets(self) -> list[Reset]:
        """Every reset, the newest first, also those that were taken back."""
        return self._read(all_resets)

    def counts_since(self, what: str) -> datetime | None:
        """The moment from which on verdicts count for what is learned of ``what``; None when all do."""
        return self._read(lambda connection: counts_since(connection, what))

    def picture(self, key: str) -> Picture:
        """The picture of that key; raises StoreError when there is none."""
        return picture_of(self._row(tables.pictures, key))

    def content(self, key: str) -> bytes | None:
        """The bytes of a picture's file, where they were kept."""
        kept = self._row(tables.pictures, key).content
        return None if kept is None else self.array(kept).tobytes()

    def model(self, key: str) -> Model:
        """The model of that key; raises StoreError when there is none."""
        return model_of(self._row(tables.models, key))

    def load(self, key: str) -> StoredExplanation:
        """The explanation of that key; raises StoreError when there is none."""
        return explanation_of(self._row(tables.explanations, key))

    def array(self, key: str) -> Array:
        """The map or the segments of that key; raises StoreError when there is none."""
        return unpack(self._row(tables.arrays, key))

    def history(self, wanted: Filter | None = None, *, before: int | None = None, limit: int = 50) -> list[Judged]:
        """The records that are meant, the newest first, at most ``limit``; a next page is ``before`` a place."""
        return self._read(lambda connection: history.judged(connection, wanted or Filter(), limit=limit, before=before))

    def since(self, place: int = 0, wanted: Filter | None = None, *, limit: int = 1000) -> list[Judged]:
        """The records behind a place, the oldest first: what a learner has not seen yet."""
        return self._read(lambda connection: history.judged(connection, wanted or Filter(), limit=limit, after=place))

    def count(self, wanted: Filter | None = None) -> int:
        """How many records are meant."""
        return self._read(lambda connection: history.count(connection, wanted or Filter()))

    def candidates(self, picture: str, model: str, *, person: str | None = None) -> list[Seen]:
        """What was shown of a picture so far (to the person), in that order, with the verdicts that stand."""
        return self._read(lambda connection: history.candidates(connection, picture, model, person))

    def tallies(self, model: str, *, person: str | None = None) -> list[Tally]:
        """The pictures that were judged with a model (by the person): what the next picture need not be."""
        return self._read(lambda connection: history.tallies(connection, model, person))

    def choices(self) -> Choices:
        """The people, methods, labels and models that a history can be filtered by."""
        return self._read(history.choices)

    # all of it

    def export_to(self, folder: str | Path) -> dict[str, int]:
        """Writes everything into a folder of plain files, as it is at one moment; returns how many rows of each table."""
        return self._read(lambda connection: exchange.write_export(connection, Path(folder)))

    def import_from(self, folder: str | Path) -> dict[str, int]:
        """Adds what an export holds and this store does not, all or nothing; returns how many rows of each table were added.

        Raises StoreError for a folder that is no export, of a newer form, damaged or changed.
        """
        return self._write(lambda connection: exchange.read_export(connection, Path(folder)))

    def _row(self, table: Table, key: str) -> Any:
        return self._read(lambda connection: _need(connection, table, key))

    def _read(self, ask: Callable[[Connection], T]) -> T:
        with reading(self._engine) as connection:
            return ask(connection)

    def _write(self, add: Callable[[Connection], T]) -> T:
        for tried in range(TRIES):
            try:
                with writing(self._engine) as connection:
                    return add(connection)
            except StoreError as error:
                if tried == TRIES - 1 or not is_deadlock(error.__cause__):
                    raise
        raise AssertionError


class _UndoneMeanwhile(Exception):  # noqa: N818 - a signal, not a mistake
    """Somebody else took the record back first."""


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def _keep(connection: Connection, array: Array | None) -> str | None:
    if array is None:
        return None
    row = pack(array)
    add_new(connection, tables.arrays, [row])
    return str(row["key"])


def _need(connection: Connection, table: Table, key: str) -> Any:
    row = connection.execute(select(table).where(table.c.key == key)).one_or_none()
    if row is None:
        raise StoreError(f"the store has no {table.name.removesuffix('s')} {key!r}")
    return row


def _person(name: str) -> str:
    cleaned = clean(name).strip()
    if not cleaned or len(cleaned) > 100 or not cleaned.isprintable():
        raise StoreError(f"expected the name of a person, of at most 100 letters on one line; got {name[:100]!r}")
    return cleaned


def _key_of(explanation: StoredExplanation) -> str:
    try:
        return explanation.key
    except (TypeError, ValueError) as error:
        raise StoreError(f"expected a plan of plain data, as JSON has it; {error}") from error
