"""The delivery's side of the outbox: taking a row, finding out where it goes, and writing down what became of it.

Every change is conditional on the lease (`held`) and on the row being as it was when it was looked at, so what a
holder does whose lease was taken over changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    bindparam,
    case,
    exists,
    literal,
    literal_column,
    null,
    or_,
    select,
    update,
)

from core.language.codec import load_shown
from core.language.effects import EffectKind, Live
from core.language.places import Identity
from core.language.views import Card
from core.store.columns import Utc
from core.store.engine import Tx
from core.store.heads import Head
from core.store.lanes import Hold, held, renew
from core.store.outbox import part_of
from core.store.tables import conversation, outbox, sent

# Posts with these purposes make the thread of a conversation that has none yet.
ROOTS = ("card", "root_receipt")


# --- taking one ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the outbox. `shown` is a card, or what to draw one from."""

    id: int
    kind: EffectKind
    connection: str
    channel: str
    conversation: int | None
    side: str | None
    audience: str
    ticket: int | None
    thread: str | None
    message: str | None
    of_role: str | None
    of_message: int | None
    person: str | None
    shown: Card | Live | None
    args: dict[str, Any]
    pings: tuple[Identity, ...]
    purpose: str
    subject: int | None
    key: str
    state: str
    attempts: int
    sent_at: datetime | None
    fence: int | None
    created_at: datetime


_row_columns = tuple(outbox.c[name] for name in Row.__slots__)


def _row(values: Any) -> Row:
    found = {name: values._mapping[name] for name in Row.__slots__}
    found["shown"] = None if found["shown"] is None else load_shown(found["shown"])
    found["pings"] = tuple(Identity(**ping) for ping in found["pings"])
    return Row(**found)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a row goes: the thread to post in, the message to act on and the thread that that one is in."""

    thread: str | None = None
    message: str | None = None
    message_thread: str | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is this holder's to work on. `now` is the database's time of the claim."""

    row: Row
    address: Address
    now: datetime


@dataclass(frozen=True, slots=True)
class Lost:
    """Somebody else has the lane now."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The row is not there to be taken any more, or not yet: it waits for another one."""


@dataclass(frozen=True, slots=True)
class Hopeless:
    """The row can never be carried out."""

    row: Row
    why: str


Taken = Claimed | Lost | Gone | Hopeless


class _Unsaid:
    """What the row would change was never meant to be there."""


_place_of = (
    select(*_row_columns, conversation.c.thread.label("conversation_thread"))
    .select_from(outbox.outerjoin(conversation, conversation.c.id == outbox.c.conversation))
    .where(outbox.c.id == bindparam("row"), outbox.c.state == bindparam("in_state"))
)
# While it is being sent, `next_attempt_at` is when its outcome may be looked up if nobody comes back with it.
_claim = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"), outbox.c.state == "pending")
    .values(
        state="sending",
        attempts=outbox.c.attempts + 1,
        sent_at=bindparam("now"),
        fence=bindparam("new_fence"),
        next_attempt_at=bindparam("later"),
    )
    .returning(*_row_columns)
)
_put_off = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"), outbox.c.state == "pending")
    .values(next_attempt_at=bindparam("later"))
)


_drop = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"), outbox.c.state == "pending")
    .values(state="done", settled_at=bindparam("now"))
)


def claim(tx: Tx, hold: Hold, row: int, *, lease: float, settle: float, wait: float) -> Taken:
    """Takes a pending row to send it, and renews the lease. All in seconds: `settle` is how long after a send its
    outcome can be looked up, `wait` how long a row is put off whose address is not known yet."""
    if not renew(tx, hold, seconds=lease):
        return Lost()
    now = tx.real_now()
    found = tx.execute(_place_of, {"row": row, "in_state": "pending"}).first()
    if found is None:
        return Gone()
    address = _address(tx.connection, found)
    match address:
        case Address():
            taken = {"row": row, "now": now, "new_fence": hold.fence, "later": now + timedelta(seconds=settle)}
            values = tx.execute(_claim, taken).first()
            return Claimed(_row(values), address, now) if values else Gone()
        case None:
            tx.execute(_put_off, {"row": row, "later": now + timedelta(seconds=wait)})
            return Gone()
        case _Unsaid():
            tx.execute(_drop, {"row": row, "now": now})
            return Gone()
        case str():
            return Hopeless(_row(found), address)


