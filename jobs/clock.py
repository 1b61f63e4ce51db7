"""Work that is done again and again: a table of interval ticks. The only place that knows APScheduler.

Intervals are real time. What depends on people's time (a digest at 08:30, a due time) is evaluated inside a tick
against the desk's Clock; the scheduler's own cron would fire twice in the hour that autumn repeats.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import bindparam, delete

from core.store import writes
from core.store.engine import DatabaseDown, Store, Tx
from core.store.tables import job_run
from jobs.supervise import Beat

log = logging.getLogger(__name__)

# Sleeping, the ticks show this often (seconds) that they are alive.
_BEAT = 10.0
# Slots of this long ago (in slots) are forgotten; no process lags behind by as much.
_KEPT_SLOTS = 100


@dataclass(frozen=True, slots=True)
class Tick:
    """`run` every `seconds`, never twice at a time. `once`: in one process only, whichever comes first."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[None]]
    once: bool = False


class Ticks:
    """Runs a table of ticks, the first time at once. An error in a tick is logged and told by `failing`; the next
    one is tried all the same."""

    def __init__(self, store: Store, ticks: Sequence[Tick]) -> None:
        names = [tick.name for tick in ticks]
        if len(set(names)) < len(names):
            raise ValueError("two ticks have the same name")
        self._store = store
        self._ticks = ticks
        self._failing: dict[str, str] = {}

    def failing(self) -> dict[str, str]:
        """The ticks whose latest run failed, and how."""
        return dict(self._failing)

    async def run(self, beat: Beat = lambda: None) -> None:
        """Until cancelled; a tick that runs then is cancelled too."""
        scheduler = AsyncIOScheduler(timezone=UTC)
        running: set[asyncio.Task[None]] = set()

        async def run(tick: Tick) -> None:
            task = asyncio.create_task(self._run(tick), name=f"tick {tick.name}")
            running.add(task)
            task.add_done_callback(running.discard)
            # Not awaited for its outcome. That both are cancelled at the end is nothing to report.
            with suppress(asyncio.CancelledError):
                await asyncio.wait({task})

        for tick in self._ticks:
            scheduler.add_job(
                run,
                "interval",
                args=(tick,),
                id=tick.name,
                name=tick.name,
                seconds=tick.seconds,
                next_run_time=datetime.now(UTC),
                # A process that was held up makes up for all that it missed with one run, however late.
                coalesce=True,
                misfire_grace_time=None,
                max_instances=1,
            )
        scheduler.start()
        try:
            while True:
                beat()
                await asyncio.sleep(_BEAT)
        finally:
            scheduler.shutdown(wait=False)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _run(self, tick: Tick) -> None:
        try:
            if tick.once and not await self._store.transact(lambda tx: take_slot(tx, tick.name, tick.seconds)):
                return
            await tick.run()
        except Exception as error:
            self._failing[tick.name] = f"{type(error).__name__}: {error}"
            if isinstance(error, DatabaseDown):
                log.warning("the tick %s failed: %s", tick.name, error)
            else:
                log.exception("the tick %s failed", tick.name)
        else:
            self._failing.pop(tick.name, None)


_forget = delete(job_run).where(job_run.c.job == bindparam("which"), job_run.c.slot < bindparam("before"))


def take_slot(tx: Tx, name: str, seconds: float) -> bool:
    """Whether this is the first to take the present slot of `seconds` of real time."""
    now = tx.real_now()
    slot = int(now.timestamp() // seconds)
    if not writes.once(tx, f"tick:{name}", f"{slot:015}", now):
        return False
    tx.execute(_forget, {"which": f"tick:{name}", "before": f"{slot - _KEPT_SLOTS:015}"})
    return True
