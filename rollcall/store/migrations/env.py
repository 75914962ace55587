"""Alembic's entry: runs on the connection that `rollcall.store.upgrade` (or a test) hands over."""

from alembic import context

from rollcall.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=False
)
with context.begin_transaction():
    context.run_migrations()
