"""Small units of work for tests of the store itself."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, event, insert, select
from support.processes import until

from core.store.engine import Store, Tx
from core.store.tables import meta

PUT = insert(meta).values(key=bindparam("key"), value=bindparam("value"))
GET = select(meta.c.key).order_by(meta.c.key)
FIND = select(meta.c.key).where(meta.c.key == bindparam("wanted"))


def put(key: str) -> Callable[[Tx], str]:
    def unit(tx: Tx) -> str:
        tx.execute(PUT, {"key": key, "value": ""})
        return key

    return unit


def put_once(key: str) -> Callable[[Tx], str]:
    """As units recognise what they have done: by a natural key."""

    def unit(tx: Tx) -> str:
        if tx.execute(FIND, {"wanted": key}).first():
            return "found"
        tx.execute(PUT, {"key": key, "value": ""})
        return "made"

    return unit


def count_keys(connection: Connection) -> int:
    return len(connection.execute(GET).all())


async def keys(store: Store) -> list[str]:
    return await store.read(lambda connection: list(connection.scalars(GET)))


class Gate:
    """A unit that keeps its thread until it is opened."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self._open = threading.Event()

    def __call__(self, _: Tx) -> None:
        self.entered.set()
        assert self._open.wait(10)

    def open(self) -> None:
        self._open.set()


@contextmanager
def counted_commits() -> Iterator[list[Any]]:
    """Grows by one with each COMMIT of this process."""
    seen: list[Any] = []

    def committing(connection: Connection) -> None:
        seen.append(connection)

    event.listen(Engine, "commit", committing)
    try:
        yield seen
    finally:
        event.remove(Engine, "commit", committing)


@contextmanager
def heard_statements() -> Iterator[list[str]]:
    """Every statement that an engine of this process executes meanwhile, as the driver gets it."""
    seen: list[str] = []

    def executing(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", executing)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", executing)


async def recovers(store: Store) -> None:
    await until(lambda: store.healthy, what="the store is healthy again, though nobody uses it")
    assert store.last_error is None
    await store.transact(put("after"))
