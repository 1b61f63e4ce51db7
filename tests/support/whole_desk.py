"""The whole desk, as `deskhand run` puts it together, on a sandbox, all in this process and over real sockets.

What people do goes through the sandbox's control interface, as a person at its page would do it; what they see is
what the sandbox shows them.
"""

import asyncio
import contextlib
import json
import socket
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx2
from sqlalchemy import text

from adapters.slack.manifest import manifest
from bot import deskfile
from bot.app import App, build, running
from bot.http import bind
from bot.sandboxed import DESK_FILE
from bot.settings import from_mapping
from sandbox.app import Sandbox
from sandbox.app import running as running_sandbox
from sandbox.settings import Settings as SandboxSettings

Transport = Literal["socket", "http"]
TRANSPORTS: tuple[Transport, ...] = ("socket", "http")
SPEED = 1000.0

ANN, RAJ, BO, IDA, MIA = "U0ANN", "U0RAJ", "U0BO", "U0IDA", "U0MIA"
GLOBEX, INITECH, TRIAGE, MANAGERS = "C0GLOBEX", "C0INITECH", "C0TRIAGE", "C0MANAGERS"

Message = dict[str, Any]


@dataclass(kw_only=True)
class People(ABC):
    """What people do and see, however the desk runs. `control` is the sandbox's control interface."""

    sandbox: Sandbox
    control: httpx2.AsyncClient
    # Seconds of waiting for what has to come.
    patience: float = 30.0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @abstractmethod
    async def rows(self, query: str, **values: Any) -> list[Any]:
        """What the desk's database says."""

    # --- what people do ---------------------------------------------------------------------------------------

    async def post(self, path: str, **fields: Any) -> dict[str, Any]:
        answer = await self.control.post(f"/control/{path}", json=fields)
        found: dict[str, Any] = answer.json()
        assert answer.status_code == 200, found
        return found

    async def write(self, person: str, channel: str, words: str, thread: str | None = None, **more: Any) -> str:
        """Say something; returns its id when the desk has taken it in."""
        fields = {"as": person, "channel": channel, "text": words, "wait": "ack", **more}
        answer = await self.post("post", **fields, **({"thread": thread} if thread else {}))
        return str(answer["ts"])

    async def react(self, person: str, message: Message, name: str) -> None:
        await self.post("react", **{"as": person}, channel=message["channel"], message=message["ts"], name=name)

    async def unreact(self, person: str, message: Message, name: str) -> None:
        await self.post("unreact", **{"as": person}, channel=message["channel"], message=message["ts"], name=name)

    async def press(self, person: str, message: Message, label: str) -> dict[str, Any]:
        """Press the button with that label."""
        element = next(e for e in buttons(message) if e["text"]["text"] == label)
        return await self._use(person, message, element["action_id"], None)

    async def menu(self, person: str, message: Message, label: str) -> dict[str, Any]:
        """Choose from the "⋯" of a card."""
        overflow = next(b["accessory"] for b in message["blocks"] if b.get("accessory", {}).get("type") == "overflow")
        option = next(o for o in overflow["options"] if o["text"]["text"] == label)
        return await self._use(person, message, overflow["action_id"], option["value"])

    async def _use(self, person: str, message: Message, action: str, value: str | None) -> dict[str, Any]:
        fields = {"as": person, "channel": message["channel"], "message": message["ts"], "action_id": action}
        return await self.post("press", **fields, **({"value": value} if value else {}))

    async def command(self, person: str, channel: str, words: str) -> str:
        """Type `/ticket …`; the text of the answer."""
        answer = await self.post("command", **{"as": person}, channel=channel, text=f"/ticket {words}".strip())
        return str((answer.get("answer") or {}).get("text", ""))

    async def form(self, person: str) -> dict[str, Any]:
        """The form that is open for a person, once there is one."""

        async def look() -> dict[str, Any] | None:
            forms = (await self.sees_all(person))["forms"]
            return forms[-1] if forms else None

        return await self.until(look, f"a form for {person}")

    async def submit(self, person: str, **values: str) -> dict[str, Any]:
        await self.form(person)
        return await self.post("submit", **{"as": person}, values=values)

    async def pass_time(self, **moved: Any) -> None:
        answer = await self.post("clock", **moved)
        assert answer["confirmed"], answer

    # --- what people see --------------------------------------------------------------------------------------

    async def sees_all(self, person: str) -> dict[str, Any]:
        answer = await self.control.get("/control/sees", params={"as": person})
        found: dict[str, Any] = answer.json()
        return found

    async def sees(self, person: str, channel: str, thread: str | None = None) -> list[Message]:
        params = {"as": person, "channel": channel, "limit": "200", **({"thread": thread} if thread else {})}
        answer = await self.control.get("/control/sees", params=params)
        assert answer.status_code == 200, answer.text
        found: list[Message] = answer.json()["messages"]
        return found

    async def finds(
        self, person: str, channel: str, words: str, thread: str | None = None, *, from_desk: bool = True
    ) -> Message:
        """The newest message of the desk (or anybody) with these words in it, once the person sees it."""

        async def look() -> Message | None:
            seen = await self.sees(person, channel, thread)
            fits = [m for m in seen if words in shown(m) and (not from_desk or m["author"] == "U0DESK")]
            return fits[-1] if fits else None

        return await self.until(look, f"{person} sees “{words}” in {channel}/{thread or ''}")

    async def card(self, ticket: int, words: str = "") -> Message:
        """The ticket's card in the triage channel, once it shows these words."""

        async def look() -> Message | None:
            for message in await self.sees(BO, TRIAGE):
                if (
                    message["author"] == "U0DESK"
                    and message["text"].startswith(f"T-{ticket} ")
                    and not message["thread"]
                ):
                    return message if words in shown(message) else None
            return None

        return await self.until(look, f"the card of T-{ticket} shows “{words}”")

    async def until(self, look: Callable[[], Any], what: str) -> Any:
        """The first true outcome of `look`, asked again whenever something changes in the sandbox."""
        try:
            async with asyncio.timeout(self.patience):
                while True:
                    self.changed.clear()
                    if found := await look():
                        return found
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(0.1):
                            await self.changed.wait()
        except TimeoutError:
            raise AssertionError(f"never: {what}") from None

    async def settled(self) -> None:
        """Nothing waits in the outbox any more."""

        async def look() -> bool:
            return not await self.rows("SELECT 1 FROM outbox WHERE state IN ('pending', 'sending', 'unknown')")

        await self.until(look, "the outbox is empty")

    async def quiet(self, seconds: float = 1.0) -> None:
        """Nothing goes between the desk and the platform for so long."""
        answer = await self.control.get("/control/idle", params={"quiet_ms": str(seconds * 1000), "timeout": "60"})
        assert answer.json()["idle"], answer.text

    async def root(self, ticket: int) -> str:
        """The thread in which a ticket's customer reads."""
        rows = await self.rows("SELECT thread FROM conversation WHERE ticket = :n AND side = 'customer'", n=ticket)
        return str(rows[0].thread)

    async def timeline(self, ticket: int) -> list[str]:
        rows = await self.rows("SELECT event FROM timeline WHERE ticket = :n ORDER BY id", n=ticket)
        return [row[0] for row in rows]


