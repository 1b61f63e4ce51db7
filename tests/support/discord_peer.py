"""The unchanged discord.py client against the sandbox's Discord, over real sockets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import discord
import yarl
from discord import app_commands

from sandbox.app import Sandbox, running
from sandbox.discord.seed import GUILD
from sandbox.settings import Settings

TOKEN = "discord-sandbox"
PATIENCE = 15.0


class Peer(discord.Client):
    """Writes down each event by name; `tree` holds its commands."""

    def __init__(self, intents: discord.Intents) -> None:
        super().__init__(intents=intents, allowed_mentions=discord.AllowedMentions.none(), guild_ready_timeout=0.1)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[tuple[str, tuple[Any, ...]]] = []
        self._changed = asyncio.Condition()
        self._noting: set[asyncio.Task[None]] = set()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        self.heard.append((event, args))
        task = asyncio.ensure_future(self._tell())
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)
        super().dispatch(event, *args, **kwargs)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def all(self, event: str) -> list[Any]:
        """The first argument of each event of that name so far."""
        return [args[0] if args else None for name, args in self.heard if name == event]

    async def next(self, event: str, fits: Callable[[Any], bool] = lambda one: True) -> Any:
        """The first event of that name whose argument fits, waited for."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: any(fits(one) for one in self.all(event)))
        return next(one for one in self.all(event) if fits(one))

    async def times(self, event: str, count: int) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.all(event)) >= count)

    @property
    def guild(self) -> discord.Guild:
        found = self.get_guild(int(GUILD))
        assert found is not None
        return found

    def text(self, channel_id: str) -> discord.TextChannel:
        found = self.get_channel(int(channel_id))
        assert isinstance(found, discord.TextChannel)
        return found


@contextlib.contextmanager
def redirected(base_url: str) -> Any:
    """discord.py talks to this address while open."""
    before = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    discord.http.Route.BASE = f"{base_url}/discord/api/v10"
    gateway = yarl.URL(f"{base_url.replace('http', 'ws', 1)}/discord/gateway")
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway
    try:
        yield
    finally:
        discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = before


@contextlib.asynccontextmanager
async def served(folder: Path, **more: Any) -> AsyncIterator[Sandbox]:
    """A sandbox whose rate limits are out of the way, and discord.py pointed at it."""
    settings = Settings(**({"port": 0, "data": folder / "sandbox", "speed": 100.0} | more))
    async with running(settings) as sandbox:
        with redirected(sandbox.base_url):
            yield sandbox


@contextlib.asynccontextmanager
async def connected(sandbox: Sandbox, intents: discord.Intents | None = None) -> AsyncIterator[Peer]:
    """A client that has been ready."""
    peer = Peer(intents or discord.Intents.all())
    async with peer:
        running_client = asyncio.create_task(peer.start(TOKEN))
        try:
            ready = asyncio.create_task(peer.next("ready"))
            await asyncio.wait({ready, running_client}, return_when=asyncio.FIRST_COMPLETED)
            if running_client.done():
                ready.cancel()
                running_client.result()
            await ready
            yield peer
        finally:
            await peer.close()
            await asyncio.gather(running_client, return_exceptions=True)


async def control(sandbox: Sandbox, verb: str, **body: Any) -> dict[str, Any]:
    """One POST to the people's side."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.base_url}/control/{verb}", json=body) as response,
    ):
        answer: dict[str, Any] = await response.json()
        return answer


async def sees(sandbox: Sandbox, person: str, channel: str) -> list[dict[str, Any]]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{sandbox.base_url}/control/sees", params={"as": person, "channel": channel}) as response,
    ):
        messages: list[dict[str, Any]] = (await response.json())["messages"]
        return messages
