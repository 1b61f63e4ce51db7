"""A tick that looks for work which is overdue and which nobody has in hand. A wake-up that was lost so costs a delay
and never a message; what stays overdue makes the desk unhealthy."""

import logging
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, select

from core.store import heads, lanes, outbox
from core.store.columns import Utc
from core.store.engine import Store, Tx
from core.store.tables import receipt

log = logging.getLogger(__name__)

_oldest_stored = select(func.min(receipt.c.received_at, type_=Utc)).where(receipt.c.state == "stored")
# Of a lane so many rows are gone through.
_DEPTH = 1000


class Auditor:
    """`connections` are those that this desk sends on. What is overdue for `wake_after` seconds is woken, what is for
    `unhealthy_after` is reported."""

    def __init__(
        self,
        store: Store,
        *,
        connections: Collection[str],
        wake_after: float = 30.0,
        unhealthy_after: float = 300.0,
    ) -> None:
        self._store = store
        self._connections = frozenset(connections)
        self._wake_after = wake_after
        self._unhealthy_after = unhealthy_after
        self._problems: tuple[str, ...] = ()

    def problems(self) -> tuple[str, ...]:
        """What has been overdue for long, as of the latest tick."""
        return self._problems

    async def tick(self) -> None:
        """Raises DatabaseDown."""
        topics, self._problems = await self._store.read(self._audit)
        if topics:
            log.warning("found overdue work that nobody had in hand: %s", ", ".join(sorted(topics)))
            await self._store.transact(lambda tx: _wake(tx, topics))

    def _audit(self, connection: Connection) -> tuple[set[str], tuple[str, ...]]:
        topics: set[str] = set()
        problems = []
        paused = lanes.paused(connection)
        for lane in lanes.waiting(connection):
            if lane.taken_for or lane.connection in paused or lane.connection not in self._connections:
                continue
            place = (lane.connection, lane.channel)
            if self._is_overdue(connection, place, self._wake_after):
                topics.add(outbox.AGAIN)
                if self._is_overdue(connection, place, self._unhealthy_after):
                    problems.append(f"what waits for {lane.connection}/{lane.channel or '-'} is not sent")
        oldest: datetime | None = connection.execute(_oldest_stored).scalar_one()
        waited = (lanes.real_now(connection) - oldest).total_seconds() if oldest else 0.0
        if waited > self._wake_after:
            topics.add("stored")
        if waited > self._unhealthy_after:
            problems.append(f"a stored event has waited for {waited:.0f} s")
        return topics, tuple(problems)

    @staticmethod
    def _is_overdue(connection: Connection, place: tuple[str, str], seconds: float) -> bool:
        return bool(heads.look(connection, place, page=1, depth=_DEPTH, due_for=seconds).heads)


def _wake(tx: Tx, topics: set[str]) -> None:
    for topic in topics:
        tx.wake(topic)
