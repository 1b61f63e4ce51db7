"""Logging in, intents, resuming, limits and faults, with discord.py and with a bare websocket."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
from support.discord_peer import PATIENCE, TOKEN, connected, control, redirected, sees, served

from sandbox.app import Sandbox, running
from sandbox.discord.seed import GUILD, HELP, KIM
from sandbox.settings import Settings


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with served(tmp_path) as sandbox:
        yield sandbox


def say(sandbox: Sandbox, text: str, channel: str = HELP) -> None:
    sandbox.world.post(channel, KIM, text)


async def test_wrong_token_is_refused(sandbox: Sandbox) -> None:
    async with discord.Client(intents=discord.Intents.none()) as client:
        with pytest.raises(discord.LoginFailure):
            await client.login("another")


async def test_without_the_content_intent_only_some_is_readable(sandbox: Sandbox) -> None:
    intents = discord.Intents.default()
    async with connected(sandbox, intents) as peer:
        await control(sandbox, "post", **{"as": KIM, "channel": HELP, "text": "A secret"})
        await control(sandbox, "post", **{"as": KIM, "channel": HELP, "text": "@Desk please help"})
        await peer.text(HELP).send("Mine")
        user = await peer.fetch_user(int(KIM))
        direct = await user.send("Hello")
        await control(sandbox, "post", **{"as": KIM, "channel": str(direct.channel.id), "text": "In private"})
        await peer.times("message", 5)
        assert [one.content for one in peer.all("message")] == [
            "",
            "<@1480000000000000201> please help",
            "Mine",
            "Hello",
            "In private",
        ]


async def test_intent_that_is_not_switched_on_ends_with_4014(sandbox: Sandbox) -> None:
    await control(sandbox, "discord/app", message_content=False)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with connected(sandbox):
            pass
    async with connected(sandbox, discord.Intents.default()) as peer:
        assert not (await peer.application_info()).flags.gateway_message_content_limited


async def test_cut_is_resumed_and_nothing_is_missed(sandbox: Sandbox) -> None:
    async with connected(sandbox) as peer:
        say(sandbox, "before")
        await peer.next("message")
        await control(sandbox, "discord/socket", do="kill")
        say(sandbox, "meanwhile")
        await peer.next("resumed")
        say(sandbox, "after")
        await peer.times("message", 3)
        assert [one.content for one in peer.all("message")] == ["before", "meanwhile", "after"]
        assert len(peer.all("ready")) == 1


async def test_asked_to_reconnect_it_resumes(sandbox: Sandbox) -> None:
    async with connected(sandbox) as peer:
        await control(sandbox, "discord/socket", do="reconnect")
        await peer.next("resumed")


async def test_lost_session_identifies_anew(sandbox: Sandbox) -> None:
    async with connected(sandbox) as peer:
        await control(sandbox, "discord/socket", do="kill", forget=True)
        await peer.times("ready", 2)
        assert peer.all("resumed") == []
        say(sandbox, "after")
        assert (await peer.next("message")).content == "after"


async def test_revoked_token_ends_the_client(sandbox: Sandbox) -> None:
    async with discord.Client(intents=discord.Intents.default()) as client:
        task = asyncio.create_task(client.start(TOKEN))
        await connected_to(sandbox)
        await control(sandbox, "discord/app", revoked=True)
        with pytest.raises(discord.ConnectionClosed) as closed:
            await asyncio.wait_for(task, PATIENCE)
        assert closed.value.code == 4004


async def connected_to(sandbox: Sandbox) -> None:
    """Until a client has identified."""
    there = asyncio.Event()
    stop = sandbox.traffic.subscribe(lambda record: there.set() if record.name == "IDENTIFY" else None)
    try:
        await asyncio.wait_for(there.wait(), PATIENCE)
    finally:
        stop()


async def test_start_over_begins_a_new_session_in_a_new_world(sandbox: Sandbox) -> None:
    async with connected(sandbox) as peer:
        say(sandbox, "old")
        await peer.next("message")
        await control(sandbox, "start-over")
        await peer.times("ready", 2)
        assert await sees(sandbox, KIM, HELP) == []
        await peer.text(HELP).send("new")


async def test_world_is_there_after_a_restart(tmp_path: Path) -> None:
    settings = Settings(port=0, data=tmp_path / "sandbox", speed=100)
    async with running(settings) as sandbox:
        with redirected(sandbox.base_url):
            async with connected(sandbox) as peer:
                await peer.tree.sync()
                message = await peer.text(HELP).send("kept")
                thread = await message.create_thread(name="T-1")
                await peer.http.bulk_upsert_guild_commands(
                    int(peer.application_id or 0),
                    int(GUILD),
                    [{"name": "ticket", "description": "Tickets", "type": 1}],
                )
    async with running(settings) as sandbox:
        with redirected(sandbox.base_url):
            async with connected(sandbox) as peer:
                assert [one.content async for one in peer.text(HELP).history()] == ["kept"]
                assert peer.guild.get_thread(thread.id) is not None
                assert [one.name for one in await peer.tree.fetch_commands(guild=peer.guild)] == ["ticket"]


async def test_limits_are_told_and_held_to(tmp_path: Path) -> None:
    async with served(tmp_path, speed=1.0) as sandbox, aiohttp.ClientSession() as session:
        url = f"{sandbox.base_url}/discord/api/v10/channels/{HELP}/messages"
        headers = {"Authorization": f"Bot {TOKEN}"}
        statuses = []
        for number in range(6):
            async with session.post(url, json={"content": str(number)}, headers=headers) as response:
                statuses.append(response.status)
                assert response.headers["content-type"] == "application/json"
                assert response.headers["x-ratelimit-remaining"] == str(max(0, 4 - number))
                body = await response.json()
        assert statuses == [200] * 5 + [429]
        assert (body["global"], 0 < body["retry_after"] <= 5) == (False, True)
        assert len(await sees(sandbox, KIM, HELP)) == 5


async def test_client_waits_out_a_429_and_repeats(sandbox: Sandbox) -> None:
    async with connected(sandbox) as peer:
        await control(sandbox, "faults", method="create_message", kind="ratelimit", retry_after=1)
        await peer.text(HELP).send("once")
        assert [one["text"] for one in await sees(sandbox, KIM, HELP)] == ["once"]
        await control(sandbox, "faults", method="create_message", kind="ratelimit", body="html")
        with pytest.raises(discord.HTTPException) as edge:
            await peer.text(HELP).send("never")
        assert edge.value.status == 429


async def test_faults_strike_calls_and_events(sandbox: Sandbox) -> None:
    async with connected(sandbox) as peer:
        await control(sandbox, "faults", method="create_message", kind="error_after", status=503)
        with pytest.raises(discord.DiscordServerError):
            await peer.text(HELP).send("landed all the same")
        assert [one["text"] for one in await sees(sandbox, KIM, HELP)] == ["landed all the same"]
        await peer.times("message", 1)
        await control(sandbox, "faults", event="MESSAGE_CREATE", kind="drop")
        say(sandbox, "lost")
        await control(sandbox, "faults", event="MESSAGE_CREATE", kind="double")
        say(sandbox, "twice")
        await peer.times("message", 3)
        assert [one.content for one in peer.all("message")][1:] == ["twice", "twice"]
        kinds = [record.name for record in sandbox.traffic.log if record.kind == "fault"]
        assert kinds == ["error_after", "drop", "double"]


class Bare:
    """A websocket of one's own."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.unpacker = zlib.decompressobj()

    async def next(self) -> dict[str, Any]:
        message = await self.socket.receive(timeout=PATIENCE)
        data = self.unpacker.decompress(message.data) if message.type is aiohttp.WSMsgType.BINARY else message.data
        frame: dict[str, Any] = json.loads(data)
        return frame

    async def send(self, op: int, data: Any) -> None:
        await self.socket.send_json({"op": op, "d": data})

    async def closed(self) -> int | None:
        while (await self.socket.receive(timeout=PATIENCE)).type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            continue
        return self.socket.close_code


