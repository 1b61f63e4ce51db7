"""SQLite: one thread writes, in groups; readers have an engine of their own.

A COMMIT with `synchronous=FULL` waits for the disk, so all units that wait at that moment share one: each runs in
a SAVEPOINT, and their callers are answered after the COMMIT. A unit that raises is undone alone.
"""

import contextlib
import shutil
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

from core.failpoints import failpoint
from core.store.callers import Caller, StrayStopIteration, tell
from core.store.direct import DirectConnection
from core.store.tx import DatabaseDown, Health, Tx, Unit, WroteWhileReading
from core.store.wake import Wakes

# A group ends when it has this many units or has taken this long, so that the first do not wait for the last.
GROUP_UNITS = 64
GROUP_SECONDS = 0.05

# The database's own troubles, as opposed to a statement's: primary result codes.
_TROUBLES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
WRITING = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "journal_size_limit = 67108864",
    # What undoes a SAVEPOINT would else go through a file as soon as a unit has changed 64 KiB: a seventh of the
    # writer's time.
    "temp_store = MEMORY",
)
# Pages that must be free for a full database to count as working again.
ROOM = 64


class _NotBegun(Exception):
    """There is no connection, or no transaction begins on it; the cause says why."""


@dataclass(slots=True, eq=False)
class _Job:
    """A unit in the queue, and who waits for its value."""

    unit: Unit
    caller: Future[Any] | Caller


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a unit, to be told after the COMMIT."""

    job: _Job
    tx: Tx
    value: Any
    error: BaseException | None


def sqlite_engine(
    path: Path, *, begin: str, busy_timeout: float, pragmas: Sequence[str], mode: str = "rw", readers: int = 0
) -> Engine:
    """`begin` is the statement that begins a transaction. With the mode "rw" the file has to exist: a mistyped path
    must not look like an empty desk. A pool only for `readers`; the writer keeps its connection."""
    pool: dict[str, Any] = {"poolclass": NullPool}
    if readers:
        pool = {"poolclass": QueuePool, "pool_size": readers, "max_overflow": 0}
    engine = create_engine(
        f"sqlite:///file:{quote(str(path.absolute()))}?mode={mode}&uri=true",
        # With any other isolation level the driver commits at a RELEASE.
        connect_args={"isolation_level": None, "timeout": busy_timeout, "cached_statements": 512},
        # An error's text is kept and shown; what people wrote does not belong in it.
        hide_parameters=True,
        **pool,
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    def _begin(dbapi_connection: Any) -> None:
        dbapi_connection.execute(begin)

    # Not by a listener: an engine that has one announces every statement, which takes 6 % of the writer's time.
    engine.dialect.do_begin = _begin  # type: ignore[method-assign]  # for this engine alone
    return engine


def trouble(error: BaseException) -> bool:
    """Whether an error is the database's own."""
    return _code(error) in _TROUBLES


