"""Resets: from when on verdicts count for what is learned, and taking a reset back."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from whylight.errors import StoreError
from whylight.store import _tables as tables
from whylight.store._rows import reset_of, reset_row
from whylight.store.values import LEARNED, Reset

resets = tables.resets
restored = resets.alias("restored")


def add_reset(connection: Connection, reset: Reset) -> Reset:
    """Adds a reset; raises StoreError for what nobody learns."""
    if reset.what not in LEARNED:
        raise StoreError(f"expected one of {', '.join(LEARNED)} to reset; got {reset.what!r}")
    connection.execute(resets.insert().values(**reset_row(reset)))
    return reset


def take_back(connection: Connection, of: str, *, uid: str, person: str, at: datetime) -> None:
    """Adds the row that takes the reset ``of`` back; raises StoreError where it is not there or was taken back before."""
    found = next((each for each in all_resets(connection) if each.uid == of), None)
    if found is None:
        raise StoreError(f"there is no reset {of!r} to take back")
    if found.undone:
        raise StoreError(f"the reset {of!r} was already taken back")
    row = Reset(uid, found.what, person, at, undoes=of)
    connection.execute(resets.insert().values(**reset_row(row)))


def all_resets(connection: Connection) -> list[Reset]:
    """The resets without those rows that only take one back, the newest first."""
    query = (
        select(resets, restored.c.uid.label("restored"))
        .outerjoin(restored, restored.c.undoes == resets.c.uid)
        .where(resets.c.undoes.is_(None))
        .order_by(resets.c.place.desc())
    )
    return [replace(reset_of(row), undone=row.restored is not None) for row in connection.execute(query)]


def counts_since(connection: Connection, what: str) -> datetime | None:
    """The moment of the last reset that stands; None when there is none."""
    found = [each.at for each in all_resets(connection) if each.what == what and not each.undone]
    return max(found, default=None)
