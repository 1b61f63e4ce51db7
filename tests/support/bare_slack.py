"""A server that speaks as much of Slack as somebody would write from Slack's public documentation, and no more: the Web
API of `support.bare_api`, Socket Mode, and signed requests. What people do on it is in `support.bare_people`.
"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Literal, Self
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from support.bare_api import APP, BOT, BOT_ID, Json, Quirks, Refusal, Workspace
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

Transport = Literal["socket", "http"]

BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-bare", "xapp-bare", "8f742231b10e8888abcd99yyyzzz85a5"
# Seconds: Slack's own, after which a delivery counts as failed.
ACK_WITHIN = 3.0


@dataclass(frozen=True)
class Fault:
    """What happens to one call of a method: turned away ("429", "502"), or carried out and the answer does not come
    ("lost") or is no JSON ("broken")."""

    kind: Literal["429", "502", "lost", "broken"]
    retry_after: str | None = None


class BareSlack(Workspace):
    """`calls` are all calls of the Web API in order."""

    def __init__(self, quirks: Quirks, transport: Transport, events_url: str) -> None:
        super().__init__(quirks)
        self.transport = transport
        self.events_url = events_url
        self.calls: list[tuple[str, Json]] = []
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.sockets: list[ServerConnection] = []
        self._changed = asyncio.Condition()
        self._acks: dict[str, asyncio.Future[Json]] = {}
        self._echoes: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession

    async def until(self, look: Callable[[], Any], what: str, within: float = 8.0) -> Any:
        """What `look` gives once it is true; looked at whenever something has happened here."""
        try:
            async with asyncio.timeout(within), self._changed:
                return await self._changed.wait_for(look)
        except TimeoutError:
            said = json.dumps(
                [{c: [m.get("text") for m in ms] for c, ms in self.messages.items()}, self.shown], indent=1
            )
            raise AssertionError(f"never: {what}\n{said}\n{[method for method, _ in self.calls][-40:]}") from None

    async def happened(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # --- events and interactions go out

    async def deliver(self, kind: str, payload: Json, envelope: str = "", retry: int = 0) -> Json:
        """The ack's body, which may be empty. Sent again, marked as a retry, when no ack comes in time."""
        envelope = envelope or f"env-{self.number()}"
        send = self._by_socket if self.transport == "socket" else self._by_http
        for attempt in range(retry, retry + 4):
            with contextlib.suppress(TimeoutError, aiohttp.ClientError, ConnectionClosed):
                async with asyncio.timeout(ACK_WITHIN):
                    answer = await send(kind, payload, envelope, attempt)
                if answer is not None:
                    return answer
        raise AssertionError(f"not acked: {kind} {json.dumps(payload)[:500]}")

    async def _by_http(self, kind: str, payload: Json, envelope: str, attempt: int) -> Json | None:
        if kind == "events_api":
            body, content_type = json.dumps(payload), "application/json"
        else:
            form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            body, content_type = urlencode(form), "application/x-www-form-urlencoded"
        at = str(int(time.time()))
        signature = hmac.new(SECRET.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": f"v0={signature}",
        }
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_timeout"}
        async with self._http.post(self.events_url, data=body.encode(), headers=headers) as answer:
            text = await answer.text()
            return (json.loads(text) if text else {}) if answer.status == 200 else None

    async def _by_socket(self, kind: str, payload: Json, envelope: str, attempt: int) -> Json | None:
        async with self._changed:
            await self._changed.wait_for(lambda: self.sockets)
        frame: Json = {"envelope_id": envelope, "type": kind, "payload": payload}
        if self.quirks.says_accepts_payload:
            frame["accepts_response_payload"] = kind != "events_api"
        if attempt:
            frame |= {"retry_attempt": attempt, "retry_reason": "timeout"}
        acked = self._acks[envelope] = asyncio.get_running_loop().create_future()
        await self.send(self.sockets[-1], frame)
        return await acked

    async def send(self, socket: ServerConnection, frame: Json) -> None:
        text = json.dumps(frame)
        # A list goes out as one message in several frames.
        await socket.send([text[:7], text[7:20], text[20:]] if self.quirks.fragmented else text)

    async def _socket(self, socket: ServerConnection) -> None:
        if self.quirks.hello:
            await self.send(socket, self.quirks.hello)
        self.sockets.append(socket)
        await self.happened()
        try:
            async for text in socket:
                ack = json.loads(text)
                waiting = self._acks.get(ack["envelope_id"])
                if waiting and not waiting.done():
                    waiting.set_result(ack.get("payload") or {})
        finally:
            self.sockets.remove(socket)
            await self.happened()

    def event(self, event: Json) -> Json:
        """With what stands around every event."""
        inner = {**event, "event_ts": event.get("ts") or self.ts()} if self.quirks.event_ts else event
        out: Json = {"event": inner, "event_id": f"Ev0{self.number()}"}
        if self.quirks.outer:
            team = self.quirks.team_id
            out |= {"type": "event_callback", "token": "z", "team_id": team, "api_app_id": APP}
            out |= {"event_time": int(time.time()), "authorizations": [{"team_id": team, "user_id": BOT}]}
        return out

    def posted(self, channel: str, message: Json) -> None:
        """Slack tells an app of what it has posted itself."""
        if self.quirks.own_posts == "never":
            return
        event = {key: message[key] for key in ("type", "text", "ts", "thread_ts") if key in message}
        ours = {"user": BOT} if self.quirks.own_posts == "user" else {"subtype": "bot_message", "bot_id": BOT_ID}
        task = asyncio.create_task(self._echo(self.event({**event, **ours, "channel": channel})))
        self._echoes.add(task)
        task.add_done_callback(self._echoes.discard)

    async def _echo(self, event: Json) -> None:
        with contextlib.suppress(AssertionError):  # the desk may be gone by now
            await self.deliver("events_api", event)

    # --- what the desk calls

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args = await _arguments(request)
        self.calls.append((method, args))
        try:
            return self._answer(request, method, args)
        finally:
            await self.happened()

    def _answer(self, request: web.Request, method: str, args: Json) -> web.StreamResponse:
        if request.method == "GET" and self.quirks.post_only:
            return web.Response(status=405)
        expected = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if request.headers.get("Authorization") != f"Bearer {expected}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        fault = self.faults[method].pop(0) if self.faults[method] else None
        match fault:
            case Fault("502"):
                return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
            case Fault("429", retry_after):
                headers = {"Retry-After": retry_after} if retry_after else {}
                return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        try:
            out = self.carry_out(method, args)
        except Refusal as refusal:
            return web.json_response({"ok": False, "error": str(refusal)})
        if out is None:
            return self._missing(method)
        if fault and fault.kind == "broken":
            return web.Response(text='{"ok": tru', content_type="application/json")
        if fault and request.transport:
            request.transport.abort()
        return web.json_response({"ok": True, **out}, content_type=self.quirks.content_type)

    def _missing(self, method: str) -> web.StreamResponse:
        match self.quirks.missing_as:
            case "404":
                return web.Response(status=404, text="404: Not Found")
            case "404 json":
                return web.json_response({"error": "not_found"}, status=404)
            case "ok":
                return web.json_response({"ok": True})
        return web.json_response({"ok": False, "error": "unknown_method", "req_method": method})

    async def _respond(self, request: web.Request) -> web.Response:
        asked = self.asked[request.match_info["which"]]
        self.shown.append({"by": "response_url", "user": asked["user"], **await request.json()})
        await self.happened()
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.Response:
        self.files[request.match_info["file"]]["bytes"] = await request.read()
        return web.Response(text="OK")

    async def _download(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {BOT_TOKEN}":
            return web.Response(text="<html>Sign in</html>", content_type="text/html")
        return web.Response(body=self.files[request.match_info["file"]]["bytes"])

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_post("/respond/{which}", self._respond)
        app.router.add_post("/upload/{file}", self._upload)
        app.router.add_get("/files/{file}", self._download)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        async with aiohttp.ClientSession() as self._http, serve(self._socket, "127.0.0.1", 0) as sockets:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            self.socket_url = f"ws://127.0.0.1:{next(iter(sockets.sockets)).getsockname()[1]}"
            try:
                yield self
            finally:
                for task in self._echoes:
                    task.cancel()
                await runner.cleanup()


async def _arguments(request: web.Request) -> Json:
    """Of a query, a form or JSON, as every method of Slack's takes them."""
    out: Json = dict(request.query)
    if request.content_type == "application/json" and request.can_read_body:
        return out | await request.json()
    return out | {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
