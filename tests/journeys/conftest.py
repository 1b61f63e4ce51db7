"""Each journey runs on every platform; each database and each way in which events come has a whole run."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.stages.discord import discord_stage
from support.stages.simcord import simcord_stage
from support.stages.slack import slack_stage
from support.stages.stage import Stage
from support.whole_desk import TRANSPORTS, Transport

WAYS = {
    "slack-socket-sqlite": lambda url, folder: slack_stage(url, folder, "socket"),
    "slack-http-postgresql": lambda url, folder: slack_stage(url, folder, "http"),
    "discord-postgresql": discord_stage,
    "simcord-sqlite": simcord_stage,
}


@pytest.fixture(params=WAYS)
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    """A fresh world with a desk on it, ready."""
    way = request.param
    url: str = request.getfixturevalue("sqlite_url" if way.endswith("sqlite") else "postgres_url")
    async with WAYS[way](url, tmp_path) as found:
        yield found


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> Transport:
    found: Transport = request.param
    return found
