"""Takes away what has served its purpose, a little at a time, so that the database does not grow with every post."""

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select

from core.store.engine import Store, Tx
from core.store.tables import outbox, receipt

log = logging.getLogger(__name__)

# No platform delivers an event again after this long, and catching up starts from much later marks.
KEEP_RECEIPTS = timedelta(days=60)
# Long enough to see what was sent, by whoever asks what went wrong last week.
KEEP_SENT = timedelta(days=14)
_BATCH = 1000

_old_sent = (
    select(outbox.c.id)
    .where(outbox.c.state == "done", outbox.c.created_at < bindparam("before"))
    .order_by(outbox.c.id)
    .limit(_BATCH)
)
_old_receipts = (
    select(receipt.c.id)
    .where(receipt.c.state.in_(["handled", "discarded"]), receipt.c.received_at < bindparam("before"))
    .order_by(receipt.c.id)
    .limit(_BATCH)
)
_sweeps: tuple[tuple[Any, Any, timedelta], ...] = (
    (outbox, delete(outbox).where(outbox.c.id.in_(_old_sent)).returning(outbox.c.id), KEEP_SENT),
    (receipt, delete(receipt).where(receipt.c.id.in_(_old_receipts)).returning(receipt.c.id), KEEP_RECEIPTS),
)


async def clean_up(store: Store) -> int:
    """How many rows were taken away. Dead letters, quarantined events and everything of tickets stay."""
    now: datetime = await store.transact(lambda tx: tx.real_now())
    total = 0
    for table, statement, keep in _sweeps:
        before = now - keep
        while True:

            def batch(tx: Tx, statement: Any = statement, before: datetime = before) -> int:
                return len(tx.execute(statement, {"before": before}).all())

            gone = await store.transact(batch)
            total += gone
            if gone < _BATCH:
                break
        log.debug("cleaned up %s", table.name)
    return total
