"""A desk as `deskhand run` puts it together, on a bare server and a fresh SQLite file."""

import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import text
from support.bare_api import Quirks
from support.bare_people import BarePeople
from support.bare_slack import APP_TOKEN, BOT_TOKEN, SECRET, BareSlack, Transport
from support.cli import deskhand_beside
from support.processes import until

from bot import deskfile
from bot.app import App, build, running
from bot.http import bind
from bot.settings import from_mapping

# The smallest useful one, as the documentation has it.
DESK_YAML = """\
desk: {name: Acme Support, timezone: Europe/Berlin}
connections:
  - {id: main, platform: slack}
agents:
  - {id: bo,  name: Bo Lind,  role: agent, identities: [{connection: main, user: U0BO}]}
  - {id: mia, name: Mia Roth, role: lead,  identities: [{connection: main, user: U0MIA}]}
  - {group: {connection: main, usergroup: S0AGENTS}, role: agent}
teams:
  - {id: support, name: Support, agents: [bo, mia], triage: {connection: main, channel: C0TRIAGE}}
accounts:
  - {id: globex, name: Globex, tier: gold, channels: [{connection: main, channel: C0GLOBEX, intake: every}]}
calendars:
  - {id: office, timezone: Europe/Berlin, hours: {mon-sun: ["00:00-24:00"]}}
sla:
  - id: standard
    calendar: office
    first_response: {urgent: 30m, high: 1h, normal: 4h, low: 8h}
    resolution: {urgent: 4h, high: 1d, normal: 3d, low: 5d}
    warn: [75%]
digests:
  - {id: daily, to: {connection: main, channel: C0MANAGERS}, at: "08:30", days: mon-fri}
reactions: {ticket: open, eyes: claim, white_check_mark: resolve, rotating_light: urgent,
  arrows_counterclockwise: reopen}
"""


@dataclass(frozen=True)
class Stage:
    """A bare server, people on it, and where a desk for it is configured."""

    slack: BareSlack
    people: BarePeople
    environment: dict[str, str]


@contextlib.asynccontextmanager
async def stage(folder: Path, database_url: str, quirks: Quirks, transport: Transport) -> AsyncIterator[Stage]:
    config = folder / "desk.yaml"
    config.write_text(DESK_YAML)
    with socket.socket() as reserved:
        # Bound without listening, so that the port stays ours and a desk can still listen on it.
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        slack = BareSlack(quirks, transport, f"http://127.0.0.1:{port}/slack/events")
        async with slack.running():
            environment = {
                "DATABASE_URL": database_url,
                "DESKHAND_CONFIG": str(config),
                "DESKHAND_DATA": str(folder / "var"),
                "DESKHAND_RATE_FACTOR": "1000",
                "DESKHAND_SETTLE_SECONDS": "0.6",
                "DESKHAND_LEASE_SECONDS": "1",
                "DESKHAND_RETRY_BASE_SECONDS": "0.05",
                "DESKHAND_TICK_SECONDS": "0.5",
                "PORT": str(port),
                "SLACK_API_URL": f"{slack.url}/api/",
                "SLACK_BOT_TOKEN": BOT_TOKEN,
                **({"SLACK_APP_TOKEN": APP_TOKEN} if transport == "socket" else {"SLACK_SIGNING_SECRET": SECRET}),
            }
            yield Stage(slack, BarePeople(slack), environment)


@contextlib.asynccontextmanager
async def desk_on(at: Stage) -> AsyncIterator[App]:
    """A desk, ready."""
    settings = from_mapping(at.environment)
    app = await build(settings, deskfile.load(settings.config))
    async with contextlib.AsyncExitStack() as stack:
        listener = stack.enter_context(contextlib.closing(bind(settings.host, settings.port)))
        address = f"http://{settings.host}:{settings.port}"
        http = await stack.enter_async_context(httpx2.AsyncClient(base_url=address))
        await stack.enter_async_context(running(app, listener))

        async def ready() -> bool:
            return (await http.get("/readyz")).status_code == 200

        await until(ready, what="the desk is ready")
        yield app


async def told(at: Stage, ticket: int) -> dict[str, Any]:
    found: dict[str, Any] = (await deskhand_beside("tickets", "show", str(ticket), "--json", env=at.environment)).json
    return found


async def settled(app: App) -> None:
    """Nothing waits to be said any more."""
    waiting = text("SELECT 1 FROM outbox WHERE state IN ('pending', 'sending', 'unknown')")
    await until(lambda: app.store.read(lambda connection: not list(connection.execute(waiting))), what="all is said")


async def all_again(at: Stage, app: App) -> None:
    """Everything that was delivered comes again, as a retry, and events as other events about the same. Nothing may
    come of it, but the same answers."""
    await settled(app)
    said = [m["text"] for channel in at.slack.messages.values() for m in channel]
    for sent in list(at.people.sent):
        assert (await at.people.again(sent)).get("text") == sent.answer.get("text")
        # A reaction without a time has nothing else to be known by.
        if sent.kind == "events_api" and (at.slack.quirks.event_ts or "reaction" not in sent.payload["event"]):
            await at.people.again(sent, event_id="Ev-another")
    await settled(app)
    assert [m["text"] for channel in at.slack.messages.values() for m in channel] == said
