"""A platform with the whole desk on it, as its people use it: what the journeys are written for.

Words are compared as they read, without markup, so a journey says the same on every platform.
"""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import text

from bot.app import App

# A customer, two agents, and who reads the digest.
Person = Literal["customer", "bo", "ida", "mia"]
# The last two are Discord's alone: a forum, and a channel in which one asks by a form.
Room = Literal["help", "triage", "managers", "ideas", "panel"]

PATIENCE = 15.0


@dataclass(frozen=True)
class Seen:
    """A message as somebody sees it. `words` begin with the name that it is shown under, where that is not the desk's;
    `thread` is the id of the message that its thread hangs on. `alone`: nobody else sees it. `raw` is the stage's."""

    room: Room
    id: str
    thread: str | None
    words: str
    by_desk: bool
    buttons: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    alone: bool = False
    raw: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Ids:
    """How a platform calls the people, rooms and the group of agents of the journeys' desk."""

    platform: str
    people: Mapping[Person, str]
    rooms: Mapping[Room, str]


def desk_file(folder: Path, ids: Ids, more: Sequence[str] = ()) -> Path:
    """The desk that the journeys are about: always open, two hours for a first answer. `more`: further channels."""
    people, rooms = ids.people, ids.rooms
    channels = ", ".join([f"{{connection: main, channel: '{rooms['help']}'}}", *more])
    path = folder / "journeys.yaml"
    path.write_text(f"""
desk: {{name: Acme Support, timezone: Europe/Berlin}}
connections: [{{id: main, platform: {ids.platform}}}]
agents:
  - {{id: bo, name: Bo Lind, role: agent, identities: [{{connection: main, user: '{people["bo"]}'}}]}}
  - {{id: ida, name: Ida Sand, role: agent, identities: [{{connection: main, user: '{people["ida"]}'}}]}}
  - {{id: mia, name: Mia Roth, role: lead, identities: [{{connection: main, user: '{people["mia"]}'}}]}}
teams: [{{id: support, name: Support, agents: [bo, ida], triage: {{connection: main, channel: '{rooms["triage"]}'}}}}]
accounts: [{{id: globex, name: Globex, tier: gold, channels: [{channels}]}}]
sla:
  - id: standard
    first_response: {{urgent: 30m, high: 1h, normal: 2h, low: 8h}}
    resolution: {{urgent: 4h, high: 1d, normal: 3d, low: 5d}}
    warn: [75%]
digests: [{{id: daily, to: {{connection: main, channel: '{rooms["managers"]}'}}, at: "08:30", days: mon-fri}}]
reactions:
  {{ticket: open, eyes: claim, white_check_mark: resolve, arrows_counterclockwise: reopen, rotating_light: urgent}}
""")
    return path


