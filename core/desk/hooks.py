"""What follows when something comes in from a platform: a profile, a group, a file, a thread's earlier messages.
Runs in the transaction that settles the effect."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.desk import backfill, files
from core.desk.desk import Desk
from core.desk.unit import Cause, Unit
from core.language.events import MessagePosted
from core.language.places import Identity
from core.store import finding, outbox, queries
from core.store.claims import Row
from core.store.engine import Tx

# Cards of a person's open tickets that are drawn anew when their name becomes known.
_REDRAWN = 20


class DeskHooks:
    """Implements `core.desk.delivered.Hooks`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def _unit(self, tx: Tx, words: str) -> Unit:
        return self.desk.unit(tx, Cause(None, words))

    def on_person(self, tx: Tx, person: int) -> None:
        tx.after_commit(self.desk.directory.forget)
        unit = self._unit(tx, "profile")
        for ticket in queries.requested_tickets(tx.connection, person, _REDRAWN):
            if ticket.status not in ("resolved", "closed"):
                unit.redraw(ticket.number)
        unit.flush()
        # Posts that wait to say a person's name can go.
        tx.wake(outbox.WAKE)

    def on_group(self, tx: Tx, connection: str, group: str) -> None:
        tx.after_commit(self.desk.directory.forget)

    def on_file(self, tx: Tx, attachment: int) -> None:
        """A customer's file is shown in the card's thread; internal files go nowhere."""
        kept = queries.kept_attachment(tx.connection, attachment)
        if kept is None or kept.audience == "internal":
            return
        triage = next((c for c in queries.conversations(tx.connection, kept.ticket) if c.side == "triage"), None)
        if triage is None:
            return
        unit = self._unit(tx, "file")
        unit.effects.append(files.upload(triage, kept))
        unit.flush()

    def on_backfill(self, tx: Tx, row: Row, raws: Sequence[Mapping[str, Any]]) -> None:
        normalise = self.desk.normalise[row.connection]
        messages = [event for raw in raws if isinstance(event := normalise(raw), MessagePosted)]
        unit = self._unit(tx, "thread read back")
        number = row.ticket
        if row.args.get("open") and row.person:
            number = self._open(unit, row, messages)
        if number is not None:
            backfill.take_along(unit, number, messages)
        unit.flush()

    def _open(self, unit: Unit, row: Row, messages: Sequence[MessagePosted]) -> int | None:
        """Open the ticket that somebody asked for by marking a message; its number, or None when it is there
        already or the message is gone."""
        marked = next((m for m in messages if m.ref.message == row.thread), None)
        if marked is None or row.person is None:
            return None
        if finding.find(unit.tx.connection, marked.ref):
            return None
        person = unit.person(Identity(row.connection, row.person))
        unit.cause = Cause(person, str(row.args.get("cause", "reaction")))
        return backfill.open_from(unit, marked, by=person).number

    def on_problem(self, tx: Tx, ticket: int) -> None:
        unit = self._unit(tx, "delivery")
        unit.redraw(ticket, receipt=False)
        unit.flush()
