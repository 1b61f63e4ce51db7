"""Slack's rate limits: a bucket for each method, and for posts one for each channel."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Final

TIERS: Final = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls a minute of each tier; a minute's worth may come at once."""

POST_BURST: Final = 3
"""Posts to one channel that may come at once before one a second holds."""


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Rates:
    """`speed` multiplies every limit."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key: str, per_second: float, burst: float) -> int:
        """0 when the call may pass, else the whole seconds to wait, as `Retry-After` has them."""
        rate = per_second * self._speed
        most = max(burst, burst * self._speed) if self._speed > 1 else burst
        now = time.monotonic()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(most, now)
        bucket.left = min(most, bucket.left + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.left >= 1:
            bucket.left -= 1
            return 0
        return max(1, math.ceil((1 - bucket.left) / rate))

    def take_method(self, method: str, tier: int) -> int:
        return self.take(method, TIERS[tier] / 60, TIERS[tier])

    def take_post(self, channel: str) -> int:
        return self.take(f"post {channel}", 1.0, POST_BURST)