def _code(error: BaseException) -> int | None:
    """SQLite's primary result code."""
    code: int | None = getattr(_cause(error), "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def down(error: BaseException) -> DatabaseDown:
    out = DatabaseDown(f"the SQLite database fails: {_cause(error)}")
    out.__cause__ = error
    return out


def _cause(error: BaseException) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


class SqliteStore:
    """The engines of one file."""

    def __init__(self, path: Path, *, threads: int, busy_timeout: float, overflow_after: float, wakes: Wakes) -> None:
        self.health = Health(lambda: self.submit(Unit(self._check_room)).result())
        self._path = path
        self._overflow_after = overflow_after
        self._wakes = wakes
        self._writes = sqlite_engine(path, begin="BEGIN IMMEDIATE", busy_timeout=busy_timeout, pragmas=WRITING)
        self._reads = sqlite_engine(
            path, begin="BEGIN", busy_timeout=busy_timeout, pragmas=["query_only = ON"], readers=threads
        )
        self._readers = ThreadPoolExecutor(threads, thread_name_prefix="store-read")
        self._connection: Connection | None = None
        self._queue: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._write, name="store-write", daemon=True)
        self._thread.start()

    def listen(self) -> None:
        """Nobody else writes, so there is nobody to hear."""

    def submit(self, unit: Unit) -> Future[Any]:
        future: Future[Any] = Future()
        self._enqueue(_Job(unit, future))
        return future

    async def run(self, unit: Unit) -> Any:
        caller = Caller()
        self._enqueue(_Job(unit, caller))
        return await caller.future

    def _enqueue(self, job: _Job) -> None:
        if threading.current_thread() is self._thread:
            raise RuntimeError("a unit of work cannot wait for another one")
        with self._changed:
            if self._closing:
                raise RuntimeError("the store is closed")
            self._queue.append(job)
            self._changed.notify()

    def submit_read(self, fn: Callable[[Connection], Any]) -> Future[Any]:
        if self._closing:
            raise RuntimeError("the store is closed")
        return self._readers.submit(self._read, fn)

    def close(self) -> None:
        self.health.close()
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self._readers.shutdown()
        self._reads.dispose()

    def _read(self, fn: Callable[[Connection], Any]) -> Any:
        try:
            with DirectConnection(self._reads) as connection, connection.begin():
                return fn(connection)
        except StopIteration as error:
            raise StrayStopIteration(error) from error
        except Exception as error:
            if _code(error) == sqlite3.SQLITE_READONLY:
                raise WroteWhileReading from error
            if trouble(error):
                failure = down(error)
                self._note(failure)
                raise failure from error
            raise

    def _write(self) -> None:
        while group := self._take():
            self._run(group)
        self._discard()

    def _take(self) -> list[_Job]:
        """The next group, as soon as there is one; empty when the store closes and nothing waits."""
        with self._changed:
            while not self._queue and not self._closing:
                self._changed.wait()
            return [self._queue.popleft() for _ in range(min(GROUP_UNITS, len(self._queue)))]

    def _run(self, group: list[_Job]) -> None:
        waiting = deque(job for job in group if job.caller.set_running_or_notify_cancel())
        together = True
        while waiting:
            jobs = list(waiting) if together else [waiting[0]]
            try:
                outcomes = self._attempt(jobs)
            except _NotBegun as error:
                # The others are not tried: each would wait for the busy timeout again.
                self._discard()
                self._fail(waiting, error.__cause__ or error)
                return
            except BaseException as error:
                # The whole transaction is gone. Each for itself then, to tell who is to blame.
                self._discard()
                if len(jobs) == 1:
                    self._fail([waiting.popleft()], error)
                together = False
            else:
                for outcome in outcomes:
                    self._answer(outcome)
                    waiting.popleft()
                tell(outcome.job.caller for outcome in outcomes)

    def _attempt(self, jobs: list[_Job]) -> list[_Outcome]:
        """Runs the first units, as many as the time allows, in one transaction. Raises when none of them has
        happened."""
        connection = self._begin()
        driver: sqlite3.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]  # None only once it is closed
        end = time.monotonic() + GROUP_SECONDS
        outcomes: list[_Outcome] = []
        for job in jobs:
            if outcomes and time.monotonic() > end:
                break
            tx = Tx(connection, "sqlite")
            # By the driver: SQLAlchemy's own savepoints cost as much as two statements.
            driver.execute("SAVEPOINT unit")
            try:
                value = job.unit.choose(self._overflow_after)(tx)
                driver.execute("RELEASE unit")
            except BaseException as error:
                if not driver.in_transaction:
                    raise  # some errors (no space, an I/O error) end the whole transaction
                driver.execute("ROLLBACK TO unit")
                driver.execute("RELEASE unit")
                outcomes.append(_Outcome(job, tx, None, down(error) if trouble(error) else error))
            else:
                outcomes.append(_Outcome(job, tx, value, None))
        failpoint("before_commit")
        connection.commit()
        failpoint("after_commit")
        self.health.works()
        return outcomes

    def _answer(self, outcome: _Outcome) -> None:
        if outcome.error is None:
            outcome.tx.committed()
            for topic in outcome.tx.topics:
                self._wakes.wake(topic)
            outcome.job.caller.set_result(outcome.value)
        else:
            self._note(outcome.error)
            outcome.job.caller.set_exception(outcome.error)

    def _begin(self) -> Connection:
        try:
            if self._connection is None:
                self._connection = DirectConnection(self._writes)
            self._connection.begin()
        except Exception as error:
            raise _NotBegun from error
        return self._connection

    def _fail(self, jobs: Collection[_Job], error: BaseException) -> None:
        if trouble(error):
            error = down(error)
        self._note(error)
        for job in jobs:
            job.caller.set_exception(error)
        tell(job.caller for job in jobs)

    def _note(self, error: BaseException) -> None:
        if isinstance(error, DatabaseDown):
            full = error.__cause__ is None or _code(error.__cause__) == sqlite3.SQLITE_FULL
            self.health.fails(error, stays=full)

    def _discard(self) -> None:
        """After a failed BEGIN or COMMIT a connection is of no use: it may still be inside a transaction."""
        if self._connection is not None:
            with contextlib.suppress(Exception):
                self._connection.invalidate()
            with contextlib.suppress(Exception):
                self._connection.close()
            self._connection = None

    def _check_room(self, tx: Tx) -> None:
        def pragma(name: str) -> int:
            return int(tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())

        free = pragma("max_page_count") - pragma("page_count") + pragma("freelist_count")
        on_disk = shutil.disk_usage(self._path.parent).free // pragma("page_size")
        if min(free, on_disk) < ROOM:
            raise DatabaseDown("the SQLite database fails: there is no space left")
