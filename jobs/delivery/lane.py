"""A turn of one lane: send what can go now, several conversations at a time, each in its order."""

import asyncio
import logging
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from core.store import heads, lanes
from core.store.engine import DatabaseDown
from core.store.heads import Head, Page
from core.store.lanes import Hold
from jobs.delivery.send import carry_out
from jobs.delivery.work import Result, Work

log = logging.getLogger(__name__)

# Of so many conversations the lane remembers when it was their turn.
_REMEMBERED = 1000
# A look through all rows of a long lane may take this part of the time.
_DEEP_SHARE = 0.1
# Seconds for which news is no reason to look again, at most, where something is due that the rates hold back: most of
# what is new has to wait like it.
LONGEST_HELD = 0.5


@dataclass(slots=True, eq=False)
class Lane:
    """What this process knows of a lane. Times are the event loop's."""

    connection: str
    channel: str
    # As the last overview saw it; another value means that there are rows that no turn has looked at.
    seen: tuple[int, int] = (0, 0)
    # When its next turn is due; infinite when nothing waits.
    due: float = 0.0
    served: float = 0.0
    # Its latest turn had nothing that could go, and news alone is no reason for another one before this time.
    rests_until: float = 0.0
    # Whether another process has it, as far as is known.
    elsewhere: bool = False
    # Whether its latest turn has tried anything.
    tried: bool = False
    # For how many seconds its rates keep waiting what its latest turn left; 0 when it left nothing that is due.
    held_for: float = 0.0
    hold: Hold | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[float] | None = None
    _deep_at: float = 0.0
    # Found by a look through everything, and not tried yet.
    _found: tuple[Head, ...] = ()
    # The conversations whose heads the latest look found before that.
    _near: list[int] = field(default_factory=list)
    # When conversations had their turn, the latest last.
    _turns: OrderedDict[int, int] = field(default_factory=OrderedDict)
    _turn: int = 0

    @property
    def place(self) -> tuple[str, str]:
        return self.connection, self.channel

    async def look(self, work: Work, blocked: tuple[str, ...]) -> Page:
        """The heads, in the order in which they are to go: by urgency, then the conversation whose last turn is
        longest ago, then age. So a conversation with ten thousand posts does not keep the others waiting."""
        settings = work.settings
        loop = asyncio.get_running_loop()
        page = await work.store.read(
            lambda c: heads.look(c, self.place, blocked=blocked, page=settings.page, depth=settings.depth)
        )
        if page.cut and len(page.heads) < settings.page and loop.time() >= self._deep_at:
            rest = await self._look_deep(work, page)
            page = Page(page.heads, rest.next_in, rest.cut, page.held)
        more = tuple(
            head
            for head in self._found
            if head not in page.heads and not (head.state == "pending" and head.kind in blocked)
        )
        ordered = sorted((*page.heads, *more), key=lambda h: (h.urgency, self._turns.get(h.conversation or 0, 0), h.id))
        next_in = page.next_in
        if page.cut and not ordered:
            next_in = max(0.0, self._deep_at - loop.time())
        return Page(tuple(ordered), next_in, page.cut, page.held)

    async def _look_deep(self, work: Work, near: Page) -> Page:
        """Through everything. What fills a lane is mostly one conversation whose head is known: without its rows
        the others are found sooner."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._near = [head.conversation for head in near.heads if head.conversation is not None] or self._near
        rest = await work.store.read(lambda c: heads.look(c, self.place, without=self._near, page=work.settings.page))
        self._deep_at = loop.time() + (loop.time() - began) / _DEEP_SHARE
        self._found = rest.heads
        return rest

    def begun(self, head: Head) -> None:
        self.tried = True
        self._found = tuple(other for other in self._found if other.id != head.id)
        if head.conversation is None:
            return
        self._turn += 1
        self._turns[head.conversation] = self._turn
        self._turns.move_to_end(head.conversation)
        if len(self._turns) > _REMEMBERED:
            self._turns.popitem(last=False)


async def turn(work: Work, lane: Lane, *, most: int, probe: bool, is_stopping: Callable[[], bool]) -> float:
    """Sends at most `most` rows and returns when the lane's next turn is due (the loop's time, infinite when nothing
    waits). `probe`: the connection is paused, and this turn is to find out whether it still has to be."""
    loop = asyncio.get_running_loop()
    lane.tried, lane.held_for = False, 0.0
    if lane.hold is None:
        lane.hold = await work.store.transact(
            lambda tx: lanes.take(tx, *lane.place, work.holder, seconds=work.settings.lease_seconds)
        )
        if lane.hold is None:
            lane.elsewhere = True
            return loop.time() + work.settings.lease_seconds
    running = _Turn(work, lane, lane.hold, most=most, probe=probe)
    try:
        return await running.run(is_stopping)
    finally:
        # Left only when the process does not want to wait: what was under way is looked up some day.
        for task in running.flight:
            task.cancel()
        await asyncio.gather(*running.flight, return_exceptions=True)


class _Turn:
    """What is under way in a lane."""

    def __init__(self, work: Work, lane: Lane, hold: Hold, *, most: int, probe: bool) -> None:
        self.flight: dict[asyncio.Task[Result], Head] = {}
        self._work = work
        self._lane = lane
        self._hold = hold
        self._left = most
        self._probe = probe
        # Nothing is begun any more, for this reason: when the next turn is due.
        self._ends: float | None = None

    async def run(self, is_stopping: Callable[[], bool]) -> float:
        work, lane = self._work, self._lane
        loop = asyncio.get_running_loop()
        while True:
            lane.changed.clear()
            if is_stopping():
                self._ends = math.inf
            elif self._left <= 0:
                self._ends = loop.time()
            elif not self._probe and (wait := work.gates.wait(lane.place)):
                self._ends = loop.time() + wait
            if self._ends is not None:
                if not self.flight:
                    return self._ends
                await self._wait_for_one(math.inf)
                continue
            blocked = work.limits.blocked(lane.place)
            page = await lane.look(work, tuple(blocked))
            held = [blocked[kind] for kind in page.held]
            before = len(self.flight)
            refused = self._begin(page)
            if self.flight:
                is_held = bool(held) and len(self.flight) == before
                longest = LONGEST_HELD if is_held else math.inf
                await self._wait_for_one(min([*held, page.next_in or math.inf, longest]), hears_news=not is_held)
            elif not refused:
                return self._next_turn(page, blocked)

    def _begin(self, page: Page) -> bool:
        """Begins what can go. True when something was passed over because its kind has to wait."""
        work, lane = self._work, self._lane
        conversations = {head.conversation for head in self.flight.values()} - {None}
        rows = {head.id for head in self.flight.values()}
        opening = any(head.opens for head in self.flight.values())
        refused = False
        for head in page.heads:
            if self._left <= 0 or len(self.flight) >= work.settings.lane_parallel:
                break
            if head.id in rows or head.conversation in conversations or (head.opens and opening):
                continue
            if head.state == "pending" and work.limits.take(lane.place, head.kind):
                refused = True
                continue
            self.flight[asyncio.create_task(carry_out(work, self._hold, head))] = head
            lane.begun(head)
            self._left -= 1
            opening = opening or head.opens
            if head.conversation is not None:
                conversations.add(head.conversation)
        return refused

    async def _wait_for_one(self, at_most: float, *, hears_news: bool = True) -> None:
        """Until something has finished, or there is something new and `hears_news`, `at_most` so many seconds."""
        news = [asyncio.create_task(self._lane.changed.wait())] if hears_news else []
        timeout = None if at_most == math.inf else at_most
        try:
            await asyncio.wait({*self.flight, *news}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in news:
                task.cancel()
        for task in [task for task in self.flight if task.done()]:
            self._finished(self.flight.pop(task), task)

    def _finished(self, head: Head, task: asyncio.Task[Result]) -> None:
        now = asyncio.get_running_loop().time()
        error = None if task.cancelled() else task.exception()
        if isinstance(error, DatabaseDown):
            log.warning("the database fails: %s", error)
        elif error is not None:
            log.error("a defect in the delivery of outbox row %s", head.id, exc_info=error)
        if error is not None:
            self._ends = now + self._work.settings.base_retry
        elif task.cancelled() or task.result() == "lost":
            self._lane.hold = None
            self._ends = now

    def _next_turn(self, page: Page, blocked: dict[str, float]) -> float:
        """When the lane's next turn is due, after one that has found nothing (more) that can go."""
        self._lane.held_for = min((blocked[kind] for kind in page.held), default=0.0)
        waits = [wait for wait in (page.next_in, self._lane.held_for or None) if wait is not None]
        return asyncio.get_running_loop().time() + min(waits, default=math.inf)
