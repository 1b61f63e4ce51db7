"""The journeys' stage on the sandbox's Discord. Its managers read in the triage channel."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

from support.stages.discord_words import EMOJI, SHORTCUTS, button, buttons, option, words
from support.stages.stage import Ids, Person, Room, Seen, Stage, desk_file
from support.whole_desk import WholeDesk, desk_in, world

from sandbox.discord import interact, seed
from sandbox.discord import permissions as may
from sandbox.model import Message
from sandbox.outcome import Outcome

IDS = Ids(
    platform="discord",
    people={"customer": seed.KIM, "bo": seed.BO, "ida": seed.IDA, "mia": seed.MIA},
    rooms={"help": seed.HELP, "triage": seed.TRIAGE, "managers": seed.TRIAGE},
)


class DiscordStage(Stage):
    name = "Kim Holm"

    def __init__(self, desk: WholeDesk) -> None:
        super().__init__()
        self.app = desk.app
        self.desk = desk
        self.changed = desk.changed
        self.discord = desk.sandbox.discord
        self.world = desk.sandbox.world

    async def write(self, person: Person, room: Room, words: str, thread: str | None = None) -> str:
        typed = words.replace("@desk", f"<@{seed.BOT}>")
        fields = {"channel": IDS.rooms[room], "text": typed, "raw": True, **({"thread": thread} if thread else {})}
        return str((await self._act("post", person, **fields))["ts"])

    async def edit(self, person: Person, room: Room, message: str, words: str, thread: str | None = None) -> None:
        await self._act("edit", person, channel=thread or IDS.rooms[room], message=message, text=words)

    async def delete(self, person: Person, room: Room, message: str, thread: str | None = None) -> None:
        await self._act("delete", person, channel=thread or IDS.rooms[room], message=message)

    async def share(self, person: Person, room: Room, name: str, data: bytes, thread: str) -> None:
        answer = await self.desk.control.post(
            "/control/upload",
            data={"as": IDS.people[person], "channel": IDS.rooms[room], "thread": thread, "text": "here"},
            files={"file": (name, data, "text/plain")},
        )
        assert answer.status_code == 200, answer.text

    async def react(self, person: Person, message: Seen, emoji: str) -> None:
        await self._act("react", person, channel=message.raw.channel, message=message.id, name=EMOJI[emoji])

    async def unreact(self, person: Person, message: Seen, emoji: str) -> None:
        await self._act("unreact", person, channel=message.raw.channel, message=message.id, name=EMOJI[emoji])

    async def press(self, person: Person, message: Seen, label: str) -> None:
        custom_id = button(message.raw.blocks, label)
        await self._use(person, message, custom_id, None)

    async def choose(self, person: Person, message: Seen, label: str) -> None:
        custom_id, value = option(message.raw.blocks, label)
        await self._use(person, message, custom_id, value)

    async def _use(self, person: Person, message: Seen, custom_id: str, value: str | None) -> None:
        who, where = IDS.people[person], message.raw.channel
        _done(await interact.press(self.discord, who, where, message.id, custom_id, value))

    async def submit(self, person: Person, **values: str) -> None:
        _done(await interact.submit(self.discord, IDS.people[person], values))

    async def command(self, person: Person, room: Room, verb: str, ticket: int | None = None, **values: str) -> str:
        given = {**({"ticket": f"T-{ticket}"} if ticket else {}), **values}
        who, where = IDS.people[person], IDS.rooms[room]
        done = _done(await interact.command(self.discord, who, where, f"/ticket {verb}", given))
        return (await self.told(person))[-1] if done.body["message"] else ""

    async def shortcut(self, person: Person, message: Seen, name: Literal["open_ticket", "send_to_customer"]) -> None:
        who, where = IDS.people[person], message.raw.channel
        _done(await interact.menu(self.discord, who, SHORTCUTS[name], where, message.id))

    async def pass_time(self, seconds: float) -> None:
        await self.desk.pass_time(advance_seconds=seconds)

    async def next_morning(self) -> None:
        await self.desk.pass_time(to="next_morning")

    def mention(self, person: Person) -> str:
        return f"<@{IDS.people[person]}>"

    async def sees(self, person: Person, room: Room, thread: str | None = None) -> list[Seen]:
        channel = self.world.channels.get(thread or IDS.rooms[room])
        who = self.world.person(IDS.people[person])
        if channel is None or not may.in_channel(self.world, who, channel) & may.VIEW_CHANNEL:
            return []
        said = [*self.world.history(channel.id), *self.world.ephemerals_of(who.id, channel.id)]
        return [self._seen(room, thread, one) for one in sorted(said, key=lambda one: int(one.id))]

    def _seen(self, room: Room, thread: str | None, message: Message) -> Seen:
        return Seen(
            room,
            message.id,
            thread,
            words(message.text, message.blocks),
            by_desk=message.author == seed.BOT,
            buttons=buttons(message.blocks),
            files=tuple(self.world.file(one).name for one in message.files),
            alone=message.only_for is not None,
            raw=message,
        )

    async def told(self, person: Person) -> list[str]:
        """Answers to what they asked, and direct messages."""
        who = self.world.person(IDS.people[person])
        direct = [one for one in self.world.channels.values() if one.kind == "im" and who.id in one.members]
        said = [m for one in direct for m in self.world.history(one.id) if m.author == seed.BOT]
        said += self.world.ephemerals.get(who.id, {}).values()
        return [words(one.text, one.blocks) for one in sorted(said, key=lambda one: int(one.id))]

    async def _act(self, path: str, person: Person, **fields: Any) -> dict[str, Any]:
        return await self.desk.post(path, **{"as": IDS.people[person]}, **fields)


def _done(outcome: Outcome) -> Outcome:
    assert outcome.ok, outcome
    return outcome


@contextlib.asynccontextmanager
async def discord_stage(database_url: str, folder: Path) -> AsyncIterator[Stage]:
    async with (
        world(folder) as found,
        desk_in(
            found,
            database_url,
            DESKHAND_CONFIG=str(desk_file(folder, IDS)),
            DISCORD_BOT_TOKEN="discord-sandbox",
            DISCORD_API_URL=f"{found.sandbox.base_url}/discord/api/v10",
        ) as desk,
    ):
        yield DiscordStage(desk)
