"""Starting, staying connected and stopping, against a real server that misbehaves."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from support.blobs import MemoryBlobs
from support.slack_stage import ANN, CUSTOMERS, Desk, Stage, slack_adapter, stage

from adapters.slack.adapter import SlackAdapter
from adapters.web.app import create_app
from core.language.effects import Dm, Post
from core.language.errors import BadConfig
from core.language.events import ConnectionRevoked, MessagePosted
from core.language.places import MessageRef, Place
from core.language.text import words
from core.language.views import Card, Paragraph
from core.ports import NotSent, Revoked
from sandbox.app import running
from sandbox.server import bind, serving
from sandbox.settings import Settings

HELLO = Card("hello", blocks=(Paragraph(words("hello")),))


def texts(desk: Desk) -> list[str]:
    return ["".join(getattr(span, "text", "") for span in e.text) for e in desk.events if isinstance(e, MessagePosted)]


# --- starting


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"bot_token": "xoxb-wrong"}, "SLACK_BOT_TOKEN"),
        ({"bot_token": "xapp-sandbox"}, "SLACK_BOT_TOKEN"),
        ({"app_token": "xapp-wrong"}, "SLACK_APP_TOKEN"),
        ({"app_token": "xoxb-sandbox"}, "SLACK_APP_TOKEN"),
        ({"api_url": "/slack/nothing/"}, "SLACK_BOT_TOKEN"),
    ],
)
async def test_a_wrong_token_is_named_at_once(tmp_path: Path, more: dict[str, str], named: str) -> None:
    async with running(Settings(port=0, data=tmp_path)) as sandbox:
        if "api_url" in more:
            more = {"api_url": sandbox.base_url + more["api_url"]}
        adapter = slack_adapter(sandbox, Desk(), MemoryBlobs(), **more)
        started = time.monotonic()
        with pytest.raises(BadConfig) as bad:
            await adapter.start()
        assert time.monotonic() - started < 2
        (problem,) = bad.value.problems
        assert problem.startswith(named)
        assert "https://api.slack.com/apps" in problem
        assert "wrong" not in problem


def test_no_way_in_is_said_before_anything() -> None:
    with pytest.raises(BadConfig) as bad:
        SlackAdapter(
            connection="main",
            api_url="https://slack.com/api/",
            bot_token="xoxb-1",
            app_token=None,
            signing_secret=None,
            handle=Desk().handle,
            blobs=MemoryBlobs(),
        )
    assert "SLACK_APP_TOKEN" in bad.value.problems[0]
    assert "SLACK_SIGNING_SECRET" in bad.value.problems[0]


async def test_with_both_secrets_http_stays_closed(tmp_path: Path, caplog: Any) -> None:
    caplog.set_level("INFO")
    async with stage(tmp_path, signing_secret="sandbox") as slack:
        assert slack.adapter.takes_http is False
        assert "Socket Mode receives" in caplog.text


async def test_a_slack_that_cannot_be_reached_is_waited_for(tmp_path: Path) -> None:
    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    listener.close()
    desk = Desk()
    adapter = SlackAdapter(
        connection="main",
        api_url=f"http://127.0.0.1:{port}/slack/api/",
        bot_token="xoxb-sandbox",
        app_token="xapp-sandbox",
        signing_secret=None,
        handle=desk.handle,
        blobs=MemoryBlobs(),
    )
    await adapter.start()
    try:
        assert adapter.health()["ok"] is False
        assert "cannot be reached" in adapter.health()["why"]
        with pytest.raises(NotSent):
            adapter.normalise({"type": "event_callback"})
        async with running(Settings(port=port, data=tmp_path)) as sandbox:
            async with asyncio.timeout(10):
                await adapter.until_healthy()
            assert adapter.health() == {"ok": True, "why": ""}
            sandbox.world.post(CUSTOMERS, "U0ANN", "Hello")
            await desk.until(1)
    finally:
        await adapter.stop()


async def test_missing_scopes_are_known_and_no_obstacle(tmp_path: Path, caplog: Any) -> None:
    async with stage(tmp_path, without_scope="files:read") as slack:
        assert slack.adapter.missing_scopes == {"files:read"}
        assert "lacks scopes: files:read" in caplog.text
        assert slack.adapter.health()["ok"]


# --- staying


async def test_a_cut_connection_comes_back(slack: Stage) -> None:
    server = slack.sandbox.slack.socket_mode
    server.kill(server.connections[0])
    await slack.adapter.until_healthy(False)
    assert "lost" in slack.adapter.health()["why"]
    await slack.adapter.until_healthy()
    slack.say("U0ANN", CUSTOMERS, "Hello again")
    await slack.desk.until(1)


async def test_what_was_in_flight_when_the_connection_broke_comes_again(tmp_path: Path) -> None:
    leave = asyncio.Event()

    async def slow(event: Any) -> None:
        await leave.wait()

    async with stage(tmp_path, ack_seconds=0.5) as slack:
        slack.desk.answer = slow
        ref = slack.say("U0ANN", CUSTOMERS, "Do not lose me")
        await slack.desk.until(1)
        server = slack.sandbox.slack.socket_mode
        server.kill(server.connections[0])
        leave.set()
        first, second = (await slack.desk.until(2))[:2]
        assert isinstance(second, MessagePosted)
        assert second.ref == ref
        assert first == second


async def test_F20_a_half_open_connection_is_noticed_and_replaced(tmp_path: Path) -> None:
    async with stage(tmp_path, heartbeat=0.2, ack_seconds=0.3) as slack:
        server = slack.sandbox.slack.socket_mode
        (frozen,) = server.connections
        server.freeze(frozen)
        slack.say("U0ANN", CUSTOMERS, "Into the void")
        await slack.adapter.until_healthy(False)
        await slack.adapter.until_healthy()
        await slack.desk.until(1)
        assert texts(slack.desk) == ["Into the void"]


async def test_slack_asks_to_leave_and_the_next_connection_is_there_first(slack: Stage) -> None:
    server = slack.sandbox.slack.socket_mode
    (old,) = server.connections
    server.say_goodbye(old, "warning")
    await slack.until(lambda: len(server.connections) == 2)
    # What comes on the old one is still taken, and acked on it.
    for number in range(4):
        slack.say("U0ANN", CUSTOMERS, f"message {number}")
    await slack.desk.until(4)
    await server.hang_up(old)
    assert slack.adapter.health()["ok"]


async def test_a_server_that_starts_again_is_found(tmp_path: Path) -> None:
    desk = Desk()
    async with running(Settings(port=0, data=tmp_path)) as sandbox:
        port = int(sandbox.base_url.rpartition(":")[2])
        adapter = slack_adapter(sandbox, desk, MemoryBlobs())
        await adapter.start()
        await adapter.until_healthy()
    try:
        await adapter.until_healthy(False)
        assert adapter.health()["ok"] is False
        async with running(Settings(port=port, data=tmp_path)) as sandbox:
            async with asyncio.timeout(5):
                await adapter.until_healthy()
            sandbox.world.post(CUSTOMERS, "U0ANN", "Hello again")
            await desk.until(1)
    finally:
        await adapter.stop()


async def test_several_connections_share_the_events(tmp_path: Path) -> None:
    async with stage(tmp_path, sockets=3) as slack:
        await slack.until(lambda: len(slack.sandbox.slack.socket_mode.connections) == 3)
        for number in range(9):
            slack.say("U0ANN", CUSTOMERS, f"message {number}")
        await slack.desk.until(9)
        assert len(set(texts(slack.desk))) == 9


async def test_a_taken_token_is_seen_where_it_shows_first(slack: Stage) -> None:
    slack.sandbox.slack.auth_error = "token_revoked"
    with pytest.raises(Revoked):
        await slack.adapter.deliver(Post(Place("main", CUSTOMERS), HELLO, "k1"))
    health = slack.adapter.health()
    assert health["ok"] is False
    assert "token_revoked" in health["why"]


async def test_an_uninstalled_app_is_told_to_the_desk(slack: Stage) -> None:
    from sandbox.slack import events

    events.send(slack.sandbox.slack, "app_uninstalled", {"type": "app_uninstalled"}, None)
    assert (await slack.desk.next(ConnectionRevoked)).reason == "app_uninstalled"
    assert "install it again" in slack.adapter.health()["why"]


async def test_silence_is_looked_into(tmp_path: Path) -> None:
    async with stage(tmp_path, quiet=0.05) as slack:
        slack.sandbox.slack.auth_error = "account_inactive"
        async with asyncio.timeout(5):
            await slack.adapter.until_healthy(False)
        assert "account_inactive" in slack.adapter.health()["why"]


@contextlib.asynccontextmanager
async def talk(slack: Stage) -> AsyncIterator[None]:
    """People who write without a pause."""

    async def say() -> None:
        for number in itertools.count(len(slack.desk.events) + 1):
            slack.say("U0ANN", CUSTOMERS, f"message {number}")
            await slack.desk.until(number)

    async with asyncio.TaskGroup() as group:
        talking = group.create_task(say())
        yield
        talking.cancel()


async def test_one_failed_look_is_made_good_while_people_talk(tmp_path: Path) -> None:
    async with stage(tmp_path, quiet=1.0) as slack:
        since = slack.adapter.listening_since()
        slack.fault("error", "auth.test", status=503)
        await slack.adapter.until_healthy(False)
        async with asyncio.timeout(5), talk(slack):
            await slack.adapter.until_healthy()
        assert slack.adapter.listening_since() == since, "nothing was lost"


async def test_access_that_is_given_back_is_seen_while_people_talk(slack: Stage) -> None:
    since = slack.adapter.listening_since()
    slack.sandbox.slack.auth_error = "token_revoked"
    with pytest.raises(Revoked):
        await slack.adapter.deliver(Post(Place("main", CUSTOMERS), HELLO, "k1"))
    assert slack.adapter.listening_since() is None
    slack.sandbox.slack.auth_error = ""
    async with asyncio.timeout(5), talk(slack):
        await slack.adapter.until_healthy()
    assert since and (slack.adapter.listening_since() or since) > since, "something may have been lost"


async def test_damaged_frames_end_nothing(slack: Stage) -> None:
    (connection,) = slack.sandbox.slack.socket_mode.connections
    deep = "[" * 100_000
    payload = '{"type": "block_actions", "user": 5, "team": 5, "actions": 7}'
    envelope = f'{{"envelope_id": "e", "type": "interactive", "payload": {payload}}}'
    for frame in ("nonsense", "[]", "null", deep, '{"type": 7}', envelope):
        connection.outgoing.put_nowait(frame)
    slack.say("U0ANN", CUSTOMERS, "Hello")
    await slack.desk.next(MessagePosted)
    assert slack.sandbox.slack.socket_mode.connections == [connection]


# --- stopping


@pytest.mark.parametrize("http", [False, True])
async def test_a_stop_waits_for_what_is_in_flight_and_acks_it(tmp_path: Path, http: bool) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(event: Any) -> None:
        entered.set()
        await leave.wait()

    async with stage(tmp_path, http=http) as slack:
        slack.desk.answer = slow
        acting = asyncio.create_task(slack.command("U0BO", CUSTOMERS, "/ticket mine"))
        await entered.wait()
        assert slack.adapter.in_flight == 1
        stopping = asyncio.create_task(slack.adapter.stop_intake())
        await asyncio.sleep(0)
        assert not stopping.done()
        # Nothing new is taken meanwhile.
        refused = await slack.command("U0BO", CUSTOMERS, "/ticket help") if http else None
        assert refused is None or not refused.ok
        leave.set()
        await stopping
        assert (await acting).ok
        assert len(slack.desk.events) == 1
        assert slack.adapter.health() == {"ok": False, "why": "stopped"}
        # What was decided can still be sent.
        made = await slack.adapter.deliver(Dm(ANN, HELLO, "k1"))
        assert isinstance(made.ref, MessageRef)


async def test_a_stop_does_not_wait_for_ever(slack: Stage, caplog: Any) -> None:
    never = asyncio.Event()

    async def stuck(event: Any) -> None:
        await never.wait()

    slack.desk.answer = stuck
    slack.say("U0ANN", CUSTOMERS, "Hello")
    await slack.desk.until(1)
    await slack.adapter.stop_intake(within=0.05)
    assert "still in flight" in caplog.text


async def test_readiness_shows_the_connection(slack: Stage) -> None:
    import aiohttp

    app = create_app(ready={"slack": slack.adapter.health}, registry=CollectorRegistry())
    listener = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/readyz"
    async with serving(app, listener), aiohttp.ClientSession() as session:
        async with session.get(url) as answer:
            assert answer.status == 200
        await slack.adapter.stop_intake()
        async with session.get(url) as answer:
            assert answer.status == 503
            assert (await answer.json())["parts"]["slack"] == {"ok": False, "why": "stopped"}
