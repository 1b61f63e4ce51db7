"""Events set aside: stored in an overflow, or quarantined because their handling failed."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from core.language.events import Inbound
from core.store import receipts
from core.store.engine import Tx


def keep_raw(
    tx: Tx,
    receipt_id: int,
    event: Inbound,
    *,
    state: str,
    error: str | None = None,
    next_attempt_at: datetime | None = None,
) -> None:
    """Keep the platform's payload, from which `normalise` makes the event again."""
    raw = json.dumps(event.raw, ensure_ascii=True, default=str)
    receipts.set_aside(tx, receipt_id, state=state, raw=raw, error=error, next_attempt_at=next_attempt_at)


def failed_again(tx: Tx, receipt_id: int, error: str, waits: Sequence[timedelta]) -> None:
    """Wait longer; after the last wait it stays until a person replays or discards it."""
    waiting = receipts.lock_aside(tx, receipt_id)
    if waiting is None:
        return
    attempts = waiting.attempts + 1
    again = tx.real_now() + waits[attempts] if attempts < len(waits) else None
    receipts.failed_again(tx, receipt_id, error=error, next_attempt_at=again)


def discard(tx: Tx, receipt_id: int) -> bool:
    """Give an event up for good, by an operator's decision."""
    if receipts.lock_aside(tx, receipt_id) is None:
        return False
    receipts.settle(tx, receipt_id, state="discarded")
    return True
