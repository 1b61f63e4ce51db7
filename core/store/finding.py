"""Which ticket does a message, a thread, or somebody's last words belong to?"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Select,
    and_,
    bindparam,
    exists,
    literal_column,
    null,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.engine import Connection

from core.language.codec import load_shown
from core.language.effects import Live
from core.language.places import MessageRef, Place
from core.language.words import Side
from core.store import tables as t
from core.store.outbox import part_of


@dataclass(frozen=True, slots=True)
class Found:
    """A place or message that belongs to a ticket. `message` is the ticket's message that it is (or copies);
    `role` is set for the desk's own posts."""

    ticket: int
    conversation: int
    side: Side
    message: int | None = None
    role: str | None = None

    @property
    def is_thread(self) -> bool:
        """Nothing is known of it but that a conversation's thread hangs on it."""
        return self.message is None and self.role is None


_place: dict[str, Any] = {"connection": bindparam("connection"), "channel": bindparam("channel")}


# As a root, a message or post says of a message in its thread only whose thread that is.
def _by_message(external: Any, rank: int, *, as_root: bool = False) -> Any:
    row = t.message.c
    own = null() if as_root else row.id
    return select(
        row.ticket,
        row.conversation,
        row.side,
        own.label("message"),
        null().label("role"),
        literal_column(str(rank)).label("rank"),
    ).where(row.connection == _place["connection"], row.channel == _place["channel"], row.external == external)


def _by_sent(external: Any, rank: int, *, as_root: bool = False) -> Any:
    row = t.sent.c
    own = (null(), null()) if as_root else (row.of_message, row.role)
    return (
        select(row.ticket, row.conversation, t.conversation.c.side, *own, literal_column(str(rank)))
        .join(t.conversation, t.conversation.c.id == row.conversation)
        .where(
            row.connection == _place["connection"],
            row.channel == _place["channel"],
            row.message == external,
            row.ticket.is_not(None),
        )
    )


def _by_thread(external: Any, rank: int) -> Any:
    row = t.conversation.c
    return select(row.ticket, row.id, row.side, null(), null(), literal_column(str(rank))).where(
        row.connection == _place["connection"], row.channel == _place["channel"], row.thread == external
    )


def _first(*ways: Any) -> CompoundSelect[Any]:
    return union_all(*ways).order_by(text("rank")).limit(1)


_external: Any = bindparam("external")
_thread: Any = bindparam("thread")
# A message of a ticket first, then a post of ours, then the thread's own row: the first names the most. Then what is
# known of the thread that it stands in.
_find = _first(
    _by_message(_external, 1),
    _by_sent(_external, 2),
    _by_thread(_external, 3),
    _by_thread(_thread, 4),
    _by_message(_thread, 5, as_root=True),
    _by_sent(_thread, 6, as_root=True),
)


def find(connection: Connection, ref: MessageRef) -> Found | None:
    """The ticket that a message belongs to: it is one of its messages, a post of the desk about it, or else it is the
    root of its thread or stands in it (`is_thread`)."""
    values = {"connection": ref.connection, "channel": ref.channel, "external": ref.message, "thread": ref.thread}
    row = connection.execute(_find, values).first()
    return Found(row[0], row[1], row[2], row[3], row[4]) if row else None


# Of ix_outbox_in_flight, whose condition is spelled as it stands there, so that it is used.
_in_flight: Select[Any] = (
    select(literal_column("1"))
    .where(
        t.outbox.c.connection == _place["connection"],
        t.outbox.c.channel == _place["channel"],
        t.outbox.c.kind == literal_column("'post'"),
        t.outbox.c.state.in_([literal_column("'sending'"), literal_column("'unknown'")]),
        t.outbox.c.sent_at <= bindparam("before"),
    )
    .limit(1)
)


def is_early(connection: Connection, ref: MessageRef, before: datetime) -> bool:
    """Whether a message may be a post of the desk that is on its way: nothing is known of it, and a post into its
    channel that was sent before then (real time) has not been settled yet."""
    values = {"connection": ref.connection, "channel": ref.channel, "before": before}
    return connection.execute(_in_flight, values).first() is not None and find(connection, ref) is None


