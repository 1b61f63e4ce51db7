"""Conversations that stand beside their channel and not below one of its messages: a forum's posts, and private
threads. Discord knows no key for their making, so one is looked for by its name before it is made."""

from typing import Final

from adapters.discord.api import Api, ignoring
from adapters.discord.errors import MISSING, UNKNOWN_MEMBER, UNKNOWN_USER
from adapters.discord.keys import is_marked
from adapters.discord.limits import THREAD_NAME
from adapters.discord.markup import unformatted
from adapters.discord.messages import is_ours
from adapters.discord.payloads import Json, Me, Payload, maybe
from adapters.discord.places import Places
from adapters.discord.threads import tags_named
from core.language.effects import Delivered, Opens
from core.language.places import MessageRef, Place
from core.ports import RefusedByPlatform

_PRIVATE: Final = 12
# Somebody who has left the server can be in no thread of it; and a smaller server may let nobody in.
_NOT_LET_IN: Final = frozenset({UNKNOWN_MEMBER, UNKNOWN_USER}) | MISSING
# A server that cannot list threads.
_NO_LIST: Final = frozenset({"http_404", "http_405"})


async def begins_apart(places: Places, place: Place, opens: Opens) -> bool:
    """Raises a DeliveryError."""
    if place.thread:
        return False
    known = await places.known(place.channel)
    return known.forum or (opens.private and not known.direct)


class Apart:
    """One such conversation, that is there or not."""

    def __init__(self, api: Api, places: Places, me: Me, place: Place, opens: Opens) -> None:
        self._api = api
        self._places = places
        self._me = me
        self._place = place
        self._opens = opens
        self._name = unformatted(opens.name, THREAD_NAME)

    async def begin(self, body: Json, key: str) -> MessageRef:
        """Repeating it makes no second one. Raises a DeliveryError."""
        thread, said = await self._look(), None
        if thread is not None:
            said = await self._said(thread, key)
        elif (await self._places.known(self._place.channel)).forum:
            thread, said = await self._post(body)
        else:
            how = {"name": self._name, "type": _PRIVATE, "invitable": False}
            thread = await self._api.open_thread(self._place.channel, how)
        if self._opens.person:
            await ignoring(_NOT_LET_IN, self._api.add_to_thread(str(thread["id"]), self._opens.person.user))
        return self._ref(thread, said or str((await self._api.send(str(thread["id"]), body))["id"]))

    async def _post(self, body: Json) -> tuple[Payload, str]:
        message = {name: value for name, value in body.items() if name not in ("nonce", "enforce_nonce")}
        tags, _ = await tags_named(self._api, self._place.channel, self._opens.tags)
        how = {"name": self._name, "message": {"allowed_mentions": {"parse": []}, **message}, "applied_tags": tags}
        thread = await self._api.open_thread(self._place.channel, how)
        return thread, maybe(thread, "message", "id") or str(thread["id"])

    async def find(self, key: str) -> Delivered | None:
        """What was begun with a key. Raises a DeliveryError."""
        thread = await self._look()
        said = await self._said(thread, key) if thread else None
        return Delivered(ref=self._ref(thread, said), private=self._opens.private) if thread and said else None

    async def _look(self) -> Payload | None:
        try:
            guild = maybe(await self._api.channel(self._place.channel), "guild_id")
            active = await self._api.active_threads(guild or "0")
        except RefusedByPlatform as error:
            if error.code not in _NO_LIST:
                raise
            return None
        return next((thread for thread in active if self._is_it(thread)), None)

    def _is_it(self, thread: Payload) -> bool:
        found = (maybe(thread, "parent_id"), maybe(thread, "owner_id"), maybe(thread, "name"))
        return found == (self._place.channel, self._me.user, self._name)

    async def _said(self, thread: Payload, key: str) -> str | None:
        latest = await self._api.latest(str(thread["id"]))
        return next((str(one["id"]) for one in latest if is_ours(one, self._me) and is_marked(one, key)), None)

    def _ref(self, thread: Payload, message: str) -> MessageRef:
        self._places.note_thread(str(thread["id"]), self._place.channel, self._name, private=self._opens.private)
        return MessageRef(self._place.connection, self._place.channel, message, str(thread["id"]))
