"""What a unit of work is given, and how it is run and answered; the same for both databases."""

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import ARRAY, BigInteger, Connection, Executable, Result, bindparam, func, select

from core.store.columns import Utc
from core.store.direct import Parameters

log = logging.getLogger(__name__)

Dialect = Literal["sqlite", "postgresql"]

_NOW = select(func.clock_timestamp(type_=Utc))
# The time comes with the locks, in one statement; OFFSET keeps it from being read before they are held.
_key = func.unnest(bindparam("keys", type_=ARRAY(BigInteger))).column_valued("key")
_LOCK = select(func.clock_timestamp(type_=Utc)).select_from(
    select(func.count(func.pg_advisory_xact_lock(_key))).offset(0).subquery("held")
)


class DatabaseDown(Exception):
    """The database itself failed (unreachable, locked, full, read-only). Nothing was committed as far as known;
    the same unit may be run again later."""


class WroteWhileReading(Exception):
    """A defect: a function given to `read` tried to change something."""


class Tx:
    """One run of one unit of work inside a transaction. It begins and ends outside the unit: a unit neither
    commits nor rolls back, and lets the database's errors pass."""

    __slots__ = ("_now", "callbacks", "connection", "dialect", "topics")

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self.connection = connection
        self.dialect: Dialect = dialect
        self.callbacks: list[Callable[[], None]] = []
        self.topics: set[str] = set()
        self._now: datetime | None = None

    def execute(self, statement: Executable, parameters: Parameters | None = None) -> Result[Any]:
        result: Result[Any] = self.connection.execute(statement, parameters)
        return result

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Runs `callback` once the COMMIT has succeeded, before the caller of the unit gets its value, in the
        thread that ran the unit (on PostgreSQL several run at a time). An error in it is logged, nothing more."""
        self.callbacks.append(callback)

    def lock(self, *things: tuple[str, ...]) -> None:
        """Waits until no other transaction holds the lock of any of these things, each known by some names; held until
        the end of the transaction. Costs one statement on PostgreSQL, nothing on SQLite, where there is one writer.
        Everywhere the locks of one call are taken in the same order, so that two calls never wait for each other."""
        if self.dialect == "postgresql":
            keys = sorted({lock_key(*names) for names in things})
            self._now = self.execute(_LOCK, {"keys": keys}).scalar_one()

    def wake(self, topic: str) -> None:
        """Wakes whoever waits for `topic`, in every process, once the COMMIT has succeeded."""
        self.topics.add(topic)

    def real_now(self) -> datetime:
        """Real time, UTC: the database's on PostgreSQL, so that processes agree; the machine's on SQLite. Read once
        in a transaction, and anew with each lock (a statement of its own only when no lock came before)."""
        if self._now is None:
            self._now = datetime.now(UTC) if self.dialect == "sqlite" else self.execute(_NOW).scalar_one()
        return self._now

    def committed(self) -> None:
        for callback in self.callbacks:
            try:
                callback()
            except Exception:
                log.exception("a callback failed after its commit")


def lock_key(*names: str) -> int:
    """The advisory lock of some names: 64 bits of a digest. Two names that fall together only wait for each other."""
    digest = hashlib.blake2b("\0".join(names).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


@dataclass(slots=True, eq=False)
class Unit:
    """A function to run in a transaction."""

    fn: Callable[[Tx], Any]
    overflow: Callable[[Tx], Any] | None = None
    since: float = field(default_factory=time.monotonic)

    def choose(self, overflow_after: float) -> Callable[[Tx], Any]:
        """What to run now: the cheap variant when there is one and the unit has waited too long."""
        if self.overflow is not None and time.monotonic() - self.since > overflow_after:
            return self.overflow
        return self.fn


class Health:
    """Whether the database works, as the last outcome says. While it does not, `probe` is tried now and then, so
    that a desk to which nobody turns any more finds out that it is ready again."""

    PROBE_EVERY = 0.25  # seconds

    def __init__(self, probe: Callable[[], object]) -> None:
        self.error: str | None = None
        self._probe = probe
        self._stays = False
        self._lock = threading.Lock()
        self._probing = False
        self._closed = threading.Event()

    @property
    def ok(self) -> bool:
        return self.error is None

    def works(self) -> None:
        """A unit was committed."""
        if self.error is not None and not self._stays:
            self._recovered()

    def fails(self, error: BaseException, *, stays: bool = False) -> None:
        """`stays`: a unit that works does not prove that all will (a small one still fits on a full disk); only the
        probe does."""
        with self._lock:
            if self.error is None:
                log.error("the database fails: %s", error)
            self.error = str(error)
            self._stays = stays
            if self._probing or self._closed.is_set():
                return
            self._probing = True
        threading.Thread(target=self._keep_probing, name="store-probe", daemon=True).start()

    def close(self) -> None:
        self._closed.set()

    def _recovered(self) -> None:
        with self._lock:
            self.error = None
            self._stays = False
        log.info("the database works again")

    def _keep_probing(self) -> None:
        while not self._closed.wait(self.PROBE_EVERY):
            with self._lock:
                if self.error is None:
                    self._probing = False
                    return
            try:
                self._probe()
            except Exception as error:
                log.debug("the database still fails: %s", error)
            else:
                self._recovered()
