"""What went over the wire, for developers and for replays: log, counters, latencies, and what is on its way."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

Kind = Literal["api", "event", "command", "interaction", "socket", "response_url", "file", "fault"]

LOG_LENGTH: Final = 1_000
ACKS_LENGTH: Final = 100_000


@dataclass(frozen=True, slots=True)
class Record:
    """One call by the app (`api`, `response_url`, `file`), or one delivery to it. `at` is the machine's time in epoch
    seconds; `ms` how long the answer or ack took, None while or where there is none."""

    seq: int
    at: float
    kind: Kind
    name: str
    ok: bool
    detail: str
    ms: float | None
    channel: str
    request: Any
    response: Any


@dataclass(frozen=True, slots=True)
class Ack:
    """`attempt` counts from 0; `ms` is from the sending of that attempt to its ack."""

    seq: int
    at: float
    kind: Kind
    name: str
    key: str
    attempt: int
    ms: float


class Traffic:
    def __init__(self) -> None:
        self.log: deque[Record] = deque(maxlen=LOG_LENGTH)
        self.acks: deque[Ack] = deque(maxlen=ACKS_LENGTH)
        self.counters: dict[str, dict[str, dict[str, int]]] = {}
        self.in_flight = 0
        self._seq = 0
        self._last = time.monotonic()
        self._subscribers: list[Callable[[Record], None]] = []

    def subscribe(self, callback: Callable[[Record], None]) -> Callable[[], None]:
        """Call `callback` with each record from now on; the result ends that."""
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    def note(
        self,
        kind: Kind,
        name: str,
        *,
        ok: bool,
        detail: str = "",
        ms: float | None = None,
        channel: str = "",
        request: Any = None,
        response: Any = None,
    ) -> None:
        self._seq += 1
        record = Record(self._seq, time.time(), kind, name, ok, detail, ms, channel, request, response)
        self.log.append(record)
        counter = self.counters.setdefault(kind, {}).setdefault(name, {"total": 0, "failed": 0})
        counter["total"] += 1
        if not ok:
            counter["failed"] += 1
            counter[detail or "failed"] = counter.get(detail or "failed", 0) + 1
        self._last = time.monotonic()
        for callback in tuple(self._subscribers):
            callback(record)

    def note_ack(self, kind: Kind, name: str, key: str, attempt: int, ms: float) -> None:
        self._seq += 1
        self.acks.append(Ack(self._seq, time.time(), kind, name, key, attempt, ms))

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Something is on its way while this is open."""
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1
            self._last = time.monotonic()

    async def wait_idle(self, quiet_seconds: float, timeout_seconds: float) -> bool:
        """Until nothing was on its way for `quiet_seconds`; False when that did not come within the timeout."""
        end = time.monotonic() + timeout_seconds
        while True:
            now = time.monotonic()
            quiet = 0.0 if self.in_flight else now - self._last
            if quiet >= quiet_seconds:
                return True
            if now >= end:
                return False
            await asyncio.sleep(min(max(quiet_seconds - quiet, 0.005), end - now, 0.05))

    def acks_after(self, seq: int) -> list[dict[str, Any]]:
        return [asdict(ack) for ack in self.acks if ack.seq > seq]

    def forget(self) -> None:
        """Empty the log, the counters and the latencies; numbering goes on."""
        self.log.clear()
        self.acks.clear()
        self.counters.clear()