@dataclass(kw_only=True)
class WholeDesk(People):
    """A desk in this process. `http` is its own HTTP."""

    app: App
    http: httpx2.AsyncClient

    async def rows(self, query: str, **values: Any) -> list[Any]:
        return await self.app.store.read(lambda c: list(c.execute(text(query), values)))


def buttons(message: Message) -> list[dict[str, Any]]:
    return [e for b in message["blocks"] if b["type"] == "actions" for e in b["elements"] if e["type"] == "button"]


def labels(message: Message) -> list[str]:
    return [e["text"]["text"] for e in buttons(message)]


def shown(message: Message) -> str:
    """All text of a message, its blocks' too."""
    return f"{message['text']}\n{json.dumps(message['blocks'], ensure_ascii=False)}"


def slack_alone(folder: Path) -> Path:
    """The sandbox's desk file without what is on Discord: each such thing stands on a line of its own there."""
    path = folder / "slack-desk.yaml"
    lines = DESK_FILE.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if "community" not in line))
    return path


@dataclass
class World:
    """A sandbox in which desks can be started one after the other, on the same address."""

    sandbox: Sandbox
    listener: socket.socket
    transport: Transport
    speed: float
    folder: Path

    @property
    def desk_url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def environment(self, database_url: str) -> dict[str, str]:
        """What a desk in this world is told by its environment."""
        return {
            "DATABASE_URL": database_url,
            "DESKHAND_DATA": str(self.folder / "desk"),
            "DESKHAND_CONFIG": str(slack_alone(self.folder)),
            "DESKHAND_CLOCK_URL": f"{self.sandbox.base_url}/control/clock",
            "DESKHAND_RATE_FACTOR": str(self.speed),
            "DESKHAND_SETTLE_SECONDS": "0.5",
            "DESKHAND_LEASE_SECONDS": "5",
            "DESKHAND_RETRY_BASE_SECONDS": "0.05",
            "DESKHAND_TICK_SECONDS": "0.5",
            "PORT": str(self.listener.getsockname()[1]),
            "SLACK_API_URL": f"{self.sandbox.base_url}/slack/api/",
            "SLACK_BOT_TOKEN": "xoxb-sandbox",
            **({"SLACK_APP_TOKEN": "xapp-sandbox"} if self.transport == "socket" else {}),
            **({"SLACK_SIGNING_SECRET": "sandbox"} if self.transport == "http" else {}),
        }


