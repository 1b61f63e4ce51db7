"""The one way to the database: `await store.transact(fn)` and `await store.read(fn)`.

What a unit of work `fn(tx)` has to be: a plain function that may be run again from its start, because its group was
rolled back, because it lost a race, or because the COMMIT's outcome is not known. So it changes nothing outside its
transaction (that is what `Tx.after_commit` is for), and what it writes is recognised by natural keys, which makes a
second run harmless even when the first one had been committed. It lets errors of the database pass.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError

from core.store.sqlite_writer import SqliteStore
from core.store.tx import DatabaseDown, Dialect, Health, Tx, Unit
from core.store.wake import Wakes

__all__ = ["DatabaseDown", "Dialect", "Store", "Tx", "parse_url", "sqlite_path"]

T = TypeVar("T")


def parse_url(url: str) -> URL:
    """`sqlite:///path` or `postgresql://…` (also spelled `postgres://`), with the driver we use. Raises ValueError
    for anything else; the message holds no password."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError("the database's address is neither sqlite:///path nor postgresql://…") from None
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return parsed.set(drivername="sqlite")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+psycopg")
        case name:
            raise ValueError(f"the database's address is neither sqlite:///path nor postgresql://…, but {name}:…")


def sqlite_path(url: str) -> Path | None:
    """The file behind an address; None for PostgreSQL."""
    parsed = parse_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


class Backend(Protocol):
    """What each database's module has for the store."""

    health: Health

    def listen(self) -> None: ...
    def submit(self, unit: Unit) -> Future[Any]: ...
    async def run(self, unit: Unit) -> Any: ...
    def submit_read(self, fn: Callable[[Connection], Any]) -> Future[Any]: ...
    def close(self) -> None: ...


class Store:
    """Open engines of one database. May be used from any thread and event loop."""

    def __init__(self, url: str, *, threads: int, busy_timeout: float, overflow_after: float) -> None:
        parsed = parse_url(url)
        path = sqlite_path(url)
        self._wakes = Wakes()
        self.dialect: Dialect = "sqlite" if path else "postgresql"
        self._backend: Backend
        if path:
            self._backend = SqliteStore(
                path, threads=threads, busy_timeout=busy_timeout, overflow_after=overflow_after, wakes=self._wakes
            )
        else:
            from core.store.postgres_pool import PostgresStore  # late: its driver takes long to load

            self._backend = PostgresStore(
                parsed, threads=threads, busy_timeout=busy_timeout, overflow_after=overflow_after, wakes=self._wakes
            )

    @classmethod
    async def open(
        cls, url: str, *, threads: int = 8, busy_timeout: float = 5.0, overflow_after: float = 0.5
    ) -> "Store":
        """`open_now` off the event loop."""
        return await asyncio.to_thread(
            cls.open_now, url, threads=threads, busy_timeout=busy_timeout, overflow_after=overflow_after
        )

    @classmethod
    def open_now(cls, url: str, *, threads: int = 8, busy_timeout: float = 5.0, overflow_after: float = 0.5) -> "Store":
        """Opens a database that exists; its schema is `core.store.migrate`'s matter. Times in seconds:
        `busy_timeout` is how long a lock that somebody else holds is waited for, `overflow_after` how long a unit
        may wait in the queue before its cheap variant runs instead. On PostgreSQL `threads` units and as many reads run
        at a time, each on a connection of its own. Raises ValueError for an address of another kind and DatabaseDown
        when the database cannot be reached now."""
        store = cls(url, threads=threads, busy_timeout=busy_timeout, overflow_after=overflow_after)
        try:
            # On SQLite a statement that touches no page would not notice that the file is something else.
            look = "PRAGMA schema_version" if store.dialect == "sqlite" else "SELECT 1"
            store.read_now(lambda connection: connection.exec_driver_sql(look).scalar_one())
        except BaseException:
            store.close_now()
            raise
        return store

    async def transact(self, fn: Callable[[Tx], T], *, overflow: Callable[[Tx], T] | None = None) -> T:
        """The value of `fn`, after its COMMIT. What `fn` raises undoes its work alone and is raised here;
        DatabaseDown when the database fails. A caller who is cancelled does not learn whether the unit ran."""
        value: T = await self._backend.run(Unit(fn, overflow))
        return value

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """The value of `fn` on one snapshot, which can be only read. Never waits for writers nor holds them up."""
        value: T = await asyncio.wrap_future(self._backend.submit_read(fn))
        return value

    def transact_now(self, fn: Callable[[Tx], T], *, overflow: Callable[[Tx], T] | None = None) -> T:
        """`transact` for programs without an event loop."""
        value: T = self._backend.submit(Unit(fn, overflow)).result()
        return value

    def read_now(self, fn: Callable[[Connection], T]) -> T:
        """`read` for programs without an event loop."""
        value: T = self._backend.submit_read(fn).result()
        return value

    async def wait(self, topic: str, timeout: float) -> bool:  # noqa: ASYNC109 (running out is an answer here)
        """Waits until somebody wakes `topic` (see `Tx.wake`), at most `timeout` seconds: True when woken. A wake
        since the last wait counts. Topics are a few fixed words. On PostgreSQL the first wait starts the listening
        connection."""
        self._wakes.expect(topic)
        self._backend.listen()
        return await self._wakes.wait(topic, timeout)

    @property
    def healthy(self) -> bool:
        """Whether the database worked the last time; tried anew by itself while it did not."""
        return self._backend.health.ok

    @property
    def last_error(self) -> str | None:
        """Why the store is not healthy."""
        return self._backend.health.error

    async def close(self) -> None:
        await asyncio.to_thread(self.close_now)

    def close_now(self) -> None:
        """Finishes what is queued, then lets go of the database. Nothing can be queued any more."""
        self._backend.close()
