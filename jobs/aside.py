"""Handles what was set aside: events stored in an overflow, in their order, and quarantined ones when their time
comes."""

from core.desk.desk import Desk
from core.store import receipts
from jobs.supervise import Beat

# Woken at once when something is stored; this is the safety net.
_IDLE_SECONDS = 30.0
_EARLY_SECONDS = 0.2


async def drain_stored(desk: Desk, beat: Beat) -> None:
    """Runs until cancelled."""
    while True:
        beat()
        waiting = await desk.store.read(receipts.stored)
        handled = 0
        for event in waiting:
            handled += await desk.handle_aside(event.id)
        if not handled:
            # Those that are left wait for something that will be known in a moment.
            await desk.store.wait("stored", _EARLY_SECONDS if waiting else _IDLE_SECONDS)


async def retry_quarantined(desk: Desk) -> int:
    """Try again what is due; how many were handled now."""
    now = await desk.store.transact(lambda tx: tx.real_now())
    due = await desk.store.read(lambda connection: receipts.quarantined_due(connection, now))
    handled = 0
    for event in due:
        handled += await desk.handle_aside(event.id)
    return handled
