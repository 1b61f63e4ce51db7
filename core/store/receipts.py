"""Receipts: what makes an event happen once, and where events wait that were set aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, delete, exists, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as upsert_postgresql
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite
from sqlalchemy.engine import Connection

from core.store.columns import Utc
from core.store.engine import Tx
from core.store.tables import receipt

# Written out, and with the condition of ix_receipt_aside as it spells it, so that the index is used: otherwise each
# event that comes in would look through all receipts.
_STORED: ColumnElement[str] = literal_column("'stored'")
_QUARANTINED: ColumnElement[str] = literal_column("'quarantined'")


def _in_state(rows: Any, state: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(rows.c.state.in_([_STORED, _QUARANTINED]), rows.c.state == state)


_ONE: ColumnElement[int] = literal_column("1")
_earlier = receipt.alias("earlier")
# While a channel has stored events, later ones of that channel are stored too, so that they keep their order.
_state = case(
    (
        exists(
            select(_ONE)
            .select_from(_earlier)
            .where(
                _in_state(_earlier, _STORED),
                _earlier.c.connection == bindparam("connection"),
                _earlier.c.channel == bindparam("channel"),
            )
        ),
        _STORED,
    ),
    else_=literal_column("'handled'"),
)
_kept = receipt.alias("kept")
# Whether other events are there that overtook this one.
_overtaken = exists(
    select(_ONE)
    .select_from(_kept)
    .where(_kept.c.connection == bindparam("connection"), _kept.c.natural_key == bindparam("overtaking"))
).label("overtaken")
_columns = ["connection", "natural_key", "event_id", "received_at", "channel", "state"]
_values = select(
    bindparam("connection"),
    bindparam("natural_key"),
    bindparam("event_id"),
    bindparam("received_at", type_=Utc),
    bindparam("channel"),
    _state,
)


def _winning(make: Any) -> Any:
    # SQLite's parser needs a WHERE between a SELECT and ON CONFLICT.
    rows = _values.where(_ONE == _ONE)
    return (
        make(receipt)
        .from_select(_columns, rows)
        .on_conflict_do_nothing(index_elements=["connection", "natural_key"])
        .returning(receipt.c.id, receipt.c.state, _overtaken)
    )


_insert = {"sqlite": _winning(upsert_sqlite), "postgresql": _winning(upsert_postgresql)}
_known = select(receipt.c.id, receipt.c.state, receipt.c.answer, receipt.c.event_id).where(
    receipt.c.connection == bindparam("c"), receipt.c.natural_key == bindparam("k")
)
_set_aside = (
    update(receipt)
    .where(receipt.c.id == bindparam("i"))
    .values(
        state=bindparam("state"),
        raw=bindparam("raw"),
        error=bindparam("error"),
        next_attempt_at=bindparam("next_attempt_at"),
    )
)
_answer = update(receipt).where(receipt.c.id == bindparam("i")).values(answer=bindparam("answer"))
_settle = (
    update(receipt)
    .where(receipt.c.id == bindparam("i"))
    .values(
        state=bindparam("state"),
        raw=None,
        error=bindparam("error"),
        next_attempt_at=None,
        answer=bindparam("answer"),
    )
)
_failed_again = (
    update(receipt)
    .where(receipt.c.id == bindparam("i"))
    .values(
        state="quarantined",
        attempts=receipt.c.attempts + 1,
        error=bindparam("error"),
        next_attempt_at=bindparam("next_attempt_at"),
    )
)


@dataclass(frozen=True, slots=True)
class Taken:
    """`won` is False when the event was known already; `answer` is then what was answered, and `redelivered` that it
    is the same delivery again and not another one of the same event. `overtaken`: events about it came before it."""

    id: int
    won: bool
    state: str
    overtaken: bool = False
    answer: str | None = None
    redelivered: bool = False

    @property
    def stored(self) -> bool:
        return self.state == "stored"


def take(
    tx: Tx,
    *,
    connection: str,
    key: str,
    event_id: str | None,
    received_at: datetime,
    channel: str | None,
    overtaking: str = "",
) -> Taken:
    """Insert the receipt of an event; the first to insert it handles it. `overtaking` is the key of what may have
    overtaken it."""
    row = tx.execute(
        _insert[tx.dialect],
        {
            "connection": connection,
            "natural_key": key,
            "event_id": event_id,
            "received_at": received_at,
            "channel": channel,
            "overtaking": overtaking,
        },
    ).first()
    if row is not None:
        return Taken(row.id, won=True, state=row.state, overtaken=bool(row.overtaken))
    known = tx.execute(_known, {"c": connection, "k": key}).one()
    return Taken(
        known.id,
        won=False,
        state=known.state,
        answer=known.answer,
        redelivered=event_id is not None and known.event_id == event_id,
    )


_overtaking = (
    select(receipt.c.raw)
    .where(receipt.c.connection == bindparam("c"), receipt.c.natural_key == bindparam("k"))
    .with_for_update()
)
_drop = delete(receipt).where(receipt.c.connection == bindparam("c"), receipt.c.natural_key == bindparam("k"))


def _keeping(make: Any) -> Any:
    statement = make(receipt)
    return statement.on_conflict_do_update(
        index_elements=["connection", "natural_key"], set_={"raw": statement.excluded.raw}
    )


_keep_overtaking = {"sqlite": _keeping(upsert_sqlite), "postgresql": _keeping(upsert_postgresql)}


def overtaking(tx: Tx, connection: str, key: str) -> str | None:
    """What overtook a message, locked."""
    return tx.execute(_overtaking, {"c": connection, "k": key}).scalar_one_or_none()


def is_known(tx: Tx, connection: str, key: str) -> bool:
    """Whether an event has been received."""
    return tx.execute(_known, {"c": connection, "k": key}).first() is not None


def keep_overtaking(tx: Tx, connection: str, key: str, raw: str) -> None:
    values = {
        "connection": connection,
        "natural_key": key,
        "received_at": tx.real_now(),
        "state": "handled",
        "raw": raw,
    }
    tx.execute(_keep_overtaking[tx.dialect], values)


def drop_overtaking(tx: Tx, connection: str, key: str) -> None:
    tx.execute(_drop, {"c": connection, "k": key})


def keep_answer(tx: Tx, receipt_id: int, answer: str) -> None:
    tx.execute(_answer, {"i": receipt_id, "answer": answer})


def set_aside(
    tx: Tx, receipt_id: int, *, state: str, raw: str, error: str | None, next_attempt_at: datetime | None
) -> None:
    tx.execute(
        _set_aside,
        {"i": receipt_id, "state": state, "raw": raw, "error": error, "next_attempt_at": next_attempt_at},
    )


def settle(tx: Tx, receipt_id: int, *, state: str, answer: str | None = None, error: str | None = None) -> None:
    """An event that was set aside has been handled or discarded; its raw payload is dropped."""
    tx.execute(_settle, {"i": receipt_id, "state": state, "answer": answer, "error": error})


def failed_again(tx: Tx, receipt_id: int, *, error: str, next_attempt_at: datetime | None) -> None:
    tx.execute(_failed_again, {"i": receipt_id, "error": error, "next_attempt_at": next_attempt_at})


@dataclass(frozen=True, slots=True)
class Aside:
    """An event that was set aside."""

    id: int
    connection: str
    channel: str | None
    natural_key: str
    state: str
    received_at: datetime
    raw: str | None
    error: str | None
    attempts: int
    next_attempt_at: datetime | None


_aside_columns = (
    receipt.c.id,
    receipt.c.connection,
    receipt.c.channel,
    receipt.c.natural_key,
    receipt.c.state,
    receipt.c.received_at,
    receipt.c.raw,
    receipt.c.error,
    receipt.c.attempts,
    receipt.c.next_attempt_at,
)
_stored = select(*_aside_columns).where(_in_state(receipt, _STORED)).order_by(receipt.c.id).limit(bindparam("page"))
_quarantined_due = (
    select(*_aside_columns)
    .where(
        _in_state(receipt, _QUARANTINED),
        receipt.c.next_attempt_at.is_not(None),
        receipt.c.next_attempt_at <= bindparam("now"),
    )
    .order_by(receipt.c.id)
    .limit(bindparam("page"))
)
_quarantined = (
    select(*_aside_columns)
    .where(_in_state(receipt, _QUARANTINED), receipt.c.id > bindparam("after"))
    .order_by(receipt.c.id)
    .limit(bindparam("page"))
)
_earlier_stored = (
    select(_ONE)
    .where(
        _in_state(receipt, _STORED),
        receipt.c.connection == bindparam("connection"),
        receipt.c.channel == bindparam("channel"),
        receipt.c.id < bindparam("i"),
    )
    .limit(1)
)
_one = select(*_aside_columns).where(receipt.c.id == bindparam("i"))
_one_locked = _one.with_for_update()
# An operator's wish starts the series of attempts anew.
_replay = (
    update(receipt)
    .where(receipt.c.id == bindparam("i"), receipt.c.state == "quarantined")
    .values(attempts=0, next_attempt_at=bindparam("now"))
    .returning(receipt.c.id)
)
_counts = (
    select(receipt.c.state, func.count()).where(receipt.c.state.in_([_STORED, _QUARANTINED])).group_by(receipt.c.state)
)


def _aside(row: Any) -> Aside:
    return Aside(**row._mapping)


def stored(connection: Connection, page: int = 100) -> Sequence[Aside]:
    """Events stored in an overflow, oldest first."""
    return [_aside(row) for row in connection.execute(_stored, {"page": page})]


def quarantined(connection: Connection, *, after: int = 0, page: int = 100) -> Sequence[Aside]:
    """The oldest `page` of those with an id above `after`."""
    return [_aside(row) for row in connection.execute(_quarantined, {"after": after, "page": page})]


def quarantined_due(connection: Connection, now: datetime, page: int = 50) -> Sequence[Aside]:
    return [_aside(row) for row in connection.execute(_quarantined_due, {"now": now, "page": page})]


def lock_aside(tx: Tx, receipt_id: int) -> Aside | None:
    """The set-aside event, locked, or None when somebody else has handled it meanwhile."""
    row = tx.execute(_one_locked, {"i": receipt_id}).first()
    found = _aside(row) if row else None
    return found if found and found.state in ("stored", "quarantined") else None


def find(connection: Connection, receipt_id: int) -> Aside | None:
    """A receipt in whatever state, with what is kept of its event."""
    row = connection.execute(_one, {"i": receipt_id}).first()
    return _aside(row) if row else None


def replay(tx: Tx, receipt_id: int) -> bool:
    """Makes a quarantined event due now. False when it is none."""
    tx.wake("quarantine")
    return tx.execute(_replay, {"i": receipt_id, "now": tx.real_now()}).first() is not None


def counts_aside(connection: Connection) -> tuple[int, int]:
    """How many events are stored, and how many quarantined."""
    found = {row[0]: row[1] for row in connection.execute(_counts)}
    return found.get("stored", 0), found.get("quarantined", 0)


def waits_for_earlier(tx: Tx, aside: Aside) -> bool:
    """Whether a stored event has to wait for an earlier one of its channel that somebody else is handling."""
    if aside.state != "stored":
        return False
    values = {"connection": aside.connection, "channel": aside.channel, "i": aside.id}
    return tx.execute(_earlier_stored, values).first() is not None
