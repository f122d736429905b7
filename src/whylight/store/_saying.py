"""Records: adding what was said, and finding what an undo takes back."""

from dataclasses import replace

from sqlalchemy import Connection, select

from whylight.errors import StoreError
from whylight.store import _tables as tables
from whylight.store._rows import record_of, said_row
from whylight.store.history import TAKEN_BACK, undos
from whylight.store.values import Record, Undo

records = tables.records
NOT_UNDONE = ("shown", "undo")
"""What was shown was shown, and what was taken back can be said again."""


def say(connection: Connection, record: Record) -> Record:
    """Adds a record; returns it with its place. Raises StoreError for an undo that cannot be."""
    if isinstance(record.said, Undo):
        _check_undo(connection, record, record.said.of)
    row = {"uid": record.uid, "explanation": record.explanation, "person": record.person, "at": record.at}
    added = connection.execute(records.insert().values(**row, **said_row(record.said)))
    key = added.inserted_primary_key
    assert key is not None
    return replace(record, place=int(key[0]))


def _check_undo(connection: Connection, record: Record, of: str) -> None:
    query = select(records, undos.c.uid.label("undo")).outerjoin(undos, TAKEN_BACK).where(records.c.uid == of)
    found = connection.execute(query).one_or_none()
    if found is None or found.explanation != record.explanation:
        raise StoreError(f"there is no record {of!r} of this explanation to undo")
    if found.kind in NOT_UNDONE:
        raise StoreError(f"only what was said can be undone, not {'an undo' if found.kind == 'undo' else 'a showing'}")
    if found.person != record.person:
        raise StoreError(f"{record.person} cannot undo what {found.person} said")
    if found.undo is not None:
        raise StoreError(f"the record {of!r} was already undone")


def last_said(connection: Connection, person: str) -> Record | None:
    """The last record of a person that an undo can take back."""
    query = (
        select(records)
        .outerjoin(undos, TAKEN_BACK)
        .where(records.c.person == person, records.c.kind.not_in(NOT_UNDONE), undos.c.uid.is_(None))
        .order_by(records.c.place.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else record_of(row, undone=False)
