"""`python -m sandbox`: the server alone. The environment says where and how; Ctrl-C or SIGTERM ends it with a save."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from sandbox.app import running
from sandbox.dump import BadWorld
from sandbox.persist import DataInUse
from sandbox.settings import BadSettings, Settings, from_environment
from sandbox.slack.manifest import BadManifest


class _Until(asyncio.Protocol):
    """Reads until there is nothing more to come."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop.set()


async def serve(settings: Settings) -> None:
    """Runs until the process is told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if settings.ends_with_input:
        await loop.connect_read_pipe(lambda: _Until(stop), sys.stdin)
    async with running(settings) as sandbox:
        way = f"events to {settings.slack_events_url}" if settings.slack_events_url else "Socket Mode"
        addresses = f"Slack API {sandbox.base_url}/slack/api/, {way}; Discord API {sandbox.base_url}/discord/api/v10"
        print(f"Sandbox on {sandbox.base_url} ({addresses})", flush=True)
        await stop.wait()


def main() -> int:
    """The exit code: 2 for settings that cannot be used."""
    try:
        asyncio.run(serve(from_environment(os.environ)))
    except (BadSettings, BadManifest, BadWorld, DataInUse, OSError) as error:
        print(f"The sandbox cannot start: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
