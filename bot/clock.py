"""The desk's Clock: the machine's time, moved by an offset when it follows a sandbox's clock.

Only what people were promised follows it; leases, retries and rates are real time and stay as they are.
"""

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx2
import structlog

from core.language.errors import BadConfig

log = structlog.get_logger(__name__)

# How long the sandbox may hold a poll, and how long to wait after a failed one.
_POLL_SECONDS = 20
_RETRY_SECONDS = 1.0


class DeskClock:
    """UTC, the machine's own unless an offset was learnt."""

    def __init__(self) -> None:
        self.offset = timedelta(0)
        self._world: str | None = None
        self._on_other_world: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def expect_world(self, world: str | None, on_other: Callable[[], None]) -> None:
        """Call `on_other` when the followed sandbox turns out to be in another world than `world`."""
        self._world, self._on_other_world = world, on_other

    def heard(self, offset_seconds: float, world: str | None) -> bool:
        """Whether it is still the world that was expected."""
        if self._world is not None and world != self._world:
            self._on_other_world()
            return False
        self.offset = timedelta(seconds=offset_seconds)
        return True


async def adopt(clock: DeskClock, url: str) -> None:
    """Take over the followed clock's offset once, before the desk does anything. Raises BadConfig when nobody tells
    it."""
    try:
        async with httpx2.AsyncClient(timeout=10) as client:
            answer = (await client.get(url)).raise_for_status().json()
        clock.heard(answer["offset_seconds"], answer.get("world_id"))
    except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
        remedy = "start the sandbox whose clock it is, or set nothing to go by this machine's"
        raise BadConfig([f"DESKHAND_CLOCK_URL: there is no clock at {url}; {remedy}"]) from error


async def follow(
    clock: DeskClock, url: str, on_moved: Callable[[], Awaitable[None]], beat: Callable[[], None] = lambda: None
) -> None:
    """Keep to a sandbox's clock until cancelled.

    After each move `on_moved` runs (what is due now is told) and then the sandbox hears that the desk has seen it,
    so that whoever moved the clock knows when to look.
    """
    follower = f"desk-{os.getpid()}-{secrets.token_hex(3)}"
    version = 0
    async with httpx2.AsyncClient(timeout=_POLL_SECONDS + 10) as client:
        while True:
            beat()
            try:
                params = {"after": version, "wait": _POLL_SECONDS, "follower": follower}
                answer = (await client.get(url, params=params)).raise_for_status().json()
                if answer["version"] == version:
                    continue
                version = answer["version"]
                if not clock.heard(answer["offset_seconds"], answer.get("world_id")):
                    # The desk ends now. Whoever follows a world that is gone holds up those who move the next one.
                    await asyncio.Event().wait()
                await on_moved()
                await client.post(f"{url}/seen", json={"version": version, "follower": follower})
            except (httpx2.HTTPError, ValueError, KeyError) as error:
                log.warning("clock_not_followed", url=url, error=str(error))
                await asyncio.sleep(_RETRY_SECONDS)
