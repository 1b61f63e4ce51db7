"""Leases, fences, and several processes on one database."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Update, update
from support.deliveries import (
    Ticket,
    all_settled,
    delivering,
    eventually,
    note,
    open_ticket,
    post,
    put,
    reply,
    rows,
    states,
)
from support.fake_platform import Fails, FakeChat, Holds, kind, says

from core.ports import OutcomeUnknown
from core.store import claims, heads, lanes, outbox
from core.store import tables as t
from core.store.claims import Claimed, Lost
from core.store.engine import Store, Tx
from core.store.heads import Head
from core.store.lanes import Hold


@pytest.fixture
async def two_stores(postgres_url: str) -> AsyncIterator[tuple[Store, Store]]:
    """Two processes' stores on one database."""
    stores = await Store.open(postgres_url), await Store.open(postgres_url)
    yield stores
    for store in stores:
        await store.close()


async def take(store: Store, holder: str, seconds: float = 30.0) -> Hold | None:
    return await store.transact(lambda tx: lanes.take(tx, "main", "TRIAGE", holder, seconds=seconds))


async def claim(store: Store, hold: Hold, row: int) -> claims.Taken:
    return await store.transact(lambda tx: claims.claim(tx, hold, row, lease=30, settle=30, wait=1))


# --- leases --------------------------------------------------------------------------------------------------


async def test_a_lease_keeps_others_out_until_it_ends(store: Store) -> None:
    first = await take(store, "a")
    assert first == Hold("main", "TRIAGE", "a", 1)
    assert await take(store, "b") is None
    assert await store.transact(lambda tx: lanes.renew(tx, first, seconds=0.0))
    second = await take(store, "b")
    assert second == Hold("main", "TRIAGE", "b", 2)
    assert not await store.transact(lambda tx: lanes.renew(tx, first, seconds=30.0))
    # Whoever has it may take it anew, for when nobody knows whether a COMMIT took effect.
    assert await take(store, "b") == Hold("main", "TRIAGE", "b", 3)


async def test_leases_are_given_back_and_made_void_but_fences_only_grow(store: Store) -> None:
    assert await take(store, "a") is not None
    await store.transact(lambda tx: lanes.give_back(tx, "a"))
    assert (await take(store, "b")).fence == 2
    await store.transact(lambda tx: lanes.give_back(tx, "a"))
    assert await take(store, "c") is None
    await store.transact(lanes.void_leases)
    assert (await take(store, "c")).fence == 3


async def test_a_row_is_claimed_once_and_only_under_a_lease(store: Store) -> None:
    await put(store, post("TRIAGE", "x"))
    [(row,)] = await rows(store, t.outbox, "id")
    old = await take(store, "a", seconds=0.0)
    new = await take(store, "b")
    assert isinstance(await claim(store, old, row), Lost)
    taken = await claim(store, new, row)
    assert isinstance(taken, Claimed)
    assert (taken.row.state, taken.row.attempts, taken.row.fence) == ("sending", 1, new.fence)
    assert not isinstance(await claim(store, new, row), Claimed)


async def test_a_settle_under_an_old_fence_changes_nothing(store: Store) -> None:
    """Without the check of the fence an old holder would take a row that is being sent anew for settled."""
    await put(store, post("TRIAGE", "x"))
    [(row,)] = await rows(store, t.outbox, "id")
    old = await take(store, "a", seconds=0.0)
    stale = (await claim(store, old, row)).row
    await store.transact(lambda tx: lanes.renew(tx, old, seconds=0.0))
    new = await take(store, "b")
    before = await rows(store, t.outbox, "state", "fence", "attempts", "error", "next_attempt_at")

    async def changes(hold: Hold, as_seen: claims.Row) -> list[bool]:
        now = await store.read(lanes.real_now)
        return [
            await store.transact(lambda tx: claims.done(tx, hold, as_seen)),
            await store.transact(lambda tx: claims.again(tx, hold, as_seen, why="x", seconds=0)),
            await store.transact(lambda tx: claims.unknown(tx, hold, as_seen, why="x", until=now)),
            await store.transact(lambda tx: claims.bury(tx, hold, as_seen, why="x")),
        ]

    assert await changes(old, stale) == [False] * 4
    assert await rows(store, t.outbox, "state", "fence", "attempts", "error", "next_attempt_at") == before
    # The new holder looks it up, sends it again, and the old one comes back while that is under way.
    head = Head(row, "post", "sending", 3, None, True)
    seen = (await store.transact(lambda tx: claims.revisit(tx, new, head, lease=30))).row
    assert await store.transact(lambda tx: claims.again(tx, new, seen, why="absent", seconds=0))
    sending = (await claim(store, new, row)).row
    assert await changes(old, stale) == [False] * 4
    # A row that is not as it was when it was looked at is not changed under a good lease either.
    assert await changes(new, replace(sending, fence=old.fence)) == [False] * 4
    assert await changes(new, replace(sending, state="unknown")) == [False] * 4
    assert await store.transact(lambda tx: claims.done(tx, new, sending))


