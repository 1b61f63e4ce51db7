"""The outbox: what the desk wants done outside, written in the transaction that decides it, and what became of it.

`jobs/delivery` carries the rows out (`core.store.claims` is its side). Rows of one conversation go out in the order
of their ids, so a transaction locks its ticket before it enqueues: ids then follow the order of commits.
"""

import itertools
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    case,
    delete,
    func,
    literal,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert_postgresql
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from core.language.codec import dump_shown
from core.language.effects import URGENCIES, EffectKind, Live, Urgency
from core.language.places import Identity
from core.language.views import Card
from core.language.words import Audience, Side
from core.store.columns import Utc
from core.store.engine import Tx
from core.store.tables import outbox

__all__ = [
    "AGAIN",
    "PURPOSES",
    "WAITING",
    "WAITS",
    "WAKE",
    "Counts",
    "DeadLetter",
    "Effect",
    "Purpose",
    "Urgency",
    "counts",
    "dead_letters",
    "drop",
    "enqueue",
    "part_of",
    "retry",
    "role_of",
]

# Spelled as the partial indexes spell it, so that they are used.
WAITS = "state IN ('pending', 'sending', 'unknown')"
WAITING: ColumnElement[bool] = outbox.c.state.in_([literal_column(f"'{s}'") for s in ("pending", "sending", "unknown")])

# Topics: there are new rows; rows or connections that had been given up go on.
WAKE = "outbox"
AGAIN = "outbox_again"

# What an effect is for, which says what `core.desk.delivered` does with its outcome. A post's purpose is the role
# under which it is found again in `sent`; a `root_receipt` is a receipt that the conversation's thread hangs on.
Purpose = Literal[
    "card",
    "receipt",
    "root_receipt",
    "copy",
    "reply",
    "status",
    "reminder",
    "digest",
    "alert",
    "dm",
    "profile",
    "group",
    "file",
    "backfill",
    "thread",
    "suggestion",
    "panel",
    "upload",
    "nothing",
]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


def role_of(purpose: str, part: int = 0) -> str:
    """The role under which a post is found again. Of what takes several posts the first has the plain one, and the
    others are numbered: `copy`, `copy 2`, `copy 3`."""
    return purpose if part == 0 else f"{purpose} {part + 1}"


def part_of(role: str) -> tuple[str, int]:
    """The way back: (purpose, part)."""
    purpose, _, number = role.partition(" ")
    return purpose, int(number or 1) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One thing to do outside. (`connection`, `channel`) is the lane; effects that belong to no channel have "".

    The place is `thread`, or else the thread of `conversation`, which may not be known yet. The message to act on
    is `message`, or else the newest of this ticket's own posts there with the role `of_role` (about the message
    `of_message`). `person` is a platform's user id, `subject` the row that `purpose` is about. `key` has at most
    25 characters and was never used before; left out, one is made.

    Of waiting effects with the same `collapse` only one exists, at the place in the order of the first and with
    the content of the newest; so they differ in nothing but `shown`, `args`, `pings`, `subject` and `urgency`.
    """

    kind: EffectKind
    connection: str
    channel: str = ""
    urgency: Urgency
    purpose: str
    audience: Audience = "internal"
    conversation: int | None = None
    side: Side | None = None
    ticket: int | None = None
    thread: str | None = None
    message: str | None = None
    of_role: str | None = None
    of_message: int | None = None
    person: str | None = None
    shown: Card | Live | None = None
    args: Mapping[str, Any] = field(default_factory=dict)
    pings: tuple[Identity, ...] = ()
    subject: int | None = None
    key: str | None = None
    collapse: str | None = None


def _upsert(make: Any) -> Any:
    statement = make(outbox)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["collapse"],
        index_where=text("state = 'pending' AND collapse IS NOT NULL"),
        set_={
            "shown": new.shown,
            "args": new.args,
            "pings": new.pings,
            "subject": new.subject,
            "urgency": case((new.urgency < outbox.c.urgency, new.urgency), else_=outbox.c.urgency),
        },
    )


# Random once in a process: asking the system for each effect costs more than the rest of its values.
_PROCESS = secrets.token_hex(8)
_made = itertools.count()


def _new_key() -> str:
    return f"{_PROCESS}{next(_made):x}"


_enqueue = {"sqlite": _upsert(upsert_sqlite), "postgresql": _upsert(upsert_postgresql)}


_drop_uploads = (
    update(outbox)
    .where(
        outbox.c.conversation == bindparam("which"),
        outbox.c.purpose == "upload",
        outbox.c.subject == bindparam("of_files_of"),
        outbox.c.state == "pending",
    )
    .values(state="done", error="its message was deleted")
)


def drop_uploads(tx: Tx, conversation: int, message: int) -> None:
    """A message's files that wait to be shown in a conversation are not."""
    tx.execute(_drop_uploads, {"which": conversation, "of_files_of": message})


