"""The platform says no: for now, for good, or to everything."""

import asyncio
from dataclasses import replace

import pytest
from support.deliveries import (
    FAST,
    all_settled,
    delivering,
    delivery,
    eventually,
    note,
    open_ticket,
    post,
    put,
    reply,
    rows,
    running,
    states,
)
from support.fake_platform import Fails, FakeChat, FakePlatform, anything, kind, says

from core.ports import NotSent, OutcomeUnknown, RateLimited, RefusedByPlatform, Revoked
from core.store import lanes, outbox
from core.store import tables as t
from core.store.engine import Store
from core.store.outbox import Effect

# --- F15: later ----------------------------------------------------------------------------------------------


async def test_F15_only_the_lane_that_was_limited_waits(store: Store) -> None:
    chat = FakeChat()
    chat.fault(Fails(RateLimited(0.3)), says("limited"))
    loop = asyncio.get_running_loop()
    await put(store, post("BUSY", "limited", urgency="reply"), post("BUSY", "behind"), post("QUIET", "elsewhere"))
    async with delivering(store, chat, lane_parallel=1) as made:
        await chat.until(lambda: chat.sends(says("limited")) == 1)
        limited_at = loop.time()
        await chat.until(lambda: "elsewhere" in chat.said())
        await chat.until(lambda: "limited" in chat.said() or "behind" in chat.said())
        assert loop.time() - limited_at >= 0.3
        await all_settled(store)
        assert made.counters.total("limited") == 1
    assert chat.said()[0] == "elsewhere"
    assert set(chat.said()) == {"limited", "behind", "elsewhere"}
    # Nothing was tried in that lane while it had to wait, and waiting is no failed attempt.
    assert chat.sends() == 4
    assert await rows(store, t.outbox, "attempts") == [(1,), (1,), (1,)]


async def test_F15_a_limit_of_the_connection_stops_all_of_it_and_no_other(store: Store) -> None:
    busy, other = FakeChat("main"), FakeChat("other")
    busy.fault(Fails(RateLimited(0.3, "connection")))
    loop = asyncio.get_running_loop()
    await put(store, post("A", "first"))
    async with running(delivery(store, FakePlatform(busy), FakePlatform(other))) as made:
        await eventually(lambda: made.counters.total("limited") == 1)
        limited_at = loop.time()
        await put(store, post("B", "second"), replace(post("C", "other"), connection="other"))
        await other.until(lambda: other.said() == ["other"])
        await all_settled(store)
        assert loop.time() - limited_at >= 0.2
    assert sorted(busy.said()) == ["first", "second"]
    assert busy.sends() == 3


async def test_F15_a_limit_of_one_kind_stops_that_kind_in_every_lane_and_nothing_else(store: Store) -> None:
    chat = FakeChat()
    chat.fault(Fails(RateLimited(0.5, "kind")), kind("fetch_person"))
    loop = asyncio.get_running_loop()
    asked = Effect(kind="fetch_person", connection="main", urgency="background", purpose="nothing", person="U0ANN")
    await put(store, asked)
    async with delivering(store, chat) as made:
        await eventually(lambda: made.counters.total("limited") == 1)
        limited_at = loop.time()
        await put(store, replace(asked, channel="A"), post("A", "in its lane"), post("", "in the first's lane"))
        await chat.until(lambda: len(chat.said()) == 2)
        assert chat.sends(kind("fetch_person")) == 1
        await all_settled(store)
        assert loop.time() - limited_at >= 0.4
    assert chat.sends(kind("fetch_person")) == 3


async def test_F15_limits_without_end_lose_nothing(store: Store) -> None:
    chat = FakeChat()
    chat.fault(Fails(RateLimited(0.005)), times=20)
    await put(store, *(post("TRIAGE", str(n)) for n in range(3)))
    async with delivering(store, chat):
        await all_settled(store)
    assert sorted(chat.said()) == ["0", "1", "2"]


# --- F17: this place is closed -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("is_archived", "archived"),
        ("channel_not_found", "removed"),
        ("not_in_channel", "removed"),
        ("thread_locked", "removed"),
    ],
)
async def test_F17_a_closed_channel_is_tried_once_and_told(sqlite_url: str, code: str, state: str) -> None:
    store = await Store.open(sqlite_url)
    chat = FakeChat()
    ticket = await open_ticket(store, chat)
    chat.fault(Fails(RefusedByPlatform(code, gone=True)), says("a reply"), times=99)
    await put(store, reply(ticket, "a reply"), note(ticket, "a note", thread="000001"))
    async with delivering(store, chat):
        await all_settled(store)
        await chat.until(lambda: any(code in words for words in chat.said("TRIAGE")))
    assert chat.sends(says("a reply")) == 1
    assert (await states(store))[0] == "dead"
    assert await rows(store, t.channel, "channel", "state") == [("GLOBEX", state)]
    [(problem,)] = await rows(store, t.ticket, "problem")
    assert code in problem
    assert await rows(store, t.timeline, "event") == [("delivery_failed",)]
    await store.close()


# --- F18: the credentials are refused ------------------------------------------------------------------------


async def test_F18_a_revoked_connection_is_paused_and_loses_nothing(store: Store) -> None:
    chat, other = FakeChat("main"), FakeChat("other")
    chat.fault(Fails(Revoked("token_revoked")), times=10_000)
    await put(store, *(post(f"C{n % 10}", f"post {n}") for n in range(100)))
    slow = replace(FAST, probe_seconds=600.0)
    async with running(delivery(store, FakePlatform(chat), FakePlatform(other), settings=slow)) as made:
        await eventually(lambda: made.health().paused)
        assert not made.health().ok
        assert "token_revoked" in made.health().paused["main"]
        # Other connections go on, and what is new for this one does not make it try.
        await put(store, post("C1", "one more"), replace(post("X", "other"), connection="other"))
        await other.until(lambda: other.said() == ["other"])
        tried = chat.sends()
    # No storm: what was under way when the first refusal came, in the lanes that had their turn.
    assert tried <= slow.lanes * slow.lane_parallel
    assert (await states(store)).count("pending") == 101
    assert await store.read(lanes.paused) == {"main": "token_revoked"}
    assert {attempts for (attempts,) in await rows(store, t.outbox, "attempts")} == {0, 1}


