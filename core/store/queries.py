"""Every SELECT about tickets and what was said, by name. They return frozen facts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, case, exists, func, literal_column, select
from sqlalchemy.engine import Connection

from core.language.codec import load_text
from core.language.facts import (
    AttachmentFacts,
    ConversationFacts,
    MessageFacts,
    TicketFacts,
    TicketView,
    TimelineEntry,
)
from core.language.words import OPEN_STATUSES, PRIORITIES, Status
from core.store import clocks
from core.store import tables as t
from core.store.columns import Utc

_ticket_columns = (
    t.ticket.c.number,
    t.ticket.c.status,
    t.ticket.c.priority,
    t.ticket.c.type,
    t.ticket.c.category,
    t.ticket.c.tags,
    t.ticket.c.subject,
    t.ticket.c.description,
    t.ticket.c.account,
    t.ticket.c.team,
    t.ticket.c.assignee,
    t.ticket.c.requester,
    t.person.c.name.label("requester_name"),
    t.ticket.c.created_at,
    t.ticket.c.updated_at,
    t.ticket.c.first_response_at,
    t.ticket.c.resolved_at,
    t.ticket.c.closed_at,
    t.ticket.c.problem,
    t.ticket.c.wants_person,
    t.ticket.c.last_customer_at,
    t.ticket.c.last_agent_at,
    exists()
    .where(t.conversation.c.ticket == t.ticket.c.number, t.conversation.c.private)
    .correlate(t.ticket)
    .label("private"),
)
_tickets = select(*_ticket_columns).join(t.person, t.person.c.id == t.ticket.c.requester)
_ticket = _tickets.where(t.ticket.c.number == bindparam("number"))
# The key stays as it is, so rows that refer to the ticket can be written beside.
_ticket_locked = _ticket.with_for_update(of=t.ticket, key_share=True)

_conversation_columns = (
    t.conversation.c.id,
    t.conversation.c.ticket,
    t.conversation.c.side,
    t.conversation.c.connection,
    t.conversation.c.channel,
    t.conversation.c.thread,
    t.conversation.c.private,
)
_conversations = (
    select(*_conversation_columns).where(t.conversation.c.ticket == bindparam("number")).order_by(t.conversation.c.id)
)


def _ticket_facts(row: Any) -> TicketFacts:
    values = dict(row._mapping)
    values["tags"] = tuple(values["tags"])
    return TicketFacts(**values)


def ticket(connection: Connection, number: int) -> TicketFacts | None:
    row = connection.execute(_ticket, {"number": number}).first()
    return _ticket_facts(row) if row else None


def ticket_for_update(connection: Connection, number: int) -> TicketFacts | None:
    """The ticket, locked until the transaction ends (SQLite has one writer anyway)."""
    row = connection.execute(_ticket_locked, {"number": number}).first()
    return _ticket_facts(row) if row else None


def conversations(connection: Connection, number: int) -> tuple[ConversationFacts, ...]:
    return tuple(ConversationFacts(*row) for row in connection.execute(_conversations, {"number": number}))


# --- messages ------------------------------------------------------------------------------------------------

_message_columns = (
    t.message.c.id,
    t.message.c.ticket,
    t.message.c.author,
    t.person.c.name,
    t.message.c.audience,
    t.message.c.spans,
    t.message.c.body,
    t.message.c.at,
    t.message.c.revisions,
    t.message.c.deleted_at,
)
_messages = select(*_message_columns).outerjoin(t.person, t.person.c.id == t.message.c.author)
# A platform's clock and ours may differ: what was said through the desk itself (a form, a command) comes after the
# newest of the platform's messages that were there then.
_on_platform = case((t.message.c.external.is_not(None), t.message.c.at))
_until_then = func.max(_on_platform).over(order_by=t.message.c.id)
_messages_of = _messages.where(t.message.c.ticket == bindparam("number")).order_by(
    func.coalesce(_on_platform, _until_then, t.message.c.at), t.message.c.id
)
_message_one = _messages.where(t.message.c.id == bindparam("message"))
_attachments = (
    select(
        t.attachment.c.message,
        t.attachment.c.id,
        t.attachment.c.name,
        t.attachment.c.type,
        t.attachment.c.size,
        t.attachment.c.blob,
    )
    .where(t.attachment.c.message.in_(bindparam("messages", expanding=True)))
    .order_by(t.attachment.c.id)
)


def _with_attachments(connection: Connection, rows: Sequence[Any]) -> tuple[MessageFacts, ...]:
    if not rows:
        return ()
    files: dict[int, list[AttachmentFacts]] = {}
    for file in connection.execute(_attachments, {"messages": [row.id for row in rows]}):
        files.setdefault(file.message, []).append(AttachmentFacts(*file[1:]))
    return tuple(
        MessageFacts(
            id=row.id,
            ticket=row.ticket,
            author=row.author,
            author_name=row.name or "Somebody",
            audience=row.audience,
            text=load_text(row.spans),
            body=row.body,
            at=row.at,
            revisions=row.revisions,
            deleted_at=row.deleted_at,
            attachments=tuple(files.get(row.id, ())),
        )
        for row in rows
    )


def messages(connection: Connection, number: int) -> tuple[MessageFacts, ...]:
    """All messages of a ticket as they stand now, oldest first."""
    return _with_attachments(connection, connection.execute(_messages_of, {"number": number}).all())


def message(connection: Connection, message_id: int) -> MessageFacts | None:
    rows = connection.execute(_message_one, {"message": message_id}).all()
    found = _with_attachments(connection, rows)
    return found[0] if found else None


_last_edited = select(func.max(t.revision.c.at, type_=Utc)).where(t.revision.c.message == bindparam("message"))


def last_edited(connection: Connection, message_id: int) -> datetime | None:
    """The time of a message's newest edit, as the platform has it."""
    found: datetime | None = connection.execute(_last_edited, {"message": message_id}).scalar_one()
    return found


