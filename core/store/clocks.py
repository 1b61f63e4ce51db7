"""SLA clocks as rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, case, delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection

from core.language.facts import ClockFacts, Pressing
from core.language.words import PRIORITIES, Priority, Status
from core.rules.sla import Clocks, SlaClock
from core.store.columns import Utc
from core.store.engine import Tx
from core.store.tables import clock, ticket

_columns = (
    clock.c.target,
    clock.c.policy,
    clock.c.state,
    clock.c.started_at,
    clock.c.length_seconds,
    clock.c.due_at,
    clock.c.warn_at,
    clock.c.remaining_seconds,
    clock.c.paused_seconds,
    clock.c.met_at,
    clock.c.breached_at,
    clock.c.warned_at,
)
_of_ticket = select(clock.c.id, *_columns).where(clock.c.ticket == bindparam("number")).order_by(clock.c.id)
_insert = insert(clock)
_changing = ("policy", "state", "length_seconds", "due_at", "warn_at", "remaining_seconds", "paused_seconds")
_ending = ("met_at", "breached_at", "warned_at", "wake_at")
_update = (
    update(clock)
    .where(clock.c.id == bindparam("_id"))
    .values({name: bindparam(name) for name in (*_changing, *_ending)})
)
_delete = delete(clock).where(clock.c.id == bindparam("_id"))


def _seconds(value: timedelta | None) -> int | None:
    return None if value is None else round(value.total_seconds())


def _clock(row: Any) -> SlaClock:
    return SlaClock(
        target=row.target,
        policy=row.policy,
        state=row.state,
        started_at=row.started_at,
        length=timedelta(seconds=row.length_seconds),
        due_at=row.due_at,
        warn_at=row.warn_at,
        remaining=None if row.remaining_seconds is None else timedelta(seconds=row.remaining_seconds),
        paused=timedelta(seconds=row.paused_seconds),
        met_at=row.met_at,
        breached_at=row.breached_at,
        warned_at=row.warned_at,
    )


def _values(value: SlaClock) -> dict[str, Any]:
    return {
        "policy": value.policy,
        "state": value.state,
        "length_seconds": _seconds(value.length),
        "due_at": value.due_at,
        "warn_at": value.warn_at,
        "remaining_seconds": _seconds(value.remaining),
        "paused_seconds": _seconds(value.paused),
        "met_at": value.met_at,
        "breached_at": value.breached_at,
        "warned_at": value.warned_at,
        "wake_at": value.wake_at,
    }


def load(connection: Connection, number: int) -> tuple[tuple[int, SlaClock], ...]:
    """A ticket's clocks with their row ids, oldest first."""
    return tuple((row.id, _clock(row)) for row in connection.execute(_of_ticket, {"number": number}))


def add(tx: Tx, number: int, clocks: Clocks) -> None:
    rows = [
        {"ticket": number, "target": value.target, "started_at": value.started_at, **_values(value)} for value in clocks
    ]
    if rows:
        tx.execute(_insert, rows)


def save(tx: Tx, number: int, before: Iterable[tuple[int, SlaClock]], after: Clocks) -> None:
    """Write the difference: a clock is known by its target and start."""
    left = {(value.target, value.started_at): (row_id, value) for row_id, value in before}
    changed: list[dict[str, Any]] = []
    added: list[SlaClock] = []
    for value in after:
        known = left.pop((value.target, value.started_at), None)
        if known is None:
            added.append(value)
        elif known[1] != value:
            changed.append({"_id": known[0], **_values(value)})
    gone = [{"_id": row_id} for row_id, _ in left.values()]
    if gone:
        tx.execute(_delete, gone)
    if changed:
        tx.execute(_update, changed)
    add(tx, number, tuple(added))


def of_ticket(connection: Connection, number: int) -> tuple[ClockFacts, ...]:
    """What a ticket's card shows: for each target the promise that counts now, or the last one."""
    found: dict[str, ClockFacts] = {}
    for _, value in load(connection, number):
        found[value.target] = ClockFacts(
            ticket=number,
            target=value.target,
            policy=value.policy,
            state=value.state,
            started_at=value.started_at,
            due_at=value.due_at,
            met_at=value.met_at,
            breached_at=value.breached_at,
        )
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class DueClock:
    """A clock whose time to tell has come, with what a reminder says of its ticket."""

    id: int
    ticket: int
    clock: SlaClock
    status: Status
    priority: Priority
    subject: str
    account: str | None
    team: str | None
    assignee: str | None


_due = (
    select(
        clock.c.id,
        clock.c.ticket,
        *_columns,
        ticket.c.status.label("ticket_status"),
        ticket.c.priority,
        ticket.c.subject,
        ticket.c.account,
        ticket.c.team,
        ticket.c.assignee,
    )
    .join(ticket, ticket.c.number == clock.c.ticket)
    .where(clock.c.wake_at.is_not(None), clock.c.wake_at <= bindparam("now"))
    .order_by(clock.c.wake_at, clock.c.id)
    # Of a ticket that somebody works on just now, the next sweep tells.
    .with_for_update(of=(clock, ticket), key_share=True, skip_locked=True)
)
_urgency = case({p: i for i, p in enumerate(PRIORITIES)}, value=ticket.c.priority, else_=len(PRIORITIES))
_late_since = func.coalesce(clock.c.breached_at, clock.c.due_at, type_=Utc)
_pressing = (
    select(
        clock.c.ticket,
        clock.c.target,
        _late_since.label("due_at"),
        ticket.c.subject,
        ticket.c.assignee,
    )
    .join(ticket, ticket.c.number == clock.c.ticket)
    .where(
        clock.c.met_at.is_(None),
        or_(
            clock.c.breached_at.is_not(None),
            clock.c.due_at <= bindparam("now"),
            and_(clock.c.state == "running", clock.c.warned_at.is_not(None)),
        ),
        ticket.c.status.not_in(["resolved", "closed"]),
    )
    .order_by(_urgency, _late_since, clock.c.ticket, clock.c.target)
    .limit(bindparam("page"))
)
_postpone = update(clock).where(clock.c.id == bindparam("_id")).values(wake_at=bindparam("until"))


def due(connection: Connection, now: datetime) -> list[DueClock]:
    """Clocks whose warning or due time has come, the longest overdue first. The sweep costs what is due."""
    return [
        DueClock(
            id=row.id,
            ticket=row.ticket,
            clock=_clock(row),
            status=row.ticket_status,
            priority=row.priority,
            subject=row.subject,
            account=row.account,
            team=row.team,
            assignee=row.assignee,
        )
        for row in connection.execute(_due, {"now": now})
    ]


def pressing(connection: Connection, now: datetime, page: int) -> list[Pressing]:
    """Promises of unsolved tickets that reminders speak of, in the order in which they do."""
    return [Pressing(**row._mapping) for row in connection.execute(_pressing, {"now": now, "page": page})]


def postpone(tx: Tx, row_id: int, until: datetime) -> None:
    """Look at a clock again then; any change of the clock looks earlier."""
    tx.execute(_postpone, {"_id": row_id, "until": until})


def save_each(tx: Tx, changed: Iterable[tuple[int, SlaClock]]) -> None:
    """Clocks as they are now, by row id."""
    values = [{"_id": row_id, **_values(value)} for row_id, value in changed]
    if values:
        tx.execute(_update, values)
