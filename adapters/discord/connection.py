"""The gateway's connection, kept. discord.py's own loop is not used: an exception while it reads an event ends it, it
begins a session anew as often as the server ends one, and a close code that it does not expect takes REST down with
the websocket. What runs here is its websocket; between two of them this module decides."""

import asyncio
import contextlib
import logging
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import discord
import yarl
from discord.errors import ConnectionClosed
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import Route
from discord.utils import MISSING

from adapters.discord.errors import from_exception
from adapters.discord.lenient import LenientSocket
from adapters.discord.payloads import Payload, mapping, maybe
from adapters.discord.refusals import CLOSED, TOKEN
from core.language.errors import BadConfig
from core.ports import RateLimited, RefusedByPlatform, Revoked

log = logging.getLogger(__name__)

_FIRST_RETRY: Final = 0.5
_LONGEST_RETRY: Final = 60.0
# When the gateway had spoken on the connection before: it is there, and people wait.
_LONGEST_ANEW: Final = 2.0
_BEFORE_ANEW: Final = 1.0
# After so many attempts in a row at the session's own address it is resumed at the one for all.
_OWN_ADDRESS: Final = 3
# A connection that lasted so long, in seconds, begins the waits from the start.
_LASTING: Final = 60.0
# Seconds from an address to an open session, and for leaving one.
_HANDSHAKE: Final = 20.0
_LEAVING: Final = 1.0
# Discord takes a token away that begins more than 1000 sessions a day
# (https://docs.discord.com/developers/topics/gateway#identifying); 40 an hour are 960.
_MOST_SESSIONS: Final = 40
_HOUR: Final = 3600.0
OFFICIAL_API: Final = "https://discord.com/api/v10"
# Closed with this, a session can be resumed; with 1000 it cannot.
_RESUMABLE: Final = 4000


def point_at(api_url: str, gateway_url: str | None) -> None:
    """Which server discord.py speaks to; it knows one for the whole process."""
    Route.BASE = api_url.rstrip("/")
    if gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


def wait_after(delay: float, lasted: float, *, spoke: bool) -> float:
    """Seconds to wait after a connection that `lasted` so many; `delay` is what is next in a row of failures."""
    if lasted > _LASTING:
        return 0.0
    return min(delay, _LONGEST_ANEW if spoke else _LONGEST_RETRY)


class Sessions:
    """How often a session may be begun: `most` in `seconds`."""

    def __init__(self, most: int = _MOST_SESSIONS, seconds: float = _HOUR) -> None:
        self._most = most
        self._seconds = seconds
        self._begun: deque[float] = deque(maxlen=most)

    def wait(self) -> float:
        """Seconds until one more may be begun."""
        if len(self._begun) < self._most:
            return 0.0
        return max(0.0, self._begun[0] + self._seconds - time.monotonic())

    def note(self) -> None:
        self._begun.append(time.monotonic())


@dataclass(frozen=True, slots=True)
class _Session:
    """What is needed to go on with it on another websocket."""

    id: str
    sequence: int
    gateway: yarl.URL


class _Refused(Exception):
    """Trying again is of no use."""


