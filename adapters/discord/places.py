"""Which of Discord's channels a place is. A thread is a channel of its own there, and a message is addressed by the
channel that it stands in; a direct conversation has no threads, so an answer there refers to the message instead."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Final

import discord

from adapters.discord.api import Api, ignoring
from adapters.discord.errors import HAS_THREAD, MISSING, UNKNOWN_MESSAGE, WRONG_CHANNEL_TYPE
from adapters.discord.limits import THREAD_NAME
from adapters.discord.markup import unformatted
from adapters.discord.messages import names_in
from adapters.discord.parse import from_markdown
from adapters.discord.payloads import Json, Payload, maybe, sequence
from adapters.discord.refusals import NO_CHANNEL
from adapters.discord.render import words_of
from core.language.places import MessageRef, Place
from core.language.text import Named, first_sentence, spoken, unaddressed
from core.ports import DeliveryError, NotSent, OutcomeUnknown, RefusedByPlatform

_THREADS: Final = frozenset({10, 11, 12})
_PRIVATE: Final = 12
# Channels in which everything is a thread: forums, and those for media.
_FORUMS: Final = frozenset({15, 16})
_DIRECT: Final = frozenset({1, 3})
_NO_THREADS: Final = MISSING | {"http_403"}
_REMEMBERED: Final = 10_000
_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Known:
    """`parent` and `name` are set for threads; a `forum` has nothing but threads; `private` are those
    that not everybody in their channel reads."""

    parent: str | None
    direct: bool
    forum: bool = False
    name: str | None = None
    private: bool = False


@dataclass(frozen=True, slots=True)
class Address:
    """A channel as the API takes it; `answers` is the message to refer to where there are no threads."""

    channel: str
    answers: str | None = None


class Places:
    """Remembers what channels are; asks Discord about those that it has not seen."""

    def __init__(self, connection: str, api: Api) -> None:
        self._connection = connection
        self._api = api
        self._known: OrderedDict[str, Known] = OrderedDict()
        # The server has no threads: what belongs into one answers the message that it would hang on.
        self.flat = False

    def note(self, channel: object) -> None:
        """What discord.py knows of a channel."""
        match channel:
            case discord.Thread():
                self._remember(str(channel.id), _thread(channel))
            case discord.DMChannel() | discord.GroupChannel():
                self._remember(str(channel.id), Known(None, direct=True))
            case discord.abc.GuildChannel():
                forum = channel.type.value in _FORUMS
                self._remember(str(channel.id), Known(None, direct=False, forum=forum))
            case _:
                pass

    def note_thread(self, thread: str, channel: str, name: str | None, *, private: bool = False) -> None:
        self._remember(thread, Known(channel, direct=False, name=name, private=private))

    def note_direct(self, channel: str) -> None:
        self._remember(channel, Known(None, direct=True))

    async def known(self, channel: str) -> Known:
        """Raises a DeliveryError."""
        found = self._known.get(channel)
        if found is None:
            data = await self._described(channel)
            kind = data.get("type")
            parent = maybe(data, "parent_id") if kind in _THREADS else None
            name = maybe(data, "name") if parent else None
            found = Known(parent, direct=kind in _DIRECT, forum=kind in _FORUMS, name=name, private=kind == _PRIVATE)
            self._remember(channel, found)
        return found

    async def _described(self, channel: str) -> Json:
        """A server that cannot say what a channel is has text channels. Raises a DeliveryError."""
        try:
            return await self._api.channel(channel)
        except RefusedByPlatform as error:
            if error.code not in MISSING:
                raise
            return {}

    async def place(self, channel: str) -> tuple[Place, bool]:
        """The place that a channel of the API is, and whether it is direct. Raises a DeliveryError."""
        known = await self.known(channel)
        if known.parent:
            return Place(self._connection, known.parent, channel), False
        return Place(self._connection, channel), known.direct

    async def may_stand_beside(self, place: Place) -> bool:
        """Whether what is meant for a thread can be said in its channel instead. Raises a DeliveryError."""
        if (await self.known(place.channel)).forum:
            return False
        known = self._known.get(place.thread or "")
        return known is None or not known.private

    async def title(self, place: Place) -> str | None:
        """What people called a post of a forum; None for other threads, whose names are made of their first message.
        Raises a DeliveryError."""
        if place.thread and (await self.known(place.channel)).forum:
            return (await self.known(place.thread)).name
        return None

    async def of_message(self, ref: MessageRef) -> str:
        """The channel that a message stands in. Raises a DeliveryError."""
        if ref.thread is None or (await self._is_direct(ref.channel)):
            return ref.channel
        return ref.thread

    async def of_place(self, place: Place) -> Address:
        """Where to read a place, and to post to it if its thread is there. Raises a DeliveryError."""
        if place.thread is None:
            return Address(place.channel)
        if await self._is_direct(place.channel):
            return Address(place.channel, place.thread)
        return Address(place.thread)

    async def to_post(self, place: Place) -> Address:
        """The same, with its thread made where there is none yet. Whatever fails here, nothing was posted."""
        address = await self.of_place(place)
        if place.thread and not address.answers and place.thread not in self._known:
            try:
                await self._start(place.channel, place.thread)
            except OutcomeUnknown as error:
                raise NotSent(error.code, str(error)) from error
            except RefusedByPlatform as error:
                if error.code not in _NO_THREADS:
                    raise
                self.flat = True
                return Address(place.channel, place.thread)
            self._remember(place.thread, Known(place.channel, direct=False))
        return address

    async def _start(self, channel: str, message: str) -> None:
        """A message that has a thread, or stands in one (a forum's post), keeps it."""
        try:
            root = await self._api.message(channel, message)
        except RefusedByPlatform as error:
            if error.code in (UNKNOWN_MESSAGE, WRONG_CHANNEL_TYPE):
                return
            raise
        if "thread" not in root:
            await ignoring({HAS_THREAD}, self._api.start_thread(channel, message, _thread_name(root)))

    def forget(self, channel: str) -> None:
        self._known.pop(channel, None)

    async def _is_direct(self, channel: str) -> bool:
        return self.flat or (await self.known(channel)).direct

    def _remember(self, channel: str, found: Known) -> None:
        self._known[channel] = found
        self._known.move_to_end(channel)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _thread(thread: discord.Thread) -> Known:
    return Known(str(thread.parent_id), direct=False, name=thread.name, private=thread.is_private())


def _thread_name(root: Payload) -> str:
    """What its first message says, without the bots that it speaks to."""
    bots = {maybe(one, "id") for one in sequence(root, "mentions") if one.get("bot") is True}
    said = from_markdown(words_of(root), "", names_in(root))
    named = [
        replace(s, identity=None) if isinstance(s, Named) and s.identity and s.identity.user in bots else s
        for s in said
    ]
    asked = spoken(unaddressed(tuple(named))).strip() or spoken(said)
    return unformatted(first_sentence(asked, _NAME), THREAD_NAME)


async def channel_name(api: Api, channel: str) -> str | None:
    """None when Discord says that there is no such channel, or none that the bot may see; empty when it cannot be
    asked."""
    try:
        return maybe(await api.channel(channel), "name") or ""
    except RefusedByPlatform as error:
        return None if error.code in NO_CHANNEL else ""
    except DeliveryError:
        return ""