# --- the overview --------------------------------------------------------------------------------------------


async def test_the_overview_has_every_lane_in_which_something_waits(store: Store) -> None:
    assert await store.read(lanes.waiting) == []
    await put(
        store,
        post("B", "1"),
        post("A", "2"),
        post("A", "3", urgency="background"),
        post("A", "4", urgency="reply"),
        replace(post("", "5"), connection="other"),
        post("DONE", "6"),
    )
    ids = [row for (row,) in await rows(store, t.outbox, "id")]
    await store.transact(lambda tx: tx.execute(update(t.outbox).where(t.outbox.c.id == ids[5]).values(state="done")))
    await take(store, "a")
    await store.transact(lambda tx: lanes.take(tx, "main", "B", "a", seconds=30.0))
    found = sorted(await store.read(lanes.waiting), key=lambda w: (w.connection, w.channel))
    assert [(w.connection, w.channel, w.newest, w.count, w.holder) for w in found] == [
        ("main", "A", ids[3], 3, None),
        ("main", "B", ids[0], 1, "a"),
        ("other", "", ids[4], 1, None),
    ]
    assert found[0].taken_for == 0.0
    assert 0.0 < found[1].taken_for <= 30.0


async def test_pauses_are_kept(store: Store) -> None:
    assert await store.transact(lambda tx: lanes.pause(tx, "main", "revoked"))
    assert not await store.transact(lambda tx: lanes.pause(tx, "main", "again"))
    assert await store.read(lanes.paused) == {"main": "revoked"}
    assert await store.transact(lambda tx: lanes.resume(tx, "main"))
    assert not await store.transact(lambda tx: lanes.resume(tx, "main"))
    assert await store.read(lanes.paused) == {}


# --- which rows can go ---------------------------------------------------------------------------------------


async def found_heads(store: Store, **more: object) -> list[int]:
    page = await store.read(lambda connection: heads.look(connection, ("main", "TRIAGE"), **{"page": 10, **more}))
    return [head.id for head in page.heads]


async def test_heads_are_the_first_of_their_conversations(store: Store) -> None:
    one, two = await open_ticket(store), await open_ticket(store)
    await put(store, note(one, "1"), note(one, "2"), note(two, "3"), note(two, "4"), post("TRIAGE", "5"))
    ids = [row for (row,) in await rows(store, t.outbox, "id")]
    assert await found_heads(store) == [ids[4], ids[0], ids[2]]  # a reminder goes before what is like a card
    assert await found_heads(store, page=2) == [ids[4], ids[0]]
    assert await found_heads(store, blocked=("post",)) == []
    assert await found_heads(store, blocked=("update", "post", "react")) == []
    assert await found_heads(store, blocked=("update", "posts", "pos")) == [ids[4], ids[0], ids[2]]
    assert await found_heads(store, due_for=60.0) == []

    def set_state(state: str) -> Update:
        return update(t.outbox).where(t.outbox.c.id == ids[0]).values(state=state)

    for state in ("sending", "unknown"):
        await store.transact(lambda tx, state=state: tx.execute(set_state(state)))
        assert ids[1] not in await found_heads(store)
        # What is to be looked up is no new post.
        assert await found_heads(store, blocked=("post",)) == [ids[0]]
    for state in ("done", "dead"):
        await store.transact(lambda tx, state=state: tx.execute(set_state(state)))
        assert await found_heads(store) == [ids[4], ids[1], ids[2]]


