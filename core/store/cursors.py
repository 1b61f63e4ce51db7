"""How far each channel has been read: a low-water mark from which history is read after an absence.

The mark is moved by a tick, not with each message (that would be a hot row), and lags by at least one tick, so that
what was under way at the end is read again; receipts make that harmless.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.engine import Connection

from core.language.places import MessageRef, Place
from core.store.columns import Utc
from core.store.engine import Tx
from core.store.tables import channel, conversation, message, receipt, sent, ticket

_KEY_OF_POSTED = "posted/"
_newer = (
    select(receipt.c.id, receipt.c.connection, receipt.c.natural_key)
    .where(receipt.c.id > bindparam("after"), receipt.c.natural_key.startswith(_KEY_OF_POSTED))
    .order_by(receipt.c.id)
    .limit(bindparam("page"))
)
_set = (
    update(channel)
    .where(channel.c.connection == bindparam("which_connection"), channel.c.channel == bindparam("which_channel"))
    .values(read_to=bindparam("read_to"))
)
_marks = select(channel.c.connection, channel.c.channel, channel.c.read_to).where(channel.c.state == "ok")
_last_received = (
    select(receipt.c.received_at)
    .where(receipt.c.connection == bindparam("connection"), receipt.c.received_at < bindparam("before", type_=Utc))
    .order_by(receipt.c.id.desc())
    .limit(1)
)
_keys = select(receipt.c.natural_key).where(
    receipt.c.connection == bindparam("connection"), receipt.c.natural_key.in_(bindparam("keys", expanding=True))
)
_threads = (
    select(
        conversation.c.id,
        conversation.c.connection,
        conversation.c.channel,
        conversation.c.thread,
    )
    .join(ticket, ticket.c.number == conversation.c.ticket)
    .where(
        or_(ticket.c.status.not_in(["resolved", "closed"]), ticket.c.updated_at >= bindparam("since", type_=Utc)),
        conversation.c.connection == bindparam("connection"),
        conversation.c.thread.is_not(None),
        conversation.c.id > bindparam("after"),
    )
    .order_by(conversation.c.id)
    .limit(bindparam("page"))
)
_written = select(message.c.channel, message.c.external, message.c.thread).where(
    message.c.conversation == bindparam("conversation"),
    message.c.external.is_not(None),
    message.c.deleted_at.is_(None),
)
_posted = select(sent.c.channel, sent.c.message, sent.c.thread).where(sent.c.conversation == bindparam("conversation"))
_newest_receipt = select(receipt.c.id).order_by(receipt.c.id.desc()).limit(1)


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


def newest_receipt(connection: Connection) -> int:
    return connection.execute(_newest_receipt).scalar_one_or_none() or 0


def move(tx: Tx, marks: Mapping[Place, str]) -> None:
    for place, read_to in marks.items():
        tx.execute(_set, {"which_connection": place.connection, "which_channel": place.channel, "read_to": read_to})


def marks(connection: Connection) -> dict[Place, str | None]:
    """For each channel that is open to the desk, the message up to which it was surely read; None for one that was
    listened to for too short a time to say."""
    return {Place(row.connection, row.channel): row.read_to for row in connection.execute(_marks)}


def last_received(connection: Connection, on: str, before: datetime) -> datetime | None:
    """When the latest event before then came in (real time)."""
    return connection.execute(_last_received, {"connection": on, "before": before}).scalar_one_or_none()


def known(connection: Connection, on: str, keys: Sequence[str]) -> set[str]:
    """Which of these events have a receipt."""
    rows = connection.execute(_keys, {"connection": on, "keys": list(keys)}) if keys else ()
    return {row[0] for row in rows}


@dataclass(frozen=True, slots=True)
class OpenThread:
    conversation: int
    place: Place


def open_threads(connection: Connection, on: str, after: int, since: datetime, page: int = 100) -> list[OpenThread]:
    """Threads on a connection, of tickets that are not solved or have changed since then (the desk's time), by
    conversation, a page at a time."""
    values = {"connection": on, "after": after, "since": since, "page": page}
    return [
        OpenThread(row.id, Place(row.connection, row.channel, row.thread))
        for row in connection.execute(_threads, values)
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """The platform's messages that belong to a conversation, wherever they stand: what people wrote and is not known
    to be deleted, and what the desk posted."""

    written: frozenset[MessageRef]
    posted: frozenset[MessageRef]


def standing_in(connection: Connection, thread: OpenThread) -> Standing:
    def refs(statement: Any) -> frozenset[MessageRef]:
        rows = connection.execute(statement, {"conversation": thread.conversation})
        return frozenset(MessageRef(thread.place.connection, *row) for row in rows)

    return Standing(refs(_written), refs(_posted))
