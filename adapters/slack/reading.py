"""Reading a channel or thread: to catch up, to take over a thread, to see whether a post with an unknown outcome
is there.

`since` is this machine's time and a ts the platform's, and the two may be far apart (a sandbox has a clock that
people move). So the search never hands `since` to Slack: it reads threads whole, and channels from the newest
message back.
"""

import html
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from adapters.slack import limits
from adapters.slack.api import Api
from adapters.slack.keys import client_id, key_of
from adapters.slack.payloads import Me, Payload, is_ours, mapping, maybe, order, sequence, thread_of
from adapters.slack.render import fallback
from core.language.effects import Deliverable, Delivered, Dm, Post, Upload
from core.language.places import MessageRef, Place
from core.ports import DeliveryError, NotSent, RefusedByPlatform

log = logging.getLogger(__name__)

_MOST_PAGES: Final = 100
# Threads that are older than so many pages of their channel's messages are not looked for.
_PAGES_OF_ROOTS: Final = 5
_NO_THREAD: Final = "thread_not_found"
# What one request may bring at most; the first page of a channel is that large, so that clocks that disagree do
# not hide a message that others were written after.
_LONGEST_PAGE: Final = 999
# Seconds by which a ts and our own clock may differ.
_CLOCKS: Final = 60.0
_SLACK: Final = 2.0
_OTHER_TIME: Final = 86_400.0
_REMEMBERED: Final = 5000


class Found:
    """Which messages and files belong to which key, as far as this process has seen it: a message that is one
    key's is not taken for another one's that says the same."""

    def __init__(self) -> None:
        self._messages: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._files: OrderedDict[str, str] = OrderedDict()

    def note(self, ref: MessageRef, key: str) -> None:
        _remember(self._messages, (ref.channel, ref.message), key)

    def note_file(self, file: str, key: str) -> None:
        _remember(self._files, file, key)

    def message_is_free(self, channel: str, ts: str, key: str) -> bool:
        return self._messages.get((channel, ts), key) == key

    def key_of_file(self, file: str) -> str | None:
        return self._files.get(file)


def _remember(held: OrderedDict[Any, str], what: Any, key: str) -> None:
    held[what] = key
    held.move_to_end(what)
    if len(held) > _REMEMBERED:
        held.popitem(last=False)


# --- catching up


async def history(
    api: Api,
    me: Me | None,
    place: Place,
    *,
    after: str | None,
    limit: int | None,
    reactions: Collection[str] = (),
) -> tuple[Payload, ...]:
    """Payloads of messages after a ts, oldest first, of at most `limit` messages; an edited message is followed by
    its edit, which is an event of its own, and by who has reacted. Raises a DeliveryError."""
    method, where = _source(api, place)
    messages: dict[str, Payload] = {}
    async for page in api.pages(method, most=_MOST_PAGES, **where, oldest=after, inclusive=False):
        for message in sequence(page, "messages"):
            ts = maybe(message, "ts")
            # A thread's root comes with every page, whatever was asked for.
            if ts and (after is None or order(ts) > order(after)):
                messages[ts] = message
    if place.thread and after is None and place.thread not in messages:
        messages |= await _root(api, place.channel, place.thread)
    oldest_first = sorted(messages, key=order)[:limit]
    return tuple([p for ts in oldest_first async for p in _told(api, me, messages[ts], place.channel, reactions)])


async def look_up(
    api: Api, me: Me | None, ref: MessageRef, *, reactions: Collection[str], now: datetime
) -> tuple[Payload, ...]:
    """Payloads of one message as it is now, or of its deletion. Raises a DeliveryError."""
    method, where = _source(api, ref.place if ref.thread != ref.message else ref.place.parent)
    try:
        page = await api.call(method, **where, limit=2, latest=ref.message, oldest=ref.message, inclusive=True)
    except RefusedByPlatform as error:
        if error.code != _NO_THREAD:
            raise
        page = {}
    message = next((one for one in sequence(page, "messages") if maybe(one, "ts") == ref.message), None)
    if message is None:
        return (_deletion(ref, me, now),)
    return tuple([payload async for payload in _told(api, me, message, ref.channel, reactions)])


def _deletion(ref: MessageRef, me: Me | None, now: datetime) -> Payload:
    ts = f"{now.timestamp():.6f}"
    before = {"type": "message", "ts": ref.message, **({"thread_ts": ref.thread} if ref.thread else {})}
    event = {"type": "message", "subtype": "message_deleted", "channel": ref.channel, "deleted_ts": ref.message}
    return _envelope({**event, "previous_message": before, "ts": ts, "event_ts": ts}, ts, me)


