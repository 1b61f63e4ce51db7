"""Replay of a real chat: every message goes through the sandbox's Slack into a desk, and nothing may be lost or
doubled.

`python -m bench.replay FILE [--speed N]`. The eight people who write most are the agents, the rest customers of one
account; messages are posted at the top level of one channel, each at its own time on the sandbox's clock. `--speed`
scales the platform's rate limits and retry delays. The last line printed is a row of figures; the exit code is 1
unless nothing was lost or doubled.
"""

import argparse
import asyncio
import contextlib
import json
import math
import sqlite3
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench import chat
from bench.stage import Stage, desk, free_port, sandbox
from core.language.errors import BadConfig

CHANNEL, TRIAGE = "C0REPLAY", "C0REPLAYTRIAGE"
_BATCH = 20
_SPEED = 2000.0
# Deliveries lag behind intake; this long without any progress means that something is stuck.
_STUCK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """`lost`: a customer's message that is part of no ticket, any message without a receipt, or a post that should
    be there and is not. `doubled`: a message that is part of the tickets twice, or a post that appeared twice."""

    sent: int
    acked: int
    stored: int
    joined: int
    tickets: int
    lost: int
    doubled: int
    p50: float
    p99: float

    def line(self) -> str:
        return (
            f"sent={self.sent} acked={self.acked} stored={self.stored} joined={self.joined} tickets={self.tickets} "
            f"lost={self.lost} doubled={self.doubled} ack_p50_ms={self.p50:.1f} ack_p99_ms={self.p99:.1f}"
        )


class Cast:
    """Users of the chat as people of the sandbox."""

    def __init__(self, lines: list[chat.Line]) -> None:
        self.agents = chat.agents(lines)
        users = sorted({line.user for line in lines})
        self.ids = {user: f"U0R{number:04}" for number, user in enumerate(users)}

    def desk_file(self) -> dict[str, Any]:
        return {
            "desk": {"name": "Replay", "timezone": "UTC"},
            "connections": [{"id": "main", "platform": "slack"}],
            "agents": [
                {
                    "id": f"a{number}",
                    "name": user,
                    "role": "agent",
                    "identities": [{"connection": "main", "user": self.ids[user]}],
                }
                for number, user in enumerate(self.agents)
            ],
            "teams": [
                {
                    "id": "support",
                    "name": "Support",
                    "agents": [f"a{number}" for number in range(len(self.agents))],
                    "triage": {"connection": "main", "channel": TRIAGE},
                }
            ],
            "accounts": [
                {
                    "id": "community",
                    "name": "Community",
                    "channels": [{"connection": "main", "channel": CHANNEL, "intake": "every"}],
                }
            ],
        }


async def replay(path: Path, speed: float, console: Console) -> Outcome:
    """Raises BadConfig for an unusable file."""
    lines = chat.read(path)
    cast = Cast(lines)
    console.print(f"{len(lines)} messages of {len(cast.ids)} people; agents: {', '.join(cast.agents)}")
    with tempfile.TemporaryDirectory(prefix="deskhand-replay-") as name:
        folder = Path(name)
        async with sandbox(folder, speed) as (control, base):
            stage = Stage(control, "", folder / "desk.db")
            await _set_up(stage, cast, lines[0].at)
            config = folder / "desk.yaml"
            # JSON is YAML too.
            config.write_text(json.dumps(cast.desk_file()))
            port = free_port()
            environment = {
                "DATABASE_URL": f"sqlite:///{stage.database}",
                "DESKHAND_CONFIG": str(config),
                "DESKHAND_DATA": str(folder),
                "DESKHAND_CLOCK_URL": f"{base}/control/clock",
                "DESKHAND_RATE_FACTOR": f"{speed:g}",
                "DESKHAND_LOG_LEVEL": "warning",
                "HOST": "127.0.0.1",
                "PORT": str(port),
                "SLACK_API_URL": f"{base}/slack/api/",
                "SLACK_BOT_TOKEN": "xoxb-sandbox",
                "SLACK_APP_TOKEN": "xapp-sandbox",
            }
            async with desk(folder, environment, port):
                sent, acks = await _say_all(stage, cast, lines, console)
                await _until_delivered(stage, console)
                shown = await stage.get("/control/world")
            return _count(stage.database, cast, lines, sent, acks, shown["world"])


async def _set_up(stage: Stage, cast: Cast, starts_at: float) -> None:
    await stage.post("/control/clock", at=_iso(starts_at - 60))
    for user, who in cast.ids.items():
        role = "agent" if user in cast.agents else "customer"
        await stage.post("/control/people", id=who, handle=who.lower(), name=user, role=role)
    everybody = list(cast.ids.values())
    team = [cast.ids[user] for user in cast.agents]
    await stage.post("/control/channels", id=CHANNEL, name="replay", kind="public", members=[*everybody, "U0DESK"])
    await stage.post("/control/channels", id=TRIAGE, name="replay-triage", kind="private", members=[*team, "U0DESK"])
    await stage.post("/control/traffic/clear")


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )


