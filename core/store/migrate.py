"""The schema's history: what state a database is in, and bringing it to the newest.

An upgrade is one transaction, on SQLite too, so that a process that is killed in it has changed nothing. On PostgreSQL
it holds an advisory lock: of several that start at once, one upgrades and the others find nothing left to do.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from core.failpoints import failpoint
from core.store import sqlite_writer
from core.store.engine import parse_url, sqlite_path
from core.store.tx import DatabaseDown, lock_key

if TYPE_CHECKING:
    from alembic.config import Config

State = Literal["empty", "current", "older", "newer", "unknown"]

FOLDER = Path(__file__).parents[2] / "migrations"
# Seconds to wait for somebody else's lock on a SQLite file.
BUSY_TIMEOUT = 5.0
_VERSION = text("SELECT version_num FROM alembic_version")


class WrongSchema(Exception):
    """This program cannot work with the database as it is; the message says why and what to do."""

    def __init__(self, state: State, message: str) -> None:
        super().__init__(message)
        self.state = state


def state(url: str) -> State:
    """What a database is to this program. A file that does not exist is "empty"; "newer" was made by a newer version
    of this program; "unknown" holds tables that are not ours. Changes nothing. Raises DatabaseDown."""
    path = sqlite_path(url)
    if path and not path.exists():
        return "empty"
    with connected(url, writing=False) as connection:
        return _state(connection)


def version(url: str) -> str | None:
    """The revision that a database of ours has; None for one without. Changes nothing. Raises DatabaseDown."""
    if state(url) in ("empty", "unknown"):
        return None
    with connected(url, writing=False) as connection:
        found: str = connection.scalars(_VERSION).one()
        return found


def upgrade(url: str) -> None:
    """Brings a database to the newest schema; a SQLite file is created where there is none, readable by its owner
    only. Does nothing when it is current. Raises WrongSchema when it is newer or not ours, and DatabaseDown."""
    from alembic import command  # late: a program that only looks does without it

    path = sqlite_path(url)
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    with connected(url, writing=True) as connection:
        if not path:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock_key("deskhand", "migrate")})
        match _state(connection):
            case "current":
                return
            case "newer" | "unknown" as found:
                raise _wrong(found)
            case "empty" | "older":
                config = configuration()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        if path and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
            raise RuntimeError(f"the migration left a row of {broken[0]} that refers to nothing")
        failpoint("migrate_before_commit")
    failpoint("migrate_after_commit")


def check(url: str) -> None:
    """Raises WrongSchema unless the database is current, and DatabaseDown."""
    found = state(url)
    if found != "current":
        raise _wrong(found)


def configuration() -> "Config":
    """Alembic's configuration, wherever the program was started."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str:
    """The newest revision that this program knows. Revisions are four digits and count upwards in one line, which a
    test holds, so the names of the files say it."""
    return max(_revisions())


def _revisions() -> list[str]:
    return [path.name[:4] for path in (FOLDER / "versions").glob("[0-9][0-9][0-9][0-9]_*.py")]


def _state(connection: Connection) -> State:
    tables = inspect(connection).get_table_names()
    if not tables:
        return "empty"
    if "alembic_version" not in tables:
        return "unknown"
    versions = list(connection.scalars(_VERSION))
    if versions == [head()]:
        return "current"
    if len(versions) != 1 or not re.fullmatch(r"\d{4}", versions[0]):
        return "unknown"
    if versions[0] > head():
        return "newer"
    return "older" if versions[0] in _revisions() else "unknown"


def _wrong(found: State) -> WrongSchema:
    match found:
        case "empty":
            return WrongSchema(found, "The database is empty. Run: deskhand migrate")
        case "older":
            return WrongSchema(found, "The database is from an older version of Deskhand. Run: deskhand migrate")
        case "newer":
            return WrongSchema(
                found,
                "The database was made by a newer version of Deskhand than this one. Install that version again, or"
                " go back to a backup from before the upgrade. Nothing has been changed.",
            )
        case _:
            return WrongSchema(
                found,
                "The database holds tables that are not Deskhand's. Give it a database of its own in DATABASE_URL."
                " Nothing has been changed.",
            )


@contextmanager
def connected(url: str, *, writing: bool) -> Iterator[Connection]:
    """A connection inside a transaction, which is committed at the end."""
    path = sqlite_path(url)
    if path:
        engine = sqlite_writer.sqlite_engine(
            path,
            begin="BEGIN IMMEDIATE" if writing else "BEGIN",
            busy_timeout=BUSY_TIMEOUT,
            # A table that is rebuilt is dropped, with the rows that refer to it: keys are checked at the end.
            pragmas=("journal_mode = WAL", "synchronous = FULL", "foreign_keys = OFF") if writing else (),
            mode="rwc" if writing else "rw",
        )
        trouble: Callable[[DBAPIError], bool] = sqlite_writer.trouble
        down: Callable[[DBAPIError], DatabaseDown] = sqlite_writer.down
    else:
        from core.store import postgres_pool  # late: its driver takes long to load

        options = {"options": "-c timezone=UTC", "connect_timeout": 5, "application_name": "deskhand migrate"}
        engine = create_engine(parse_url(url), poolclass=NullPool, connect_args=options)
        trouble, down = postgres_pool.trouble, postgres_pool.down
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        if trouble(error):
            raise down(error) from error
        raise
    finally:
        engine.dispose()
