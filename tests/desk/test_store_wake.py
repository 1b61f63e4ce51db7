"""Waking: nobody sleeps through a wake, in this process or another."""

import asyncio
import time

import pytest
from support.postgres import Postgres
from support.processes import until
from support.units import put

from core.store.engine import Store, Tx
from core.store.wake import Wakes

LISTENERS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'deskhand listener' AND query ~ '^LISTEN'"


def wakes(topic: str):
    def unit(tx: Tx) -> None:
        tx.wake(topic)

    return unit


async def listeners(store: Store) -> set[int]:
    return await store.read(lambda connection: set(connection.exec_driver_sql(LISTENERS).scalars()))


async def test_who_waits_is_woken_after_the_commit(store: Store) -> None:
    waiting = [asyncio.create_task(store.wait("outbox", 10)) for _ in range(3)]
    other = asyncio.create_task(store.wait("clock", 0.3))
    await asyncio.sleep(0)
    await store.transact(wakes("outbox"))
    assert await asyncio.gather(*waiting) == [True] * 3
    if store.dialect == "sqlite":
        assert not await other, "another topic"
    else:
        await other


async def test_a_wake_that_came_while_nobody_waited_counts_once(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url)
    await store.transact(wakes("outbox"))
    assert await store.wait("outbox", 0.05)
    assert not await store.wait("outbox", 0.05)
    await store.close()


async def test_a_unit_that_failed_waitingnobody(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url)

    def unit(tx: Tx) -> None:
        tx.wake("outbox")
        raise ValueError

    with pytest.raises(ValueError):
        await store.transact(unit)
    assert not await store.wait("outbox", 0.05)
    await store.close()


async def listening(url: str) -> Store:
    """A store whose listener listens, and whose waits have taken notice of it."""
    store = await Store.open(url)
    assert await store.wait("outbox", 10), "woken once, to look for what came before it listened"
    return store


async def test_another_process_is_woken_with_the_commit(postgres_url: str) -> None:
    here, there = await Store.open(postgres_url), await listening(postgres_url)

    def unit(tx: Tx) -> None:
        put("a")(tx)
        tx.wake("outbox")
        tx.wake("outbox")

    started = time.monotonic()
    waiting = asyncio.create_task(there.wait("outbox", 10))
    await here.transact(unit)
    assert await waiting
    assert time.monotonic() - started < 1
    assert not await there.wait("outbox", 0.05), "once"
    await here.close()
    await there.close()


async def test_a_store_does_not_hear_itself_twice(postgres_url: str) -> None:
    store = await listening(postgres_url)
    waiting = asyncio.create_task(store.wait("outbox", 10))
    await asyncio.sleep(0)
    await store.transact(wakes("outbox"))
    assert await waiting
    assert not await store.wait("outbox", 0.1)
    await store.close()


async def test_listening_is_taken_up_again(postgres_server: Postgres, postgres_url: str) -> None:
    here, there = await Store.open(postgres_url), await listening(postgres_url)
    first = await until(lambda: listeners(here))
    waiting = asyncio.create_task(there.wait("outbox", 10))
    await asyncio.sleep(0)
    postgres_server.execute(f"SELECT pg_terminate_backend({first.pop()})")
    assert await waiting, "whoever waits looks once when it listens again, since a wake may have been lost"
    waiting = asyncio.create_task(there.wait("outbox", 10))
    await here.transact(wakes("outbox"))
    assert await waiting
    await here.close()
    await there.close()


async def test_who_is_about_to_wait_is_woken_with_all() -> None:
    """The listening connection may be there before the wait that asked for it has begun."""
    waiting = Wakes()
    waiting.expect("outbox")
    waiting.wake_all()
    assert await waiting.wait("outbox", 0)
