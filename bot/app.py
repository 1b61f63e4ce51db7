"""The only place where the parts are put together: build, start, stop."""

import asyncio
import contextlib
import enum
import signal
import socket
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from adapters.language_model import OpenAiModel
from adapters.web.app import Check, create_app
from bot import memory
from bot.clock import DeskClock, adopt, follow
from bot.control import control_app, serve_control, socket_file
from bot.http import bind, serving
from bot.introductions import Introductions
from bot.metrics import registry
from bot.model import language_model, model_settings, patience
from bot.platforms import PLATFORMS
from bot.platforms.kind import Adapter, Kinds, Surroundings
from bot.preflight import MOST_CHANNELS, no_such_channels
from bot.settings import Settings
from core.desk import starting
from core.desk.desk import Desk
from core.desk.hooks import DeskHooks
from core.desk.live import Artist
from core.desk.unit import Cause
from core.language.answers import Answer
from core.language.errors import BadConfig
from core.language.events import Inbound
from core.language.places import MessageRef, Place
from core.language.policy import Policy
from core.rules.splitting import Rooms
from core.store import finding, migrate
from core.store.blobs import FolderBlobs
from core.store.directory import Directory
from core.store.engine import Store, Tx
from core.store.lock import desk_lock
from jobs import aside, digest, housekeeping, sla
from jobs.auditor import Auditor
from jobs.catch_up import CatchUp
from jobs.clock import Tick, Ticks
from jobs.delivery import Delivery, DeliverySettings
from jobs.suggesting import Suggesting
from jobs.supervise import Supervisor

log = structlog.get_logger(__name__)

_AUDIT_SECONDS = 30.0
_MARK_SECONDS = 60.0
_HOUSEKEEPING_SECONDS = 3600.0


class Outcome(enum.IntEnum):
    """Why the desk ended; a change of the sandbox's world means that it should begin anew."""

    STOPPED = 0
    WORLD_CHANGED = 1


@dataclass
class App:
    """A desk put together, not started: `running` does that."""

    settings: Settings
    policy: Policy
    clock: DeskClock
    store: Store
    desk: Desk
    # By connection.
    chats: Mapping[str, Adapter]
    delivery: Delivery
    auditor: Auditor
    supervisor: Supervisor
    introductions: Introductions
    suggesting: Suggesting
    model: OpenAiModel | None

    def permalink(self, ref: MessageRef) -> str | None:
        adapter = self.chats.get(ref.connection)
        return adapter.permalink(ref) if adapter else None

    async def tell_what_is_due(self) -> None:
        """Promises and digests, now."""
        await sla.sweep(self.desk, self.permalink)
        await digest.post_due(self.desk, self.permalink)

    async def clean_up(self) -> None:
        await housekeeping.clean_up(self.store)

    async def retry_quarantined(self) -> None:
        await aside.retry_quarantined(self.desk)


def delivery_settings(settings: Settings) -> DeliverySettings:
    return DeliverySettings(
        settle_seconds=settings.settle_seconds,
        lease_seconds=settings.lease_seconds,
        base_retry=settings.retry_base_seconds,
        max_attempts=settings.max_delivery_attempts,
        rate_factor=settings.rate_factor,
        # Nobody looks up what became of a send before it was given up, and some time has passed since.
        timeout=min(20.0, settings.settle_seconds / 2),
        stop_seconds=settings.shutdown_seconds * 0.5,
        model_timeout=patience(settings),
    )


