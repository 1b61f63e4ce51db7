"""Which lanes have their turn: an overview of what waits, as many lanes at a time as there is room for, and sleep
until there is something new or something becomes due."""

import asyncio
import contextlib
import logging
import math
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from core.desk.delivered import Hooks
from core.language.effects import MODEL
from core.language.policy import Policy
from core.ports import ChatPlatform, Clock
from core.store import lanes, outbox
from core.store.engine import DatabaseDown, Store
from core.store.lanes import Waiting
from jobs.delivery.lane import LONGEST_HELD, Lane, turn
from jobs.delivery.rates import Gates, Limits
from jobs.delivery.settings import Counters, DeliverySettings
from jobs.delivery.work import Draw, Suggest, Work

log = logging.getLogger(__name__)

# Sleeping, the delivery shows this often (seconds) that it is alive; that costs no look at the database.
_BEAT = 10.0
# The overview may take this part of the time.
_OVERVIEW_SHARE = 0.1
# So may turns of one lane in which nothing could go: while its rates are used up, each new row is no reason to look.
_IDLE_SHARE = 0.02
# Seconds. A turn can also take long because the machine or the database is slow.
_LONGEST_REST = 0.1


@dataclass(frozen=True, slots=True)
class DeliveryHealth:
    """Why something is not sent, by connection: its credentials are refused; it cannot be reached (attempts in a
    row); it is not configured in this process, and something waits for it."""

    paused: Mapping[str, str]
    unreachable: Mapping[str, int]
    unconfigured: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not (self.paused or self.unreachable)


