"""Reading a channel or thread: to catch up, to take over a thread, to see whether a post with an unknown outcome is
there. Discord has no history of deletions, and of reactions only who has put them, not when."""

import logging
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from discord.utils import snowflake_time

from adapters.discord.apart import Apart, begins_apart
from adapters.discord.api import OWN_ARCHIVED, PUBLIC_ARCHIVED, Api
from adapters.discord.emoji import name_of
from adapters.discord.errors import MISSING, NO_TEXT_CHANNEL, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, WRONG_CHANNEL_TYPE
from adapters.discord.keys import is_marked
from adapters.discord.markup import Ink
from adapters.discord.messages import is_ours
from adapters.discord.payloads import Json, Me, Payload, envelope, mapping, maybe, moment, scrubbed, sequence
from adapters.discord.places import Places
from adapters.discord.render import content
from core.language.effects import Deliverable, Delivered, Dm, Opens, Post, Upload
from core.language.places import MessageRef, Place
from core.ports import RefusedByPlatform

log = logging.getLogger(__name__)

# A thread that the desk takes over whole.
LONGEST_THREAD: Final = 10_000
# What a server's clock may differ.
_SKEW: Final = timedelta(seconds=5)
# What of an API message is kept beside what the desk reads.
_KEPT: Final = (
    "id",
    "channel_id",
    "type",
    "content",
    "author",
    "timestamp",
    "edited_timestamp",
    "mentions",
    "attachments",
    "webhook_id",
    "message_reference",
)


async def history(
    api: Api,
    places: Places,
    place: Place,
    *,
    after: str | None,
    limit: int = LONGEST_THREAD,
    reactions: Collection[str] = (),
) -> tuple[Payload, ...]:
    """Envelopes of messages after an id, oldest first, of at most `limit` messages; an edited message is followed by
    its edit, which is an event of its own, and by who has reacted. A thread that is read from its start begins with its
    root, which in a text channel stands outside of it. Raises a DeliveryError."""
    address = await places.of_place(place)
    direct = (await places.known(place.channel)).direct
    found: list[tuple[Payload, Place]] = []
    if place.thread and after is None and not direct:
        found += [(root, place.parent) async for root in _root(api, place.channel, place.thread)]
    try:
        async for message in api.messages_after(address.channel, after or "0"):
            if len(found) >= limit:
                break
            if address.answers is None or _hangs_on(message, address.answers):
                found.append((message, place))
    except RefusedByPlatform as error:
        # A thread that nobody has answered in yet has no channel; a forum has threads alone.
        if not (place.thread and error.code == UNKNOWN_CHANNEL) and error.code != NO_TEXT_CHANNEL:
            raise
    told = Telling(api, direct, await places.title(place), reactions)
    return tuple([event for one, where in found async for event in told.of(one, where)])


async def look_up(
    api: Api, places: Places, ref: MessageRef, *, reactions: Collection[str], now: datetime
) -> tuple[Payload, ...]:
    """Envelopes of one message as it is now, or of its deletion. Raises a DeliveryError."""
    channel = await places.of_message(ref)
    direct = (await places.known(ref.channel)).direct
    place = ref.place if channel != ref.channel else ref.place.parent
    try:
        message = await api.message(channel, ref.message)
    except RefusedByPlatform as error:
        if error.code != UNKNOWN_MESSAGE and not (place.thread and error.code == UNKNOWN_CHANNEL):
            raise
        data: Json = {"id": ref.message, "channel_id": channel}
        return (envelope("MESSAGE_DELETE", data, place, direct=direct, at=now),)
    told = Telling(api, direct, await places.title(place), reactions)
    return tuple([event async for event in told.of(message, place)])


async def touched(api: Api, places: Places, channel: Place, *, after: str) -> tuple[Place, ...]:
    """Threads, active or archived since, with a message after that id. Raises a DeliveryError."""
    data = await api.channel(channel.channel)
    guild = maybe(data, "guild_id")
    if guild is None:
        return ()
    since = snowflake_time(int(after))
    try:
        found = [one for one in await api.active_threads(guild) if maybe(one, "parent_id") == channel.channel]
    except RefusedByPlatform as error:
        if error.code not in MISSING:
            raise
        return ()
    for which in (PUBLIC_ARCHIVED, OWN_ARCHIVED):
        try:
            async for thread in api.archived_threads(channel.channel, which):
                archived = maybe(thread, "thread_metadata", "archive_timestamp")
                if which == PUBLIC_ARCHIVED and archived and moment(archived) < since:
                    break
                found.append(thread)
        except RefusedByPlatform as error:
            log.warning("archived threads of %s cannot be listed: %s", channel, error)
    newer = [one for one in found if int(maybe(one, "last_message_id") or 0) > int(after)]
    for thread in newer:
        places.note_thread(str(thread["id"]), channel.channel, maybe(thread, "name"))
    return tuple(Place(channel.connection, channel.channel, str(thread["id"])) for thread in newer)


