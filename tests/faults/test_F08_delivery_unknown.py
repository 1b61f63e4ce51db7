"""Nobody knows whether it was sent."""

import asyncio
from dataclasses import replace

import pytest
from support.deliveries import all_settled, delivering, eventually, open_ticket, post, put, reply, rows, states
from support.fake_platform import AppliedLate, Fails, FakeChat, Fault, Holds, ReplyLost, kind, says

from core.language.effects import Post
from core.language.places import Place
from core.language.views import Card
from core.ports import NotSent, OutcomeUnknown, RateLimited
from core.store import claims, lanes
from core.store import tables as t
from core.store.engine import Store
from core.store.outbox import Effect

UNKNOWN = {
    "timeout": OutcomeUnknown("timeout"),
    "reset": OutcomeUnknown("reset"),
    "server error": OutcomeUnknown("http_503"),
    "broken answer": OutcomeUnknown("not_json"),
    "fatal error": OutcomeUnknown("fatal_error"),
    "a defect of ours": KeyError("ts"),
    "a timeout that nobody caught": TimeoutError(),
}


async def test_F08_a_post_that_lands_after_our_timeout_is_not_repeated(store: Store) -> None:
    """Read back at once, it would not be there yet, and be sent a second time."""
    chat = FakeChat()
    ticket = await open_ticket(store, chat)
    chat.fault(AppliedLate(0.15), says("late"))
    await put(store, reply(ticket, "late"), reply(ticket, "after it"))
    async with delivering(store, chat, settle_seconds=0.4) as made:
        await all_settled(store)
        assert (made.counters.total("adopted"), made.counters.total("absent")) == (1, 0)
    assert chat.said()[1:] == ["late", "after it"]


async def test_F08_a_post_of_a_process_that_is_gone_may_land_late_too(store: Store) -> None:
    chat = FakeChat()
    await put(store, post("TRIAGE", "late"))
    [(row,)] = await rows(store, t.outbox, "id")
    gone = await store.transact(lambda tx: lanes.take(tx, "main", "TRIAGE", "gone", seconds=0.0))
    taken = await store.transact(lambda tx: claims.claim(tx, gone, row, lease=0.0, settle=0.5, wait=1.0))
    chat.fault(AppliedLate(0.25))
    with pytest.raises(OutcomeUnknown):
        await chat.request(Post(Place("main", "TRIAGE"), taken.row.shown, taken.row.key), "gone")
    async with delivering(store, chat) as made:
        await all_settled(store)
        assert made.counters.total("adopted") == 1
    assert chat.said() == ["late"]


@pytest.mark.parametrize("error", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not applied"])
async def test_F16_an_unknown_outcome_is_looked_up(sqlite_url: str, error: Exception, applied: bool) -> None:
    store = await Store.open(sqlite_url)
    chat = FakeChat()
    fault: Fault = ReplyLost(error) if applied else Fails(error)
    chat.fault(fault, says("once"))
    await put(store, post("TRIAGE", "once"))
    async with delivering(store, chat, settle_seconds=0.05):
        await all_settled(store)
    assert chat.said() == ["once"]
    assert chat.readings() == 1
    assert len(await rows(store, t.sent, "message")) == 1
    # Whatever the attempt, the key is the same: the platform's side can tell that it is the same post.
    assert len({call.effect.key for call in chat.calls}) == 1
    await store.close()


async def test_F16_meanwhile_only_that_conversation_waits(store: Store) -> None:
    chat = FakeChat()
    ticket, other = await open_ticket(store, chat), await open_ticket(store, chat)
    chat.fault(Fails(OutcomeUnknown("reset")), says("unclear"))
    await put(store, reply(ticket, "unclear"), reply(ticket, "after it"), reply(other, "elsewhere"))
    async with delivering(store, chat, settle_seconds=1.0) as made:
        await chat.until(lambda: "elsewhere" in chat.said())
        await eventually(lambda: made.counters.total("unknown") == 1)
        assert (await states(store))[:2] == ["unknown", "pending"]
        assert chat.said()[2:] == ["elsewhere"]
        await all_settled(store)
    assert chat.said()[2:] == ["elsewhere", "unclear", "after it"]


async def test_F16_a_call_that_never_answers_is_given_up_in_time(store: Store) -> None:
    chat = FakeChat()
    chat.fault(Holds(asyncio.Event(), applied_first=True), says("hangs"))
    await put(store, post("TRIAGE", "hangs"))
    async with delivering(store, chat, timeout=0.1, settle_seconds=0.15) as made:
        await all_settled(store)
        assert made.counters.total("adopted") == 1
    assert chat.said() == ["hangs"]


async def test_F16_nothing_is_sent_again_before_the_lookup_has_worked(store: Store) -> None:
    chat = FakeChat()
    chat.fault(ReplyLost(), says("once"))
    for error in (NotSent("refused"), RateLimited(0.01), OutcomeUnknown("http_503"), ValueError("a defect")):
        chat.fault(Fails(error), reading=True)
    await put(store, post("TRIAGE", "once"))
    async with delivering(store, chat, settle_seconds=0.05, max_attempts=9):
        await all_settled(store)
    assert (chat.said(), chat.sends(), chat.readings()) == (["once"], 1, 5)


async def test_F16_what_can_never_be_looked_up_is_given_up(store: Store) -> None:
    chat = FakeChat()
    chat.fault(ReplyLost(), says("once"))
    chat.fault(Fails(OutcomeUnknown("http_503")), reading=True, times=99)
    await put(store, post("TRIAGE", "once"))
    async with delivering(store, chat, settle_seconds=0.02):
        await all_settled(store)
    assert (await states(store))[0] == "dead"
    assert chat.sends(says("once")) == 1


@pytest.mark.parametrize("name", ["update", "react", "unreact", "delete", "ephemeral", "fetch_person"])
async def test_F16_what_may_be_repeated_is(sqlite_url: str, name: str) -> None:
    store = await Store.open(sqlite_url)
    chat = FakeChat()
    ref = chat.write("TRIAGE", "something")
    effect = Effect(
        kind=name,
        connection="main",
        channel="TRIAGE",
        urgency="card",
        purpose="profile" if name == "fetch_person" else "nothing",
        message=ref.message,
        person="U1",
        shown=Card(fallback="changed"),
        args={"name": "eyes"},
    )
    chat.fault(ReplyLost(), kind(name))
    await put(store, effect)
    async with delivering(store, chat, settle_seconds=0.05):
        await all_settled(store)
    assert (await states(store), chat.sends(), chat.readings()) == (["done"], 2, 0)
    await store.close()


async def test_F16_an_update_that_lands_late_does_not_undo_a_newer_one(store: Store) -> None:
    """The newer one waits until nothing can come any more of the older."""
    chat = FakeChat()
    ticket = await open_ticket(store, chat)
    change = replace(reply(ticket, "old"), kind="update", purpose="nothing", message="000001")
    chat.fault(AppliedLate(0.15), says("old"))
    await put(store, change, replace(change, shown=Card(fallback="new")))
    async with delivering(store, chat, settle_seconds=0.4):
        await all_settled(store)
        await eventually(lambda: chat.messages["000001"].edits == 3)
    assert chat.messages["000001"].words == "new"
