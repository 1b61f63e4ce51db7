"""Answers to the customer and notes for the team that are written somewhere else than in the thread itself: in a
form, in a command, from the triage side."""

from core.cards import customer as customer_cards
from core.desk import files, saying
from core.desk.unit import Unit
from core.language.errors import Refused
from core.language.events import MessagePosted
from core.language.facts import Person, TicketFacts
from core.language.text import Text, clean_text, plain, words
from core.rules import lifecycle
from core.store import finding, queries


def reply(unit: Unit, ticket: TicketFacts, agent: Person, text: Text, *, source: int | None = None) -> TicketFacts:
    """Send an answer into the customer's thread under the agent's name. `source` is the internal message that it was
    written as, whose files go along. Raises Refused when there is nothing to send or nowhere to send it, or the ticket
    is closed."""
    lifecycle.after(ticket.status, "replied_public")
    text = clean_text(text)
    if source is not None and not plain(text).strip():
        text = _names_of_files(unit, source)
    if not plain(text).strip():
        raise Refused("empty", "reply_empty", number=ticket.number)
    conversation = unit.conversation(ticket.number, "customer")
    if conversation is None:
        raise Refused("no_customer", ref=ticket.ref)
    message = saying.add(
        unit,
        ticket,
        saying.Said(
            conversation=conversation,
            author=agent,
            by_agent=True,
            audience="public",
            text=text,
            at=unit.now,
            client_id=finding.sent_from(source) if source is not None else None,
        ),
    )
    for part in unit.rooms.parts(conversation.connection, text):
        unit.post(
            conversation,
            customer_cards.reply(part, agent.name),
            purpose="reply",
            urgency="reply",
            subject=message.id,
        )
    for kept in queries.kept_attachments(unit.tx.connection, source) if source is not None else ():
        files.show(unit, conversation, kept, message=message.id)
    return saying.agent_answered(unit, ticket, unit.now, message)


def source_of(unit: Unit, ticket: TicketFacts, agent: Person, message: MessagePosted) -> int | None:
    """The internal message that an answer with files is written as, in its ticket's triage thread; None for what
    carries none or stands elsewhere."""
    triage = unit.conversation(ticket.number, "triage")
    if triage is None or not message.files or message.ref.as_root != triage.place:
        return None
    said = saying.Said(
        conversation=triage,
        author=agent,
        by_agent=True,
        audience="internal",
        text=message.text,
        at=message.at,
        external=message.ref.message,
        thread=message.ref.thread,
        client_id=message.client_id,
        files=message.files,
    )
    return saying.add(unit, ticket, said).id


def _names_of_files(unit: Unit, source: int) -> Text:
    """What a message without words says: the names of its files."""
    message = queries.message(unit.tx.connection, source)
    return words(", ".join(file.name for file in message.attachments)) if message else ()


def note(unit: Unit, ticket: TicketFacts, agent: Person, text: Text) -> TicketFacts:
    """An internal note, shown in the card's thread."""
    text = clean_text(text)
    if not plain(text).strip():
        raise Refused("empty", "note_empty", number=ticket.number)
    triage = unit.conversation(ticket.number, "triage")
    if triage is None:
        raise Refused("no_triage", ref=ticket.ref)
    message = saying.add(
        unit,
        ticket,
        saying.Said(conversation=triage, author=agent, by_agent=True, audience="internal", text=text, at=unit.now),
    )
    saying.show_on_triage(unit, ticket, message)
    unit.note_event(ticket.number, "noted", message=message.id)
    return ticket
