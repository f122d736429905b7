"""The first version: pictures, models, explanations, their arrays, and what people said of them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

HASH = sa.String(64)


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "arrays",
        sa.Column("key", HASH, primary_key=True),
        sa.Column("dtype", sa.String(8), nullable=False),
        sa.Column("shape", sa.JSON, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "pictures",
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("place", sa.Integer),
        sa.Column("content", HASH, sa.ForeignKey("arrays.key")),
        sa.Column("added", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "models",
        sa.Column("key", HASH, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("labels", sa.JSON, nullable=False),
        sa.Column("added", sa.DateTime(timezone=True), nullable=False),
    )
    _make_explanations()
    _make_records()


def _make_explanations() -> None:
    op.create_table(
        "explanations",
        sa.Column("key", HASH, primary_key=True),
        sa.Column("picture", sa.String(128), sa.ForeignKey("pictures.key"), nullable=False),
        sa.Column("model", HASH, sa.ForeignKey("models.key"), nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("target", sa.Integer, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("probability", sa.Double, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("flags", sa.JSON, nullable=False),
        sa.Column("evidence", HASH, sa.ForeignKey("arrays.key")),
        sa.Column("segments", HASH, sa.ForeignKey("arrays.key")),
        sa.Column("added", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("explanations_of_picture", "explanations", ["picture", "model"])


def _make_records() -> None:
    op.create_table(
        "records",
        sa.Column("place", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("explanation", HASH, sa.ForeignKey("explanations.key"), nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("up", sa.Boolean),
        sa.Column("segment", sa.Integer),
        sa.Column("stroke", sa.JSON),
        sa.Column("undoes", sa.String(32), sa.ForeignKey("records.uid"), unique=True),
        sa.CheckConstraint("kind in ('shown', 'verdict', 'stroke', 'segment_vote', 'undo')", name="records_kind"),
        sa.CheckConstraint("(kind in ('verdict', 'segment_vote')) = (up is not null)", name="records_up"),
        sa.CheckConstraint("(kind = 'segment_vote') = (segment is not null)", name="records_segment"),
        sa.CheckConstraint("(kind = 'stroke') = (stroke is not null)", name="records_stroke"),
        sa.CheckConstraint("(kind = 'undo') = (undoes is not null)", name="records_undoes"),
    )
    op.create_index("records_of_explanation", "records", ["explanation"])
    op.create_index("records_of_person", "records", ["person", "place"])
