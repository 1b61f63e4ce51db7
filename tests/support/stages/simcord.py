"""The journeys' stage on SimCord: the same desk and adapter in this process, on a Discord that others wrote.

The world is there before the desk; starting the desk attaches its client. SimCord's clock stands still, and the desk's
is set to it.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import aiohttp.web
import discord
import simcord
from simcord.backend import serializers
from simcord.backend.cdn import CDN_BASE, CdnStore
from support.stages.discord_words import EMOJI, SHORTCUTS, buttons, option, selects, words
from support.stages.stage import Ids, Person, Room, Seen, Stage, desk_file

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.client import intents
from bot import deskfile
from bot.app import build, running
from bot.http import bind
from bot.platforms import PLATFORMS
from bot.platforms.kind import Adapter, Surroundings
from bot.settings import Settings, from_mapping

_EPHEMERAL = 1 << 6
# Seconds: SimCord's first day begins at midnight.
_NOON = 12 * 3600


class InSimCord(DiscordAdapter):
    """The adapter without its connection, which SimCord stands for."""

    env: simcord.Env

    async def start(self) -> None:
        await self.env.restart_bot(self.client)

    async def stop(self) -> None:
        await self.stop_intake()


class World:
    """A server with a customer, two agents and a manager, and where it serves files."""

    def __init__(self, env: simcord.Env) -> None:
        self.env = env
        self.guild = env.create_guild("Community")
        everyone = discord.Permissions(
            view_channel=True,
            send_messages=True,
            send_messages_in_threads=True,
            read_message_history=True,
            add_reactions=True,
            create_public_threads=True,
            attach_files=True,
            use_application_commands=True,
        )
        self.staff = self.guild.create_role("Staff", permissions=everyone)
        names = {"customer": "Kim Holm", "bo": "Bo Lind", "ida": "Ida Sand", "mia": "Mia Roth"}
        self.people: dict[Person, Any] = {}
        for person, name in names.items():
            user = env.create_user(name.split()[0].lower(), global_name=name)
            roles = [] if person == "customer" else [self.staff]
            self.people[person] = self.guild.add_member(user, roles=roles)
        nobody = discord.PermissionOverwrite(view_channel=False)
        staff = discord.PermissionOverwrite(view_channel=True)
        assert env.bot.user
        hidden = {self.guild.default_role: nobody, self.staff: staff, env.bot.user: staff}
        self.rooms: dict[Room, Any] = {
            "help": self.guild.create_text_channel("help"),
            "triage": self.guild.create_text_channel("triage", overwrites=hidden),
        }
        self.rooms["managers"] = self.rooms["triage"]

    @property
    def ids(self) -> Ids:
        return Ids(
            platform="discord",
            people={name: str(one.id) for name, one in self.people.items()},
            rooms={name: str(one.id) for name, one in self.rooms.items()},
        )


class SimCordStage(Stage):
    name = "Kim Holm"

    def __init__(self, world: World, adapter: InSimCord) -> None:
        super().__init__()
        self.world = world
        self.env = world.env
        self.backend: Any = world.env.backend
        self.adapter = adapter
        self._forms: dict[Person, Any] = {}
        self._answers: dict[Person, list[Any]] = {}
        self.backend.subscribers.append(lambda *event: self.changed.set())

    # --- what people do

    def _who(self, person: Person) -> Any:
        return self.world.people[person]

    def _where(self, room: Room, thread: str | None) -> Any:
        if thread is None:
            return self.world.rooms[room]
        return next(one for one in self.world.rooms[room].threads if str(one.id) == thread)

    def _message(self, room: Room, thread: str | None, message: str) -> Any:
        return next(one for one in self._where(room, thread).history() if str(one.id) == message)

    async def write(self, person: Person, room: Room, words: str, thread: str | None = None) -> str:
        typed = words.replace("@desk", f"<@{self.backend.bot_user.id}>")
        sent = await self._who(person).send(self._where(room, thread), typed)
        return str(sent.id)

    async def edit(self, person: Person, room: Room, message: str, words: str, thread: str | None = None) -> None:
        await self._who(person).edit(self._message(room, thread, message), words)

    async def delete(self, person: Person, room: Room, message: str, thread: str | None = None) -> None:
        await self._who(person).delete(self._message(room, thread, message))

    async def share(self, person: Person, room: Room, name: str, data: bytes, thread: str) -> None:
        await self._who(person).send(self._where(room, thread), "here", attachments=[(name, data)])

    async def react(self, person: Person, message: Seen, emoji: str) -> None:
        await self._who(person).react(self._found(message), EMOJI[emoji])

    async def unreact(self, person: Person, message: Seen, emoji: str) -> None:
        await self._who(person).unreact(self._found(message), EMOJI[emoji])

    def _found(self, message: Seen) -> Any:
        return self._message(message.room, message.thread, message.id)

    async def press(self, person: Person, message: Seen, label: str) -> None:
        self._note(person, await self._who(person).click(self._found(message), label=label))

    async def choose(self, person: Person, message: Seen, label: str) -> None:
        custom_id, value = option(message.raw["components"], label)
        self._note(person, await self._who(person).select(self._found(message), [value], custom_id=custom_id))

    async def submit(self, person: Person, **values: str) -> None:
        form = self._forms.pop(person)
        chosen = selects(form.modal["components"])
        filled = {key: [value] if key in chosen else value for key, value in values.items()}
        self._note(person, await self._who(person).submit_modal(form, filled))

    async def command(self, person: Person, room: Room, verb: str, ticket: int | None = None, **values: str) -> str:
        given = {**({"ticket": f"T-{ticket}"} if ticket else {}), **values}
        done = await self._who(person).slash(self._where(room, None), f"ticket {verb}", **given)
        self._note(person, done)
        return (await self.told(person))[-1]

    async def shortcut(self, person: Person, message: Seen, name: Literal["open_ticket", "send_to_customer"]) -> None:
        where = self._where(message.room, message.thread)
        self._note(person, await self._who(person).context_menu(where, SHORTCUTS[name], self._found(message)))

    def _note(self, person: Person, done: Any) -> None:
        assert done.acknowledged
        if done.modal:
            self._forms[person] = done
        self._answers.setdefault(person, []).append(done)

    async def open_post(self, person: Person, forum: Room, title: str, words: str) -> str:
        """In a forum; the post's id. SimCord has no such act of people's, and makes it of its parts."""
        who = self._who(person).id
        made = self.backend.create_thread(self.world.rooms[forum].id, title, who, broadcast=False)
        self.backend.announce_thread_create(made)
        self.backend.create_message(made.id, who, words)
        await self.env.settle()
        return str(made.id)

    def is_archived(self, thread: str) -> bool:
        return bool(self.backend.get_thread(int(thread)).thread_metadata.archived)

    async def pass_time(self, seconds: float) -> None:
        await self.env.advance_time(seconds)
        self.app.clock.offset += timedelta(seconds=seconds)
        await self.app.tell_what_is_due()

    async def next_morning(self) -> None:
        local = self.app.clock.now().astimezone(ZoneInfo("Europe/Berlin"))
        morning = (local + timedelta(days=1)).replace(hour=8, minute=30, second=0, microsecond=0)
        await self.pass_time((morning - local).total_seconds())

    # --- what people see

    def mention(self, person: Person) -> str:
        return f"<@{self._who(person).id}>"

    async def sees(self, person: Person, room: Room, thread: str | None = None) -> list[Seen]:
        try:
            found = self._where(room, thread).history(viewer=self._who(person))
        except (StopIteration, simcord.SetupError):
            return []
        return [self._seen(room, thread, one.channel.id, one.id) for one in found]

    def _seen(self, room: Room, thread: str | None, channel: int, message: int) -> Seen:
        raw = dict(serializers.message_payload(self.backend, self.backend.get_message(channel, message)))
        return Seen(
            room,
            raw["id"],
            thread,
            words(raw["content"], raw["components"]),
            by_desk=raw["author"]["id"] == str(self.backend.bot_user.id),
            buttons=buttons(raw["components"]),
            files=tuple(one["filename"] for one in raw["attachments"]),
            alone=bool(raw.get("flags", 0) & _EPHEMERAL),
            raw=raw,
        )

    async def told(self, person: Person) -> list[str]:
        answers = [one for done in self._answers.get(person, ()) for one in (done.response, *done.followups) if one]
        channel = self.backend.dm_channels.get(self._who(person).id)
        direct = list(self.backend.messages.get(channel, {}).values()) if channel else []
        said = [(one.id, one.content, one.components) for one in (*answers, *direct)]
        return [words(content, components) for _, content, components in sorted(said, key=lambda one: one[0])]


@contextlib.asynccontextmanager
async def simcord_world() -> AsyncIterator[World]:
    """A server in which desks can be started one after the other. Errors of the desk's client are raised at its end."""
    env = simcord.Env(discord.Client(intents=intents(members=False)))
    env.backend.advance_clock(_NOON)
    env.backend.cdn = ServedFiles()
    await env.start()
    try:
        async with env.backend.cdn.served():
            yield World(env)
    finally:
        await env.shutdown()
    env.raise_errors()


