"""What follows when something comes in from a platform: a profile, a group, a file, a thread's earlier messages.
Runs in the transaction that settles the effect."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog

from core.desk import backfill, files, suggesting
from core.desk.desk import Desk
from core.desk.unit import Cause, Unit
from core.language.errors import Refused
from core.language.events import MessagePosted
from core.language.facts import Suggestion
from core.language.places import Identity
from core.store import finding, outbox, queries
from core.store.claims import Row
from core.store.engine import Tx

log = structlog.get_logger(__name__)

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
        """Members whom the desk has not met are entered with a fetch of their names, so that tickets can be given to
        them."""
        tx.after_commit(self.desk.directory.forget)
        unit = self._unit(tx, "group")
        for user in queries.members(tx.connection, connection, group):
            unit.person(Identity(connection, user))
        unit.flush()

    def on_file(self, tx: Tx, attachment: int, *, known_as: str) -> None:
        """A customer's file is shown in the card's thread, a note's where the note was sent to; what was deleted goes
        nowhere. The lock is the one that sending on and deleting take, so that one of the two sees the other."""
        found = queries.kept_attachment(tx.connection, attachment)
        if found is None:
            return
        unit = self._unit(tx, "file")
        unit.lock_ticket(found.ticket)
        kept = queries.kept_attachment(tx.connection, attachment)
        if kept is None or kept.is_deleted:
            return
        if kept.audience == "internal":
            conversation = unit.conversation(kept.ticket, "customer")
            shown_as = finding.answer_made_of(tx.connection, kept.ticket, kept.message)
        else:
            conversation, shown_as = unit.conversation(kept.ticket, "triage"), kept.message
            if kept.name != known_as:
                files.rename(unit, kept, known_as)
        if conversation and shown_as:
            files.show(unit, conversation, kept, message=shown_as)
        unit.flush()

    def on_upload(self, tx: Tx, ticket: int, message: int) -> None:
        """The message may have been deleted while its file was on its way; the lock is the one that a deletion takes,
        so that one of the two sees the other."""
        unit = self._unit(tx, "message deleted")
        unit.lock_ticket(ticket)
        found = queries.message(tx.connection, message)
        if found and found.deleted_at:
            files.take_away(unit, ticket, message)
        unit.flush()

    def on_backfill(self, tx: Tx, row: Row, raws: Sequence[Mapping[str, Any]]) -> None:
        messages = list(self._messages(row.connection, raws))
        unit = self._unit(tx, "thread read back")
        number = row.ticket
        if row.args.get("open") and row.person:
            number = self._open(unit, row, messages)
        if number is not None:
            backfill.take_along(unit, number, messages)
        unit.flush()

    def _messages(self, connection: str, raws: Sequence[Mapping[str, Any]]) -> Iterator[MessagePosted]:
        """What makes no sense is left out: the others are worth having."""
        for raw in raws:
            try:
                event = self.desk.normalise[connection](raw)
            except ValueError as error:
                log.warning("message_not_understood", connection=connection, error=str(error))
                continue
            if isinstance(event, MessagePosted):
                yield event

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
        try:
            with unit.undoable():
                return backfill.open_from(unit, marked, by=person).number
        except Refused:
            return None

    def on_suggestion(self, tx: Tx, ticket: int, suggestion: Suggestion) -> None:
        unit = self._unit(tx, "model")
        suggesting.keep(unit, ticket, suggestion)
        unit.flush()

    def on_problem(self, tx: Tx, ticket: int) -> None:
        self._redraw_card(tx, ticket)

    def on_begun(self, tx: Tx, ticket: int) -> None:
        self._redraw_card(tx, ticket)

    def _redraw_card(self, tx: Tx, ticket: int) -> None:
        unit = self._unit(tx, "delivery")
        unit.redraw(ticket, receipt=False)
        unit.flush()
