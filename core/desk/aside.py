"""Events set aside: stored in an overflow, or quarantined because their handling failed."""

import json
from collections.abc import Container, Sequence
from datetime import datetime, timedelta

from core.language.events import Inbound, MessagePosted, ReactionAdded, ReactionRemoved
from core.language.places import MessageRef
from core.store import finding, receipts
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


# How long an event waits for the post that it may be about.
EARLY = timedelta(seconds=60)


def is_early(tx: Tx, event: Inbound, reactions: Container[str], received_at: datetime) -> bool:
    """Whether an event answers, or reacts to (with one of the `reactions` that mean something), a post of the desk
    that was not settled when it was received: somebody was quicker than the platform's answer. It is stored and
    handled a moment later."""
    match event:
        case MessagePosted(ref=ref) if ref.thread not in (None, ref.message):
            about = MessageRef(ref.connection, ref.channel, ref.thread or ref.message)
        case ReactionAdded(ref=about) | ReactionRemoved(ref=about) if event.name in reactions:
            pass
        case _:
            return False
    return finding.is_early(tx.connection, about, received_at)


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
