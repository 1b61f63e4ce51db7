"""What was said changes: edits and deletions become revisions, and the copy on the other side follows."""

from datetime import datetime

from core.desk import backfill, files, intake, overtaking, panels, saying
from core.desk.unit import Cause, Unit
from core.language.codec import dump_text
from core.language.events import MessageDeleted, MessageEdited
from core.language.facts import MessageFacts, TicketFacts
from core.language.text import Text, clean_text, plain
from core.rules import thanks
from core.store import finding, queries, writes


def message_edited(unit: Unit, event: MessageEdited) -> None:
    found = _own_words(unit, event)
    if found is None:
        _asked_after_all(unit, event)
        return
    ticket, message = found
    text = clean_text(intake.with_names(unit, event.connection, event.text))
    if text == message.text:
        return
    newest = queries.last_edited(unit.tx.connection, message.id)
    if newest and event.at < newest:
        # A later edit has overtaken this one.
        _keep_revision(unit, message, text, event.at)
        writes.change_message(unit.tx, message.id, revisions=message.revisions + 1)
        return
    _keep_revision(unit, message, message.text, event.at)
    writes.change_message(unit.tx, message.id, body=plain(text), spans=dump_text(text), revisions=message.revisions + 1)
    author = unit.person(event.author) if event.author else None
    unit.note_event(ticket.number, "edited", cause=Cause(author, "message edited"), message=message.id)
    _follow(unit, ticket, message, text)
    is_theirs = author is not None and not author.is_agent and message.audience == "public"
    if author and is_theirs and ticket.status != "closed" and _is_more_than_thanks(message.text, text):
        unit.cause = Cause(author, "message edited")
        saying.customer_wrote(unit, ticket, event.at, author)


def _is_more_than_thanks(before: Text, now: Text) -> bool:
    return thanks.is_thanks(before) and not thanks.is_thanks(now)


def _asked_after_all(unit: Unit, event: MessageEdited) -> None:
    """What was a plain thank-you and opened nothing says more now."""
    slot = intake.thanked_slot(event.ref)
    if event.author is None or thanks.is_thanks(event.text):
        return
    if queries.was_noted(unit.tx.connection, intake.THANKED, slot):
        unit.cause = Cause(unit.person(event.author), "message edited")
        backfill.open_when_read(unit, event.ref, event.author.user)


def message_deleted(unit: Unit, event: MessageDeleted) -> None:
    """The words stay in the ticket's history, and nobody is shown them any more."""
    if panels.is_gone(unit, event):
        return
    found = _own_words(unit, event)
    if found is None:
        return
    ticket, message = found
    if message.deleted_at:
        return
    writes.change_message(unit.tx, message.id, deleted_at=unit.now)
    unit.note_event(ticket.number, "deleted", cause=Cause(None, "message deleted"), message=message.id)
    _follow(unit, ticket, message, ())
    files.take_away(unit, ticket.number, message.id)


def _own_words(unit: Unit, event: MessageEdited | MessageDeleted) -> tuple[TicketFacts, MessageFacts] | None:
    """The ticket's message that a person wrote; our own posts and strangers' talk are none."""
    found = finding.find_own(unit.tx.connection, event.ref)
    if found is None:
        overtaking.keep(unit, event, event.ref)
        return None
    if found.message is None or found.role is not None:
        return None
    ticket = unit.lock_ticket(found.ticket)
    message = queries.message(unit.tx.connection, found.message)
    if ticket is None or message is None:
        return None
    return ticket, message


def _keep_revision(unit: Unit, message: MessageFacts, text: Text, until: datetime) -> None:
    """What the message said, and until when."""
    writes.add_revision(
        unit.tx,
        {
            "message": message.id,
            "number": message.revisions + 1,
            "at": until,
            "body": plain(text),
            "spans": dump_text(text),
        },
    )


def _follow(unit: Unit, ticket: TicketFacts, message: MessageFacts, text: Text) -> None:
    """The copy in the card's thread, and the card's quotation, show the newest words."""
    if message.audience == "public":
        unit.redraw_copy(ticket.number, message.id, text)
        unit.redraw(ticket.number, receipt=False)
