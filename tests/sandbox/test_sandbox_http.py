"""Signed HTTP delivery to a Bolt app that verifies it: events with Slack's retries, commands, interactivity."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from support.slack_peer import PATIENCE, Control, Peer, control_of, peer_web, web_client

from sandbox.app import Sandbox, running
from sandbox.server import bind, serving
from sandbox.settings import Settings
from sandbox.slack.http_events import sign

Json = dict[str, Any]


class Stage:
    def __init__(self, sandbox: Sandbox, control: Control) -> None:
        self.sandbox = sandbox
        self.control = control


@contextlib.asynccontextmanager
async def staged(folder: Path, app: Starlette | None, ack_seconds: float = 3.0) -> AsyncIterator[Stage]:
    """A sandbox that delivers to this app, or to a port where nobody listens."""
    listener = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events"
    settings = Settings(port=0, data=folder, slack_events_url=url, speed=600.0, ack_seconds=ack_seconds)
    async with contextlib.AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(running(settings))
        if app is None:
            listener.close()
        else:
            await stack.enter_async_context(serving(app, listener))
        yield Stage(sandbox, await stack.enter_async_context(control_of(sandbox)))


class Address:
    """A bare request address: keeps what comes, answers what the test says, by number of the request."""

    def __init__(self, *answers: Response | None) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.app = Starlette(routes=[Route("/slack/events", self._take, methods=["POST"])])
        self._came = asyncio.Condition()

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        async with self._came:
            self.requests.append((dict(request.headers), body))
            self._came.notify_all()
        answer = self.answers.pop(0) if self.answers else PlainTextResponse("")
        if answer is None:
            await request.receive()
        return answer or PlainTextResponse("")

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE), self._came:
            await self._came.wait_for(lambda: len(self.requests) >= count)


@pytest.fixture
async def peer() -> Peer:
    return Peer(AsyncWebClient(token="xoxb-sandbox"))


async def test_bolt_takes_signed_events_commands_and_actions(tmp_path: Path, peer: Peer) -> None:
    async with staged(tmp_path, peer_web(peer)) as stage:
        peer.client.base_url = f"{stage.sandbox.base_url}/slack/api/"
        posted = await stage.control.act("post", "U0ANN", channel="C0GLOBEX", text="Hello", wait="ack")
        assert posted["acks"][0]["ok"]
        assert (await peer.event("message"))["event"]["text"] == "Hello"
        assert (await stage.control.get("desk"))["connected"]
        peer.replies({"text": "yours"})
        ran = await stage.control.act("command", "U0BO", channel="C0TRIAGE", text="/ticket mine & more")
        assert ran["ok"]
        assert (await peer.command())["text"] == "mine & more"
        assert stage.sandbox.world.ephemerals_of("U0BO", "C0TRIAGE")[-1].text == "yours"
        peer.replies(None)
        button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
        card = await web_client(stage.sandbox).chat_postMessage(
            channel="C0TRIAGE", text="x", blocks=[{"type": "actions", "elements": [button]}]
        )
        await stage.control.act("press", "U0BO", channel="C0TRIAGE", message=card["ts"], action_id="go")
        assert (await peer.interaction("block_actions"))["actions"][0]["action_id"] == "go"


async def test_each_request_is_signed_over_its_raw_body(tmp_path: Path) -> None:
    address = Address()
    async with staged(tmp_path, address.app) as stage:
        await stage.control.act("post", "U0ANN", channel="C0GLOBEX", text="ü & 🎫", wait="ack")
        await stage.control.act("command", "U0BO", channel="C0TRIAGE", text="/ticket ü")
    for headers, body in address.requests:
        right = SignatureVerifier("sandbox")
        assert right.is_valid_request(body, headers)
        assert not right.is_valid_request(body + b" ", headers)
        assert not SignatureVerifier("other").is_valid_request(body, headers)
        assert headers["x-slack-signature"] == sign("sandbox", headers["x-slack-request-timestamp"], body)
    assert [headers["content-type"] for headers, _ in address.requests] == [
        "application/json",
        "application/x-www-form-urlencoded",
    ]


async def test_failures_are_retried_three_times_with_their_reason(tmp_path: Path) -> None:
    address = Address(PlainTextResponse("no", 500), None, PlainTextResponse("no", 404))
    async with staged(tmp_path, address.app, 0.5) as stage:
        posted = await stage.control.act("post", "U0ANN", channel="C0GLOBEX", text="again", wait="ack")
        assert posted["acks"][0]["ok"]
    attempts = [
        (headers.get("x-slack-retry-num"), headers.get("x-slack-retry-reason")) for headers, _ in address.requests
    ]
    assert attempts == [(None, None), ("1", "http_error"), ("2", "http_timeout"), ("3", "http_error")]
    assert len({json.loads(body)["event_id"] for _, body in address.requests}) == 1


async def test_after_the_third_retry_slack_gives_up(tmp_path: Path) -> None:
    address = Address(*[PlainTextResponse("no", 500) for _ in range(10)])
    async with staged(tmp_path, address.app) as stage:
        posted = await stage.control.act("post", "U0ANN", channel="C0GLOBEX", text="lost", wait="ack")
        assert (posted["acks"][0]["ok"], posted["acks"][0]["reason"]) == (False, "http_error")
        assert len(address.requests) == 4
        assert not (await stage.control.get("desk"))["connected"]


async def test_commands_and_actions_are_not_retried_and_who_acted_sees_it(tmp_path: Path) -> None:
    async with staged(tmp_path, None) as stage:
        failed = await stage.control.act("command", "U0BO", channel="C0TRIAGE", text="/ticket mine")
        assert failed["reason"] == "dispatch_failed"
    address = Address(PlainTextResponse("no", 500), None)
    async with staged(tmp_path / "two", address.app, 0.5) as stage:
        failed = await stage.control.act("command", "U0BO", channel="C0TRIAGE", text="/ticket mine")
        assert failed["reason"] == "dispatch_failed"
        slow = await stage.control.act("command", "U0BO", channel="C0TRIAGE", text="/ticket mine")
        assert slow["reason"] == "operation_timeout"
        assert len(address.requests) == 2
        assert [one.text for one in stage.sandbox.world.ephemerals_of("U0BO", "C0TRIAGE")] == [
            '/ticket failed with the error "dispatch_failed"',
            '/ticket failed with the error "operation_timeout"',
        ]


async def test_an_address_is_verified_by_its_challenge(tmp_path: Path, peer: Peer) -> None:
    async with staged(tmp_path, peer_web(peer)) as stage:
        assert (await stage.control.act("slack/verify"))["ok"]
    address = Address(JSONResponse({"challenge": "wrong"}))
    async with staged(tmp_path / "two", address.app) as stage:
        assert not (await stage.control.act("slack/verify"))["ok"]


async def test_socket_mode_is_off(tmp_path: Path) -> None:
    async with staged(tmp_path, Address().app) as stage:
        with pytest.raises(SlackApiError, match="socket_mode_not_enabled"):
            await web_client(stage.sandbox, "xapp-sandbox").apps_connections_open(app_token="xapp-sandbox")
