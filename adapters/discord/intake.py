"""From an envelope to the desk. Discord delivers an event once and waits for no ack, so an event that the desk cannot
take in now (its database is down) is kept and tried again; what is lost with the process comes back from history."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from adapters.discord import answers, inbound
from adapters.discord.gateway import Gateway
from adapters.discord.payloads import Me, Payload, maybe
from core.language.answers import Answer, Say
from core.language.effects import Ephemeral
from core.language.events import FormSubmitted, Inbound, MessagePosted, ReactionAdded, Unreadable
from core.ports import DeliveryError

log = logging.getLogger(__name__)

MOST_IN_FLIGHT: Final = 500
# Seconds. Of the 3 that Discord waits, so much is the desk's before the response is put off.
PATIENCE: Final = 1.5
_FIRST_RETRY: Final = 0.25
_LONGEST_RETRY: Final = 15.0

Handle = Callable[[Inbound], Awaitable[Answer | None]]


class Intake:
    """Counts what is in flight, so that a stop can wait for it. `me` is None until Discord has said who we are."""

    def __init__(
        self,
        handle: Handle,
        gateway: Gateway,
        now: Callable[[], datetime],
        *,
        most: int = MOST_IN_FLIGHT,
        patience: float = PATIENCE,
    ) -> None:
        self.me: Me | None = None
        self._handle = handle
        self._gateway = gateway
        self._now = now
        self._patience = patience
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = asyncio.Event()
        self._room = asyncio.Semaphore(most)
        # Events that are being tried again.
        self.waiting = 0

    @property
    def in_flight(self) -> int:
        return self._in_flight

    async def take(self, payload: Payload, asked: answers.Asked | None = None) -> None:
        """Never raises. `asked`: the interaction that waits for an answer."""
        if self._closing.is_set() or self.me is None:
            return
        self._in_flight += 1
        self._idle.clear()
        try:
            async with self._room:
                event = self._read(payload, self.me)
                if event is not None and asked is not None and not isinstance(event, Unreadable):
                    await self._interaction(event, asked)
                elif event is not None:
                    await self._event(event)
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._idle.set()

    def _read(self, payload: Payload, me: Me) -> Inbound | None:
        try:
            return inbound.read(payload, me, self._now())
        except ValueError as problem:
            log.error("unreadable payload", extra={"kind": maybe(payload, "t"), "problem": str(problem)[:300]})
            return inbound.unreadable(payload, me, self._now(), str(problem)[:300])

    # --- what nobody waits for

    async def _event(self, event: Inbound) -> None:
        delay = _FIRST_RETRY
        while True:
            try:
                answer = await self._handle(event)
                break
            except Exception:
                log.exception("not taken in, trying again", extra={"kind": type(event).__name__})
            self.waiting += 1
            try:
                if await self._closes_within(delay):
                    return
            finally:
                self.waiting -= 1
            delay = min(delay * 2, _LONGEST_RETRY)
        if answer is not None:
            await self._tell(answer, event)

    async def _closes_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._closing.wait()
        except TimeoutError:
            return False

    async def _tell(self, answer: Answer, event: Inbound) -> None:
        """What is said to somebody who wrote or reacted, for them alone."""
        match event, answer:
            case ((MessagePosted(author=person) | ReactionAdded(person=person)), Say(card=card)):
                try:
                    await self._gateway.deliver(Ephemeral(event.ref.place, person, card), [], self.me)
                except DeliveryError as error:
                    log.warning("the answer was not shown: %s", error, extra={"kind": type(event).__name__})
            case _:
                log.warning("there is no way to show the answer", extra={"answer": answer.kind})

    # --- interactions

    async def _interaction(self, event: Inbound, asked: answers.Asked) -> None:
        entered = event.values if isinstance(event, FormSubmitted) else {}
        committing = asyncio.create_task(self._committed(event))
        try:
            if not asked.can_wait or await self._is_quick(committing):
                await answers.respond(self._gateway, asked, await committing, entered)
                return
            await answers.defer(self._gateway.api, asked)
            await answers.follow_up(self._gateway, asked, await committing, entered)
        except DeliveryError as error:
            # What the person sees is a loss; what they did is safe.
            log.warning("the answer was not shown: %s", error, extra={"kind": type(event).__name__})
        except Exception:
            log.exception("the answer could not be drawn", extra={"kind": type(event).__name__})
        finally:
            await committing

    async def _is_quick(self, committing: "asyncio.Task[Answer | None]") -> bool:
        done, _ = await asyncio.wait({committing}, timeout=self._patience)
        return bool(done)

    async def _committed(self, event: Inbound) -> Answer | None:
        try:
            return await self._handle(event)
        except Exception:
            log.exception("not taken in", extra={"kind": type(event).__name__})
            return answers.failed(self._gateway.voice)

    async def close(self, within: float) -> None:
        """No new events; waits at most `within` seconds for those in flight."""
        self._closing.set()
        try:
            async with asyncio.timeout(within):
                await self._idle.wait()
        except TimeoutError:
            log.warning("still in flight at the end: %d", self._in_flight)
