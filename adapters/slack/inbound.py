"""Slack's payloads to the desk's events (https://docs.slack.dev/reference/events). Pure: no network, no state.

`read` gives None for noise: our own messages, unfurls, joins of others, whatever the desk does not use.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from adapters.slack import interactions
from adapters.slack.messages import posted
from adapters.slack.payloads import (
    RECEIVED,
    Me,
    Payload,
    digest,
    is_ours,
    kept,
    mapping,
    maybe,
    moment,
    ref_of,
    sequence,
    string,
)
from core.language.events import (
    ChannelChanged,
    ConnectionRevoked,
    GroupChanged,
    HomeOpened,
    Inbound,
    MessageDeleted,
    MessageEdited,
    PersonChanged,
    ReactionAdded,
    ReactionRemoved,
    Unreadable,
)
from core.language.places import Identity, MessageRef, Place

# With subtypes that say something; any other subtype (channel_join, channel_topic, …) is Slack speaking.
_SPOKEN: Final = frozenset({None, "file_share", "thread_broadcast", "me_message", "bot_message"})
_CHANNEL_CHANGES: Final = {
    "channel_left": "removed",
    "group_left": "removed",
    "channel_archive": "archived",
    "group_archive": "archived",
    "channel_unarchive": "unarchived",
    "group_unarchive": "unarchived",
    "channel_deleted": "deleted",
    "group_deleted": "deleted",
    "channel_rename": "renamed",
    "group_rename": "renamed",
}


def read(payload: Payload, me: Me, now: datetime) -> Inbound | None:
    """The event in a payload. `now` is the time of what has none of its own (a slash command). Raises ValueError
    for what makes no sense."""
    try:
        if maybe(payload, "type") == "event_callback" or isinstance(payload.get("event"), Mapping):
            return _event(_timed(payload, now), me)
        received = _seconds(payload, RECEIVED)
        at = datetime.fromtimestamp(received, UTC) if received is not None else now
        return interactions.read(payload, me, at)
    except (KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError) as problem:
        raise ValueError(f"not a payload of Slack's: {type(problem).__name__} {problem}") from problem


def unreadable(payload: Payload, me: Me, now: datetime, problem: str) -> Unreadable:
    """A payload that `read` makes no sense of, to be kept."""
    try:
        raw = kept(payload)
    except ValueError:
        raw = {}
    event_id = maybe(payload, "event_id")
    key = event_id or digest(json.dumps(raw, sort_keys=True, default=str))
    return Unreadable(connection=me.connection, at=now, event_id=event_id, raw=raw, problem=problem, key=key)


def _timed(payload: Payload, now: datetime) -> Payload:
    """With a time. Slack gives every event one; a server that gives none is taken at ours."""
    event = payload.get("event")
    if any(maybe(event, key) for key in ("event_ts", "ts")) or _seconds(payload, "event_time", RECEIVED) is not None:
        return payload
    return {**payload, RECEIVED: now.timestamp()}


def _seconds(payload: Payload, *keys: str) -> int | float | None:
    return next((found for key in keys if isinstance(found := payload.get(key), int | float)), None)


def _event(payload: Payload, me: Me) -> Inbound | None:
    event = mapping(payload, "event")
    kind = string(event, "type")
    if kind in _CHANNEL_CHANGES:
        return _channel_changed(payload, event, kind, me)
    reader = _READERS.get(kind)
    return reader(payload, event, me) if reader else None


def _outer(payload: Payload, event: Payload, me: Me) -> dict[str, Any]:
    """What all events have in common."""
    seconds = _seconds(payload, "event_time", RECEIVED)
    at = datetime.fromtimestamp(seconds, UTC) if seconds is not None else _event_moment(event)
    return {"connection": me.connection, "at": at, "event_id": maybe(payload, "event_id"), "raw": kept(payload)}


def _event_moment(event: Payload) -> datetime:
    return moment(maybe(event, "event_ts") or string(event, "ts"))


def _message(payload: Payload, event: Payload, me: Me) -> Inbound | None:
    match maybe(event, "subtype"):
        case "message_changed":
            return _changed(payload, event, me)
        case "message_deleted":
            return _deleted(payload, event, mapping(event, "previous_message"), me)
        case "tombstone":
            return MessageDeleted(ref=ref_of(event, string(event, "channel"), me), **_outer(payload, event, me))
        case subtype if subtype in _SPOKEN and event.get("hidden") is not True:
            if is_ours(event, me, maybe(payload, "api_app_id")):
                return None
            return posted(event, string(event, "channel"), me, **_at_ts(payload, event, me))
    return None


def _at_ts(payload: Payload, event: Payload, me: Me) -> dict[str, Any]:
    return {**_outer(payload, event, me), "at": moment(string(event, "ts"))}


def _changed(payload: Payload, event: Payload, me: Me) -> Inbound | None:
    after, before = mapping(event, "message"), mapping(event, "previous_message")
    if maybe(after, "subtype") == "tombstone":
        return _deleted(payload, event, before or after, me)
    if is_ours(after, me, maybe(payload, "api_app_id")) or maybe(after, "subtype") not in _SPOKEN:
        return None
    edited = maybe(after, "edited", "ts")
    if before and _said(before) == _said(after):
        # A link was unfurled, a reply counted, a thumbnail made.
        return None
    found = posted(after, string(event, "channel"), me, **_outer(payload, event, me))
    return MessageEdited(
        ref=found.ref,
        author=found.author,
        text=found.text,
        edition=edited or digest(*_said(after)),
        files=found.files,
        **_outer(payload, event, me),
    )


def _said(message: Payload) -> tuple[str, ...]:
    return (maybe(message, "text") or "", *(maybe(file, "id") or "" for file in sequence(message, "files")))


def _deleted(payload: Payload, event: Payload, before: Payload, me: Me) -> Inbound | None:
    if is_ours(before, me, maybe(payload, "api_app_id")):
        return None
    ts = maybe(event, "deleted_ts") or string(before, "ts")
    ref = ref_of({**before, "ts": ts}, string(event, "channel"), me)
    return MessageDeleted(ref=ref, **_outer(payload, event, me))


def _reaction(payload: Payload, event: Payload, me: Me) -> Inbound | None:
    item = mapping(event, "item")
    user = string(event, "user")
    if maybe(item, "type") not in ("message", None) or user == me.user:
        return None
    # Slack does not say which thread the message is in.
    ref = MessageRef(me.connection, string(item, "channel"), string(item, "ts"))
    made = ReactionAdded if event["type"] == "reaction_added" else ReactionRemoved
    name = string(event, "reaction").strip(":").split("::", 1)[0]
    seconds = _seconds(payload, "event_time") if not maybe(event, "event_ts") else None
    when = maybe(event, "event_ts") or str(seconds or maybe(payload, "event_id") or payload.get(RECEIVED))
    if event.get("seen") is True:
        # Read from the history: since when is not known.
        when = ""
    return made(ref=ref, person=Identity(me.connection, user), name=name, event_time=when, **_outer(payload, event, me))


def _home(payload: Payload, event: Payload, me: Me) -> Inbound | None:
    if maybe(event, "tab") not in (None, "home"):
        return None
    return HomeOpened(person=Identity(me.connection, string(event, "user")), **_outer(payload, event, me))


def _membership(payload: Payload, event: Payload, me: Me) -> Inbound | None:
    if maybe(event, "user") != me.user:
        return None
    return ChannelChanged(
        place=Place(me.connection, string(event, "channel")),
        change="joined" if event["type"] == "member_joined_channel" else "removed",
        **_outer(payload, event, me),
    )


def _channel_changed(payload: Payload, event: Payload, kind: str, me: Me) -> Inbound:
    channel = maybe(event, "channel") or string(event, "channel", "id")
    return ChannelChanged(
        place=Place(me.connection, channel),
        change=_CHANNEL_CHANGES[kind],  # type: ignore[arg-type]  # the table's words are the event's
        name=maybe(event, "channel", "name"),
        **_outer(payload, event, me),
    )


def _person(payload: Payload, event: Payload, me: Me) -> Inbound:
    return PersonChanged(person=Identity(me.connection, string(event, "user", "id")), **_outer(payload, event, me))


def _group(payload: Payload, event: Payload, me: Me) -> Inbound:
    group = maybe(event, "subteam_id") or string(event, "subteam", "id")
    return GroupChanged(group=group, **_outer(payload, event, me))


def _revoked(payload: Payload, event: Payload, me: Me) -> Inbound | None:
    # A person who takes back a user token takes nothing from the desk, which has none.
    if event["type"] == "tokens_revoked" and not sequence(mapping(event, "tokens"), "bot"):
        return None
    return ConnectionRevoked(reason=event["type"], **_outer(payload, event, me))


_READERS: Final[dict[str, Callable[[Payload, Payload, Me], Inbound | None]]] = {
    "message": _message,
    "app_mention": _message,
    "reaction_added": _reaction,
    "reaction_removed": _reaction,
    "app_home_opened": _home,
    "member_joined_channel": _membership,
    "member_left_channel": _membership,
    "user_change": _person,
    "subteam_updated": _group,
    "subteam_members_changed": _group,
    "app_uninstalled": _revoked,
    "tokens_revoked": _revoked,
}


def event_names() -> Iterator[str]:
    """The bot events that `read` understands, as a manifest names them."""
    yield from ("message.channels", "message.groups", "message.im")
    yield from (name for name in (*_READERS, *_CHANNEL_CHANGES) if name not in ("message", "subteam_updated"))
    yield "subteam_updated"
