"""The Discord adapter on SimCord, in process, with a desk that writes down what it gets.

Files are served by a web server of the stage's own, because SimCord keeps them behind discord.py's back.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import simcord
from aiohttp import web
from discord.http import Route
from simcord.backend import serializers
from support.blobs import MemoryBlobs
from support.noting_desk import Desk

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.render import words_of
from core.language.places import Identity, MessageRef, Place


class Stage:
    """`ann` is a customer, `mia` an agent by role. `refusing` names what happens to the next call of a method and path
    that ends so."""

    def __init__(self, env: simcord.Env, adapter: DiscordAdapter, desk: Desk, blobs: MemoryBlobs) -> None:
        self.env = env
        self.adapter = adapter
        self.desk = desk
        self.blobs = blobs
        self.guild = env.create_guild("Globex")
        self.channel = self.guild.create_text_channel("support")
        self.agents = self.guild.create_role("Agents")
        self.ann = self.guild.add_member(env.create_user("ann", global_name="Ann Weber"))
        self.mia = self.guild.add_member(env.create_user("mia", global_name="Mia Roth"), roles=[self.agents])
        self.place = Place("main", str(self.channel.id))
        self.ann_identity = Identity("main", str(self.ann.id))
        self.served: dict[str, bytes] = {}

    @property
    def backend(self) -> Any:
        return self.env.backend

    def thread(self, root: str) -> Any:
        return next(thread for thread in self.channel.threads if str(thread.id) == root)

    async def say(self, text: str, thread: str | None = None, by: Any = None, **more: Any) -> MessageRef:
        """In a thread that is made first if need be, as people's clients do."""
        if thread and all(str(one.id) != thread for one in self.channel.threads):
            path = f"/channels/{self.channel.id}/messages/{thread}/threads"
            await self.adapter.client.http.request(Route("POST", path), json={"name": "a thread"})
            await self.env.settle()
        where = self.thread(thread) if thread else self.channel
        message = await (by or self.ann).send(where, text, **more)
        return MessageRef("main", self.place.channel, str(message.id), thread)

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """As the API shows them, oldest first."""
        held = self.backend.get_channel(int(channel)).messages.values()
        return [dict(serializers.message_payload(self.backend, one)) for one in held]

    def text_of(self, message: dict[str, Any]) -> str:
        return words_of(message)


@contextlib.asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    desk, blobs = Desk(), MemoryBlobs()
    files: dict[str, bytes] = {}

    async def serve(request: web.Request) -> web.Response:
        found = files.get(request.path)
        return web.Response(body=found) if found is not None else web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{path:.*}", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    adapter = DiscordAdapter(
        connection="main",
        token="simcord",
        handle=desk.handle,
        blobs=blobs,
        api_url=f"http://127.0.0.1:{port}/api/v10",
        members=True,
    )
    try:
        async with simcord.run(adapter.client) as env:
            found = Stage(env, adapter, desk, blobs)
            found.served = files
            found.files_url = f"http://127.0.0.1:{port}"
            yield found
            await adapter.stop_intake()
    finally:
        await runner.cleanup()
