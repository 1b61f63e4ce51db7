"""A server has at most 1,000 active threads (https://docs.discord.com/developers/topics/threads). When it is full,
those of solved tickets are put away, the oldest first."""

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Final

from adapters.discord.api import Api
from core.language.places import Place
from core.ports import RefusedByPlatform

log = logging.getLogger(__name__)

# Of these threads' ids, those of solved tickets, the oldest solution first.
Solved = Callable[[Collection[str]], Awaitable[Sequence[Place]]]

# So many at a time: room for a while, and done within the time of one delivery.
_MOST: Final = 10


async def none_solved(threads: Collection[str]) -> Sequence[Place]:
    return ()


async def make_room(api: Api, guilds: list[str], solved: Solved) -> bool:
    """Whether there is room now. Raises a DeliveryError."""
    active: set[str] = set()
    for guild in guilds:
        active |= {str(thread["id"]) for thread in await api.active_threads(guild)}
    made = False
    for place in (await solved(active))[:_MOST]:
        if place.thread is None:
            continue
        try:
            await api.change_channel(place.thread, {"archived": True})
            made = True
        except RefusedByPlatform as error:
            log.warning("a solved ticket's thread cannot be put away: %s", error)
    return made
