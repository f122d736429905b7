"""What Alembic runs: the migrations, in the transaction that the caller has begun."""

from alembic import context

from whylight.store._tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=context.config.attributes["version_table"],
    transactional_ddl=False,  # the caller's transaction holds all of it
)
context.run_migrations()
