"""Resets: from when on verdicts count for what is learned; added to and never changed, like the records."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

REFUSED = "the history of whylight is only added to"


def upgrade() -> None:
    """Makes the table and its triggers."""
    op.create_table(
        "resets",
        sa.Column("place", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undoes", sa.String(32), sa.ForeignKey("resets.uid"), unique=True),
    )
    if op.get_bind().dialect.name == "postgresql":
        for way, each in (("update or delete", "row"), ("truncate", "statement")):
            op.execute(
                f"create trigger resets_no_{way.partition(' ')[0]} before {way} on resets "
                f"for each {each} execute function whylight_append_only()"
            )
    else:
        for way in ("update", "delete"):
            op.execute(
                f"create trigger resets_no_{way} before {way} on resets begin select raise(abort, '{REFUSED}'); end"
            )
