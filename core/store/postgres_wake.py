"""Waking across processes, by PostgreSQL's NOTIFY: it is sent with the COMMIT, and heard on a connection of its own."""

import logging
import threading
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from core.store.wake import Wakes

log = logging.getLogger(__name__)

CHANNEL = "deskhand"
_NOTIFY = select(func.pg_notify(CHANNEL, func.unnest(bindparam("payloads", type_=ARRAY(Text)))))


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
