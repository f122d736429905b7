"""What was said, by whom and of what: the questions that a page and the learning ask of the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from whylight.store import _tables as tables
from whylight.store._rows import explanation_of, model_of, picture_of, record_of
from whylight.store.values import Model, Picture, Record, StoredExplanation

undos = tables.records.alias("undos")
IS_UNDONE = undos.c.uid.is_not(None)
TAKEN_BACK = and_(undos.c.undoes == tables.records.c.uid, undos.c.kind == "undo")


@dataclass(frozen=True)
class Filter:
    """Which records are meant; what is None does not count.

    ``kinds``: of ``shown``, ``verdict``, ``stroke``, ``segment_vote`` and ``undo``. ``up``: the verdicts up, or down (of
    votes: belongs, or not). ``picture``, ``model``: their keys. ``method``: its name, whatever the settings. ``text``: a
    part of the picture's name or of the label, in capitals or not (beyond ASCII: in PostgreSQL only). ``since``,
    ``until``: the first moment that counts, and the first that does not any more. ``undone``: what was taken
    back, or what was not.
    """

    person: str | None = None
    kinds: tuple[str, ...] = ("verdict",)
    up: bool | None = None
    picture: str | None = None
    model: str | None = None
    method: str | None = None
    label: str | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    undone: bool | None = False


@dataclass(frozen=True)
class Judged:
    """A record with all that it is about."""

    record: Record
    explanation: StoredExplanation
    picture: Picture
    model: Model


@dataclass(frozen=True)
class Seen:
    """An explanation that was shown, and the verdicts on it that stand. ``first``: the place of its first record."""

    explanation: StoredExplanation
    first: int
    ups: int
    downs: int


@dataclass(frozen=True)
class Tally:
    """A picture, and how many verdicts stand on its explanations."""

    picture: Picture
    ups: int
    downs: int


@dataclass(frozen=True)
class Choices:
    """What the records of a store can be filtered by, each in alphabetical order."""

    people: tuple[str, ...]
    methods: tuple[str, ...]
    labels: tuple[str, ...]
    models: tuple[Model, ...]


def judged(
    connection: Connection, wanted: Filter, *, limit: int, before: int | None = None, after: int | None = None
) -> list[Judged]:
    """The records that are meant, the newest first below the place ``before``; or the oldest first above ``after``."""
    place = tables.records.c.place
    # the explanation's columns under its own names, the others' under a prefix
    query = _joined(
        select(
            tables.records,
            IS_UNDONE.label("undone"),
            *_prefixed(tables.explanations, "e_"),
            *_prefixed(tables.pictures, "p_"),
            *_prefixed(tables.models, "m_"),
        )
    ).where(*conditions(wanted))
    if before is not None:
        query = query.where(place < before)
    query = query.where(place > after).order_by(place) if after is not None else query.order_by(place.desc())
    return [
        Judged(
            record_of(row, undone=bool(row.undone)),
            explanation_of(_Part(row, "e_")),
            picture_of(_Part(row, "p_")),
            model_of(_Part(row, "m_")),
        )
        for row in connection.execute(query.limit(limit))
    ]


def count(connection: Connection, wanted: Filter) -> int:
    """How many records are meant."""
    query = _joined(select(func.count(tables.records.c.place))).where(*conditions(wanted))
    return int(connection.execute(query).scalar_one())


def conditions(wanted: Filter) -> Sequence[ColumnElement[bool]]:
    """The filter as SQL."""
    records, explanations, pictures = tables.records.c, tables.explanations.c, tables.pictures.c
    found: list[ColumnElement[bool]] = [records.kind.in_(wanted.kinds)]
    equal = {
        records.person: wanted.person,
        records.up: wanted.up,
        explanations.picture: wanted.picture,
        explanations.model: wanted.model,
        explanations.label: wanted.label,
    }
    found += [column == value for column, value in equal.items() if value is not None]
    if wanted.method is not None:
        named = explanations.method
        found.append((named == wanted.method) | named.startswith(f"{wanted.method}:", autoescape=True))
    if wanted.text:
        inside = pictures.name.icontains(wanted.text, autoescape=True)
        found.append(inside | explanations.label.icontains(wanted.text, autoescape=True))
    if wanted.since is not None:
        found.append(records.at >= wanted.since)
    if wanted.until is not None:
        found.append(records.at < wanted.until)
    if wanted.undone is not None:
        found.append(IS_UNDONE if wanted.undone else undos.c.uid.is_(None))
    return found


def candidates(connection: Connection, picture: str, model: str, person: str | None = None) -> list[Seen]:
    """The explanations of a picture that were shown (to the person) or judged so far, in the order in which they were."""
    records, explanations = tables.records, tables.explanations
    query = (
        select(explanations, func.min(records.c.place).label("first"), *_sums())
        .join(records, records.c.explanation == explanations.c.key)
        .outerjoin(undos, TAKEN_BACK)
        .where(
            explanations.c.picture == picture, explanations.c.model == model, records.c.kind.in_(("shown", "verdict"))
        )
        .group_by(explanations.c.key)
        .order_by("first")
    )
    if person is not None:
        query = query.where(records.c.person == person)
    # PostgreSQL cannot group by JSON: the key stands for the whole row there, and SQLite does not mind
    return [Seen(explanation_of(row), row.first, row.ups, row.downs) for row in connection.execute(query)]


def tallies(connection: Connection, model: str, person: str | None = None) -> list[Tally]:
    """Every picture that was judged (by the person) with a model, in the order of the first verdict."""
    records, explanations, pictures = tables.records, tables.explanations, tables.pictures
    first = func.min(records.c.place).label("first")
    query = (
        select(pictures, first, *_sums())
        .join(explanations, explanations.c.picture == pictures.c.key)
        .join(records, records.c.explanation == explanations.c.key)
        .outerjoin(undos, TAKEN_BACK)
        .where(explanations.c.model == model, records.c.kind == "verdict", undos.c.uid.is_(None))
        .group_by(pictures.c.key)
        .order_by("first")
    )
    if person is not None:
        query = query.where(records.c.person == person)
    return [Tally(picture_of(row), row.ups, row.downs) for row in connection.execute(query)]


def choices(connection: Connection) -> Choices:
    """What there is to filter by."""

    def all_of(column: ColumnElement[str]) -> tuple[str, ...]:
        return tuple(sorted(connection.execute(select(column).distinct()).scalars()))

    names = {method.partition(":")[0] for method in all_of(tables.explanations.c.method)}
    models = [model_of(row) for row in connection.execute(select(tables.models))]
    return Choices(
        all_of(tables.records.c.person),
        tuple(sorted(names)),
        all_of(tables.explanations.c.label),
        tuple(sorted(models, key=lambda model: (model.name, model.version))),
    )


def _sums() -> list[ColumnElement[int]]:
    records = tables.records.c
    standing = and_(records.kind == "verdict", undos.c.uid.is_(None))
    return [
        func.coalesce(func.sum(case((and_(standing, records.up.is_(up)), 1), else_=0)), 0).label(name)
        for name, up in (("ups", True), ("downs", False))
    ]


def _joined(query: Select[Any]) -> Select[Any]:
    records, explanations = tables.records, tables.explanations
    return (
        query.select_from(records)
        .join(explanations, explanations.c.key == records.c.explanation)
        .join(tables.pictures, tables.pictures.c.key == explanations.c.picture)
        .join(tables.models, tables.models.c.key == explanations.c.model)
        .outerjoin(undos, TAKEN_BACK)
    )


def _prefixed(table: Any, prefix: str) -> list[ColumnElement[Any]]:
    return [column.label(prefix + column.name) for column in table.c]


@dataclass(frozen=True)
class _Part:
    """The columns of a row that share a prefix."""

    row: Any
    prefix: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, self.prefix + name)
