"""What goes out, where, and in which order."""

import asyncio
from dataclasses import replace

from support.deliveries import (
    FAST,
    Ticket,
    all_settled,
    card_of,
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
from support.fake_platform import Fails, FakeChat, FakePlatform, Holds, kind, says

from core.language.effects import Live
from core.language.places import MessageRef
from core.ports import MethodRate, NotSent, RefusedByPlatform
from core.store import tables as t
from core.store.engine import Store
from core.store.outbox import Effect


def update_of(ticket: Ticket, role: str, **more: object) -> Effect:
    return Effect(
        kind="update",
        connection="main",
        channel="TRIAGE",
        conversation=ticket.triage,
        side="triage",
        urgency="card",
        purpose="nothing",
        ticket=ticket.number,
        of_role=role,
        shown=Live("triage_card", ticket.number),
        **more,
    )


async def test_a_conversation_keeps_its_order(store: Store) -> None:
    chat = FakeChat()
    ticket = await open_ticket(store, chat)
    wanted = [f"answer {n}" for n in range(12)]
    await put(store, *(reply(ticket, text) for text in wanted[:8]))
    async with delivering(store, chat):
        await put(store, *(reply(ticket, text) for text in wanted[8:]))
        await all_settled(store)
    assert chat.said("GLOBEX")[1:] == wanted
    assert {m.ref.thread for m in list(chat.messages.values())[1:]} == {"000001"}


async def test_a_conversation_waits_for_its_first_that_fails_and_others_do_not(store: Store) -> None:
    chat = FakeChat()
    slow, quick = await open_ticket(store, chat, "slow"), await open_ticket(store, chat, "quick")
    chat.fault(Fails(NotSent("refused")), says("slow 1"), times=2)
    await put(store, reply(slow, "slow 1"), reply(slow, "slow 2"), reply(quick, "quick 1"), reply(quick, "quick 2"))
    async with delivering(store, chat, outage_after=100):
        await all_settled(store)
    said = chat.said("GLOBEX")[2:]
    assert [text for text in said if "slow" in text] == ["slow 1", "slow 2"]
    assert said.index("quick 1") < said.index("slow 1")


async def test_a_call_that_hangs_holds_back_its_conversation_only(store: Store) -> None:
    chat, release = FakeChat(), asyncio.Event()
    hanging, other = await open_ticket(store, chat, "hanging"), await open_ticket(store, chat, "other")
    chat.fault(Holds(release), says("hangs"))
    await put(store, reply(hanging, "hangs"), reply(hanging, "after it"))
    async with delivering(store, chat, timeout=600.0, settle_seconds=600.0):
        await chat.until(lambda: chat.sends(says("hangs")) == 1)
        # New work for another conversation of the same channel goes out while the call hangs.
        await put(store, reply(other, "meanwhile"))
        await chat.until(lambda: "meanwhile" in chat.said())
        assert "after it" not in chat.said()
        release.set()
        await all_settled(store)
    assert chat.said("GLOBEX")[2:] == ["meanwhile", "hangs", "after it"]


async def test_between_conversations_the_urgent_goes_first(store: Store) -> None:
    chat = FakeChat()
    await put(
        store,
        post("TRIAGE", "background", urgency="background"),
        post("TRIAGE", "card", urgency="card"),
        post("TRIAGE", "reminder", urgency="reminder"),
        post("TRIAGE", "receipt", urgency="receipt"),
        post("TRIAGE", "reply", urgency="reply"),
    )
    async with delivering(store, chat):
        await all_settled(store)
    assert chat.said() == ["reply", "receipt", "reminder", "card", "background"]


async def test_posts_at_the_top_level_of_a_channel_follow_one_another(store: Store) -> None:
    chat = FakeChat()
    tickets = [await open_ticket(store, subject=f"ticket {n}") for n in range(6)]
    await put(store, *map(card_of, tickets))
    async with delivering(store, chat):
        await all_settled(store)
    assert chat.said("TRIAGE") == [f"triage_card: ticket {n}" for n in range(6)]


async def test_what_waits_for_a_thread_is_posted_into_it(store: Store) -> None:
    chat = FakeChat()
    ticket = await open_ticket(store)
    await put(store, card_of(ticket), note(ticket, "in the thread"))
    async with delivering(store, chat):
        await all_settled(store)
    card, inside = chat.messages.values()
    assert card.ref.thread is None
    assert inside.ref.thread == card.ref.message
    assert ("TRIAGE", card.ref.message) in await rows(store, t.conversation, "channel", "thread")


async def test_a_receipt_can_be_the_root_of_the_customers_thread(store: Store) -> None:
    chat = FakeChat()
    ticket = await open_ticket(store)
    root = Effect(
        kind="post",
        connection="main",
        channel="GLOBEX",
        conversation=ticket.customer,
        side="customer",
        audience="public",
        urgency="receipt",
        purpose="root_receipt",
        ticket=ticket.number,
        shown=Live("receipt", ticket.number),
    )
    await put(store, root, reply(ticket, "we look"))
    async with delivering(store, chat):
        await all_settled(store)
    receipt, answer = chat.messages.values()
    assert (receipt.ref.thread, answer.ref.thread) == (None, receipt.ref.message)
    assert ("receipt", receipt.ref.message) in await rows(store, t.sent, "role", "message")


async def test_without_its_root_nothing_is_posted_at_the_top_level(store: Store) -> None:
    """A note whose thread cannot come to be would otherwise stand alone in the channel."""
    chat = FakeChat()
    dead, never = await open_ticket(store, subject="dead"), await open_ticket(store, subject="never")
    chat.fault(Fails(RefusedByPlatform("invalid_blocks")), kind("post"))
    await put(store, card_of(dead), note(dead, "of a dead card"), note(never, "of no card"))
    async with delivering(store, chat):
        await all_settled(store)
    # The team is told that there is a dead letter; that is all.
    assert [text for text in chat.said() if "Could not post" not in text] == []
    errors = [error for (error,) in await rows(store, t.outbox, "error") if error]
    assert "invalid_blocks" in errors[0]
    assert errors[1] == "no_root: the post that its thread hangs on could not be posted (invalid_blocks)"
    assert errors[2] == "no_root: the post that its thread hangs on was never posted"


async def test_a_card_is_drawn_when_it_is_sent(store: Store) -> None:
    chat = FakeChat()
    ticket = await open_ticket(store, subject="as it was")
    await put(store, card_of(ticket))
    change = t.ticket.update().values(subject="as it is")
    await store.transact(lambda tx: tx.execute(change))
    async with delivering(store, chat):
        await all_settled(store)
    assert chat.said() == ["triage_card: as it is"]


async def test_updates_that_wait_are_one(store: Store) -> None:
    chat = FakeChat()
    ticket = await open_ticket(store)
    updates = [update_of(ticket, "card", collapse=f"card:{ticket.number}") for _ in range(5)]
    await put(store, card_of(ticket), *updates)
    async with delivering(store, chat):
        await all_settled(store)
    assert chat.sends(kind("update")) == 1
    assert await states(store) == ["done", "done"]


async def test_an_update_that_fails_gives_way_to_a_newer_one(store: Store) -> None:
    """While an update is out, a newer one may be written; only one of them can wait under their common key."""
    chat, release = FakeChat(), asyncio.Event()
    ticket = await open_ticket(store)
    update = update_of(ticket, "card", collapse=f"card:{ticket.number}")
    await put(store, card_of(ticket))
    async with delivering(store, chat):
        await all_settled(store)
        chat.fault(Holds(release, error=NotSent("refused")), kind("update"))
        await put(store, update)
        await chat.until(lambda: chat.sends(kind("update")) == 1)
        await put(store, update)
        release.set()
        await all_settled(store)
    assert await states(store) == ["done", "done", "done"]
    assert chat.sends(kind("update")) == 2
    assert chat.messages["000001"].edits == 1


async def test_a_message_is_found_by_what_it_was_for(store: Store) -> None:
    chat = FakeChat()
    ticket = await open_ticket(store, chat)
    mark = Effect(
        kind="react",
        connection="main",
        channel="TRIAGE",
        conversation=ticket.triage,
        side="triage",
        urgency="card",
        purpose="nothing",
        ticket=ticket.number,
        of_role="card",
        args={"name": "eyes"},
    )
    await put(store, card_of(ticket), note(ticket, "a note"), mark)
    async with delivering(store, chat):
        await all_settled(store)
    assert [m.reactions for m in chat.messages.values()] == [set(), {"eyes"}, set()]


async def test_an_effect_on_a_post_that_still_waits_comes_after_it(store: Store) -> None:
    chat, release = FakeChat(), asyncio.Event()
    ticket = await open_ticket(store)
    chat.fault(Holds(release), kind("post"))
    mark = Effect(
        kind="react",
        connection="main",
        channel="TRIAGE",
        urgency="reply",
        purpose="nothing",
        ticket=ticket.number,
        of_role="card",
        args={"name": "eyes"},
    )
    await put(store, card_of(ticket), mark)
    async with delivering(store, chat):
        await chat.until(lambda: chat.sends(kind("post")) == 1)
        release.set()
        await all_settled(store)
    assert [m.reactions for m in chat.messages.values()] == [{"eyes"}]


async def test_an_effect_on_what_was_never_posted_is_given_up(store: Store) -> None:
    chat = FakeChat()
    ticket = await open_ticket(store)
    await put(store, update_of(ticket, "card"), card_of(ticket))
    async with delivering(store, chat):
        await all_settled(store)
    assert await states(store) == ["dead", "done"]
    assert chat.said() == ["triage_card: Export fails"]


async def test_every_kind_reaches_the_platform(store: Store) -> None:
    chat = FakeChat()
    ticket = await open_ticket(store, chat)
    root = chat.messages["000001"].ref
    chat.write("GLOBEX", "to delete")

    def on(kind_: str, message: str | None = None, **more: object) -> Effect:
        return Effect(
            kind=kind_, connection="main", channel="GLOBEX", urgency="reply", purpose="nothing", message=message, **more
        )

    card = reply(ticket, "x").shown
    await put(
        store,
        on("update", root.message, shown=card),
        on("delete", "000002"),
        on("react", root.message, args={"name": "eyes"}),
        on("react", root.message, args={"name": "tada"}),
        on(
            "upload", thread=root.message, args={"name": "a.png", "type": "image/png", "blob": chat.blobs.put(b"bytes")}
        ),
        on("ephemeral", person="U1", shown=card),
        on("publish_home", person="U1", shown=Live("home", 1)),
    )
    async with delivering(store, chat):
        await all_settled(store)
        await put(store, on("unreact", root.message, args={"name": "eyes"}))
        await all_settled(store)
    assert set(await states(store)) == {"done"}
    assert chat.messages["000001"].words == "x"
    assert chat.messages["000001"].reactions == {"tada"}
    assert "to delete" not in chat.said()
    assert "[a.png]" in chat.said()
    assert chat.alone == [("U1", "x")]
    assert chat.homes == ["U1"]


async def test_rates_are_kept_and_other_kinds_go_on(store: Store) -> None:
    chat = FakeChat()
    ref = chat.write("TRIAGE", "something")
    rates = {"post": MethodRate(1, 3600.0, "channel")}
    react = Effect(
        kind="react",
        connection="main",
        channel="TRIAGE",
        urgency="background",
        purpose="nothing",
        message=ref.message,
        args={"name": "eyes"},
    )
    await put(store, post("TRIAGE", "one"), post("TRIAGE", "two"), post("OTHER", "elsewhere"), react)
    made = delivery(store, FakePlatform(chat, rates=rates), settings=replace(FAST, rate_factor=1.0))
    async with running(made):
        await chat.until(lambda: "elsewhere" in chat.said() and bool(chat.messages[ref.message].reactions))
        await eventually(lambda: made.counters.total("delivered") == 3)
        assert chat.said("TRIAGE") == ["something", "one"]
    assert await states(store) == ["done", "pending", "done", "done"]


async def test_a_rate_is_shared_by_the_conversations_of_a_channel(store: Store) -> None:
    chat = FakeChat()
    tickets = [await open_ticket(store, chat) for _ in range(4)]
    rates = {"post": MethodRate(1, 3600.0, "channel")}
    await put(store, *(reply(ticket, "answer") for ticket in tickets), post("ELSEWHERE", "x"))
    async with running(delivery(store, FakePlatform(chat, rates=rates), settings=replace(FAST, rate_factor=1.0))):
        await eventually(lambda: _is(store, ["done", "pending", "pending", "pending", "done"]))
    assert chat.sends(says("answer")) == 1


async def _is(store: Store, wanted: list[str]) -> bool:
    return await states(store) == wanted


async def test_a_rate_lets_the_next_through_in_time(store: Store) -> None:
    chat = FakeChat()
    rates = {"post": MethodRate(1, 0.1, "channel")}
    await put(store, *(post("TRIAGE", str(n)) for n in range(4)))
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with running(delivery(store, FakePlatform(chat, rates=rates), settings=replace(FAST, rate_factor=1.0))):
        await all_settled(store)
    assert loop.time() - began >= 0.3
    assert chat.said() == ["0", "1", "2", "3"]


async def test_a_message_ref_knows_its_thread(store: Store) -> None:
    chat = FakeChat()
    ticket = await open_ticket(store, chat)
    await put(store, card_of(ticket), note(ticket, "words", key="the-note"))
    async with delivering(store, chat):
        await all_settled(store)
        redact = Effect(
            kind="delete",
            connection="main",
            channel="TRIAGE",
            conversation=ticket.triage,
            side="triage",
            urgency="card",
            purpose="nothing",
            ticket=ticket.number,
            of_role="status",
        )
        await put(store, redact)
        await all_settled(store)
    deleted = next(call.effect.ref for call in chat.calls if call.effect.kind == "delete")
    assert deleted == MessageRef("main", "TRIAGE", "000003", "000002")
    assert "words" not in chat.said()
