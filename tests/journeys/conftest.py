"""Each journey runs on both databases and over both ways in which Slack delivers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.whole_desk import TRANSPORTS, Transport, WholeDesk, whole_desk


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> Transport:
    found: Transport = request.param
    return found


@pytest.fixture
async def desk(database_url: str, tmp_path: Path, transport: Transport) -> AsyncIterator[WholeDesk]:
    async with whole_desk(database_url, tmp_path, transport) as found:
        yield found
