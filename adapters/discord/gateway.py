"""Carrying out one effect on Discord, once. What it may raise is `ChatPlatform.deliver`'s contract."""

import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeVar, assert_never

import discord

from adapters.discord import files, limits, reading, threads
from adapters.discord.apart import Apart, begins_apart
from adapters.discord.api import Api, ignoring
from adapters.discord.emoji import character_of
from adapters.discord.errors import (
    ARCHIVED,
    EMPTY_MESSAGE,
    MISSING,
    NO_DIRECT,
    NOT_TAKEN,
    THREADS_FULL,
    UNKNOWN_CHANNEL,
    UNKNOWN_EMOJI,
    UNKNOWN_MESSAGE,
)
from adapters.discord.keys import mark, nonce
from adapters.discord.markup import Ink, markdown
from adapters.discord.payloads import Json, Me
from adapters.discord.people import members, profile
from adapters.discord.places import Places
from adapters.discord.render import COMPONENTS_V2, classic_rows, components, content, file_components
from adapters.discord.room import Solved, make_room, none_solved
from core.language.effects import (
    BackfillThread,
    Delete,
    Deliverable,
    Delivered,
    Dm,
    Ephemeral,
    FetchFile,
    FetchGroup,
    FetchPerson,
    Opens,
    Post,
    PublishHome,
    React,
    SetThread,
    Unreact,
    Update,
    Upload,
)
from core.language.places import Identity, MessageRef, Place
from core.language.text import Ping, words
from core.language.views import Card, Paragraph, Quote
from core.language.wording import ENGLISH_VOICE, Voice
from core.ports import BlobStore, NotSent, OutcomeUnknown, RateLimited, RefusedByPlatform

log = logging.getLogger(__name__)

T = TypeVar("T")
# What a smaller server may lack, and nobody misses who is there.
_OPTIONAL: Final = frozenset({"update", "delete", "react", "unreact", "set_thread"})
_DELETED = frozenset({UNKNOWN_MESSAGE, UNKNOWN_CHANNEL})


