"""One noisy account has 100,000 posts waiting."""

import tracemalloc
from dataclasses import replace

from sqlalchemy import bindparam, text
from support.deliveries import FAST, Ticket, delivery, note, open_ticket, post, put, rows, running
from support.fake_platform import FakeChat, FakePlatform

from core.language.codec import dump_shown
from core.language.views import Card
from core.ports import MethodRate
from core.store import lanes, outbox
from core.store import tables as t
from core.store.columns import Utc
from core.store.engine import Store, Tx

BACKLOG = 100_000
# A real platform's rate, fifty times as fast.
RATES = {"post": MethodRate(1, 1.0, "channel")}
SETTINGS = replace(FAST, rate_factor=50.0, settle_seconds=30.0, lease_seconds=30.0)

_FLOOD = text(
    """WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
    INSERT INTO outbox (kind, connection, channel, conversation, side, audience, urgency, ticket, shown, args, pings,
      purpose, key, state, attempts, next_attempt_at, created_at)
    SELECT 'post', 'main', 'TRIAGE', :conversation, 'triage', 'internal', 3, :ticket, :shown, '{}', '[]',
      'status', 'flood-' || n, 'pending', 0, :now, :now FROM numbers"""
).bindparams(bindparam("now", type_=Utc))


async def flood(store: Store, ticket: Ticket) -> None:
    shown = dump_shown(Card(fallback="noise " * 20))

    def unit(tx: Tx) -> None:
        row = {"conversation": ticket.triage, "ticket": ticket.number, "shown": shown, "now": tx.real_now()}
        tx.execute(_FLOOD, {"count": BACKLOG, **row})

    await store.transact(unit)


async def test_F29_others_are_served_and_memory_is_bounded(store: Store) -> None:
    chat = FakeChat()
    noisy = await open_ticket(store, subject="noisy")
    root = chat.write("TRIAGE", "card").message
    await flood(store, noisy)
    await store.transact(lambda tx: tx.execute(t.conversation.update().values(thread=root)))
    quiet = [await open_ticket(store, subject=f"quiet {n}") for n in range(10)]
    async with running(delivery(store, FakePlatform(chat, rates=RATES), settings=SETTINGS)) as made:
        await chat.until(lambda: len(chat.said("TRIAGE")) > 5)
        tracemalloc.start()
        try:
            # Other conversations of the noisy lane, and other lanes, written when the flood is there already.
            await put(store, *(note(ticket, f"same lane {ticket.number}", thread=root) for ticket in quiet))
            await put(store, *(post(f"C{n}", f"lane {n}") for n in range(40)))
            await put(store, post("TRIAGE", "urgent", urgency="reply"))
            await chat.until(lambda: sum("lane" in words for words in chat.said()) == 50 and "urgent" in chat.said())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 8_000_000
        left = await store.read(lambda c: outbox.counts(c, lanes.real_now(c)))
        assert left.pending > BACKLOG * 0.99
        assert made.counters.total("delivered") < BACKLOG * 0.01
    assert len(await rows(store, t.lane, "channel")) == 41
