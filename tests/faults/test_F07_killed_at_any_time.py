"""F01 to F07 all at once: `kill -9` at any time, also while the desk starts, while customers and agents on both
platforms go on and the platforms have troubles of their own. Nothing is lost and nothing doubled."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.books import Books, balanced
from support.crowd import Crowd
from support.discord_crowd import DiscordCrowd, serve_discord
from support.outside import Outside, outside
from support.soak import Slice, slices
from support.whole_desk import IDA, MIA

# While it starts; else after so many calls and events, and a moment (seconds) in the middle of one.
_EARLY, _STARTS = 0.1, 1.5
_MOST_RECORDS, _MOMENT = 80, 0.03


@pytest.fixture(params=["sqlite-socket", "postgresql-http"])
async def people(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Outside]:
    sqlite = request.param == "sqlite-socket"
    url = request.getfixturevalue("sqlite_url" if sqlite else "postgres_url")
    # A post that the weather makes late lands after a killed desk is there again, and before its end.
    settle = {"DESKHAND_SETTLE_SECONDS": "4"}
    async with outside(url, tmp_path, "socket" if sqlite else "http", speed=100, **settle) as found:
        serve_discord(found)
        yield found


async def killed_some_time(people: Outside, chance: random.Random) -> None:
    loop = asyncio.get_running_loop()
    async with people.starting() as desk:
        if chance.random() < _EARLY:
            loop.call_later(chance.uniform(0, _STARTS), desk.signal, signal.SIGKILL)
            await desk.ended()
            return
        await people.ready(desk)
        left = chance.randint(1, _MOST_RECORDS)

        def count(record: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                loop.call_later(chance.uniform(0, _MOMENT), desk.signal, signal.SIGKILL)

        unsubscribe = people.sandbox.traffic.subscribe(count)
        code = await desk.ended(60)
        unsubscribe()
        assert code == -signal.SIGKILL, desk.output


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", slices(test=3, gates=50, soak=1000, of=10), ids=str)
async def test_F07_killed_at_any_time_nothing_is_lost_or_doubled(people: Outside, part: Slice) -> None:
    chance = random.Random(part.number)
    crowds = (Crowd(people, chance, agents=(IDA, MIA)), DiscordCrowd(people, chance))

    async def check(books: Books) -> None:
        for crowd in crowds:
            await crowd.check(books)

    async with asyncio.TaskGroup() as group:
        stories = []
        for crowd in crowds:
            crowd.bad_weather()
            stories.append(group.create_task(crowd.run()))
        for _ in range(part.times):
            await killed_some_time(people, chance)
        for crowd in crowds:
            crowd.enough.set()
        people.sandbox.faults.clear()
        async with people.desk():
            await asyncio.gather(*stories)
            await balanced(people, check)
