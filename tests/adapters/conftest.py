"""The Slack adapter on the local Slack server, for the tests in this folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.slack_stage import Stage, stage


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Stage]:
    """Over Socket Mode."""
    async with stage(tmp_path) as found:
        yield found


@pytest.fixture(params=["socket", "http"])
async def slack_both(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    """Once over Socket Mode, once over HTTP."""
    async with stage(tmp_path, http=request.param == "http") as found:
        yield found
