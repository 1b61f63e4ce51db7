"""One Discord server with one installed app: what its REST, its gateway and its people's acts share."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from sandbox.changes import Change, ClockMoved, DeskChanged
from sandbox.discord import events, gateway, mentions, shapes
from sandbox.discord import permissions as may
from sandbox.discord.errors import DiscordError
from sandbox.discord.gateway import Gateway, Session
from sandbox.discord.interactions import Interactions
from sandbox.discord.rates import Rates
from sandbox.discord.seed import BOT, GUILD
from sandbox.model import Channel, Message, Person, Usergroup
from sandbox.world import Missing

if TYPE_CHECKING:
    from sandbox.app import Sandbox

Json = dict[str, Any]

NONCE_SECONDS: Final = 180.0
"""How long a nonce with `enforce_nonce` is known: Discord says "the past few minutes"."""


class DiscordServer:
    """`refused_intents` are those not switched on for the app (4014); `revoked` makes its token worthless."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.settings = sandbox.settings
        self.world = sandbox.world
        self.traffic = sandbox.traffic
        self.faults = sandbox.faults
        self.files = sandbox.files
        self.gateway = Gateway(self)
        self.interactions = Interactions()
        self.rates = Rates(self.settings.speed)
        self.refused_intents = 0
        self.revoked = False
        self.closed_to: set[str] = set()
        """People who take no direct messages of the app."""
        self.active_threads = 1000
        self.nonces: dict[tuple[str, str], tuple[float, str]] = {}
        """(channel, nonce) -> the sandbox's time and the message, for `enforce_nonce`."""
        self.later: set[asyncio.Task[Any]] = set()
        self.present = {one.id for one in self.members()}
        """Who was in the server at the last change of a person."""
        self.world.subscribe(self._hear)

    @property
    def base_url(self) -> str:
        return self.sandbox.base_url

    @property
    def bot(self) -> Person:
        return self.world.people[BOT]

    def forget(self) -> None:
        """The world is another: nothing that was handed out or is on its way holds any more."""
        self.gateway.forget()
        self.interactions = Interactions()
        self.rates = Rates(self.settings.speed)
        self.refused_intents = 0
        self.revoked = False
        self.active_threads = 1000
        self.nonces.clear()
        self.closed_to.clear()

    async def close(self) -> None:
        for task in self.later:
            task.cancel()
        await asyncio.gather(*self.later, return_exceptions=True)

    def knows(self, token: str) -> bool:
        return token == self.settings.discord_bot_token and not self.revoked

    def application_flags(self) -> int:
        """The limited forms of the privileged intents, which an app in few servers may switch on itself."""
        flags = 1 << 23
        for intent, bit in ((gateway.PRESENCES, 13), (gateway.GUILD_MEMBERS, 15), (gateway.CONTENT, 19)):
            if not self.refused_intents & intent:
                flags |= 1 << bit
        return flags

    # Looking things up; what the bot may not know of is refused as Discord does

    def channels(self) -> Iterator[Channel]:
        return (one for one in self.world.channels.values() if one.workspace == GUILD)

    def members(self) -> list[Person]:
        return [one for one in self.world.people.values() if self.world.belongs(one, GUILD) and not one.deleted]

    def roles(self) -> list[Usergroup]:
        return [one for one in self.world.usergroups.values() if one.workspace == GUILD]

    def member(self, account: str) -> Person:
        person = self.world.find_person(account)
        if person is None or not self.world.belongs(person, GUILD):
            raise DiscordError(10013)
        return person

    def sees(self, place: Channel) -> bool:
        return bool(may.in_channel(self.world, self.bot, place) & may.VIEW_CHANNEL)

    def channel(self, channel_id: str) -> Channel:
        """10003 where there is none, 50001 where the bot cannot look."""
        place = self.world.channels.get(channel_id)
        if place is None or place.workspace != GUILD:
            raise DiscordError(10003)
        if not self.sees(place):
            raise DiscordError(50001)
        return place

    def message(self, channel_id: str, message_id: str) -> Message:
        found = self.world.find_message(channel_id, message_id)
        if found is None:
            raise DiscordError(10008)
        return found

    def need(self, place: Channel, *bits: int) -> None:
        """50013 unless the bot has them all there."""
        held = may.in_channel(self.world, self.bot, place)
        if any(not held & bit for bit in bits):
            raise DiscordError(50013)

    def may_read(self, message: Message) -> bool:
        """What REST shows of a message follows the app's switch, not a session's intents."""
        return not self.refused_intents & gateway.CONTENT or mentions.concerns_bot(self.world, message)

    def active(self) -> list[Channel]:
        return [one for one in self.channels() if one.parent is not None and not one.archived]

    def direct_channel(self, person: Person) -> Channel:
        """The app's direct conversation with somebody, made when there is none."""
        found = next(
            (one for one in self.channels() if one.kind == "im" and set(one.members) == {person.id, BOT}), None
        )
        if found is not None:
            return found
        made = Channel(
            self.world.stamp("discord")[0], GUILD, "", "im", [person.id, BOT], self.world.clock.now(), person.id
        )
        self.world.put_channel(made, by=person.id)
        return made

    # The gateway's side

    def greeting(self, session: Session) -> list[tuple[str, Json]]:
        """READY, then the server."""
        ready = {
            "v": 10,
            "user": shapes.user(self.bot) | {"verified": True, "email": None, "mfa_enabled": False, "flags": 0},
            "guilds": [{"id": GUILD, "unavailable": True}],
            "session_id": session.id,
            "resume_gateway_url": self.gateway_url(session.connection.host if session.connection else ""),
            "shard": [0, 1],
            "application": {"id": BOT, "flags": self.application_flags()},
            "private_channels": [],
            "relationships": [],
            "presences": [],
        }
        greeting: list[tuple[str, Json]] = [("READY", ready)]
        if session.intents & gateway.GUILDS:
            everybody = bool(session.intents & gateway.PRESENCES)
            greeting.append(("GUILD_CREATE", shapes.guild(self, gateway=True, all_members=everybody)))
        return greeting

    def gateway_url(self, host: str = "") -> str:
        """As whoever reached us under `host` reaches it."""
        return f"ws://{host}/discord/gateway" if host else f"{self.base_url.replace('http', 'ws', 1)}/discord/gateway"

    def chunk(self, session: Session, data: Json) -> Json | None:
        """The members that op 8 asks for; the whole list needs the members intent."""
        wanted, query = data.get("user_ids"), str(data.get("query") or "").lower()
        people = self.members()
        unknown: list[str] = []
        if wanted:
            ids = [str(one) for one in (wanted if isinstance(wanted, list) else [wanted])]
            people = [one for one in people if may.account(one) in ids]
            unknown = [one for one in ids if one not in {may.account(person) for person in people}]
        elif not query and not session.intents & gateway.GUILD_MEMBERS:
            return None
        else:
            people = [one for one in people if one.handle.lower().startswith(query)]
            limit = data.get("limit") or 0
            people = people[:limit] if limit else people
        chunk: Json = {
            "guild_id": GUILD,
            "members": [shapes.full_member(self, one) for one in people],
            "chunk_index": 0,
            "chunk_count": 1,
            "presences": [],
        }
        if unknown:
            chunk["not_found"] = unknown
        return chunk | ({"nonce": data["nonce"]} if data.get("nonce") else {})

    def deliver_later(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.later.add(task)
        task.add_done_callback(self.later.discard)

    def connection_changed(self) -> None:
        self.world.publish(DeskChanged("discord", self.gateway.connected))

    def _hear(self, change: Change) -> None:
        if isinstance(change, ClockMoved):
            self._archive_idle()
        events.hear(self, change)

    def _archive_idle(self) -> None:
        """Threads in which nothing was said for their `auto_archive` minutes leave the active ones."""
        now = self.world.clock.now()
        for thread in self.active():
            last = next(iter(self.world.history(thread.id)), None)
            quiet = now - max(last.at if last else 0.0, float(thread.traits.get("archived_at", thread.created)))
            if quiet > 60 * int(thread.traits.get("auto_archive", 4320)):
                thread.traits["archived_at"] = now
                self.world.archive(thread.id, BOT)


def missing_as_discord(error: Missing) -> DiscordError:
    return DiscordError({"channel": 10003, "message": 10008, "person": 10013}.get(error.what, 0))