def enqueue(tx: Tx, effects: Sequence[Effect]) -> None:
    """Writes the effects in one statement and wakes the delivery after the commit. Raises ValueError for a purpose
    that nobody would know what to do with."""
    if not effects:
        return
    now = tx.real_now()
    tx.execute(_enqueue[tx.dialect], [_values(effect, now) for effect in effects])
    tx.wake(WAKE)


def _values(effect: Effect, now: datetime) -> dict[str, Any]:
    if effect.purpose not in PURPOSES:
        raise ValueError(f"an effect has the unknown purpose {effect.purpose!r}")
    return {
        "kind": effect.kind,
        "connection": effect.connection,
        "channel": effect.channel,
        "conversation": effect.conversation,
        "side": effect.side,
        "audience": effect.audience,
        "urgency": URGENCIES.index(effect.urgency),
        "ticket": effect.ticket,
        "thread": effect.thread,
        "message": effect.message,
        "of_role": effect.of_role,
        "of_message": effect.of_message,
        "person": effect.person,
        "shown": None if effect.shown is None else dump_shown(effect.shown),
        "args": dict(effect.args),
        "pings": [{"connection": ping.connection, "user": ping.user} for ping in effect.pings],
        "purpose": effect.purpose,
        "subject": effect.subject,
        "key": effect.key or _new_key(),
        "collapse": effect.collapse,
        "state": "pending",
        "next_attempt_at": now,
        "created_at": now,
    }


# --- for the operator ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An effect that was given up. `error` begins with the platform's word for why."""

    id: int
    kind: str
    purpose: str
    connection: str
    channel: str
    ticket: int | None
    attempts: int
    error: str
    created_at: datetime
    settled_at: datetime


_dead = (
    select(
        outbox.c.id,
        outbox.c.kind,
        outbox.c.purpose,
        outbox.c.connection,
        outbox.c.channel,
        outbox.c.ticket,
        outbox.c.attempts,
        func.coalesce(outbox.c.error, "").label("error"),
        outbox.c.created_at,
        outbox.c.settled_at,
    )
    .where(outbox.c.state == literal_column("'dead'"), outbox.c.id > bindparam("after"))
    .order_by(outbox.c.id)
    .limit(bindparam("page"))
)


def dead_letters(connection: Connection, *, after: int = 0, page: int = 100) -> list[DeadLetter]:
    """The oldest `page` of those with an id above `after`."""
    return [DeadLetter(**row._mapping) for row in connection.execute(_dead, {"after": after, "page": page})]


# What may have been carried out is looked for first: its outcome counts as unknown.
_retry = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"), outbox.c.state == "dead")
    .values(
        state=case((outbox.c.sent_at.is_(None), literal("pending")), else_=literal("unknown")),
        collapse=None,
        attempts=0,
        next_attempt_at=bindparam("now"),
        settled_at=None,
    )
    .returning(outbox.c.id)
)
_drop = delete(outbox).where(outbox.c.id == bindparam("row"), outbox.c.state == "dead").returning(outbox.c.id)


def retry(tx: Tx, row: int) -> bool:
    """Tries a dead letter anew, before what waits in its conversation. False when it is none."""
    tx.wake(AGAIN)
    return tx.execute(_retry, {"row": row, "now": tx.real_now()}).first() is not None


def drop(tx: Tx, row: int) -> bool:
    """Forgets a dead letter. False when it is none."""
    return tx.execute(_drop, {"row": row}).first() is not None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows are in each state, and how long (seconds) the one that is due longest has been due."""

    pending: int
    sending: int
    unknown: int
    dead: int
    oldest_due: float


_waiting = select(outbox.c.state, func.count(), func.min(outbox.c.next_attempt_at, type_=Utc)).where(WAITING)
_counts = _waiting.group_by(outbox.c.state)
_count_dead = select(func.count()).select_from(outbox).where(outbox.c.state == literal_column("'dead'"))


def counts(connection: Connection, now: datetime) -> Counts:
    """For metrics; costs as much as there are rows that wait. `now` is real time."""
    found = {state: (count, oldest) for state, count, oldest in connection.execute(_counts)}
    due = [(now - oldest).total_seconds() for _, oldest in found.values()]
    return Counts(
        pending=found.get("pending", (0, now))[0],
        sending=found.get("sending", (0, now))[0],
        unknown=found.get("unknown", (0, now))[0],
        dead=connection.execute(_count_dead).scalar_one(),
        oldest_due=max([0.0, *due]),
    )
