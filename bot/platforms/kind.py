"""What the program has to know of a chat platform to offer it: one `Kind`, and an adapter that it makes."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from bot.findings import Finding
from bot.settings import Settings
from core.language.answers import Answer
from core.language.events import Inbound
from core.language.places import Place
from core.language.policy import Policy
from core.ports import BlobStore, ChatPlatform

if TYPE_CHECKING:  # a policy file is read without a web server
    from starlette.requests import Request
    from starlette.responses import Response

# What desk.yaml names by a platform's own ids.
Named = Literal["channel", "user", "group"]


class Adapter(ChatPlatform, Protocol):
    """A platform's connection that can be started and stopped. `tests/support/chat_contract.py` shows the rest."""

    async def start(self) -> None:
        """Connects. Raises BadConfig for what no waiting mends (a refused token); while the platform cannot be
        reached it tries on in the background and `health` says so."""
        ...

    async def stop_intake(self, within: float) -> None:
        """Takes nothing new in and waits at most `within` seconds for what is in flight; effects can still be
        delivered."""
        ...

    async def stop(self) -> None:
        """Ends everything; also what was never started."""
        ...

    def health(self) -> Mapping[str, Any]:
        """At once: `ok`, whether events can come in, and `why` not (empty when ok)."""
        ...

    async def channel_name(self, channel: str) -> str | None:
        """What a channel is called; empty when it cannot be asked, or has no name. None when the platform says that
        there is no such channel, or none that the desk can see."""
        ...

    def endpoints(self) -> "Mapping[str, Callable[[Request], Awaitable[Response]]]":
        """What the platform posts to at the desk's own HTTP, by path; empty where the adapter connects by itself."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an adapter works with: `handle` takes an event in and returns when it is committed; `now` is the desk's
    clock; `solved` says of a connection's threads which are those of solved tickets, the oldest solution first."""

    handle: Callable[[Inbound], Awaitable[Answer | None]]
    blobs: BlobStore
    now: Callable[[], datetime]
    policy: Policy
    solved: Callable[[str, Collection[str]], Awaitable[Sequence[Place]]]


@dataclass(frozen=True, slots=True)
class Ids:
    """How a platform's ids look: a pattern for all of one, an example, and where a person finds one."""

    pattern: str
    example: str
    where: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A platform as desk.yaml and the composition root know it.

    `group` is desk.yaml's word for several people at once. `only_one` says why there is one connection of the kind.
    `lacks` says which setting is missing, and `build` raises BadConfig with it; `examine` looks at a live connection
    and changes nothing. The last two import what they need when they are called: a policy file is read before anything
    heavy is loaded."""

    name: str
    title: str
    ids: Mapping[Named, Ids]
    group: str
    only_one: str
    lacks: Callable[[Settings], str | None]
    build: Callable[[Settings, str, Surroundings], Adapter]
    examine: Callable[[Settings, Policy | None], AsyncIterator[Finding]]


Kinds = Mapping[str, Kind]