async def test_a_look_says_when_to_look_again(store: Store) -> None:
    async def look(**more: object) -> heads.Page:
        return await store.read(lambda connection: heads.look(connection, ("main", "TRIAGE"), **{"page": 9, **more}))

    assert await look() == heads.Page((), None, cut=False)
    await put(store, post("TRIAGE", "1"), post("TRIAGE", "2"))
    assert (await look()).next_in is None
    assert (await look(depth=1)).cut
    assert (await look(page=1)).cut
    # Something is due that only waits for a rate; of the other kinds there is nothing.
    assert await look(blocked=("post",)) == heads.Page((), None, cut=False, held=("post",))
    assert (await look(blocked=("update",))).heads
    assert (await look(blocked=("post",), depth=1)) == heads.Page((), 0.0, cut=True, held=("post",))

    def later(tx: Tx) -> None:
        tx.execute(update(t.outbox).values(next_attempt_at=tx.real_now() + timedelta(seconds=20)))

    await store.transact(later)
    for page in (await look(), await look(blocked=("post",))):
        assert page.heads == ()
        assert not page.held
        assert 15 < page.next_in <= 20


# --- one process that ended -----------------------------------------------------------------------------------


async def test_on_sqlite_an_old_lease_is_void_at_once(sqlite_url: str) -> None:
    """The desk has the file to itself: nobody can be sending any more."""
    store = await Store.open(sqlite_url)
    chat = FakeChat()
    assert await take(store, "gone", seconds=3600.0)
    await put(store, post("TRIAGE", "x"))
    async with delivering(store, chat):
        await all_settled(store)
    assert chat.said() == ["x"]
    await store.close()


async def test_on_postgresql_an_old_lease_has_to_end(postgres_url: str) -> None:
    store = await Store.open(postgres_url)
    chat = FakeChat()
    assert await take(store, "gone", seconds=0.5)
    await put(store, post("TRIAGE", "x"), post("ELSEWHERE", "y"))
    async with delivering(store, chat):
        await chat.until(lambda: chat.said() == ["y"])
        await all_settled(store)
    assert chat.said() == ["y", "x"]
    await store.close()


# --- two processes -------------------------------------------------------------------------------------------


async def test_two_processes_share_the_work_in_order_and_double_nothing(two_stores: tuple[Store, Store]) -> None:
    chat = FakeChat()
    tickets = [await open_ticket(two_stores[0], chat, f"ticket {n}") for n in range(6)]

    async def write(store: Store, ticket: Ticket, count: int) -> None:
        for n in range(count):
            await put(store, reply(ticket, f"{ticket.number}:{n:02}"))

    chat.fault(Fails(OutcomeUnknown("reset")), says(f"{tickets[0].number}:03"))
    async with delivering(two_stores[0], chat, by="a"), delivering(two_stores[1], chat, by="b"):
        await asyncio.gather(*(write(two_stores[n % 2], ticket, 10) for n, ticket in enumerate(tickets)))
        # Channels of their own, so that both processes have lanes.
        await put(two_stores[0], *(post(f"C{n}", f"post {n}") for n in range(40)))
        await all_settled(two_stores[0])
    for ticket in tickets:
        said = [words for words in chat.said("GLOBEX") if words.startswith(f"{ticket.number}:")]
        assert said == [f"{ticket.number}:{n:02}" for n in range(10)]
    assert sorted(chat.said(None)) == sorted(set(chat.said(None)))
    assert {call.by for call in chat.calls} == {"a", "b"}
    assert set(await states(two_stores[0])) == {"done"}


