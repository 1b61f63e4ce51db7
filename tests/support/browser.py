"""One headless Chromium for all browser tests of a run, and a fresh context of it for each page.

The browser belongs to the session's event loop, so tests that use it are marked
`@pytest.mark.asyncio(loop_scope="session")` (a module's `pytestmark`), beside `browser`.
"""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOW = "no Chromium found: `apt-get install chromium`, or set CHROMIUM to the path of one"


def find_chromium() -> str | None:
    """`CHROMIUM` from the environment, else the first of the usual names on the path."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).is_file() else shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _install() -> None:
    """On Debian, as root or with a sudo that asks nothing. Does nothing elsewhere."""
    if shutil.which("apt-get") is None:
        return
    before: list[str] = []
    if os.geteuid() != 0:
        sudo = shutil.which("sudo")
        if sudo is None or subprocess.run([sudo, "-n", "true"], capture_output=True).returncode != 0:
            return
        before = [sudo, "-n"]
    quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "timeout": 600}
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (("update",), ("install", "-y", "--no-install-recommends", "chromium")):
        subprocess.run([*before, "apt-get", *arguments], env=environment, check=False, **quiet)


@cache
def chromium() -> str:
    """The path of a Chromium, installed if that may be done. Without one the test is skipped, or fails if `CI=true`."""
    path = find_chromium()
    if path is None and not os.environ.get("CHROMIUM"):
        _install()
        path = find_chromium()
    if path is not None:
        return path
    if os.environ.get("CI") == "true":
        pytest.fail(HOW, pytrace=False)
    pytest.skip(HOW)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium_browser() -> AsyncIterator[Browser]:
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        await browser.close()
