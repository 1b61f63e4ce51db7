"""Whoever acted is told what came of it, also when it was handled later than it was done."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from support.desk import GLOBEX, MAIN, TRIAGE, DeskDriver, Outgoing, policy, who
from support.fake_platform import FakePlatform

from core.desk import starting
from core.language import events
from core.language.answers import FormErrors, OpenForm
from core.language.events import receipt_key
from core.language.places import MessageRef, Place
from core.language.text import Named, Text, Words
from core.store import tables as t
from core.store.engine import Store
from jobs.aside import retry_quarantined
from jobs.catch_up import CatchUp

UNKNOWN = "There is no T-99. Type list to see the open tickets."


@pytest.fixture
async def hurried(database_url: str) -> AsyncIterator[DeskDriver]:
    """A desk where every event that may wait has waited too long."""
    store = await Store.open(database_url, overflow_after=-1)
    yield await DeskDriver(store, policy()).start()
    await store.close()


def to_desk(text: str) -> Text:
    return (Named("desk"), Words(f" {text}"))


async def asks(desk: DeskDriver, name: str, text: str, channel: str = TRIAGE, **more: Any) -> MessageRef:
    return await desk.says(name, to_desk(text), channel, mentions_desk=True, **more)


async def later(desk: DeskDriver) -> None:
    """What is stored is handled, and handled once more."""
    for stored in await desk.receipts_in("stored"):
        assert await desk.desk.handle_aside(stored.id)
        assert not await desk.desk.handle_aside(stored.id)


async def told(desk: DeskDriver, kind: str = "ephemeral") -> list[Outgoing]:
    return await desk.outbox(kind=kind)


async def test_a_stored_command_is_answered_once(hurried: DeskDriver) -> None:
    desk = hurried
    root = await asks(desk, "bo", "claim 99")
    await asks(desk, "bo", "claim 99", thread=root)
    await later(desk)
    assert [(o.channel, o.thread, o.person, o.text) for o in await told(desk)] == [
        (TRIAGE, None, "U0BO", UNKNOWN),
        (TRIAGE, root.message, "U0BO", UNKNOWN),
    ]
    await desk.deliver()
    assert desk.chat.alone == [("U0BO", UNKNOWN)] * 2


async def test_a_redelivery_of_what_was_answered_later_is_not_answered_again(hurried: DeskDriver) -> None:
    desk = hurried
    message = desk.message("bo", to_desk("claim 99"), TRIAGE, mentions_desk=True, event_id="Ev1")
    await desk.handle(message)
    await later(desk)
    assert await desk.handle(message) is None
    assert len(await told(desk)) == 1


async def test_a_stored_command_that_worked_says_so(hurried: DeskDriver) -> None:
    desk = hurried
    await desk.says("ann", "The export fails.")
    await asks(desk, "bo", "claim 1")
    await later(desk)
    (answer,) = await told(desk)
    assert "T-1 is yours now." in answer.text


async def test_a_stored_reaction_without_the_right_is_refused_in_its_thread_once(hurried: DeskDriver) -> None:
    desk = hurried
    root = await desk.says("ann", "The export fails.")
    reply = await desk.says("ann", "With error 502.", thread=root)
    # As a platform tells of a reaction that does not say in which thread.
    about = MessageRef(MAIN, GLOBEX, reply.message)
    await desk.reacts("ann", about, "eyes")
    await desk.reacts("ann", about, "eyes")
    await later(desk)
    (answer,) = await told(desk)
    assert (answer.channel, answer.thread, answer.person) == (GLOBEX, root.message, "U0ANN")
    assert "Only the support team can use claim" in answer.text


async def test_what_waited_for_hours_is_done_and_not_answered(hurried: DeskDriver) -> None:
    desk = hurried
    await desk.says("ann", "The export fails.")
    await asks(desk, "bo", "claim 1")
    await desk.set_all(t.receipt, received_at=datetime.now(UTC) - timedelta(hours=3))
    await later(desk)
    assert (await desk.ticket()).assignee == "bo"
    assert await told(desk) == []


async def test_an_answer_to_a_post_that_was_not_settled_yet_is_answered(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    (card,) = await desk.sent("card")
    await desk.store.transact(lambda tx: tx.execute(t.sent.delete()))
    await desk.set_all(t.conversation, thread=None)
    await desk.set_all(t.outbox, state="sending", sent_at=datetime.now(UTC) - timedelta(seconds=1))
    await asks(desk, "bo", "claim 99", thread=card)
    await desk.set_all(t.outbox, state="done")
    await later(desk)
    assert [(o.thread, o.text) for o in await told(desk)] == [(card.message, UNKNOWN)]


async def test_a_reply_that_overtook_its_root_is_answered(desk: DeskDriver) -> None:
    root = desk.message("ann", "The export fails.")
    await desk.reacts("al", root.ref, "eyes")
    assert desk.last is None
    await desk.handle(root)
    (answer,) = await told(desk)
    assert (answer.channel, answer.person) == (GLOBEX, "U0AL")
    assert "Only the support team can use claim" in answer.text


async def retried(desk: DeskDriver, event: events.Inbound) -> None:
    """Handled, and once more as if that had failed."""
    await desk.handle(event)
    failed = update(t.receipt).where(t.receipt.c.natural_key == receipt_key(event))
    past = datetime.now(UTC) - timedelta(seconds=1)
    again = failed.values(state="quarantined", raw=json.dumps(event.raw), next_attempt_at=past)
    await desk.store.transact(lambda tx: tx.execute(again))
    assert await retry_quarantined(desk.desk) == 1


async def test_a_mention_that_failed_and_works_later_is_answered(desk: DeskDriver) -> None:
    await retried(desk, desk.message("bo", to_desk("claim 99"), TRIAGE, mentions_desk=True))
    assert [(o.person, o.text) for o in await told(desk)] == [("U0BO", UNKNOWN)]


async def test_what_needs_a_form_is_asked_for_again(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    on = await desk.says("bo", "Hm.", TRIAGE)
    press = desk.event(events.ActionPressed, person=who("bo"), interaction="i", token="form_reply:1", ref=on)
    await retried(desk, press)
    assert isinstance(desk.last, OpenForm)
    assert [(o.channel, o.text) for o in await told(desk)] == [
        (TRIAGE, "That took too long to open a form. Please try again.")
    ]


async def test_what_was_done_in_no_channel_is_answered_directly(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    await retried(desk, desk.event(events.ActionPressed, person=who("bo"), interaction="i", token="release:1"))
    form = desk.event(events.FormSubmitted, person=who("bo"), interaction="j", token="reply:1", values={"text": " "})
    await retried(desk, form)
    assert isinstance(desk.last, FormErrors)
    said = [(o.person, o.text) for o in await told(desk, "dm")]
    assert said == [("U0BO", "T-1 is back in the queue."), ("U0BO", " ".join(desk.last.errors.values()))]
    assert await desk.handle(form) == desk.last, "nothing came of it, and it may be sent again"
    await desk.deliver()
    assert sorted(desk.chat.said("dm-U0BO")) == sorted(text for _, text in said)


async def test_where_nothing_is_for_one_alone_the_answer_comes_directly(store: Store) -> None:
    desk = await DeskDriver(store, policy(), lacks=("ephemeral",)).start()
    root = desk.message("ann", "The export fails.")
    await desk.reacts("al", root.ref, "eyes")
    await desk.handle(root)
    assert [o.person for o in await told(desk, "dm")] == ["U0AL"]
    assert await told(desk) == []


class Read(FakePlatform):
    """What is read back from it is what was written."""

    def __init__(self, desk: DeskDriver) -> None:
        super().__init__(desk.chat)
        self._desk = desk

    def normalise(self, raw: Mapping[str, Any]) -> events.Inbound | None:
        return super().normalise(raw) if "reaction" in raw else self._desk.normalise(raw)


async def catches_up(desk: DeskDriver) -> None:
    begun = {Place(MAIN, GLOBEX): "globex", Place(MAIN, TRIAGE): "support"}
    since = datetime.now(UTC) - timedelta(hours=1)
    await desk.store.transact(lambda tx: starting.channels_checked(tx, begun, since))
    await CatchUp(desk.desk, {MAIN: Read(desk)}).tick()


async def test_what_is_caught_up_is_answered(desk: DeskDriver) -> None:
    message = desk.message("bo", to_desk("claim 99"), TRIAGE, mentions_desk=True)
    old = desk.message("bo", to_desk("claim 98"), TRIAGE, mentions_desk=True, at=desk.clock.now() - timedelta(hours=3))
    root = desk.message("ann", "The export fails.")
    desk.chat.messages[root.ref.message].by_people.add(("U0AL", "eyes"))
    await catches_up(desk)
    first, second = await told(desk)
    assert (first.channel, first.person) == (GLOBEX, "U0AL")
    assert (second.channel, second.person, second.text) == (TRIAGE, "U0BO", UNKNOWN)
    # It comes in late after all.
    assert await desk.handle(message) is None
    assert await desk.handle(old) is None
    assert len(await told(desk)) == 2
