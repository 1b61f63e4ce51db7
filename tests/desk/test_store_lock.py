"""The desk's lock: one at a time on a file, and nothing left behind by a killed one."""

import os
import signal
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.processes import program

from core.store.lock import DeskRuns, Holder, desk_lock, lock_file, running_desk

HOLD = """
import sys
from core.store.lock import desk_lock
with desk_lock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/var/desk.db"


async def test_a_second_one_is_refused_at_once_and_told_who_holds_it(url: str) -> None:
    async with program("-c", HOLD, url) as holder:
        await holder.line("held")
        with pytest.raises(DeskRuns, match=rf"process {holder.pid} since 20") as refused, desk_lock(url):
            pass
        found = running_desk(url)
        assert refused.value.holder == found == Holder(holder.pid, found.since if found else None)
        assert found.since is not None
        assert abs(datetime.now(UTC) - found.since) < timedelta(seconds=30)
        await holder.send("")
        assert await holder.ended() == 0
    assert running_desk(url) is None
    with desk_lock(url):
        assert running_desk(url) == Holder(os.getpid(), running_desk(url).since)


async def test_a_killed_holder_leaves_no_lock(url: str) -> None:
    async with program("-c", HOLD, url) as holder:
        await holder.line("held")
        holder.signal(signal.SIGKILL)
        assert await holder.ended() == -signal.SIGKILL
    assert running_desk(url) is None
    with desk_lock(url):
        pass


def test_it_can_be_taken_again_and_is_readable_by_its_owner_alone(url: str) -> None:
    assert running_desk(url) is None, "nothing is there yet"
    for _ in range(2):
        with desk_lock(url), pytest.raises(DeskRuns), desk_lock(url):
            pass
    file = lock_file(Path(url.removeprefix("sqlite:///")))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_lock_file_that_says_nothing_is_still_a_lock(url: str) -> None:
    with desk_lock(url):
        lock_file(Path(url.removeprefix("sqlite:///"))).write_text("")
        with pytest.raises(DeskRuns, match="process unknown"), desk_lock(url):
            pass


def test_postgresql_needs_none() -> None:
    url = "postgresql://postgres@127.0.0.1:1/desk"
    with desk_lock(url), desk_lock(url):
        assert running_desk(url) is None
