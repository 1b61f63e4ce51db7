"""Ticks run, once where they must, and the auditor finds what nobody has in hand."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import insert, update
from support.deliveries import NOW, eventually, post, put, rows

from core.store import lanes, outbox
from core.store import tables as t
from core.store.engine import Store, Tx
from jobs.auditor import Auditor
from jobs.clock import Tick, Ticks, take_slot


class Counted:
    def __init__(self) -> None:
        self.runs = 0
        self.at_once = 0
        self.most_at_once = 0

    async def __call__(self) -> None:
        self.runs += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_ticks_run_again_and_again_and_one_that_fails_is_seen(store: Store) -> None:
    fine, fails = Counted(), True

    async def sometimes() -> None:
        if fails:
            raise LookupError("no luck")

    ticks = Ticks(store, [Tick("fine", 0.02, fine), Tick("sometimes", 0.02, sometimes)])
    task = asyncio.create_task(ticks.run())
    await eventually(lambda: fine.runs >= 3)
    assert ticks.failing() == {"sometimes": "LookupError: no luck"}
    fails = False
    await eventually(lambda: ticks.failing() == {})
    await stop(task)
    assert fine.most_at_once == 1


async def test_a_tick_never_runs_twice_at_a_time_and_is_cancelled_at_the_end(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    entered, cancelled = 0, asyncio.Event()

    async def slow() -> None:
        nonlocal entered
        entered += 1
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    quick = Counted()
    task = asyncio.create_task(Ticks(store, [Tick("slow", 0.02, slow), Tick("quick", 0.02, quick)]).run())
    await eventually(lambda: quick.runs >= 4)
    assert entered == 1
    # Whoever reads the log learns which one is slow, and nothing of a stop that is in order.
    assert any('"slow' in record.getMessage() for record in caplog.records)
    caplog.clear()
    await stop(task)
    assert cancelled.is_set()
    assert [record.getMessage() for record in caplog.records] == []


async def test_a_slot_is_taken_once_by_however_many(store: Store) -> None:
    taken = await asyncio.gather(*(store.transact(lambda tx: take_slot(tx, "digest", 1_000_000.0)) for _ in range(10)))
    assert taken.count(True) == 1
    assert await store.transact(lambda tx: take_slot(tx, "other", 1_000_000.0))


async def test_a_once_tick_runs_in_one_process(store: Store) -> None:
    one, other, local = Counted(), Counted(), Counted()
    tables = [[Tick("shared", 1_000_000.0, one, once=True)], [Tick("shared", 1_000_000.0, other, once=True)]]
    tables[1].append(Tick("local", 0.02, local))
    tasks = [asyncio.create_task(Ticks(store, table).run()) for table in tables]
    await eventually(lambda: one.runs + other.runs == 1 and local.runs >= 4)
    for task in tasks:
        await stop(task)
    assert one.runs + other.runs == 1


async def test_old_slots_are_forgotten(store: Store) -> None:
    old = [{"job": "tick:digest", "slot": f"{n:015}", "at": NOW} for n in range(5)]
    await store.transact(lambda tx: tx.execute(insert(t.job_run), [*old, {"job": "else", "slot": "1", "at": NOW}]))
    assert await store.transact(lambda tx: take_slot(tx, "digest", 60.0))
    found = await rows(store, t.job_run, "job", "slot")
    assert [job for job, _ in found] == ["else", "tick:digest"]


async def test_two_ticks_cannot_have_one_name(store: Store) -> None:
    with pytest.raises(ValueError, match="same name"):
        Ticks(store, [Tick("x", 1, Counted()), Tick("x", 1, Counted())])


# --- the auditor ---------------------------------------------------------------------------------------------


def due_since(seconds: float) -> object:
    def unit(tx: Tx) -> None:
        tx.execute(update(t.outbox).values(next_attempt_at=tx.real_now() - timedelta(seconds=seconds)))

    return unit


async def test_overdue_rows_are_woken_and_told(store: Store) -> None:
    auditor = Auditor(store, connections=["main"], wake_after=30.0, unhealthy_after=300.0)
    await put(store, post("TRIAGE", "x"))
    await auditor.tick()
    assert not await store.wait(outbox.AGAIN, 0.0)
    await store.transact(due_since(60.0))
    await auditor.tick()
    assert await store.wait(outbox.AGAIN, 5.0)
    assert auditor.problems() == ()
    await store.transact(due_since(400.0))
    await auditor.tick()
    assert auditor.problems() == ("what waits for main/TRIAGE is not sent",)
    # Somebody has it in hand.
    await store.transact(lambda tx: lanes.take(tx, "main", "TRIAGE", "a", seconds=60.0))
    await store.wait(outbox.AGAIN, 0.0)
    await auditor.tick()
    assert auditor.problems() == ()
    assert not await store.wait(outbox.AGAIN, 0.0)


async def test_what_nobody_is_to_send_is_not_overdue(store: Store) -> None:
    await put(store, post("TRIAGE", "x"))
    await store.transact(due_since(9999.0))
    elsewhere = Auditor(store, connections=["other"])
    await elsewhere.tick()
    assert elsewhere.problems() == ()
    await store.transact(lambda tx: lanes.pause(tx, "main", "revoked"))
    auditor = Auditor(store, connections=["main"])
    await auditor.tick()
    assert auditor.problems() == ()


async def test_stored_events_that_wait_too_long_are_told(store: Store) -> None:
    def receive(tx: Tx) -> None:
        at = tx.real_now() - timedelta(seconds=400)
        event = {"connection": "main", "natural_key": "k", "received_at": at, "state": "stored"}
        tx.execute(insert(t.receipt), event)

    await store.transact(receive)
    auditor = Auditor(store, connections=["main"])
    await auditor.tick()
    assert await store.wait("stored", 5.0)
    assert auditor.problems()[0].startswith("a stored event has waited for 4")
