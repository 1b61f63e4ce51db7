"""From a payload to its ack. Slack is told that it has delivered only after `handle` has returned, which is after
the desk's commit; what may take longer than an ack may (showing the answer) runs after it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from adapters.slack import answers, inbound
from adapters.slack.controls import Json
from adapters.slack.gateway import Gateway
from adapters.slack.payloads import Me, Payload
from core.language.answers import Answer
from core.language.commands import OPEN, split_word, verb
from core.language.events import CommandTyped, ConnectionRevoked, Inbound, MessagePosted, ShortcutUsed
from core.ports import DeliveryError

log = logging.getLogger(__name__)

# Beyond this many at once the rest waits outside: a socket is not read, HTTP gets a 503, and Slack tries again.
MOST_IN_FLIGHT: Final = 500
# Slack waits three seconds for an ack, the way to it included, and shows nothing of a later one's body.
PATIENCE: Final = 2.5

Handle = Callable[[Inbound], Awaitable[Answer | None]]


@dataclass(frozen=True, slots=True)
class Ack:
    """`accepted` False: no ack, the platform shall deliver again. `body` may be empty."""

    accepted: bool
    body: Json


_REFUSED: Final = Ack(False, {})


class Intake:
    """Counts what is in flight, so that a stop can wait for it. `me` is None until Slack has said who we are. `revoked`
    is told why, when Slack says that it takes the app's access away."""

    def __init__(
        self,
        handle: Handle,
        gateway: Gateway,
        now: Callable[[], datetime],
        most: int = MOST_IN_FLIGHT,
        patience: float = PATIENCE,
        revoked: Callable[[str], None] = lambda reason: None,
    ) -> None:
        self.me: Me | None = None
        self._revoked = revoked
        self._handle = handle
        self._gateway = gateway
        self._now = now
        self._patience = patience
        self._open = True
        self._in_flight = 0
        self._showing: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self.room = asyncio.Semaphore(most)
        # Since when nothing was refused: Slack does not try for ever.
        self.taking_since: datetime | None = None
        self._refusing = False
        # By time.monotonic().
        self.last_payload = time.monotonic()

    @property
    def in_flight(self) -> int:
        return self._in_flight

    @property
    def full(self) -> bool:
        return self.room.locked()

    async def take(self, payload: Payload) -> Ack:
        """Never raises."""
        if not self._open or self.me is None:
            return _REFUSED
        self._in_flight += 1
        self._idle.clear()
        self.last_payload = time.monotonic()
        try:
            async with self.room:
                return await self._take(payload, self.me)
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._idle.set()

    async def _take(self, payload: Payload, me: Me) -> Ack:
        event: Inbound | None
        began = time.monotonic()
        try:
            event = inbound.read(payload, me, self._now())
        except ValueError as problem:
            # Delivering it again would not make it readable; the desk keeps it.
            event = inbound.unreadable(payload, me, self._now(), str(problem)[:300])
            log.error("unreadable payload", extra={"event_id": event.event_id, "problem": event.problem})
        if event is None:
            return Ack(True, {})
        if isinstance(event, ConnectionRevoked):
            self._revoked(event.reason)
        try:
            answer = await self._handle(await self._placed(event))
        except Exception:
            log.exception("not acked", extra={"event_id": event.event_id, "kind": type(event).__name__})
            self._refusing = True
            return _REFUSED
        if self._refusing:
            self._refusing, self.taking_since = False, self._now()
        try:
            late = time.monotonic() - began > self._patience
            return self._answered(answer, answers.asked(payload, event), late=late)
        except Exception:
            # What the person sees is a loss; what they did is safe.
            log.exception("the answer could not be drawn", extra={"kind": type(event).__name__})
            return Ack(True, {})

    async def _placed(self, event: Inbound) -> Inbound:
        """Slack's payloads do not tell direct messages with the desk from those between other people, where the desk
        cannot write."""
        match event:
            case CommandTyped(direct=True) if verb(split_word(event.text)[0]) is OPEN:
                if not await self._gateway.is_with_us(event.place.channel, event.person):
                    return replace(event, direct=False)
            case ShortcutUsed(message=MessagePosted(direct=True) as message):
                if not await self._gateway.is_with_us(message.ref.channel, event.person):
                    return replace(event, message=replace(message, direct=False))
        return event

    def _answered(self, answer: Answer | None, to: answers.Asked, *, late: bool) -> Ack:
        found = answers.body(answer, to, self._gateway)
        if found is not None and not (late and to.response_url):
            return Ack(True, found)
        if answer is not None:
            task = asyncio.create_task(self._show(answer, to))
            self._showing.add(task)
            task.add_done_callback(self._showing.discard)
        return Ack(True, {})

    async def _show(self, answer: Answer, to: answers.Asked) -> None:
        context: dict[str, Any] = {"answer": answer.kind, "surface": to.surface}
        try:
            await answers.show(answer, to, self._gateway)
        except DeliveryError as error:
            log.warning("the answer was not shown: %s", error, extra=context)
        except Exception:
            log.exception("the answer was not shown", extra=context)

    async def close(self, within: float) -> None:
        """No new payloads; waits at most `within` seconds for those in flight and for answers being shown."""
        self._open = False
        try:
            async with asyncio.timeout(within):
                await self._idle.wait()
                if self._showing:
                    await asyncio.wait(set(self._showing))
        except TimeoutError:
            log.warning("still in flight at the end: %d", self._in_flight)
