"""One round of reading what a platform's history says, handled as if it had just come. Receipts make it harmless to
read too much, or the same twice."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from core.desk import starting
from core.desk.desk import Desk
from core.language.events import (
    Inbound,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionAdded,
    ReactionRemoved,
    receipt_key,
)
from core.language.places import Identity, MessageRef, Place
from core.ports import ChatPlatform, DeliveryError, RateLimited, RefusedByPlatform
from core.store import cursors, panels, reactions
from core.store.cursors import OpenThread
from core.store.reactions import Reaction

log = logging.getLogger(__name__)

_PAGE = 200
_THREADS = 100
_WHOLE = 10_000
# What changes on a ticket that was solved longer ago is heard only while the desk listens.
SOLVED_FOR = timedelta(days=3)
# By which the platform's clock may be behind ours.
_CLOCKS = timedelta(minutes=1)
# Some platforms' times are whole seconds.
_SECOND = timedelta(seconds=1)
# So many times in a row nothing could be read, and the platform is away again.
_AWAY = 3

T = TypeVar("T")
Raws = tuple[Mapping[str, Any], ...]


class Interrupted(Exception):
    """The platform cannot be asked now; the round has to be begun again."""


@dataclass(slots=True)
class Report:
    """What a round brought in, by channel; `unread` are channels that could not be read, and why. Only what was written
    before `back` counts as missed: what comes later comes by itself, too."""

    back: datetime
    messages: int = 0
    changes: int = 0
    channels: set[Place] = field(default_factory=set)
    unread: dict[Place, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Seen:
    """What a reading showed: of which messages, and who has reacted to them."""

    newest: str | None = None
    messages: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    reactions: set[Reaction] = field(default_factory=set)

    def add(self, other: "_Seen") -> None:
        self.messages |= other.messages
        self.gone |= other.gone
        self.reactions |= other.reactions


class Round:
    """Reads channels from their marks, threads that were touched since, and whole those whose tickets are unsolved, or
    were solved a few days ago: for edits, deletions and reactions."""

    def __init__(self, desk: Desk, platform: ChatPlatform, report: Report) -> None:
        self._desk = desk
        self._platform = platform
        self._report = report
        self._wanted = frozenset(desk.policy.reactions)
        self._failures = 0

    async def read(self) -> None:
        """Raises Interrupted, DatabaseDown."""
        for place, mark in (await self._marks()).items():
            await self._read_from(place, mark)
            for thread in await self._touched(place, mark):
                await self._read_from(thread, mark)
        await self._open_threads()
        await self._panels()
        if self._failures:
            raise Interrupted

    async def _panels(self) -> None:
        """One that was deleted meanwhile is put up again."""
        for ref in await self._desk.store.read(panels.standing):
            if ref.connection == self._platform.connection:
                for raw in await self._ask(ref.place, self._one(ref)) or ():
                    event = self._normalised(raw)
                    if isinstance(event, MessageDeleted):
                        await self._desk.handle(event)

    async def _marks(self) -> dict[Place, str]:
        """Where to begin in each channel. One without a mark is read from when the desk first saw it."""
        marks = await self._desk.store.read(cursors.marks)
        begun = await self._desk.store.read(starting.listened_since)
        found: dict[Place, str] = {}
        for place, mark in marks.items():
            if place.connection != self._platform.connection:
                continue
            if mark is not None:
                found[place] = mark
            elif place in begun:
                found[place] = self._platform.id_at(begun[place] - _CLOCKS)
        return found

    async def _read_from(self, place: Place, mark: str) -> None:
        """To the end, however far that is: a round counts as whole, and the mark then moves over all of it."""
        after: str | None = mark
        while True:
            raws = await self._ask(place, self._history(place, after, _PAGE))
            seen = await self._take(raws or ())
            if seen.newest in (None, after):
                return
            after = seen.newest

    async def _touched(self, channel: Place, mark: str) -> tuple[Place, ...]:
        return await self._ask(channel, lambda: self._platform.touched(channel, after=mark)) or ()

    # --- threads of tickets -----------------------------------------------------------------------------------

    async def _open_threads(self) -> None:
        after = 0
        since = self._desk.clock.now() - SOLVED_FOR
        name = self._platform.connection
        while True:
            page = await self._desk.store.read(
                lambda c, after=after: cursors.open_threads(c, name, after, since, _THREADS)
            )
            for thread in page:
                await self._thread(thread)
            if len(page) < _THREADS:
                return
            after = page[-1].conversation

    async def _thread(self, thread: OpenThread) -> None:
        standing = await self._desk.store.read(lambda c: cursors.standing_in(c, thread))
        raws = await self._ask(thread.place, self._history(thread.place, None, _WHOLE))
        if raws is None:
            return
        seen = await self._take(raws)
        # Those that stand elsewhere, and those that are gone.
        for ref in sorted(standing.written, key=lambda ref: ref.message):
            if ref.message not in seen.messages:
                alone = await self._ask(thread.place, self._one(ref))
                if alone is None:
                    return
                seen.add(await self._take(alone))
        await self._taken_off(thread.place, standing.written | standing.posted, seen)

    async def _taken_off(self, place: Place, refs: Collection[MessageRef], seen: _Seen) -> None:
        """Reactions that were known and are not there any more."""
        by_id = {ref.message: ref for ref in refs}
        known = await self._desk.store.read(lambda c: reactions.on(c, place.connection, place.channel, by_id))
        for message, user, name in sorted(known - seen.reactions):
            # A message takes its reactions with it, and nobody has taken them off.
            if message in seen.gone or name not in self._wanted:
                continue
            event = ReactionRemoved(
                connection=place.connection,
                at=datetime.now(UTC),
                ref=by_id[message],
                person=Identity(place.connection, user),
                name=name,
                event_time="",
            )
            await self._desk.handle(event)
            self._report.changes += 1

    # --- asking and handling ----------------------------------------------------------------------------------

    def _history(self, place: Place, after: str | None, limit: int) -> Callable[[], Awaitable[Raws]]:
        return lambda: self._platform.history(place, after=after, limit=limit, reactions=self._wanted)

    def _one(self, ref: MessageRef) -> Callable[[], Awaitable[Raws]]:
        return lambda: self._platform.look_up(ref, reactions=self._wanted)

    async def _ask(self, place: Place, ask: Callable[[], Awaitable[T]]) -> T | None:
        """None for what cannot be read, now or ever. Raises Interrupted."""
        while True:
            try:
                found = await ask()
            except RateLimited as limited:
                await asyncio.sleep(limited.retry_after)
                continue
            except RefusedByPlatform as error:
                log.warning("history of %s cannot be read: %s", place, error)
                self._report.unread[place.parent] = error.code
                return None
            except DeliveryError as error:
                log.warning("history of %s cannot be read now: %s", place, error)
                self._failures += 1
                if self._failures >= _AWAY:
                    raise Interrupted from error
                return None
            return found

    async def _take(self, raws: Raws) -> _Seen:
        """Handle those that are new, in order."""
        events = [event for raw in raws if (event := self._normalised(raw)) is not None]
        known = await self._known(events)
        seen = _Seen()
        for event in events:
            match event:
                case MessagePosted(ref=ref):
                    seen.newest = ref.message
                    seen.messages.add(ref.message)
                case MessageEdited(ref=ref):
                    seen.messages.add(ref.message)
                case MessageDeleted(ref=ref):
                    seen.messages.add(ref.message)
                    seen.gone.add(ref.message)
                case ReactionAdded(ref=ref, person=person, name=name):
                    seen.reactions.add((ref.message, person.user, name))
            if not known(event):
                await self._desk.handle(event, caught_up=True)
                self._count(event)
        return seen

    async def _known(self, events: Sequence[Inbound]) -> Callable[[Inbound], bool]:
        """Says whether an event was taken in before."""
        on = self._platform.connection
        keys = [key for event in events if (key := receipt_key(event))]
        received = await self._desk.store.read(lambda c: cursors.known(c, on, keys))
        there: set[tuple[str, Reaction]] = set()
        by_channel: dict[str, set[str]] = {}
        for event in events:
            if isinstance(event, ReactionAdded):
                by_channel.setdefault(event.ref.channel, set()).add(event.ref.message)
        for channel, ids in by_channel.items():
            found = await self._desk.store.read(lambda c, ch=channel, ids=ids: reactions.on(c, on, ch, ids))
            there |= {(channel, one) for one in found}

        def is_known(event: Inbound) -> bool:
            if isinstance(event, ReactionAdded):
                return (event.ref.channel, (event.ref.message, event.person.user, event.name)) in there
            return receipt_key(event) in received

        return is_known

    def _count(self, event: Inbound) -> None:
        match event:
            case MessagePosted(ref=ref) if _latest(event.at) < self._report.back:
                self._report.messages += 1
                self._report.channels.add(ref.place.parent)
            case MessagePosted():
                pass
            case MessageEdited() if _latest(event.at) >= self._report.back:
                pass
            case _:
                self._report.changes += 1

    def _normalised(self, raw: Mapping[str, Any]) -> Inbound | None:
        try:
            return self._platform.normalise(raw)
        except ValueError:
            log.warning("a message of the history makes no sense and is left out")
            return None


def _latest(at: datetime) -> datetime:
    """The latest moment that a platform may mean by a time."""
    return at if at.microsecond else at + _SECOND
