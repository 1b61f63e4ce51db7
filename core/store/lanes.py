"""Lanes: who may send into a channel just now, which channels have something waiting, which connections are paused.

A lease is good for some seconds of the database's time and is renewed by each claim. Its fence grows with every
holder; what an earlier holder still wants to settle then changes nothing. Nothing here waits or sends.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, literal_column, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert_postgresql
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from core.store.columns import Utc
from core.store.engine import Tx
from core.store.outbox import AGAIN, WAITS
from core.store.tables import lane, meta

_NOW = select(func.clock_timestamp(type_=Utc))


def real_now(connection: Connection) -> datetime:
    """What `Tx.real_now` is to a transaction: the database's time on PostgreSQL, the machine's on SQLite."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    now: datetime = connection.execute(_NOW).scalar_one()
    return now


# --- leases --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hold:
    """A lease as its holder knows it."""

    connection: str
    channel: str
    holder: str
    fence: int

    @property
    def values(self) -> dict[str, Any]:
        """For `held`."""
        return {
            "lane_connection": self.connection,
            "lane_channel": self.channel,
            "lane_holder": self.holder,
            "lane_fence": self.fence,
        }


_this_hold = (
    lane.c.connection == bindparam("lane_connection"),
    lane.c.channel == bindparam("lane_channel"),
    lane.c.holder == bindparam("lane_holder"),
    lane.c.fence == bindparam("lane_fence"),
)
# A condition for other statements: the lease is still this one.
held = exists(select(literal_column("1")).select_from(lane).where(*_this_hold))


def _taking(make: Any) -> Any:
    statement = make(lane)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["connection", "channel"],
        set_={"holder": new.holder, "fence": lane.c.fence + 1, "lease_until": new.lease_until},
        where=or_(lane.c.lease_until.is_(None), lane.c.lease_until <= bindparam("now"), lane.c.holder == new.holder),
    ).returning(lane.c.fence)


_take = {"sqlite": _taking(upsert_sqlite), "postgresql": _taking(upsert_postgresql)}
_renew = update(lane).where(*_this_hold).values(lease_until=bindparam("until")).returning(lane.c.fence)
_give_back = update(lane).where(lane.c.holder == bindparam("old_holder")).values(holder=None, lease_until=None)
_void = update(lane).where(lane.c.lease_until.is_not(None)).values(holder=None, lease_until=None)


def take(tx: Tx, connection: str, channel: str, holder: str, *, seconds: float) -> Hold | None:
    """The lease for `seconds`, with a new fence; None while somebody else has it."""
    now = tx.real_now()
    values = {
        "connection": connection,
        "channel": channel,
        "holder": holder,
        "fence": 1,
        "lease_until": now + timedelta(seconds=seconds),
        "now": now,
    }
    fence = tx.execute(_take[tx.dialect], values).scalar_one_or_none()
    return None if fence is None else Hold(connection, channel, holder, fence)


def renew(tx: Tx, hold: Hold, *, seconds: float) -> bool:
    """Makes the lease last `seconds` from now, and keeps others from taking it until the transaction ends. False
    when somebody else has taken it; a lease that has run out and that nobody took is good."""
    until = tx.real_now() + timedelta(seconds=seconds)
    return tx.execute(_renew, {**hold.values, "until": until}).first() is not None


def give_back(tx: Tx, holder: str) -> None:
    """Lets go of every lease of a holder, and tells the others."""
    tx.wake(AGAIN)
    tx.execute(_give_back, {"old_holder": holder})


def void_leases(tx: Tx) -> None:
    """Makes every lease void. For who knows that no holder is alive: the desk that took the SQLite file's lock."""
    tx.execute(_void)


