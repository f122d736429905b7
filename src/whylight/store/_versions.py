"""Versions of the tables: an older store is brought up to this one when it is opened, a newer one is refused."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from whylight.errors import StoreError
from whylight.store._connections import reading, shown, writing
from whylight.store._tables import metadata

TABLE = "whylight_version"
"""Where the store keeps its version: a name of its own, so that no other program's is mistaken for it."""
LOCK = 5_744_209_173
"""Any number that nobody else would lock in PostgreSQL."""


def upgrade(engine: Engine, to: str = "head") -> None:
    """Brings the store to this version, or ``to`` an earlier one if it is older than that; of several that try, one does it.

    Raises StoreError for a store of a newer whylight, and for a database that another program made.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    with reading(engine) as connection:
        if _version(connection, script) == script.get_current_head():
            return
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:number)"), {"number": LOCK})
        if _version(connection, script) is None:
            _check_empty(connection)
        config.attributes.update(connection=connection, version_table=TABLE)
        command.upgrade(config, to)


def version(engine: Engine) -> str | None:
    """The version of the store's tables (``0002``), None for an empty database."""
    with reading(engine) as connection:
        return MigrationContext.configure(connection, opts={"version_table": TABLE}).get_current_revision()


def _version(connection: Connection, script: ScriptDirectory) -> str | None:
    found = MigrationContext.configure(connection, opts={"version_table": TABLE}).get_current_revision()
    known = [revision.revision for revision in script.walk_revisions()]
    if found is not None and found not in known:
        raise StoreError(
            f"the store {shown(connection.engine.url)} is of version {found}, which a newer whylight wrote; this one knows "
            f"versions up to {max(known)}: update whylight, or name another store"
        )
    return found


def _check_empty(connection: Connection) -> None:
    """Raises StoreError when tables of these names are there that no whylight made."""
    taken = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
    if taken:
        raise StoreError(
            f"{shown(connection.engine.url)} already has tables of another program ({', '.join(taken)}); "
            "give the store a database of its own"
        )
