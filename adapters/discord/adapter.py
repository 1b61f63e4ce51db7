"""One Discord application as a `ChatPlatform`: started, watched and stopped here; the work is in the modules beside."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from discord.utils import time_snowflake

from adapters.discord import commands, inbound, limits, reading
from adapters.discord.apart import begins_apart
from adapters.discord.api import Api
from adapters.discord.client import DeskClient
from adapters.discord.connection import OFFICIAL_API, Sessions, Supervised, point_at
from adapters.discord.errors import MISSING
from adapters.discord.gateway import Gateway
from adapters.discord.intake import PATIENCE, Handle, Intake
from adapters.discord.markup import Ink
from adapters.discord.once import OVER
from adapters.discord.payloads import Me
from adapters.discord.places import Places, channel_name
from adapters.discord.render import holds
from adapters.discord.room import Solved, none_solved
from core.language.effects import Deliverable, Delivered, Dm, EffectKind, FetchGroup, Opens, Post, Upload
from core.language.events import Inbound
from core.language.places import MessageRef, Place
from core.language.text import Text
from core.language.wording import ENGLISH_VOICE, Voice
from core.ports import BlobStore, DeliveryError, MethodRate, NotSent, OutcomeUnknown, RefusedByPlatform, Revoked

log = logging.getLogger(__name__)

# Seconds. `deliver` returns within 30, whatever its calls add up to.
_LONGEST_DELIVERY: Final = 28.0
_BEFORE_ANEW: Final = 1.0
_LACKS: Final[tuple[EffectKind, ...]] = ("publish_home",)
_START: Final = 10.0
T = TypeVar("T")


def _now() -> datetime:
    return datetime.now(UTC)


async def _if_it_can(reading: Awaitable[Sequence[T]]) -> tuple[T, ...]:
    """Nothing from a server that has no such method. Raises a DeliveryError."""
    try:
        return tuple(await reading)
    except RefusedByPlatform as error:
        if error.code not in MISSING:
            raise
        log.warning("discord cannot be asked: %s", error)
        return ()


class DiscordAdapter:
    """`members`: whether roles make agents, which needs the privileged members intent. `gateway_url`: None lets the
    API say it. Seconds: `timeout` of one request; `patience` with the desk, before an answer is put off; `silence` of
    the gateway, which has a heartbeat to answer each 41 s. discord.py knows one server for a whole process, so there is
    one adapter in it. `solved` says which threads may be put away when the server is full."""

    def __init__(
        self,
        *,
        connection: str,
        token: str,
        handle: Handle,
        blobs: BlobStore,
        api_url: str = OFFICIAL_API,
        gateway_url: str | None = None,
        application_id: str | None = None,
        members: bool = False,
        timeout: float = 12.0,
        patience: float = PATIENCE,
        silence: float = 50.0,
        sessions: Sessions | None = None,
        now: Callable[[], datetime] = _now,
        voice: Voice = ENGLISH_VOICE,
        solved: Solved = none_solved,
    ) -> None:
        self.connection = connection
        self._token = token
        self._api_url = api_url
        self._gateway_url = gateway_url
        self._silence = silence
        self._sessions = sessions
        self._now = now
        self._why = "not started"
        self._revoked = ""
        self._listening_since: datetime | None = None
        self._changed = asyncio.Event()
        self._api = Api(lambda: self.client, timeout)
        self._places = Places(connection, self._api)
        self._gateway = Gateway(connection, self._api, self._places, blobs, api_url, voice, solved)
        self._intake = Intake(handle, self._gateway, now, patience=patience)
        self.client = DeskClient(
            connection=connection,
            intake=self._intake,
            places=self._places,
            now=now,
            ready=self._ready,
            known=self._known,
            changed=self._say,
            missed=self._missed,
            members=members,
            application_id=int(application_id) if application_id else None,
        )
        self._supervised: Supervised | None = None

    # --- life

    async def start(self) -> None:
        """Connects. Raises BadConfig when Discord refuses the token or the intents; while it cannot be reached, it is
        tried again in the background and `health` says so."""
        point_at(self._api_url, self._gateway_url)
        self._say("Discord has not been reached yet")
        find = self._gateway_url is None
        self._supervised = Supervised(
            self.client,
            self._token,
            self._say,
            self._missed,
            find_gateway=find,
            silence=self._silence,
            sessions=self._sessions,
        )
        await self._supervised.start(_START)

    async def stop_intake(self, within: float = 8.0) -> None:
        """Takes nothing new and waits at most `within` seconds for what is in flight; effects can still be
        delivered."""
        await self._intake.close(within)
        self._say("stopped")

    async def stop(self) -> None:
        await self.stop_intake()
        if self._supervised:
            await self._supervised.stop()
            self._supervised = None

    async def _ready(self) -> None:
        """At each READY: discord.py knows by now who we are."""
        self._known()
        self._revoked = ""
        # A session of its own: what happened since the one before was lost.
        self._listening_since = self._now()
        self._say("")
        try:
            if await commands.sync(self._api, str(self.client.application_id)):
                log.info("discord was told of the commands")
        except DeliveryError as error:
            # A server without them, or one that is limited now; the next READY asks again.
            log.warning("discord cannot be told of the commands: %s", error)
        if self._supervised:
            self._supervised.connected()

    def _known(self) -> None:
        """Who the desk is, and by which roles on its servers."""
        user = self.client.user
        if user is not None:
            roles = frozenset(str(guild.self_role.id) for guild in self.client.guilds if guild.self_role)
            self._intake.me = Me(self.connection, str(user.id), user.name, roles)

    def _say(self, why: str) -> None:
        self._why = why
        self._changed.set()

    def health(self) -> dict[str, Any]:
        """For /readyz: whether events can come in, and if not, why."""
        why = self._revoked or self._why
        if not why and self._intake.waiting:
            why = f"{self._intake.waiting} events wait to be taken in"
        return {"ok": not why, "why": why}

    def endpoints(self) -> dict[str, Any]:
        """None: everything comes over the gateway."""
        return {}

    async def until_healthy(self, ok: bool = True) -> None:
        """Returns when `health` says so (or, with False, when it no longer does)."""
        while self.health()["ok"] is not ok:
            await self.until_told()

    async def until_told(self) -> None:
        """Returns when `health` may say something else."""
        self._changed.clear()
        await self._changed.wait()

    @property
    def in_flight(self) -> int:
        return self._intake.in_flight

    # --- ChatPlatform

    def normalise(self, raw: Mapping[str, Any]) -> Inbound | None:
        if self._intake.me is None:
            raise NotSent("not_started", "who the desk is on Discord is not known yet")
        return inbound.read(raw, self._intake.me, self._now())

    @property
    def lacks(self) -> Collection[EffectKind]:
        # Apps have no page of their own; /ticket mine is what there is.
        return _LACKS

    def rates(self) -> Mapping[str, MethodRate]:
        return limits.RATES

    def holds(self, text: Text) -> bool:
        return holds(text, Ink(self.connection))

    async def deliver(self, effect: Deliverable) -> Delivered:
        try:
            async with asyncio.timeout(_LONGEST_DELIVERY):
                made = await self._deliver(effect)
        except Revoked as error:
            self._revoked = f"Discord does not accept the token any more ({error.code})"
            self._changed.set()
            raise
        except TimeoutError as error:
            raise OutcomeUnknown("timeout", f"{effect.kind} took too long") from error
        if self._revoked:
            self._revoked = ""
            self._changed.set()
        return made

    async def _deliver(self, effect: Deliverable) -> Delivered:
        """A bad answer to a message is looked into at once, and what is not there is said again: people wait for it."""
        guilds = await self._guilds(effect)
        began = datetime.now(UTC)
        try:
            return await self._gateway.deliver(effect, guilds, self._intake.me)
        except OutcomeUnknown as unknown:
            if unknown.code not in OVER or not await self._is_message(effect):
                raise
            await asyncio.sleep(_BEFORE_ANEW)
            try:
                found = await self.read_back(effect, since=began)
            except DeliveryError:
                raise unknown from None
        return found or await self._gateway.deliver(effect, guilds, self._intake.me)

    async def _guilds(self, effect: Deliverable) -> list[str]:
        """The servers that the desk is in. Who has a role is asked before the gateway has told of them. Raises a
        DeliveryError."""
        known = [str(guild.id) for guild in self.client.guilds]
        if known or not isinstance(effect, FetchGroup):
            return known
        found = await _if_it_can(self._api.guilds())
        if not found:
            raise NotSent("no_server", "Discord has not told yet which servers the desk is in")
        return list(found)

    async def _is_message(self, effect: Deliverable) -> bool:
        """Whether it has a key on Discord. Raises a DeliveryError."""
        match effect:
            case Post(opens=Opens() as opens):
                return not await begins_apart(self._places, effect.place, opens)
            case _:
                return isinstance(effect, Post | Upload | Dm)

    async def read_back(self, effect: Deliverable, *, since: datetime) -> Delivered | None:
        me = self._intake.me
        if me is None:
            raise OutcomeUnknown("not_started", "who the desk is on Discord is not known yet")
        dm = await self._gateway.dm_channel(effect.person) if isinstance(effect, Dm) else None
        return await reading.read_back(self._api, me, self._places, effect, dm, since)

    def listening_since(self) -> datetime | None:
        return self._listening_since if self.health()["ok"] else None

    def _missed(self) -> None:
        """Something that came could not be taken in."""
        self._listening_since = self._now()

    async def history(
        self, place: Place, *, after: str | None, limit: int, reactions: Collection[str] = ()
    ) -> tuple[Mapping[str, Any], ...]:
        found = reading.history(self._api, self._places, place, after=after, limit=limit, reactions=reactions)
        return await _if_it_can(found)

    async def touched(self, channel: Place, *, after: str) -> tuple[Place, ...]:
        return await _if_it_can(reading.touched(self._api, self._places, channel, after=after))

    async def look_up(self, ref: MessageRef, *, reactions: Collection[str] = ()) -> tuple[Mapping[str, Any], ...]:
        found = reading.look_up(self._api, self._places, ref, reactions=reactions, now=self._now())
        return await _if_it_can(found)

    def id_at(self, at: datetime) -> str:
        return str(time_snowflake(at))

    async def channel_name(self, channel: str) -> str | None:
        return await channel_name(self._api, channel)

    def permalink(self, ref: MessageRef) -> str | None:
        """None where the channel's server is not known."""
        parts = urlsplit(self._api_url)
        base = f"{parts.scheme}://{parts.netloc}/channels"
        channel = self.client.get_channel(int(ref.channel)) if ref.channel.isdigit() else None
        guild = getattr(channel, "guild", None)
        if guild is None:
            return None
        return f"{base}/{guild.id}/{ref.thread or ref.channel}/{ref.message}"