_first_words = (
    select(t.message.c.spans, t.message.c.external)
    .where(t.message.c.ticket == bindparam("number"), t.message.c.side == "customer", t.message.c.deleted_at.is_(None))
    .order_by(t.message.c.at, t.message.c.id)
    .limit(1)
)


def ticket_view(connection: Connection, number: int) -> TicketView | None:
    """A ticket with all that its card and receipt show."""
    facts = ticket(connection, number)
    if facts is None:
        return None
    first = connection.execute(_first_words, {"number": number}).first()
    return TicketView(
        ticket=facts,
        conversations=conversations(connection, number),
        clocks=clocks.of_ticket(connection, number),
        quote=load_text(first.spans) if first else (),
        quote_is_posted=first is not None and first.external is not None,
        problem=facts.problem,
    )


# --- lists ---------------------------------------------------------------------------------------------------

_urgency = case({p: i for i, p in enumerate(PRIORITIES)}, value=t.ticket.c.priority, else_=len(PRIORITIES))
_page: Any = bindparam("page")
_open = (
    _tickets.where(t.ticket.c.status.not_in(["resolved", "closed"])).order_by(_urgency, t.ticket.c.number).limit(_page)
)
_open_counts = (
    select(t.ticket.c.status, func.count())
    .where(t.ticket.c.status.not_in([literal_column("'resolved'"), literal_column("'closed'")]))
    .group_by(t.ticket.c.status)
)
_unowned = (
    _tickets.where(t.ticket.c.status.not_in(["resolved", "closed"]), t.ticket.c.assignee.is_(None))
    .order_by(_urgency, t.ticket.c.number)
    .limit(_page)
)
_assigned = (
    _tickets.where(t.ticket.c.status.not_in(["resolved", "closed"]), t.ticket.c.assignee == bindparam("agent"))
    .order_by(_urgency, t.ticket.c.number)
    .limit(_page)
)
_requested = (
    _tickets.where(t.ticket.c.requester == bindparam("person"))
    .order_by(case((t.ticket.c.status.in_(["resolved", "closed"]), 1), else_=0), t.ticket.c.number.desc())
    .limit(_page)
)
_by_number = _tickets.where(t.ticket.c.number.in_(bindparam("numbers", expanding=True))).order_by(t.ticket.c.number)


def open_tickets(connection: Connection, page: int = 20) -> list[TicketFacts]:
    """Most urgent first."""
    return [_ticket_facts(row) for row in connection.execute(_open, {"page": page})]


def open_counts(connection: Connection) -> dict[Status, int]:
    """How many tickets are in each status that is not the end."""
    found = {row[0]: row[1] for row in connection.execute(_open_counts)}
    return {status: found.get(status, 0) for status in OPEN_STATUSES}


def unowned_tickets(connection: Connection, page: int = 20) -> list[TicketFacts]:
    return [_ticket_facts(row) for row in connection.execute(_unowned, {"page": page})]


def assigned_tickets(connection: Connection, agent: str, page: int = 20) -> list[TicketFacts]:
    return [_ticket_facts(row) for row in connection.execute(_assigned, {"agent": agent, "page": page})]


def requested_tickets(connection: Connection, person: int, page: int = 20) -> list[TicketFacts]:
    """A person's own tickets: unsolved first, newest first."""
    return [_ticket_facts(row) for row in connection.execute(_requested, {"person": person, "page": page})]


