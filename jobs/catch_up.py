"""After an absence: what was said meanwhile is read from the platforms' history (`jobs/rereading`), and the team is
told what was caught up. One platform that is away keeps no other one waiting."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from core.desk import telling
from core.desk.desk import Desk
from core.desk.unit import Cause
from core.language.places import Place
from core.ports import ChatPlatform
from core.store import cursors
from jobs.rereading import Interrupted, Report, Round

log = logging.getLogger(__name__)

# Seconds until a round that was interrupted is begun again, at first and at most.
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 60.0


class CatchUp:
    """One round for each connection when the desk starts and after each gap in what it hears."""

    def __init__(self, desk: Desk, platforms: Mapping[str, ChatPlatform]) -> None:
        self._desk = desk
        self._platforms = platforms
        self._connections = {name: _Connection(desk, platform) for name, platform in platforms.items()}
        self._receipt: int | None = None
        self._next_marks: dict[Place, str] = {}

    async def tick(self) -> None:
        """Catch up on connections that came back since the last tick. Raises DatabaseDown."""
        rounds = (connection.catch_up() for connection in self._connections.values())
        outcomes = await asyncio.gather(*rounds, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def move_marks(self) -> None:
        """Note how far channels have been read, one tick late; not while there is a gap before it that has not been
        read."""
        if self._receipt is None:
            self._receipt = await self._desk.store.read(cursors.newest_receipt)
        after = self._receipt
        seen = await self._desk.store.read(lambda connection: cursors.seen_since(connection, after))
        whole = {name for name, connection in self._connections.items() if connection.is_whole}
        settled = {place: mark for place, mark in self._next_marks.items() if place.connection in whole}
        kept = {place: mark for place, mark in self._next_marks.items() if place.connection not in whole}
        self._next_marks, self._receipt = kept | dict(seen.newest), seen.receipt
        if settled:
            await self._desk.store.transact(lambda tx: cursors.move(tx, settled))


class _Connection:
    """How far one connection has been caught up on."""

    def __init__(self, desk: Desk, platform: ChatPlatform) -> None:
        self._desk = desk
        self._platform = platform
        # Since when nothing is missing.
        self._whole_since: datetime | None = None
        # What rounds that were interrupted brought in, and when the desk had last heard of anything before them.
        self._report: Report | None = None
        self._heard: datetime | None = None
        self._wait = 0.0
        self._not_before = 0.0

    @property
    def is_whole(self) -> bool:
        return self._whole_since is not None and self._whole_since == self._platform.listening_since()

    async def catch_up(self) -> None:
        """Raises DatabaseDown."""
        since = self._platform.listening_since()
        loop = asyncio.get_running_loop()
        if since is None or since == self._whole_since or loop.time() < self._not_before:
            return
        if self._report is None:
            self._heard = await self._heard_before(since)
            self._report = Report(since)
        self._report.back = since
        self._report.unread.clear()
        try:
            await Round(self._desk, self._platform, self._report).read()
        except Interrupted:
            self._wait = min(max(self._wait * 2, _FIRST_WAIT), _LONGEST_WAIT)
            self._not_before = loop.time() + self._wait
            return
        await self._tell(self._report)
        self._report, self._whole_since, self._wait = None, since, 0.0

    async def _heard_before(self, since: datetime) -> datetime | None:
        """When the last thing came in before then; both in the desk's time."""
        ahead = self._desk.clock.now() - datetime.now(UTC)
        name = self._platform.connection
        heard = await self._desk.store.read(lambda c: cursors.last_received(c, name, since - ahead))
        return heard + ahead if heard else None

    async def _tell(self, report: Report) -> None:
        if not (report.messages or report.changes or report.unread):
            return
        name, heard = self._platform.connection, self._heard
        log.info("caught up on %s: %d messages, %d changes", name, report.messages, report.changes)
        await self._desk.store.transact(
            lambda tx: telling.caught_up(
                self._desk.unit(tx, Cause(None, "catch-up")),
                name,
                messages=report.messages,
                changes=report.changes,
                channels=len(report.channels),
                unread=[place.channel for place in report.unread],
                since=heard,
            )
        )
