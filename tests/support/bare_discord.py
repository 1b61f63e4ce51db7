"""A server that speaks as much of Discord as somebody would write from its public documentation, and no more: REST and
the gateway. Shared with nothing else. What a server leaves out, and the liberties that it takes, are `Quirks`.

https://docs.discord.com/developers/topics/gateway, …/resources/message, …/interactions/receiving-and-responding
"""

import asyncio
import contextlib
import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import aiohttp
from aiohttp import web

Json = dict[str, Any]
TOKEN = "bare-token"
GUILD, BOT, KIM, BO, IDA = "10", "20", "21", "22", "23"
HELP, TRIAGE = "31", "32"
NAMES = {BOT: "desk", KIM: "kim", BO: "bo", IDA: "ida"}


@dataclass(frozen=True, kw_only=True)
class Quirks:
    """How a server differs from Discord; as it stands, in nothing that matters."""

    # Parts of the API that do not exist, by a pattern of "METHOD /path", and how that is said.
    missing: str = ""
    missing_as: int = 404
    missing_body: Json | None = None
    content_type: str = "application/json"
    # Whether the gateway tells where to resume, and a session's id.
    resume_url: bool = True
    guild_in_ready: bool = True
    # Ids count from 1000, or are made of the time as Discord's are; strings, or numbers.
    small_ids: bool = False
    # Only what nobody can do without, in users, messages, channels, interactions.
    sparse: bool = False
    keeps_nonce: bool = True
    # Messages of Components V2: kept with the components' ids, refused, or emptied.
    components: str = "kept"
    rate_headers: bool = True


