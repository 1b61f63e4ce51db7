"""Envelopes (see `payloads`) to the desk's events. Pure: no network, no state.

`read` gives None for noise: our own messages, joins, pins, embeds of links, whatever the desk does not use.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from adapters.discord import interactions
from adapters.discord.emoji import name_of
from adapters.discord.messages import is_ours, posted
from adapters.discord.payloads import SPOKEN, Me, Payload, mapping, maybe, moment, ref_of, snowflake, string
from core.language.events import (
    ChannelChanged,
    GroupChanged,
    Inbound,
    MessageDeleted,
    MessageEdited,
    PersonChanged,
    ReactionAdded,
    ReactionRemoved,
    Unreadable,
)
from core.language.places import Identity, Place


def read(payload: Payload, me: Me, now: datetime) -> Inbound | None:
    """The event in an envelope. `now` is the time of what has none of its own. Raises ValueError for what makes no
    sense."""
    try:
        reader = _READERS.get(string(payload, "t"))
        at = maybe(payload, "at")
        return reader(payload, me, moment(at) if at else now) if reader else None
    except (KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError) as problem:
        raise ValueError(f"not a payload of Discord's: {type(problem).__name__} {problem}") from problem


def unreadable(payload: Payload, me: Me, now: datetime, problem: str) -> Unreadable:
    """An envelope that `read` makes no sense of, to be kept."""
    key = hashlib.sha256(json.dumps(payload, sort_keys=True, default=str).encode()).hexdigest()[:32]
    return Unreadable(connection=me.connection, at=now, raw=payload, problem=problem, key=key)


def _created(payload: Payload, me: Me, at: datetime) -> Inbound | None:
    message = mapping(payload, "d")
    if is_ours(message, me) or message.get("type", 0) not in SPOKEN:
        return None
    return posted(payload, me)


def _updated(payload: Payload, me: Me, at: datetime) -> Inbound | None:
    message = mapping(payload, "d")
    edited = maybe(message, "edited_timestamp")
    if edited is None or is_ours(message, me) or message.get("type", 0) not in SPOKEN:
        # Without a time nobody edited it: a link was unfurled, a thread hung on it.
        return None
    found = posted(payload, me)
    when = moment(edited)
    return MessageEdited(
        connection=me.connection,
        at=when,
        ref=found.ref,
        author=found.author,
        text=found.text,
        edition=when.isoformat(),
        files=found.files,
        raw=payload,
    )


def _deleted(payload: Payload, me: Me, at: datetime) -> Inbound:
    ref = ref_of(payload, snowflake(payload, "d", "id"), me)
    return MessageDeleted(connection=me.connection, at=at, ref=ref, raw=payload)


def _reaction(payload: Payload, me: Me, at: datetime) -> Inbound | None:
    data = mapping(payload, "d")
    user = snowflake(data, "user_id")
    if user == me.user:
        return None
    made = ReactionAdded if payload["t"] == "MESSAGE_REACTION_ADD" else ReactionRemoved
    return made(
        connection=me.connection,
        at=at,
        ref=ref_of(payload, snowflake(data, "message_id"), me),
        person=Identity(me.connection, user),
        name=name_of(string(data, "emoji", "name")),
        # Read from the history: since when is not known.
        event_time="" if data.get("seen") is True else at.isoformat(),
        raw=payload,
    )


def _channel_deleted(payload: Payload, me: Me, at: datetime) -> Inbound:
    place = Place(me.connection, snowflake(payload, "d", "id"))
    return ChannelChanged(connection=me.connection, at=at, place=place, change="deleted", raw=payload)


def _channel_renamed(payload: Payload, me: Me, at: datetime) -> Inbound:
    place, name = Place(me.connection, snowflake(payload, "d", "id")), maybe(payload, "d", "name")
    return ChannelChanged(connection=me.connection, at=at, place=place, change="renamed", name=name, raw=payload)


def _person(payload: Payload, me: Me, at: datetime) -> Inbound:
    person = Identity(me.connection, snowflake(payload, "d", "user", "id"))
    return PersonChanged(connection=me.connection, at=at, person=person, raw=payload)


def _role(payload: Payload, me: Me, at: datetime) -> Inbound:
    return GroupChanged(connection=me.connection, at=at, group=snowflake(payload, "d", "role_id"), raw=payload)


_READERS: Final[dict[str, Callable[[Payload, Me, datetime], Any]]] = {
    "MESSAGE_CREATE": _created,
    "MESSAGE_UPDATE": _updated,
    "MESSAGE_DELETE": _deleted,
    "MESSAGE_REACTION_ADD": _reaction,
    "MESSAGE_REACTION_REMOVE": _reaction,
    "CHANNEL_DELETE": _channel_deleted,
    "CHANNEL_UPDATE": _channel_renamed,
    "GUILD_MEMBER_UPDATE": _person,
    "ROLE_MEMBERS_CHANGED": _role,
    "INTERACTION_CREATE": interactions.read,
}
