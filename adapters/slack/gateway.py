"""Carrying out one effect on Slack, once. What it may raise is `ChatPlatform.deliver`'s contract."""

import asyncio
import logging
import secrets
from collections.abc import Mapping
from typing import Any, assert_never

from adapters.slack import files, limits, reading, views
from adapters.slack.api import Api, ignoring
from adapters.slack.errors import UNKNOWN_METHOD, is_missing_method
from adapters.slack.keys import client_id, metadata
from adapters.slack.markup import Ink, unformatted
from adapters.slack.payloads import Me, home_of, maybe
from adapters.slack.render import Rendered, card
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
    PersonProfile,
    Post,
    PublishHome,
    React,
    SetThread,
    Unreact,
    Update,
    Upload,
)
from core.language.places import Identity, MessageRef, Place
from core.language.views import Card
from core.language.wording import ENGLISH_VOICE, Voice
from core.ports import BlobStore, DeliveryError, NotSent, OutcomeUnknown, RateLimited, RefusedByPlatform

log = logging.getLogger(__name__)

# Seconds; Slack gives three for the answer to a command.
_PATIENCE = 1.5

_DELETED = frozenset({"message_not_found", UNKNOWN_METHOD})
_REACTED = frozenset({"already_reacted", UNKNOWN_METHOD})
_UNREACTED = frozenset({"no_reaction", "message_not_found", UNKNOWN_METHOD})
_NOBODY = frozenset({"user_not_found", "user_not_visible", "users_not_found"})


