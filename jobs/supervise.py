"""Long-running jobs that are kept running: one that ends is started again, and is seen meanwhile."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic

log = logging.getLogger(__name__)

Beat = Callable[[], None]
# A job is given a function that it calls now and then to show that it is alive.
Job = Callable[[Beat], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class JobHealth:
    """`detail` says what is wrong. `restarts` counts since the start."""

    ok: bool
    detail: str
    restarts: int


@dataclass(slots=True, eq=False)
class _Kept:
    name: str
    job: Job
    stale_after: float | None
    beat_at: float
    ends: deque[float] = field(default_factory=lambda: deque(maxlen=32))
    restarts: int = 0
    error: str = ""
    running: bool = False
    task: asyncio.Task[None] | None = None


class Supervisor:
    """Keeps jobs running in the order in which they were added; they are stopped in the opposite order.

    The wait before a restart begins at `first_wait` seconds and doubles with each end within the last minute, up to
    `longest_wait`. A job that ended `unhealthy_after` times within a minute is not healthy, nor is one that waits
    for its restart after having ended twice, nor one that was silent for longer than its `stale_after`."""

    def __init__(
        self,
        *,
        first_wait: float = 0.5,
        longest_wait: float = 30.0,
        unhealthy_after: int = 3,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._unhealthy_after = unhealthy_after
        self._now = now
        self._kept: dict[str, _Kept] = {}

    def add(self, name: str, job: Job, *, stale_after: float | None = None) -> None:
        """Starts a job, now. `stale_after`: seconds without a beat after which it counts as stuck."""
        if name in self._kept:
            raise ValueError(f"there is a job {name!r} already")
        kept = self._kept[name] = _Kept(name, job, stale_after, self._now())
        kept.task = asyncio.create_task(self._keep(kept), name=name)

    def health(self) -> dict[str, JobHealth]:
        return {name: self._health_of(kept) for name, kept in self._kept.items()}

    async def stop(self, timeout: float) -> None:  # noqa: ASYNC109 (a limit for all together)
        """Cancels the jobs, the last one first, each when the one before has ended; after `timeout` seconds in all
        those that are left are cancelled at once, and once more."""
        end = self._now() + timeout
        for kept in reversed(self._kept.values()):
            if kept.task is None:
                continue
            kept.task.cancel()
            await asyncio.wait([kept.task], timeout=max(0.0, end - self._now()))
            if not kept.task.done():
                log.warning("the job %s did not end in time", kept.name)
                kept.task.cancel()
        tasks = [kept.task for kept in self._kept.values() if kept.task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)
        self._kept.clear()

    async def _keep(self, kept: _Kept) -> None:
        while True:
            kept.beat_at, kept.running = self._now(), True
            try:
                await kept.job(lambda: self._beat(kept))
                kept.error = "ended without an error"
                log.error("the job %s ended, which it never should", kept.name)
            except Exception as error:
                kept.error = f"{type(error).__name__}: {error}"
                log.exception("the job %s died", kept.name)
            finally:
                kept.running = False
            kept.restarts += 1
            kept.ends.append(self._now())
            await asyncio.sleep(min(self._first_wait * 2.0 ** (self._recent(kept) - 1), self._longest_wait))

    def _beat(self, kept: _Kept) -> None:
        kept.beat_at = self._now()

    def _recent(self, kept: _Kept) -> int:
        since = self._now() - 60
        return sum(end > since for end in kept.ends)

    def _health_of(self, kept: _Kept) -> JobHealth:
        recent, silent = self._recent(kept), self._now() - kept.beat_at
        problem = ""
        if recent >= self._unhealthy_after or (not kept.running and recent >= 2):
            problem = f"ended {recent} times within a minute: {kept.error}"
        elif kept.running and kept.stale_after is not None and silent > kept.stale_after:
            problem = f"shows no sign of life for {silent:.0f} s"
        return JobHealth(not problem, problem, kept.restarts)