async def touched(api: Api, channel: Place, *, after: str) -> tuple[Place, ...]:
    """Threads on the newest messages of a channel with an answer after a ts. Raises a DeliveryError."""
    method, where = _source(api, channel.parent)
    found: list[Place] = []
    async for page in api.pages(method, most=_PAGES_OF_ROOTS, limit=_LONGEST_PAGE, **where):
        for message in sequence(page, "messages"):
            root, latest = maybe(message, "ts"), maybe(message, "latest_reply")
            if root and latest and order(latest) > order(after):
                found.append(Place(channel.connection, channel.channel, root))
    return tuple(found)


async def _told(
    api: Api, me: Me | None, message: Payload, channel: str, reactions: Collection[str]
) -> AsyncIterator[Payload]:
    """A message, its edit, and who has reacted to it with one of `reactions`."""
    for payload in _as_events(message, channel, me):
        yield payload
    ts = str(message["ts"])
    for one in await _reactions(api, message, channel, reactions):
        for user in sequence(one, "users"):
            item = {"type": "message", "channel": channel, "ts": ts}
            event = {"type": "reaction_added", "user": user, "reaction": maybe(one, "name"), "item": item, "seen": True}
            yield _envelope(event, ts, me)


async def _reactions(api: Api, message: Payload, channel: str, wanted: Collection[str]) -> list[Payload]:
    """Those of a message that are wanted; a message of the history may name some of the people alone."""
    found = [one for one in sequence(message, "reactions") if _name(one) in wanted]
    if all(len(sequence(one, "users")) == one.get("count") for one in found):
        return found
    try:
        whole = await api.call(api.web.reactions_get, channel=channel, timestamp=str(message["ts"]), full=True)
    except RefusedByPlatform as error:
        log.warning("who has reacted cannot be asked for: %s", error)
        return found
    return [one for one in sequence(mapping(whole, "message"), "reactions") if _name(one) in wanted]


def _name(reaction: Any) -> str | None:
    """Without skin tone."""
    return (maybe(reaction, "name") or "").split("::", 1)[0]


async def _root(api: Api, channel: str, ts: str) -> dict[str, Payload]:
    """A thread's root from its channel, for servers that leave it out of the thread. Raises a DeliveryError."""
    at = {"latest": ts, "oldest": ts, "inclusive": True}
    page = await api.call(api.web.conversations_history, channel=channel, limit=1, **at)
    found = next((message for message in sequence(page, "messages") if maybe(message, "ts") == ts), None)
    return {ts: found} if found else {}


def _source(api: Api, place: Place) -> tuple[Any, dict[str, Any]]:
    if place.thread:
        return api.web.conversations_replies, {"channel": place.channel, "ts": place.thread}
    return api.web.conversations_history, {"channel": place.channel}


def _as_events(message: Payload, channel: str, me: Me | None) -> tuple[Payload, ...]:
    """A message as the Events API would have brought it."""
    where = {"channel": channel, "channel_type": "im" if channel.startswith("D") else "channel"}
    ts = message["ts"]
    posted = _envelope({**message, **where, "type": "message", "event_ts": ts}, ts, me)
    edited = maybe(message, "edited", "ts")
    if edited is None:
        return (posted,)
    change = {"type": "message", "subtype": "message_changed", "message": message, "ts": edited, "event_ts": edited}
    return posted, _envelope({**change, **where}, edited, me)


def _envelope(event: Payload, ts: str, me: Me | None) -> Payload:
    app = {"api_app_id": me.app} if me and me.app else {}
    team = {"team_id": me.team} if me and me.team else {}
    return {"type": "event_callback", "event_time": order(ts)[0], **team, **app, "event": event}


async def message_with_file(api: Api, place: Place, file: str) -> str | None:
    """The ts of the message that a file was just shared with; None when it is not (yet) to be seen."""
    method, where = _source(api, place)
    try:
        page = await api.call(method, limit=_LONGEST_PAGE, **where)
    except DeliveryError:
        return None
    found = [m for m in sequence(page, "messages") if any(maybe(one, "id") == file for one in sequence(m, "files"))]
    return max((maybe(message, "ts") or "" for message in found), key=order, default=None) or None


