"""How Alembic runs our revisions. The program runs them by `core.store.migrate` (`deskhand migrate`), which hands its
connection over.

A new revision is written from the difference between `core/store/tables/` and a migrated database:

    DATABASE_URL=sqlite:////tmp/next.db deskhand migrate
    DATABASE_URL=sqlite:////tmp/next.db alembic revision --autogenerate --rev-id 0002 -m "what it adds"

Before the first release there is one revision, which is written anew instead:

    rm migrations/versions/0001_*.py
    DATABASE_URL=sqlite:////tmp/first.db alembic revision --autogenerate --rev-id 0001 -m "first schema"

Read what it wrote, and `ruff format` it; it has to work on both databases, in one transaction, and imports nothing
of ours. Revisions are never changed once released, and there is no way down: go back to a backup.
"""

import os
from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from core.store.columns import Utc
from core.store.migrate import connected
from core.store.tables import metadata


def render(kind: str, item: Any, _context: AutogenContext) -> str | bool:
    """History imports no application code: our column type is written as the plain one."""
    if kind == "type" and isinstance(item, Utc):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=render,
        render_as_batch=True,
        # SQLite's schema changes are transactional too, with the connection as we open it.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with connected(os.environ["DATABASE_URL"], writing=True) as own:
        run(own)
