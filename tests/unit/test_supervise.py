"""Jobs are kept running, and it is seen when they are not."""

import asyncio
import logging
from collections.abc import Callable
from itertools import pairwise

import pytest
from support.deliveries import eventually

from jobs.supervise import Beat, Supervisor


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_job_that_dies_is_started_again_and_becomes_unhealthy() -> None:
    starts = 0
    lives = asyncio.Event()

    async def job(_: Beat) -> None:
        nonlocal starts
        starts += 1
        if starts <= 3:
            raise LookupError("no luck")
        lives.set()
        await asyncio.Event().wait()

    time = Time()
    supervisor = Supervisor(first_wait=0.001, now=time)
    supervisor.add("job", job)
    async with asyncio.timeout(5):
        await lives.wait()
    health = supervisor.health()["job"]
    assert (health.ok, health.restarts) == (False, 3)
    assert health.detail == "ended 3 times within a minute: LookupError: no luck"
    time.now += 61
    assert supervisor.health()["job"].ok
    await supervisor.stop(1.0)


async def test_a_job_that_just_ends_is_started_again(caplog: pytest.LogCaptureFixture) -> None:
    starts = 0

    async def job(_: Beat) -> None:
        nonlocal starts
        starts += 1
        if starts > 1:
            await asyncio.Event().wait()

    supervisor = Supervisor(first_wait=0.001)
    with caplog.at_level(logging.ERROR):
        supervisor.add("job", job)
        await eventually(lambda: starts == 2)
    assert "which it never should" in caplog.text
    assert supervisor.health()["job"].ok  # once is not often
    await supervisor.stop(1.0)


async def test_the_wait_before_a_restart_grows() -> None:
    loop = asyncio.get_running_loop()
    starts: list[float] = []

    async def job(_: Beat) -> None:
        starts.append(loop.time())
        raise LookupError

    supervisor = Supervisor(first_wait=0.02, longest_wait=0.06)
    supervisor.add("job", job)
    await eventually(lambda: len(starts) == 5)
    waits = [later - earlier for earlier, later in pairwise(starts)]
    assert all(wait >= least for wait, least in zip(waits, [0.02, 0.04, 0.06, 0.06], strict=True))
    await supervisor.stop(1.0)


async def test_one_that_dies_does_not_touch_the_others() -> None:
    calls = 0

    async def dies(_: Beat) -> None:
        raise LookupError

    async def lives(beat: Beat) -> None:
        nonlocal calls
        while True:
            calls += 1
            beat()
            await asyncio.sleep(0)

    supervisor = Supervisor(first_wait=0.001)
    supervisor.add("dies", dies)
    supervisor.add("lives", lives)
    await eventually(lambda: supervisor.health()["dies"].restarts > 3)
    before = calls
    await eventually(lambda: calls > before)
    assert supervisor.health()["lives"].ok
    assert not supervisor.health()["dies"].ok
    await supervisor.stop(1.0)


async def test_silence_is_seen() -> None:
    time, again = Time(), asyncio.Event()

    async def job(beat: Beat) -> None:
        await again.wait()
        beat()
        await asyncio.Event().wait()

    supervisor = Supervisor(now=time)
    supervisor.add("job", job, stale_after=30.0)
    await asyncio.sleep(0)
    time.now += 31
    health = supervisor.health()["job"]
    assert (health.ok, health.detail) == (False, "shows no sign of life for 31 s")
    again.set()
    await eventually(lambda: supervisor.health()["job"].ok)
    await supervisor.stop(1.0)


async def test_jobs_are_stopped_last_first_and_may_finish() -> None:
    ended: list[str] = []

    def finishing(name: str) -> Callable[[Beat], asyncio.Future[None]]:
        async def job(_: Beat) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                ended.append(name)

        return job

    supervisor = Supervisor()
    for name in ("first", "second", "third"):
        supervisor.add(name, finishing(name))
    await asyncio.sleep(0)
    await supervisor.stop(5.0)
    assert ended == ["third", "second", "first"]


async def test_a_job_that_does_not_want_to_end_is_left_no_choice() -> None:
    cancelled = 0

    async def job(_: Beat) -> None:
        nonlocal cancelled
        try:
            await asyncio.Event().wait()
        finally:
            try:
                await asyncio.Event().wait()
            finally:
                cancelled += 1

    supervisor = Supervisor()
    supervisor.add("job", job)
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await supervisor.stop(0.01)
    assert cancelled == 1
    assert supervisor.health() == {}


async def test_names_are_used_once() -> None:
    async def job(_: Beat) -> None:
        await asyncio.Event().wait()

    supervisor = Supervisor()
    supervisor.add("job", job)
    with pytest.raises(ValueError, match="'job'"):
        supervisor.add("job", job)
    await supervisor.stop(1.0)
