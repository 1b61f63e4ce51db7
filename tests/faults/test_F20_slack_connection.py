"""F20: the websocket is cut, closed, asked to be renewed, or dead without a word. The desk is back by itself, and all
that was written meanwhile is there."""

from pathlib import Path

import pytest
from support.books import balanced
from support.gate import sized
from support.whole_desk import ANN, GLOBEX, desk_in, world

# It takes 15 s until a connection that is open and dead is given up, so that one is for the gates.
_ENDS = ("kill", "close", "refresh_requested")


@pytest.mark.parametrize("how", sized(_ENDS, (*_ENDS, "half_open"), (*_ENDS, "half_open")))
async def test_F20_a_connection_that_ends_loses_nothing(sqlite_url: str, tmp_path: Path, how: str) -> None:
    async with world(tmp_path) as at, desk_in(at, sqlite_url) as desk:
        await desk.write(ANN, GLOBEX, "before")
        old = at.sandbox.slack.socket_mode.connections
        [before] = [one.id for one in old]
        desk.patience = 60
        await desk.post("slack/socket", do=how)
        for number in range(10):
            at.sandbox.world.post(GLOBEX, ANN, f"meanwhile {number}")

        async def connected_anew() -> bool:
            return any(one.id != before for one in at.sandbox.slack.socket_mode.connections)

        await desk.until(connected_anew, "there is another connection")
        await balanced(desk)
        assert (await desk.http.get("/readyz")).status_code == 200
