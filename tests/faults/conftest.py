"""The whole desk on the sandbox, for faults between it and the platform."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.gate import sized
from support.whole_desk import WholeDesk, whole_desk

# Settling takes longer than what the sandbox's faults delay, also on a busy machine.
PATIENT = {"DESKHAND_SETTLE_SECONDS": "1", "DESKHAND_MAX_DELIVERY_ATTEMPTS": "3"}


@pytest.fixture(
    params=sized(("sqlite-socket",), ("sqlite-socket", "postgresql-http"), ("sqlite-socket", "postgresql-http"))
)
async def slack_desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[WholeDesk]:
    """The marker `desk` adds to its environment."""
    marker = request.node.get_closest_marker("desk")
    environment = {**PATIENT, **(marker.kwargs if marker else {})}
    sqlite = request.param == "sqlite-socket"
    url = request.getfixturevalue("sqlite_url" if sqlite else "postgres_url")
    async with whole_desk(url, tmp_path, "socket" if sqlite else "http", **environment) as found:
        yield found
