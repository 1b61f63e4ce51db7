"""One Slack workspace as a `ChatPlatform`: started, watched and stopped here; the work is in the modules beside."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from adapters.slack import endpoint, inbound, limits, reading
from adapters.slack.api import Api
from adapters.slack.connection import SocketMode
from adapters.slack.errors import is_missing_method
from adapters.slack.gateway import Gateway
from adapters.slack.intake import PATIENCE, Handle, Intake
from adapters.slack.listeners import bolt_app
from adapters.slack.manifest import SCOPES
from adapters.slack.markup import Ink
from adapters.slack.payloads import Me, maybe
from adapters.slack.refusals import APP_TOKEN, BOT_TOKEN, NO_CHANNEL, not_accepted
from adapters.slack.render import holds
from core.language.effects import Deliverable, Delivered, Dm, EffectKind
from core.language.errors import BadConfig
from core.language.events import Inbound
from core.language.places import MessageRef, Place
from core.language.text import Text
from core.language.wording import ENGLISH_VOICE, Voice
from core.ports import (
    BlobStore,
    DeliveryError,
    MethodRate,
    NotSent,
    OutcomeUnknown,
    RefusedByPlatform,
    Revoked,
)

log = logging.getLogger(__name__)

T = TypeVar("T")

# Seconds. `deliver` returns within 30, whatever its calls add up to.
_LONGEST_DELIVERY: Final = 28.0
_LACKS: Final[tuple[EffectKind, ...]] = ("set_thread",)
_FIRST_RETRY: Final = 0.25
_LONGEST_RETRY: Final = 15.0


def _now() -> datetime:
    return datetime.now(UTC)


class SlackAdapter:
    """With an app token Slack's events come over Socket Mode and HTTP stays closed; without one they come over HTTP
    and need the signing secret. Seconds: `timeout` of one request; `heartbeat` between pings on each of the `sockets`;
    `quiet` without an event, after which Slack is asked whether it still knows us; `patience`, after which an answer is
    too late for the ack and is shown by the response URL. `now` gives the time of what Slack
    gives none to (a slash command).

    Raises BadConfig for tokens that cannot work together.
    """

    def __init__(
        self,
        *,
        connection: str,
        api_url: str,
        bot_token: str,
        app_token: str | None,
        signing_secret: str | None,
        handle: Handle,
        blobs: BlobStore,
        timeout: float = 10.0,
        sockets: int = 1,
        heartbeat: float = 10.0,
        quiet: float = 600.0,
        patience: float = PATIENCE,
        now: Callable[[], datetime] = _now,
        voice: Voice = ENGLISH_VOICE,
    ) -> None:
        if not app_token and not signing_secret:
            raise BadConfig([_NO_WAY_IN])
        self.connection = connection
        self._api_url = api_url
        self._bot_token = bot_token
        self._app_token = app_token or None
        self._signing_secret = signing_secret or None
        self._handle = handle
        self._blobs = blobs
        self._timeout = timeout
        self._sockets = sockets
        self._heartbeat = heartbeat
        self._quiet = quiet
        self._patience = patience
        self._now = now
        self._voice = voice
        self._api: Api | None = None
        self._socket_mode: SocketMode | None = None
        self._watching: asyncio.Task[None] | None = None
        self._workspace_url: str | None = None
        self._introduced: datetime | None = None
        self._why = "not started"
        self._revoked: str | None = None
        self._doubted = asyncio.Event()
        self._changed = asyncio.Event()
        self.missing_scopes: frozenset[str] = frozenset()

    # --- life

    async def start(self) -> None:
        """Asks Slack who we are, then connects. Raises BadConfig when Slack refuses the tokens; while it cannot be
        reached, it is tried again in the background and `health` says so."""
        api = Api(self._api_url, self._bot_token, self._timeout)
        self._api = api
        self._gateway = Gateway(self.connection, api, self._blobs, self._voice)
        self._intake = Intake(self._handle, self._gateway, self._now, patience=self._patience, revoked=self._taken_away)
        # Without an app token Bolt checks the signature too, after the guard.
        secret = None if self._app_token else self._signing_secret
        self._bolt = bolt_app(api.url, secret, self._intake.take)
        try:
            await self._introduce()
        except (Revoked, RefusedByPlatform) as error:
            await api.close()
            raise BadConfig([_refused_token(BOT_TOKEN, error)]) from error
        except DeliveryError as error:
            self._say(f"Slack cannot be reached: {error}")
            log.warning("slack cannot be reached, trying again: %s", error)
        if self._app_token:
            if self._signing_secret:
                log.info(
                    "SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both set: Socket Mode receives, HTTP stays closed"
                )
            await self._open_socket_mode(self._app_token)
        self._watching = asyncio.create_task(self._watch())

    async def _open_socket_mode(self, app_token: str) -> None:
        self._socket_mode = SocketMode(
            self.api,
            app_token,
            self._bolt,
            self._intake,
            sockets=self._sockets,
            heartbeat=self._heartbeat,
            changed=self._changed.set,
            now=self._now,
        )
        first_url = None
        try:
            first_url = await self._socket_mode.open_url()
        except (Revoked, RefusedByPlatform) as error:
            await self.stop()
            raise BadConfig([_refused_token(APP_TOKEN, error)]) from error
        except DeliveryError as error:
            log.warning("socket mode cannot be opened, trying again: %s", error)
        self._socket_mode.start(first_url)

    async def stop_intake(self, within: float = 8.0) -> None:
        """Takes nothing new and waits at most `within` seconds for what is in flight; effects can still be
        delivered."""
        if self._api is None:
            return
        await self._intake.close(within)
        if self._socket_mode:
            await self._socket_mode.stop()
            self._socket_mode = None
        if self._watching:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
            self._watching = None
        self._say("stopped")

    async def stop(self) -> None:
        await self.stop_intake()
        if self._api:
            await self._api.close()

    async def _introduce(self) -> None:
        """Learns who we are. Raises a DeliveryError."""
        who, scopes = await self.api.identify()
        team, user = maybe(who, "team_id"), maybe(who, "user_id")
        if user is None:
            raise RefusedByPlatform("no_identity", "auth.test names no user")
        bot, app, name = (maybe(who, key) for key in ("bot_id", "app_id", "user"))
        self._intake.me = Me(self.connection, team, user, bot, app, name or "desk")
        self._workspace_url = maybe(who, "url")
        if self._introduced is None or self._revoked:
            self._introduced = self._now()
        self._revoked = None
        self._say("")
        self.missing_scopes = frozenset(SCOPES) - scopes if scopes is not None else frozenset()
        if self.missing_scopes:
            log.warning("the Slack app lacks scopes: %s", ", ".join(sorted(self.missing_scopes)))

    async def _watch(self) -> None:
        """Asks whether Slack knows us: after a silence, and, whatever comes, as long as something is wrong."""
        delay = _FIRST_RETRY
        while True:
            if self._is_known:
                delay = _FIRST_RETRY
                await self._until_doubted(self._quiet)
                if not self._is_known or time.monotonic() - self._intake.last_payload < self._quiet:
                    continue
            else:
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LONGEST_RETRY)
            try:
                await self._introduce()
            except Revoked as error:
                self._taken_away(error.code)
            except DeliveryError as error:
                self._say(f"Slack cannot be reached: {error}")

    @property
    def _is_known(self) -> bool:
        return not self._why and not self._revoked

    async def _until_doubted(self, within: float) -> None:
        """Returns when access was taken away, at the latest after so many seconds."""
        self._doubted.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._doubted.wait()

    def _taken_away(self, reason: str) -> None:
        self._revoked = reason
        self._doubted.set()
        self._changed.set()

    def _say(self, why: str) -> None:
        self._why = why
        self._changed.set()

    def health(self) -> dict[str, Any]:
        """For /readyz: whether events can come in, and if not, why."""
        why = self._why
        if self._revoked:
            why = f"Slack took the app's access away ({self._revoked}); install it again"
        if not why and self._socket_mode is not None and not self._socket_mode.connected:
            why = self._socket_mode.why
        return {"ok": not why, "why": why}

    async def until_healthy(self, ok: bool = True) -> None:
        """Returns when `health` says so (or, with False, when it no longer does)."""
        while self.health()["ok"] is not ok:
            self._changed.clear()
            await self._changed.wait()

    @property
    def in_flight(self) -> int:
        return self._intake.in_flight if self._api is not None else 0

    @property
    def takes_http(self) -> bool:
        return self._app_token is None

    def endpoints(self) -> dict[str, Callable[[Request], Awaitable[Response]]]:
        """Where Slack's signed requests come in, when there is no app token."""
        return {"/slack/events": self.handle_http} if self.takes_http else {}

    async def handle_http(self, request: Request) -> Response:
        """`/slack/events`: events, commands and interactivity."""
        if self._api is None or self._signing_secret is None or not self.takes_http:
            return Response("This desk takes Slack's events over Socket Mode.", status_code=404)
        return await endpoint.respond(request, self._signing_secret, self._bolt, self._intake)

    @property
    def api(self) -> Api:
        if self._api is None:
            raise NotSent("not_started")
        return self._api

    @property
    def me(self) -> Me | None:
        return self._intake.me if self._api else None

    # --- ChatPlatform

    def normalise(self, raw: Mapping[str, Any]) -> Inbound | None:
        if self.me is None:
            raise NotSent("not_started", "who the desk is on Slack is not known yet")
        return inbound.read(raw, self.me, self._now())

    @property
    def lacks(self) -> Collection[EffectKind]:
        # Its threads cannot be put away, locked or tagged.
        return _LACKS

    def rates(self) -> Mapping[str, MethodRate]:
        return limits.RATES

    def holds(self, text: Text) -> bool:
        return holds(text, Ink(self.connection))

    async def deliver(self, effect: Deliverable) -> Delivered:
        api = self.api
        try:
            async with asyncio.timeout(_LONGEST_DELIVERY):
                return await self._gateway.deliver(effect, self.me)
        except Revoked as error:
            self._taken_away(error.code)
            raise
        except TimeoutError as error:
            raise OutcomeUnknown("timeout", f"{effect.kind} at {api.url} took too long") from error

    async def read_back(self, effect: Deliverable, *, since: datetime) -> Delivered | None:
        dm = await self._gateway.dm_channel(effect.person) if isinstance(effect, Dm) else None
        return await reading.read_back(self.api, self.me, self._gateway.found, effect, dm, since)

    def listening_since(self) -> datetime | None:
        if self._api is None or not self.health()["ok"]:
            return None
        gaps = (self._introduced, self._socket_mode and self._socket_mode.since, self._intake.taking_since)
        return max((gap for gap in gaps if gap), default=None)

    async def history(
        self, place: Place, *, after: str | None, limit: int, reactions: Collection[str] = ()
    ) -> tuple[Mapping[str, Any], ...]:
        reading_it = reading.history(self.api, self.me, place, after=after, limit=limit, reactions=reactions)
        return await _as_far_as_known(reading_it)

    async def touched(self, channel: Place, *, after: str) -> tuple[Place, ...]:
        return await _as_far_as_known(reading.touched(self.api, channel, after=after))

    async def look_up(self, ref: MessageRef, *, reactions: Collection[str] = ()) -> tuple[Mapping[str, Any], ...]:
        return await _as_far_as_known(reading.look_up(self.api, self.me, ref, reactions=reactions, now=self._now()))

    def id_at(self, at: datetime) -> str:
        return f"{at.timestamp():.6f}"

    async def channel_name(self, channel: str) -> str | None:
        try:
            info = await self.api.call(self.api.web.conversations_info, channel=channel)
        except RefusedByPlatform as error:
            return None if error.code == NO_CHANNEL else ""
        except DeliveryError:
            return ""
        return maybe(info, "channel", "name") or ""

    def permalink(self, ref: MessageRef) -> str | None:
        if self._workspace_url is None:
            return None
        link = f"{self._workspace_url.rstrip('/')}/archives/{ref.channel}/p{ref.message.replace('.', '')}"
        return f"{link}?thread_ts={ref.thread}&cid={ref.channel}" if ref.thread else link


async def _as_far_as_known(reading_it: Awaitable[tuple[T, ...]]) -> tuple[T, ...]:
    """Nothing from a server that has no such method."""
    try:
        return await reading_it
    except RefusedByPlatform as error:
        if not is_missing_method(error):
            raise
        log.warning("slack cannot be asked what was said before: %s", error)
        return ()


_NO_WAY_IN: Final = (
    "Slack has no way to reach the desk: set SLACK_APP_TOKEN (Socket Mode, no public address needed) or "
    "SLACK_SIGNING_SECRET (HTTP, then Slack must reach /slack/events)."
)


def _refused_token(token: tuple[str, str], error: DeliveryError) -> str:
    if isinstance(error, Revoked):
        return not_accepted(token, error.code)
    return f"{token[0]}: Slack refuses it: {error}. Check the app's settings at https://api.slack.com/apps."
