"""F28: told to stop with work in flight, the program takes nothing more in, finishes within ten seconds and ends
with 0; what is left is sent once by the next start."""

import signal
import time
from pathlib import Path

import httpx2
import pytest
from support.books import balanced
from support.calls import calls
from support.gate import sized
from support.outside import Outside, outside
from support.processes import until
from support.whole_desk import ANN, GLOBEX, TRIAGE

# What is under way would be waited for longer than a stop may take. The gates have the real time that a stop has.
TIMES = {
    "DESKHAND_SHUTDOWN_SECONDS": sized("4", "10", "10"),
    "DESKHAND_SETTLE_SECONDS": sized("5", "12", "12"),
}


async def nobody_listens(people: Outside) -> bool:
    if people.world.transport == "socket":
        return not people.sandbox.slack.socket_mode.connections
    try:
        await people.http.get("/healthz")
    except httpx2.TransportError:
        return True
    return False


@pytest.mark.parametrize("place", ["sqlite-socket", "postgresql-http"])
async def test_F28_a_stop_with_work_in_flight(request: pytest.FixtureRequest, tmp_path: Path, place: str) -> None:
    url = request.getfixturevalue("sqlite_url" if place == "sqlite-socket" else "postgres_url")
    async with outside(url, tmp_path, "socket" if place == "sqlite-socket" else "http") as people:
        world = people.sandbox.world
        async with people.desk(**TIMES) as desk:
            await people.write(ANN, GLOBEX, "Before")
            await balanced(people)
            # Posts take a while now, some longer than a stop may wait, and far more are meant than can be under way at
            # once.
            slow = {"method": "chat.postMessage", "count": None}
            await people.post("faults", **slow, kind="delay_answer", seconds=1.0, channel=TRIAGE)
            await people.post("faults", **slow, kind="late", seconds=600.0, channel=GLOBEX)
            customers = [people.newcomer() for _ in range(12)]
            for who in customers:
                await people.write(who, GLOBEX, f"{who} asks")
            with calls(people) as made:
                await until(lambda: people.sandbox.traffic.in_flight, what="a post is under way")
                began = time.monotonic()
                desk.signal(signal.SIGTERM)
                await until(lambda: nobody_listens(people))
                # First nothing is taken in any more; what is under way is still waited for then.
                assert not made.of("chat.postMessage", channel=GLOBEX)
                world.post(GLOBEX, ANN, "Said to nobody")
                assert await desk.ended() == 0, desk.output
                assert time.monotonic() - began < 10
            assert "Traceback" not in desk.output
        waiting = await people.rows("SELECT state FROM outbox WHERE state IN ('pending', 'sending', 'unknown')")
        assert len(waiting) > 12
        assert made
        assert not await people.rows("SELECT 1 FROM message WHERE body = 'Said to nobody'")
        people.sandbox.faults.clear()
        async with people.desk():
            await balanced(people)
