"""The process is killed at each step of a delivery."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from support.deliveries import PATIENCE, all_settled, delivering, rows, states
from support.fake_platform import FakeChat

import core
from core.store import tables as t
from core.store.engine import Store

ROOT = Path(core.__file__).parents[1]


async def killed_at(failpoint: str, database: str, journal: Path, *texts: str) -> None:
    """Runs a process that delivers until it gets there."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        ROOT / "tests" / "support" / "deliver_alone.py",
        database,
        journal,
        *texts,
        env={**os.environ, "FAILPOINT": failpoint, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
    )
    async with asyncio.timeout(3 * PATIENCE):
        assert await process.wait() == 128 + signal.SIGKILL, failpoint


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


async def finished(database: str, journal: Path) -> FakeChat:
    """The desk is started again and does what is left."""
    chat = FakeChat(journal=journal)
    store = await Store.open(database)
    try:
        async with delivering(store, chat, lease_seconds=1.0):
            await all_settled(store)
        assert await states(store) == ["done"]
        assert await rows(store, t.sent, "channel", "message") == [("TRIAGE", "000001")]
    finally:
        await store.close()
    return chat


async def test_F05_killed_after_the_commit_before_sending(database_url: str, journal: Path) -> None:
    await killed_at("after_commit", database_url, journal, "hello")
    assert FakeChat(journal=journal).said() == []
    chat = await finished(database_url, journal)
    assert (chat.said(), chat.sends(), chat.readings()) == (["hello"], 1, 0)


async def test_F06_killed_before_the_platform_has_it(database_url: str, journal: Path) -> None:
    await killed_at("claimed", database_url, journal, "hello")
    assert FakeChat(journal=journal).said() == []
    chat = await finished(database_url, journal)
    # Nobody knows whether it had left, so it is looked for first.
    assert (chat.said(), chat.sends(), chat.readings()) == (["hello"], 1, 1)


async def test_F07_killed_after_the_platform_has_it_before_we_noted_it(database_url: str, journal: Path) -> None:
    await killed_at("delivered", database_url, journal, "hello")
    assert FakeChat(journal=journal).said() == ["hello"]
    chat = await finished(database_url, journal)
    assert (chat.said(), chat.sends(), chat.readings()) == (["hello"], 0, 1)


async def test_F07_killed_after_it_was_noted(database_url: str, journal: Path) -> None:
    await killed_at("settled", database_url, journal, "hello")
    chat = await finished(database_url, journal)
    assert (chat.said(), chat.sends(), chat.readings()) == (["hello"], 0, 0)