def revisit(tx: Tx, hold: Hold, head: Head, *, lease: float) -> Taken:
    """A row whose outcome is not known, to find it out. It stays as it is."""
    if not renew(tx, hold, seconds=lease):
        return Lost()
    found = tx.execute(_place_of, {"row": head.id, "in_state": head.state}).first()
    if found is None:
        return Gone()
    address = _address(tx.connection, found)
    row = _row(found)
    if isinstance(address, Address):
        return Claimed(row, address, tx.real_now())
    return Hopeless(row, address if isinstance(address, str) else "its place is not there any more")


# --- where it goes -------------------------------------------------------------------------------------------

_IN_A_THREAD = ("post", "upload", "ephemeral", "set_thread", "backfill_thread")

_own_post = (
    select(sent.c.message, sent.c.thread)
    .where(
        sent.c.ticket == bindparam("ticket"),
        sent.c.role == bindparam("role"),
        sent.c.connection == bindparam("connection"),
        sent.c.channel == bindparam("channel"),
        or_(bindparam("of_message", type_=Integer).is_(None), sent.c.of_message == bindparam("of_message")),
    )
    .order_by(sent.c.at.desc(), sent.c.message.desc())
    .limit(1)
)
# A row of the same conversation that comes later waits for this one in turn, so it does not count.
_makers = (
    outbox.c.kind.in_(("post", "dm", "upload")),
    outbox.c.state != "done",
    outbox.c.ticket == bindparam("ticket"),
    or_(
        outbox.c.id < bindparam("row"),
        bindparam("conversation", type_=Integer).is_(None),
        outbox.c.conversation.is_distinct_from(bindparam("conversation")),
    ),
)
_rank = case((outbox.c.state == "dead", 1), else_=0)
# What was to make the post that this row acts on: still waiting (0), or given up (1).
_maker_of_post = (
    select(_rank.label("rank"), outbox.c.error)
    .where(
        *_makers,
        outbox.c.purpose.in_(bindparam("purposes", expanding=True)),
        or_(bindparam("of_message", type_=Integer).is_(None), outbox.c.subject == bindparam("of_message")),
    )
    .order_by("rank")
    .limit(1)
)
_maker_of_thread = (
    select(_rank.label("rank"), outbox.c.error)
    .where(
        *_makers,
        outbox.c.conversation == bindparam("conversation"),
        outbox.c.purpose.in_(ROOTS),
    )
    .order_by("rank")
    .limit(1)
)


def _address(connection: Connection, row: Any) -> Address | _Unsaid | str | None:
    """Where a row goes. None: not known yet, because the post that makes the place still waits. A string: never,
    and why. A receipt that nobody was to post is a desk's own choice."""
    thread = row.thread or row.conversation_thread
    if row.of_role:
        which = {"ticket": row.ticket, "role": row.of_role, "of_message": row.of_message}
        there = {**which, "connection": row.connection, "channel": row.channel}
        own = connection.execute(_own_post, there).first()
        maker = None
        if own is None:
            purposes = [row.of_role, "root_receipt"] if row.of_role == "receipt" else [part_of(row.of_role)[0]]
            making = {**which, "row": row.id, "conversation": row.conversation, "purposes": purposes}
            maker = connection.execute(_maker_of_post, making).first()
            if maker is None:  # perhaps because it was settled between the two looks
                own = connection.execute(_own_post, there).first()
        if own:
            return Address(thread, own.message, own.thread)
        if maker is None and row.of_role == "receipt":
            return _Unsaid()
        return _while_making(maker, f"the {row.of_role} that it is about")
    if row.conversation is not None and thread is None and row.kind in _IN_A_THREAD and row.purpose not in ROOTS:
        where = {"row": row.id, "ticket": row.ticket, "conversation": row.conversation}
        return _while_making(connection.execute(_maker_of_thread, where).first(), "the post that its thread hangs on")
    return Address(thread, row.message, thread)


