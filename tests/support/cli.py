"""The command line in this process, and databases with something to see in them."""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, update
from support import slack_payloads as payloads
from typer.testing import CliRunner

from bot.__main__ import app
from bot.deskfile import loads
from core.desk import starting
from core.desk.desk import Desk
from core.desk.unit import Cause
from core.language.events import CommandTyped
from core.language.places import Identity, Place
from core.store import migrate
from core.store import tables as t
from core.store.directory import Directory
from core.store.engine import Store, parse_url

DESK_YAML = """\
desk: {name: Acme Support, timezone: Europe/Berlin}
connections:
  - {id: main, platform: slack}
agents:
  - {id: bo, name: Bo Lind, role: agent, identities: [{connection: main, user: U0BO}]}
  - {id: mia, name: Mia Roth, role: lead, identities: [{connection: main, user: U0MIA}]}
  - {group: {connection: main, usergroup: S0AGENTS}, role: agent}
teams:
  - {id: support, name: Support, agents: [bo, mia], triage: {connection: main, channel: C0TRIAGE}}
accounts:
  - {id: globex, name: Globex, tier: gold, channels: [{connection: main, channel: C0GLOBEX, intake: every}]}
  - {id: initech, name: Initech, channels: [{connection: main, channel: C0INITECH, intake: every}]}
sla:
  - id: standard
    first_response: {urgent: 30m, high: 1h, normal: 4h, low: 8h}
    resolution: {urgent: 4h, high: 8h, normal: 24h, low: 40h}
digests:
  - {id: daily, to: {connection: main, channel: C0MANAGERS}, at: "08:30", days: mon-fri}
reactions: {ticket: open, eyes: claim, white_check_mark: resolve}
"""
START = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-sandbox", "SLACK_APP_TOKEN": "xapp-sandbox"}


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def deskhand(*arguments: str, env: Mapping[str, str] | None = None) -> Ran:
    """Runs a command in this process, with `env` in place of whatever the surroundings set for a desk."""
    cleared: dict[str, str | None] = {name: None for name in os.environ if name.startswith(_OURS)}
    # Tables are as wide as they need to be, whatever terminal the tests run in.
    result = CliRunner().invoke(app, list(arguments), env={**cleared, "COLUMNS": "400", **(env or {})})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


async def deskhand_beside(*arguments: str, env: Mapping[str, str] | None = None) -> Ran:
    """The same while the test's event loop goes on."""
    return await asyncio.to_thread(deskhand, *arguments, env=env)


_OURS = ("DESKHAND_", "SLACK_", "DISCORD_", "OPENAI_", "SANDBOX_", "DATABASE_URL", "HOST", "PORT")


class MovingClock:
    """`core.ports.Clock` that goes on by a minute whenever it is looked at, or fails when it is broken."""

    def __init__(self) -> None:
        self.at = START
        self.broken = False

    def now(self) -> datetime:
        if self.broken:
            raise RuntimeError("the clock stands still")
        self.at += timedelta(minutes=1)
        return self.at


class Filled:
    """A desk on a database, with ways to let things happen to it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = MovingClock()
        policy = loads(DESK_YAML.encode())
        self.desk = Desk(store, policy, self.clock, Directory(policy), {"main": payloads.read})
        self._typed = 0

    @classmethod
    async def on(cls, store: Store) -> "Filled":
        filled = cls(store)
        await store.transact(lambda tx: starting.adopt_policy(filled.desk.unit(tx, Cause(None, "start"))))
        return filled

    async def message(self, **event: Any) -> None:
        await self._take(payloads.message(**event))

    async def edited(self, ts: str, text: str) -> None:
        await self._take(payloads.changed(None, {"ts": ts, "text": text, "edited": {"user": "U0ANN", "ts": "1.1"}}))

    async def deleted(self, ts: str) -> None:
        event = {"type": "message", "subtype": "message_deleted", "channel": "C0GLOBEX", "deleted_ts": ts, "ts": "9.9"}
        await self._take(payloads.envelope({**event, "channel_type": "channel", "event_ts": "9.9"}))

    async def tamper(self, ticket: int, words: str) -> None:
        """Writes something into a ticket that the desk itself would not."""
        subject = update(t.ticket).where(t.ticket.c.number == ticket).values(subject=words)
        body = update(t.message).where(t.message.c.ticket == ticket).values(body=words)
        await self.store.transact(lambda tx: (tx.execute(subject), tx.execute(body)))

    async def reaction(self, ts: str, name: str) -> None:
        await self._take(payloads.reaction(item={"type": "message", "channel": "C0GLOBEX", "ts": ts}, reaction=name))

    async def command(self, text: str) -> None:
        self._typed += 1
        await self.desk.handle(
            CommandTyped(
                connection="main",
                at=self.clock.at,
                person=Identity("main", "U0BO"),
                interaction=f"typed-{self._typed}",
                text=text,
                place=Place("main", "C0TRIAGE"),
            )
        )

    async def quarantined(self, ts: str, text: str = "Help, nothing works") -> None:
        """An event whose handling fails."""
        self.clock.broken = True
        await self._take(payloads.message(ts=ts, event_ts=ts, user="U0LATE", text=text, client_msg_id=f"c-{ts}"))
        self.clock.broken = False

    async def dead_letter(self, ticket: int, error: str = "is_archived") -> None:
        """Gives up what was to be posted into the customer's thread of a ticket."""
        give_up = (
            update(t.outbox)
            .where(t.outbox.c.ticket == ticket, t.outbox.c.side == "customer", t.outbox.c.kind == "post")
            .values(state="dead", error=error, settled_at=START, attempts=1)
        )
        await self.store.transact(lambda tx: tx.execute(give_up))

    async def _take(self, payload: Mapping[str, Any]) -> None:
        event = payloads.read(payload)
        assert event is not None
        await self.desk.handle(event)


async def three_tickets(filled: Filled) -> None:
    """T-1 is answered, noted on and edited; T-2 is Initech's and urgent; T-3 is solved."""
    await filled.message(ts="1795178400.000100", text="Our export fails with 502. Please help.")
    await filled.edited("1795178400.000100", "Our export fails with 504. Please help.")
    await filled.reaction("1795178400.000100", "eyes")
    await filled.command("reply 1 We look into it")
    await filled.command("note 1 Their proxy again")
    await filled.message(
        ts="1795178500.000100", channel="C0INITECH", user="U0RAJ", text="How do I add a user?", client_msg_id="c-2"
    )
    await filled.command("priority 2 urgent")
    await filled.message(ts="1795178600.000100", user="U0EVE", text="Solved [red]it[/red] myself", client_msg_id="c-3")
    await filled.command("resolve 3")


def stamp(url: str) -> None:
    """Marks a database that was made from the tables as one that the migrations made; theirs is the same."""
    engine = create_engine(parse_url(url))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.exec_driver_sql("DELETE FROM alembic_version")
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{migrate.head()}')")
    engine.dispose()


def written(folder: Path, text: str = DESK_YAML) -> Path:
    """A policy file in a folder."""
    path = folder / "desk.yaml"
    path.write_text(text)
    return path
