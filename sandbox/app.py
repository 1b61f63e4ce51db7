"""Puts the sandbox together: one world, its clock, the platforms' servers, the people's side, one port."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware

from sandbox import seed
from sandbox.changes import ClockMoved
from sandbox.clock import Clock, fresh_offset
from sandbox.control import control_routes
from sandbox.discord import seed as discord_seed
from sandbox.discord.routes import discord_routes
from sandbox.discord.server import DiscordServer
from sandbox.dump import BadWorld, fill_world
from sandbox.faults import Faults
from sandbox.files import FileStore
from sandbox.guard import Guard
from sandbox.page_files import routes as page_routes
from sandbox.persist import Store
from sandbox.server import bind, serving
from sandbox.settings import Settings
from sandbox.slack.routes import slack_routes
from sandbox.slack.server import SlackServer
from sandbox.traffic import Traffic
from sandbox.viewer import routes as viewer_routes
from sandbox.world import World


class Sandbox:
    """Everything that lives as long as the program. Make it inside the event loop; `close` it there.

    `base_url` has no slash at its end and is right once the port is known.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises `DataInUse` when another sandbox runs on the same folder, `BadManifest` for a bad manifest."""
        self.settings = settings
        self.base_url = f"http://{settings.host}:{settings.port}"
        self.closing = asyncio.Event()
        self.store = Store(settings.data)
        self.files = FileStore(settings.data / "files")
        kept = self.store.load()
        self.clock = Clock(kept["offset_seconds"] if kept else fresh_offset(), settings.timezone)
        self.world = World(self.clock)
        self.traffic = Traffic()
        self.faults = Faults()
        self.store.follow(self.world)
        if kept:
            fill_world(self.world, kept)
            # Kept by a version that knew Slack alone, or no private conversations.
            if discord_seed.plant(self.world) or discord_seed.plant_contact(self.world):
                self.world.replaced()
        else:
            seed.plant(self.world)
            self.world.replaced()
        self.slack = SlackServer(self)
        self.discord = DiscordServer(self)
        self.clock.on_move.append(self._clock_moved)

    async def start_over(self) -> None:
        """A fresh world under a new id, on the clock's first moment, with no faults and an empty log."""
        self.faults.clear()
        self.traffic.forget()
        self.files.clear()
        self.slack.forget()
        self.discord.forget()
        self.world.clear()
        await self.clock.set_offset(fresh_offset())
        seed.plant(self.world)
        self.world.replaced()
        self.clock.forget_followers()
        await self.store.save()

    async def load_world(self, dump: dict[str, Any]) -> None:
        """Take another world in place of this one. Raises `BadWorld` or `OutOfRange`, then nothing has changed."""
        offset = dump.get("offset_seconds", self.clock.offset_seconds)
        if not isinstance(offset, int | float) or isinstance(offset, bool):
            raise BadWorld("offset_seconds must be a number")
        self.clock.check(offset)
        people = [one.get("id") for one in dump.get("people", []) if isinstance(one, dict)]
        if not {seed.BOT_USER, seed.SLACKBOT} <= set(map(str, people)):
            raise BadWorld(f"people: {seed.BOT_USER} and {seed.SLACKBOT} must be among them")
        if seed.HOME not in [one.get("id") for one in dump.get("workspaces", []) if isinstance(one, dict)]:
            raise BadWorld(f"workspaces: {seed.HOME} must be among them")
        fill_world(self.world, dump)
        discord_seed.plant(self.world)
        self.slack.forget()
        self.discord.forget()
        await self.clock.set_offset(offset)
        self.world.replaced()
        self.clock.forget_followers()
        await self.store.save()

    async def until_closing(self, work: Coroutine[Any, Any, None]) -> None:
        """Wait for that work, but no longer than the program runs."""
        tasks = [asyncio.ensure_future(work), asyncio.ensure_future(self.closing.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        self.closing.set()
        await self.slack.close()
        await self.discord.close()
        await self.store.close()

    def _clock_moved(self) -> None:
        self.world.publish(ClockMoved(self.clock.version, self.clock.offset_seconds))


def create_app(sandbox: Sandbox) -> Starlette:
    """The whole program as one ASGI app: platform endpoints, people's side, page."""
    app = Starlette(
        routes=[
            *slack_routes(sandbox.slack),
            *discord_routes(sandbox.discord),
            *control_routes(sandbox),
            *viewer_routes(),
            *page_routes(),
        ],
        middleware=[Middleware(Guard, host=sandbox.settings.host)],
    )
    app.state.sandbox = sandbox
    return app


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Sandbox]:
    """A whole sandbox on a real port (0: a free one) in this event loop; `sandbox.base_url` says where."""
    listener = bind(settings.host, settings.port)
    try:
        sandbox = Sandbox(settings)
    except BaseException:
        listener.close()
        raise
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    sandbox.base_url = f"http://{host}:{listener.getsockname()[1]}"
    try:
        async with serving(create_app(sandbox), listener):
            yield sandbox
            sandbox.closing.set()
    finally:
        await sandbox.close()
