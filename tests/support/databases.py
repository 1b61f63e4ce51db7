"""Databases for tests: each test has one that is current and empty, on either engine, in a few milliseconds.

SQLite: a copy of a file that was made once. PostgreSQL: one database of a server that runs for the whole session,
emptied before each test by a session that stays (1 ms; a copy of a template takes 30). Both are made from
`tables.py`, not by the migrations, which takes a fifth of the time; `test_store_migrate.py` holds that they make
exactly the same.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from support.postgres import NoPostgres, Postgres

from core.store import migrate
from core.store.engine import parse_url
from core.store.tables import metadata

Kind = Literal["sqlite", "postgresql"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")

_PREPARED = "desk"


@contextmanager
def postgres_or_skip() -> Iterator[Postgres]:
    """A server; without binaries the test is skipped, but fails where CI=true promises that all is there."""
    try:
        server = Postgres()
    except NoPostgres as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))
    try:
        yield server
    finally:
        server.remove()


def prepare_sqlite(folder: Path) -> Path:
    """The file that `fresh_sqlite` copies."""
    template = folder / "template.db"
    _make(f"sqlite:///{template}")
    return template


def fresh_sqlite(template: Path, folder: Path) -> str:
    path = folder / "desk.db"
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


def prepare_postgres(server: Postgres) -> None:
    """The database that `fresh_postgres` empties."""
    server.execute(f"CREATE DATABASE {_PREPARED}")
    _make(server.url(_PREPARED))


def fresh_postgres(server: Postgres) -> str:
    connection = server.session(_PREPARED)
    # A session that an earlier test left behind would wait for its locks or hold them.
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    connection.execute("; ".join(f'DELETE FROM "{table.name}"' for table in reversed(metadata.sorted_tables)).encode())
    connection.execute("SELECT setval(seqrelid, seqstart, false) FROM pg_sequence")
    return server.url(_PREPARED)


@contextmanager
def empty_postgres(server: Postgres) -> Iterator[str]:
    """A database without tables."""
    server.execute("CREATE DATABASE bare")
    try:
        yield server.url("bare")
    finally:
        server.execute("DROP DATABASE bare WITH (FORCE)")


def _make(url: str) -> None:
    engine = create_engine(parse_url(url))
    with engine.begin() as connection:
        metadata.create_all(connection)
        MigrationContext.configure(connection).stamp(ScriptDirectory(str(migrate.FOLDER)), "head")
    engine.dispose()
