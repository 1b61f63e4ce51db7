"""Each fault on order does what its description says, as seen by Slack's own client or a bare socket."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient
from support.slack_peer import Control, Peer, control_of, socket_peer, web_client

from sandbox.app import Sandbox, running
from sandbox.settings import Settings

Json = dict[str, Any]


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with running(Settings(port=0, data=tmp_path, speed=600.0, ack_seconds=1.0)) as sandbox:
        yield sandbox


@pytest.fixture
async def control(sandbox: Sandbox) -> AsyncIterator[Control]:
    async with control_of(sandbox) as control:
        yield control


@pytest.fixture
async def peer(sandbox: Sandbox) -> AsyncIterator[Peer]:
    async with socket_peer(sandbox) as peer:
        yield peer


@pytest.fixture
def client(sandbox: Sandbox) -> AsyncWebClient:
    return web_client(sandbox)


def said(sandbox: Sandbox) -> list[str]:
    return [message.text for message in sandbox.world.history("C0GLOBEX")][::-1]


async def post(client: AsyncWebClient, text: str = "x") -> Any:
    return await client.chat_postMessage(channel="C0GLOBEX", text=text)


async def test_reset_after_applying_is_posted_twice_by_a_client_that_repeats(
    sandbox: Sandbox, control: Control, client: AsyncWebClient
) -> None:
    await control.act("faults", method="chat.postMessage", kind="reset")
    with pytest.raises(aiohttp.ClientConnectionError):
        await post(client, "once")
    assert said(sandbox) == ["once"]
    await control.act("faults", method="chat.postMessage", kind="reset")
    repeating = web_client(sandbox)
    repeating.retry_handlers = [AsyncConnectionErrorRetryHandler()]
    await post(repeating, "twice")
    assert said(sandbox) == ["once", "twice", "twice"]


async def test_reset_before_applying(sandbox: Sandbox, control: Control, client: AsyncWebClient) -> None:
    await control.act("faults", method="chat.*", kind="reset_before", count=1)
    with pytest.raises(aiohttp.ClientConnectionError):
        await post(client)
    assert said(sandbox) == []
    await post(client)
    assert said(sandbox) == ["x"]


@pytest.mark.parametrize(
    ("kind", "body", "status", "applied"),
    [
        ("error", "json", 500, False),
        ("error", "html", 503, False),
        ("error", "broken", 200, False),
        ("error", "empty", 502, False),
        ("error_after", "json", 500, True),
        ("error_after", "broken", 200, True),
    ],
)
async def test_errors_of_all_sorts(
    sandbox: Sandbox, control: Control, client: AsyncWebClient, kind: str, body: str, status: int, applied: bool
) -> None:
    order = {"method": "chat.postMessage", "kind": kind, "body": body, "status": status, "error": "fatal_error"}
    await control.act("faults", **order)
    with pytest.raises(SlackApiError) as error:
        await post(client)
    if body == "json":
        assert error.value.response["error"] == "fatal_error"
        assert error.value.response.status_code == status
    assert said(sandbox) == (["x"] if applied else [])


@pytest.mark.parametrize("body", ["json", "html"])
async def test_ratelimit_as_slack_or_its_edge_says_it(sandbox: Sandbox, control: Control, body: str) -> None:
    await control.act("faults", method="chat.postMessage", kind="ratelimit", retry_after=7, body=body)
    url = f"{sandbox.base_url}/slack/api/chat.postMessage"
    async with control.session.post(url, data={"token": "xoxb-sandbox"}) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
        text = await answer.text()
    assert ("<html>" in text) == (body == "html")
    assert said(sandbox) == []


async def test_late_lands_after_the_client_gave_up(sandbox: Sandbox, control: Control) -> None:
    impatient = web_client(sandbox, timeout=0.1)
    await control.act("faults", method="chat.postMessage", kind="late", seconds=0.3)
    with pytest.raises(TimeoutError):
        await post(impatient, "late")
    assert said(sandbox) == []
    assert (await control.get("idle", quiet_ms=10))["idle"]
    assert said(sandbox) == ["late"]


@pytest.mark.parametrize(("kind", "at_once"), [("delay", False), ("delay_answer", True)])
async def test_delays_before_and_after(
    sandbox: Sandbox, control: Control, client: AsyncWebClient, kind: str, at_once: bool
) -> None:
    await control.act("faults", method="chat.postMessage", kind=kind, seconds=0.15)
    landed: list[float] = []
    sandbox.world.subscribe(lambda change: landed.append(time.monotonic()))
    started = time.monotonic()
    await post(client)
    assert time.monotonic() - started >= 0.15
    assert (landed[0] - started < 0.1) == at_once


async def test_a_fault_strikes_only_where_it_should(sandbox: Sandbox, control: Control, client: AsyncWebClient) -> None:
    order = {"method": "chat.postMessage", "kind": "error", "channel": "C0GLOBEX", "text": "canary", "count": 2}
    ordered = (await control.act("faults", **order))["fault"]
    await post(client, "plain")
    await client.chat_postMessage(channel="C0TRIAGE", text="canary")
    for _ in range(2):
        with pytest.raises(SlackApiError):
            await post(client, "a canary here")
    await post(client, "a canary here")
    listed = (await control.get("faults"))["faults"]
    assert [(one["id"], one["hits"], one["count"]) for one in listed] == [(ordered["id"], 2, 0)]
    status, cleared = await control.call("DELETE", "faults", id=ordered["id"])
    assert (status, cleared["cleared"]) == (200, 1)


async def test_a_fault_with_a_probability_strikes_sometimes(
    sandbox: Sandbox, control: Control, client: AsyncWebClient
) -> None:
    await control.act("faults", method="auth.test", kind="error", count=None, probability=0.5)
    failed = 0
    for _ in range(40):
        try:
            await client.auth_test()
        except SlackApiError:
            failed += 1
    assert 5 < failed < 35


@pytest.mark.parametrize(
    "order",
    [
        {"kind": "drop"},
        {"kind": "drop", "method": "auth.test"},
        {"kind": "reset", "event": "message"},
        {"kind": "reset", "method": "auth.test", "event": "message"},
        {"kind": "error", "method": "auth.test", "body": "xml"},
        {"kind": "error", "method": "auth.test", "colour": "red"},
    ],
)
async def test_an_order_that_makes_no_sense_is_refused(control: Control, order: Json) -> None:
    assert await control.refused("faults", **order) == (400, "bad_request")


async def test_response_urls_fail_too(sandbox: Sandbox, control: Control) -> None:
    token = sandbox.slack.tickets.response_address("U0BO", "C0TRIAGE")
    hook = AsyncWebhookClient(f"{sandbox.base_url}/slack/response/{token}", retry_handlers=[])
    await control.act("faults", method="response_url", kind="error", status=503)
    assert (await hook.send(text="x")).status_code == 503
    await control.act("faults", method="response_url", kind="ratelimit")
    assert (await hook.send(text="x")).status_code == 429
    for kind, shown in (("reset_before", 0), ("reset", 1)):
        await control.act("faults", method="response_url", kind=kind)
        with pytest.raises(aiohttp.ClientConnectionError):
            await hook.send(text="x")
        assert len(sandbox.world.ephemerals_of("U0BO", "C0TRIAGE")) == shown


async def say(control: Control, text: str, wait: str = "ack") -> Json:
    return await control.act("post", "U0ANN", channel="C0GLOBEX", text=text, wait=wait)


async def test_dropped_events_never_come(control: Control, peer: Peer) -> None:
    await control.act("faults", event="message", kind="drop", text="gone")
    dropped = await say(control, "gone")
    assert dropped["acks"][0]["reason"] == "dropped"
    await say(control, "here")
    assert [body["event"]["text"] for body in peer.bodies] == ["here"]


@pytest.mark.parametrize("new_event_id", [False, True])
async def test_double_events_are_one_event_or_two(control: Control, peer: Peer, new_event_id: bool) -> None:
    await control.act("faults", event="message", kind="double", copies=3, new_event_id=new_event_id)
    await say(control, "thrice")
    await peer.until(lambda: len(peer.bodies) == 3)
    assert len({body["event"]["ts"] for body in peer.bodies}) == 1
    assert len({body["event_id"] for body in peer.bodies}) == (3 if new_event_id else 1)


async def test_reordered_events_are_overtaken(control: Control, peer: Peer) -> None:
    await control.act("faults", event="message", kind="reorder", copies=2)
    await say(control, "first", wait="none")
    await say(control, "second")
    await say(control, "third")
    await peer.until(lambda: len(peer.bodies) == 3)
    assert [body["event"]["text"] for body in peer.bodies] == ["second", "third", "first"]


async def test_held_events_come_later(control: Control, peer: Peer) -> None:
    await control.act("faults", event="message", kind="hold", seconds=0.1)
    await say(control, "first", wait="none")
    await say(control, "second")
    await peer.until(lambda: len(peer.bodies) == 2)
    assert [body["event"]["text"] for body in peer.bodies] == ["second", "first"]


@pytest.mark.parametrize(
    ("order", "times"),
    [
        ({"kind": "ignore_ack"}, 2),
        ({"kind": "delay_ack", "seconds": 1.2}, 2),
        ({"kind": "delay_ack", "seconds": 0.1}, 1),
    ],
)
async def test_a_lost_or_late_ack_brings_it_again(control: Control, peer: Peer, order: Json, times: int) -> None:
    await control.act("faults", event="message", **order)
    assert (await say(control, "again"))["acks"][0]["ok"]
    assert (await control.get("idle", quiet_ms=50))["idle"]
    assert len(peer.bodies) == times
    assert len({body["event_id"] for body in peer.bodies}) == 1


async def test_a_command_can_go_missing_or_come_twice(control: Control, peer: Peer) -> None:
    await control.act("faults", event="/ticket", kind="drop")
    missing = await control.act("command", "U0BO", channel="C0TRIAGE", text="/ticket mine")
    assert missing["reason"] == "operation_timeout"
    assert peer.bodies == []
    await control.act("faults", event="/ticket", kind="double")
    assert (await control.act("command", "U0BO", channel="C0TRIAGE", text="/ticket mine"))["ok"]
    await peer.until(lambda: len(peer.bodies) == 2)
    assert peer.bodies[0]["trigger_id"] == peer.bodies[1]["trigger_id"]
    await control.act("faults", event="/ticket", kind="ignore_ack")
    ignored = await control.act("command", "U0BO", channel="C0TRIAGE", text="/ticket mine")
    assert ignored["reason"] == "operation_timeout"


async def test_token_and_channel_can_be_lost(control: Control, client: AsyncWebClient) -> None:
    await control.act("slack/token", do="revoke")
    with pytest.raises(SlackApiError, match="token_revoked"):
        await post(client)
    await control.act("slack/token", do="restore")
    await control.act("archive", "U0MIA", channel="C0GLOBEX")
    with pytest.raises(SlackApiError, match="is_archived"):
        await post(client)
    await control.act("delete-channel", "U0MIA", channel="C0GLOBEX")
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await post(client)


async def test_any_event_can_be_forged(control: Control, peer: Peer) -> None:
    event = {"type": "message", "channel": "C0GLOBEX", "user": "U0ANN", "text": "forged", "ts": "1.000001"}
    sent = await control.act("slack/event", event=event, envelope={"event_id": "EvSAME"})
    assert sent["event_id"] == "EvSAME"
    body = await peer.event("message")
    assert (body["event_id"], body["event"]["text"]) == ("EvSAME", "forged")


async def test_faults_are_seen_in_the_log(sandbox: Sandbox, control: Control, client: AsyncWebClient) -> None:
    await control.act("faults", method="chat.postMessage", kind="reset")
    with pytest.raises(aiohttp.ClientConnectionError):
        await post(client)
    records = (await control.get("traffic"))["records"]
    assert ("fault", "reset") in [(one["kind"], one["name"]) for one in records]
    call = next(one for one in records if one["kind"] == "api")
    assert (call["ok"], call["detail"], call["response"]["applied"]["ok"]) == (False, "fault:reset", True)


async def test_starting_over_takes_faults_and_deliveries_away(sandbox: Sandbox, control: Control) -> None:
    await control.act("faults", event="message", kind="hold", seconds=60)
    struck = asyncio.Event()
    stop = sandbox.traffic.subscribe(lambda record: struck.set())
    waiting = asyncio.create_task(say(control, "held"))
    await struck.wait()
    stop()
    await control.act("start-over")
    assert (await waiting)["acks"][0]["reason"] == "given_up"
    assert (await control.get("faults"))["faults"] == []
    assert (await control.get("traffic"))["counters"] == {}
