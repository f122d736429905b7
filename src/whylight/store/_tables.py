"""The tables of the store as the newest version has them; ``migrations/`` says how an older one becomes that.

Nothing is changed or deleted in ``explanations``, ``records`` and ``resets``: the database itself refuses it, and an undo is
one more record. JSON keeps its text, also in PostgreSQL (JSON and not JSONB, which writes numbers in its own way): a plan
that is read is the plan that was written, and its hash stays the same.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

KINDS = ("shown", "verdict", "stroke", "segment_vote", "undo")


class Moment(TypeDecorator[datetime]):
    """A time in UTC with microseconds, on either engine: SQLite itself knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the signature is given
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the signature is given
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData()
HASH = String(64)

arrays = Table(
    "arrays",
    metadata,
    Column("key", HASH, primary_key=True),
    Column("dtype", String(8), nullable=False),
    Column("shape", JSON, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
pictures = Table(
    "pictures",
    metadata,
    Column("key", String(128), primary_key=True),
    Column("name", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("place", Integer),
    Column("content", HASH, ForeignKey("arrays.key")),
    Column("added", Moment, nullable=False),
)
models = Table(
    "models",
    metadata,
    Column("key", HASH, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("added", Moment, nullable=False),
)
explanations = Table(
    "explanations",
    metadata,
    Column("key", HASH, primary_key=True),
    Column("picture", String(128), ForeignKey("pictures.key"), nullable=False),
    Column("model", HASH, ForeignKey("models.key"), nullable=False),
    Column("plan", JSON, nullable=False),
    Column("method", Text, nullable=False),
    Column("target", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("probability", Double, nullable=False),
    Column("details", JSON, nullable=False),
    Column("flags", JSON, nullable=False),
    Column("evidence", HASH, ForeignKey("arrays.key")),
    Column("segments", HASH, ForeignKey("arrays.key")),
    Column("added", Moment, nullable=False),
    Index("explanations_of_picture", "picture", "model"),
)
records = Table(
    "records",
    metadata,
    Column("place", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("uid", String(32), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("explanation", HASH, ForeignKey("explanations.key"), nullable=False),
    Column("person", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("up", Boolean),
    Column("segment", Integer),
    Column("stroke", JSON(none_as_null=True)),
    Column("undoes", String(32), ForeignKey("records.uid"), unique=True),
    CheckConstraint(f"kind in ({', '.join(repr(kind) for kind in KINDS)})", name="records_kind"),
    CheckConstraint("(kind in ('verdict', 'segment_vote')) = (up is not null)", name="records_up"),
    CheckConstraint("(kind = 'segment_vote') = (segment is not null)", name="records_segment"),
    CheckConstraint("(kind = 'stroke') = (stroke is not null)", name="records_stroke"),
    CheckConstraint("(kind = 'undo') = (undoes is not null)", name="records_undoes"),
    Index("records_of_explanation", "explanation"),
    Index("records_of_person", "person", "place"),
)
resets = Table(
    "resets",
    metadata,
    Column("place", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("uid", String(32), nullable=False, unique=True),
    Column("what", String(16), nullable=False),
    Column("person", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("undoes", String(32), ForeignKey("resets.uid"), unique=True),
)
IN_ORDER = (arrays, pictures, models, explanations, records, resets)
"""Each table behind those that it refers to."""
BY_PLACE = (records, resets)
"""The tables whose rows have an order, which each store counts for itself."""