class Gateway:
    """Holds what is learnt on the way: which channel a direct message goes to, which keys were delivered where."""

    def __init__(self, connection: str, api: Api, blobs: BlobStore, voice: Voice = ENGLISH_VOICE) -> None:
        self.connection = connection
        self.api = api
        self.blobs = blobs
        self.voice = voice
        self.found = reading.Found()
        self._dms: dict[str, str] = {}

    async def deliver(self, effect: Deliverable, me: Me | None) -> Delivered:
        try:
            return await self._deliver(effect, me)
        except RateLimited as limited:
            # Slack counts each method by itself.
            shared = limits.RATES[effect.kind].per == "connection"
            raise RateLimited(limited.retry_after, "kind" if shared else "lane") from limited

    async def _deliver(self, effect: Deliverable, me: Me | None) -> Delivered:
        api, web = self.api, self.api.web
        match effect:
            case Post():
                return await self._post(effect)
            case Dm():
                return await self._dm(effect)
            case Ephemeral():
                shown = self.drawn(effect.card)
                await api.call(
                    web.chat_postEphemeral,
                    channel=effect.place.channel,
                    user=effect.person.user,
                    thread_ts=effect.place.thread,
                    text=shown.text,
                    blocks=shown.blocks or None,
                )
            case Update():
                shown = self.drawn(effect.card)
                await api.call(
                    web.chat_update,
                    channel=effect.ref.channel,
                    ts=effect.ref.message,
                    text=shown.text,
                    # An empty list takes the old blocks away; leaving it out would keep them.
                    blocks=shown.blocks,
                )
            case Delete(ref=ref):
                await ignoring(_DELETED, api.call(web.chat_delete, channel=ref.channel, ts=ref.message))
            case React(ref=ref, name=name):
                reacting = api.call(web.reactions_add, channel=ref.channel, timestamp=ref.message, name=name)
                await ignoring(_REACTED, reacting)
            case Unreact(ref=ref, name=name):
                taking_off = api.call(web.reactions_remove, channel=ref.channel, timestamp=ref.message, name=name)
                await ignoring(_UNREACTED, taking_off)
            case Upload():
                return await files.upload(api, self.blobs, self.found, effect)
            case PublishHome():
                view = views.home(effect.home, Ink(self.connection), secrets.token_hex(4))
                publishing = api.call(web.views_publish, user_id=effect.person.user, view=view)
                await ignoring(frozenset({UNKNOWN_METHOD}), publishing)
            case SetThread():
                pass
            case FetchPerson():
                return Delivered(profile=await self._profile(effect.person, me))
            case FetchGroup():
                return Delivered(members=await self._members(effect.group))
            case FetchFile():
                return await files.download(api, self.blobs, effect)
            case BackfillThread():
                return Delivered(raws=await reading.history(api, me, effect.place, after=None, limit=None))
            case _:
                assert_never(effect)
        return Delivered()

    def drawn(self, shown: Card, pings: frozenset[str] | None = None, text: int = limits.FALLBACK_TEXT) -> Rendered:
        return card(shown, Ink(self.connection, pings), secrets.token_hex(4), text)

    async def _post(self, effect: Post) -> Delivered:
        pings = frozenset(i.user for i in effect.pings if i.connection == self.connection)
        return await self._send(effect.place, effect.card, effect.key, pings, broadcast=effect.broadcast)

    async def _dm(self, effect: Dm) -> Delivered:
        channel = await self.dm_channel(effect.person)
        return await self._send(Place(self.connection, channel), effect.card, effect.key, None)

    async def dm_channel(self, person: Identity) -> str:
        """The channel of direct messages with a person. Whatever fails here, no message was sent."""
        known = self._dms.get(person.user)
        if known:
            return known
        try:
            opened = await self.api.call(self.api.web.conversations_open, users=person.user)
        except OutcomeUnknown as error:
            raise NotSent(error.code, str(error)) from error
        except RefusedByPlatform as error:
            if not is_missing_method(error):
                raise
            opened = {}
        # Slack also takes a person's id for the channel.
        channel = maybe(opened, "channel", "id") or person.user
        self._dms[person.user] = channel
        return channel

    async def is_with_us(self, channel: str, person: Identity) -> bool:
        """Whether a channel of direct messages is a person's with the desk. True when Slack does not say in time."""
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self.dm_channel(person) in (channel, person.user)
        except (DeliveryError, TimeoutError) as error:
            log.warning("whose direct messages these are is not known: %s", error, extra={"channel": channel})
            return True

    async def _send(
        self, place: Place, shown: Card, key: str, pings: frozenset[str] | None, *, broadcast: bool = False
    ) -> Delivered:
        drawn = self.drawn(shown, pings, limits.POST_TEXT)
        sent = await self.api.call(
            self.api.web.chat_postMessage,
            channel=place.channel,
            thread_ts=place.thread,
            reply_broadcast=True if broadcast and place.thread else None,
            text=drawn.text,
            blocks=drawn.blocks or None,
            metadata=metadata(key),
            client_msg_id=client_id(key),
            username=unformatted(shown.sender, limits.SENDER) if shown.sender else None,
            unfurl_links=False,
            unfurl_media=False,
        )
        ts = maybe(sent, "ts") or maybe(sent, "message", "ts")
        if ts is None:
            raise OutcomeUnknown("no_ts", "chat.postMessage gave no ts")
        self.api.saw(ts)
        ref = MessageRef(self.connection, maybe(sent, "channel") or place.channel, ts, place.thread)
        if place.thread and isinstance(sent.get("message"), Mapping) and not maybe(sent, "message", "thread_ts"):
            await self._check_in_thread(ref)
        self.found.note(ref, key)
        return Delivered(ref=ref)

    async def _check_in_thread(self, ref: MessageRef) -> None:
        """Slack puts a reply whose root is gone at the top level of the channel, for everyone to see: such a post
        is taken back. Raises RefusedByPlatform then."""
        if await reading.has_strayed(self.api, ref):
            await ignoring(_DELETED, self.api.call(self.api.web.chat_delete, channel=ref.channel, ts=ref.message))
            raise RefusedByPlatform("thread_not_found", "the reply came out at the top level and was deleted")

    async def _profile(self, person: Identity, me: Me | None) -> PersonProfile:
        try:
            answer = await self.api.call(self.api.web.users_info, user=person.user)
        except RefusedByPlatform as error:
            if error.code not in _NOBODY and not is_missing_method(error):
                raise
            # Somebody of another organisation whom this workspace may not look up.
            return PersonProfile(person, name="")
        user = answer.get("user")
        home = maybe(user, "team_id") or maybe(user, "profile", "team")
        guest = ("is_restricted", "is_ultra_restricted", "is_stranger")
        name = (
            maybe(user, "profile", "real_name")
            or maybe(user, "real_name")
            or maybe(user, "profile", "display_name")
            or maybe(user, "name")
        )
        return PersonProfile(
            person,
            name=name or "",
            email=maybe(user, "profile", "email"),
            timezone=maybe(user, "tz"),
            is_bot=_true(user, "is_bot"),
            is_deleted=_true(user, "deleted"),
            is_guest=any(_true(user, key) for key in guest),
            home=home_of(home, me) if me else home,
        )

    async def _members(self, group: str) -> tuple[str, ...] | None:
        """None where the platform does not know groups, which is not the same as an empty one."""
        try:
            answer = await self.api.call(self.api.web.usergroups_users_list, usergroup=group)
        except DeliveryError as error:
            if not is_missing_method(error):
                raise
            answer = {}
        users = answer.get("users")
        if not isinstance(users, list):
            log.warning("slack does not tell who is in the user group %s; name its agents in desk.yaml", group)
            return None
        return tuple(user for user in users if isinstance(user, str))


def _true(value: Any, key: str) -> bool:
    return isinstance(value, Mapping) and value.get(key) is True
