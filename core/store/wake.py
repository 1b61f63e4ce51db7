"""Waking those who wait for a topic: within the process at once, across processes by PostgreSQL's NOTIFY.

A wake is a hint to look, never the only sign that there is something: one may be lost while the listening
connection is being made anew (all who wait are then woken), and every waiter looks again after its timeout.
"""

import asyncio
import contextlib
import logging
import secrets
import threading
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

log = logging.getLogger(__name__)

CHANNEL = "deskhand"
_NOTIFY = select(func.pg_notify(CHANNEL, func.unnest(bindparam("payloads", type_=ARRAY(Text)))))


class Wakes:
    """Who waits for what in this process. May be used from any thread and any event loop."""

    def __init__(self) -> None:
        self.origin = secrets.token_hex(4)
        self._lock = threading.Lock()
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        # Topics are a few fixed words, so both sets stay small.
        self._missed: set[str] = set()
        self._known: set[str] = set()

    async def wait(self, topic: str, timeout: float) -> bool:  # noqa: ASYNC109 (running out is an answer here)
        """True when woken within `timeout` seconds. A wake that came when nobody waited for the topic counts for
        the next who does, so that looking, finding nothing and then waiting loses none. Look after every return,
        also after False."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            self._known.add(topic)
            if topic in self._missed:
                self._missed.remove(topic)
                return True
            self._waiting.setdefault(topic, set()).add(future)
        try:
            async with asyncio.timeout(timeout):
                await future
        except TimeoutError:
            return future.done() and not future.cancelled()
        finally:
            with self._lock:
                waiting = self._waiting.get(topic, set())
                waiting.discard(future)
                if not waiting:
                    self._waiting.pop(topic, None)
        return True

    def wake(self, topic: str) -> None:
        with self._lock:
            woken = self._waiting.pop(topic, None)
            if not woken:
                self._missed.add(topic)
                return
        for future in woken:
            with contextlib.suppress(RuntimeError):  # its event loop has ended
                future.get_loop().call_soon_threadsafe(_resolve, future)

    def wake_all(self) -> None:
        """For when wakes may have been lost: also those look again who have waited before and are busy now."""
        with self._lock:
            topics = list(self._known)
        for topic in topics:
            self.wake(topic)


def _resolve(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def notify(connection: Connection, origin: str, topics: Iterable[str]) -> None:
    """Sends the wakes with the transaction's COMMIT, in one statement. `origin` lets a process tell its own."""
    connection.execute(_NOTIFY, {"payloads": [f"{origin} {topic}" for topic in sorted(topics)]})


class Listener:
    """Hears other processes' wakes on a connection of its own, in a thread of its own, and makes the connection anew
    when it breaks."""

    RECONNECT_EVERY = 0.25  # seconds
    LOOK_UP_EVERY = 0.1  # seconds between looks at whether to stop; the driver itself looks up as often

    def __init__(self, address: Mapping[str, Any], wakes: Wakes) -> None:
        """`address` is what `psycopg.connect` takes."""
        self._address = {**address, "application_name": "deskhand listener"}
        self._wakes = wakes
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Does nothing when it runs already."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="store-listen", daemon=True)
            self._thread.start()

    def close(self) -> None:
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._listen()
            except psycopg.Error as error:
                log.warning("not listening for wake-ups of other processes: %s", error)
                self._closed.wait(self.RECONNECT_EVERY)

    def _listen(self) -> None:
        with psycopg.connect(**self._address, autocommit=True) as connection:
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            # What was sent while nobody listened is lost: let everybody look.
            self._wakes.wake_all()
            while not self._closed.is_set():
                for notice in connection.notifies(timeout=self.LOOK_UP_EVERY):
                    origin, _, topic = notice.payload.partition(" ")
                    if origin != self._wakes.origin:
                        self._wakes.wake(topic)
                    if self._closed.is_set():
                        break