class Refusal(Exception):
    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class BareDiscord:
    """`messages` by channel, oldest first; `answers` are what interactions were answered with, by their id."""

    def __init__(self, quirks: Quirks) -> None:
        self.quirks = quirks
        self.channels: dict[str, Json] = {
            HELP: {"id": HELP, "type": 0, "name": "help", "guild_id": GUILD},
            TRIAGE: {"id": TRIAGE, "type": 0, "name": "triage", "guild_id": GUILD},
        }
        self.messages: dict[str, list[Json]] = {HELP: [], TRIAGE: []}
        self.commands: list[Json] = []
        self.answers: dict[str, Json] = {}
        self.calls: list[str] = []
        # Requests that are carried out and get no answer.
        self.lost: list[str] = []
        # Requests that are carried out and answered with 502.
        self.failed: list[str] = []
        self.sockets: list[web.WebSocketResponse] = []
        self._sequence = itertools.count(1)
        self._count = itertools.count(1000)
        self._changed = asyncio.Condition()
        self.url = ""

    def new_id(self) -> str:
        number = next(self._count)
        return str(number if self.quirks.small_ids else ((int(time.time() * 1000) - 1420070400000) << 22) + number)

    async def until(self, look: Callable[[], Any], what: str, within: float = 8.0) -> Any:
        """What `look` gives once it is true; looked at whenever something has happened here."""
        try:
            async with asyncio.timeout(within), self._changed:
                return await self._changed.wait_for(look)
        except TimeoutError:
            said = {c: [(m["author"]["id"], text_of(m)) for m in ms] for c, ms in self.messages.items()}
            raise AssertionError(f"never: {what}\n{json.dumps(said, indent=1)}\n{self.calls[-30:]}") from None

    async def happened(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # --- shapes

    def user(self, user: str) -> Json:
        found: Json = {"id": user, "username": NAMES[user]}
        if user == BOT:
            found["bot"] = True
        if not self.quirks.sparse:
            found |= {"discriminator": "0", "avatar": None, "global_name": NAMES[user].title()}
        return found

    def guild(self) -> Json:
        channels = [one for one in self.channels.values() if one["type"] == 0]
        if self.quirks.sparse:
            return {"id": GUILD, "name": "Community", "channels": channels}
        everyone = {"id": GUILD, "name": "@everyone", "permissions": "0", "position": 0, "color": 0, "hoist": False}
        everyone |= {"managed": False, "mentionable": False, "flags": 0}
        full = [{**one, "position": 0, "permission_overwrites": [], "nsfw": False, "topic": None} for one in channels]
        found: Json = {"id": GUILD, "name": "Community", "channels": full, "roles": [everyone], "owner_id": IDA}
        found |= {"members": [], "threads": [], "emojis": [], "stickers": [], "features": [], "presences": []}
        found |= {"voice_states": [], "member_count": 4, "verification_level": 0, "explicit_content_filter": 0}
        found |= {"default_message_notifications": 0, "mfa_level": 0, "nsfw_level": 0, "system_channel_flags": 0}
        return found | {"premium_tier": 0, "preferred_locale": "en-US", "afk_timeout": 0, "unavailable": False}

    def message(self, channel: str, author: str, content: str, **more: Any) -> Json:
        made: Json = {"id": self.new_id(), "channel_id": channel, "content": content, "author": self.user(author)}
        made |= {"timestamp": datetime.now(UTC).isoformat(), **more}
        if not self.quirks.sparse:
            made = {"type": 0, "attachments": [], "embeds": [], "edited_timestamp": None, "pinned": False, **made}
            made |= {"mention_everyone": False, "tts": False, "mentions": [], "mention_roles": []}
        self.messages[channel].append(made)
        return made

    # --- the gateway

    async def send(self, socket: web.WebSocketResponse, op: int, data: Any, event: str | None = None) -> None:
        frame: Json = {"op": op, "d": data}
        if event:
            frame |= {"t": event, "s": next(self._sequence)}
        await socket.send_str(json.dumps(frame))

    async def dispatch(self, event: str, data: Json) -> None:
        await self.until(lambda: self.sockets, "a gateway connection")
        if self.quirks.sparse:
            data = {key: value for key, value in data.items() if key != "nonce"}
        else:
            data = {"guild_id": GUILD, **data}
        await self.send(self.sockets[-1], 0, data, event)

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await self.send(socket, 10, {"heartbeat_interval": 5000})
        try:
            async for frame in socket:
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    break
                await self._heard(socket, json.loads(frame.data))
        finally:
            if socket in self.sockets:
                self.sockets.remove(socket)
            await self.happened()
        return socket

    async def _heard(self, socket: web.WebSocketResponse, frame: Json) -> None:
        match frame["op"]:
            case 1:
                await self.send(socket, 11, None)
            case 2 if frame["d"]["token"] != TOKEN:
                await socket.close(code=4004)
            case 2:
                ready: Json = {"v": 10, "user": self.user(BOT), "session_id": "s1"}
                ready["guilds"] = [{"id": GUILD, "unavailable": True}] if self.quirks.guild_in_ready else []
                if self.quirks.resume_url:
                    ready |= {"resume_gateway_url": f"ws{self.url[4:]}/gateway", "application": {"id": BOT, "flags": 0}}
                await self.send(socket, 0, ready, "READY")
                await self.send(socket, 0, self.guild(), "GUILD_CREATE")
                self.sockets.append(socket)
                await self.happened()
            case 6:
                await self.send(socket, 9, False)

    # --- REST

    async def _call(self, request: web.Request) -> web.StreamResponse:
        name = f"{request.method} {request.path.removeprefix('/api/v10')}"
        self.calls.append(name)
        if request.headers.get("Authorization") != f"Bot {TOKEN}" and "/interactions/" not in name:
            return self._say(401, {"message": "401: Unauthorized", "code": 0})
        body = await _body(request)
        try:
            if self.quirks.missing and re.search(self.quirks.missing, name):
                return self._say(self.quirks.missing_as, self.quirks.missing_body)
            answer = self._carry_out(request.method, name.split(" ")[1].strip("/").split("/"), body, request.query)
            if (event := answer.pop("event", None) if isinstance(answer, dict) else None) and self.sockets:
                await self.dispatch(event, answer)
        except Refusal as refusal:
            return self._say(refusal.status, {"message": str(refusal), "code": refusal.code})
        finally:
            await self.happened()
        if name in self.lost and request.transport:
            self.lost.remove(name)
            request.transport.abort()
        if name in self.failed:
            self.failed.remove(name)
            return self._say(502, None)
        return self._say(200 if answer is not None else 204, answer)

    def _say(self, status: int, body: Any) -> web.Response:
        headers = {"Content-Type": self.quirks.content_type}
        if self.quirks.rate_headers:
            headers |= {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "49", "X-RateLimit-Reset-After": "1.0"}
        if body is None:
            return web.Response(status=status)
        return web.Response(status=status, body=json.dumps(body).encode(), headers=headers)

    def _carry_out(self, method: str, path: list[str], body: Json, query: Any) -> Any:
        match (method, *path):
            case ("GET", "users", "@me"):
                return self.user(BOT)
            case ("GET", "users", user):
                return self.user(user)
            case ("GET", "oauth2", "applications", "@me"):
                more = {"icon": None, "description": "", "bot_public": True, "bot_require_code_grant": False}
                return {"id": BOT, "name": "Desk", "verify_key": "", "owner": self.user(IDA), "flags": 0, **more}
            case ("GET", "gateway", "bot"):
                return {"url": f"ws{self.url[4:]}/gateway", "shards": 1, "session_start_limit": {"remaining": 9}}
            case ("GET", "applications", _, "commands"):
                return self.commands
            case ("PUT", "applications", _, "commands"):
                self.commands = [{**one, "id": self.new_id()} for one in body["list"]]
                return self.commands
            case ("GET", "guilds", _, "members", user):
                return {"user": self.user(user), "roles": [], "nick": None}
            case ("POST", "users", "@me", "channels"):
                channel = f"4{body['recipient_id']}"
                self.channels.setdefault(channel, {"id": channel, "type": 1})
                self.messages.setdefault(channel, [])
                return self.channels[channel]
            case ("GET", "channels", channel):
                return self._channel(channel)
            case ("PATCH", "channels", channel):
                return self._channel(channel)
            case ("GET", "channels", channel, "messages"):
                after, limit = int(query.get("after", 0)), int(query.get("limit", 50))
                found = [m for m in self.messages[self._channel(channel)["id"]] if int(m["id"]) > after]
                return (found[:limit] if "after" in query else found[-limit:])[::-1]
            case ("POST", "channels", channel, "messages"):
                return {**self._posted(self._channel(channel)["id"], body), "event": "MESSAGE_CREATE"}
            case ("GET", "channels", channel, "messages", message):
                return self.find(channel, message)
            case ("PATCH", "channels", channel, "messages", message):
                found = self.find(channel, message)
                found.update(self._shown(body))
                return found
            case ("DELETE", "channels", channel, "messages", message):
                self.messages[channel].remove(self.find(channel, message))
                return None
            case ("POST", "channels", channel, "messages", message, "threads"):
                if message in self.channels:
                    raise Refusal(400, 160004, "A thread has already been created for this message")
                self.find(channel, message)["thread"] = {"id": message}
                return self._thread(channel, message, body["name"])
            case ("PUT" | "DELETE", "channels", channel, "messages", message, "reactions", _, "@me"):
                self.find(channel, message)
                return None
            case ("POST", "interactions", interaction, _, "callback"):
                self.answers[interaction] = body
                return None
            case ("POST" | "PATCH", "webhooks", _, token, *_):
                self.answers[token.removeprefix("token-")] = {"type": 4, "data": body}
                return {"id": self.new_id()}
        raise Refusal(404, 0, "404: Not Found")

    def _channel(self, channel: str) -> Json:
        if channel not in self.channels:
            raise Refusal(404, 10003, "Unknown Channel")
        return self.channels[channel]

    def _thread(self, channel: str, message: str, name: str) -> Json:
        made: Json = {"id": message, "type": 11, "name": name, "parent_id": channel, "guild_id": GUILD}
        if not self.quirks.sparse:
            metadata = {"archived": False, "locked": False, "auto_archive_duration": 1440}
            metadata["archive_timestamp"] = datetime.now(UTC).isoformat()
            made |= {"owner_id": BOT, "message_count": 0, "member_count": 1, "thread_metadata": metadata}
        self.channels[message] = made
        self.messages[message] = []
        return made

    def find(self, channel: str, message: str) -> Json:
        found = next((m for m in self.messages.get(channel, []) if m["id"] == message), None)
        if found is None:
            raise Refusal(404, 10008, "Unknown Message")
        return found

    def _posted(self, channel: str, body: Json) -> Json:
        nonce = body.get("nonce")
        if self.quirks.keeps_nonce and body.get("enforce_nonce"):
            same = next((m for m in self.messages[channel] if m.get("nonce") == nonce), None)
            if same:
                return same
        kept = {"nonce": nonce} if self.quirks.keeps_nonce else {}
        if "message_reference" in body:
            kept["message_reference"] = body["message_reference"]
        shown = self._shown(body)
        return self.message(channel, BOT, shown.pop("content", None) or "", **shown, **kept)

    def _shown(self, body: Json) -> Json:
        v2 = bool(body.get("flags", 0) & (1 << 15))
        match self.quirks.components:
            case "refused" if v2:
                raise Refusal(400, 50006, "Cannot send an empty message")
            case "emptied" if v2:
                return {"content": ""}
        return {"content": body.get("content") or "", "components": body.get("components") or []}

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        app = web.Application()
        app.router.add_get("/gateway", self._gateway)
        app.router.add_get("/gateway/", self._gateway)
        app.router.add_route("*", "/api/v10/{path:.*}", self._call)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield self
        finally:
            await runner.cleanup()


async def _body(request: web.Request) -> Json:
    if not request.can_read_body:
        return {}
    if request.content_type != "application/json":
        form = await request.post()
        return dict(json.loads(str(form["payload_json"])))
    found = await request.json()
    return found if isinstance(found, dict) else {"list": found}


def text_of(message: Json) -> str:
    """All words of a message, and the labels on it."""
    return json.dumps([message.get("content"), message.get("components")], ensure_ascii=False).replace("**", "")
