"""Alembic's entry: migrations run on the connection that the program hands in."""

from alembic import context

from das_copy_trader.persistence.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