@pytest.mark.parametrize("compress", ["", "&compress=zlib-stream"])
async def test_plain_and_packed_speak_alike(sandbox: Sandbox, compress: str) -> None:
    url = f"{sandbox.base_url}/discord/gateway?v=10&encoding=json{compress}"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        bare = Bare(socket)
        assert (await bare.next())["op"] == 10
        await bare.send(1, None)
        assert (await bare.next())["op"] == 11
        await bare.send(2, {"token": TOKEN, "intents": 1, "properties": {}})
        ready, guild = await bare.next(), await bare.next()
        assert (ready["t"], ready["s"], guild["t"], guild["d"]["id"]) == ("READY", 1, "GUILD_CREATE", GUILD)
        say(sandbox, "not for this intent")
        sandbox.world.put_channel(sandbox.world.channels[HELP], by="U0MIA", what="changed")
        assert (await bare.next())["t"] == "CHANNEL_UPDATE"


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        (2, {"token": "another", "intents": 1, "properties": {}}, 4004),
        (2, {"token": TOKEN, "intents": 1 << 40, "properties": {}}, 4013),
        (2, {"token": TOKEN, "intents": 1, "shard": [1, 2], "properties": {}}, 4010),
        (3, {}, 4003),
        (99, {}, 4001),
    ],
)
async def test_wrong_frames_have_their_close_codes(sandbox: Sandbox, op: int, data: Any, code: int) -> None:
    url = f"{sandbox.base_url}/discord/gateway"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        bare = Bare(socket)
        await bare.next()
        await bare.send(op, data)
        assert await bare.closed() == code