_ours: Select[Any] = select(literal_column("1")).where(
    t.sent.c.connection == _place["connection"],
    t.sent.c.channel == _place["channel"],
    t.sent.c.message == _external,
)


def is_ours(connection: Connection, ref: MessageRef) -> bool:
    """Whether a message is a post of the desk, about a ticket or not."""
    values = {"connection": ref.connection, "channel": ref.channel, "external": ref.message}
    return connection.execute(_ours, values).first() is not None


_thread_of = union_all(
    *(
        select(table.c.thread).where(
            table.c.connection == _place["connection"],
            table.c.channel == _place["channel"],
            external == _external,
        )
        for table, external in ((t.message, t.message.c.external), (t.sent, t.sent.c.message))
    )
).limit(1)


def thread_of(connection: Connection, ref: MessageRef) -> str | None:
    """The thread in which a ticket's message, or a post of the desk, stands."""
    values = {"connection": ref.connection, "channel": ref.channel, "external": ref.message}
    found: str | None = connection.execute(_thread_of, values).scalar()
    return found


def find_own(connection: Connection, ref: MessageRef) -> Found | None:
    """What the message itself is to the desk: a ticket's message, or a post of its own; else None."""
    found = find(connection, MessageRef(ref.connection, ref.channel, ref.message))
    return None if found is None or found.is_thread else found


@dataclass(frozen=True, slots=True)
class Arrival:
    """`is_here`: the message has been taken already. `thread`: what the thread is that it stands in, or that hangs on
    it."""

    is_here: bool
    thread: Found | None


def _same_client_id() -> Any:
    row = t.message.c
    return select(row.ticket, row.conversation, row.side, row.id, null(), literal_column("0")).where(
        row.author == bindparam("author"),
        row.connection == _place["connection"],
        row.channel == _place["channel"],
        row.at >= bindparam("since"),
        row.client_id == bindparam("client_id"),
    )


# The thread's own row first: where a closed ticket was followed up, the thread belongs to the newer one.
_arrival = _first(
    _by_message(_external, 0),
    _same_client_id(),
    _by_thread(_thread, 1),
    _by_message(_thread, 2, as_root=True),
    _by_sent(_thread, 3, as_root=True),
)


def arrival(connection: Connection, ref: MessageRef, author: int, client_id: str | None, since: datetime) -> Arrival:
    """What is known of a message that comes in. One message that its author's client sent once (`client_id`) may reach
    us under two platform ids; `since` bounds how far back that is looked for."""
    values = {
        "connection": ref.connection,
        "channel": ref.channel,
        "external": ref.message,
        "thread": ref.thread or ref.message,
        "author": author,
        "client_id": client_id,
        "since": since,
    }
    row = connection.execute(_arrival, values).first()
    if row is None:
        return Arrival(is_here=False, thread=None)
    if row[5] == 0:
        return Arrival(is_here=True, thread=None)
    return Arrival(is_here=False, thread=Found(row[0], row[1], row[2], row[3], row[4]))


_recent = (
    select(t.message.c.ticket, t.ticket.c.status)
    .join(t.ticket, t.ticket.c.number == t.message.c.ticket)
    .where(
        and_(
            t.message.c.author == bindparam("author"),
            t.message.c.connection == _place["connection"],
            t.message.c.channel == _place["channel"],
            t.message.c.at >= bindparam("since"),
            t.message.c.at <= bindparam("until"),
            t.message.c.side == "customer",
        )
    )
    .order_by(t.message.c.at.desc(), t.message.c.id.desc())
    .limit(1)
)


def recent_ticket(
    connection: Connection, author: int, place_connection: str, channel: str, since: datetime, until: datetime
) -> int | None:
    """The ticket of what an author last said in a channel within a time, unless it is closed."""
    values = {
        "author": author,
        "connection": place_connection,
        "channel": channel,
        "since": since,
        "until": until,
    }
    row = connection.execute(_recent, values).first()
    return row.ticket if row and row.status != "closed" else None


