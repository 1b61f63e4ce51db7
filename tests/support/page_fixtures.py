"""A sandbox of its own for each test, a stand-in for the desk, and pages on it: for modules that drive the page.

Use them with `pytest_plugins = ["support.browser", "support.page_fixtures"]` and on the session's event loop.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser
from support.page import Pages
from support.stand_in import StandIn, stand_in, write_files

from sandbox.app import Sandbox, running
from sandbox.settings import Settings


@pytest_asyncio.fixture(loop_scope="session")
async def page_sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    manifest, completions = write_files(tmp_path)
    settings = Settings(port=0, data=tmp_path / "sandbox", slack_manifest=manifest, completions=completions)
    async with running(settings) as sandbox:
        yield sandbox


@pytest_asyncio.fixture(loop_scope="session")
async def page_desk(page_sandbox: Sandbox) -> AsyncIterator[StandIn]:
    async with stand_in(page_sandbox.base_url) as desk:
        yield desk


@pytest_asyncio.fixture(loop_scope="session")
async def pages(page_sandbox: Sandbox, chromium_browser: Browser) -> AsyncIterator[Pages]:
    async with AsyncExitStack() as stack:
        yield Pages(chromium_browser, page_sandbox.base_url, stack)