async def has_strayed(api: Api, ref: MessageRef) -> bool:
    """Whether a reply stands in the channel itself instead of in its thread; False when that cannot be seen."""
    at = {"channel": ref.channel, "latest": ref.message, "oldest": ref.message, "inclusive": True}
    try:
        page = await api.call(api.web.conversations_history, limit=1, **at)
        found = [m for m in sequence(page, "messages") if maybe(m, "ts") == ref.message]
        if not any(thread_of(message, ref.message) is None for message in found):
            return False
        page = await api.call(api.web.conversations_replies, ts=ref.thread, limit=_LONGEST_PAGE, **at)
    except DeliveryError as error:
        return isinstance(error, RefusedByPlatform) and error.code == _NO_THREAD
    # A server may not tell a channel's replies from its other messages.
    return not any(maybe(message, "ts") == ref.message for message in sequence(page, "messages"))


# --- reading back


async def read_back(
    api: Api, me: Me | None, found: Found, effect: Deliverable, dm_channel: str | None, since: datetime
) -> Delivered | None:
    """What an effect made, or None when it is not there. `dm_channel`: where a `Dm` goes."""
    if me is None:
        raise NotSent("not_started", "who the desk is on Slack is not known yet")
    match effect:
        case Post():
            place, key, text = effect.place, effect.key, fallback(effect.card, limits.POST_TEXT)
        case Dm() if dm_channel:
            place, key = Place(me.connection, dm_channel), effect.key
            text = fallback(effect.card, limits.POST_TEXT)
        case Upload():
            return await _uploaded(api, me, found, effect, since)
        case _:
            return None
    read = [message async for message in _messages(api, place, since)]
    ours = [message for message in read if is_ours(message, me, me.app)]
    match = next((m for m in ours if key_of(m) == key or maybe(m, "client_msg_id") == client_id(key)), None)
    if match is None and not any(key_of(message) for message in ours):
        # A server that keeps no metadata: then the words must do.
        earliest = _earliest(api, read, since)
        match = next((m for m in ours if _says(m, text) and _may_be(m, earliest, found, place, key)), None)
    if match is None:
        return None
    ref = MessageRef(me.connection, place.channel, str(match["ts"]), thread_of(match, str(match["ts"])))
    found.note(ref, key)
    return Delivered(ref=ref)


async def _uploaded(api: Api, me: Me, found: Found, effect: Upload, since: datetime) -> Delivered | None:
    """By the file's id where this process made it; else by name, which is good enough because a conversation's
    effects go out one after the other."""
    place, key = effect.place, effect.key
    read = [message async for message in _messages(api, place, since)]
    earliest = _earliest(api, read, since)
    for message in read:
        for file in sequence(message, "files") if is_ours(message, me, me.app) else ():
            owner = found.key_of_file(maybe(file, "id") or "")
            same_name = maybe(file, "name") == effect.name
            if owner == key or (owner is None and same_name and _may_be(message, earliest, found, place, key)):
                ts = str(message["ts"])
                return Delivered(ref=MessageRef(me.connection, place.channel, ts, thread_of(message, ts)))
    return None


async def _messages(api: Api, place: Place, since: datetime) -> AsyncIterator[Payload]:
    """The messages in a place since then and some before, in Slack's order."""
    method, where = _source(api, place)
    enough = since.timestamp() + min(api.skew or 0.0, 0.0) - _CLOCKS
    try:
        async for page in api.pages(method, most=_MOST_PAGES, limit=_LONGEST_PAGE, include_all_metadata=True, **where):
            messages = [m for m in sequence(page, "messages") if isinstance(m, Mapping) and maybe(m, "ts")]
            for message in messages:
                yield message
            times = [order(str(message["ts"])) for message in messages]
            newest_first = times == sorted(times, reverse=True) and len(times) > 1
            if place.thread is None and newest_first and times[-1][0] < enough:
                return
    except RefusedByPlatform as error:
        if error.code != _NO_THREAD:
            raise


def _earliest(api: Api, read: Sequence[Payload], since: datetime) -> float:
    """`since` by the platform's clock. Where nothing has shown that yet and all messages are from another day, the
    platform has a time of its own, and what was just said is among the newest."""
    if api.skew is not None:
        return since.timestamp() + api.skew - _SLACK
    newest = max((order(str(message["ts"]))[0] for message in read), default=0)
    other_time = newest < since.timestamp() - _OTHER_TIME
    return newest - _CLOCKS if other_time else since.timestamp() - _SLACK


def _says(message: Payload, text: str) -> bool:
    return html.unescape(maybe(message, "text") or "").strip() == html.unescape(text).strip()


def _may_be(message: Payload, earliest: float, found: Found, place: Place, key: str) -> bool:
    """Whether a message without a key may be this key's: late enough, and not another one's."""
    ts = str(message["ts"])
    return order(ts)[0] >= earliest and found.message_is_free(place.channel, ts, key)
