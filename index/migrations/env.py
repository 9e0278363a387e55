"""What Alembic runs around the steps: on the connection that it is given, in the transaction that is open there."""

from __future__ import annotations

from alembic import context

from index.migrations import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
context.run_migrations()
