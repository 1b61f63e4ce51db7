"""How far each channel has been read: a low-water mark from which history is read after an absence.

The mark is moved by a tick, not with each message (that would be a hot row), and lags by at least one tick, so that
what was under way at the end is read again; receipts make that harmless.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.engine import Connection

from core.language.places import MessageRef, Place
from core.store.columns import Utc
from core.store.engine import Tx
from core.store.tables import channel, conversation, message, receipt, ticket

_POSTED = "posted/"
_newer = (
    select(receipt.c.id, receipt.c.connection, receipt.c.natural_key)
    .where(receipt.c.id > bindparam("after"), receipt.c.natural_key.startswith(_POSTED))
    .order_by(receipt.c.id)
    .limit(bindparam("page"))
)
_set = (
    update(channel)
    .where(channel.c.connection == bindparam("which_connection"), channel.c.channel == bindparam("which_channel"))
    .values(read_to=bindparam("read_to"))
)
_marks = select(channel.c.connection, channel.c.channel, channel.c.read_to).where(channel.c.state == "ok")
_last_received = select(receipt.c.received_at).order_by(receipt.c.id.desc()).limit(1)
_keys = select(receipt.c.natural_key).where(
    receipt.c.connection == bindparam("connection"), receipt.c.natural_key.in_(bindparam("keys", expanding=True))
)
_threads = (
    select(
        conversation.c.ticket,
        conversation.c.connection,
        conversation.c.channel,
        conversation.c.thread,
    )
    .join(ticket, ticket.c.number == conversation.c.ticket)
    .where(
        or_(ticket.c.status.not_in(["resolved", "closed"]), ticket.c.updated_at >= bindparam("since", type_=Utc)),
        conversation.c.thread.is_not(None),
        conversation.c.ticket > bindparam("after"),
    )
    .order_by(conversation.c.ticket)
    .limit(bindparam("page"))
)
_written = select(message.c.external).where(
    message.c.ticket == bindparam("ticket"),
    message.c.connection == bindparam("connection"),
    message.c.channel == bindparam("channel"),
    message.c.external.is_not(None),
    message.c.deleted_at.is_(None),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest messages by channel among the receipts up to `receipt`."""

    receipt: int
    newest: Mapping[Place, str]


def seen_since(connection: Connection, after: int, page: int = 5000) -> Seen:
    newest: dict[Place, str] = {}
    last = after
    for row in connection.execute(_newer, {"after": after, "page": page}):
        last = row.id
        _, where, message_id = row.natural_key.split("/", 2)
        newest[Place(row.connection, where)] = message_id
    return Seen(last, newest)


def move(tx: Tx, marks: Mapping[Place, str]) -> None:
    for place, read_to in marks.items():
        tx.execute(_set, {"which_connection": place.connection, "which_channel": place.channel, "read_to": read_to})


def marks(connection: Connection) -> dict[Place, str | None]:
    """For each channel that is open to the desk, the message up to which it was surely read; None for one that was
    listened to for too short a time to say."""
    return {Place(row.connection, row.channel): row.read_to for row in connection.execute(_marks)}


def last_received(connection: Connection) -> datetime | None:
    """When the latest event came in (real time)."""
    return connection.execute(_last_received).scalar_one_or_none()


def known(connection: Connection, on: str, keys: Sequence[str]) -> set[str]:
    """Which of these events have a receipt."""
    rows = connection.execute(_keys, {"connection": on, "keys": list(keys)}) if keys else ()
    return {row[0] for row in rows}


@dataclass(frozen=True, slots=True)
class OpenThread:
    ticket: int
    place: Place


def open_threads(connection: Connection, after: int, since: datetime, page: int = 100) -> list[OpenThread]:
    """Threads of tickets that are not solved or have changed since then (the desk's time), by ticket, a page at a
    time."""
    return [
        OpenThread(row.ticket, Place(row.connection, row.channel, row.thread))
        for row in connection.execute(_threads, {"after": after, "since": since, "page": page})
    ]


def written_in(connection: Connection, thread: OpenThread) -> list[MessageRef]:
    """The platform's messages of a ticket in a thread's channel that are not known to be deleted."""
    place = thread.place
    values = {"ticket": thread.ticket, "connection": place.connection, "channel": place.channel}
    return [
        MessageRef(place.connection, place.channel, row[0], place.thread)
        for row in connection.execute(_written, values)
    ]