class Stage(ABC):
    """People act and look; `app` is the desk. `name` is the customer's."""

    app: App
    name: str

    def __init__(self) -> None:
        self.changed = asyncio.Event()

    # --- what people do

    @abstractmethod
    async def write(self, person: Person, room: Room, words: str, thread: str | None = None) -> str:
        """Say something; the message's id. `@desk` mentions the desk."""

    @abstractmethod
    async def edit(self, person: Person, room: Room, message: str, words: str, thread: str | None = None) -> None: ...
    @abstractmethod
    async def delete(self, person: Person, room: Room, message: str, thread: str | None = None) -> None: ...
    @abstractmethod
    async def share(self, person: Person, room: Room, name: str, data: bytes, thread: str) -> None:
        """Send a file."""

    @abstractmethod
    async def react(self, person: Person, message: Seen, emoji: str) -> None: ...
    @abstractmethod
    async def unreact(self, person: Person, message: Seen, emoji: str) -> None: ...
    @abstractmethod
    async def press(self, person: Person, message: Seen, label: str) -> None: ...
    @abstractmethod
    async def choose(self, person: Person, message: Seen, label: str) -> None:
        """One of a card's rare actions."""

    @abstractmethod
    async def submit(self, person: Person, **values: str) -> None:
        """Fill in and send the form that is open."""

    @abstractmethod
    async def command(self, person: Person, room: Room, verb: str, ticket: int | None = None, **values: str) -> str:
        """Give a slash command; the words of the answer, which nobody else sees."""

    @abstractmethod
    async def shortcut(self, person: Person, message: Seen, name: Literal["open_ticket", "send_to_customer"]) -> None:
        """Use what the desk offers on a message."""

    @abstractmethod
    async def pass_time(self, seconds: float) -> None:
        """Returns when the desk has told what came due."""

    @abstractmethod
    async def next_morning(self) -> None:
        """Until 08:30."""

    # --- what people see

    @abstractmethod
    def mention(self, person: Person) -> str:
        """How words mention somebody."""

    @abstractmethod
    async def sees(self, person: Person, room: Room, thread: str | None = None) -> list[Seen]:
        """Oldest first: a room's messages, or a thread's without its root; with what only this person sees there.
        Nothing where they may not look."""

    @abstractmethod
    async def told(self, person: Person) -> list[str]:
        """The words that only this person sees, oldest first."""

    async def finds(
        self, person: Person, room: Room, words: str, thread: str | None = None, *, by_desk: bool = True
    ) -> Seen:
        """The newest message for everybody there with these words, once the person sees it."""

        async def look() -> Seen | None:
            seen = [m for m in await self.sees(person, room, thread) if m.by_desk == by_desk and not m.alone]
            return next((m for m in reversed(seen) if words in m.words), None)

        found: Seen = await self.until(look, f"{person} sees “{words}” in {room}/{thread}")
        return found

    async def is_told(self, person: Person, words: str) -> None:
        async def look() -> bool:
            return any(words in one for one in await self.told(person))

        await self.until(look, f"{person} is told “{words}”")

    async def card(self, ticket: int, words: str = "") -> Seen:
        """The ticket's card, once it shows these words. There is never a second one."""

        async def look() -> Seen | None:
            posts = [m for m in await self.sees("bo", "triage") if m.by_desk and not m.thread]
            cards = [m for m in posts if m.words.startswith(f"T-{ticket} ") and "Status" in m.words]
            assert len(cards) <= 1, cards
            return cards[0] if cards and words in cards[0].words else None

        found: Seen = await self.until(look, f"the card of T-{ticket} shows “{words}”")
        return found

    async def until(self, look: Callable[[], Awaitable[Any]], what: str) -> Any:
        """The first true outcome of `look`, asked again whenever something changes."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    self.changed.clear()
                    if found := await look():
                        return found
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(0.1):
                            await self.changed.wait()
        except TimeoutError:
            raise AssertionError(f"never: {what}\n{await self._everything()}") from None

    async def _everything(self) -> str:
        rooms: tuple[Room, ...] = ("help", "triage", "managers")
        return "\n".join([f"{one}" for room in rooms for one in await self.sees("bo", room)])

    # --- what the desk's database says

    async def rows(self, query: str, **values: Any) -> list[Any]:
        return await self.app.store.read(lambda c: list(c.execute(text(query), values)))

    async def settled(self) -> None:
        """Nothing waits to be said any more, and nothing failed."""

        async def look() -> bool:
            return not await self.rows("SELECT 1 FROM outbox WHERE state IN ('pending', 'sending', 'unknown')")

        await self.until(look, "the outbox is empty")
        assert await self.rows("SELECT kind, error FROM outbox WHERE state = 'dead'") == []
        assert await self.rows("SELECT natural_key, error FROM receipt WHERE state = 'quarantined'") == []

    async def taken_in(self, message: str) -> None:
        """The desk has handled what was said, and did not only store it."""
        key = f"posted/%/{message}"

        async def look() -> list[Any]:
            return await self.rows("SELECT 1 FROM receipt WHERE state = 'handled' AND natural_key LIKE :key", key=key)

        await self.until(look, f"{message} is taken in")

    async def timeline(self, ticket: int, *events: str) -> list[str]:
        """What happened to a ticket, in order; of these kinds."""
        rows = await self.rows("SELECT event FROM timeline WHERE ticket = :n ORDER BY id", n=ticket)
        return [row[0] for row in rows if row[0] in events]
