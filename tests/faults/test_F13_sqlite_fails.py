"""F13: the SQLite file is locked, full, or read-only.

Callers learn of it by DatabaseDown (so that nothing is acknowledged), the store is not healthy (so the desk is not
ready), and it recovers alone."""

import asyncio
import os
import pwd
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from support.processes import until
from support.units import Gate, keys, put, recovers

from core.store.engine import DatabaseDown, Store, Tx


@pytest.fixture
async def sqlite_store(sqlite_url: str) -> AsyncIterator[Store]:
    store = await Store.open(sqlite_url, busy_timeout=0.2)
    yield store
    await store.close()


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Another program writes to the file and does not come to an end."""
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


async def test_F13_sqlite_locked(sqlite_store: Store, sqlite_url: str) -> None:
    with locked(sqlite_url):
        with pytest.raises(DatabaseDown, match="locked"):
            await sqlite_store.transact(put("refused"))
        assert not sqlite_store.healthy
        assert "locked" in (sqlite_store.last_error or "")
        assert await keys(sqlite_store) == [], "what was committed can still be read"
    await recovers(sqlite_store)
    assert await keys(sqlite_store) == ["after"]


async def test_F13_sqlite_locked_with_a_long_queue(sqlite_store: Store, sqlite_url: str) -> None:
    """They fail together: one after the other would take 20 times the busy timeout."""
    await sqlite_store.transact(put("before"))
    with locked(sqlite_url):
        started = time.monotonic()
        outcomes = await asyncio.gather(
            *(sqlite_store.transact(put(f"{n}")) for n in range(20)), return_exceptions=True
        )
        assert all(isinstance(outcome, DatabaseDown) for outcome in outcomes)
        assert time.monotonic() - started < 1.5
    await recovers(sqlite_store)


class Full:
    """A disk with room for so many pages more: every connection made meanwhile has that limit."""

    def __init__(self, url: str, room: int) -> None:
        self.path = url.removeprefix("sqlite:///")
        self.pages = self._pages() + room

    def _pages(self) -> int:
        connection = sqlite3.connect(self.path)
        pages: int = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.close()
        return pages

    def _limit(self, connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {self.pages}")

    def __enter__(self) -> "Full":
        event.listen(Engine, "connect", self._limit)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(Engine, "connect", self._limit)

    def make_room(self, tx: Tx) -> None:
        """Also for the connection that is open."""
        tx.execute(text("PRAGMA max_page_count = 1000000"))


async def test_F13_sqlite_full(sqlite_url: str) -> None:
    def big(tx: Tx) -> None:
        tx.execute(text("INSERT INTO meta VALUES ('big', :value)"), {"value": "x" * 1_000_000})

    with Full(sqlite_url, room=20) as disk:
        store = await Store.open(sqlite_url)
        gate = Gate()
        together = [asyncio.create_task(store.transact(unit)) for unit in (gate, put("a"), big, put("b"))]
        await until(gate.entered.is_set)
        gate.open()
        _, a, full, b = await asyncio.gather(*together, return_exceptions=True)
        assert (a, b) == ("a", "b"), "what fits is kept"
        assert isinstance(full, DatabaseDown)
        assert "full" in str(full)
        await until(lambda: "no space" in (store.last_error or ""), what="the probe finds no room")
    await store.transact(disk.make_room)
    await recovers(store)
    await store.transact(big)
    assert await keys(store) == ["a", "after", "b", "big"]
    await store.close()


@contextmanager
def read_only(url: str) -> Iterator[None]:
    """The file and its folder cannot be written to; not even by root, who is somebody else meanwhile."""
    path = Path(url.removeprefix("sqlite:///"))
    root = os.geteuid() == 0
    closed = [folder for folder in path.parents if root and not folder.stat().st_mode & 0o001]
    modes = {each: each.stat().st_mode for each in (path, path.parent, *closed)}
    for folder in closed:
        folder.chmod(modes[folder] | 0o055)
    path.parent.chmod(0o555)
    path.chmod(0o444)
    if root:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for each, mode in modes.items():
            each.chmod(mode)


async def test_F13_sqlite_read_only(sqlite_url: str) -> None:
    with read_only(sqlite_url):
        store = await Store.open(f"{sqlite_url}", busy_timeout=0.2)
        with pytest.raises(DatabaseDown, match="readonly"):
            await store.transact(put("refused"))
        assert not store.healthy
    await recovers(store)
    assert await keys(store) == ["after"]
    await store.close()
