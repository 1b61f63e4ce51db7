"""What discord.py tells, as envelopes. Raw events, because the others come only for what is in its cache."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import discord

from adapters.discord import answers, lenient
from adapters.discord.intake import Intake
from adapters.discord.once import no_second_try
from adapters.discord.payloads import Json, envelope, message_data, person_data, scrubbed
from adapters.discord.places import Places
from core.language.places import Place
from core.ports import DeliveryError

log = logging.getLogger(__name__)

# The desk has no voice, and says nothing of libraries for it that are missing.
discord.VoiceClient.warn_nacl = False
discord.VoiceClient.warn_dave = False

# How far a message's id may be from now.
_PLAUSIBLE = timedelta(days=1)


def intents(*, members: bool) -> discord.Intents:
    """Message content is privileged, and so are members, which are asked for only where a role makes agents."""
    found = discord.Intents(
        guilds=True,
        guild_messages=True,
        dm_messages=True,
        guild_reactions=True,
        dm_reactions=True,
        message_content=True,
    )
    found.members = members
    return found


class DeskClient(discord.Client):
    """`ready` is called at each READY, `known` when a server comes later; `changed` after it with what is wrong ("" for
    nothing); `missed` when an event is lost."""

    def __init__(
        self,
        *,
        connection: str,
        intake: Intake,
        places: Places,
        now: Callable[[], datetime],
        ready: Callable[[], Awaitable[None]],
        known: Callable[[], None],
        changed: Callable[[str], None],
        missed: Callable[[], None],
        members: bool,
        application_id: int | None,
    ) -> None:
        super().__init__(
            intents=intents(members=members),
            allowed_mentions=discord.AllowedMentions.none(),
            application_id=application_id,  # type: ignore[arg-type]  # None is what discord.py takes for unknown
            http_trace=no_second_try(),
            max_messages=None,
            # Who has which role is told as a difference to what is cached.
            member_cache_flags=discord.MemberCacheFlags.from_intents(intents(members=members)),
            chunk_guilds_at_startup=members,
            # Seconds without another server after which READY counts; what comes later is looked up.
            guild_ready_timeout=0.5,
        )
        self.http.request = lenient.read_as_json(self.http.request)  # type: ignore[method-assign, assignment]  # wrapped, not replaced
        self._connection_name = connection
        self._intake = intake
        self._places = places
        self._now = now
        self._on_ready = ready
        self._known = known
        self._changed = changed
        self._missed = missed

    # --- the connection

    async def application_info(self) -> discord.AppInfo:
        return await lenient.application(self)

    async def on_ready(self) -> None:
        for guild in self.guilds:
            for channel in (*guild.channels, *guild.threads):
                self._places.note(channel)
        await self._on_ready()

    async def on_guild_available(self, guild: discord.Guild) -> None:
        self._known()

    async def on_guild_join(self, guild: discord.Guild) -> None:
        self._known()

    async def on_resumed(self) -> None:
        self._changed("")

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        log.exception("an event was not read", extra={"kind": event_method})
        self._missed()

    # --- messages

    async def on_message(self, message: discord.Message) -> None:
        await self._message("MESSAGE_CREATE", message)

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        message = event.message
        if "author" not in event.data:
            # A server that tells no more than what has changed.
            found = lenient.message(await self.http.get_message(event.channel_id, event.message_id))
            message = discord.Message(state=self._connection, channel=message.channel, data=found)
        await self._message("MESSAGE_UPDATE", message)

    async def _message(self, kind: str, message: discord.Message) -> None:
        self._places.note(message.channel)
        data = message_data(message)
        if kind == "MESSAGE_CREATE" and abs(self._now() - message.created_at) > _PLAUSIBLE:
            # A server whose ids are not made of the time.
            data["timestamp"] = self._now().isoformat()
        await self._take(kind, data, message.channel.id)

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        data = {"id": str(event.message_id), "channel_id": str(event.channel_id)}
        await self._take("MESSAGE_DELETE", data, event.channel_id, at=self._now())

    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        for message in sorted(event.message_ids):
            data = {"id": str(message), "channel_id": str(event.channel_id)}
            await self._take("MESSAGE_DELETE", data, event.channel_id, at=self._now())

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        await self._reaction("MESSAGE_REACTION_ADD", event)

    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        await self._reaction("MESSAGE_REACTION_REMOVE", event)

    async def _reaction(self, kind: str, event: discord.RawReactionActionEvent) -> None:
        data = {
            "user_id": str(event.user_id),
            "channel_id": str(event.channel_id),
            "message_id": str(event.message_id),
            "emoji": {"name": event.emoji.name},
        }
        await self._take(kind, data, event.channel_id, at=self._now())

    # --- surroundings

    async def on_thread_create(self, thread: discord.Thread) -> None:
        self._places.note(thread)

    async def on_guild_channel_create(self, channel: discord.abc.GuildChannel) -> None:
        self._places.note(channel)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        self._places.forget(str(channel.id))
        await self._outside("CHANNEL_DELETE", {"id": str(channel.id)})

    async def on_guild_channel_update(self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        if before.name != after.name:
            await self._outside("CHANNEL_UPDATE", {"id": str(after.id), "name": after.name})

    async def on_raw_member_remove(self, event: discord.RawMemberRemoveEvent) -> None:
        for role in event.user.roles if isinstance(event.user, discord.Member) else ():
            await self._outside("ROLE_MEMBERS_CHANGED", {"role_id": str(role.id)})

    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        for role in set(before.roles) ^ set(after.roles):
            await self._outside("ROLE_MEMBERS_CHANGED", {"role_id": str(role.id)})
        if before.display_name != after.display_name:
            await self._outside("GUILD_MEMBER_UPDATE", {"user": {"id": str(after.id)}})

    async def _outside(self, kind: str, data: Json) -> None:
        await self._intake.take(envelope(kind, data, Place(self._connection_name, ""), direct=False, at=self._now()))

    # --- interactions

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.channel_id is None:
            return
        if interaction.channel is not None and self.get_channel(interaction.channel_id) is not None:
            self._places.note(interaction.channel)
        data: Json = {
            "id": str(interaction.id),
            "type": interaction.type.value,
            "channel_id": str(interaction.channel_id),
            "user": person_data(interaction.user),
            "data": scrubbed(interaction.data),
        }
        if interaction.message is not None:
            data["message"] = {"id": str(interaction.message.id)}
        asked = answers.Asked(
            id=str(interaction.id),
            token=interaction.token,
            application=str(interaction.application_id),
            kind=interaction.type.value,
            on_message=interaction.message is not None,
        )
        await self._take("INTERACTION_CREATE", data, interaction.channel_id, at=self._now(), asked=asked)

    async def _take(
        self,
        kind: str,
        data: Json,
        channel: int,
        *,
        at: datetime | None = None,
        asked: answers.Asked | None = None,
    ) -> None:
        try:
            place, direct = await self._places.place(str(channel))
            title = await self._places.title(place)
        except DeliveryError as error:
            # Its channel is closed to the desk, or Discord is down: then history brings it.
            log.warning("an event's channel cannot be looked up: %s", error, extra={"kind": kind})
            self._missed()
            return
        payload = envelope(kind, data, place, direct=direct, at=at, title=title)
        await self._intake.take({**payload, "flat": True} if self._places.flat else payload, asked)