async def test_F12_what_a_stopped_process_had_in_hand_is_taken_over(two_stores: tuple[Store, Store]) -> None:
    """The first holder gets its answer only after its lease has ended. The second one finds the post; what the
    first one then wants to settle changes nothing."""
    chat, release = FakeChat(), asyncio.Event()
    await put(two_stores[0], post("TRIAGE", "first"), post("TRIAGE", "second"))
    chat.fault(Holds(release, applied_first=True), says("first"))
    async with delivering(two_stores[0], chat, by="a", lease_seconds=0.2, settle_seconds=0.3) as stopped:
        await chat.until(lambda: chat.sends(says("first")) == 1)
        async with delivering(two_stores[1], chat, by="b", lease_seconds=5.0, settle_seconds=0.3) as other:
            await all_settled(two_stores[1])
            assert other.counters.total("adopted") == 1
            before = await rows(two_stores[1], t.outbox, "state", "fence", "settled_at")
            release.set()
            await eventually(lambda: stopped.counters.total("fenced") == 1)
            assert await rows(two_stores[1], t.outbox, "state", "fence", "settled_at") == before
    assert chat.said() == ["first", "second"]
    assert [row[:2] for row in before] == [("done", 1), ("done", 2)]
    assert len(await rows(two_stores[0], t.sent, "message")) == 2


async def test_F12_a_stopped_process_does_not_settle_what_another_sends_anew(two_stores: tuple[Store, Store]) -> None:
    """An update may be repeated, so there is nothing to be found: the old holder comes back while the new one is
    in the middle of it."""
    chat, first, second = FakeChat(), asyncio.Event(), asyncio.Event()
    chat.write("TRIAGE", "before")
    change = replace(post("TRIAGE", "after"), kind="update", purpose="nothing", message="000001")
    chat.fault(Holds(first), kind("update"))
    chat.fault(Holds(second), kind("update"))
    await put(two_stores[0], change)
    async with delivering(two_stores[0], chat, by="a", lease_seconds=0.2, settle_seconds=0.3) as stopped:
        await chat.until(lambda: chat.sends() == 1)
        async with delivering(two_stores[1], chat, by="b", lease_seconds=5.0, settle_seconds=5.0) as other:
            await chat.until(lambda: chat.sends() == 2)
            first.set()
            await eventually(lambda: stopped.counters.total("fenced") == 1)
            assert await states(two_stores[0]) == ["sending"]
            second.set()
            await all_settled(two_stores[0])
            assert other.counters.total("delivered") == 1


async def test_a_process_that_stops_leaves_its_lanes_to_the_others_at_once(two_stores: tuple[Store, Store]) -> None:
    chat = FakeChat()
    async with delivering(two_stores[1], chat, by="b", lease_seconds=600.0):
        async with delivering(two_stores[0], chat, by="a", lease_seconds=600.0):
            await put(two_stores[0], *(post(f"C{n}", "before") for n in range(20)))
            await all_settled(two_stores[0])
        await put(two_stores[1], *(post(f"C{n}", "after") for n in range(20)))
        await all_settled(two_stores[1])
    assert chat.said().count("after") == 20


async def test_a_row_committed_late_with_a_lower_id_is_seen(two_stores: tuple[Store, Store]) -> None:
    """PostgreSQL hands out ids before commits; the lane is kept waiting by a row with a higher id."""
    store, other = two_stores
    chat, entered, release = FakeChat(), asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(tx: Tx) -> None:
        outbox.enqueue(tx, [post("TRIAGE", "committed late")])
        loop.call_soon_threadsafe(entered.set)
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result(10)

    def not_due(tx: Tx) -> None:
        outbox.enqueue(tx, [post("TRIAGE", "in an hour")])
        tx.execute(update(t.outbox).values(next_attempt_at=tx.real_now() + timedelta(hours=1)))

    late = asyncio.create_task(other.transact(slow))
    await entered.wait()
    await store.transact(not_due)
    async with delivering(store, chat):
        await eventually(lambda: rows(store, t.lane, "holder"))
        await put(store, post("ELSEWHERE", "the lane has been looked at"))
        await chat.until(lambda: len(chat.said()) == 1)
        release.set()
        await late
        await chat.until(lambda: "committed late" in chat.said())
    [late_id, other_id] = [row for row, channel in await rows(store, t.outbox, "id", "channel") if channel == "TRIAGE"]
    assert late_id < other_id
