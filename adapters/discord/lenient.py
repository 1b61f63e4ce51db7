"""What discord.py needs of a server and smaller servers leave out: fields of gateway events, the type of an answer, who
the application is. Discord itself sends all of it, and then nothing is added here. What stands in a message and is not
read by the desk is left out, because discord.py would end the connection over a field that it does not expect."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import discord
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord.payloads import Json, parsed

_USER: Final[Json] = {"discriminator": "0", "avatar": None}
_MEMBER: Final[Json] = {"roles": [], "joined_at": None, "flags": 0}
_MESSAGE: Final[Json] = {"type": 0, "content": "", "mentions": [], "mention_roles": []}
_UNREAD: Final = frozenset(
    {
        "activity",
        "application",
        "components",
        "embeds",
        "interaction",
        "interaction_metadata",
        "message_snapshots",
        "poll",
        "purchase_notification",
        "role_subscription_data",
        "sticker_items",
        "thread",
    }
)
_FILE: Final[Json] = {"filename": "file", "size": 0, "url": ""}
_CHANNEL: Final[Json] = {"type": 0, "position": 0, "permission_overwrites": []}
_METADATA: Final[Json] = {
    "archived": False,
    "locked": False,
    "auto_archive_duration": 1440,
    "archive_timestamp": "2015-01-01T00:00:00+00:00",
}
_THREAD: Final[Json] = {"owner_id": "0", "message_count": 0, "member_count": 0, "thread_metadata": _METADATA}
_INTERACTION: Final[Json] = {"version": 1, "attachment_size_limit": 10 * 1024 * 1024}
_THREADS: Final = frozenset({10, 11, 12})
_MESSAGES: Final = frozenset({"MESSAGE_CREATE", "MESSAGE_UPDATE"})
_REACTIONS: Final = frozenset({"MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE"})


def whole(event: str, data: Json, gateway: str) -> Json:
    """An event's data with what must be in it. `gateway`: the address that the websocket has."""
    match event:
        case "READY":
            out = {"resume_gateway_url": gateway, "session_id": "", "guilds": [], **data}
            return {**out, "user": _user(data.get("user"))}
        case "GUILD_CREATE":
            out = {"name": "", "roles": [], "unavailable": False, **data}
            return {**out, **_each(data, "channels", _channel), **_each(data, "threads", _channel)}
        case "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "THREAD_CREATE" | "THREAD_UPDATE":
            return _channel(data)
        case "INTERACTION_CREATE":
            return _interaction(data)
        case _ if event in _MESSAGES:
            return message(data)
        case _ if event in _REACTIONS:
            return {"type": 0, **data, **_member(data)}
        case _:
            return data


def _user(found: Any) -> Json:
    given = found if isinstance(found, Mapping) else {}
    return {"username": str(given.get("global_name") or given.get("id") or "?"), **_USER, **given}


def _channel(found: Json) -> Json:
    more = _THREAD if found.get("type") in _THREADS else _CHANNEL
    return {"name": str(found.get("id")), **more, **found}


def message(found: Json) -> Json:
    """A message with what must be in it, and without what the desk does not read."""
    read = {key: value for key, value in found.items() if key not in _UNREAD}
    out = {
        **_MESSAGE,
        **read,
        **_each(found, "mentions", _user),
        **_each(found, "attachments", _file),
        **_member(found),
    }
    if "author" in found:
        out["author"] = _user(found["author"])
    if isinstance(found.get("message_reference"), dict):
        out["message_reference"] = {"channel_id": found.get("channel_id"), **found["message_reference"]}
    if isinstance(found.get("referenced_message"), dict):
        out["referenced_message"] = message(found["referenced_message"])
    return out


def _file(found: Json) -> Json:
    return {"proxy_url": found.get("url", ""), **_FILE, **found}


def _interaction(found: Json) -> Json:
    asker = {"user": _user(found["user"])} if "user" in found else {}
    on = {"message": message(found["message"])} if isinstance(found.get("message"), dict) else {}
    where = {} if "channel" in found else {"channel": _channel({"id": found.get("channel_id")})}
    return {**_INTERACTION, **found, **where, **asker, **on, **_member(found, permissions="0")}


def _member(found: Json, **more: Any) -> Json:
    member = found.get("member")
    if not isinstance(member, dict):
        return {}
    user = {"user": _user(member["user"])} if "user" in member else {}
    return {"member": {**_MEMBER, **more, **member, **user}}


def _each(found: Json, key: str, made: Callable[[Json], Json]) -> Json:
    held = found.get(key)
    return {key: [made(one) for one in held]} if isinstance(held, list) else {}


class LenientSocket(DiscordWebSocket):
    """discord.py's websocket, which reads events that lack something."""

    async def received_message(self, msg: Any, /) -> None:
        text = self._decompressor.decompress(msg) if isinstance(msg, bytes) else msg
        if text is None:
            return  # a part of one
        frame = json.loads(text)
        event, data = frame.get("t"), frame.get("d")
        if isinstance(event, str) and isinstance(data, dict):
            full = whole(event, data, str(self.gateway))
            if full != data:
                text = json.dumps({**frame, "d": full})
        await super().received_message(text)


def read_as_json(request: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """discord.py reads an answer as JSON only when its type is exactly `application/json`."""

    async def call(route: Route, **options: Any) -> Any:
        found = await request(route, **options)
        found = parsed(found) if isinstance(found, str) else found
        return _user(found) if route.path == "/users/@me" else found

    return call


async def application(client: discord.Client) -> discord.AppInfo:
    """Who the application is; where the server does not say, its bot's user. Raises discord.HTTPException."""
    user = client.user
    given: Any = {}
    try:
        given = await client.http.application_info()
    except discord.HTTPException as error:
        if error.status not in (403, 404, 405, 501):
            raise
    made = {
        "id": str(user.id if user else 0),
        "name": user.name if user else "",
        "description": "",
        "icon": None,
        "bot_public": False,
        "bot_require_code_grant": False,
        "verify_key": "",
        "flags": 0,
        "owner": _user({"id": str(user.id if user else 0)}),
    }
    whole_info = {**made, **(given if isinstance(given, dict) else {})}
    whole_info["owner"] = _user(whole_info["owner"])
    return discord.AppInfo(client._connection, whole_info)  # type: ignore[arg-type]  # has its keys
