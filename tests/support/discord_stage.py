"""The Discord adapter on SimCord, in process, with a desk that writes down what it gets.

Files are served by a web server of the stage's own, because SimCord keeps them behind discord.py's back.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import simcord
from aiohttp import web
from aiohttp.client_reqrep import ConnectionKey
from discord.http import Route
from simcord.backend import serializers
from simcord.results import to_discord_message
from support.blobs import MemoryBlobs
from support.noting_desk import Desk

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.render import words_of
from core.language.events import FileRef
from core.language.places import Identity, MessageRef, Place

_KEY = ConnectionKey("127.0.0.1", 1, False, True, None, None, None)


@dataclass(frozen=True)
class Files:
    """What the stage's web server serves, by path."""

    held: dict[str, bytes]
    url: str


class Stage:
    """`ann` is a customer, `mia` an agent by role."""

    def __init__(self, env: simcord.Env, adapter: DiscordAdapter, desk: Desk, blobs: MemoryBlobs, files: Files) -> None:
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
        self.losing_the_answer = False
        self.unreachable = False
        self._files = files
        http = adapter.client.http
        http.request = self.lossy(http.request)

    def lossy(self, inner: Any) -> Any:
        """SimCord's transport, which may be gone, or lose an answer after the request was carried out."""

        async def request(route: Route, **options: Any) -> Any:
            if self.unreachable:
                raise aiohttp.ClientConnectorError(_KEY, OSError("refused"))
            answer = await inner(route, **options)
            if self.losing_the_answer and route.method == "POST" and route.path.endswith("/messages"):
                self.losing_the_answer = False
                raise aiohttp.ServerDisconnectedError
            return answer

        return request

    def serve(self, file: FileRef, data: bytes) -> dict[str, Any]:
        """A file's source with the stage's own address."""
        path = f"/attachments/{len(self._files.held)}"
        self._files.held[path] = data
        return {**file.source, "url": self._files.url + path}

    def bytes_of(self, url: str) -> bytes:
        found = self.backend.cdn.get(url)
        assert found is not None, url
        return bytes(found)

    async def close_channel(self) -> None:
        """The channel is deleted."""
        await self.adapter.client.http.request(Route("DELETE", f"/channels/{self.channel.id}"))
        await self.env.settle()

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

    def message(self, ref: MessageRef) -> Any:
        """A message as SimCord's people take it."""
        channel = self.thread(ref.thread) if ref.thread else self.channel
        return to_discord_message(self.env, self.backend.get_message(channel.id, int(ref.message)))

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """As the API shows them, oldest first."""
        held = self.backend.messages[int(channel)].values()
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
    env = simcord.Env(adapter.client)
    await env.start()
    try:
        yield Stage(env, adapter, desk, blobs, Files(files, f"http://127.0.0.1:{port}"))
        await adapter.stop_intake()
    finally:
        await env.shutdown()
        await runner.cleanup()
    env.raise_errors()
