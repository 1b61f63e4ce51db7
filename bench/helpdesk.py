"""django-helpdesk beside the desk: tickets a second, both on SQLite with WAL and synchronous=FULL.

It is installed aside, in a virtual environment under `var/bench/`, from the pinned list `helpdesk.txt`.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Literal

from bench import script

Mode = Literal["defaults", "favoured"]

_HERE = Path(__file__).parent
_PINNED = _HERE / "helpdesk.txt"
_ENVIRONMENT = _HERE.parent / "var" / "bench" / "helpdesk"


class NotInstalled(Exception):
    """django-helpdesk cannot be installed here; the message says why."""


async def install() -> Path:
    """The Python that has it, installed at the first call. Raises NotInstalled."""
    python = _ENVIRONMENT / "bin" / "python"
    mark = _ENVIRONMENT / "installed"
    wanted = hashlib.sha256(_PINNED.read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == wanted:
        return python
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        raise NotInstalled("there is no uv to install it with")
    shutil.rmtree(_ENVIRONMENT, ignore_errors=True)
    _ENVIRONMENT.parent.mkdir(parents=True, exist_ok=True)
    await _run(uv, "venv", "--quiet", "--python", sys.executable, str(_ENVIRONMENT))
    await _run(uv, "pip", "install", "--quiet", "--compile-bytecode", "-r", str(_PINNED))
    mark.write_text(wanted)
    return python


async def _run(*command: str) -> None:
    running = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, "VIRTUAL_ENV": str(_ENVIRONMENT)}, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await running.communicate()
    if running.returncode:
        raise NotInstalled(f"{Path(command[0]).name} {command[1]} failed: {errors.decode().strip()[-300:]}")


class Helpdesk:
    """A running django-helpdesk that creates the same tickets each time it is asked. `about` is what it says of
    itself: its Django, its journal mode, its `synchronous` (2 is FULL)."""

    def __init__(self, process: asyncio.subprocess.Process, tickets: int, about: dict[str, Any]) -> None:
        self.about = about
        self._process = process
        self._tickets = tickets

    async def rate(self) -> float:
        """Tickets a second in one more run."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        await self._process.stdin.drain()
        answer = await _answer(self._process)
        return self._tickets / float(answer["seconds"])


@contextlib.asynccontextmanager
async def helpdesk(python: Path, folder: Path, said: Sequence[script.Message], mode: Mode) -> AsyncIterator[Helpdesk]:
    process = await asyncio.create_subprocess_exec(
        str(python),
        # Without this folder in the path, where a module of ours has its name.
        "-P",
        str(_HERE / "helpdesk_program.py"),
        str(folder),
        mode,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    try:
        assert process.stdin is not None
        wanted = [[m.text.partition(". ")[0], m.text, f"{m.author.lower()}@example.com"] for m in said]
        process.stdin.write(json.dumps(wanted).encode() + b"\n")
        await process.stdin.drain()
        yield Helpdesk(process, len(wanted), await _answer(process))
    finally:
        if process.returncode is None:
            assert process.stdin is not None
            process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _answer(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        assert process.stderr is not None
        raise RuntimeError(f"django-helpdesk failed:\n{(await process.stderr.read()).decode()[-2000:]}")
    found: dict[str, Any] = json.loads(line)
    return found
