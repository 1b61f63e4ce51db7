"""The sandbox's clock: the machine's time plus an offset that people and scripts move.

Followers (the desk) long-poll for a newer version and confirm what they follow; a move waits for them. Followers that
give their id when they poll are waited for by name; for those that poll without one, one confirmation by somebody who
never polled by name counts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

START: Final = datetime(2026, 11, 20, 13, 40, tzinfo=ZoneInfo("Europe/Berlin"))
"""A Friday afternoon: what a fresh world shows when it starts."""

FOLLOWER_SECONDS: Final = 30.0
MORNING: Final = (8, 30)


def fresh_offset() -> float:
    """Seconds to add to the machine's clock so that it shows `START` now."""
    return START.timestamp() - time.time()


EARLIEST: Final = 1_000_000_000
LATEST: Final = 10_000_000_000
"""Between these a moment in seconds has ten digits, so that ids compare as text."""


class OutOfRange(ValueError):
    """The clock cannot show that time."""


class Clock:
    """Epoch seconds as the sandbox's people see them. `version` counts the moves."""

    def __init__(self, offset_seconds: float, timezone: str) -> None:
        self.offset_seconds = offset_seconds
        self.timezone = timezone
        self.version = 1
        self.on_move: list[Callable[[], None]] = []
        self._moved = asyncio.Condition()
        self._polled: dict[str, float] = {}
        self._seen: dict[str, int] = {}

    def now(self) -> float:
        return time.time() + self.offset_seconds

    def local(self) -> datetime:
        return datetime.fromtimestamp(self.now(), ZoneInfo(self.timezone))

    def next_morning(self) -> datetime:
        """08:30 on the next business day (Monday to Friday) after the present local day."""
        day = self.local().date() + timedelta(days=1)
        while day.weekday() >= 5:
            day += timedelta(days=1)
        return datetime(day.year, day.month, day.day, *MORNING, tzinfo=ZoneInfo(self.timezone))

    def check(self, offset_seconds: float) -> None:
        """Raises `OutOfRange` for an offset that cannot be set."""
        if not EARLIEST <= time.time() + offset_seconds < LATEST:
            raise OutOfRange("the clock shows times from 2001 to 2286")

    async def set_offset(self, offset_seconds: float) -> None:
        """Raises `OutOfRange`."""
        self.check(offset_seconds)
        self.offset_seconds = offset_seconds
        self.version += 1
        for tell in self.on_move:
            tell()
        async with self._moved:
            self._moved.notify_all()

    async def move_to(self, moment: datetime) -> None:
        await self.set_offset(moment.timestamp() - time.time())

    async def advance(self, seconds: float) -> None:
        await self.set_offset(self.offset_seconds + seconds)

    async def wait_newer(self, after: int, seconds: float, follower: str) -> None:
        """Return when the version is not `after`, or after `seconds`. `follower` is empty when not given."""
        polled = self._polled
        polled[follower] = time.monotonic()
        try:
            async with asyncio.timeout(seconds), self._moved:
                await self._moved.wait_for(lambda: self.version != after)
        except TimeoutError:
            pass
        finally:
            polled[follower] = time.monotonic()

    def forget_followers(self) -> None:
        """Nobody is waited for who does not ask again: their world is gone."""
        self._polled, self._seen = {}, {}

    async def seen(self, version: int, follower: str) -> None:
        self._seen[follower] = max(version, self._seen.get(follower, 0))
        async with self._moved:
            self._moved.notify_all()

    async def confirmed(self, seconds: float) -> bool:
        """Wait until every present follower has seen the present version; False after `seconds`."""
        version = self.version
        try:
            async with asyncio.timeout(seconds), self._moved:
                await self._moved.wait_for(lambda: self._all_seen(version))
        except TimeoutError:
            return False
        return True

    def _all_seen(self, version: int) -> bool:
        since = time.monotonic() - FOLLOWER_SECONDS
        present = [name for name, polled in self._polled.items() if polled >= since]
        unnamed_seen = any(self._seen[name] >= version for name in self._seen if name not in self._polled)
        return all(unnamed_seen if name == "" else self._seen.get(name, 0) >= version for name in present)

    def describe(self, world_id: str) -> dict[str, object]:
        return {
            "now": self.now(),
            "offset_seconds": self.offset_seconds,
            "version": self.version,
            "world_id": world_id,
            "timezone": self.timezone,
        }
