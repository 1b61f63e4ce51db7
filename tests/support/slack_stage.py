"""The Slack adapter against the local Slack server, over real sockets, with a desk that writes down what it gets."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from support.blobs import MemoryBlobs
from support.noting_desk import Desk

from adapters.slack.adapter import SlackAdapter
from adapters.slack.manifest import manifest
from adapters.web.app import create_app
from core.language.places import Identity, MessageRef, Place
from sandbox.app import Sandbox, running
from sandbox.model import File, Message
from sandbox.server import bind, serving
from sandbox.settings import Settings
from sandbox.slack import interact, modals
from sandbox.slack.delivery import Outcome
from sandbox.slack.tickets import new_id

BOT_TOKEN = "xoxb-sandbox"
APP_TOKEN = "xapp-sandbox"
SECRET = "sandbox"
CUSTOMERS = "C0GLOBEX"
TRIAGE = "C0TRIAGE"
ANN = Identity("main", "U0ANN")
BO = Identity("main", "U0BO")

_PATIENCE = 10.0


class Stage:
    """`go_away` ends the Slack server, for good."""

    def __init__(
        self,
        sandbox: Sandbox,
        adapter: SlackAdapter,
        desk: Desk,
        blobs: MemoryBlobs,
        go_away: Callable[[], Awaitable[Any]],
    ) -> None:
        self.sandbox = sandbox
        self.adapter = adapter
        self.desk = desk
        self.blobs = blobs
        self.go_away = go_away

    # what people do

    def say(self, person: str, channel: str, text: str, thread: str | None = None, **more: Any) -> MessageRef:
        message = self.sandbox.world.post(channel, person, text, thread=thread, **more)
        return MessageRef("main", channel, message.id, thread)

    def share(self, person: str, channel: str, name: str, kind: str, data: bytes, **more: Any) -> MessageRef:
        """Upload a file and post it."""
        file = File(new_id("F0", 8), person, name, name, kind, len(data), self.sandbox.clock.now())
        self.sandbox.files.write(file.id, data)
        self.sandbox.world.put_file(file)
        return self.say(person, channel, "", files=[file.id], **more)

    async def press(self, person: str, ref: MessageRef, action_id: str, value: Any = None) -> Outcome:
        return await interact.press(
            self.sandbox.slack, person, channel=ref.channel, ts=ref.message, action_id=action_id, value=value
        )

    async def submit(self, person: str, **entered: str) -> Outcome:
        return await modals.submit(self.sandbox.slack, person, entered)

    async def command(self, person: str, channel: str, typed: str) -> Outcome:
        return await interact.command(self.sandbox.slack, person, channel, typed)

    async def shortcut(self, person: str, callback: str, ref: MessageRef) -> Outcome:
        return await interact.shortcut(self.sandbox.slack, person, callback, ref.channel, ref.message)

    # what is to be seen

    def messages(self, place: Place) -> list[Message]:
        """Oldest first: a thread with its root, or what stands at the top level."""
        world = self.sandbox.world
        if place.thread:
            return world.thread(place.channel, place.thread)
        return list(world.history(place.channel))[::-1]

    def ephemerals(self, person: str, channel: str) -> list[Message]:
        return self.sandbox.world.ephemerals_of(person, channel)

    async def until(self, holds: Callable[[], Any]) -> Any:
        """What `holds` gives once it is true, looked at after each change of the world."""
        changed = asyncio.Event()
        stop = self.sandbox.world.subscribe(lambda change: changed.set())
        try:
            async with asyncio.timeout(_PATIENCE):
                while not (found := holds()):
                    changed.clear()
                    await changed.wait()
            return found
        finally:
            stop()

    # what goes wrong

    def fault(self, kind: str, method: str, **more: Any) -> None:
        self.sandbox.faults.add({"kind": kind, "method": method, **more})

    def calls(self, method: str) -> int:
        """How often a method was called, with whatever outcome."""
        return sum(1 for record in self.sandbox.traffic.log if record.kind == "api" and record.name == method)


def slack_adapter(sandbox: Sandbox, desk: Desk, blobs: MemoryBlobs, **more: Any) -> SlackAdapter:
    """With the right tokens for Socket Mode, unless told otherwise."""
    given: dict[str, Any] = {
        "connection": "main",
        "api_url": f"{sandbox.base_url}/slack/api/",
        "bot_token": BOT_TOKEN,
        "app_token": APP_TOKEN,
        "signing_secret": None,
        "handle": desk.handle,
        "blobs": blobs,
        "timeout": 5.0,
    }
    return SlackAdapter(**{**given, **more})


@contextlib.asynccontextmanager
async def stage(
    folder: Path,
    *,
    http: bool = False,
    speed: float = 100.0,
    ack_seconds: float = 3.0,
    without_scope: str = "",
    with_scope: str = "",
    **more: Any,
) -> AsyncIterator[Stage]:
    """A started adapter, as an app of the desk's own manifest: what that does not ask for, the server refuses. With
    `http` Slack's events come signed over HTTP in place of Socket Mode. Rate limits are out of the way unless
    `speed` is 1."""
    desk, blobs = Desk(), MemoryBlobs()
    async with contextlib.AsyncExitStack() as stack:
        listener = bind("127.0.0.1", 0) if http else None
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events" if listener else ""
        made = folder / "manifest.json"
        app = manifest("Desk", url or None, socket_mode=not http)
        scopes = app["oauth_config"]["scopes"]
        scopes["bot"] = [scope for scope in [*scopes["bot"], with_scope] if scope and scope != without_scope]
        made.write_text(json.dumps(app))
        settings = Settings(
            port=0,
            data=folder / "sandbox",
            speed=speed,
            ack_seconds=ack_seconds,
            slack_events_url=url,
            slack_manifest=made,
        )
        server = await stack.enter_async_context(contextlib.AsyncExitStack())
        sandbox = await server.enter_async_context(running(settings))
        tokens = {"app_token": None, "signing_secret": SECRET} if http else {}
        adapter = slack_adapter(sandbox, desk, blobs, **{**tokens, **more})
        if listener:
            checks = {"slack": adapter.health}
            web = create_app(ready=checks, registry=CollectorRegistry(), endpoints=adapter.endpoints())
            await stack.enter_async_context(serving(web, listener))
        await adapter.start()
        stack.push_async_callback(adapter.stop)
        await adapter.until_healthy()
        yield Stage(sandbox, adapter, desk, blobs, server.aclose)
