"""PostgreSQL: units run side by side in a pool of threads, each in a transaction of its own.

READ COMMITTED, with explicit locks: a unit first takes its locks (`Tx.lock`, `SELECT … FOR UPDATE`), and each later
statement then sees all that the former holders committed. Under REPEATABLE READ or SERIALIZABLE the snapshot would be
older than the lock, and every wait would end in a serialization failure.
"""

import asyncio
import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from core.failpoints import failpoint
from core.store.callers import StrayStopIteration
from core.store.direct import DirectConnection
from core.store.postgres_wake import Listener, notify
from core.store.tx import DatabaseDown, Health, Tx, Unit, WroteWhileReading
from core.store.wake import Wakes

ATTEMPTS = 5
# Seconds before the second attempt, after a lost race and after trouble; doubled each time, and spread by half to both
# sides.
RACE_PAUSE, TROUBLE_PAUSE = 0.01, 0.05

# The loser of a race runs again: serialization failure, deadlock, unique key.
_RACES = {"40001", "40P01", "23505"}
# A lock that somebody else did not let go of in time; it has been waited for long enough.
_LOCKED = "55P03"
# The server's own troubles: by class, and a server that can only be read (a standby after a fail-over).
_TROUBLE_CLASSES = ("08", "53", "57P", "58", "XX")
_READ_ONLY = "25006"


# Of each connection, where the address does not say otherwise. After a fail-over it may lead to a standby: one that
# can be written to is wanted. A host that vanishes without a word is noticed after half a minute.
DEFAULTS = {
    "target_session_attrs": "read-write",
    "connect_timeout": "5",
    "application_name": "deskhand",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}


def session_options(busy_timeout: float) -> str:
    """For libpq's `options`. A process that is stopped inside a transaction must not hold its locks for ever."""
    return (
        "-c timezone=UTC -c default_transaction_isolation=read\\ committed"
        f" -c lock_timeout={int(busy_timeout * 1000)} -c idle_in_transaction_session_timeout=30000"
    )


class PostgresStore:
    """The engine of one database."""

    def __init__(self, url: URL, *, threads: int, busy_timeout: float, overflow_after: float, wakes: Wakes) -> None:
        self.health = Health(lambda: self.submit(Unit(_look)).result())
        self._overflow_after = overflow_after
        self._wakes = wakes
        self._closing = False
        url = url.update_query_dict({k: v for k, v in DEFAULTS.items() if k not in url.query})
        options = {"options": session_options(busy_timeout)}

        def engine() -> Engine:
            return create_engine(
                url,
                pool_size=threads,
                max_overflow=0,
                pool_use_lifo=True,
                query_cache_size=2000,
                connect_args=options,
                # An error's text is kept and shown; what people wrote does not belong in it.
                hide_parameters=True,
            )

        self._engine = engine()
        # Readers have connections of their own: going back and forth, each BEGIN would say READ WRITE, which hides a
        # server that was set to read only.
        self._reads = engine().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._writers = ThreadPoolExecutor(threads, thread_name_prefix="store-write")
        self._readers = ThreadPoolExecutor(threads, thread_name_prefix="store-read")
        self.listener = Listener(self._engine.dialect.create_connect_args(url)[1], wakes)

    def listen(self) -> None:
        """Hears what other processes wake, from now on."""
        self.listener.start()

    def submit(self, unit: Unit) -> Future[Any]:
        return self._queue(self._writers, self._run, unit)

    async def run(self, unit: Unit) -> Any:
        return await asyncio.wrap_future(self.submit(unit))

    def submit_read(self, fn: Callable[[Connection], Any]) -> Future[Any]:
        return self._queue(self._readers, self._repeat, lambda: self._read(fn))

    def _queue(self, pool: ThreadPoolExecutor, fn: Callable[[Any], Any], argument: Any) -> Future[Any]:
        if self._closing:
            raise RuntimeError("the store is closed")
        return pool.submit(fn, argument)

    def close(self) -> None:
        self._closing = True
        self.health.close()
        self.listener.close()
        self._writers.shutdown()
        self._readers.shutdown()
        self._engine.dispose()
        self._reads.dispose()

    def _run(self, unit: Unit) -> Any:
        fn = unit.choose(self._overflow_after)
        return self._repeat(lambda: self._attempt(fn))

    def _repeat(self, attempt: Callable[[], Any]) -> Any:
        """The value of the first attempt that works, of at most five. A lost race and a lost connection are
        attempted again, also when it was lost in the COMMIT and nobody knows whether that took effect: the unit
        then finds what it had written by its natural keys. Raises DatabaseDown when the server keeps failing, and
        the unit's own error otherwise."""
        for n in range(ATTEMPTS):
            try:
                value = attempt()
            except StopIteration as error:
                raise StrayStopIteration(error) from error
            except DBAPIError as error:
                troubled = trouble(error)
                if not troubled and _sqlstate(error) not in _RACES:
                    raise
                if n == ATTEMPTS - 1 or _sqlstate(error) == _LOCKED:
                    if not troubled:
                        raise
                    failure = down(error)
                    self.health.fails(failure)
                    raise failure from error
            else:
                self.health.works()
                return value
            pause = (TROUBLE_PAUSE if troubled else RACE_PAUSE) * 2**n
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 (spreads contenders)
        raise AssertionError("the last attempt returns or raises")

    def _attempt(self, fn: Callable[[Tx], Any]) -> Any:
        with DirectConnection(self._engine) as connection:
            tx = Tx(connection, "postgresql")
            try:
                with connection.begin():
                    value = fn(tx)
                    if tx.topics:
                        notify(connection, self._wakes.origin, tx.topics)
                    failpoint("before_commit")
            except DBAPIError as error:
                if _sqlstate(error) == _READ_ONLY:
                    connection.invalidate()
                raise
        failpoint("after_commit")
        tx.committed()
        for topic in tx.topics:
            self._wakes.wake(topic)
        return value

    def _read(self, fn: Callable[[Connection], Any]) -> Any:
        with DirectConnection(self._reads) as connection, connection.begin():
            try:
                return fn(connection)
            except DBAPIError as error:
                if _sqlstate(error) == _READ_ONLY:
                    raise WroteWhileReading from error
                raise


def _look(tx: Tx) -> None:
    tx.connection.exec_driver_sql("SELECT 1")


def _sqlstate(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state


def trouble(error: DBAPIError) -> bool:
    """Whether an error is the server's or the connection's own. A failure to connect has no SQLSTATE."""
    state = _sqlstate(error)
    if state is None:
        return error.connection_invalidated or isinstance(error.orig, psycopg.OperationalError | psycopg.InterfaceError)
    return error.connection_invalidated or state in (_READ_ONLY, _LOCKED) or state.startswith(_TROUBLE_CLASSES)


def down(error: DBAPIError) -> DatabaseDown:
    return DatabaseDown(f"the PostgreSQL database fails: {' '.join(str(error.orig).split())}")
