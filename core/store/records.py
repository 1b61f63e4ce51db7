"""Tickets with all that belongs to them, many at a time: for lists and exports, never a query for each row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.engine import Connection

from core.language.facts import ClockFacts, ConversationFacts, TicketFacts
from core.language.places import Identity
from core.language.words import STATUSES, Status
from core.store import queries
from core.store import tables as t

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tickets; what is empty lets all through."""

    statuses: tuple[Status, ...] = ()
    account: str = ""
    assignee: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """`clocks` are all that ever ran, oldest first; `identities` and `email` are the requester's."""

    ticket: TicketFacts
    email: str | None
    identities: tuple[Identity, ...]
    clocks: tuple[ClockFacts, ...]
    conversations: tuple[ConversationFacts, ...]


_numbers = select(t.ticket.c.number).where(
    t.ticket.c.status.in_(bindparam("statuses", expanding=True)),
    or_(bindparam("account") == "", t.ticket.c.account == bindparam("account")),
    or_(bindparam("assignee") == "", t.ticket.c.assignee == bindparam("assignee")),
)
_newest = _numbers.order_by(t.ticket.c.number.desc()).limit(bindparam("page"))
_following = _numbers.where(t.ticket.c.number > bindparam("after")).order_by(t.ticket.c.number).limit(bindparam("page"))
_of_these: Any = bindparam("numbers", expanding=True)
_identities = (
    select(t.identity.c.person, t.identity.c.connection, t.identity.c.user)
    .where(t.identity.c.person.in_(bindparam("people", expanding=True)))
    .order_by(t.identity.c.connection, t.identity.c.user)
)
_emails = select(t.person.c.id, t.person.c.email).where(t.person.c.id.in_(bindparam("people", expanding=True)))
_clocks = (
    select(
        t.clock.c.ticket,
        t.clock.c.target,
        t.clock.c.policy,
        t.clock.c.state,
        t.clock.c.started_at,
        t.clock.c.due_at,
        t.clock.c.met_at,
        t.clock.c.breached_at,
    )
    .where(t.clock.c.ticket.in_(_of_these))
    .order_by(t.clock.c.id)
)
_conversations = (
    select(
        t.conversation.c.id,
        t.conversation.c.ticket,
        t.conversation.c.side,
        t.conversation.c.connection,
        t.conversation.c.channel,
        t.conversation.c.thread,
        t.conversation.c.private,
    )
    .where(t.conversation.c.ticket.in_(_of_these))
    .order_by(t.conversation.c.id)
)


def record(connection: Connection, number: int) -> Record | None:
    found = _records(connection, [number])
    return found[0] if found else None


def newest(connection: Connection, wanted: Filter, limit: int) -> list[Record]:
    """The `limit` newest tickets, the oldest of them first."""
    numbers = connection.scalars(_newest, {**_values(wanted), "page": limit}).all()
    return _records(connection, numbers[::-1])


def every(connection: Connection, wanted: Filter) -> Iterator[Record]:
    """All tickets by number, read page by page on the caller's snapshot."""
    after = 0
    while numbers := connection.scalars(_following, {**_values(wanted), "after": after, "page": _PAGE}).all():
        yield from _records(connection, numbers)
        after = numbers[-1]


def _values(wanted: Filter) -> dict[str, Any]:
    return {
        "statuses": list(wanted.statuses or STATUSES),
        "account": wanted.account,
        "assignee": wanted.assignee,
    }


def _records(connection: Connection, numbers: Sequence[int]) -> list[Record]:
    tickets = queries.tickets_by_number(connection, numbers)
    if not tickets:
        return []
    people = sorted({ticket.requester for ticket in tickets})
    these = {"numbers": list(numbers)}
    identities: dict[int, list[Identity]] = {}
    for person, on, user in connection.execute(_identities, {"people": people}):
        identities.setdefault(person, []).append(Identity(on, user))
    emails: dict[int, str | None] = {row[0]: row[1] for row in connection.execute(_emails, {"people": people})}
    clocks: dict[int, list[ClockFacts]] = {}
    for clock in connection.execute(_clocks, these):
        clocks.setdefault(clock.ticket, []).append(ClockFacts(**clock._mapping))
    conversations: dict[int, list[ConversationFacts]] = {}
    for found in connection.execute(_conversations, these):
        conversations.setdefault(found.ticket, []).append(ConversationFacts(**found._mapping))
    return [
        Record(
            ticket=ticket,
            email=emails.get(ticket.requester),
            identities=tuple(identities.get(ticket.requester, ())),
            clocks=tuple(clocks.get(ticket.number, ())),
            conversations=tuple(conversations.get(ticket.number, ())),
        )
        for ticket in tickets
    ]
