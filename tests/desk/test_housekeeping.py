"""What has served its purpose goes; what somebody may still need stays."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from core.store.engine import Store, Tx
from core.store.tables import outbox, receipt
from jobs import housekeeping


async def test_old_receipts_and_sent_effects_go_and_the_rest_stays(store: Store) -> None:
    def fill(tx: Tx) -> None:
        now = tx.real_now()
        for days in (1, 30, 90):
            at = now - timedelta(days=days)
            for state in ("handled", "quarantined"):
                row = {"connection": "main", "natural_key": f"{state}/{days}", "received_at": at, "state": state}
                tx.execute(insert(receipt), row)
            for state in ("done", "dead"):
                tx.execute(insert(outbox), _effect(f"{state}{days}", state, at))

    await store.transact(fill)
    # Receipts of 90 days; effects of 30 and of 90.
    assert await housekeeping.clean_up(store) == 3
    kept = await store.read(lambda c: set(c.execute(select(receipt.c.natural_key)).scalars()))
    assert kept == {"handled/1", "handled/30", "quarantined/1", "quarantined/30", "quarantined/90"}
    keys = await store.read(lambda c: set(c.execute(select(outbox.c.key)).scalars()))
    assert keys == {"done1", "dead1", "dead30", "dead90"}
    assert await housekeeping.clean_up(store) == 0


def _effect(key: str, state: str, at: object) -> dict[str, Any]:
    return {
        "kind": "post",
        "connection": "main",
        "channel": "C1",
        "audience": "internal",
        "urgency": 1,
        "args": {},
        "pings": [],
        "purpose": "alert",
        "key": key,
        "state": state,
        "next_attempt_at": at,
        "created_at": at,
    }