def tickets_by_number(connection: Connection, numbers: Sequence[int]) -> list[TicketFacts]:
    return [_ticket_facts(row) for row in connection.execute(_by_number, {"numbers": list(numbers)})]


# --- timeline ------------------------------------------------------------------------------------------------

_timeline = (
    select(
        t.timeline.c.at,
        func.coalesce(t.person.c.agent, t.person.c.name, "desk").label("actor"),
        t.timeline.c.event,
        t.timeline.c.cause,
        t.timeline.c.details,
    )
    .outerjoin(t.person, t.person.c.id == t.timeline.c.actor)
    .where(t.timeline.c.ticket == bindparam("number"))
    .order_by(t.timeline.c.id)
)


def timeline(connection: Connection, number: int) -> tuple[TimelineEntry, ...]:
    """All that happened to a ticket, in the order in which it was written."""
    return tuple(TimelineEntry(*row) for row in connection.execute(_timeline, {"number": number}))


# --- names ---------------------------------------------------------------------------------------------------


_names = (
    select(t.identity.c.user, t.person.c.name)
    .join(t.person, t.person.c.id == t.identity.c.person)
    .where(
        t.identity.c.connection == bindparam("connection"),
        t.identity.c.user.in_(bindparam("users", expanding=True)),
    )
)


def names_of_users(connection: Connection, place_connection: str, users: Iterable[str]) -> dict[str, str]:
    wanted = list(users)
    if not wanted:
        return {}
    rows = connection.execute(_names, {"connection": place_connection, "users": wanted})
    return {row.user: row.name for row in rows}


_group_members = (
    select(t.group_member.c.user)
    .where(t.group_member.c.connection == bindparam("connection"), t.group_member.c.group == bindparam("group"))
    .order_by(t.group_member.c.user)
)


def members(connection: Connection, place_connection: str, group: str) -> list[str]:
    """The users who are in a platform's group."""
    return list(connection.scalars(_group_members, {"connection": place_connection, "group": group}))


_channel_name = select(t.channel.c.name).where(
    t.channel.c.connection == bindparam("connection"), t.channel.c.channel == bindparam("channel")
)
_by_agent = select(t.message.c.by_agent).where(t.message.c.id == bindparam("message"))


def channel_name(connection: Connection, place_connection: str, channel: str) -> str | None:
    values = {"connection": place_connection, "channel": channel}
    return connection.execute(_channel_name, values).scalar_one_or_none()


def message_by_agent(connection: Connection, message_id: int) -> bool:
    return bool(connection.execute(_by_agent, {"message": message_id}).scalar_one())


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file whose bytes are in the blob store."""

    ticket: int
    message: int
    name: str
    type: str
    blob: str
    audience: str
    is_deleted: bool


_kept = (
    select(
        t.message.c.ticket,
        t.message.c.id,
        t.attachment.c.name,
        t.attachment.c.type,
        t.attachment.c.blob,
        t.message.c.audience,
        t.message.c.deleted_at.is_not(None),
    )
    .join(t.message, t.message.c.id == t.attachment.c.message)
    .where(t.attachment.c.blob.is_not(None))
)
_kept_one = _kept.where(t.attachment.c.id == bindparam("attachment"))
_kept_of = _kept.where(t.attachment.c.message == bindparam("message")).order_by(t.attachment.c.id)


def kept_attachment(connection: Connection, attachment: int) -> KeptFile | None:
    row = connection.execute(_kept_one, {"attachment": attachment}).first()
    return KeptFile(*row) if row else None


def kept_attachments(connection: Connection, message_id: int) -> list[KeptFile]:
    return [KeptFile(*row) for row in connection.execute(_kept_of, {"message": message_id})]


_first_run = select(func.min(t.job_run.c.at, type_=Utc)).where(t.job_run.c.job == bindparam("job"))


def first_run(connection: Connection, job: str) -> datetime | None:
    """When something that happens once, or a job's first slot, was noted."""
    found: datetime | None = connection.execute(_first_run, {"job": job}).scalar_one()
    return found


_noted: Select[Any] = select(literal_column("1")).where(
    t.job_run.c.job == bindparam("job"), t.job_run.c.slot == bindparam("slot")
)


def was_noted(connection: Connection, job: str, slot: str) -> bool:
    """Whether something that happens once has happened."""
    return connection.execute(_noted, {"job": job, "slot": slot}).first() is not None


_slots = select(t.job_run.c.slot, t.job_run.c.at).where(t.job_run.c.job == bindparam("job"))


def slots(connection: Connection, job: str) -> dict[str, datetime]:
    """The slots of a job that have run, and when."""
    return {row.slot: row.at for row in connection.execute(_slots, {"job": job})}
