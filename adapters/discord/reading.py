"""Reading a channel or thread: to catch up, to take over a thread, to see whether a post with an unknown outcome is
there. Discord has no history of deletions and none of reactions."""

from collections.abc import AsyncIterator
from typing import Final

from adapters.discord.api import Api
from adapters.discord.errors import UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, WRONG_CHANNEL_TYPE
from adapters.discord.keys import is_marked
from adapters.discord.messages import is_ours
from adapters.discord.payloads import Json, Me, Payload, envelope, mapping, maybe, scrubbed
from adapters.discord.places import Places
from core.language.effects import Deliverable, Delivered, Dm, Post, Upload
from core.language.places import MessageRef, Place
from core.ports import RefusedByPlatform

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
    api: Api, places: Places, place: Place, *, after: str | None, limit: int = LONGEST_THREAD
) -> tuple[Payload, ...]:
    """Envelopes of messages after an id, oldest first, of at most `limit` messages; an edited message is followed by
    its edit, which is an event of its own. A thread that is read from its start begins with its root, which in a text
    channel stands outside of it. Raises a DeliveryError."""
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
        # A thread that nobody has answered in yet has no channel.
        if not (place.thread and error.code == UNKNOWN_CHANNEL):
            raise
    return tuple(event for one, where in found for event in as_events(one, where, direct=direct))


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
