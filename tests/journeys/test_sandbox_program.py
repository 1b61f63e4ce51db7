"""`deskhand sandbox` as its user has it: one program with the world and the desk, which keeps both or starts both
over."""

import contextlib
import json
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from support.processes import Program, program, until

from sandbox.discord.seed import HELP, KIM


@dataclass
class Sandboxed:
    desk: httpx2.AsyncClient
    control: httpx2.AsyncClient

    async def post(self, path: str, **fields: Any) -> dict[str, Any]:
        answer = await self.control.post(f"/control/{path}", json=fields)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def ready(self) -> None:
        async def look() -> bool:
            with contextlib.suppress(httpx2.HTTPError):
                return (await self.desk.get("/readyz")).status_code == 200
            return False

        await until(look, 30, "a desk that is ready")

    async def says(self, words: str) -> None:
        await self.post("post", **{"as": "U0ANN"}, channel="C0GLOBEX", text=words, wait="ack")

    async def says_on_discord(self, words: str) -> None:
        await self.post("post", **{"as": KIM}, channel=HELP, text=words)

    async def triage(self, words: str) -> str:
        """The desk's newest post there, once it has these words in it."""

        async def look() -> str | None:
            seen = await self.control.get("/control/sees", params={"as": "U0BO", "channel": "C0TRIAGE"})
            ours = [m["text"] for m in seen.json()["messages"] if m["author"] == "U0DESK"]
            return ours[-1] if ours and words in ours[-1] else None

        return await until(look, 20, words)

    async def figures(self) -> str:
        return (await self.desk.get("/metrics")).text


@asynccontextmanager
async def started(data: Path) -> AsyncIterator[tuple[Sandboxed, Program]]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        port, control = one.getsockname()[1], other.getsockname()[1]
    # What a killed desk was sending is looked for as soon as that.
    times = {"DESKHAND_SETTLE_SECONDS": "1"}
    env = {"DESKHAND_DATA": str(data), "PORT": str(port), "SANDBOX_PORT": str(control), **times}
    async with (
        program("-m", "bot", "sandbox", env=env) as running,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as desk_http,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{control}", timeout=30) as control_http,
    ):
        box = Sandboxed(desk_http, control_http)
        await box.ready()
        yield box, running


@asynccontextmanager
async def sandboxed(data: Path) -> AsyncIterator[Sandboxed]:
    """Ends it as Ctrl-C does, and sees that it ends well."""
    async with started(data) as (box, running):
        try:
            yield box
        finally:
            running.signal(signal.SIGINT)
            assert await running.ended() == 0, running.output


async def test_world_and_desk_are_kept_together_and_start_over_together(tmp_path: Path) -> None:
    async with sandboxed(tmp_path) as box:
        await box.says("The export fails.")
        await box.triage("T-1 The export fails.")
        await box.says_on_discord("The login fails.")
        await box.triage("T-2 The login fails.")

    async with sandboxed(tmp_path) as box:
        await box.triage("T-2 The login fails.")
        await box.says("Something else, much later.")
        await until(lambda: box.control.get("/control/idle"), what="quiet")
        before = json.loads((await box.control.get("/control/clock")).text)["world_id"]

        fresh = (await box.post("start-over"))["world_id"]
        assert fresh != before
        # The desk of the world before may answer for a moment yet.
        await until(lambda: (tmp_path / "sandbox.world").read_text() == fresh, 20, "a desk of the new world")
        await box.ready()
        await box.says("A new beginning.")
        await box.triage("T-1 A new beginning.")
        # Nobody waits for the desk of the world before.
        assert (await box.post("clock", advance_seconds=3600))["confirmed"]
        assert (await box.triage("needs a first answer")).startswith("T-1 ")

        figures = await box.figures()
        for figure in (
            'deskhand_events_total{kind="MessagePosted",outcome="taken"} ',
            'deskhand_tickets_open{status="new"} 1.0',
            'deskhand_outbox{state="dead"} 0.0',
            'deskhand_events_aside{state="quarantined"} 0.0',
        ):
            assert figure in figures


async def test_killed_it_leaves_no_sandbox_behind(tmp_path: Path) -> None:
    async with started(tmp_path) as (box, running):
        await box.says("The export fails.")
        running.signal(signal.SIGKILL)
        # Both write to one output, which ends with the last of them.
        assert await running.ended() == -signal.SIGKILL

    async with sandboxed(tmp_path) as box:
        await box.triage("T-1 The export fails.")
