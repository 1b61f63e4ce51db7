"""Discord's rate limits: a bucket for each route and major parameter, and one for all calls.

The numbers are what bots see today; Discord keeps them to itself and tells them in headers.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

GLOBAL: Final = 50
"""Calls a second, interactions and webhooks apart."""


@dataclass(frozen=True, slots=True)
class Limit:
    calls: int
    seconds: float


DEFAULT: Final = Limit(10, 10.0)


@dataclass(slots=True)
class _Window:
    left: int
    ends: float


@dataclass(frozen=True, slots=True)
class Taken:
    """`wait` above 0: refused, for so many seconds; `scope` says by what."""

    wait: float
    scope: str
    headers: dict[str, str]


class Rates:
    """`speed` multiplies every limit. Times are the machine's."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._windows: dict[str, _Window] = {}

    def take(self, bucket: str, major: str, limit: Limit, *, free_of_global: bool) -> Taken:
        now = time.time()
        if not free_of_global:
            ends, left = self._count("global", "", Limit(GLOBAL, 1.0), now)
            if left < 0:
                return Taken(max(ends - now, 0.001), "global", {})
        ends, left = self._count(bucket, major, limit, now)
        most = max(1, int(limit.calls * self._speed))
        headers = {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(max(0, left)),
            "X-RateLimit-Reset": f"{ends:.3f}",
            "X-RateLimit-Reset-After": f"{max(0.0, ends - now):.3f}",
            "X-RateLimit-Bucket": bucket,
        }
        return Taken(max(ends - now, 0.001) if left < 0 else 0.0, "user", headers)

    def _count(self, bucket: str, major: str, limit: Limit, now: float) -> tuple[float, int]:
        """When the window ends, and how many calls are left in it: below 0 for one too many."""
        key = f"{bucket}/{major}"
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            if len(self._windows) > 10_000:
                self._windows = {name: one for name, one in self._windows.items() if one.ends > now}
            window = _Window(max(1, int(limit.calls * self._speed)), now + limit.seconds)
            self._windows[key] = window
        if window.left <= 0:
            return window.ends, -1
        window.left -= 1
        return window.ends, window.left