# --- what waits ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lane with rows that wait. `newest` is the highest id among them, `count` their number, counted up to a
    hundred: a row that is committed late may have a lower id than one that was seen. `taken_for` is how many more
    seconds `holder` has it."""

    connection: str
    channel: str
    newest: int
    count: int
    holder: str | None
    taken_for: float


_SAME = f"FROM outbox o WHERE o.{WAITS} AND o.connection = found.connection AND o.channel > found.channel"
_NEXT = f"FROM outbox o WHERE o.{WAITS} AND o.connection > found.connection ORDER BY o.connection, o.channel LIMIT 1"
_AFTER = f"""
        CASE WHEN EXISTS (SELECT 1 {_SAME}) THEN found.connection ELSE (SELECT o.connection {_NEXT}) END,
        COALESCE((SELECT o.channel {_SAME} ORDER BY o.channel LIMIT 1), (SELECT o.channel {_NEXT}))"""


def _newest(urgency: int) -> str:
    return (
        f"(SELECT max(o.id) FROM outbox o WHERE o.{WAITS} AND o.connection = found.connection"  # noqa: S608 (names of ours)
        f" AND o.channel = found.channel AND o.urgency = {urgency}) AS newest_{urgency}"
    )


_COUNT = (
    f"(SELECT count(*) FROM (SELECT 1 FROM outbox o WHERE o.{WAITS} AND o.connection = found.connection"  # noqa: S608 (names of ours)
    " AND o.channel = found.channel LIMIT 100) AS counted) AS waiting"
)

# Jumps along the index from lane to lane, so that the cost is the number of lanes and not that of rows.
_waiting = text(
    f"""WITH RECURSIVE found (connection, channel) AS (
      SELECT * FROM (
        SELECT connection, channel FROM outbox WHERE {WAITS} ORDER BY connection, channel LIMIT 1
      ) AS start
      UNION ALL SELECT {_AFTER} FROM found WHERE found.connection IS NOT NULL
    )
    SELECT found.connection, found.channel, lane.holder, lane.lease_until, {_COUNT}, {", ".join(map(_newest, range(5)))}
    FROM found LEFT JOIN lane ON lane.connection = found.connection AND lane.channel = found.channel
    WHERE found.connection IS NOT NULL"""  # noqa: S608 (names of ours)
).columns(lease_until=Utc)


def waiting(connection: Connection) -> list[Waiting]:
    """Every lane in which something waits, due or not."""
    rows = connection.execute(_waiting).all()
    now = real_now(connection) if any(row.lease_until for row in rows) else None
    return [
        Waiting(
            connection=row.connection,
            channel=row.channel,
            newest=max(id_ for id_ in row[5:] if id_ is not None),
            count=row.waiting,
            holder=row.holder,
            taken_for=max(0.0, (row.lease_until - now).total_seconds()) if now and row.lease_until else 0.0,
        )
        for row in rows
    ]


# --- paused connections --------------------------------------------------------------------------------------

_PAUSED = "paused:"


def _pausing(make: Any) -> Any:
    return make(meta).on_conflict_do_nothing().returning(meta.c.key)


_pause = {"sqlite": _pausing(upsert_sqlite), "postgresql": _pausing(upsert_postgresql)}
_resume = delete(meta).where(meta.c.key == bindparam("paused")).returning(meta.c.key)
_paused = select(meta.c.key, meta.c.value).where(meta.c.key.startswith(_PAUSED, autoescape=True))


def pause(tx: Tx, connection: str, why: str) -> bool:
    """Stops sending on a connection whose credentials are not valid; what waits is kept. False when it is paused
    already."""
    row = {"key": _PAUSED + connection, "value": why}
    return tx.execute(_pause[tx.dialect], row).first() is not None


def resume(tx: Tx, connection: str) -> bool:
    """Lets a connection send again. False when it was not paused."""
    tx.wake(AGAIN)
    return tx.execute(_resume, {"paused": _PAUSED + connection}).first() is not None


def paused(connection: Connection) -> dict[str, str]:
    """The paused connections, and why."""
    return {key.removeprefix(_PAUSED): value for key, value in connection.execute(_paused)}