async def test_unknown_session_is_invalid(sandbox: Sandbox) -> None:
    url = f"{sandbox.base_url}/discord/gateway"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        bare = Bare(socket)
        await bare.next()
        await bare.send(6, {"token": TOKEN, "session_id": "none", "seq": 1})
        assert await bare.next() == {"op": 9, "d": False, "s": None, "t": None}


async def test_resumed_elsewhere_the_old_websocket_ends(sandbox: Sandbox) -> None:
    url = f"{sandbox.base_url}/discord/gateway"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url) as first,
        session.ws_connect(url) as second,
    ):
        old, new = Bare(first), Bare(second)
        await old.next()
        await old.send(2, {"token": TOKEN, "intents": 1 | 1 << 9 | 1 << 15, "properties": {}})
        ready = await old.next()
        await new.next()
        await new.send(6, {"token": TOKEN, "session_id": ready["d"]["session_id"], "seq": 1})
        assert [(await new.next())["t"] for _ in range(2)] == ["GUILD_CREATE", "RESUMED"]
        assert await old.closed() == 4009
        say(sandbox, "still there")
        assert (await new.next())["d"]["content"] == "still there"


async def test_world_without_discord_gets_its_server(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{sandbox.base_url}/control/world") as response:
        world = (await response.json())["world"]
    slack = {one["id"] for one in world["workspaces"] if one["platform"] == "slack"}
    for name in ("workspaces", "people", "usergroups", "channels"):
        world[name] = [one for one in world[name] if one.get("workspace", one["id"]) in slack]
    for person in world["people"]:
        del person["accounts"]
    world["reads"] = []
    assert (await control(sandbox, "world", world=world))["ok"]
    async with connected(sandbox) as peer:
        assert {channel.name for channel in peer.guild.text_channels} == {"help", "contact", "triage-discord"}
        assert {member.name for member in peer.guild.members} == {"kim", "lee", "bo", "ida", "mia", "desk"}
