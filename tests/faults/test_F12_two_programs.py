"""F12 with whole programs: two desks on one PostgreSQL work together, and one goes on when the other is killed, or
stopped for longer than its leases last and continued; a second one on a SQLite file refuses at once and says who holds
it."""

import asyncio
import random
import signal
from pathlib import Path

import pytest
from support.books import balanced
from support.crowd import Crowd
from support.gate import sized
from support.outside import outside
from support.postgres import free_port
from support.processes import until
from support.whole_desk import ANN, GLOBEX

# Seconds without anything taken in or said.
_LONGEST_GAP = 30


_HOW = (signal.SIGKILL, signal.SIGSTOP)


# What was delivered to one that is stopped has to be delivered again, which takes its time.
@pytest.mark.parametrize("how", sized(_HOW[:1], _HOW, _HOW), ids=str)
async def test_F12_two_desks_on_one_database_and_one_of_them_is_away(
    postgres_url: str, tmp_path: Path, how: signal.Signals
) -> None:
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
                one.signal(how)
                before = await people.rows("SELECT max(number) AS n FROM ticket")
                # Taken in and answered: the other one has the lanes by then.
                answered = "SELECT 1 FROM outbox WHERE ticket > :n AND purpose = 'receipt' AND state = 'done'"
                await until(lambda: people.rows(answered, n=before[0].n), _LONGEST_GAP, "a new one is answered")
                if how == signal.SIGSTOP:
                    # It wakes up in the middle of what it did, with leases that are no longer its own.
                    one.signal(signal.SIGCONT)
                crowd.enough.set()
                await stories
            await balanced(people, crowd.check)
            assert not other.over
            await people.stop(other)
            if how == signal.SIGSTOP:
                await people.stop(one)


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