async def build(settings: Settings, policy: Policy, platforms: Kinds = PLATFORMS) -> App:
    """Put the parts together on a database that is migrated. Raises BadConfig for what cannot work."""
    clock = DeskClock()
    if settings.clock_url:
        await adopt(clock, settings.clock_url)
    blobs = FolderBlobs(settings.data / "blobs")
    directory = Directory(policy)

    async def handle(event: Inbound) -> Answer | None:
        await introductions.made()
        return await desk.handle(event)

    async def solved(connection: str, threads: Collection[str]) -> Sequence[Place]:
        return await store.read(lambda c: finding.solved_threads(c, connection, threads))

    around = Surroundings(handle, blobs, clock.now, policy, solved)
    chats = {c.id: platforms[c.platform].build(settings, c.id, around) for c in policy.connections}
    store = await Store.open(settings.database_url.get_secret_value(), overflow_after=settings.overflow_seconds)
    rooms = Rooms({name: adapter.holds for name, adapter in chats.items()})
    desk = Desk(
        store,
        policy,
        clock,
        directory,
        normalise={name: adapter.normalise for name, adapter in chats.items()},
        lacks={name: adapter.lacks for name, adapter in chats.items()},
        rooms=rooms,
        asks_model=settings.openai_api_key is not None,
    )

    def permalink(ref: MessageRef) -> str | None:
        adapter = chats.get(ref.connection)
        return adapter.permalink(ref) if adapter else None

    model = language_model(settings)
    suggesting = Suggesting(store, model, policy=policy, directory=directory, settings=model_settings(settings))
    delivery = Delivery(
        store,
        chats,
        draw=Artist(policy, directory, clock.now, permalink, rooms).draw,
        hooks=DeskHooks(desk),
        policy=policy,
        clock=clock,
        settings=delivery_settings(settings),
        suggest=suggesting,
    )
    introductions = Introductions(store, policy, {name: adapter.health for name, adapter in chats.items()})
    return App(
        settings,
        policy,
        clock,
        store,
        desk,
        chats,
        delivery,
        Auditor(store, connections=list(chats)),
        Supervisor(),
        introductions,
        suggesting,
        model,
    )


@contextlib.asynccontextmanager
async def running(
    app: App, listener: socket.socket, *, channels: Mapping[Place, str] | None = None, home: str | None = None
) -> AsyncIterator[App]:
    """Start everything; at the end stop intake first, finish what is in flight, leave the rest for the next start.

    `channels` are the names that are known already of those that desk.yaml names; `home` is where the desk's own `/`
    leads."""
    settings = app.settings
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(app.store.close)
        if app.model:
            stack.push_async_callback(app.model.close)
        for adapter in app.chats.values():
            stack.push_async_callback(adapter.stop)
        stack.push_async_callback(app.supervisor.stop, settings.shutdown_seconds * 0.6)
        catching_up = CatchUp(app.desk, app.chats)

        async def catch_up() -> None:
            try:
                await app.introductions.made()
            except ConnectionAbortedError:  # the desk stops before it has begun
                return
            await catching_up.tick()

        ticks = Ticks(
            app.store,
            [
                Tick("due", settings.tick_seconds, app.tell_what_is_due),
                Tick("quarantine", settings.tick_seconds * 3, app.retry_quarantined),
                Tick("audit", _AUDIT_SECONDS, app.auditor.tick),
                Tick("catch up", settings.tick_seconds, catch_up),
                Tick("housekeeping", _HOUSEKEEPING_SECONDS, app.clean_up, once=True),
                Tick("marks", _MARK_SECONDS, catching_up.move_marks),
            ],
        )
        web = create_app(
            ready=_checks(app, ticks),
            registry=registry(app.desk, app.delivery, app.suggesting),
            endpoints={path: found for chat in app.chats.values() for path, found in chat.endpoints().items()},
            home=home,
        )
        if app.store.dialect == "sqlite":  # on PostgreSQL several processes may share a data folder
            await stack.enter_async_context(serve_control(socket_file(settings.data), control_app(app.store, app.desk)))
        for adapter in app.chats.values():
            stack.push_async_callback(adapter.stop_intake, settings.shutdown_seconds * 0.3)
        stack.callback(app.introductions.abandon)
        await _connect(app)
        found = await _channels(app, channels or {})
        await app.store.transact(lambda tx: _adopt(app, tx, found))
        await stack.enter_async_context(serving(web, listener))
        app.supervisor.add("delivery", app.delivery.run, stale_after=120)
        stack.push_async_callback(_ended, asyncio.create_task(app.introductions.make()))
        app.supervisor.add("ticks", ticks.run, stale_after=120)
        app.supervisor.add("stored events", lambda beat: aside.drain_stored(app.desk, beat), stale_after=120)
        if settings.clock_url:
            url = settings.clock_url
            app.supervisor.add("clock", lambda beat: follow(app.clock, url, app.tell_what_is_due, beat))
        yield app


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait({task})


