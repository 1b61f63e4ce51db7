"""Figures for digests, computed from the rows themselves, so that percentiles are exact."""

import statistics
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.engine import Connection

from core.language.figures import Figures, Standing
from core.store.tables import clock, ticket

_since: Any = bindparam("since")
_until: Any = bindparam("until")
_opened = select(func.count()).where(ticket.c.created_at >= _since, ticket.c.created_at < _until)
_resolved = select(ticket.c.created_at, ticket.c.resolved_at).where(
    ticket.c.resolved_at >= _since, ticket.c.resolved_at < _until
)
_answered = select(ticket.c.created_at, ticket.c.first_response_at).where(
    ticket.c.first_response_at >= _since, ticket.c.first_response_at < _until
)
# Open at a moment: opened before it and not yet solved then.
_open_at = select(func.count()).where(
    ticket.c.created_at < bindparam("at"),
    or_(ticket.c.resolved_at.is_(None), ticket.c.resolved_at >= bindparam("at")),
    or_(ticket.c.closed_at.is_(None), ticket.c.closed_at >= bindparam("at")),
)
_is_open = ticket.c.status.not_in(["resolved", "closed"])
_load = (
    select(ticket.c.assignee, func.count())
    .where(_is_open, ticket.c.assignee.is_not(None))
    .group_by(ticket.c.assignee)
    .order_by(func.count().desc(), ticket.c.assignee)
)
_unowned = select(func.count()).where(_is_open, ticket.c.assignee.is_(None))
_accounts = (
    select(ticket.c.account, func.count())
    .where(ticket.c.created_at >= _since, ticket.c.created_at < _until, ticket.c.account.is_not(None))
    .group_by(ticket.c.account)
    .order_by(func.count().desc(), ticket.c.account)
)
_kept = select(func.count()).where(clock.c.met_at >= _since, clock.c.met_at < _until, clock.c.breached_at.is_(None))
_broken = select(func.count()).where(clock.c.breached_at >= _since, clock.c.breached_at < _until)
_late = (
    select(ticket.c.number, ticket.c.subject, ticket.c.assignee, func.min(clock.c.breached_at))
    .join(clock, and_(clock.c.ticket == ticket.c.number, clock.c.met_at.is_(None), clock.c.breached_at.is_not(None)))
    .where(_is_open)
    .group_by(ticket.c.number, ticket.c.subject, ticket.c.assignee)
    .order_by(func.min(clock.c.breached_at))
    .limit(5)
)


def figures(
    connection: Connection,
    since: datetime,
    until: datetime,
    *,
    agent_name: Callable[[str], str],
    account_name: Callable[[str], str],
) -> Figures:
    """Figures of the half-open period [since, until), both UTC. What stands now (load, attention) is as of now."""
    period = {"since": since, "until": until}
    first = [(a - c).total_seconds() for c, a in connection.execute(_answered, period)]
    solved = [(r - c).total_seconds() for c, r in connection.execute(_resolved, period)]
    return Figures(
        since=since,
        until=until,
        opened=connection.execute(_opened, period).scalar_one(),
        resolved=len(solved),
        backlog=connection.execute(_open_at, {"at": until}).scalar_one(),
        backlog_before=connection.execute(_open_at, {"at": since}).scalar_one(),
        unowned=connection.execute(_unowned).scalar_one(),
        kept=connection.execute(_kept, period).scalar_one(),
        broken=connection.execute(_broken, period).scalar_one(),
        first_response_median=statistics.median(first) if first else None,
        first_response_p90=_p90(first),
        resolution_median=statistics.median(solved) if solved else None,
        load=tuple((agent_name(row[0]), row[1]) for row in connection.execute(_load)),
        accounts=tuple((account_name(row[0]), row[1]) for row in connection.execute(_accounts, period)),
        attention=tuple(
            Standing(row[0], row[1], agent_name(row[2]) if row[2] else None, row[3])
            for row in connection.execute(_late)
        ),
    )


def _p90(values: list[float]) -> float | None:
    """The smallest value that at least nine of ten do not exceed."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, -(-9 * len(ordered) // 10) - 1)]
