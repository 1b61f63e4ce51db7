"""A platform that the program has not known before: an adapter and one entry, and the whole desk runs on it."""

import contextlib
from pathlib import Path

import httpx2
import pytest
from support.fake_platform import FakeChat
from support.third_platform import third_kind

from bot import deskfile
from bot.app import build, running
from bot.http import bind
from bot.platforms import PLATFORMS
from bot.settings import from_mapping
from core.language.errors import BadConfig

DESK = """
desk: {name: Acme, timezone: Europe/Berlin}
connections: [{id: main, platform: third}]
agents: [{group: {connection: main, circle: agents}, role: agent}]
teams: [{id: support, name: Support, triage: {connection: main, channel: triage}}]
accounts: [{id: globex, name: Globex, channels: [{connection: main, channel: globex, intake: every}]}]
"""


async def test_a_third_platform_is_an_adapter_and_an_entry(sqlite_url: str, tmp_path: Path) -> None:
    chat = FakeChat()
    platforms = {**PLATFORMS, "third": third_kind(chat)}
    settings = from_mapping({"DATABASE_URL": sqlite_url, "DESKHAND_DATA": str(tmp_path), "DESKHAND_RATE_FACTOR": "100"})
    app = await build(settings, deskfile.loads(DESK.encode(), platforms=platforms), platforms)
    with contextlib.closing(bind("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with running(app, listener), httpx2.AsyncClient(base_url=address) as http:
            assert (await http.get("/readyz")).json()["parts"]["third main"] == {"ok": True, "why": ""}
            root = chat.write("globex", "The export fails. We need the numbers.")
            assert (await http.post("/third/events", content=root.message)).text == "taken in"
            await chat.until(lambda: any(said.startswith("T-1 ") for said in chat.said("triage")))
            await chat.until(lambda: any("This is T-1" in said for said in chat.said("globex")))


def test_desk_yaml_knows_its_ids_and_what_its_groups_are_called() -> None:
    platforms = {**PLATFORMS, "third": third_kind(FakeChat())}
    wrong = DESK.replace("circle:", "role:").replace("channel: triage", "channel: C0TRIAGE")
    with pytest.raises(BadConfig) as refused:
        deskfile.loads(wrong.encode(), platforms=platforms)
    told = "\n".join(refused.value.problems)
    assert "Third has none; write circle: and the id of the circle instead" in told
    assert "not the Third id of a channel; write an id such as globex; it is the channel's name" in told
    with pytest.raises(BadConfig, match="slack, discord"):
        deskfile.loads(DESK.encode())


def test_one_connection_of_a_kind() -> None:
    platforms = {**PLATFORMS, "third": third_kind(FakeChat())}
    twice = DESK.replace("[{id: main, platform: third}]", "[{id: main, platform: third},\n {id: b, platform: third}]")
    with pytest.raises(BadConfig) as refused:
        deskfile.loads(twice.encode(), platforms=platforms)
    (told,) = refused.value.problems
    assert told.startswith("desk.yaml:4: connections[1].platform: is third in line 3 too, and there is one chat; keep")
