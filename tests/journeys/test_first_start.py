"""The first start of a desk whose agents are known by a platform's group alone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from support.whole_desk import GLOBEX, IDA, WholeDesk, World, slack_alone, world

from bot import deskfile
from bot.app import build, running
from bot.introductions import Introductions
from bot.settings import from_mapping


def without_ida(folder: Path) -> Path:
    """She is in the group of agents, and desk.yaml does not name her."""
    path = slack_alone(folder)
    kept = path.read_text().replace(", ida", "")
    head, _, tail = kept.partition("  - id: ida\n")
    path.write_text(head + tail[tail.index("  - id: mia\n") :])
    return path


@contextlib.asynccontextmanager
async def starting(found: World, database_url: str) -> AsyncIterator[WholeDesk]:
    """A desk that takes events, whether or not it is ready."""
    settings = from_mapping({**found.environment(database_url), "DESKHAND_CONFIG": str(without_ida(found.folder))})
    app = await build(settings, deskfile.load(settings.config))
    async with (
        httpx2.AsyncClient(base_url=found.sandbox.base_url, timeout=30) as control,
        httpx2.AsyncClient(base_url=found.desk_url, timeout=30) as http,
        running(app, found.listener.dup()),
    ):
        desk = WholeDesk(app=app, sandbox=found.sandbox, control=control, http=http)
        stop = found.sandbox.world.subscribe(lambda change: desk.changed.set())
        yield desk
        stop()


async def _ready(desk: WholeDesk) -> bool:
    return (await desk.http.get("/readyz")).status_code == 200


async def test_an_agent_by_group_is_one_from_the_first_event_on(tmp_path: Path, sqlite_url: str) -> None:
    async with world(tmp_path) as found:
        found.sandbox.faults.add({"kind": "delay", "method": "usergroups.users.list", "seconds": 1.0})
        async with starting(found, sqlite_url) as desk:
            checks = (await desk.http.get("/readyz")).json()
            assert "groups" in str(checks)
            await desk.write(IDA, GLOBEX, "I am one of the agents.")
            await desk.until(lambda: _ready(desk), "the desk is ready")
            await desk.quiet(0.3)
            assert await desk.rows("SELECT 1 FROM ticket") == []
            assert len(await desk.rows("SELECT 1 FROM receipt WHERE natural_key LIKE 'posted/%'")) == 1
        # It knows them from then on, whatever the platform says.
        found.sandbox.faults.add({"kind": "error", "method": "usergroups.users.list", "error": "internal_error"})
        async with starting(found, sqlite_url) as desk:
            await desk.until(lambda: _ready(desk), "the desk is ready")


async def test_a_platform_that_does_not_tell_stops_nobody_for_ever(tmp_path: Path, sqlite_url: str) -> None:
    async with world(tmp_path) as found, starting(found, sqlite_url) as desk:
        health = {"main": lambda: {"ok": True}}
        policy = deskfile.load(without_ida(tmp_path))
        await desk.until(lambda: _ready(desk), "the desk is ready")
        other = Introductions(desk.app.store, policy, health, patience=0.5)
        await desk.app.store.transact(lambda tx: tx.connection.exec_driver_sql("DELETE FROM job_run"))
        making = asyncio.create_task(other.make())
        waiting = asyncio.create_task(other.made())
        await making
        await waiting
        assert other.check()["ok"]


async def test_a_desk_that_stops_before_it_has_begun_calls_nothing_a_failure(
    tmp_path: Path, sqlite_url: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    async with world(tmp_path) as found:
        found.sandbox.faults.add({"kind": "delay", "method": "usergroups.users.list", "seconds": 5.0})
        async with starting(found, sqlite_url) as desk:
            await desk.until(lambda: desk.rows("SELECT 1 FROM job_run WHERE job = 'first start'"), "it has started")
    assert "failed" not in caplog.text + capsys.readouterr().out


async def test_what_waits_when_the_desk_stops_is_refused(tmp_path: Path, sqlite_url: str) -> None:
    async with world(tmp_path) as found, starting(found, sqlite_url) as desk:
        other = Introductions(desk.app.store, desk.app.policy, {})
        other.abandon()
        with pytest.raises(ConnectionAbortedError):
            await other.made()
