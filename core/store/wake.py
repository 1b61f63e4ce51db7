"""Waking those who wait for a topic, within the process; `core.store.postgres_wake` does it across processes.

A wake is a hint to look, never the only sign that there is something: one may be lost while the listening
connection is being made anew (all who wait are then woken), and every waiter looks again after its timeout.
"""

import asyncio
import contextlib
import secrets
import threading


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

    def expect(self, topic: str) -> None:
        """Somebody is about to wait for it: what wakes all counts for them already."""
        with self._lock:
            self._known.add(topic)

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