@dataclass(frozen=True, slots=True)
class Telling:
    """How messages that were read become envelopes. `title`: of the forum's post that they stand in; `reactions`: by
    name, those that are told as well."""

    api: Api
    direct: bool
    title: str | None
    reactions: Collection[str]

    async def of(self, message: Payload, place: Place) -> AsyncIterator[Json]:
        """A message, its edit, and who has reacted to it. Raises a DeliveryError."""
        for event in as_events(message, place, direct=self.direct, title=self.title):
            yield event
        where = place.parent if self.direct else place
        at = moment(str(message["timestamp"]))
        for one in sequence(message, "reactions"):
            character, custom = maybe(one, "emoji", "name"), maybe(one, "emoji", "id")
            if character is None or name_of(character) not in self.reactions:
                continue
            emoji = f"{character}:{custom}" if custom else character
            async for user in self.api.reacted(str(message["channel_id"]), str(message["id"]), emoji):
                data: Json = {
                    "user_id": user,
                    "channel_id": str(message["channel_id"]),
                    "message_id": str(message["id"]),
                    "emoji": {"name": character},
                    "seen": True,
                }
                yield envelope("MESSAGE_REACTION_ADD", data, where, direct=self.direct, at=at)


async def _root(api: Api, channel: str, message: str) -> AsyncIterator[Payload]:
    """None for threads that hang on no message of their channel."""
    try:
        yield await api.message(channel, message)
    except RefusedByPlatform as error:
        if error.code not in (UNKNOWN_MESSAGE, WRONG_CHANNEL_TYPE):
            raise


def as_events(message: Payload, place: Place, *, direct: bool, title: str | None = None) -> tuple[Json, ...]:
    """A message as the gateway would have brought it."""
    data = {key: scrubbed(message[key]) for key in _KEPT if message.get(key) is not None}
    answered = mapping(message, "referenced_message", "message_reference")
    if answered:
        data["referenced_message"] = {"message_reference": scrubbed(answered)}
    where = place.parent if direct else place
    said = envelope("MESSAGE_CREATE", data, where, direct=direct, title=title)
    if maybe(message, "edited_timestamp") is None:
        return (said,)
    return (said, envelope("MESSAGE_UPDATE", data, where, direct=direct))


def _hangs_on(message: Payload, root: str) -> bool:
    return root in (
        maybe(message, "id"),
        maybe(message, "message_reference", "message_id"),
        maybe(message, "referenced_message", "message_reference", "message_id"),
    )


async def read_back(
    api: Api, me: Me, places: Places, effect: Deliverable, dm: str | None, since: datetime
) -> Delivered | None:
    """What was posted with an effect's key, among the newest messages of its place. The mark is the key's own; where a
    server keeps none, the words are compared, of what was said since then."""
    match effect:
        case Post(opens=Opens() as opens) if await begins_apart(places, effect.place, opens):
            return await Apart(api, places, me, effect.place, opens).find(effect.key)
        case Post() | Upload():
            place = effect.place
        case Dm():
            place = Place(me.connection, dm or "")
        case _:
            return None
    address = await places.of_place(place)
    try:
        latest = await api.latest(address.channel)
    except RefusedByPlatform as error:
        if place.thread and error.code == UNKNOWN_CHANNEL:
            return None
        raise
    for message in latest:
        if is_ours(message, me) and (is_marked(message, effect.key) or _says(message, effect, me.connection, since)):
            return Delivered(ref=MessageRef(me.connection, place.channel, str(message["id"]), place.thread))
    return None


def _says(message: Payload, effect: Deliverable, connection: str, since: datetime) -> bool:
    """Whether a message in the older form has the words of a post, and is not older."""
    if not isinstance(effect, Post | Dm) or not maybe(message, "content"):
        return False
    pinged = effect.pings if isinstance(effect, Post) else ()
    ink = Ink(connection, frozenset(i.user for i in pinged if i.connection == connection))
    return maybe(message, "content") == content(effect.card, ink) and moment(str(message["timestamp"])) >= since - _SKEW
