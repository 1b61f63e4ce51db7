"""A real Bolt app as the sandbox's peer, and scripts' hands on the sandbox's control interface."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.app import Sandbox

PATIENCE = 8.0
BOT_TOKEN = "xoxb-sandbox"
Json = dict[str, Any]


def web_client(sandbox: Sandbox, token: str = BOT_TOKEN, **more: Any) -> AsyncWebClient:
    """A client that repeats nothing by itself."""
    return AsyncWebClient(token=token, base_url=f"{sandbox.base_url}/slack/api/", retry_handlers=[], **more)


class Peer:
    """A Bolt app that writes down each body, with its headers, before it acks it with what `answer` says."""

    def __init__(self, client: AsyncWebClient) -> None:
        self.client = client
        self.bodies: list[Json] = []
        self.headers: list[Json] = []
        self.answer: Callable[[Json], Awaitable[Any]] = _nothing
        self._changed = asyncio.Condition()
        self.app = AsyncApp(client=client, signing_secret="sandbox")
        self.app.use(self._take)

    async def _take(self, body: Json, request: Any, ack: Any) -> Any:
        async with self._changed:
            self.bodies.append(body)
            self.headers.append(request.headers)
            self._changed.notify_all()
        answer = await self.answer(body)
        return await (ack() if answer is None else ack(answer))

    def replies(self, answer: Any) -> None:
        async def always(body: Json) -> Any:
            return answer

        self.answer = always

    async def until(self, holds: Callable[[], Any]) -> Any:
        """What `holds` gives once it is true, looked at after each body."""
        async with asyncio.timeout(PATIENCE), self._changed:
            return await self._changed.wait_for(holds)

    async def event(self, kind: str, place: int = 0) -> Json:
        """The body of the event of that type (`message`, `message_changed`) that came as number `place`."""
        return await self.until(lambda: (self.events(kind)[place : place + 1] or [None])[0])

    def events(self, kind: str) -> list[Json]:
        found = [body for body in self.bodies if "event" in body]
        return [body for body in found if kind in (body["event"].get("subtype"), body["event"]["type"])]

    async def interaction(self, kind: str) -> Json:
        return await self.until(lambda: next((body for body in self.bodies if body.get("type") == kind), None))

    async def command(self) -> Json:
        return await self.until(lambda: next((body for body in self.bodies if "command" in body), None))


async def _nothing(body: Json) -> Any:
    return None


@contextlib.asynccontextmanager
async def socket_peer(sandbox: Sandbox) -> AsyncIterator[Peer]:
    """Connected over Socket Mode."""
    peer = Peer(web_client(sandbox))
    handler = AsyncSocketModeHandler(peer.app, "xapp-sandbox", ping_interval=1)
    await handler.connect_async()
    try:
        yield peer
    finally:
        await handler.close_async()
        await handler.client.aiohttp_client_session.close()


def peer_web(peer: Peer) -> Starlette:
    """The same app behind an HTTP address, with Bolt's own verification of signatures."""
    handler = AsyncSlackRequestHandler(peer.app)

    async def take(request: Request) -> Response:
        return await handler.handle(request)

    return Starlette(routes=[Route("/slack/events", take, methods=["POST"])])


class Control:
    """Calls of `/control/…`; `act` expects success, `refused` the opposite and gives the status and the error."""

    def __init__(self, base_url: str, session: aiohttp.ClientSession) -> None:
        self.base_url = base_url
        self.session = session

    async def call(self, method: str, path: str, /, **fields: Any) -> tuple[int, Json]:
        query = {name: str(value) for name, value in fields.items()} if method == "GET" else None
        body = None if method == "GET" else fields
        async with self.session.request(method, f"{self.base_url}/control/{path}", params=query, json=body) as answer:
            return answer.status, await answer.json()

    async def act(self, path: str, who: str = "", /, **fields: Any) -> Json:
        status, answer = await self.call("POST", path, **({"as": who} if who else {}), **fields)
        assert status == 200, answer
        return answer

    async def get(self, path: str, who: str = "", /, **fields: Any) -> Json:
        status, answer = await self.call("GET", path, **({"as": who} if who else {}), **fields)
        assert status == 200, answer
        return answer

    async def refused(self, path: str, who: str = "", /, **fields: Any) -> tuple[int, str]:
        status, answer = await self.call("POST", path, **({"as": who} if who else {}), **fields)
        assert not answer["ok"], answer
        return status, answer["error"]["code"]


@contextlib.asynccontextmanager
async def control_of(sandbox: Sandbox) -> AsyncIterator[Control]:
    async with aiohttp.ClientSession() as session:
        yield Control(sandbox.base_url, session)


async def refused(client: AsyncWebClient, method: str, **args: Any) -> Json:
    """The answer to a call that must fail."""
    with pytest.raises(SlackApiError) as error:
        await client.api_call(method, json=args)
    answer = error.value.response.data
    assert isinstance(answer, dict)
    return answer
