"""The desk's real server process beside a sandbox, with Slack's side of it played by the load generator."""

import asyncio
import contextlib
import json
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import script
from bench.stage import Stage, desk, free_port, process, sandbox

SECRET = "bench"
_BATCH = 200
# What is not done after so long is stuck.
_STUCK_SECONDS = 150.0
_READ = "file:{}?mode=ro"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one load. `delays` in seconds, in the order of the answers; `failed`: answers other than 200, and none."""

    seconds: float
    acked: int
    failed: int
    delays: list[float]

    def percentile(self, part: float) -> float:
        """Seconds that `part` of the acks did not exceed."""
        return percentile(self.delays, part)

    def windows(self, number: int, part: float) -> list[float]:
        """`percentile` of each of so many spans of the load."""
        size = -(-len(self.delays) // number)
        return [percentile(self.delays[start : start + size], part) for start in range(0, len(self.delays), size)]


def percentile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


@dataclass(frozen=True, slots=True)
class Server:
    """`bodies` holds what there is to send, a line each, in the order of `said`."""

    url: str
    bodies: Path
    database: Path
    said: Sequence[script.Message]

    async def loaded(self, first: int, count: int, *, rate: float = 0.0, connections: int = 32) -> Outcome:
        return await load(self.url, self.bodies, first, count, rate=rate, connections=connections)

    def waiting(self) -> tuple[int, int]:
        """(events stored and not handled yet, effects not delivered yet)"""
        with contextlib.closing(sqlite3.connect(_READ.format(self.database), uri=True)) as database:
            (stored,) = database.execute("SELECT count(*) FROM receipt WHERE state = 'stored'").fetchone()
            (effects,) = database.execute(
                "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending', 'unknown')"
            ).fetchone()
        return stored, effects

    async def handled(self, *, delivered: bool = False) -> None:
        """Returns when nothing is stored any more; with `delivered`, when nothing waits to be sent either. Raises
        RuntimeError when that takes too long."""
        end = time.monotonic() + _STUCK_SECONDS
        while True:
            stored, effects = await asyncio.to_thread(self.waiting)
            if not stored and not (delivered and effects):
                return
            if time.monotonic() > end:
                raise RuntimeError(f"{stored} stored events and {effects} effects are stuck")
            await asyncio.sleep(0.2)

    def missing(self, first: int, count: int) -> int:
        """How many of these messages have no receipt, are not handled or, of customers', are part of no ticket."""
        with contextlib.closing(sqlite3.connect(_READ.format(self.database), uri=True)) as database:
            receipts = {key for (key,) in database.execute("SELECT natural_key FROM receipt WHERE state = 'handled'")}
            kept = set(database.execute("SELECT channel, external FROM message WHERE external IS NOT NULL"))
        return sum(
            f"posted/{m.channel}/{m.ts}" not in receipts or not (m.by_agent or (m.channel, m.ts) in kept)
            for m in self.said[first : first + count]
        )

    def dead(self) -> int:
        """Effects that were given up."""
        with contextlib.closing(sqlite3.connect(_READ.format(self.database), uri=True)) as database:
            return int(database.execute("SELECT count(*) FROM outbox WHERE state = 'dead'").fetchone()[0])


async def load(url: str, bodies: Path, first: int, count: int, *, rate: float = 0.0, connections: int = 32) -> Outcome:
    """Have a process of its own send bodies to an address. Raises RuntimeError when it fails."""
    arguments = ["-m", "bench.load", url, SECRET, "--bodies", str(bodies), "--first", str(first)]
    arguments += ["--count", str(count), "--rate", f"{rate:g}", "--connections", str(connections)]
    running = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await running.communicate()
    if running.returncode:
        raise RuntimeError(f"the load generator failed:\n{errors.decode()[-2000:]}")
    found: dict[str, Any] = json.loads(output)
    acked = found["statuses"].get("200", 0)
    return Outcome(found["seconds"], acked, count - acked, found["delays"])


@contextlib.asynccontextmanager
async def desk_server(
    folder: Path, said: Sequence[script.Message], rate_factor: float, **settings: str
) -> AsyncIterator[Server]:
    """A desk on a fresh SQLite file, and a sandbox that knows the people, channels and threads of a script.

    `rate_factor` multiplies the rates at which the desk delivers; 1 is what Slack allows. `settings` are further
    variables of the desk's environment."""
    config = _desk_file(folder)
    async with sandbox(folder, max(1.0, rate_factor)) as (control, base):
        stage = Stage(control, "", folder / "desk.db")
        said = await _furnish(stage, said)
        bodies = _bodies(folder, said)
        port = free_port()
        environment = {
            "DATABASE_URL": f"sqlite:///{stage.database}",
            "DESKHAND_CONFIG": str(config),
            "DESKHAND_DATA": str(folder),
            "DESKHAND_RATE_FACTOR": f"{rate_factor:g}",
            "DESKHAND_LOG_LEVEL": "warning",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "SLACK_API_URL": f"{base}/slack/api/",
            "SLACK_BOT_TOKEN": "xoxb-sandbox",
            "SLACK_APP_TOKEN": "",
            "SLACK_SIGNING_SECRET": SECRET,
            **settings,
        }
        async with desk(folder, environment, port) as url:
            yield Server(f"{url}/slack/events", bodies, stage.database, said)


def _desk_file(folder: Path) -> Path:
    folder.mkdir()
    config = folder / "desk.yaml"
    # JSON is YAML too.
    config.write_text(json.dumps(script.desk_file()))
    return config


def _bodies(folder: Path, said: Sequence[script.Message]) -> Path:
    bodies = folder / "bodies.jsonl"
    bodies.write_text("\n".join(json.dumps(message.payload, ensure_ascii=False) for message in said))
    return bodies


@contextlib.asynccontextmanager
async def bolt_server(folder: Path) -> AsyncIterator[str]:
    """Bolt with an empty listener; its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    arguments = ["-m", "bench.bolt_alone", str(port), SECRET]
    async with process(arguments, {}, folder / "bolt.log", f"{url}/readyz"):
        yield f"{url}/slack/events"


async def _furnish(stage: Stage, said: Sequence[script.Message]) -> list[script.Message]:
    """The script with the ids that the sandbox gave to what is said at the top level: threads hang on it, into which
    the desk speaks. No app hears of it."""
    await stage.post("/control/faults", kind="drop", event="*", count=None)
    customers = sorted({m.author for m in said} - {script.agent(n) for n in range(script.AGENTS)})
    team = [script.agent(number) for number in range(script.AGENTS)]
    for who in (*customers, *team):
        role = "agent" if who in team else "customer"
        await stage.post("/control/people", id=who, handle=who.lower(), name=f"Person {who[3:]}", role=role)
    for number in range(script.ACCOUNTS):
        members = [*customers, *team, script.ME.user]
        await stage.post(
            "/control/channels", id=script.channel(number), name=f"bench-{number}", kind="public", members=members
        )
    await stage.post(
        "/control/channels", id=script.TRIAGE, name="bench-triage", kind="private", members=[*team, script.ME.user]
    )
    top = sorted((m for m in said if not m.in_thread), key=lambda m: m.ts)
    given: dict[str, str] = {}
    for start in range(0, len(top), _BATCH):
        messages = top[start : start + _BATCH]
        batch = [
            {"as": m.author, "channel": m.channel, "text": m.text, "raw": True, "at": float(m.ts)} for m in messages
        ]
        answer = await stage.post("/control/bulk", messages=batch)
        given |= zip((m.ts for m in messages), answer["ts"], strict=True)
    return [replace(m, ts=given.get(m.ts, m.ts), root=given[m.root]) for m in said]