async def _say_all(stage: Stage, cast: Cast, lines: list[chat.Line], console: Console) -> tuple[list[str], list[float]]:
    """Post everything in order, a batch at a time, each acked before the next; the messages' ids, and how long each
    ack took (milliseconds)."""
    sent: list[str] = []
    acks: list[float] = []
    with _bar(console) as progress:
        task = progress.add_task("messages", total=len(lines))
        for start in range(0, len(lines), _BATCH):
            batch = [
                {"as": cast.ids[line.user], "channel": CHANNEL, "text": line.text, "raw": True, "at": line.at}
                for line in lines[start : start + _BATCH]
            ]
            answer = await stage.post("/control/bulk", messages=batch, wait="ack")
            sent += answer["ts"]
            acks += [ack["ms"] for ack in answer["acks"] if ack["ok"]]
            progress.update(task, advance=len(batch))
    return sent, acks


async def _until_delivered(stage: Stage, console: Console) -> None:
    """Wait until the outbox is empty. Raises RuntimeError when it gets stuck."""
    loop = asyncio.get_running_loop()
    with _bar(console) as progress, contextlib.closing(_open(stage.database)) as database:
        total, moved_at, last = 0, loop.time(), -1
        task = progress.add_task("deliveries", total=None)
        while True:
            waiting = _one(
                database,
                "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending', 'unknown')",
            ) + _one(database, "SELECT count(*) FROM receipt WHERE state = 'stored'")
            total = max(total, waiting)
            progress.update(task, total=total, completed=total - waiting)
            if not waiting:
                return
            if waiting != last:
                last, moved_at = waiting, loop.time()
            elif loop.time() - moved_at > _STUCK_SECONDS:
                raise RuntimeError(f"{waiting} deliveries are stuck")
            await asyncio.sleep(0.25)


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def _one(database: sqlite3.Connection, query: str) -> int:
    return int(database.execute(query).fetchone()[0])


def _count(
    path: Path, cast: Cast, lines: list[chat.Line], sent: list[str], acks: list[float], world: dict[str, Any]
) -> Outcome:
    """Compare what was said with what the desk kept, and what the desk meant to say with what stands in the world."""
    with contextlib.closing(_open(path)) as database:
        receipts = Counter(
            key.rsplit("/", 1)[1]
            for (key,) in database.execute("SELECT natural_key FROM receipt WHERE natural_key LIKE 'posted/C0REPLAY/%'")
        )
        kept = Counter(
            external for (external,) in database.execute("SELECT external FROM message WHERE channel = ?", (CHANNEL,))
        )
        tickets = _one(database, "SELECT count(*) FROM ticket")
        meant = {key for (key,) in database.execute("SELECT key FROM outbox WHERE kind = 'post' AND state = 'done'")}
        undone = _one(database, "SELECT count(*) FROM outbox WHERE state <> 'done'")
    customers = {ts for ts, line in zip(sent, lines, strict=True) if line.user not in cast.agents}
    posted = Counter(
        key
        for message in world["messages"]
        if (key := ((message.get("metadata") or {}).get("event_payload") or {}).get("key"))
    )
    lost = sum(ts not in receipts for ts in sent) + sum(ts not in kept for ts in customers)
    lost += sum(key not in posted for key in meant) + undone
    doubled = sum(count - 1 for count in (*receipts.values(), *kept.values(), *posted.values()))
    doubled += sum(ts not in customers for ts in kept)
    return Outcome(
        sent=len(sent),
        acked=len(acks),
        stored=sum(ts in receipts for ts in sent),
        joined=sum(kept.values()),
        tickets=tickets,
        lost=lost,
        doubled=doubled,
        p50=share(acks, 0.5),
        p99=share(acks, 0.99),
    )


def share(values: list[float], part: float) -> float:
    """The value that `part` of them do not exceed; 0 without any."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def _positive(written: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < float(written) < math.inf:
            return float(written)
    raise argparse.ArgumentTypeError(f"{written!r} is no number above 0, such as {_SPEED:g}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make replay", description="Replay a real chat into a desk on the sandbox.")
    parser.add_argument("file", type=Path, help="the chat: XML with <message><ts/><user/><text/></message>")
    parser.add_argument("--speed", type=_positive, default=_SPEED, help="scales limits (default %(default)g)")
    options = parser.parse_args()
    console = Console(stderr=True)
    try:
        outcome = asyncio.run(replay(options.file, options.speed, console))
    except BadConfig as error:
        console.print("\n".join(error.problems), style="red", markup=False)
        return 2
    print(outcome.line(), flush=True)
    return 0 if outcome.lost == outcome.doubled == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
