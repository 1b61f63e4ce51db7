"""F20: the gateway's connection is cut, refused, silent or ended. The desk is back by itself, says meanwhile what is
wrong, and begins no more sessions than Discord allows."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from support.blobs import MemoryBlobs
from support.noting_desk import Desk
from support.processes import Proxy, proxy

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.connection import Sessions
from core.language.effects import Post
from core.language.errors import BadConfig
from core.language.events import MessagePosted
from core.language.places import Place
from core.language.text import plain
from core.language.views import Card
from core.ports import RateLimited
from sandbox.app import Sandbox, running
from sandbox.discord import seed
from sandbox.settings import Settings

# Seconds between heartbeats, and of silence after which a connection is dead.
BEAT, SILENCE = 0.2, 1.0


class Stage:
    """An adapter on the sandbox's Discord, with a network between them that fails on demand."""

    def __init__(self, sandbox: Sandbox, network: Proxy) -> None:
        self.sandbox = sandbox
        self.network = network
        self.gateway = sandbox.discord.gateway
        self.gateway.heartbeat_ms = round(BEAT * 1000)
        self.desk = Desk()
        self.adapter = DiscordAdapter(
            connection="main",
            token=sandbox.settings.discord_bot_token,
            handle=self.desk.handle,
            blobs=MemoryBlobs(),
            api_url=f"http://127.0.0.1:{network.port}/discord/api/v10",
            silence=SILENCE,
            sessions=Sessions(most=4, seconds=3600),
        )

    def say(self, words: str) -> None:
        self.sandbox.world.post(seed.HELP, seed.KIM, words)

    def heard(self) -> list[str]:
        return [plain(event.text) for event in self.desk.events if isinstance(event, MessagePosted)]

    async def back(self) -> None:
        """Ill, then well again, and hearing what is said."""
        async with asyncio.timeout(20):
            await self.adapter.until_healthy(False)
            await self.adapter.until_healthy()
            self.say("after")
            while "after" not in self.heard():
                await self.desk.until(len(self.desk.events) + 1)

    def strike(self, do: str, **more: Any) -> None:
        """Something happens to the connection that there is."""
        (connection,) = self.gateway.connections
        match do:
            case "cut":
                self.gateway.kill(connection)
            case "half open":
                self.gateway.freeze(connection)
            case "asked to reconnect":
                self.gateway.ask_to_reconnect(connection)
            case "session ended":
                self.gateway.invalidate(connection)
            case "unreadable event":
                # discord.py reads a payload without an id with an exception.
                self.gateway.dispatch("MESSAGE_DELETE", 0, lambda session: {"nonsense": True})
            case "closed":
                connection.outgoing.put_nowait(more["code"])


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(Settings(port=0, data=tmp_path, speed=1000.0)) as sandbox:
        port = urlsplit(sandbox.base_url).port
        assert port
        async with proxy(port) as network:
            made = Stage(sandbox, network)
            try:
                yield made
            finally:
                await made.adapter.stop()


@pytest.mark.parametrize("do", ["cut", "half open", "asked to reconnect", "closed"])
async def test_F20_a_session_is_resumed_and_nothing_is_lost(stage: Stage, do: str) -> None:
    await stage.adapter.start()
    since = stage.adapter.listening_since()
    assert since is not None
    stage.strike(do, code=4000)
    stage.say("meanwhile")
    await stage.back()
    assert stage.heard() == ["meanwhile", "after"]
    assert stage.adapter.listening_since() == since
    assert len(stage.gateway.begun) == 1


async def test_F20_an_unreadable_event_is_passed_over_and_told(stage: Stage) -> None:
    await stage.adapter.start()
    since = stage.adapter.listening_since()
    stage.strike("unreadable event")
    stage.say("meanwhile")
    await stage.back()
    assert stage.heard() == ["meanwhile", "after"]
    assert stage.adapter.listening_since() != since
    assert len(stage.gateway.begun) == 1


@pytest.mark.parametrize("refused", [0, 2])
async def test_F20_a_session_that_was_ended_is_begun_anew_and_told(stage: Stage, refused: int) -> None:
    await stage.adapter.start()
    since = stage.adapter.listening_since()
    stage.gateway.refused_sessions = refused
    stage.strike("session ended")
    await stage.back()
    assert stage.adapter.listening_since() != since
    assert len(stage.gateway.begun) == 2 + refused


