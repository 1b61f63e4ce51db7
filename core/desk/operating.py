"""What an operator decides about what got stuck: effects that were given up, events whose handling failed."""

from sqlalchemy.engine import Connection

from core.desk import aside
from core.language.errors import Refused
from core.store import outbox, receipts
from core.store.engine import Tx
from core.store.receipts import Aside


def retry(tx: Tx, letter: int) -> None:
    """Sends a dead letter after all. Raises Refused when there is none with this id, as does `drop`."""
    if not outbox.retry(tx, letter):
        raise _no_letter(letter)


def drop(tx: Tx, letter: int) -> None:
    """Forgets a dead letter; it is never sent."""
    if not outbox.drop(tx, letter):
        raise _no_letter(letter)


def find_quarantined(connection: Connection, event: int) -> Aside:
    """Raises Refused when no event with this id is in quarantine, as do `replay` and `discard`."""
    found = receipts.find(connection, event)
    if found is None or found.state != "quarantined":
        raise _no_event(event)
    return found


def replay(tx: Tx, event: int) -> None:
    """Lets a running desk, or the next one that runs, handle a quarantined event anew."""
    if not receipts.replay(tx, event):
        raise _no_event(event)


def discard(tx: Tx, event: int) -> None:
    """Gives a quarantined event up: it is never handled, and its payload is gone."""
    find_quarantined(tx.connection, event)
    aside.discard(tx, event)


def _no_letter(letter: int) -> Refused:
    return Refused("no_dead_letter", letter=letter)


def _no_event(event: int) -> Refused:
    return Refused("not_quarantined", event=event)
