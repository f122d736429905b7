"""From here on the database itself refuses to change or delete what was explained and said."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = ("explanations", "records")
REFUSED = "the history of whylight is only added to"


def upgrade() -> None:
    """Adds a trigger for each way to change a row."""
    if op.get_bind().dialect.name == "postgresql":
        _refuse_in_postgresql()
    else:
        for table in TABLES:
            for way in ("update", "delete"):
                op.execute(
                    f"create trigger {table}_no_{way} before {way} on {table} "
                    f"begin select raise(abort, '{REFUSED}'); end"
                )


def _refuse_in_postgresql() -> None:
    op.execute(
        "create function whylight_append_only() returns trigger language plpgsql as "
        f"$$ begin raise exception '{REFUSED}'; end $$"
    )
    for table in TABLES:
        for way, each in (("update or delete", "row"), ("truncate", "statement")):
            op.execute(
                f"create trigger {table}_no_{way.partition(' ')[0]} before {way} on {table} "
                f"for each {each} execute function whylight_append_only()"
            )
