"""Socket Mode (https://docs.slack.dev/apis/events-api/using-socket-mode): websockets kept open and watched.

slack_sdk's own client is not used: it retries an address that has died for ever, starts a task for each envelope
without bound, and cannot wait for those in flight. What runs here is Bolt's dispatch on aiohttp's websocket, whose
heartbeat finds a half-open connection.
"""

import asyncio
import contextlib
import json
import logging
import random
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, Final

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from adapters.slack.api import Api, may_use_proxy
from adapters.slack.errors import from_exception
from adapters.slack.intake import Intake
from adapters.slack.payloads import maybe
from core.ports import DeliveryError, RateLimited, RefusedByPlatform, Revoked

log = logging.getLogger(__name__)

# Seconds.
_FIRST_DELAY: Final = 0.25
_LONGEST_DELAY: Final = 5.0
_LAST_ACKS: Final = 0.5
# A connection that ends sooner than this was none; the next attempt waits.
_SHORT_LIVED: Final = 5.0
_HANDSHAKE: Final = 10.0
_REVOKED_DELAY: Final = 60.0
# How long an old connection is read on after Slack has asked to leave it.
_LINGER: Final = 30.0
_LARGEST_FRAME: Final = 16 * 1024 * 1024


class SocketMode:
    """`sockets` connections; Slack sends each envelope to any one of them (at most 10 per app). One is dead when no
    answer comes to a ping within half the `heartbeat`. `changed` is called when one comes or goes."""

    def __init__(
        self,
        api: Api,
        app_token: str,
        bolt: AsyncApp,
        intake: Intake,
        sockets: int,
        heartbeat: float,
        changed: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        self._api = api
        self._app_token = app_token
        self._bolt = bolt
        self._intake = intake
        self._sockets = sockets
        self._heartbeat = heartbeat
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5.0), trust_env=may_use_proxy(api.url)
        )
        self._stopping = asyncio.Event()
        self._keepers: list[asyncio.Task[None]] = []
        self._readers: set[asyncio.Task[None]] = set()
        self._dispatching: set[asyncio.Task[None]] = set()
        self._live: set[aiohttp.ClientWebSocketResponse] = set()
        self._changed = changed
        self._now = now
        # Those that bring something still, live or left.
        self._open = 0
        # Since when there has always been one.
        self.since: datetime | None = None
        self.why = "not connected yet"

    @property
    def connected(self) -> int:
        return len(self._live)

    async def open_url(self) -> str:
        """A fresh address for one connection. Raises a DeliveryError."""
        answer = await self._api.call(self._api.web.apps_connections_open, app_token=self._app_token)
        url = maybe(answer, "url")
        if url is None:
            raise RefusedByPlatform("no_url", "apps.connections.open gave no address")
        return url

    def start(self, first_url: str | None) -> None:
        urls = [first_url, *[None] * (self._sockets - 1)]
        self._keepers = [asyncio.create_task(self._keep(url)) for url in urls]

    async def stop(self) -> None:
        """Lets acks that are being sent go out, then closes all. The intake should be closed before."""
        self._stopping.set()
        if self._dispatching:
            await asyncio.wait(self._dispatching, timeout=_LAST_ACKS)
        for socket in list(self._live):
            await socket.close()
        tasks = (*self._keepers, *self._readers, *self._dispatching)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._live.clear()
        await self._session.close()

    async def _keep(self, url: str | None) -> None:
        """One connection, opened again whenever it ends; the next one before the old one where Slack says in time."""
        delay = _FIRST_DELAY
        while not self._stopping.is_set():
            try:
                left = await self._connect(url or await self.open_url())
                opened = time.monotonic()
                await left.wait()
                if time.monotonic() - opened > _SHORT_LIVED:
                    delay, wait = _FIRST_DELAY, 0.0
                else:
                    delay, wait = min(delay * 2, _LONGEST_DELAY), delay
            except RateLimited as limited:
                self.why, wait = str(limited), limited.retry_after
            except (Revoked, RefusedByPlatform) as error:
                self.why, wait = f"Slack refuses the app token: {error}", _REVOKED_DELAY
                log.error("socket mode refused: %s", error)
            except DeliveryError as error:
                self.why, wait = f"no connection to Slack: {error}", delay * random.uniform(0.5, 1.0)  # noqa: S311 spreads retries
                log.warning("socket mode not connected: %s", error)
                delay = min(delay * 2, _LONGEST_DELAY)
            except Exception:
                self.why, wait = "connecting failed", _LONGEST_DELAY
                log.exception("socket mode failed")
            url = None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._stopping.wait()

    async def _connect(self, url: str) -> asyncio.Event:
        """An open connection that is being read; the event is set when another one is needed."""
        try:
            async with asyncio.timeout(_HANDSHAKE):
                socket = await self._session.ws_connect(url, heartbeat=self._heartbeat, max_msg_size=_LARGEST_FRAME)
        except Exception as error:
            raise from_exception(error) from error
        left = asyncio.Event()
        if not self._open:
            self.since = self._now()
        self._open += 1
        self._live.add(socket)
        self.why = ""
        self._changed()
        _spawn(self._readers, self._read(socket, left))
        return left

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, left: asyncio.Event) -> None:
        try:
            async for frame in socket:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    await self._frame(socket, frame.data, left)
        finally:
            self._open -= 1
            self._gone(socket, left)
            if not socket.closed:
                await socket.close()

    async def _frame(self, socket: aiohttp.ClientWebSocketResponse, text: str, left: asyncio.Event) -> None:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            log.error("unreadable frame of %d characters", len(text))
            return
        match maybe(message, "type"):
            case "disconnect":
                log.info("slack asks to connect anew: %s", maybe(message, "reason"))
                self._gone(socket, left)
                _spawn(self._readers, self._close_later(socket))
            case _:
                request = SocketModeRequest.from_dict(message) if isinstance(message, dict) else None
                if request is not None:
                    # Not reading on is how a socket says that there is no room.
                    await self._wait_for_room()
                    _spawn(self._dispatching, self._dispatch(socket, request))

    async def _wait_for_room(self) -> None:
        if self._intake.full:
            async with self._intake.room:
                return

    def _gone(self, socket: aiohttp.ClientWebSocketResponse, left: asyncio.Event) -> None:
        self._live.discard(socket)
        if not self._live:
            self.why = "the connection to Slack was lost"
        left.set()
        self._changed()

    async def _close_later(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """After the acks of what it brought have gone out on it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER):
                await self._stopping.wait()
        await socket.close()

    async def _dispatch(self, socket: aiohttp.ClientWebSocketResponse, request: SocketModeRequest) -> None:
        try:
            answer = await run_async_bolt_app(self._bolt, request)
        except Exception:
            # Bolt could not even build a request of it.
            log.exception("unreadable envelope", extra={"envelope_id": request.envelope_id})
            return
        if answer.status != 200:
            return
        payload = _payload(answer.body, answer.headers.get("content-type", [""])[0])
        reply = SocketModeResponse(envelope_id=request.envelope_id, payload=payload)
        try:
            await socket.send_str(json.dumps(reply.to_dict()))
        except (ConnectionError, RuntimeError) as error:
            # It was committed; Slack delivers it again and gets the same answer.
            log.warning("ack not sent: %s", error, extra={"envelope_id": request.envelope_id})


def _spawn(held: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    held.add(task)
    task.add_done_callback(lambda done: _ended(held, done))


def _ended(held: set[asyncio.Task[None]], task: asyncio.Task[None]) -> None:
    held.discard(task)
    error = None if task.cancelled() else task.exception()
    if error:
        log.error("a connection's task failed", exc_info=error)


def _payload(body: str | None, content_type: str) -> dict[str, Any] | None:
    if not body:
        return None
    found: dict[str, Any] = json.loads(body) if content_type.startswith("application/json") else {"text": body}
    return found
