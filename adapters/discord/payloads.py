"""Discord's JSON: ids, times, and what of it the desk keeps.

What `normalise` reads is an envelope: `t` is the gateway's name of the event, `d` its data as the API spells it,
`parent` the channel of the thread that it is in (None outside of threads), `direct` whether it is in a direct
conversation, `flat` whether the server has no threads and answers stand for them, `at` the time of what has none of its
own, `title` the name of the forum's post that it is in. discord.py hands out objects, not payloads; `message_data` and
`envelope` are the way back.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import discord

from core.language.places import MessageRef, Place

Payload = Mapping[str, Any]
Json = dict[str, Any]

# What people write; the other types are Discord speaking (joins, pins, a thread's starter).
SPOKEN: Final = frozenset({0, 19})


@dataclass(frozen=True, slots=True)
class Me:
    """Who the desk is: a user, whose name people write after the @, and the roles that Discord made for it alone."""

    connection: str
    user: str
    name: str = "desk"
    roles: frozenset[str] = frozenset()


def string(value: Any, *path: str) -> str:
    """The string at a path of keys. Raises ValueError when there is none."""
    found = maybe(value, *path)
    if found is None:
        raise ValueError(f"no {'.'.join(path)} in the payload")
    return found


def maybe(value: Any, *path: str) -> str | None:
    """The string at a path of keys; None where it is absent, empty or something else."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) and value else None


def mapping(value: Any, *path: str) -> Payload:
    """The object at a path of keys; empty where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def sequence(value: Any, key: str) -> list[Any]:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, list) else []


def parsed(text: str) -> Any:
    """The JSON in a text, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def snowflake(value: Any, *path: str) -> str:
    """An id. Raises ValueError."""
    found = string(value, *path)
    if not (found.isascii() and found.isdigit() and len(found) <= 20):
        raise ValueError(f"{'.'.join(path)} is no id")
    return found


def moment(value: str) -> datetime:
    """An ISO time, UTC. Raises ValueError."""
    found = datetime.fromisoformat(value)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def envelope(
    kind: str, data: Json, place: Place, *, direct: bool, at: datetime | None = None, title: str | None = None
) -> Json:
    """`place.thread` None: outside of threads."""
    out: Json = {"t": kind, "d": data, "parent": place.channel if place.thread else None, "direct": direct}
    return out | ({"at": at.isoformat()} if at else {}) | ({"title": _clean(title)} if title else {})


def ref_of(payload: Payload, message: str, me: Me) -> MessageRef:
    """Where a message of the envelope is."""
    where = snowflake(payload, "d", "channel_id")
    parent = maybe(payload, "parent")
    if parent:
        return MessageRef(me.connection, parent, message, where)
    return MessageRef(me.connection, where, message)


def message_data(message: discord.Message) -> Json:
    """A message as the API spells it, as far as the desk reads it."""
    out: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "type": message.type.value,
        "content": _clean(message.content),
        "author": person_data(message.author),
        "timestamp": message.created_at.isoformat(),
        "edited_timestamp": message.edited_at.isoformat() if message.edited_at else None,
        "mentions": [person_data(person) for person in message.mentions],
        "attachments": [
            {
                "id": str(one.id),
                "filename": _clean(one.filename),
                "size": one.size,
                "url": one.url,
                "content_type": one.content_type,
            }
            for one in message.attachments
        ],
    }
    if message.webhook_id:
        out["webhook_id"] = str(message.webhook_id)
    reference = message.reference
    if reference and reference.message_id:
        out["message_reference"] = {"message_id": str(reference.message_id)}
        resolved = reference.resolved
        if isinstance(resolved, discord.Message) and resolved.reference and resolved.reference.message_id:
            root = {"message_id": str(resolved.reference.message_id)}
            out["referenced_message"] = {"id": str(resolved.id), "message_reference": root}
    return out


def person_data(person: discord.abc.User) -> Json:
    shown = _clean(person.display_name)
    return {"id": str(person.id), "username": _clean(person.name), "global_name": shown, "bot": person.bot}


def scrubbed(value: Any) -> Any:
    """Without what no database takes (NUL, lone surrogates)."""
    match value:
        case str():
            return _clean(value)
        case Mapping():
            return {str(key): scrubbed(inner) for key, inner in value.items()}
        case list() | tuple():
            return [scrubbed(inner) for inner in value]
        case _:
            return value


def _clean(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
