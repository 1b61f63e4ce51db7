"""F01, F02, F04 to F07 with the program that people run: it is killed at each named place while a customer writes and
while an agent claims. Started again, it has taken everything in once and said everything once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.books import balanced
from support.gate import sized
from support.outside import KILLED, Outside, outside
from support.whole_desk import ANN, BO, GLOBEX, TRIAGE, shown

from sandbox.control.people import caused
from sandbox.slack.delivery import Delivery


@pytest.fixture(params=["sqlite-socket", "postgresql-http"])
async def people(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Outside]:
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite-socket" else "postgres_url")
    async with outside(url, tmp_path, "socket" if request.param == "sqlite-socket" else "http") as found:
        yield found


async def test_x(people: Outside):
    import time
    t = time.monotonic()
    for i, fp in enumerate(("after_commit","before_commit","handling","claimed")+("delivered",)*15):
        async with people.desk() as desk:
            print('ready', time.monotonic()-t)
            try: await balanced(people)
            except AssertionError: print(desk.output); print(await people.rows("select id,kind,purpose,state,error,attempts,sent_at,next_attempt_at,fence,channel,thread from outbox where state<>'done'")); print(await people.rows("select * from lane")); raise
            print('settled', time.monotonic()-t)
            people.arm(fp)
            await people.post("post", **{"as": ANN}, channel=GLOBEX, text=f"m {fp} {i}")
            assert await desk.ended() == KILLED, desk.output
            print('killed', fp, time.monotonic()-t)
            print(desk.output)
    async with people.desk() as desk:
        await balanced(people)
        print(await people.rows("select count(*) from ticket"), await people.rows("select state,kind,purpose from outbox"))
    print('end', time.monotonic()-t)
