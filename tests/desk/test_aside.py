"""Events that cannot be handled at once: stored, and handled in their order a little later."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs
from support.desk import TRIAGE, DeskDriver, policy
from support.processes import until

from core.language.events import Inbound
from core.store import tables as t
from core.store.engine import Store
from jobs import aside


@pytest.fixture
async def hurried(database_url: str) -> AsyncIterator[DeskDriver]:
    """A desk where every event that may wait has waited too long."""
    store = await Store.open(database_url, overflow_after=-1)
    yield await DeskDriver(store, policy()).start()
    await store.close()


@asynccontextmanager
async def draining(desk: DeskDriver) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(aside.drain_stored(desk.desk, lambda: None))
        yield
        await until(lambda: _none_stored(desk), what="nothing stored")
        task.cancel()


async def _none_stored(desk: DeskDriver) -> bool:
    return not await desk.receipts_in("stored")


async def test_an_overflow_is_handled_in_order(hurried: DeskDriver) -> None:
    desk = hurried
    written: list[Inbound] = [
        desk.message("ann", f"Line {n}", at=desk.clock.now() + timedelta(seconds=n)) for n in range(6)
    ]
    written.append(desk.message("ian", "Elsewhere", "C0INITECH"))
    for event in written:
        await desk.handle(event)
        await desk.handle(event)  # and again: it is known
    assert len(await desk.receipts_in("stored")) == 7
    assert await desk.tickets() == []
    # What somebody waits for is never put off.
    assert await desk.types("bo", "list")
    stored = await desk.receipts_in("stored")
    assert not await desk.desk.handle_aside(stored[2].id), "the earlier ones of its channel come first"
    async with draining(desk):
        pass
    assert await desk.bodies(1) == [f"Line {n}" for n in range(6)]
    assert await desk.bodies(2) == ["Elsewhere"]


async def test_while_some_are_stored_later_ones_wait_behind_them(database_url: str) -> None:
    store = await Store.open(database_url)
    desk = await DeskDriver(store, policy()).start()
    root = await desk.says("ann", "One")
    await desk.set_all(t.receipt, state="stored", raw='{"event": 1}')
    await desk.says("ann", "Two", thread=root)
    await desk.edits("ann", root, "Two and a half")
    await desk.says("ian", "Elsewhere", "C0INITECH")
    assert [ticket.requester_name for ticket in await desk.tickets()] == ["Ann Weber", "Ian Moss"]
    assert [r.channel for r in await desk.receipts_in("stored")] == ["C0GLOBEX"] * 3
    async with draining(desk):
        pass
    assert await desk.bodies(1) == ["Two and a half", "Two"]
    await store.close()


async def test_a_stored_event_that_fails_holds_nobody_up(hurried: DeskDriver) -> None:
    desk = hurried
    await desk.says("ann", "One")
    broken = desk.event(type(desk.message("ann", "x")), ref=desk.message("ann", "").ref, author=None, text=())
    await desk.handle(broken)
    await desk.says("ann", "Two")
    with capture_logs():
        async with draining(desk):
            pass
    assert len(await desk.receipts_in("quarantined")) == 1
    assert await desk.bodies() == ["One", "Two"]


async def test_an_answer_to_a_post_that_is_not_settled_yet_waits(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    card = (await desk.sent("card"))[0]
    # As if the card had been sent, and the desk did not know yet what became of it.
    await desk.store.transact(lambda tx: tx.execute(t.sent.delete()))
    await desk.set_all(t.conversation, thread=None)
    await desk.set_all(t.outbox, state="sending", sent_at=datetime.now(UTC) - timedelta(seconds=1))
    await desk.reacts("bo", card, "tada")
    await desk.says("bo", "Old server.", TRIAGE, thread=card)
    (note,) = await desk.receipts_in("stored")
    assert not await desk.desk.handle_aside(note.id)
    await desk.set_all(t.outbox, state="done")
    async with draining(desk):
        pass
    # Nothing is known of the card here; it was talk in the triage channel, then.
    assert await desk.bodies() == ["The export fails."]


async def test_a_post_that_is_sent_later_holds_nothing_up(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    await desk.set_all(t.outbox, state="sending", sent_at=datetime.now(UTC) + timedelta(seconds=60))
    await desk.says("bo", "What a day.", TRIAGE, thread=await desk.says("bo", "Hello.", TRIAGE))
    assert await desk.receipts_in("stored") == []