def sent_from(source: int) -> str:
    """The `client_id` of an answer that was written as the internal message `source`."""
    return f"sent:{source}"


# Not those that became dead letters, or were dropped then: nobody has read them.
_sent_from = (
    select(t.person.c.name)
    .join(t.message, t.message.c.author == t.person.c.id)
    .where(
        t.message.c.ticket == bindparam("ticket"),
        t.message.c.client_id == bindparam("source"),
        or_(
            exists().where(t.sent.c.of_message == t.message.c.id, t.sent.c.role == "reply"),
            exists().where(
                t.outbox.c.ticket == bindparam("ticket"),
                t.outbox.c.subject == t.message.c.id,
                t.outbox.c.purpose == "reply",
                t.outbox.c.state != "dead",
            ),
        ),
    )
    .limit(1)
)


_answer_made_of = select(t.message.c.id).where(
    t.message.c.ticket == bindparam("ticket"), t.message.c.client_id == bindparam("source")
)
_uploads_of = select(t.sent.c.connection, t.sent.c.channel, t.sent.c.message, t.sent.c.thread).where(
    t.sent.c.of_message == bindparam("message"),
    t.sent.c.role == literal_column("'upload'"),
    t.sent.c.conversation == bindparam("conversation"),
)


def answer_made_of(connection: Connection, ticket: int, source: int) -> int | None:
    """The newest answer to the customer that was written as an internal message."""
    values = {"ticket": ticket, "source": sent_from(source)}
    return max(connection.execute(_answer_made_of, values).scalars(), default=None)


_copies_on_their_way = select(t.outbox.c.shown).where(
    t.outbox.c.ticket == bindparam("ticket"),
    t.outbox.c.subject == bindparam("message"),
    t.outbox.c.kind == literal_column("'post'"),
    t.outbox.c.purpose == literal_column("'copy'"),
    t.outbox.c.state != literal_column("'done'"),
)
_copies_made = select(t.sent.c.role).where(t.sent.c.of_message == bindparam("message"), t.sent.c.role.like("copy%"))


def copies_of(connection: Connection, ticket: int, message: int) -> int:
    """How many posts a message is copied in, or will be."""
    values = {"ticket": ticket, "message": message}
    # In this order, since what is on its way may be made between the two looks.
    waiting = [load_shown(shown) for shown in connection.execute(_copies_on_their_way, values).scalars()]
    parts = [live.part for live in waiting if isinstance(live, Live)]
    parts += [part_of(role)[1] for role in connection.execute(_copies_made, values).scalars()]
    return max(parts, default=-1) + 1


def uploads_of(connection: Connection, conversation: int, message: int) -> list[MessageRef]:
    """The desk's posts in a conversation that show files of a message."""
    rows = connection.execute(_uploads_of, {"conversation": conversation, "message": message})
    return [MessageRef(*row) for row in rows]


def sent_by(connection: Connection, ticket: int, source: int) -> str | None:
    """Who has sent an internal message to the customer, or is about to."""
    found: str | None = connection.execute(_sent_from, {"ticket": ticket, "source": sent_from(source)}).scalar()
    return found


_solved: Select[Any] = (
    select(t.conversation.c.channel, t.conversation.c.thread)
    .join(t.ticket, t.ticket.c.number == t.conversation.c.ticket)
    .where(
        t.conversation.c.connection == _place["connection"],
        t.conversation.c.thread.in_(bindparam("threads", expanding=True)),
        t.ticket.c.status.in_([literal_column("'resolved'"), literal_column("'closed'")]),
    )
    .order_by(t.ticket.c.resolved_at, t.conversation.c.id)
)


def solved_threads(connection: Connection, on: str, threads: Collection[str]) -> list[Place]:
    """Of these threads those of solved tickets, the oldest solution first."""
    found = connection.execute(_solved, {"connection": on, "threads": sorted(threads)})
    return [Place(on, row.channel, row.thread) for row in found]