class Gateway:
    """Holds what is learnt on the way: which channel a direct message goes to."""

    def __init__(
        self,
        connection: str,
        api: Api,
        places: Places,
        blobs: BlobStore,
        api_url: str,
        voice: Voice = ENGLISH_VOICE,
        solved: Solved = none_solved,
    ) -> None:
        self.connection = connection
        self.voice = voice
        self.api = api
        self.places = places
        self._blobs = blobs
        self._api_url = api_url
        self._solved = solved
        self._dms: dict[str, str] = {}

    async def deliver(self, effect: Deliverable, guilds: list[str], me: Me | None = None) -> Delivered:
        """`guilds`: the servers that the desk is in, by id. `me` is None before Discord has said who that is."""
        try:
            return await self._in_room(effect, guilds, me)
        except RateLimited as limited:
            rate = limits.RATES.get(effect.kind)
            shared = limited.scope == "connection" or (rate is not None and rate.per == "connection")
            raise RateLimited(limited.retry_after, "connection" if shared else "lane") from limited
        except RefusedByPlatform as error:
            if effect.kind not in _OPTIONAL or error.code not in MISSING:
                raise
            log.info("this server cannot do that: %s (%s)", effect.kind, error)
            return Delivered()

    async def _in_room(self, effect: Deliverable, guilds: list[str], me: Me | None) -> Delivered:
        """A thread that there is no room for, or that this server cannot have, was not begun, and nothing was said in
        it."""
        try:
            return await self._deliver(effect, guilds, me)
        except RefusedByPlatform as error:
            if error.code in MISSING and isinstance(effect, Post) and effect.opens:
                return await self._beside(effect, error)
            if error.code != THREADS_FULL:
                raise
            full = error
        if await make_room(self.api, guilds, self._solved):
            try:
                return await self._deliver(effect, guilds, me)
            except RefusedByPlatform as error:
                if error.code != THREADS_FULL:
                    raise
        return await self._beside(effect, full)

    async def _beside(self, effect: Deliverable, full: RefusedByPlatform) -> Delivered:
        """What was meant for a thread is said in its channel, as an answer to the message that the thread hangs on.
        Raises the refusal for what nobody there may read, and for what says nothing."""
        match effect:
            case Post(place=place, opens=opens) if await self.places.may_stand_beside(place):
                card, pings = effect.card, effect.pings
                if opens and opens.private:
                    card, pings = _for_all(card, opens.person), (opens.person,) if opens.person else ()
                users = frozenset(i.user for i in pings if i.connection == self.connection)
                made = await self._post(place.parent, card, effect.key, users, answers=place.thread)
            case Upload(place=place) if await self.places.may_stand_beside(place):
                made = await self._upload(replace(effect, place=place.parent), answers=place.thread)
            case _:
                raise full
        return replace(made, crowded=full.code == THREADS_FULL)

    async def _deliver(self, effect: Deliverable, guilds: list[str], me: Me | None) -> Delivered:
        api = self.api
        match effect:
            case Post(opens=Opens() as opens) if await begins_apart(self.places, effect.place, opens):
                return await self._begin(effect, opens, me)
            case Post():
                pings = frozenset(i.user for i in effect.pings if i.connection == self.connection)
                return await self._post(effect.place, effect.card, effect.key, pings)
            case Dm():
                channel = await self.dm_channel(effect.person)
                return await self._post(Place(self.connection, channel), effect.card, effect.key, frozenset())
            case Ephemeral():
                await self._aside(effect, guilds, me)
            case Update(ref=ref):
                await self._update(ref, effect.card)
            case Delete(ref=ref):
                await ignoring(_DELETED, api.delete(await self.places.of_message(ref), ref.message))
            case React(ref=ref):
                await self._in_thread(ref, lambda c: api.react("PUT", c, ref.message, character_of(effect.name)))
            case Unreact(ref=ref):
                name = character_of(effect.name)
                taking_off = self._in_thread(ref, lambda c: api.react("DELETE", c, ref.message, name))
                await ignoring(_DELETED | {UNKNOWN_EMOJI}, taking_off)
            case Upload():
                return await self._upload(effect)
            case PublishHome():
                pass
            case SetThread():
                await threads.set_thread(api, self.places, effect)
            case FetchPerson():
                return Delivered(profile=await profile(api, effect.person, guilds))
            case FetchGroup():
                return Delivered(members=await members(api, effect.group, guilds))
            case FetchFile():
                return await files.download(api, self._blobs, effect, self._api_url)
            case BackfillThread():
                return Delivered(raws=await reading.history(api, self.places, effect.place, after=None))
            case _:
                assert_never(effect)
        return Delivered()

    async def dm_channel(self, person: Identity) -> str:
        """The channel of direct messages with a person. Whatever fails here, no message was sent."""
        known = self._dms.get(person.user)
        if known:
            return known
        try:
            channel = await self.api.dm_channel(person.user)
        except OutcomeUnknown as error:
            raise NotSent(error.code, str(error)) from error
        self._dms[person.user] = channel
        self.places.note_direct(channel)
        return channel

    async def _post(
        self, place: Place, shown: Card, key: str, pings: frozenset[str], answers: str | None = None
    ) -> Delivered:
        ink = Ink(self.connection, pings)
        body: Json = {"nonce": nonce(key), "enforce_nonce": True}
        if pings:
            body["allowed_mentions"] = {"parse": [], "users": sorted(pings)}
        sent = await self.in_either_form(
            shown, ink, mark(key), lambda form: self._send(place, {**form, **body}, answers=answers)
        )
        if sent.get("content") == "" and not sent.get("components"):
            # Taken, and nothing is to be seen: this server keeps no components.
            self.api.plain = True
            await self.api.edit(str(sent["channel_id"]), str(sent["id"]), plain(shown, ink))
        return self._sent(place, sent)

    async def _aside(self, effect: Ephemeral, guilds: list[str], me: Me | None) -> None:
        """Outside of interactions nothing in a channel is for one person alone, so they get it directly, or
        in a private thread when they take no direct messages."""
        ink = Ink(self.connection, frozenset())
        try:
            channel = await self.dm_channel(effect.person)
            await self.in_either_form(effect.card, ink, None, lambda form: self.api.send(channel, form))
        except RefusedByPlatform as error:
            known = await self.places.known(effect.place.channel)
            if error.code not in NO_DIRECT or me is None or known.direct or known.forum:
                raise
            person = await profile(self.api, effect.person, guilds)
            # Names are not unique, and somebody else's thread it must not be.
            opens = Opens(f"{person.name} · {effect.person.user}", effect.person, private=True)
            apart = Apart(self.api, self.places, me, effect.place.parent, opens)
            await self.in_either_form(effect.card, ink, None, lambda form: apart.begin(form, secrets.token_hex(8)))

    async def in_either_form(
        self, shown: Card, ink: Ink, marked: int | None, act: Callable[[Json], Awaitable[T]], *, edits: bool = False
    ) -> T:
        """With Components V2, else in the older form. `edits`: a message in the other form may be there."""
        if not self.api.plain:
            try:
                return await act({**drawn(shown, ink, marked), **({"content": None, "embeds": []} if edits else {})})
            except RefusedByPlatform as error:
                if error.code not in NOT_TAKEN:
                    raise
                self.api.plain = error.code == EMPTY_MESSAGE
        return await act(plain(shown, ink))

    async def _begin(self, effect: Post, opens: Opens, me: Me | None) -> Delivered:
        """A conversation beside the others of its channel."""
        if me is None:
            raise NotSent("not_started", "who the desk is on Discord is not known yet")
        ink = Ink(self.connection)
        body: Json = {"nonce": nonce(effect.key), "enforce_nonce": True}
        apart = Apart(self.api, self.places, me, effect.place, opens)
        ref = await self.in_either_form(
            effect.card, ink, mark(effect.key), lambda form: apart.begin({**form, **body}, effect.key)
        )
        return Delivered(ref=ref, private=opens.private)

    async def _send(
        self, place: Place, body: Json, file: discord.File | None = None, answers: str | None = None
    ) -> Json:
        """`answers`: a message to refer to, where the place has no threads or none more."""
        address = await self.places.to_post(place)
        answers = address.answers or answers
        if answers:
            body = {**body, "message_reference": {"message_id": answers, "fail_if_not_exists": False}}
        try:
            return await self._send_awake(address.channel, body, file)
        except RefusedByPlatform as error:
            raise self._refused(place, error) from error

    async def _send_awake(self, channel: str, body: Json, file: discord.File | None) -> Json:
        """A message wakes an archived thread, but not one that is locked."""
        try:
            return await self.api.send(channel, body, file)
        except RefusedByPlatform as error:
            if error.code != ARCHIVED:
                raise
        await self.api.change_channel(channel, {"archived": False})
        if file:
            file.reset()
        return await self.api.send(channel, body, file)

    def _refused(self, place: Place, error: RefusedByPlatform) -> RefusedByPlatform:
        """In words where people are told of it. That a thread is gone says nothing about its channel."""
        if place.thread and error.code == UNKNOWN_CHANNEL:
            self.places.forget(place.thread)
            return RefusedByPlatform("thread_not_found", str(error))
        if error.code in NO_DIRECT:
            return RefusedByPlatform("no_direct_messages", str(error))
        return error

    def _sent(self, place: Place, sent: Json) -> Delivered:
        return Delivered(ref=MessageRef(self.connection, place.channel, str(sent["id"]), place.thread))

    async def _update(self, ref: MessageRef, shown: Card) -> None:
        ink = Ink(self.connection)

        async def edit(form: Json) -> None:
            await self._in_thread(ref, lambda channel: self.api.edit(channel, ref.message, form))

        await self.in_either_form(shown, ink, None, edit, edits=True)

    async def _in_thread(self, ref: MessageRef, act: Callable[[str], Awaitable[None]]) -> None:
        channel = await self.places.of_message(ref)
        await threads.awake(self.api, channel, lambda: act(channel))

    async def _upload(self, effect: Upload, answers: str | None = None) -> Delivered:
        try:
            data = self._blobs.open(effect.blob)
        except KeyError as error:
            raise RefusedByPlatform("no_blob", f"{effect.blob} is not in the store") from error
        name = file_name(effect.name)
        # discord.py keeps what it is given from being closed until its own `close`, which leaves that to us.
        with data, contextlib.closing(discord.File(data, filename=name)) as file:  # type: ignore[arg-type]  # any file will do
            place, key = effect.place, {"nonce": nonce(effect.key), "enforce_nonce": True}
            try:
                sent = await self._send(place, {**with_file(effect, file.filename), **key}, file, answers)
            except RefusedByPlatform as error:
                if error.code not in NOT_TAKEN:
                    raise
                file.reset()
                comment = markdown(words(effect.comment), Ink(self.connection), limits.CONTENT)
                sent = await self._send(place, {"content": comment, **key}, file, answers)
        return self._sent(effect.place, sent)


def drawn(shown: Card, ink: Ink, marked: int | None = None) -> Json:
    """A message's body with Components V2."""
    return {"flags": COMPONENTS_V2, "components": components(shown, ink, marked)}


def plain(shown: Card, ink: Ink) -> Json:
    """A message's body for a server, or a message, without them."""
    return {"content": content(shown, ink), "components": classic_rows(shown)}


def with_file(effect: Upload, name: str) -> Json:
    shown = file_components(effect.comment, name, effect.type, Ink(effect.place.connection), mark(effect.key))
    return {"flags": COMPONENTS_V2, "components": shown}


def _for_all(card: Card, person: Identity | None) -> Card:
    """A card that was meant for one person, without what they said; they are called instead."""
    blocks = tuple(block for block in card.blocks if not isinstance(block, Quote))
    called = (Paragraph((Ping(person, person.user),)),) if person else ()
    return replace(card, blocks=(*called, *blocks))


def file_name(name: str) -> str:
    """As Discord keeps it: other characters become underscores there. What is left of a name in another script is no
    more than its ending."""
    letters = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    kept = letters[-limits.FILE_NAME :].strip("_")
    return f"file{kept}" if not kept or (kept[0] == "." and name[0] != ".") else kept
