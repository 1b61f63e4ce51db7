"""The desk on the sandbox: a local Slack and Discord in the browser, no tokens, a database of its own.

The sandbox is another process. Its world and the desk's database persist or start over together: the desk keeps the
world's id beside its database and begins anew when the sandbox has another one.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import httpx2
import structlog

from adapters.slack.manifest import manifest
from bot import deskfile
from bot.app import Outcome, serve
from bot.http import bind
from bot.settings import Settings, from_mapping
from core.language.commands import LISTS, VERBS
from core.language.errors import BadConfig
from core.language.policy import Policy
from core.language.words import PRIORITIES, TYPES
from core.store.lock import desk_lock

log = structlog.get_logger(__name__)

DESK_FILE = Path(__file__).parent / "sandbox_desk.yaml"
# The sandbox imports little; what takes longer than this has failed.
_START_SECONDS = 15.0
_DATABASE = "sandbox.db"
_BOT_TOKEN, _APP_TOKEN, _DISCORD_TOKEN = "xoxb-sandbox", "xapp-sandbox", "discord-sandbox"


async def run_on_sandbox(settings: Settings) -> int:
    """Run both until a signal comes or one of them ends. The exit code is the program's. Raises BadConfig, when an
    address is taken before anything is made."""
    for variable, port in (("PORT", settings.port), ("SANDBOX_PORT", settings.sandbox_port)):
        bind(settings.host, port, variable=variable).close()
    folder = settings.data
    folder.mkdir(parents=True, exist_ok=True)
    process = await _start_sandbox(settings, folder)
    base = f"http://{settings.host}:{settings.sandbox_port}"
    try:
        await _answering(process, f"{base}/control/clock")
        print(f"The sandbox is at {base}/ (press Ctrl-C to stop)", flush=True)
        while True:
            world = await _world(base)
            desk = _desk_settings(settings, folder, base)
            _same_world(folder, world)
            outcome = await serve(desk, deskfile.load(desk.config), world=world, home=base)
            if outcome is not Outcome.WORLD_CHANGED:
                return int(outcome)
            log.info("started_over")
    finally:
        await _stop(process)


async def _start_sandbox(settings: Settings, folder: Path) -> asyncio.subprocess.Process:
    known = folder / "sandbox-app.json"
    known.write_text(json.dumps(manifest("Desk", None, socket_mode=True)))
    completions = folder / "sandbox-commands.json"
    completions.write_text(json.dumps({"/ticket": _completions(deskfile.load(DESK_FILE))}))
    environment = {
        **os.environ,
        "HOST": settings.host,
        "SANDBOX_PORT": str(settings.sandbox_port),
        "SANDBOX_DATA": str(folder / "sandbox"),
        "SANDBOX_SLACK_MANIFEST": str(known),
        "SANDBOX_COMPLETIONS": str(completions),
        "SANDBOX_SLACK_BOT_TOKEN": _BOT_TOKEN,
        "SANDBOX_SLACK_APP_TOKEN": _APP_TOKEN,
        "SANDBOX_DISCORD_BOT_TOKEN": _DISCORD_TOKEN,
        "SANDBOX_ENDS_WITH_INPUT": "1",
    }
    # A session of its own: Ctrl-C reaches the desk first, which then stops the sandbox in order. The pipe ends with
    # this process however that ends, and the sandbox with the pipe.
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", env=environment, stdin=asyncio.subprocess.PIPE, start_new_session=True
    )


def _completions(policy: Policy) -> list[dict[str, Any]]:
    """What the page offers after `/ticket`, from the one table of verbs."""
    closed = {
        "priority": list(PRIORITIES),
        "type": list(TYPES),
        "category": list(policy.categories),
        "words": list(LISTS),
    }
    return [
        {
            "word": verb.name,
            "args": verb.usage.removeprefix(verb.name).strip(),
            "help": verb.summary,
            "values": {verb.label: closed[verb.param]} if verb.param in closed else {},
        }
        for verb in VERBS
    ]


async def _answering(process: asyncio.subprocess.Process, url: str) -> None:
    """Wait until the sandbox answers. Raises BadConfig when it ends or stays silent."""
    deadline = asyncio.get_running_loop().time() + _START_SECONDS
    async with httpx2.AsyncClient(timeout=2) as client:
        while asyncio.get_running_loop().time() < deadline:
            if process.returncode is not None:
                raise BadConfig(["the sandbox could not start (its own message stands above)"])
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx2.HTTPError:
                await asyncio.sleep(0.05)
    raise BadConfig([f"the sandbox did not answer at {url} within {_START_SECONDS:g} s"])


async def _world(base: str) -> str:
    async with httpx2.AsyncClient(timeout=10) as client:
        return str((await client.get(f"{base}/control/clock")).raise_for_status().json()["world_id"])


def _same_world(folder: Path, world: str) -> None:
    """Begin anew when the sandbox is in another world than the database. Raises DeskRuns while a desk uses it."""
    kept = folder / "sandbox.world"
    if kept.exists() and kept.read_text().strip() == world:
        return
    with desk_lock(f"sqlite:///{folder / _DATABASE}"):
        for suffix in ("", "-wal", "-shm"):
            (folder / f"{_DATABASE}{suffix}").unlink(missing_ok=True)
        kept.write_text(world)


def _desk_settings(settings: Settings, folder: Path, base: str) -> Settings:
    """The real tokens and database are never touched."""
    return from_mapping(
        {
            **{k: v for k, v in os.environ.items() if k.startswith(("DESKHAND_", "OPENAI_"))},
            "DATABASE_URL": f"sqlite:///{folder / _DATABASE}",
            "DESKHAND_CONFIG": str(DESK_FILE),
            "DESKHAND_DATA": str(folder),
            "DESKHAND_CLOCK_URL": f"{base}/control/clock",
            "HOST": settings.host,
            "PORT": str(settings.port),
            "SANDBOX_PORT": str(settings.sandbox_port),
            "SLACK_API_URL": f"{base}/slack/api/",
            "SLACK_BOT_TOKEN": _BOT_TOKEN,
            "SLACK_APP_TOKEN": _APP_TOKEN,
            "DISCORD_API_URL": f"{base}/discord/api/v10",
            "DISCORD_GATEWAY_URL": f"ws{base.removeprefix('http')}/discord/gateway",
            "DISCORD_BOT_TOKEN": _DISCORD_TOKEN,
        }
    )


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 5)
    except TimeoutError:
        process.kill()
        await process.wait()