async def test_F20_a_refused_resume_is_told(stage: Stage) -> None:
    await stage.adapter.start()
    since = stage.adapter.listening_since()
    stage.gateway.refused_sessions = 1
    stage.strike("cut")
    await stage.back()
    assert stage.adapter.listening_since() != since
    assert len(stage.gateway.begun) == 2


async def test_F20_no_more_sessions_are_begun_than_allowed(stage: Stage) -> None:
    await stage.adapter.start()
    stage.gateway.refused_sessions = 1000
    stage.strike("session ended")
    async with asyncio.timeout(30):
        while "allows no new session" not in stage.adapter.health()["why"]:
            await stage.adapter.until_told()
    assert len(stage.gateway.begun) == 4


async def test_F20_what_discord_allows_today_is_asked_for(stage: Stage) -> None:
    stage.gateway.begun.extend([asyncio.get_running_loop().time()] * 1000)
    starting = asyncio.create_task(stage.adapter.start())
    async with asyncio.timeout(10):
        while "allows no new session" not in stage.adapter.health()["why"]:
            await stage.adapter.until_told()
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    assert stage.gateway.connections == []


async def test_F20_the_whole_network_is_gone_for_a_while(stage: Stage) -> None:
    await stage.adapter.start()
    stage.network.refuse = True
    stage.network.cut()
    stage.say("meanwhile")
    async with asyncio.timeout(20):
        await stage.adapter.until_healthy(False)
        while "cannot be reached" not in stage.adapter.health()["why"]:
            await stage.adapter.until_told()
        stage.network.refuse = False
        await stage.adapter.until_healthy()
        await stage.desk.until(1)
    assert stage.heard() == ["meanwhile"]
    assert len(stage.gateway.begun) == 1


@pytest.mark.parametrize(
    "fault",
    [{"kind": "error", "status": 503}, {"kind": "ratelimit", "body": "html"}, {"kind": "reset"}],
    ids=["503", "429 of the edge", "reset"],
)
@pytest.mark.parametrize("method", ["get_current_user", "get_gateway_bot"])
async def test_F20_a_start_while_the_api_is_ill(stage: Stage, method: str, fault: dict[str, Any]) -> None:
    stage.sandbox.faults.add({"method": method, **fault})
    async with asyncio.timeout(20):
        await stage.adapter.start()
        await stage.adapter.until_healthy()
        stage.say("after")
        await stage.desk.until(1)


async def test_F20_the_edge_s_limit_holds_for_the_whole_connection(stage: Stage) -> None:
    await stage.adapter.start()
    stage.sandbox.faults.add({"method": "create_message", "kind": "ratelimit", "body": "html", "retry_after": 7})
    with pytest.raises(RateLimited) as limited:
        await stage.adapter.deliver(Post(Place("main", seed.HELP), Card("Hello"), "k1"))
    assert (limited.value.scope, limited.value.retry_after) == ("connection", 7.0)


@pytest.mark.parametrize(("code", "says"), [(4004, "DISCORD_BOT_TOKEN"), (4013, "4013"), (4014, "Message Content")])
async def test_F20_what_cannot_be_mended_from_here_is_said_and_left(stage: Stage, code: int, says: str) -> None:
    await stage.adapter.start()
    stage.strike("closed", code=code)
    async with asyncio.timeout(10):
        await stage.adapter.until_healthy(False)
        while says not in stage.adapter.health()["why"]:
            await stage.adapter.until_told()
    assert stage.adapter.listening_since() is None
    # Effects go on as far as Discord takes them.
    assert (await stage.adapter.deliver(Post(Place("main", seed.HELP), Card("Hello"), "k1"))).ref


async def test_F20_intents_that_are_switched_off_end_the_start(stage: Stage) -> None:
    stage.sandbox.discord.refused_intents = 1 << 15
    with pytest.raises(BadConfig, match="Message Content"):
        async with asyncio.timeout(2):
            await stage.adapter.start()
    assert stage.gateway.sessions == {}
