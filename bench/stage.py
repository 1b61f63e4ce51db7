"""A sandbox and a desk as real processes in a folder of their own, for measurements."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

_START_SECONDS = 20.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class Stage:
    """`control` speaks to the sandbox's /control/, `desk_url` is the desk's own HTTP."""

    control: httpx2.AsyncClient
    desk_url: str
    database: Path

    async def post(self, path: str, **fields: Any) -> dict[str, Any]:
        answer = await self.control.post(path, json=fields)
        found: dict[str, Any] = answer.json()
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {found}")
        return found

    async def get(self, path: str, **fields: Any) -> dict[str, Any]:
        answer = await self.control.get(path, params=fields)
        found: dict[str, Any] = answer.json()
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {found}")
        return found


@contextlib.asynccontextmanager
async def sandbox(folder: Path, speed: float, **environment: str) -> AsyncIterator[tuple[httpx2.AsyncClient, str]]:
    """A fresh sandbox process; its control client and its base address."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    env = {
        **os.environ,
        "HOST": "127.0.0.1",
        "SANDBOX_PORT": str(port),
        "SANDBOX_DATA": str(folder / "sandbox"),
        "SANDBOX_SPEED": f"{speed:g}",
        **environment,
    }
    async with (
        httpx2.AsyncClient(base_url=base, timeout=120) as control,
        process(["-m", "sandbox"], env, folder / "sandbox.log", f"{base}/control/clock"),
    ):
        yield control, base


@contextlib.asynccontextmanager
async def desk(folder: Path, environment: Mapping[str, str], port: int) -> AsyncIterator[str]:
    """A desk process that is ready; the address of its HTTP."""
    url = f"http://127.0.0.1:{port}"
    async with process(["-m", "bot", "run"], {**os.environ, **environment}, folder / "desk.log", f"{url}/readyz"):
        yield url


@contextlib.asynccontextmanager
async def process(
    arguments: list[str], environment: Mapping[str, str], log: Path, ready_at: str
) -> AsyncIterator[None]:
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, env=dict(environment), stdout=output, stderr=output
        )
    try:
        await _until_ready(process, ready_at, log)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 30)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _until_ready(process: asyncio.subprocess.Process, url: str, log: Path) -> None:
    end = asyncio.get_running_loop().time() + _START_SECONDS
    async with httpx2.AsyncClient(timeout=5) as client:
        while asyncio.get_running_loop().time() < end:
            if process.returncode is not None:
                raise RuntimeError(f"a process ended at its start:\n{_tail(log)}")
            with contextlib.suppress(httpx2.HTTPError):
                if (await client.get(url)).status_code == 200:
                    return
            await asyncio.sleep(0.05)
    raise RuntimeError(f"{url} was not ready in {_START_SECONDS:g} s:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text()[-3000:]
