"""Fresh databases for measurements, migrated, with the desk's policy adopted: each run begins on the same one."""

import contextlib
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import psycopg

from bot.clock import DeskClock
from core.desk import starting
from core.desk.desk import Desk
from core.desk.unit import Cause
from core.language.policy import Policy
from core.store import migrate
from core.store.directory import Directory
from core.store.engine import Store

# The tests know how to start a PostgreSQL server; what they share is found as they find it.
sys.path.append(str(Path(__file__).parents[1] / "tests"))
from support.postgres import NoPostgres, Postgres

TABLES = ("ticket", "conversation", "message", "timeline", "clock", "outbox", "receipt", "person", "identity")


class Databases(Protocol):
    name: str

    def fresh(self) -> str:
        """The address of an unused database."""
        ...

    def counts(self, url: str) -> dict[str, int]:
        """How many rows each table has."""
        ...


class Sqlite:
    """In a folder. Every database stands for itself, so that one run does not pay for the pages of another."""

    name = "SQLite"

    def __init__(self, folder: Path, policy: Policy) -> None:
        self._folder = folder
        self._made = 0
        folder.mkdir(exist_ok=True)
        self._template = folder / "template.db"
        _prepare(f"sqlite:///{self._template}", policy)

    def fresh(self) -> str:
        self._made += 1
        path = self._folder / f"run{self._made}.db"
        shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"

    def counts(self, url: str) -> dict[str, int]:
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            return {t: database.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in TABLES}


class OnPostgres:
    name = "PostgreSQL"

    def __init__(self, server: Postgres, policy: Policy) -> None:
        self._server = server
        self._made = 0
        server.execute("CREATE DATABASE template")
        _prepare(server.url("template"), policy)

    def fresh(self) -> str:
        self._made += 1
        name = f"run{self._made}"
        self._server.execute(f"CREATE DATABASE {name} TEMPLATE template")
        return str(self._server.url(name))

    def counts(self, url: str) -> dict[str, int]:
        with psycopg.connect(url) as database:
            return {t: database.execute(f"SELECT count(*) FROM {t}".encode()).fetchone()[0] for t in TABLES}  # type: ignore[index]  # a count has a row


@contextlib.contextmanager
def postgres(policy: Policy) -> Iterator[OnPostgres | None]:
    """None where there are no binaries. What is committed is on the disk (fsync), as with the desk's SQLite."""
    try:
        server = Postgres(fsync=True)
    except NoPostgres:
        yield None
        return
    try:
        yield OnPostgres(server, policy)
    finally:
        server.remove()


def desk_on(store: Store, policy: Policy) -> Desk:
    return Desk(store, policy, DeskClock(), Directory(policy), {})


def _prepare(url: str, policy: Policy) -> None:
    migrate.upgrade(url)
    store = Store.open_now(url)
    try:
        desk = desk_on(store, policy)
        store.transact_now(lambda tx: starting.adopt_policy(desk.unit(tx, Cause(None, "start"))))
    finally:
        store.close_now()
