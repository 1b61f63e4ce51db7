"""Messages of a ticket: kept with their files, shown on the other side, and what they mean for whose turn it is."""

from dataclasses import dataclass
from datetime import datetime

from core.desk import clocks, telling
from core.desk.unit import Unit
from core.language.codec import dump_text
from core.language.events import FileRef
from core.language.facts import AttachmentFacts, ConversationFacts, MessageFacts, Person, TicketFacts
from core.language.text import Text, clean, clean_text, plain
from core.language.words import Audience
from core.rules import lifecycle
from core.store import writes
from core.store.outbox import Effect


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance. `external` is the platform's message id where the words stand on a platform, `thread` the thread
    that they stand in there."""

    conversation: ConversationFacts
    author: Person
    by_agent: bool
    audience: Audience
    text: Text
    at: datetime
    external: str | None = None
    thread: str | None = None
    client_id: str | None = None
    files: tuple[FileRef, ...] = ()


def add(unit: Unit, ticket: TicketFacts, said: Said) -> MessageFacts:
    """Keep a message and show it on the triage side when it came from the customer's."""
    text = clean_text(said.text)
    body = plain(text)
    message_id = writes.add_message(
        unit.tx,
        {
            "ticket": ticket.number,
            "conversation": said.conversation.id,
            "side": said.conversation.side,
            "audience": said.audience,
            "author": said.author.id,
            "by_agent": said.by_agent,
            "at": said.at,
            "body": body,
            "spans": dump_text(text),
            "connection": said.conversation.connection if said.external else None,
            "channel": said.conversation.channel if said.external else None,
            "external": said.external,
            "thread": said.thread,
            "client_id": said.client_id,
        },
    )
    attachments = tuple(_attach(unit, ticket, said, message_id, file) for file in said.files)
    message = MessageFacts(
        id=message_id,
        ticket=ticket.number,
        author=said.author.id,
        author_name=said.author.name,
        audience=said.audience,
        text=text,
        body=body,
        at=said.at,
        revisions=0,
        deleted_at=None,
        attachments=attachments,
    )
    if said.conversation.side == "customer":
        show_on_triage(unit, ticket, message)
    return message


def show_on_triage(unit: Unit, ticket: TicketFacts, message: MessageFacts) -> None:
    """The copy of a message in the card's thread."""
    unit.show_copy(ticket.number, message.id, message.text)


def _attach(unit: Unit, ticket: TicketFacts, said: Said, message: int, file: FileRef) -> AttachmentFacts:
    limit = unit.policy.max_file_bytes
    fits = file.size <= limit
    name, kind = clean(file.name, 255) or "file", clean(file.type, 100) or "application/octet-stream"
    attachment = writes.add_attachment(
        unit.tx,
        {
            "message": message,
            "name": name,
            "type": kind,
            "size": file.size,
            "state": "wanted" if fits else "refused",
            "problem": None if fits else f"larger than {limit} bytes",
        },
    )
    if fits:
        unit.effects.append(
            Effect(
                kind="fetch_file",
                connection=said.conversation.connection,
                urgency="background",
                purpose="file",
                audience=said.audience,
                ticket=ticket.number,
                subject=attachment,
                args={"source": dict(file.source), "limit": limit},
            )
        )
    return AttachmentFacts(attachment, name, kind, file.size, None)


def customer_wrote(unit: Unit, ticket: TicketFacts, at: datetime, person: Person) -> TicketFacts:
    """A customer's words on a known ticket: it is our turn, a solved ticket opens again. The owner hears of what
    answers us or brings the ticket back, and not of each message that follows."""
    status = lifecycle.after(ticket.status, "customer_wrote")
    reopened = ticket.status in ("resolved", "closed") and status != ticket.status
    turned = ticket.status in ("pending", "on_hold") and status != ticket.status
    last_at = max(at, ticket.last_customer_at or at)
    answers_us = ticket.last_agent_at is not None and ticket.last_agent_at > (
        ticket.last_customer_at or ticket.created_at
    )
    changed: dict[str, object] = {"last_customer_at": last_at}
    if status != ticket.status:
        changed["status"] = status
        unit.note_event(ticket.number, "reopened" if reopened else "status", old=ticket.status, new=status)
    if reopened:
        changed["resolved_at"] = None
    before = ticket
    ticket = unit.change(ticket, **changed)
    clocks.customer_wrote(unit, before, ticket)
    if ticket.assignee and (reopened or turned or answers_us):
        telling.owner(unit, ticket, "customer_answered", name=person.name)
    if reopened:
        telling.customer(unit, ticket, "notice_reopened")
    unit.redraw(ticket.number, receipt=status != before.status)
    return ticket


def agent_answered(unit: Unit, ticket: TicketFacts, at: datetime, message: MessageFacts) -> TicketFacts:
    """An agent's public answer: the first one is the first response; a new ticket is open from then on."""
    status = ticket.status if ticket.status == "closed" else lifecycle.after(ticket.status, "replied_public")
    changed: dict[str, object] = {"last_agent_at": max(at, ticket.last_agent_at or at)}
    if status != ticket.status:
        changed["status"] = status
    if ticket.wants_person:
        changed["wants_person"] = False
    first = ticket.first_response_at is None
    if first:
        changed["first_response_at"] = unit.now
    unit.note_event(ticket.number, "replied", message=message.id, first_response=first)
    before = ticket
    ticket = unit.change(ticket, **changed)
    clocks.agent_answered(unit, before, ticket)
    unit.redraw(ticket.number, receipt=first or status != before.status or before.wants_person)
    return ticket