@contextlib.asynccontextmanager
async def world(
    folder: Path,
    transport: Transport = "socket",
    *,
    speed: float = SPEED,
    listen: Callable[[str, int], socket.socket] = bind,
) -> AsyncIterator[World]:
    """A fresh world. `listen` takes the address at which its desks are."""
    app_file = folder / "app.json"
    app_file.write_text(json.dumps(manifest("Desk", None, socket_mode=True)))
    with contextlib.closing(listen("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events"
        settings = SandboxSettings(
            port=0,
            data=folder / "sandbox",
            speed=speed,
            slack_manifest=app_file,
            slack_events_url=address if transport == "http" else "",
        )
        async with running_sandbox(settings) as sandbox:
            yield World(sandbox, listener, transport, speed, folder)


@contextlib.asynccontextmanager
async def desk_in(world: World, database_url: str, **environment: str) -> AsyncIterator[WholeDesk]:
    """A desk on a migrated database, ready."""
    settings = from_mapping({**world.environment(database_url), **environment})
    app = await build(settings, deskfile.load(settings.config))
    async with contextlib.AsyncExitStack() as stack:
        control = await stack.enter_async_context(httpx2.AsyncClient(base_url=world.sandbox.base_url, timeout=30))
        http = await stack.enter_async_context(httpx2.AsyncClient(base_url=world.desk_url, timeout=30))
        # The server closes the socket that it is given; the world keeps its own.
        await stack.enter_async_context(running(app, world.listener.dup()))
        desk = WholeDesk(app=app, sandbox=world.sandbox, control=control, http=http)
        stack.callback(world.sandbox.world.subscribe(lambda change: desk.changed.set()))

        async def ready() -> bool:
            return (await http.get("/readyz")).status_code == 200

        await desk.until(ready, "the desk is ready")
        yield desk


@contextlib.asynccontextmanager
async def whole_desk(
    database_url: str, folder: Path, transport: Transport = "socket", **environment: str
) -> AsyncIterator[WholeDesk]:
    """A fresh world and a desk on a migrated, empty database."""
    async with world(folder, transport) as found, desk_in(found, database_url, **environment) as desk:
        yield desk
