"""After an absence: what was said meanwhile is read from the platforms' history and handled as if it had just come.

Channels are read from their mark; threads of tickets that are unsolved, or were solved a few days ago, are read whole,
for messages, edits and deletions.
Receipts make it harmless to read too much. Then the team is told what was caught up.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from core.desk import starting, telling
from core.desk.desk import Desk
from core.desk.unit import Cause
from core.language.events import Inbound, MessageDeleted, MessageEdited, MessagePosted, receipt_key
from core.language.places import MessageRef, Place
from core.ports import ChatPlatform, DeliveryError, RateLimited
from core.store import cursors
from core.store.cursors import OpenThread

log = logging.getLogger(__name__)

_PAGE = 200
_THREADS = 100
# A channel's history is not read for longer than this many pages at a time; the next round goes on.
_MOST_PAGES = 500
# Who answers on a ticket that was solved longer ago is heard only while the desk listens.
_SOLVED_FOR = timedelta(days=3)
# By which the platform's clock may be behind ours.
_CLOCKS = timedelta(minutes=1)
# Some platforms' times are whole seconds.
_SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class Report:
    """What a round brought in, by channel; `unread` are channels that could not be read, and why. Only what was written
    before `back` counts as missed: what comes later comes by itself, too."""

    back: datetime
    messages: int = 0
    changes: int = 0
    channels: set[Place] = field(default_factory=set)
    unread: dict[Place, str] = field(default_factory=dict)


class CatchUp:
    """One round for each connection when the desk starts and whenever the connection has been away."""

    def __init__(self, desk: Desk, platforms: Mapping[str, ChatPlatform], is_up: Callable[[str], bool]) -> None:
        self._desk = desk
        self._platforms = platforms
        self._is_up = is_up
        self._was_up: dict[str, bool] = {}
        # When a connection was last seen to be away.
        self._away = dict.fromkeys(platforms, desk.clock.now())
        self._receipt = 0
        self._next_marks: dict[Place, str] = {}

    async def tick(self) -> None:
        """Catch up on connections that came back since the last tick. Raises DatabaseDown."""
        for name in self._platforms:
            up = self._is_up(name)
            if not up:
                self._away[name] = self._desk.clock.now()
            elif not self._was_up.get(name, False):
                await self.round(name)
            self._was_up[name] = up

    async def move_marks(self) -> None:
        """Note how far channels have been read, one tick late."""
        seen = await self._desk.store.read(lambda connection: cursors.seen_since(connection, self._receipt))
        settled, self._next_marks, self._receipt = self._next_marks, dict(seen.newest), seen.receipt
        if settled:
            await self._desk.store.transact(lambda tx: cursors.move(tx, settled))

    async def round(self, name: str) -> Report:
        """Read what is missing on one connection. Raises DatabaseDown."""
        platform = self._platforms[name]
        report = Report(self._away[name])
        since = await self._desk.store.read(cursors.last_received)
        for place, mark in (await self._marks(platform)).items():
            await self._channel(platform, place, mark, report)
        await self._open_threads(platform, name, report)
        if report.messages or report.changes or report.unread:
            await self._tell(name, report, since)
        return report

    async def _marks(self, platform: ChatPlatform) -> dict[Place, str]:
        """Where to begin in each channel. One without a mark is read from when the desk first saw it."""
        marks = await self._desk.store.read(cursors.marks)
        begun = await self._desk.store.read(starting.listened_since)
        found: dict[Place, str] = {}
        for place, mark in marks.items():
            if place.connection != platform.connection:
                continue
            if mark is not None:
                found[place] = mark
            elif place in begun:
                found[place] = platform.id_at(begun[place] - _CLOCKS)
        return found

    async def _channel(self, platform: ChatPlatform, place: Place, mark: str, report: Report) -> None:
        after: str | None = mark
        for _ in range(_MOST_PAGES):
            raws = await self._read(platform, place, after, report)
            if not raws:
                return
            newest = await self._take(platform, raws, report)
            if newest is None or newest == after:
                return
            after = newest

    async def _open_threads(self, platform: ChatPlatform, name: str, report: Report) -> None:
        after = 0
        since = self._desk.clock.now() - _SOLVED_FOR
        while True:
            page = await self._desk.store.read(lambda c, after=after: cursors.open_threads(c, after, since, _THREADS))
            for thread in page:
                if thread.place.connection == name:
                    await self._thread(platform, thread, report)
            if len(page) < _THREADS:
                return
            after = page[-1].ticket

    async def _thread(self, platform: ChatPlatform, thread: OpenThread, report: Report) -> None:
        raws = await self._read(platform, thread.place, None, report, limit=10_000)
        if not raws:
            return
        await self._take(platform, raws, report)
        events = [event for raw in raws if (event := _normalised(platform, raw)) is not None]
        present = {event.ref.message for event in events if isinstance(event, MessagePosted | MessageEdited)}
        oldest = min((event.at for event in events), default=None)
        written = await self._desk.store.read(lambda c: cursors.written_in(c, thread))
        for ref in written:
            if ref.message not in present and oldest is not None and self._was_in(ref, thread):
                await self._deleted(ref, report)

    @staticmethod
    def _was_in(ref: MessageRef, thread: OpenThread) -> bool:
        """Only the thread's own root is surely in it; other top-level messages of the ticket stand elsewhere."""
        return ref.message == thread.place.thread

    async def _deleted(self, ref: MessageRef, report: Report) -> None:
        await self._desk.handle(MessageDeleted(connection=ref.connection, at=datetime.now(UTC), ref=ref))
        report.changes += 1

    async def _read(
        self, platform: ChatPlatform, place: Place, after: str | None, report: Report, limit: int = _PAGE
    ) -> tuple[Mapping[str, Any], ...]:
        while True:
            try:
                return await platform.history(place, after=after, limit=limit)
            except RateLimited as limited:
                await asyncio.sleep(limited.retry_after)
            except DeliveryError as error:
                log.warning("history of %s cannot be read: %s", place, error)
                report.unread[place.parent] = error.code
                return ()

    async def _take(self, platform: ChatPlatform, raws: tuple[Mapping[str, Any], ...], report: Report) -> str | None:
        """Handle those that are new, in order; the newest message's id."""
        events = [event for raw in raws if (event := _normalised(platform, raw)) is not None]
        keys = {id(event): receipt_key(event) for event in events}
        wanted = [key for key in keys.values() if key]
        known = await self._desk.store.read(lambda c: cursors.known(c, platform.connection, wanted))
        newest: str | None = None
        for event in events:
            if isinstance(event, MessagePosted):
                newest = event.ref.message
            if keys[id(event)] in known:
                continue
            await self._desk.handle(event)
            if _latest(event.at) >= report.back:
                continue
            if isinstance(event, MessagePosted):
                report.messages += 1
                report.channels.add(Place(event.ref.connection, event.ref.channel))
            else:
                report.changes += 1
        return newest

    async def _tell(self, name: str, report: Report, since: datetime | None) -> None:
        log.info("caught up on %s: %d messages, %d changes", name, report.messages, report.changes)
        await self._desk.store.transact(
            lambda tx: telling.caught_up(
                self._desk.unit(tx, Cause(None, "catch-up")),
                name,
                messages=report.messages,
                changes=report.changes,
                channels=len(report.channels),
                unread=[place.channel for place in report.unread],
                since=since + (self._desk.clock.now() - datetime.now(UTC)) if since else None,
            )
        )


def _latest(at: datetime) -> datetime:
    """The latest moment that a platform may mean by a time."""
    return at if at.microsecond else at + _SECOND


def _normalised(platform: ChatPlatform, raw: Mapping[str, Any]) -> Inbound | None:
    try:
        return platform.normalise(raw)
    except ValueError:
        log.warning("a message of the history makes no sense and is left out")
        return None
