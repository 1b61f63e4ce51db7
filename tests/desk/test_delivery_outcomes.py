"""What the desk makes of what was delivered, and of what could not be."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert
from support.deliveries import (
    NOW,
    POLICY,
    NotedHooks,
    all_settled,
    card_of,
    delivering,
    note,
    open_ticket,
    post,
    put,
    reply,
    rows,
    states,
)
from support.fake_platform import Fails, FakeChat, kind, says

from core.desk import delivered
from core.desk.delivered import Context
from core.language.effects import Delivered, EffectKind, PersonProfile
from core.language.places import Identity
from core.language.views import Card
from core.ports import DeliveryError, RefusedByPlatform
from core.store import outbox, writes
from core.store import tables as t
from core.store.claims import Row
from core.store.engine import Store, Tx
from core.store.outbox import PURPOSES, Effect


def fetch(kind_: EffectKind, purpose: str, **more: Any) -> Effect:
    return Effect(kind=kind_, connection="main", urgency="background", purpose=purpose, **more)


async def add_person(store: Store, *, agent: str | None = None, user: str = "U1") -> int:
    def unit(tx: Tx) -> int:
        person = {"name": user, "email": "old@example.com", "timezone": None, "account": None, "agent": agent}
        number = writes.add_person(tx, {**person, "created_at": NOW})
        writes.add_identity(tx, {"connection": "main", "user": user, "person": number, "name": None, "home": "T1"})
        return number

    return await store.transact(unit)


async def test_posts_are_noted_by_role_and_by_the_message_they_are_about(store: Store) -> None:
    chat, ticket = FakeChat(), await open_ticket(store)
    message = await store.transact(
        lambda tx: writes.add_message(
            tx,
            {
                "ticket": ticket.number,
                "conversation": ticket.triage,
                "side": "triage",
                "audience": "internal",
                "by_agent": True,
                "at": NOW,
                "body": "words",
                "spans": "[]",
            },
        )
    )
    await put(
        store,
        card_of(ticket),
        replace(note(ticket, "a copy"), purpose="copy", subject=message),
        note(ticket, "a line", subject=message),
        fetch("dm", "dm", person="U1", shown=Card(fallback="psst")),
    )
    async with delivering(store, chat):
        await all_settled(store)
    found = await rows(store, t.sent, "role", "ticket", "conversation", "of_message", "thread", "at")
    card = next(m.ref.message for m in chat.messages.values() if m.words.startswith("triage_card"))
    assert set(found) == {
        ("card", ticket.number, ticket.triage, None, None, NOW),
        ("copy", ticket.number, ticket.triage, message, card, NOW),
        ("status", ticket.number, ticket.triage, None, card, NOW),
        ("dm", None, None, None, None, NOW),
    }


async def test_a_profile_is_taken_over(store: Store) -> None:
    chat, hooks = FakeChat(), NotedHooks()
    person = await add_person(store)
    who = Identity("main", "U1")
    chat.profiles["U1"] = PersonProfile(who, "Ann Weber", timezone="Europe/Berlin", is_guest=True)
    await put(store, fetch("fetch_person", "profile", person="U1", subject=person))
    async with delivering(store, chat, hooks=hooks):
        await all_settled(store)
    # What the platform does not say stays as it was.
    assert await rows(store, t.person, "name", "email", "timezone") == [
        ("Ann Weber", "old@example.com", "Europe/Berlin")
    ]
    assert await rows(store, t.identity, "name", "home", "is_bot", "is_guest", "fetched_at") == [
        ("Ann Weber", "T1", False, True, NOW)
    ]
    assert hooks.seen == [("person", person)]


async def test_a_profile_without_a_name_leaves_the_one_that_is_known(store: Store) -> None:
    chat = FakeChat()
    person = await add_person(store)
    before = await rows(store, t.person, "name")
    chat.profiles["U1"] = PersonProfile(Identity("main", "U1"), "", timezone="Europe/Berlin")
    await put(store, fetch("fetch_person", "profile", person="U1", subject=person))
    async with delivering(store, chat):
        await all_settled(store)
    assert await rows(store, t.person, "name") == before
    assert await rows(store, t.person, "timezone") == [("Europe/Berlin",)]


async def test_an_agent_keeps_the_name_of_the_desk_file(store: Store) -> None:
    chat = FakeChat()
    await add_person(store, agent="bo")
    chat.profiles["U1"] = PersonProfile(Identity("main", "U1"), "bo_the_best", email="bo@example.com")
    await put(store, fetch("fetch_person", "profile", person="U1"))
    async with delivering(store, chat):
        await all_settled(store)
    assert await rows(store, t.person, "name", "email") == [("U1", "bo@example.com")]


async def test_a_profile_that_the_platform_keeps_to_itself_is_not_asked_for_again_at_once(store: Store) -> None:
    chat = FakeChat()
    await add_person(store)
    chat.fault(Fails(RefusedByPlatform("user_not_visible")))
    await put(store, fetch("fetch_person", "profile", person="U1"))
    async with delivering(store, chat):
        await all_settled(store)
    assert await rows(store, t.identity, "name", "fetched_at") == [(None, NOW)]


async def test_a_group_has_the_members_that_the_platform_says(store: Store) -> None:
    chat, hooks = FakeChat(), NotedHooks()
    chat.groups["S1"] = ("U2", "U3", "U3")
    members = [{"connection": "main", "group": group, "user": "U1"} for group in ("S1", "S2")]
    await store.transact(lambda tx: tx.execute(insert(t.group_member), members))
    await put(store, fetch("fetch_group", "group", args={"group": "S1"}))
    async with delivering(store, chat, hooks=hooks):
        await all_settled(store)
    assert await rows(store, t.group_member, "group", "user") == [("S1", "U2"), ("S1", "U3"), ("S2", "U1")]
    assert hooks.seen == [("group", "main", "S1")]
    # A platform that does not say who is in it has not said that nobody is.
    chat.groups["S1"] = None
    await put(store, fetch("fetch_group", "group", args={"group": "S1"}))
    async with delivering(store, chat, hooks=hooks):
        await all_settled(store)
    assert await rows(store, t.group_member, "group", "user") == [("S1", "U2"), ("S1", "U3"), ("S2", "U1")]


async def test_files_are_kept_or_lost(store: Store) -> None:
    chat, hooks, ticket = FakeChat(), NotedHooks(), await open_ticket(store)

    def unit(tx: Tx) -> list[int]:
        message = writes.add_message(
            tx,
            {
                "ticket": ticket.number,
                "conversation": ticket.customer,
                "side": "customer",
                "audience": "public",
                "by_agent": False,
                "at": NOW,
                "body": "see the files",
                "spans": "[]",
            },
        )
        file = {"message": message, "type": "image/png", "size": 1, "state": "wanted", "problem": None}
        return [writes.add_attachment(tx, {**file, "name": name}) for name in ("a.png", "b.png", "c.png")]

    attachments = await store.transact(unit)
    sources = [chat.attach(b"x" * 1234) for _ in attachments]
    chat.fault(Fails(RefusedByPlatform("file_deleted")), lambda e: e.kind == "fetch_file" and e.source["id"] == 1)
    chat.fault(Fails(DeliveryError("no_luck")), lambda e: e.kind == "fetch_file" and e.source["id"] == 2, times=9)
    await put(
        store,
        *(
            fetch(
                "fetch_file",
                "file",
                ticket=ticket.number,
                subject=attachment,
                args={"source": source, "limit": 9999},
            )
            for source, attachment in zip(sources, attachments, strict=True)
        ),
    )
    async with delivering(store, chat, hooks=hooks):
        await all_settled(store)
    assert await rows(store, t.attachment, "state", "blob", "size", "problem") == [
        ("kept", "blob-1", 1234, None),
        ("refused", None, 1, "file_deleted"),
        ("failed", None, 1, "no_luck"),
    ]
    assert hooks.seen == [("file", attachments[0])]
    assert [event for event, _ in await rows(store, t.timeline, "event", "cause")] == ["delivery_failed"] * 2


async def test_the_earlier_messages_of_a_thread_are_handed_on(store: Store) -> None:
    chat, hooks, ticket = FakeChat(), NotedHooks(), await open_ticket(store)
    root = chat.write("GLOBEX", "first").message
    chat.write("GLOBEX", "second", root)
    await put(
        store,
        replace(
            reply(ticket, ""), kind="backfill_thread", purpose="backfill", shown=None, thread=root, urgency="background"
        ),
    )
    async with delivering(store, chat, hooks=hooks):
        await all_settled(store)
    assert hooks.seen == [("backfill", ticket.number, ["first", "second"])]


# --- dead letters --------------------------------------------------------------------------------------------


async def test_a_reply_that_cannot_be_sent_is_told_everywhere(store: Store) -> None:
    chat, hooks = FakeChat(), NotedHooks()
    ticket = await open_ticket(store, chat)
    chat.fault(Fails(RefusedByPlatform("msg_too_long")), says("a reply"))
    await put(store, reply(ticket, "a reply"))
    async with delivering(store, chat, hooks=hooks):
        await chat.until(lambda: len(chat.said("TRIAGE")) == 1)
        await all_settled(store)
    assert await rows(store, t.timeline, "ticket", "event", "cause", "at") == [
        (ticket.number, "delivery_failed", "delivery", NOW)
    ]
    [(details,)] = await rows(store, t.timeline, "details")
    assert details["code"] == "msg_too_long"
    assert "a reply" not in str(details)
    assert await rows(store, t.ticket, "problem") == [("An answer could not be sent to the customer (msg_too_long).",)]
    assert hooks.seen == [("problem", ticket.number)]
    assert "msg_too_long" in chat.said("TRIAGE")[0]
    # The channel itself is all right.
    assert await rows(store, t.channel, "state") == []


async def test_the_problem_is_over_when_the_customer_is_reached_again(store: Store) -> None:
    chat, hooks = FakeChat(), NotedHooks()
    ticket = await open_ticket(store, chat)
    chat.fault(Fails(RefusedByPlatform("is_archived", gone=True)), says("one"))
    await put(store, reply(ticket, "one"))
    async with delivering(store, chat, hooks=hooks):
        await all_settled(store)
        assert await rows(store, t.channel, "channel", "state") == [("GLOBEX", "archived")]
        await put(store, reply(ticket, "two"))
        await all_settled(store)
    assert await rows(store, t.ticket, "problem") == [(None,)]
    assert await rows(store, t.channel, "channel", "state") == [("GLOBEX", "ok")]
    assert hooks.seen == [("problem", ticket.number)] * 2


async def test_the_team_is_told_once_a_day_for_each_channel(store: Store) -> None:
    chat = FakeChat()
    tickets = [await open_ticket(store, chat) for _ in range(3)]
    chat.fault(Fails(RefusedByPlatform("is_archived", gone=True)), says("x"), times=9)
    await put(store, *(reply(ticket, "x") for ticket in tickets), post("ELSEWHERE", "x"))
    async with delivering(store, chat):
        await all_settled(store)
        await chat.until(lambda: len(chat.said("TRIAGE")) == 2)
    assert (await states(store)).count("dead") == 4


async def test_an_alert_that_fails_brings_about_no_other(store: Store) -> None:
    chat = FakeChat()
    ticket = await open_ticket(store, chat)
    chat.fault(Fails(RefusedByPlatform("is_archived", gone=True)), kind("post"), times=99)
    await put(store, reply(ticket, "x"), note(ticket, "y", thread="000001"))
    async with delivering(store, chat):
        await all_settled(store)
    # The reply, the note, and the one alert about the customer's channel; none about triage, in triage.
    assert await states(store) == ["dead"] * 3
    assert chat.sends() == 3


async def test_an_alert_that_the_platform_does_not_take_brings_about_no_other(store: Store) -> None:
    chat = FakeChat()
    await put(store, post("TRIAGE", "alert", purpose="alert"))
    chat.fault(Fails(RefusedByPlatform("invalid_blocks")), says("alert"))
    async with delivering(store, chat):
        await all_settled(store)
    assert await states(store) == ["dead"]


async def test_a_defect_in_what_is_told_still_makes_a_dead_letter(store: Store) -> None:
    class Broken(NotedHooks):
        def on_problem(self, tx: Tx, ticket: int) -> None:
            raise ZeroDivisionError

    chat = FakeChat()
    ticket = await open_ticket(store, chat)
    chat.fault(Fails(RefusedByPlatform("no")), says("x"))
    await put(store, reply(ticket, "x"), reply(ticket, "y"))
    async with delivering(store, chat, hooks=Broken()):
        await all_settled(store)
    assert await states(store) == ["dead", "done"]


async def test_a_defect_in_noting_does_not_send_twice(store: Store) -> None:
    """It was posted: the dead letter finds the post when it is tried anew, once the defect is mended."""

    class Silent(FakeChat):
        """Does not say where its posts are."""

        async def request(self, effect: Any, by: str) -> Delivered:
            await super().request(effect, by)
            return Delivered()

    chat = Silent()
    await put(store, post("TRIAGE", "x"), post("TRIAGE", "y"))
    async with delivering(store, chat, lane_parallel=1) as made:
        await all_settled(store)
        assert await states(store) == ["dead", "dead"]
        assert made.counters.total("defect") == 2
        letters = await store.read(outbox.dead_letters)
        for letter in letters:
            await store.transact(lambda tx, row=letter.id: outbox.retry(tx, row))
        await all_settled(store)
        assert made.counters.total("adopted") == 2
    assert sorted(chat.said()) == ["x", "y"]
    assert len(await rows(store, t.sent, "message")) == 2


async def test_a_row_that_cannot_be_drawn_is_given_up_and_others_go_on(store: Store) -> None:
    chat = FakeChat()
    ticket = await open_ticket(store)
    await put(store, replace(card_of(ticket), shown=None), post("TRIAGE", "fine"))
    async with delivering(store, chat) as made:
        await all_settled(store)
    assert await states(store) == ["dead", "done", "done"]
    assert made.counters.total("defect") == 3  # one with each attempt
    assert "fine" in chat.said()


# --- the functions by themselves -----------------------------------------------------------------------------


def row(purpose: str) -> Row:
    nothing: Mapping[str, Any] = dict.fromkeys(Row.__slots__)
    return Row(**{**nothing, "id": 1, "kind": "post", "purpose": purpose, "args": {"group": "S0AGENTS"}})


def test_every_purpose_is_known_and_no_other() -> None:
    class NoTx:
        dialect = "sqlite"

    context = Context(NOW, POLICY, NotedHooks())
    for purpose in (*PURPOSES, "holiday"):
        try:
            delivered.settle(NoTx(), row(purpose), Delivered(), context)
        except ValueError as error:
            known = "unknown purpose" not in str(error)
        except AttributeError:
            known = True
        else:
            known = True
        assert known == (purpose in PURPOSES), purpose


async def test_a_settle_that_is_repeated_changes_nothing(store: Store) -> None:
    chat = FakeChat()
    await put(store, post("TRIAGE", "x"))
    async with delivering(store, chat):
        await all_settled(store)
    ref = chat.messages["000001"].ref
    context = Context(NOW, POLICY, NotedHooks())
    one = replace(row("reminder"), connection="main", channel="TRIAGE")
    await store.transact(lambda tx: delivered.settle(tx, one, Delivered(ref=ref), context))
    assert len(await rows(store, t.sent, "message")) == 1


async def test_a_post_without_a_place_is_a_mistake(store: Store) -> None:
    with pytest.raises(ValueError, match="says nothing"):
        await store.transact(
            lambda tx: delivered.settle(tx, row("card"), Delivered(), Context(NOW, POLICY, NotedHooks()))
        )
