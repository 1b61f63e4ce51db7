"""Who the desk's agents are is known before anything is handled: somebody who is an agent only by a platform's group
would count as a customer until its members have been read for the first time."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from core.desk import footing, starting
from core.language.policy import Policy
from core.store.engine import DatabaseDown, Store

log = structlog.get_logger(__name__)

# Seconds in which a platform that can be reached does not tell before the desk goes on without.
PATIENCE = 10.0
_LOOK_AGAIN = 0.5


class Introductions:
    """`health` by connection. `made` waits until it is known; the platforms wait for their ack that long."""

    def __init__(
        self,
        store: Store,
        policy: Policy,
        health: Mapping[str, Callable[[], dict[str, Any]]],
        patience: float = PATIENCE,
    ) -> None:
        self._store = store
        self._policy = policy
        self._health = health
        self._patience = patience
        self._made = asyncio.Event()
        self._ending = False

    async def made(self) -> None:
        """Raises ConnectionAbortedError when the desk stops before: nothing was taken in then."""
        await self._made.wait()
        if self._ending:
            raise ConnectionAbortedError("the desk stops before it knows its agents")

    def abandon(self) -> None:
        """The desk stops. What waits is refused, and delivered again to the next that runs."""
        self._ending = not self._made.is_set()
        self._made.set()

    def check(self) -> dict[str, Any]:
        return {"ok": self._made.is_set(), "why": "" if self._made.is_set() else "reading who is in the agents' groups"}

    async def make(self) -> None:
        """Returns when all groups have been read, or were asked for in vain for too long."""
        left = self._patience
        while missing := await self._unread():
            if left <= 0:
                log.warning("groups_not_read", groups=sorted(str(group) for group in missing))
                break
            # While a platform cannot be reached nobody writes there either.
            if all(self._health[connection]()["ok"] for connection, _ in missing):
                left -= _LOOK_AGAIN
            await self._store.wait(footing.GROUP_READ, _LOOK_AGAIN)
        self._made.set()

    async def _unread(self) -> set[tuple[str, str]]:
        try:
            return await self._store.read(lambda connection: starting.unread_groups(connection, self._policy))
        except DatabaseDown:
            return {(group.connection, group.group) for group in self._policy.agent_groups}
