"""F12 with whole programs: two desks on one PostgreSQL work together, and one goes on when the other is killed; a
second one on a SQLite file refuses at once and says who holds it."""

import asyncio
import random
import signal
from pathlib import Path

from support.books import balanced
from support.crowd import Crowd
from support.outside import outside
from support.postgres import free_port
from support.processes import until
from support.whole_desk import ANN, GLOBEX


async def test_F12_two_desks_on_one_database_and_one_of_them_is_killed(postgres_url: str, tmp_path: Path) -> None:
    async with outside(postgres_url, tmp_path, "socket") as people:
        crowd = Crowd(people, random.Random(12))
        second = {"PORT": str(free_port()), "DESKHAND_DATA": str(tmp_path / "second")}
        async with people.desk() as one, people.desk(**second) as other:
            await until(lambda: len(people.sandbox.slack.socket_mode.connections) == 2, what="both listen")
            async with asyncio.TaskGroup() as group:
                stories = group.create_task(crowd.run())
                await until(lambda: people.rows("SELECT 1 FROM ticket WHERE number > 3"), 30, "both are at work")
                holders = await people.rows("SELECT DISTINCT holder FROM lane WHERE holder IS NOT NULL")
                assert holders
                one.signal(signal.SIGKILL)
                await one.ended()
                before = await people.rows("SELECT max(number) AS n FROM ticket")
                await until(
                    lambda: people.rows("SELECT 1 FROM ticket WHERE number > :n", n=before[0].n), 30, "a new one"
                )
                crowd.enough.set()
                await stories
            await balanced(people, crowd.check)
            assert not other.over
            await people.stop(other)


async def test_F12_a_second_desk_on_a_sqlite_file_refuses_and_says_who_holds_it(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with outside(sqlite_url, tmp_path, "socket") as people, people.desk() as first:
        async with people.starting(PORT=str(free_port()), DESKHAND_DATA=str(tmp_path / "second")) as second:
            assert await second.ended() == 1
        assert f"already: process {first.pid} since" in second.output
        assert "Traceback" not in second.output
        assert not (tmp_path / "second").exists()
        # The first one has not noticed.
        people.sandbox.world.post(GLOBEX, ANN, "Are you there?")
        await balanced(people)
