"""What people do on both platforms while the desk is away: words, edits, deletions and reactions in old and new
threads, drawn by lot with a fixed seed; and whether the desk has it all afterwards."""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from support.whole_desk import ANN, BO, GLOBEX, RAJ, People

from sandbox.app import Sandbox
from sandbox.discord import permissions, seed, threads
from sandbox.model import Message

# The platform's spelling of what a reaction is called in desk.yaml.
CALLED = {"eyes": "eyes", "rotating_light": "rotating_light", "👀": "eyes", "🚨": "rotating_light"}
_WAYS = ("new", "answer", "answer", "answer", "edit", "edit", "delete", "react", "unreact")


@dataclass
class OnSlack:
    """People in a customers' channel and its threads, which hang on `roots`, and in the direct conversation
    `direct`."""

    sandbox: Sandbox
    direct: str = ""
    roots: list[str] = field(default_factory=list)
    customers: tuple[str, ...] = (ANN, RAJ)
    channel: str = GLOBEX
    emoji: tuple[str, ...] = ("eyes", "rotating_light")
    lot: random.Random = field(default_factory=lambda: random.Random(20))

    def say(self, person: str, text: str) -> str:
        return self.sandbox.world.post(self.channel, person, text).id

    def answer(self, person: str, root: str, text: str) -> None:
        self.sandbox.world.post(self.channel, person, text, thread=root)

    def whisper(self, text: str) -> None:
        self.sandbox.world.post(self.direct, self.customers[0], text)

    def rooms(self) -> list[str]:
        return [self.channel, self.direct]

    def messages(self) -> list[Message]:
        """What customers say, as it stands now."""
        rooms = (self.sandbox.world.rooms[room] for room in self.rooms())
        return [m for room in rooms for m in room.by_id.values() if m.author in self.customers and not m.deleted]

    def account(self, person: str) -> str:
        return person

    def may_change(self, message: Message) -> bool:
        return True

    # --- while nobody listens ---------------------------------------------------------------------------------

    def act(self, times: int) -> Counter[str]:
        """So many things, each of which changes something; what they were."""
        done: Counter[str] = Counter()
        while done.total() < times:
            way = self.lot.choice(_WAYS)
            done[way] += self._does(way, f"{way} {done.total()}")
        return done

    def _does(self, way: str, words: str) -> bool:
        world, lot = self.sandbox.world, self.lot
        person, message = lot.choice(self.customers), lot.choice([m for m in self.messages() if self.may_change(m)])
        match way:
            case "new":
                self.roots.append(self.say(person, words))
            case "answer":
                self.answer(person, lot.choice(self.roots), words)
            case "edit":
                world.edit(message.channel, message.id, message.author, text=words)
            case "delete" if message.id not in self.roots:
                world.delete(message.channel, message.id, message.author)
            case "react":
                return world.react(message.channel, message.id, BO, lot.choice(self.emoji))
            case "unreact":
                return world.unreact(message.channel, message.id, BO, lot.choice(self.emoji))
            case _:
                return False
        return True


@dataclass
class OnDiscord(OnSlack):
    """A thread is a channel of its own here, and one that is archived takes neither edits nor reactions."""

    customers: tuple[str, ...] = (seed.KIM, seed.LEE)
    channel: str = seed.HELP
    emoji: tuple[str, ...] = ("👀", "🚨")

    def answer(self, person: str, root: str, text: str) -> None:
        discord, world = self.sandbox.discord, self.sandbox.world
        somebody = world.person(person)
        if root not in world.channels:
            threads.from_message(discord, world.message(self.channel, root), somebody, {"name": "A thread"})
        threads.wake(discord, world.channel(root), somebody)
        world.post(root, person, text)

    def rooms(self) -> list[str]:
        return [*super().rooms(), *(thread.id for thread in self.sandbox.world.threads_of(self.channel))]

    def messages(self) -> list[Message]:
        return [message for message in super().messages() if message.traits.get("type", 0) == 0]

    def account(self, person: str) -> str:
        return permissions.account(self.sandbox.world.person(person))

    def may_change(self, message: Message) -> bool:
        return not self.sandbox.world.channel(message.channel).archived


async def agreed(people: People, *chats: OnSlack) -> None:
    """Waits until the desk has what stands on the platforms."""
    found: list[str] = []

    async def same() -> bool:
        found[:] = [one for chat in chats for one in await differences(people, chat)]
        return not found

    try:
        await people.until(same, "the desk has it all")
    except AssertionError:
        raise AssertionError("\n".join(found)) from None


async def differences(people: People, chat: OnSlack) -> list[str]:
    """What the desk has otherwise than it stands on the platform: each word once, as it reads now, nothing that is
    gone, and who has put which reaction on what."""
    rows = await people.rows("SELECT connection, external, body, deleted_at FROM message WHERE external IS NOT NULL")
    ours = [row for row in rows if row.connection == ("community" if isinstance(chat, OnDiscord) else "main")]
    found = [f"{n} times {one}" for one, n in Counter(row.external for row in ours).items() if n > 1]
    kept = {row.external: row.body for row in ours if row.deleted_at is None}
    standing = {message.id: message for message in chat.messages()}
    for one, message in standing.items():
        if kept.get(one) != message.text:
            found.append(f"{one} says “{message.text}”, the desk has {kept.get(one)!r}")
    found += [f"{one} is gone: {body}" for one, body in kept.items() if one not in standing]
    return found + await _other_reactions(people, chat, standing)


async def _other_reactions(people: People, chat: OnSlack, standing: dict[str, Message]) -> list[str]:
    there = {
        (one, chat.account(person), CALLED[emoji])
        for one, message in standing.items()
        for emoji, by in message.reactions.items()
        for person in by
    }
    rows: list[Any] = await people.rows('SELECT message, "user", name FROM reaction WHERE is_on')
    known = {(row.message, row.user, row.name) for row in rows if row.message in standing}
    return [f"only on the platform: {one}" for one in sorted(there - known)] + [
        f"only in the desk: {one}" for one in sorted(known - there)
    ]