async def test_F18_a_restart_tries_once_and_goes_on_when_the_operator_has_acted(store: Store) -> None:
    chat = FakeChat()
    await store.transact(lambda tx: lanes.pause(tx, "main", "token_revoked"))
    await put(store, *(post(f"C{n}", f"post {n}") for n in range(20)))
    chat.fault(Fails(Revoked("token_revoked")), times=10_000)
    async with delivering(store, chat, probe_seconds=600.0) as made:
        await chat.until(lambda: chat.sends() == 1)
        await eventually(lambda: made.health().paused)
    assert chat.sends() == 1
    mended = FakeChat()
    async with delivering(store, mended, probe_seconds=600.0) as made:
        await all_settled(store)
        assert made.health().ok
    assert len(mended.said()) == 20
    assert await store.read(lanes.paused) == {}


async def test_F18_a_paused_connection_is_probed_with_one_row_at_a_time(store: Store) -> None:
    chat = FakeChat()
    chat.fault(Fails(Revoked("token_revoked")), times=6)
    await put(store, *(post(f"C{n}", f"post {n}") for n in range(5)))
    async with delivering(store, chat, probe_seconds=0.02, max_probe=0.05, lanes=1, lane_parallel=1):
        await all_settled(store)
    # Six refusals, each of one row; then it works and everything goes out.
    assert chat.sends() == 11
    assert len(chat.said()) == 5


async def test_F18_the_operator_can_resume_a_connection(store: Store) -> None:
    chat = FakeChat()
    chat.fault(Fails(Revoked("token_revoked")))
    await put(store, post("TRIAGE", "x"))
    async with delivering(store, chat, probe_seconds=600.0) as made:
        await eventually(lambda: made.health().paused)
        await store.transact(lambda tx: lanes.resume(tx, "main"))
        await all_settled(store)
        assert made.health().ok
    assert chat.said() == ["x"]


# --- F22: poison ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [OutcomeUnknown("http_500"), NotSent("refused"), ZeroDivisionError()],
    ids=["unknown", "not sent", "defect"],
)
async def test_F22_a_poisonous_row_is_given_up_and_its_conversation_goes_on(store: Store, error: Exception) -> None:
    chat = FakeChat()
    ticket, other = await open_ticket(store, chat), await open_ticket(store, chat)
    chat.fault(Fails(error), says("poison"), times=10_000)
    await put(store, reply(ticket, "poison"), reply(ticket, "after it"), reply(other, "elsewhere"))
    async with delivering(store, chat, settle_seconds=0.02, max_attempts=3):
        await all_settled(store)
    assert chat.sends(says("poison")) == 3
    assert chat.said("GLOBEX")[2:] == ["elsewhere", "after it"]
    assert (await states(store))[:3] == ["dead", "done", "done"]


async def test_F22_a_row_that_kills_the_process_is_not_tried_for_ever(store: Store) -> None:
    """The attempt is counted when it begins."""
    chat = FakeChat()
    await put(store, post("TRIAGE", "deadly"))
    await store.transact(lambda tx: tx.execute(t.outbox.update().values(attempts=2)))
    chat.fault(Fails(OutcomeUnknown("killed")), times=10_000)
    async with delivering(store, chat, settle_seconds=0.02, max_attempts=3):
        await all_settled(store)
    assert chat.sends(says("deadly")) == 1


async def test_F22_what_cannot_leave_the_machine_is_kept_for_longer(store: Store) -> None:
    """A network that is away for an hour must not turn the queue into dead letters."""
    chat = FakeChat()
    chat.fault(Fails(NotSent("refused")), times=12)
    await put(store, post("TRIAGE", "x"))
    async with delivering(store, chat, max_attempts=3, patience_seconds=3600.0) as made:
        await eventually(lambda: made.health().unreachable)
        await all_settled(store)
        assert made.health().ok
    assert chat.said() == ["x"]
    assert chat.sends() == 13


async def test_F22_what_a_platform_cannot_answer_is_kept_for_longer(store: Store) -> None:
    """Nor must one that answers everything with an error of its own."""
    chat = FakeChat()
    chat.fault(Fails(OutcomeUnknown("http_503")), times=2)
    chat.fault(Fails(OutcomeUnknown("http_503")), times=20, reading=True)
    await put(store, post("TRIAGE", "x"), post("GLOBEX", "y"))
    async with delivering(store, chat, settle_seconds=0.02, max_attempts=3, patience_seconds=3600.0) as made:
        await eventually(lambda: made.health().unreachable)
        await all_settled(store)
        assert made.health().ok
    assert sorted(chat.said()) == ["x", "y"]


async def test_F22_a_dead_letter_that_is_retried_goes_out_once(store: Store) -> None:
    chat = FakeChat()
    chat.fault(Fails(RefusedByPlatform("restricted_action")), says("x"))
    await put(store, post("ELSEWHERE", "x", purpose="nothing"))
    async with delivering(store, chat):
        await eventually(lambda: store.read(outbox.dead_letters))
        [letter] = await store.read(outbox.dead_letters)
        await store.transact(lambda tx: outbox.retry(tx, letter.id))
        await all_settled(store)
    assert (chat.said(), chat.sends(anything), chat.readings()) == (["x"], 2, 1)
