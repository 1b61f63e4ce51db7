"""Socket Mode with Slack's own clients: acks, redelivery, several connections, goodbyes, cut and half-open sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from support.slack_peer import PATIENCE, control_of, socket_peer, web_client

from sandbox.app import Sandbox, running
from sandbox.settings import Settings

Json = dict[str, Any]


HASTY = pytest.mark.parametrize("sandbox", [(0.3, 600.0)], indirect=True)
"""An ack has 0.3 s, and Slack's minute is a tenth of a second."""


@pytest.fixture
async def sandbox(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Sandbox]:
    """Slack's minute between retries is a second here, unless the test is a hasty one."""
    ack_seconds, speed = getattr(request, "param", (3.0, 60.0))
    async with running(Settings(port=0, data=tmp_path, speed=speed, ack_seconds=ack_seconds)) as sandbox:
        yield sandbox


class Wire:
    """A bare websocket, as the sandbox sees an app that acks when and what the test likes."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def next(self) -> Json:
        return json.loads(await self.socket.receive_str(timeout=PATIENCE))

    async def ack(self, envelope: Json, payload: Any = None) -> None:
        frame = {"envelope_id": envelope["envelope_id"]} | ({"payload": payload} if payload is not None else {})
        await self.socket.send_str(json.dumps(frame))


class Wires:
    """Opens websockets with tickets from the Web API; all are closed at the end."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session
        self.kept: list[Wire] = []

    async def open(self) -> tuple[Wire, Json]:
        """The connection and its hello."""
        url = (await web_client(self.sandbox, "xapp-sandbox").apps_connections_open(app_token="xapp-sandbox"))["url"]
        wire = Wire(await self.session.ws_connect(url))
        self.kept.append(wire)
        return wire, await wire.next()


@pytest.fixture
async def wires(sandbox: Sandbox) -> AsyncIterator[Wires]:
    async with aiohttp.ClientSession() as session:
        yield Wires(sandbox, session)


async def test_bolt_gets_an_event_and_its_ack_is_measured(sandbox: Sandbox) -> None:
    async with socket_peer(sandbox) as peer, control_of(sandbox) as control:
        answer = await control.act("post", "U0ANN", channel="C0GLOBEX", text="Hello", wait="ack")
        assert [(ack["event"], ack["ok"]) for ack in answer["acks"]] == [("message", True)]
        body = await peer.event("message")
        assert body["event"]["text"] == "Hello"
        acks = await control.get("acks", kind="event")
        assert acks["summary"]["count"] == 1
        assert acks["acks"][0]["key"] == f"C0GLOBEX/{answer['ts']}"
        desk = await control.get("desk")
        assert (desk["connected"], desk["way"], len(desk["connections"])) == (True, "socket", 1)
        assert desk["last_ack"]


async def test_hello_names_app_and_connections_and_a_ticket_works_once(sandbox: Sandbox, wires: Wires) -> None:
    _, hello = await wires.open()
    assert (hello["type"], hello["num_connections"], hello["connection_info"]) == ("hello", 1, {"app_id": "A0DESK"})
    _, second = await wires.open()
    assert second["num_connections"] == 2
    url = (await web_client(sandbox, "xapp-sandbox").apps_connections_open(app_token="xapp-sandbox"))["url"]
    await wires.session.ws_connect(url)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await wires.session.ws_connect(url)


@HASTY
async def test_an_unacked_event_comes_again_in_the_same_envelope(sandbox: Sandbox, wires: Wires) -> None:
    wire, _ = await wires.open()
    sandbox.world.post("C0GLOBEX", "U0ANN", "again")
    attempts = [await wire.next() for _ in range(4)]
    assert len({attempt["envelope_id"] for attempt in attempts}) == 1
    assert len({attempt["payload"]["event_id"] for attempt in attempts}) == 1
    assert [attempt["retry_attempt"] for attempt in attempts] == [0, 1, 2, 3]
    assert [attempt["retry_reason"] for attempt in attempts] == ["", "timeout", "timeout", "timeout"]
    await wire.ack(attempts[-1])
    sandbox.world.post("C0GLOBEX", "U0ANN", "next")
    following = await wire.next()
    assert following["payload"]["event"]["text"] == "next"


@pytest.mark.parametrize("sandbox", [(0.3, 60.0)], indirect=True)
async def test_a_late_ack_still_stops_the_retries(sandbox: Sandbox, wires: Wires) -> None:
    wire, _ = await wires.open()
    sandbox.world.post("C0GLOBEX", "U0ANN", "late")
    first = await wire.next()
    second = await wire.next()
    assert second["retry_attempt"] == 1
    await wire.ack(first)
    assert await sandbox.traffic.wait_idle(0.05, 2)
    sandbox.world.post("C0GLOBEX", "U0ANN", "other")
    assert (await wire.next())["payload"]["event"]["text"] == "other"


async def test_events_go_to_any_one_connection_in_turn(sandbox: Sandbox, wires: Wires) -> None:
    pair = [(await wires.open())[0] for _ in range(2)]
    for number in range(6):
        sandbox.world.post("C0GLOBEX", "U0ANN", str(number))
    got: list[str] = []
    for wire in pair:
        for _ in range(3):
            envelope = await wire.next()
            await wire.ack(envelope)
            got.append(envelope["payload"]["event"]["text"])
    assert sorted(got) == [str(number) for number in range(6)]