@contextlib.asynccontextmanager
async def desk_in_simcord(
    world: World, database_url: str, folder: Path, more: Sequence[str] = ()
) -> AsyncIterator[SimCordStage]:
    """`more`: further channels of the account, as desk.yaml writes them."""
    made: list[InSimCord] = []

    def make(settings: Settings, connection: str, around: Surroundings) -> Adapter:
        adapter = InSimCord(
            connection=connection,
            token="simcord",
            handle=around.handle,
            blobs=around.blobs,
            api_url=f"{world.env.backend.cdn.url}/api/v10",
            now=around.now,
            voice=around.policy.voice,
        )
        adapter.env = world.env
        made.append(adapter)
        return adapter

    platforms = {**PLATFORMS, "discord": replace(PLATFORMS["discord"], build=make)}
    settings = from_mapping(
        {
            "DATABASE_URL": database_url,
            "DESKHAND_DATA": str(folder / "desk"),
            "DESKHAND_RATE_FACTOR": "1000",
            "DESKHAND_SETTLE_SECONDS": "0.5",
            "DESKHAND_LEASE_SECONDS": "5",
            "DESKHAND_RETRY_BASE_SECONDS": "0.05",
            "DESKHAND_TICK_SECONDS": "0.5",
        }
    )
    app = await build(settings, deskfile.load(desk_file(folder, world.ids, more), platforms), platforms)
    app.clock.offset = world.env.now() - datetime.now(UTC)
    with contextlib.closing(bind("127.0.0.1", 0)) as listener:
        async with running(app, listener):
            stage = SimCordStage(world, made[0])
            stage.app = app
            yield stage


@contextlib.asynccontextmanager
async def simcord_stage(database_url: str, folder: Path) -> AsyncIterator[Stage]:
    async with simcord_world() as world, desk_in_simcord(world, database_url, folder) as stage:
        yield stage


class ServedFiles(CdnStore):
    """SimCord's files at an address that can be asked for them."""

    def __init__(self) -> None:
        super().__init__()
        self.url = ""

    def store_attachment(self, *given: Any) -> dict[str, Any]:
        made = super().store_attachment(*given)
        served = made["url"].replace(CDN_BASE, self.url)
        self._blobs[served] = self._blobs[made["url"]]
        return {**made, "url": served, "proxy_url": served}

    @contextlib.asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        async def serve(request: aiohttp.web.Request) -> aiohttp.web.Response:
            found = self.get(f"{self.url}{request.path}")
            return aiohttp.web.Response(body=found) if found is not None else aiohttp.web.Response(status=404)

        app = aiohttp.web.Application()
        app.router.add_get("/{path:.*}", serve)
        runner = aiohttp.web.AppRunner(app)
        await runner.setup()
        try:
            await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield self.url
        finally:
            await runner.cleanup()