class Supervised:
    """Runs a client until it is stopped. `say` is told why there is no connection, `missed` that an event was lost.
    `find_gateway`: the API is asked where the gateway is. `silence`: seconds without a word, not even an answer to a
    heartbeat, after which a websocket is dead."""

    def __init__(
        self,
        client: discord.Client,
        token: str,
        say: Callable[[str], None],
        missed: Callable[[], None],
        *,
        find_gateway: bool,
        silence: float,
        sessions: Sessions | None = None,
    ) -> None:
        self._client = client
        self._token = token
        self._say = say
        self._missed = missed
        self._find_gateway = find_gateway
        self._silence = silence
        self._sessions = sessions or Sessions()
        self._session: _Session | None = None
        # Whether Discord has ended it, and whether it has said anything on the last websocket.
        self._ended = False
        self._spoke = False
        self._attempts = 0
        self._task: asyncio.Task[None] | None = None
        self._logged_in = False
        self._refused: str | None = None
        self._settled = asyncio.Event()

    async def start(self, within: float) -> None:
        """Returns once connected, when a first attempt has failed, or after `within` seconds, and goes on trying.
        Raises BadConfig when Discord refuses the token or the intents."""
        self._task = asyncio.create_task(self._run(), name="discord gateway")
        try:
            async with asyncio.timeout(within):
                await self._settled.wait()
        except TimeoutError:
            log.warning("discord has not answered yet, trying on")
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
        delay = 0.0
        while True:
            began = time.monotonic()
            try:
                await self._once()
            except _Refused as refused:
                self._refused = str(refused)
                log.error("discord refuses the desk: %s", refused)
                self._say(self._refused)
                return
            except RateLimited as limited:
                self._say(f"Discord asks to wait {limited.retry_after:g} s")
                self._settled.set()
                await asyncio.sleep(limited.retry_after)
            finally:
                self._settled.set()
            delay = wait_after(delay, time.monotonic() - began, spoke=self._spoke)
            # Discord wants a moment before a session is begun in place of one that it ended.
            least = _BEFORE_ANEW if self._ended else 0.0
            await asyncio.sleep(max(delay, least) * random.uniform(1.0, 1.5))  # noqa: S311 no secret
            delay = max(delay * 2, _FIRST_RETRY)

    async def _once(self) -> None:
        """One websocket, from its address to its end. Raises _Refused, RateLimited."""
        self._ended = self._spoke = False
        try:
            await self._log_in()
            socket = await self._open()
            try:
                await self._listen(socket)
            finally:
                await self._leave(socket)
        except ReconnectWebSocket as ended:
            if not ended.resume:
                self._session, self._ended, self._spoke = None, True, True
            self._say("the gateway's connection was lost")
        except ConnectionClosed as closed:
            if closed.code in CLOSED:
                raise _Refused(CLOSED[closed.code]) from closed
            self._say(f"the gateway closed the connection ({closed.code})")
        except discord.LoginFailure as error:
            raise _Refused(TOKEN) from error
        except Exception as error:
            told = from_exception(error)
            if isinstance(told, Revoked):
                raise _Refused(TOKEN) from error
            if isinstance(told, RateLimited):
                raise told from error
            log.warning("the gateway's connection ended and is made anew: %s", told)
            self._say(f"Discord cannot be reached: {told}")

    async def _log_in(self) -> None:
        """The session for REST is kept: deliveries go on while the gateway is away."""
        if not self._logged_in:
            try:
                await self._client.login(self._token)
            except BaseException:
                # Each attempt makes a session of its own, and a connector for it.
                await self._client.http.close()
                self._client.http.connector = MISSING
                raise
            self._logged_in = True

    async def _open(self) -> DiscordWebSocket:
        """A websocket that goes on with the session before, or begins one."""
        session = self._session
        more: dict[str, Any] = {"initial": True}
        if session is None:
            await self._may_begin()
        else:
            own = session.gateway if self._attempts < _OWN_ADDRESS else None
            more = {"resume": True, "session": session.id, "sequence": session.sequence, "gateway": own}
        self._attempts += 1
        async with asyncio.timeout(_HANDSHAKE):
            socket = await LenientSocket.from_client(self._client, **more)
        self._attempts = 0
        return socket

    async def _may_begin(self) -> None:
        """Waits until a session may be begun; learns where."""
        limit = await self._asked() if self._find_gateway else {}
        wait = self._sessions.wait()
        left, resets = limit.get("remaining"), limit.get("reset_after")
        if left == 0 and isinstance(resets, int | float):
            wait = max(wait, resets / 1000)
        if wait:
            log.error("too many sessions were begun with discord, the next one in %d s", wait)
            self._say(f"Discord allows no new session for another {wait:.0f} s")
            await asyncio.sleep(wait)
        self._sessions.note()

    async def _asked(self) -> Payload:
        """How many sessions Discord allows today; nothing from a server that does not say."""
        try:
            found = await self._client.http.request(Route("GET", "/gateway/bot"))
        except Exception as error:
            told = from_exception(error)
            if isinstance(told, RefusedByPlatform):
                log.info("there is no gateway's address to be had: %s", told)
                return {}
            raise told from error
        if url := maybe(found, "url"):
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)
        return mapping(found, "session_start_limit")

    async def _listen(self, socket: DiscordWebSocket) -> None:
        self._client.ws = socket
        while True:
            try:
                async with asyncio.timeout(self._silence):
                    await socket.poll_event()
                self._spoke = True
            except (ReconnectWebSocket, ConnectionClosed):
                raise
            except TimeoutError:
                log.warning("the gateway has not said a word for %g s", self._silence)
                raise ReconnectWebSocket(None) from None
            except Exception:
                # The session goes on behind that event.
                log.exception("discord.py cannot read an event")
                self._missed()
                raise ReconnectWebSocket(None) from None

    async def _leave(self, socket: DiscordWebSocket) -> None:
        """Whatever ended it, its websocket may be open still, and a second one would bring each event twice."""
        if socket.session_id and socket.sequence is not None:
            self._session = _Session(socket.session_id, socket.sequence, socket.gateway)
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_LEAVING):
                await socket.close(_RESUMABLE)