@pytest.mark.parametrize("sandbox", [(0.3, 60.0)], indirect=True)
async def test_an_event_missed_by_a_dead_connection_reaches_the_next(sandbox: Sandbox, wires: Wires) -> None:
    dead, _ = await wires.open()
    sandbox.world.post("C0GLOBEX", "U0ANN", "survives")
    await dead.next()
    await dead.socket.close()
    alive, _ = await wires.open()
    envelope = await alive.next()
    assert envelope["payload"]["event"]["text"] == "survives"
    assert envelope["retry_attempt"] >= 1
    await alive.ack(envelope)
    assert await sandbox.traffic.wait_idle(0.05, 2)


async def test_the_eleventh_connection_is_too_many(wires: Wires) -> None:
    for _ in range(10):
        await wires.open()
    _, goodbye = await wires.open()
    assert (goodbye["type"], goodbye["reason"]) == ("disconnect", "too_many_websockets")


@HASTY
async def test_pings_are_answered_until_the_socket_is_half_open(sandbox: Sandbox, wires: Wires) -> None:
    url = (await web_client(sandbox, "xapp-sandbox").apps_connections_open(app_token="xapp-sandbox"))["url"]
    socket = await wires.session.ws_connect(url, autoping=False)
    await socket.receive(timeout=PATIENCE)
    await socket.ping(b"one")
    pong = await socket.receive(timeout=PATIENCE)
    assert (pong.type, bytes(pong.data)) == (aiohttp.WSMsgType.PONG, b"one")
    async with control_of(sandbox) as control:
        await control.act("slack/socket", do="half_open")
        assert (await control.get("desk"))["connections"][0]["half_open"]
    await socket.ping(b"two")
    sandbox.world.post("C0GLOBEX", "U0ANN", "into the void")
    with pytest.raises(TimeoutError):
        await socket.receive(timeout=0.2)
    fresh, _ = await wires.open()
    while (envelope := await fresh.next())["payload"]["event"]["text"] != "into the void":
        await fresh.ack(envelope)
    await fresh.ack(envelope)


async def test_bolt_comes_back_after_a_cut_and_after_a_goodbye(sandbox: Sandbox) -> None:
    async with socket_peer(sandbox) as peer, control_of(sandbox) as control:
        for do in ("refresh_requested", "kill"):
            before = {one["id"] for one in (await control.get("desk"))["connections"]}
            back = asyncio.Event()

            def look(change: object, before: set[str] = before, back: asyncio.Event = back) -> None:
                if {one.id for one in sandbox.slack.socket_mode.connections} - before:
                    back.set()

            stop = sandbox.world.subscribe(look)
            await control.act("slack/socket", do=do)
            await asyncio.wait_for(back.wait(), PATIENCE)
            stop()
        sandbox.world.post("C0GLOBEX", "U0ANN", "still there")
        assert await peer.until(lambda: any(body["event"]["text"] == "still there" for body in peer.bodies))


async def test_opening_can_be_refused(sandbox: Sandbox) -> None:
    order = {"method": "apps.connections.open", "kind": "error", "status": 200, "error": "internal_error"}
    sandbox.faults.add({**order, "count": 2})
    client = web_client(sandbox, "xapp-sandbox")
    for _ in range(2):
        with pytest.raises(SlackApiError, match="internal_error"):
            await client.apps_connections_open(app_token="xapp-sandbox")
    assert (await client.apps_connections_open(app_token="xapp-sandbox"))["url"].startswith("ws://")


async def test_nobody_connected_means_retries_and_a_failed_command(sandbox: Sandbox, wires: Wires) -> None:
    async with control_of(sandbox) as control:
        failed = await control.act("command", "U0BO", channel="C0TRIAGE", text="/ticket mine")
        assert (failed["ok"], failed["reason"]) == (False, "dispatch_failed")
        seen = (await control.get("sees", "U0BO", channel="C0TRIAGE"))["messages"][-1]
        assert (seen["ephemeral"], seen["author"]) == (True, "USLACKBOT")
        assert seen["text"] == '/ticket failed with the error "dispatch_failed"'
        sandbox.world.post("C0GLOBEX", "U0ANN", "waits")
        wire, _ = await wires.open()
        envelope = await wire.next()
        assert envelope["payload"]["event"]["text"] == "waits"
        assert envelope["retry_reason"] == "not_connected"
        await wire.ack(envelope)


@HASTY
async def test_a_command_that_is_not_acked_in_time_is_told_to_who_typed_it(sandbox: Sandbox, wires: Wires) -> None:
    wire, _ = await wires.open()
    async with control_of(sandbox) as control:
        typing = asyncio.create_task(control.act("command", "U0BO", channel="C0TRIAGE", text="/ticket mine"))
        envelope = await wire.next()
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
        assert "retry_attempt" not in envelope
        answer = await typing
        assert answer["reason"] == "operation_timeout"
    shown = sandbox.world.ephemerals_of("U0BO", "C0TRIAGE")[-1]
    assert shown.text == '/ticket failed with the error "operation_timeout"'


async def test_slack_sdk_client_alone_acks_too(sandbox: Sandbox) -> None:
    client = SocketModeClient(app_token="xapp-sandbox", web_client=web_client(sandbox))
    got: asyncio.Queue[Json] = asyncio.Queue()

    async def take(socket: Any, request: Any) -> None:
        await socket.send_socket_mode_response({"envelope_id": request.envelope_id})
        await got.put(request.payload)

    client.socket_mode_request_listeners.append(take)
    await client.connect()
    try:
        sandbox.world.post("C0GLOBEX", "U0ANN", "plain client")
        payload = await asyncio.wait_for(got.get(), PATIENCE)
        assert payload["event"]["text"] == "plain client"
        assert await sandbox.traffic.wait_idle(0.02, 2)
        assert sandbox.traffic.acks[-1].attempt == 0
    finally:
        await client.close()
