"""Reading a channel or thread: to catch up, to take over a thread, to see whether a post with an unknown outcome is
there. Discord has no history of deletions and none of reactions."""

from collections import OrderedDict
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from adapters.discord.api import Api
from adapters.discord.errors import UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, WRONG_CHANNEL_TYPE
from adapters.discord.keys import is_marked
from adapters.discord.messages import is_ours
from adapters.discord.payloads import Json, Me, Payload, created, envelope, maybe, scrubbed, sequence
from adapters.discord.places import Places
from core.language.effects import Deliverable, Delivered, Dm, Post, Upload
from core.language.places import MessageRef, Place
from core.ports import RefusedByPlatform

# A thread that the desk takes over whole.
_LONGEST_THREAD: Final = 10_000
# Between a message's time and this machine's.
_CLOCKS: Final = timedelta(seconds=60)
_REMEMBERED: Final = 5000
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
    "referenced_message",
)


class Found:
    """Which messages belong to which key, as far as this process has seen it."""

    def __init__(self) -> None:
        self._messages: OrderedDict[str, str] = OrderedDict()

    def note(self, message: str, key: str) -> None:
        self._messages[message] = key
        self._messages.move_to_end(message)
        if len(self._messages) > _REMEMBERED:
            self._messages.popitem(last=False)

    def is_free(self, message: str, key: str) -> bool:
        return self._messages.get(message, key) == key


async def history(api: Api, places: Places, place: Place, *, after: str | None, limit: int) -> tuple[Payload, ...]:
    """Envelopes of messages after an id, oldest first, of at most `limit` messages; an edited message is followed by
    its edit, which is an event of its own. Raises a DeliveryError."""
    address = await places.of_place(place)
    direct = (await places.known(place.channel)).direct
    found: list[Payload] = []
    try:
        async for message in api.messages_after(address.channel, after or "0"):
            found.append(message)
            if len(found) >= limit:
                break
    except RefusedByPlatform as error:
        # A thread that nobody has answered in yet has no channel.
        if not (place.thread and error.code == UNKNOWN_CHANNEL):
            raise
    if address.answers:
        found = [one for one in found if _hangs_on(one, address.answers)]
    return tuple(event for one in found for event in as_events(one, place, direct=direct))


async def thread(api: Api, places: Places, place: Place) -> tuple[Payload, ...]:
    """A thread with its root, which in a text channel stands outside of it."""
    root: tuple[Payload, ...] = ()
    if place.thread and not (await places.known(place.channel)).direct:
        try:
            message = await api.message(place.channel, place.thread)
            root = as_events(message, place.parent, direct=False)
        except RefusedByPlatform as error:
            if error.code not in (UNKNOWN_MESSAGE, WRONG_CHANNEL_TYPE):
                raise
    return (*root, *await history(api, places, place, after=None, limit=_LONGEST_THREAD))


def as_events(message: Payload, place: Place, *, direct: bool) -> tuple[Json, ...]:
    """A message as the gateway would have brought it."""
    data = {key: scrubbed(message[key]) for key in _KEPT if message.get(key) is not None}
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


async def read_back(
    api: Api, me: Me, places: Places, found: Found, effect: Deliverable, dm: str | None, since: datetime
) -> Delivered | None:
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
        if not is_ours(message, me):
            continue
        late_enough = created(str(message["id"])) >= since - _CLOCKS
        is_file = isinstance(effect, Upload) and late_enough and _is_file(message, effect, found)
        if is_file or is_marked(message, effect.key):
            found.note(str(message["id"]), effect.key)
            return Delivered(ref=MessageRef(me.connection, place.channel, str(message["id"]), place.thread))
    return None


def _is_file(message: Payload, effect: Upload, found: Found) -> bool:
    """By its name, which is good enough because a conversation's effects go out one after the other."""
    names = {maybe(file, "filename") for file in islice(sequence(message, "attachments"), 10)}
    return file_name(effect.name) in names and found.is_free(str(message["id"]), effect.key)


def file_name(name: str) -> str:
    """As Discord keeps it: other characters become underscores there."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    return kept[-200:].strip("_") or "file"
