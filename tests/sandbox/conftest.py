"""A sandbox with a fresh world, whose rate limits are out of the way."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.app import Sandbox, running
from sandbox.settings import Settings


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with running(Settings(port=0, data=tmp_path, speed=1000.0)) as sandbox:
        yield sandbox
