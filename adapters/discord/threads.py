"""Making a thread stand as the desk wants it (https://docs.discord.com/developers/topics/threads): put away, locked,
and in a forum with tags.

An archived thread takes no change but its own awakening, which may bring others along.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable

from adapters.discord import limits
from adapters.discord.api import Api
from adapters.discord.errors import ARCHIVED, NO_PERMISSION, UNKNOWN_CHANNEL
from adapters.discord.markup import unformatted
from adapters.discord.payloads import Json, Payload, mapping, maybe, sequence
from adapters.discord.places import Places
from core.language.effects import SetThread
from core.ports import RefusedByPlatform

log = logging.getLogger(__name__)


async def set_thread(api: Api, places: Places, effect: SetThread) -> None:
    """Does nothing for a direct conversation, and for a thread that is not there. Raises a DeliveryError."""
    address = await places.of_place(effect.place)
    if effect.place.thread is None or address.answers:
        return
    try:
        thread = await api.channel(address.channel)
    except RefusedByPlatform as error:
        if error.code == UNKNOWN_CHANNEL:
            return
        raise
    try:
        await _set(api, places, effect, thread)
    except RefusedByPlatform as error:
        if error.code != NO_PERMISSION:
            raise
        # The desk can still be heard there.
        raise RefusedByPlatform(error.code, "the desk needs Manage Threads there") from error


async def _set(api: Api, places: Places, effect: SetThread, thread: Payload) -> None:
    standing = mapping(thread, "thread_metadata")
    archived = standing.get("archived") is True
    changes: Json = {}
    if (standing.get("locked") is True) != effect.locked:
        changes["locked"] = effect.locked
    if (await places.known(effect.place.channel)).forum:
        had = [str(one) for one in sequence(thread, "applied_tags")]
        wanted = await _tags(api, effect, had)
        if set(wanted) != set(had):
            changes["applied_tags"] = wanted
    if archived and (changes or not effect.archived):
        await api.change_channel(str(thread["id"]), {"archived": False, **changes})
        changes, archived = {}, False
    if changes or archived != effect.archived:
        await api.change_channel(str(thread["id"]), {**changes, **({"archived": True} if effect.archived else {})})


# --- tags


async def _tags(api: Api, effect: SetThread, had: Iterable[str]) -> list[str]:
    """People's own tags stay, and the desk's take what room is left."""
    wanted, known = await tags_named(api, effect.place.channel, effect.tags)
    ours = {known.get(_as_named(name).casefold()) for name in effect.among}
    people = [tag for tag in had if tag not in ours][: limits.POST_TAGS]
    return [*people, *wanted[: limits.POST_TAGS - len(people)]]


async def tags_named(api: Api, channel: str, names: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    """Ids of a forum's tags, made where they are missing and there may be more, and all that it has by name. Raises a
    DeliveryError."""
    forum = await api.channel(channel)
    known = _by_name(forum)
    wanted = [_as_named(name) for name in names]
    missing = [name for name in wanted if name.casefold() not in known]
    if missing and await _make(api, forum, missing):
        known = _by_name(await api.channel(channel))
    return [tag for name in wanted if (tag := known.get(name.casefold()))], known


def _by_name(forum: Payload) -> dict[str, str]:
    return {
        name.casefold(): found
        for tag in sequence(forum, "available_tags")
        if (name := maybe(tag, "name")) and (found := maybe(tag, "id"))
    }


def _as_named(name: str) -> str:
    return unformatted(name, limits.TAG_NAME)


async def _make(api: Api, forum: Payload, names: Iterable[str]) -> bool:
    """Tags that only those who manage threads can give. False where the desk may make none, or there is no room."""
    there = sequence(forum, "available_tags")
    bare = {"moderated": True, "emoji_id": None, "emoji_name": None}
    made = [{"name": name, **bare} for name in names][: max(0, limits.TAGS - len(there))]
    if not made:
        return False
    try:
        await api.change_channel(str(forum["id"]), {"available_tags": [*there, *made]})
    except RefusedByPlatform as error:
        if error.code != NO_PERMISSION:
            raise
        log.warning("a forum lacks tags, and the desk may not make them: %s", ", ".join(names))
        return False
    return True


# --- acting in a thread that was put away


async def awake(api: Api, channel: str, act: Callable[[], Awaitable[None]]) -> None:
    """Does what Discord refuses in an archived thread by waking it, and puts it away again."""
    try:
        await act()
    except RefusedByPlatform as error:
        if error.code != ARCHIVED:
            raise
        await api.change_channel(channel, {"archived": False})
        await act()
        await api.change_channel(channel, {"archived": True})
