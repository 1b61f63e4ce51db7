"""Effects as rows: written with their transaction, collapsed while they wait, dead letters and counts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from support.deliveries import note, open_ticket, post, put, reply, rows

from core.language.codec import load_shown
from core.language.views import Card
from core.store import lanes, outbox
from core.store import tables as t
from core.store.engine import Store, Tx


async def kill(store: Store, *numbers: int, sent: bool = False) -> None:
    """Makes dead letters of rows."""

    def unit(tx: Tx) -> None:
        now = tx.real_now()
        for number in numbers:
            dead = {"state": "dead", "error": "gone: away", "settled_at": now, "sent_at": now if sent else None}
            tx.execute(update(t.outbox).where(t.outbox.c.id == number).values(**dead))

    await store.transact(unit)


async def test_effects_are_written_with_their_transaction(store: Store) -> None:
    def fails(tx: Tx) -> None:
        outbox.enqueue(tx, [post("TRIAGE", "never")])
        raise LookupError

    with pytest.raises(LookupError):
        await store.transact(fails)
    assert await rows(store, t.outbox, "id") == []
    assert not await store.wait(outbox.WAKE, 0.0)
    await put(store, post("TRIAGE", "kept"))
    assert await store.wait(outbox.WAKE, 5.0)
    assert await rows(store, t.outbox, "kind", "state", "attempts") == [("post", "pending", 0)]


async def test_nothing_is_written_for_no_effects(store: Store) -> None:
    await put(store)
    assert await rows(store, t.outbox, "id") == []


async def test_waiting_effects_with_one_collapse_key_are_one(store: Store) -> None:
    first = post("TRIAGE", "old", urgency="card", collapse="k", args={"n": 1}, subject=1)
    await put(store, post("TRIAGE", "before"), first, post("TRIAGE", "after"))
    await put(store, replace(first, shown=Card(fallback="new"), args={"n": 2}, subject=2, urgency="reminder"))
    found = await rows(store, t.outbox, "id", "args", "subject", "urgency")
    assert "new" in str((await rows(store, t.outbox, "shown"))[1])
    # It keeps its place in the order and takes the newest content and the higher urgency.
    assert [(args, subject, urgency) for _, args, subject, urgency in found] == [
        ({}, None, 2),
        ({"n": 2}, 2, 2),
        ({}, None, 2),
    ]
    await put(store, replace(first, urgency="background"))
    assert (await rows(store, t.outbox, "urgency"))[1] == (2,)
    shown = [load_shown(shown).fallback for (shown,) in await rows(store, t.outbox, "shown")]
    assert shown == ["before", "old", "after"]  # the last one was as old as the first


async def test_one_call_may_hold_a_collapse_key_twice(store: Store) -> None:
    one = post("TRIAGE", "one", collapse="k")
    await put(store, one, replace(one, shown=Card(fallback="two")))
    assert len(await rows(store, t.outbox, "id")) == 1


async def test_a_row_that_is_out_is_not_collapsed_into(store: Store) -> None:
    one = post("TRIAGE", "one", collapse="k")
    await put(store, one)
    await store.transact(lambda tx: tx.execute(update(t.outbox).values(state="sending")))
    await put(store, one)
    assert await rows(store, t.outbox, "state") == [("sending",), ("pending",)]


async def test_keys_are_short_and_never_the_same(store: Store) -> None:
    await put(store, *(post("TRIAGE", str(n)) for n in range(20)))
    keys = [key for (key,) in await rows(store, t.outbox, "key")]
    assert len(set(keys)) == 20
    assert max(map(len, keys)) <= 25
    await put(store, post("TRIAGE", "x", key="mine"))
    with pytest.raises(IntegrityError):
        await put(store, post("TRIAGE", "x", key="mine"))


async def test_an_unknown_purpose_is_a_mistake(store: Store) -> None:
    with pytest.raises(ValueError, match="'holiday'"):
        await put(store, post("TRIAGE", "x", purpose="holiday"))


async def test_what_is_internal_cannot_be_addressed_to_a_customer(store: Store) -> None:
    """The database itself refuses, in both of the ways in which it could go wrong."""
    ticket = await open_ticket(store)
    with pytest.raises(IntegrityError):
        await put(store, replace(reply(ticket, "secret"), audience="internal"))
    with pytest.raises(IntegrityError):
        await put(store, replace(note(ticket, "secret"), conversation=ticket.customer))
    with pytest.raises(IntegrityError):
        await put(store, replace(note(ticket, "secret"), conversation=ticket.customer, side=None))


async def test_dead_letters_are_listed_retried_and_dropped(store: Store) -> None:
    await put(store, *(post("TRIAGE", str(n)) for n in range(4)))
    ids = [row for (row,) in await rows(store, t.outbox, "id")]
    await kill(store, ids[0], ids[1])
    await kill(store, ids[2], sent=True)
    letters = await store.read(outbox.dead_letters)
    assert [(letter.id, letter.kind, letter.channel, letter.error) for letter in letters] == [
        (row, "post", "TRIAGE", "gone: away") for row in ids[:3]
    ]
    after = await store.read(lambda connection: outbox.dead_letters(connection, after=ids[0], page=1))
    assert [letter.id for letter in after] == [ids[1]]

    assert await store.transact(lambda tx: outbox.drop(tx, ids[1]))
    assert await store.transact(lambda tx: outbox.retry(tx, ids[0]))
    assert await store.transact(lambda tx: outbox.retry(tx, ids[2]))
    # What was sent once may be there: it is looked for before it is sent again.
    assert await rows(store, t.outbox, "id", "state") == [
        (ids[0], "pending"),
        (ids[2], "unknown"),
        (ids[3], "pending"),
    ]
    for row in (ids[0], ids[1], ids[3]):
        assert not await store.transact(lambda tx, row=row: outbox.retry(tx, row))
        assert not await store.transact(lambda tx, row=row: outbox.drop(tx, row))


async def test_a_retried_dead_letter_does_not_take_a_collapse_key_from_a_newer_row(store: Store) -> None:
    one = post("TRIAGE", "old", collapse="k")
    await put(store, one)
    [(row,)] = await rows(store, t.outbox, "id")
    await kill(store, row)
    await put(store, one)
    assert await store.transact(lambda tx: outbox.retry(tx, row))
    assert [state for (state,) in await rows(store, t.outbox, "state")] == ["pending", "pending"]


async def test_counts(store: Store) -> None:
    async def counted() -> outbox.Counts:
        return await store.read(lambda connection: outbox.counts(connection, lanes.real_now(connection)))

    assert await counted() == outbox.Counts(pending=0, sending=0, unknown=0, dead=0, oldest_due=0.0)
    await put(store, *(post("TRIAGE", str(n)) for n in range(3)))
    ids = [row for (row,) in await rows(store, t.outbox, "id")]
    await kill(store, ids[0])

    def earlier(tx: Tx) -> None:
        due = tx.real_now() - timedelta(seconds=90)
        tx.execute(update(t.outbox).where(t.outbox.c.id == ids[1]).values(next_attempt_at=due))

    await store.transact(earlier)
    found = await counted()
    assert (found.pending, found.sending, found.unknown, found.dead) == (2, 0, 0, 1)
    assert 90 <= found.oldest_due < 100
