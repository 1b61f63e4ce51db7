"""Which rows of a lane can go next. Asked of a reader, so that the writer only ever touches rows by their id."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    String,
    TextualSelect,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    text,
)

from core.language.effects import EffectKind
from core.store.columns import Utc
from core.store.lanes import real_now
from core.store.outbox import WAITING, WAITS
from core.store.tables import outbox


@dataclass(frozen=True, slots=True)
class Head:
    """A row that may be worked on now: due, and the first of its conversation. `opens` marks a post at the top
    level of the channel."""

    id: int
    kind: EffectKind
    state: str
    urgency: int
    conversation: int | None
    opens: bool


@dataclass(frozen=True, slots=True)
class Page:
    """`next_in` is the number of seconds until some further row is due, None when none will be. `cut` says that
    there were more rows than the look went through, `held` of which blocked kinds there are some that are due; with
    either, `next_in` does not speak of all of them."""

    heads: tuple[Head, ...]
    next_in: float | None
    cut: bool
    held: tuple[str, ...] = ()


# A row is a head when no earlier row of its conversation waits. The inner SELECT follows ix_outbox_waiting. Kinds are
# compared as words of one text, because a statement whose text depends on how many there are is made anew each time.
def _heads(*, passing_over: bool) -> TextualSelect:
    others = "AND (o.conversation IS NULL OR o.conversation NOT IN :without)" if passing_over else ""
    statement = text(
        f"""SELECT o.id, o.kind, o.state, o.urgency, o.conversation,
      (o.kind IN ('post', 'upload') AND o.thread IS NULL AND c.thread IS NULL) AS opens
    FROM (
      SELECT id, kind, state, conversation, thread, urgency, next_attempt_at FROM outbox
      WHERE connection = :connection AND channel = :channel AND {WAITS} ORDER BY urgency, id LIMIT :depth
    ) AS o LEFT JOIN conversation AS c ON c.id = o.conversation
    WHERE o.next_attempt_at <= :now
    AND NOT (o.state = 'pending' AND replace(:blocked, '|' || o.kind || '|', '') <> :blocked) {others}
    AND NOT EXISTS (
      SELECT 1 FROM outbox AS e WHERE e.conversation = o.conversation AND e.id < o.id AND e.{WAITS}
    )
    ORDER BY o.urgency, o.id LIMIT :page"""  # noqa: S608 (names of ours)
    ).bindparams(
        bindparam("now", type_=Utc),
        bindparam("blocked", type_=String),
        bindparam("depth", type_=Integer),
        bindparam("page", type_=Integer),
    )
    if passing_over:
        statement = statement.bindparams(bindparam("without", type_=Integer, expanding=True))
    return statement.columns(opens=Integer)


_first = _heads(passing_over=False)
_others = _heads(passing_over=True)
_in_lane = and_(
    outbox.c.connection == bindparam("connection"),
    outbox.c.channel == bindparam("channel"),
    WAITING,
)
_seen = (
    select(outbox.c.kind, outbox.c.state, outbox.c.next_attempt_at)
    .where(_in_lane)
    .order_by(outbox.c.urgency, outbox.c.id)
    .limit(bindparam("depth"))
    .subquery()
)
_due: Select[Any] = (
    select(_seen.c.kind)
    .where(_seen.c.state == literal_column("'pending'"), _seen.c.next_attempt_at <= bindparam("now", type_=Utc))
    .distinct()
)
_depth = select(func.count()).select_from(select(outbox.c.id).where(_in_lane).limit(bindparam("depth")).subquery())
_next = select(func.min(outbox.c.next_attempt_at, type_=Utc)).where(
    _in_lane, outbox.c.next_attempt_at > bindparam("now", type_=Utc)
)

EVERYTHING = 2**31 - 1


def look(
    connection: Connection,
    lane: tuple[str, str],
    *,
    blocked: Sequence[str] = (),
    without: Sequence[int] = (),
    page: int,
    depth: int = EVERYTHING,
    due_for: float = 0.0,
) -> Page:
    """The heads of a lane by urgency, then age; pending rows of the `blocked` kinds and the conversations `without`
    are passed over. With a `depth` only so many of the lane's rows are gone through: all take 0.1 s and more when
    100,000 wait. Heads are those that have been due for `due_for` seconds."""
    place = {"connection": lane[0], "channel": lane[1]}
    now = real_now(connection) - timedelta(seconds=due_for)
    kinds = "".join(f"|{kind}|" for kind in blocked)
    values = {**place, "now": now, "blocked": kinds, "page": page, "depth": depth}
    if without:
        found = connection.execute(_others, {**values, "without": list(without)}).all()
    else:
        found = connection.execute(_first, values).all()
    heads = tuple(Head(row.id, row.kind, row.state, row.urgency, row.conversation, bool(row.opens)) for row in found)
    if len(heads) == page:
        return Page(heads, 0.0, cut=True)
    due = connection.execute(_due, {**place, "now": now, "depth": depth}).scalars() if blocked else ()
    held = tuple(sorted(set(due) & set(blocked)))
    if depth < EVERYTHING and connection.execute(_depth, {**place, "depth": depth}).scalar_one() == depth:
        return Page(heads, 0.0, cut=True, held=held)
    if held:
        return Page(heads, None, cut=False, held=held)
    upcoming = connection.execute(_next, {**place, "now": now}).scalar_one()
    return Page(heads, None if upcoming is None else (upcoming - now).total_seconds(), cut=False)
