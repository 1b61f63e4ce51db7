"""The delivery is stopped, starved, or loses its database in the middle of its work."""

import asyncio
import sqlite3
import threading
from dataclasses import replace

from sqlalchemy import Connection
from support import deliveries
from support.deliveries import (
    FAST,
    POLICY,
    NotedHooks,
    StoppedClock,
    all_settled,
    card_of,
    delivering,
    delivery,
    eventually,
    open_ticket,
    post,
    put,
    running,
    states,
)
from support.fake_platform import FakeChat, FakePlatform, Holds, says

from core.language.effects import Live
from core.language.views import Card, Home
from core.store.engine import Store, sqlite_path
from jobs.delivery import Delivery


async def test_F28_what_is_under_way_finishes_and_nothing_new_begins(store: Store) -> None:
    chat, release = FakeChat(), asyncio.Event()
    chat.fault(Holds(release), says("under way"))
    await put(store, post("TRIAGE", "under way"), post("TRIAGE", "not begun"))
    task = asyncio.create_task(delivery(store, FakePlatform(chat), settings=replace(FAST, stop_seconds=600)).run())
    await chat.until(lambda: chat.sends() == 1)
    task.cancel()
    await put(store, post("ELSEWHERE", "not begun either"))
    release.set()
    await asyncio.wait([task])
    assert task.cancelled()
    assert chat.said() == ["under way"]
    assert await states(store) == ["done", "pending", "pending"]


async def test_F28_what_does_not_finish_in_time_is_looked_up_at_the_next_start(store: Store) -> None:
    chat = FakeChat()
    chat.fault(Holds(asyncio.Event(), applied_first=True), says("hangs"))
    await put(store, post("TRIAGE", "hangs"), post("TRIAGE", "after it"))
    async with delivering(store, chat, stop_seconds=0.02):
        await chat.until(lambda: chat.sends() == 1)
    assert await states(store) == ["sending", "pending"]
    async with delivering(store, chat) as made:
        await all_settled(store)
        assert made.counters.total("adopted") == 1
    assert sorted(chat.said()) == ["after it", "hangs"]


async def test_a_stopped_delivery_can_be_started_again(store: Store) -> None:
    chat = FakeChat()
    made = delivery(store, FakePlatform(chat))
    for n in range(3):
        async with running(made):
            await put(store, post("TRIAGE", str(n)))
            await all_settled(store)
    assert chat.said() == ["0", "1", "2"]


async def test_an_answer_is_noted_when_the_database_is_back(sqlite_url: str) -> None:
    """What the platform said is kept meanwhile; nothing has to be looked up."""
    store = await Store.open(sqlite_url, busy_timeout=0.02)
    chat, release = FakeChat(), asyncio.Event()
    chat.fault(Holds(release), says("x"))
    await put(store, post("TRIAGE", "x"))
    async with delivering(store, chat, settle_seconds=600.0) as made:
        await chat.until(lambda: chat.sends() == 1)
        other = sqlite3.connect(sqlite_path(sqlite_url), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        release.set()
        await chat.until(lambda: chat.said() == ["x"])
        await eventually(lambda: not store.healthy)
        assert await states(store) == ["sending"]
        other.execute("ROLLBACK")
        other.close()
        await all_settled(store)
        assert made.counters.total("delivered") == 1
    assert (chat.sends(), chat.readings()) == (1, 0)
    await store.close()


async def test_a_database_that_is_away_is_waited_for(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url, busy_timeout=0.02)
    chat = FakeChat()
    await put(store, post("TRIAGE", "x"))
    made = delivery(store, FakePlatform(chat))
    async with running(made):
        await all_settled(store)
        await put(store, post("TRIAGE", "y"))
        other = sqlite3.connect(sqlite_path(sqlite_url), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await eventually(lambda: not store.healthy)
        other.execute("ROLLBACK")
        other.close()
        await all_settled(store)
    assert chat.said() == ["x", "y"]
    await store.close()


async def test_a_process_that_was_starved_does_not_send_what_another_may_have_taken(store: Store) -> None:
    """Between the claim and the send more time went by than a send may take: the lane may be somebody else's."""
    chat, began, go_on = FakeChat(), threading.Event(), threading.Event()

    def slow(connection: Connection, live: Live) -> Card | Home:
        if not began.is_set():
            began.set()
            assert go_on.wait(10)
        return deliveries.draw(connection, live)

    ticket = await open_ticket(store)
    await put(store, card_of(ticket))
    loop = asyncio.get_running_loop()
    made = Delivery(
        store,
        {"main": FakePlatform(chat)},
        draw=slow,
        hooks=NotedHooks(),
        policy=POLICY,
        clock=StoppedClock(),
        settings=replace(FAST, timeout=0.1, settle_seconds=0.3),
    )
    async with running(made):
        await asyncio.to_thread(began.wait, 10)
        loop.call_later(0.15, go_on.set)
        await all_settled(store)
        assert made.counters.total("absent") == 1
    assert (chat.said(), chat.sends(), chat.readings()) == (["triage_card: Export fails"], 1, 1)
