"""Reading a channel or thread: to catch up, to take over a thread, to see whether a post with an unknown outcome is
there. Discord has no history of deletions, and of reactions only who has put them, not when."""

import logging
from collections.abc import AsyncIterator, Collection
from datetime import datetime
from typing import Final

from discord.utils import snowflake_time

from adapters.discord.api import OWN_ARCHIVED, PUBLIC_ARCHIVED, Api
from adapters.discord.emoji import name_of
from adapters.discord.errors import NO_TEXT_CHANNEL, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, WRONG_CHANNEL_TYPE
from adapters.discord.keys import is_marked
from adapters.discord.messages import is_ours
from adapters.discord.payloads import Json, Me, Payload, envelope, mapping, maybe, moment, scrubbed, sequence
from adapters.discord.places import Places
from core.language.effects import Deliverable, Delivered, Dm, Post, Upload
from core.language.places import MessageRef, Place
from core.ports import RefusedByPlatform

log = logging.getLogger(__name__)

# A thread that the desk takes over whole.
LONGEST_THREAD: Final = 10_000
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
    return tuple([event for one, where in found async for event in _told(api, one, where, direct, reactions)])


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
    return tuple([event async for event in _told(api, message, place, direct, reactions)])


async def touched(api: Api, places: Places, channel: Place, *, after: str) -> tuple[Place, ...]:
    """Threads, active or archived since, with a message after that id. Raises a DeliveryError."""
    data = await api.channel(channel.channel)
    guild = maybe(data, "guild_id")
    if guild is None:
        return ()
    since = snowflake_time(int(after))
    found = [one for one in await api.active_threads(guild) if maybe(one, "parent_id") == channel.channel]
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
        places.note_thread(str(thread["id"]), channel.channel)
    return tuple(Place(channel.connection, channel.channel, str(thread["id"])) for thread in newer)


async def _told(
    api: Api, message: Payload, place: Place, direct: bool, reactions: Collection[str]
) -> AsyncIterator[Json]:
    """A message, its edit, and who has reacted to it with one of `reactions`."""
    for event in as_events(message, place, direct=direct):
        yield event
    where = place.parent if direct else place
    at = moment(str(message["timestamp"]))
    for one in sequence(message, "reactions"):
        character, custom = maybe(one, "emoji", "name"), maybe(one, "emoji", "id")
        if character is None or name_of(character) not in reactions:
            continue
        emoji = f"{character}:{custom}" if custom else character
        async for user in api.reacted(str(message["channel_id"]), str(message["id"]), emoji):
            data: Json = {
                "user_id": user,
                "channel_id": str(message["channel_id"]),
                "message_id": str(message["id"]),
                "emoji": {"name": character},
                "seen": True,
            }
            yield envelope("MESSAGE_REACTION_ADD", data, where, direct=direct, at=at)


async def _root(api: Api, channel: str, message: str) -> AsyncIterator[Payload]:
    """None for threads that hang on no message of their channel."""
    try:
        yield await api.message(channel, message)
    except RefusedByPlatform as error:
        if error.code not in (UNKNOWN_MESSAGE, WRONG_CHANNEL_TYPE):
            raise


def as_events(message: Payload, place: Place, *, direct: bool) -> tuple[Json, ...]:
    """A message as the gateway would have brought it."""
    data = {key: scrubbed(message[key]) for key in _KEPT if message.get(key) is not None}
    answered = mapping(message, "referenced_message", "message_reference")
    if answered:
        data["referenced_message"] = {"message_reference": scrubbed(answered)}
    where = place.parent if direct else place
    said = envelope("MESSAGE_CREATE", data, where, direct=direct)
    if maybe(message, "edited_timestamp") is None:
        return (said,)
    return (said, envelope("MESSAGE_UPDATE", data, where, direct=direct))


def _hangs_on(message: Payload, root: str) -> bool:
    return root in (
        maybe(message, "id"),
        maybe(message, "message_reference", "message_id"),
        maybe(message, "referenced_message", "message_reference", "message_id"),
    )


async def read_back(api: Api, me: Me, places: Places, effect: Deliverable, dm: str | None) -> Delivered | None:
    """What was posted with an effect's key, among the newest messages of its place: the mark is the key's own, so
    neither words nor times are compared."""
    match effect:
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
        if is_ours(message, me) and is_marked(message, effect.key):
            return Delivered(ref=MessageRef(me.connection, place.channel, str(message["id"]), place.thread))
    return None