def _while_making(maker: Any, what: str) -> str | None:
    if maker is None:
        return f"no_root: {what} was never posted"
    return None if maker.rank == 0 else f"no_root: {what} could not be posted ({maker.error or 'no reason is known'})"


# --- what became of it ---------------------------------------------------------------------------------------


def _as_seen() -> tuple[Any, ...]:
    return (
        outbox.c.id == bindparam("row"),
        outbox.c.state == bindparam("seen_state"),
        outbox.c.fence.is_not_distinct_from(bindparam("seen_fence")),
        held,
    )


_newer = outbox.alias("newer")
# Another row took over its collapse key while this one was out: that one says all there is to say.
_superseded = exists(
    select(_newer.c.id).where(
        _newer.c.collapse == outbox.c.collapse,
        _newer.c.state == literal_column("'pending'"),
        _newer.c.id != outbox.c.id,
    )
)

_done = (
    update(outbox)
    .where(*_as_seen())
    .values(state="done", settled_at=bindparam("now"), error=None)
    .returning(outbox.c.id)
)
_bury = (
    update(outbox)
    .where(*_as_seen())
    .values(state="dead", settled_at=bindparam("now"), error=bindparam("why"))
    .returning(outbox.c.id)
)
_again = (
    update(outbox)
    .where(*_as_seen())
    .values(
        state=case((_superseded, "done"), else_="pending"),
        settled_at=case((_superseded, bindparam("now", type_=Utc)), else_=null()),
        attempts=outbox.c.attempts - bindparam("uncounted", type_=Integer),
        next_attempt_at=bindparam("later"),
        error=bindparam("why"),
    )
    .returning(outbox.c.id)
)
_unknown = (
    update(outbox)
    .where(*_as_seen())
    .values(
        state=literal("unknown"),
        attempts=outbox.c.attempts + bindparam("counted", type_=Integer),
        next_attempt_at=bindparam("later"),
        error=bindparam("why"),
    )
    .returning(outbox.c.id)
)


def _change(tx: Tx, statement: Any, hold: Hold, row: Row, **values: Any) -> bool:
    seen = {"row": row.id, "seen_state": row.state, "seen_fence": row.fence, **hold.values}
    return tx.execute(statement, {**seen, **values}).first() is not None


def done(tx: Tx, hold: Hold, row: Row) -> bool:
    """It was carried out. This and the following: False, and nothing is changed, when the lane or the row is no
    longer this holder's."""
    return _change(tx, _done, hold, row, now=tx.real_now())


def bury(tx: Tx, hold: Hold, row: Row, *, why: str) -> bool:
    """It is given up, a dead letter."""
    return _change(tx, _bury, hold, row, now=tx.real_now(), why=why)


def again(tx: Tx, hold: Hold, row: Row, *, why: str, seconds: float, counted: bool = True) -> bool:
    """It surely was not carried out and is tried again after `seconds`; an attempt that is not `counted` brings
    it no nearer to being given up."""
    now = tx.real_now()
    later = now + timedelta(seconds=seconds)
    return _change(tx, _again, hold, row, now=now, later=later, why=why, uncounted=0 if counted else 1)


def unknown(tx: Tx, hold: Hold, row: Row, *, why: str, until: datetime, counted: bool = False) -> bool:
    """Whether it was carried out is to be found out, not before `until`. `counted`: finding out failed once more."""
    return _change(tx, _unknown, hold, row, later=until, why=why, counted=1 if counted else 0)
