"""F01 to F07 all at once: `kill -9` at any time, also while it starts, while customers and agents go on and the
platform has its own troubles. Nothing is lost and nothing doubled."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.books import balanced
from support.crowd import Crowd
from support.outside import Outside, outside


@pytest.fixture(params=["sqlite-socket", "postgresql-http"])
async def people(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Outside]:
    sqlite = request.param == "sqlite-socket"
    url = request.getfixturevalue("sqlite_url" if sqlite else "postgres_url")
    async with outside(url, tmp_path, "socket" if sqlite else "http", speed=100) as found:
        yield found


async def killed_some_time(people: Outside, chance: random.Random) -> None:
    """A desk that is killed: one of ten while it starts, the others after some calls and events."""
    loop = asyncio.get_running_loop()
    async with people.starting() as desk:
        if chance.random() < 0.1:
            loop.call_later(chance.uniform(0.1, 1.5), desk.signal, signal.SIGKILL)
        else:
            await people.ready(desk)
            left = chance.randint(1, 80)

            def count(record: object) -> None:
                nonlocal left
                left -= 1
                if left == 0:
                    loop.call_later(chance.uniform(0, 0.03), desk.signal, signal.SIGKILL)

            unsubscribe = people.sandbox.traffic.subscribe(count)
        code = await desk.ended(60)
        assert code == -signal.SIGKILL, desk.output


async def test_killed(people: Outside) -> None:
    import time
    t = time.monotonic()
    chance = random.Random(1)
    crowd = Crowd(people, chance)
    crowd.bad_weather()
    async with asyncio.TaskGroup() as group:
        telling = group.create_task(crowd.run())
        for n in range(5):
            await killed_some_time(people, chance)
            print("killed", n, time.monotonic()-t)
        crowd.enough.set()
        people.sandbox.faults.clear()
        async with people.desk():
            await telling
            print("told", time.monotonic()-t)
            await balanced(people, crowd.check)
            print(len(crowd._answers), crowd._words, time.monotonic()-t, people.sandbox.traffic.counters)