class Delivery:
    """The outbox to the platforms, and with `suggest` to a language model, in a lane of its own. One in a process;
    several processes share a PostgreSQL database."""

    def __init__(
        self,
        store: Store,
        platforms: Mapping[str, ChatPlatform],
        *,
        draw: Draw,
        hooks: Hooks,
        policy: Policy,
        clock: Clock,
        settings: DeliverySettings | None = None,
        suggest: Suggest | None = None,
    ) -> None:
        settings = settings or DeliverySettings()
        self.counters = Counters()
        self._work = Work(
            store=store,
            platforms=platforms,
            draw=draw,
            policy=policy,
            hooks=hooks,
            clock=clock,
            settings=settings,
            limits=Limits({name: p.rates() for name, p in platforms.items()}, factor=settings.rate_factor),
            gates=Gates(
                outage_after=settings.outage_after,
                base=settings.base_retry,
                max_outage_wait=settings.max_outage_wait,
                probe_seconds=settings.probe_seconds,
                max_probe=settings.max_probe,
            ),
            counters=self.counters,
            holder=secrets.token_hex(8),
            suggest=suggest,
        )
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._stir = asyncio.Event()
        self._look_again = True
        self._overview_at = 0.0
        self._started = False
        self._stopping = False
        self._unconfigured: tuple[str, ...] = ()

    def health(self) -> DeliveryHealth:
        gates = self._work.gates
        return DeliveryHealth(gates.paused(), gates.outages(), self._unconfigured)

    async def void_leases(self) -> None:
        """For the desk that has a SQLite file to itself: whoever had a lease is gone."""
        await self._work.store.transact(lanes.void_leases)

    async def run(self, beat: Callable[[], None] = lambda: None) -> None:
        """Delivers until cancelled; what is under way may then finish within `stop_seconds`. Calls `beat` now and
        then to show that it is alive."""
        self._lanes.clear()
        self._stopping = False
        if self._work.store.dialect == "sqlite":
            await self.void_leases()
        listening = [
            asyncio.create_task(self._listen(outbox.WAKE, self._on_wake)),
            asyncio.create_task(self._listen(outbox.AGAIN, self._on_again)),
        ]
        try:
            while True:
                beat()
                for task in listening:
                    if task.done():
                        task.result()
                await self._overview()
                self._begin_turns()
                await self._sleep()
        finally:
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
            await self._stop()

    async def _listen(self, topic: str, on_wake: Callable[[], None]) -> None:
        while True:
            if await self._work.store.wait(topic, 3600):
                on_wake()

    def _on_wake(self) -> None:
        self._look_again = True
        self._stir.set()

    def _on_again(self) -> None:
        """Rows or connections that had been given up go on: nothing that is known of any lane holds any more."""
        for lane in self._lanes.values():
            lane.seen = (0, 0)
        self._on_wake()

    async def _sleep(self) -> None:
        loop = asyncio.get_running_loop()
        idle = (lane.due for lane in self._lanes.values() if lane.task is None)
        wait = 0.0 if self._look_again else min(_BEAT, max(0.0, min(idle, default=math.inf) - loop.time()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._stir.wait()
        self._stir.clear()

    # --- the overview -----------------------------------------------------------------------------------------

    async def _overview(self) -> None:
        if not self._look_again:
            return
        loop = asyncio.get_running_loop()
        # Wakes come by the hundred; while this waits they become one.
        await asyncio.sleep(self._overview_at - loop.time())
        self._look_again = False
        began = loop.time()
        were_paused = set(self._work.gates.paused())
        try:
            found, paused = await self._work.store.read(_waiting_and_paused)
        except DatabaseDown as error:
            log.warning("the database fails: %s", error)
            self._look_again = True
            await asyncio.sleep(self._work.settings.base_retry)
            return
        self._take_over_pauses(paused, were_paused)
        for waiting in found:
            self._note(waiting, loop.time())
        self._forget({(waiting.connection, waiting.channel) for waiting in found})
        self._unconfigured = tuple(sorted({w.connection for w in found if not self._work.serves(w.connection)}))
        self._started = True
        self._overview_at = loop.time() + min((loop.time() - began) * (1 / _OVERVIEW_SHARE - 1), _LONGEST_REST)

    def _take_over_pauses(self, paused: Mapping[str, str], were_paused: set[str]) -> None:
        """The operator or another process may have resumed a connection that was paused when the look began, or
        another process paused one. One that was paused before this process started is tried at once: an operator
        who restarts the desk has perhaps mended it."""
        gates = self._work.gates
        for connection, why in paused.items():
            if not gates.is_paused(connection):
                gates.pause(connection, why, probe_now=not self._started)
        for connection in were_paused - set(paused):
            gates.resume(connection)
            self._all_due(connection)

    def _note(self, waiting: Waiting, now: float) -> None:
        if not self._work.serves(waiting.connection):
            return
        place = (waiting.connection, waiting.channel)
        lane = self._lanes.setdefault(place, Lane(*place))
        lane.elsewhere = waiting.holder not in (None, self._work.holder) and waiting.taken_for > 0
        seen = (waiting.newest, waiting.count)
        is_news, lane.seen = seen != lane.seen, seen
        if lane.task is not None:
            if is_news:
                lane.changed.set()
        elif lane.elsewhere:
            lane.hold = None
            lane.due = now + waiting.taken_for
        elif is_news:
            lane.due = min(lane.due, max(now, lane.rests_until))

    def _forget(self, waiting: set[tuple[str, str]]) -> None:
        """Lanes in which nothing waits keep only their lease, for when there is something again."""
        for place, lane in list(self._lanes.items()):
            if place in waiting or lane.task is not None:
                continue
            if lane.hold is None:
                del self._lanes[place]
            else:
                lane.seen, lane.due = (0, 0), math.inf

    # --- turns ------------------------------------------------------------------------------------------------

    def _begin_turns(self) -> None:
        """Gives turns to the lanes that are due, first to the one whose last turn is longest ago."""
        now = asyncio.get_running_loop().time()
        work = self._work
        running = Counter(lane.connection for lane in self._lanes.values() if lane.task is not None)
        due = [lane for lane in self._lanes.values() if lane.task is None and lane.due <= now]
        for lane in sorted(due, key=lambda lane: lane.served):
            if lane.elsewhere:
                # Its holder has renewed the lease since, or has left it: the overview says which.
                lane.elsewhere, lane.due = False, now
                self._look_again = True
                continue
            wait = work.gates.wait(lane.place)
            if wait:
                lane.due = now + wait
                continue
            if running[lane.connection] >= work.settings.lanes:
                continue
            probe = work.gates.is_paused(lane.connection)
            if probe:
                work.gates.probe(lane.connection)
            running[lane.connection] += 1
            lane.served = now
            lane.task = asyncio.create_task(
                turn(
                    work,
                    lane,
                    most=1 if probe else work.settings.lane_turn,
                    probe=probe,
                    is_stopping=lambda: self._stopping,
                )
            )
            lane.task.add_done_callback(partial(self._turn_over, lane, probe))

    def _turn_over(self, lane: Lane, probe: bool, task: asyncio.Task[float]) -> None:
        now = asyncio.get_running_loop().time()
        lane.task = None
        error = None if task.cancelled() else task.exception()
        if task.cancelled():
            lane.due = now
        elif error is not None:
            log.log(
                logging.WARNING if isinstance(error, DatabaseDown) else logging.ERROR,
                "a turn of the lane %s/%s failed: %s",
                lane.connection,
                lane.channel,
                error,
                exc_info=None if isinstance(error, DatabaseDown) else error,
            )
            lane.due = now + self._work.settings.base_retry
        else:
            lane.rests_until = now
            if not lane.tried:
                rest = min((now - lane.served) * (1 / _IDLE_SHARE - 1), _LONGEST_REST)
                lane.rests_until += max(rest, min(lane.held_for, LONGEST_HELD))
            lane.due = lane.rests_until if lane.changed.is_set() else task.result()
        if probe:
            self._work.gates.probed(lane.connection, tried=lane.tried)
            self._all_due(lane.connection)
        self._stir.set()

    def _all_due(self, connection: str) -> None:
        """What kept the lanes of a connection waiting is another thing now."""
        now = asyncio.get_running_loop().time()
        for lane in self._lanes.values():
            if lane.connection == connection and lane.task is None and not lane.elsewhere:
                lane.due = min(lane.due, now)

    async def _stop(self) -> None:
        """What is under way finishes; nothing new begins. Leases are given back, so that others need not wait."""
        self._stopping = True
        for lane in self._lanes.values():
            lane.changed.set()
            # What a model was asked can be asked again, and may take long.
            if lane.connection == MODEL and lane.task is not None:
                lane.task.cancel()
        tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
        try:
            if tasks:
                await asyncio.wait(tasks, timeout=self._work.settings.stop_seconds)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(DatabaseDown):
            await self._work.store.transact(lambda tx: lanes.give_back(tx, self._work.holder))


def _waiting_and_paused(connection: Connection) -> tuple[list[Waiting], dict[str, str]]:
    return lanes.waiting(connection), lanes.paused(connection)