async def _connect(app: App) -> None:
    """All platforms at a time, so that one that cannot be reached keeps no other waiting. Raises BadConfig with what
    any of them refuses."""
    outcomes = await asyncio.gather(*(adapter.start() for adapter in app.chats.values()), return_exceptions=True)
    refused = [problem for one in outcomes if isinstance(one, BadConfig) for problem in one.problems]
    if refused:
        raise BadConfig(refused)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


async def _channels(app: App, known: Mapping[Place, str]) -> dict[Place, str]:
    """The names of channels that desk.yaml names for the first time, of which most may be known. Raises BadConfig with
    all that do not exist; one that was there once and is gone is no mistake in the file, and stops nobody else's
    work."""
    named = await app.store.read(lambda connection: starting.unchecked_channels(connection, app.policy))
    found = {place: known[place] for place in named if place in known}
    asked = [place for place in named if place not in found][: MOST_CHANNELS - len(found)]
    names = await asyncio.gather(*(app.chats[place.connection].channel_name(place.channel) for place in asked))
    looked_up = dict(zip(asked, names, strict=True))
    problems = no_such_channels(app.settings, named, looked_up)
    if problems:
        raise BadConfig(problems)
    return found | {place: name or "" for place, name in looked_up.items()}


def _adopt(app: App, tx: Tx, channels: Mapping[Place, str]) -> None:
    """What a start writes, once nothing refuses it any more."""
    starting.adopt_policy(app.desk.unit(tx, Cause(None, "start")))
    starting.channels_checked(tx, channels, app.clock.now())


def _checks(app: App, ticks: Ticks) -> dict[str, Check]:
    """What must be well for the desk to take work."""

    def database() -> dict[str, Any]:
        return {"ok": app.store.healthy, "why": app.store.last_error or ""}

    def jobs() -> dict[str, Any]:
        ill = [f"{name}: {job.detail}" for name, job in app.supervisor.health().items() if not job.ok]
        ill += [f"tick {name}: {error}" for name, error in ticks.failing().items()]
        return {"ok": not ill, "why": "; ".join(ill)}

    def delivery() -> dict[str, Any]:
        health = app.delivery.health()
        why = [f"{name} is paused: {reason}" for name, reason in health.paused.items()]
        why += [f"{name} cannot be reached" for name in health.unreachable]
        why += app.auditor.problems()
        return {"ok": not why, "why": "; ".join(why)}

    chats = {f"{app.policy.platform_of[name]} {name}": chat.health for name, chat in app.chats.items()}
    return {"database": database, "jobs": jobs, "delivery": delivery, "agents": app.introductions.check, **chats}


async def serve(
    settings: Settings,
    policy: Policy,
    channels: Mapping[Place, str] | None = None,
    *,
    world: str | None = None,
    home: str | None = None,
) -> Outcome:
    """Run the desk until SIGTERM or SIGINT, or until the followed sandbox is in another world than `world`. `channels`
    and the errors are those of `preflight.look`, which is told first what can be."""
    url = settings.database_url.get_secret_value()
    with contextlib.closing(bind(settings.host, settings.port)) as listener, desk_lock(url):
        _prepare_database(settings, url)
        stop, changed = asyncio.Event(), asyncio.Event()

        def other_world() -> None:
            changed.set()
            stop.set()

        with _signals(stop):
            app = await build(settings, policy)
            app.clock.expect_world(world, other_world)
            async with running(app, listener, channels=channels, home=home):
                address = listener.getsockname()
                memory.settle()
                log.info("ready", http=f"http://{address[0]}:{address[1]}/", desk=policy.name)
                await stop.wait()
                log.info("stopping")
    return Outcome.WORLD_CHANGED if changed.is_set() else Outcome.STOPPED


def _prepare_database(settings: Settings, url: str) -> None:
    """SQLite is migrated at each start; PostgreSQL by `deskhand migrate`, since several processes share it."""
    if settings.sqlalchemy_url.get_backend_name() == "sqlite":
        migrate.upgrade(url)
    else:
        migrate.check(url)


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
