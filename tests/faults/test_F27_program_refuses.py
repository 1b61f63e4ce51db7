"""F27 with the program that people start: it ends with 1 before it has begun anything, says what is wrong where and
what to do, and tells no secret."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from support.discord_desk import on_both
from support.gate import sized
from support.outside import Outside, outside
from support.promptness import limit, worked
from support.whole_desk import slack_alone

from core.store.engine import sqlite_path
from sandbox.discord import seed
from sandbox.discord.gateway import CONTENT

# Where other tests keep the machine busy, even processor time does not always show at the first try what it takes; in
# the gates it is real time.
TRIES = 4
NOW = sized(worked, time.monotonic, time.monotonic)

Environment = dict[str, str]


def _policy(people: Outside, old: str, new: str) -> Environment:
    path = people.world.folder / "desk.yaml"
    written = slack_alone(people.world.folder).read_text()
    assert old in written
    path.write_text(written.replace(old, new, 1))
    return {"DESKHAND_CONFIG": str(path)}


def _newer_database(people: Outside) -> Environment:
    with closing(sqlite3.connect(str(sqlite_path(people.database_url)))) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    return {}


def _taken_port(people: Outside) -> Environment:
    people.world.listener.listen()
    return {}


def _unknown_channel_on_discord(people: Outside) -> Environment:
    environment = on_both(people.world)
    path = Path(environment["DESKHAND_CONFIG"])
    path.write_text(path.read_text().replace(seed.HELP, "1480000000000000999"))
    return environment


def _data_is_a_file(people: Outside) -> Environment:
    path = people.world.folder / "file"
    path.touch()
    return {"DESKHAND_DATA": str(path / "data")}


def _no_message_content(people: Outside) -> Environment:
    people.sandbox.discord.refused_intents = CONTENT
    return on_both(people.world)


# What is wrong, and what is said of it.
BROKEN: dict[str, tuple[Callable[[Outside], Environment], tuple[str, ...]]] = {
    "a bot token that Slack refuses": (
        lambda people: {"SLACK_BOT_TOKEN": "xoxb-1-canary"},
        ("SLACK_BOT_TOKEN", "does not accept it (invalid_auth)", "https://api.slack.com/apps"),
    ),
    "an app token that Slack refuses": (
        lambda people: {"SLACK_APP_TOKEN": "xapp-1-canary"},
        ("SLACK_APP_TOKEN", "does not accept it (invalid_auth)", "https://api.slack.com/apps"),
    ),
    "a bot token that Discord refuses": (
        lambda people: {**on_both(people.world), "DISCORD_BOT_TOKEN": "canary"},
        ("DISCORD_BOT_TOKEN", "does not accept it", "https://discord.com/developers/applications"),
    ),
    "tokens that both refuse": (
        lambda people: {**on_both(people.world), "DISCORD_BOT_TOKEN": "canary", "SLACK_BOT_TOKEN": "xoxb-1-canary"},
        ("DISCORD_BOT_TOKEN", "SLACK_BOT_TOKEN"),
    ),
    "intents that are not switched on": (_no_message_content, ("Message Content", "Bot page")),
    "half of a pair": (lambda people: {"SLACK_APP_TOKEN": ""}, ("SLACK_APP_TOKEN", "is missing", "Socket Mode")),
    "an unknown connection": (
        lambda people: _policy(people, "user: U0BO", "user: U0BO}, {connection: mian, user: U0BO"),
        ("desk.yaml:7:", "mian"),
    ),
    "an unknown channel": (
        lambda people: _policy(people, "C0GLOBEX", "C0NOWHERE"),
        ("desk.yaml: account globex: C0NOWHERE", "correct the id"),
    ),
    "an unknown channel on Discord": (
        _unknown_channel_on_discord,
        ("both.yaml: account community: 1480000000000000999", "correct the id"),
    ),
    "no token for a connection": (
        lambda people: {**on_both(people.world), "DISCORD_BOT_TOKEN": ""},
        ("DISCORD_BOT_TOKEN", "has a Discord connection", ".env.example"),
    ),
    "a clock that nobody keeps": (
        lambda people: {"DESKHAND_CLOCK_URL": f"{people.sandbox.base_url}/nowhere"},
        ("DESKHAND_CLOCK_URL", "/nowhere", "start the sandbox"),
    ),
    "a data folder in a file": (_data_is_a_file, ("DESKHAND_DATA", "Not a directory", "name another")),
    "a policy that breaks off": (lambda people: _policy(people, "[bo, ida, mia]", "[bo, ida"), ("desk.yaml:21:",)),
    "a database of a newer desk": (_newer_database, ("newer",)),
    "a port that is taken": (_taken_port, ("PORT: cannot listen on 127.0.0.1:", "choose another PORT")),
    "an address of another machine": (lambda people: {"HOST": "192.0.2.7"}, ("HOST: ", "192.0.2.7", "127.0.0.1")),
}


# Told by the gateway alone, so when all of the program is loaded and connected: twice as late.
LATER = "intents that are not switched on"
# Told before there is a database: a first start leaves nothing behind.
AT_ONCE = BROKEN.keys() - {LATER, "a database of a newer desk"}


@pytest.mark.parametrize("name", BROKEN)
async def test_F27_the_program_refuses(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    breaking, words = BROKEN[name]
    new = tmp_path / "new" / "desk.db"
    url: str = f"sqlite:///{new}" if name in AT_ONCE else request.getfixturevalue("sqlite_url")
    async with outside(url, tmp_path, "socket") as people:
        environment = breaking(people)
        took: list[float] = []
        most = limit() * (2 if name == LATER else 1)
        while len(took) < TRIES and not (took and min(took) < most):
            began = NOW()
            async with people.starting(**environment) as desk:
                assert await desk.ended(60) == 1, desk.output
            took.append(NOW() - began)
        assert min(took) < most
        for word in words:
            assert word in desk.output
        assert "Traceback" not in desk.output
        assert "canary" not in desk.output
        # Nothing was begun: nobody listens, nothing is to be said, and whoever comes next can have the database.
        assert not (tmp_path / "desk" / "desk.sock").exists()
        assert people.sandbox.slack.socket_mode.connections == []
        assert people.sandbox.discord.gateway.connections == []
        if name in AT_ONCE:
            assert not new.parent.exists()
            assert not (tmp_path / "desk").exists()
            return
        with closing(sqlite3.connect(str(sqlite_path(url)), timeout=0)) as database:
            assert database.execute("SELECT count(*) FROM outbox WHERE kind = 'post'").fetchone() == (0,)
            database.execute("BEGIN EXCLUSIVE")


def _no_app_token(people: Outside) -> Environment:
    return {"SLACK_APP_TOKEN": "xapp-1-canary"}


def _unknown_channel(people: Outside) -> Environment:
    return _policy(people, "C0GLOBEX", "C0NOWHERE")


async def test_F27_a_refused_start_writes_nothing_to_a_database_that_is_there(
    database_url: str, tmp_path: Path
) -> None:
    async with outside(database_url, tmp_path, "socket") as people:
        before = _content(people)
        for breaking in (_no_app_token, _unknown_channel):
            async with people.starting(**breaking(people)) as desk:
                assert await desk.ended(60) == 1, desk.output
            assert "canary" not in desk.output
            assert _content(people) == before
        async with people.desk() as desk:
            await people.stop(desk)
        assert _content(people) != before


def _content(people: Outside) -> dict[str, list[str]]:
    with people.engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        return {name: sorted(map(str, connection.execute(text(f'SELECT * FROM "{name}"')))) for name in tables}


async def test_F27_a_channel_that_was_there_once_stops_no_start(database_url: str, tmp_path: Path) -> None:
    async with outside(database_url, tmp_path, "socket") as people:
        async with people.desk() as desk:
            await people.stop(desk)
        del people.sandbox.world.channels["C0INITECH"]
        async with people.desk() as desk:
            await people.stop(desk)
