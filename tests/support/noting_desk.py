"""A desk that writes down what it gets, for tests of adapters."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from core.language.answers import Answer
from core.language.events import Inbound

E = TypeVar("E")
_PATIENCE = 10.0


class Desk:
    """Writes down each event before `answer` decides what it gets (which may raise)."""

    def __init__(self) -> None:
        self.events: list[Inbound] = []
        self.answer: Callable[[Inbound], Awaitable[Answer | None]] = _nothing
        self._changed = asyncio.Condition()

    async def handle(self, event: Inbound) -> Answer | None:
        async with self._changed:
            self.events.append(event)
            self._changed.notify_all()
        return await self.answer(event)

    def replies(self, answer: Answer | None) -> None:
        async def always(event: Inbound) -> Answer | None:
            return answer

        self.answer = always

    async def until(self, count: int) -> list[Inbound]:
        """All events, once there are that many."""
        async with asyncio.timeout(_PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.events) >= count)
        return self.events

    async def next(self, kind: type[E]) -> E:
        """The first event of a kind."""
        async with asyncio.timeout(_PATIENCE), self._changed:
            await self._changed.wait_for(lambda: any(isinstance(event, kind) for event in self.events))
        return next(event for event in self.events if isinstance(event, kind))


async def _nothing(event: Inbound) -> Answer | None:
    return None
