"""The gateway's connection, kept: discord.py reconnects and resumes by itself, but an exception while it reads an
event, or an answer that it does not expect, ends its run. Then it is begun anew, with growing waits."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable
from typing import Final

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord.errors import from_exception
from core.language.errors import BadConfig

log = logging.getLogger(__name__)

_FIRST_RETRY: Final = 0.5
_LONGEST_RETRY: Final = 60.0
# A connection that lasted so long, in seconds, begins the waits from the start.
_LASTING: Final = 60.0
OFFICIAL_API: Final = "https://discord.com/api/v10"

_REFUSED: Final = (
    "DISCORD_BOT_TOKEN: Discord does not accept it. Reset the token on the Bot page of your application at "
    "https://discord.com/developers/applications and set DISCORD_BOT_TOKEN to the new one."
)
_REFUSED_INTENTS: Final = (
    "Discord refuses the intents that the desk needs: switch on Message Content, and Server Members if a role makes "
    "agents, on the Bot page of your application at https://discord.com/developers/applications."
)


def point_at(api_url: str, gateway_url: str | None) -> None:
    """Which server discord.py speaks to; it knows one for the whole process."""
    Route.BASE = api_url.rstrip("/")
    if gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


class Supervised:
    """Runs a client until it is stopped. `say` is told why there is no connection."""

    def __init__(
        self,
        client: discord.Client,
        token: str,
        say: Callable[[str], None],
        *,
        find_gateway: bool,
    ) -> None:
        self._client = client
        self._token = token
        self._say = say
        self._find_gateway = find_gateway
        self._task: asyncio.Task[None] | None = None
        self._logged_in = False
        self._refused: str | None = None
        self._settled = asyncio.Event()

    async def start(self, within: float) -> None:
        """Returns once connected, or after `within` seconds, and goes on trying. Raises BadConfig when Discord refuses
        the token or the intents."""
        self._task = asyncio.create_task(self._run(), name="discord gateway")
        try:
            async with asyncio.timeout(within):
                await self._settled.wait()
        except TimeoutError:
            log.warning("discord cannot be reached yet, trying on")
        if self._refused:
            raise BadConfig([self._refused])

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await self._client.close()

    def connected(self) -> None:
        self._settled.set()

    async def _run(self) -> None:
        delay = _FIRST_RETRY
        while True:
            began = time.monotonic()
            if await self._once():
                return
            delay = _FIRST_RETRY if time.monotonic() - began > _LASTING else min(delay * 2, _LONGEST_RETRY)
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 no secret

    async def _once(self) -> bool:
        """Whether trying again is of no use."""
        try:
            await self._connect()
            self._say("the gateway closed the connection")
        except discord.LoginFailure:
            return self._refuse(_REFUSED)
        except discord.PrivilegedIntentsRequired:
            return self._refuse(_REFUSED_INTENTS)
        except discord.ConnectionClosed as error:
            if error.code == 4004:
                return self._refuse(_REFUSED)
            self._say(f"the gateway closed the connection ({error.code})")
        except Exception as error:
            log.warning("the gateway's connection ended and is made anew", exc_info=True)
            self._say(f"Discord cannot be reached: {from_exception(error)}")
        return False

    def _refuse(self, why: str) -> bool:
        self._refused = why
        self._say(why)
        self._settled.set()
        return True

    async def _connect(self) -> None:
        """The session for REST is kept: deliveries go on while the gateway is away."""
        if not self._logged_in:
            await self._client.login(self._token)
            self._logged_in = True
        if self._find_gateway:
            found = await self._client.http.request(Route("GET", "/gateway/bot"))
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(found["url"])
        try:
            await self._client.connect(reconnect=True)
        finally:
            # Whatever ended the run, its socket may be open still, and a second one would bring each event twice.
            with contextlib.suppress(Exception):
                await self._client.ws.close()
