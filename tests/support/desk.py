"""A desk on a real database, driven by named people: what they write, press and type goes through `Desk.handle`, and
what the desk wants to say is read from its outbox or, after `deliver`, from the chat.

Ann and Al are customers of Globex, Ian of Initech, Zoe of nobody. Bo and Ida are agents, Mia leads, Sam is a manager;
Eve and Max are agents by their platform's group. A person is named by the first name in lower case.
"""

import itertools
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection as DatabaseConnection
from sqlalchemy import select
from support.deliveries import FAST, running
from support.desk_policy import DIRECT as DIRECT
from support.desk_policy import GLOBEX as GLOBEX
from support.desk_policy import MAIN as MAIN
from support.desk_policy import MANAGERS as MANAGERS
from support.desk_policy import NAMES as NAMES
from support.desk_policy import OFFICE as OFFICE
from support.desk_policy import START as START
from support.desk_policy import TRIAGE as TRIAGE
from support.desk_policy import policy as policy
from support.desk_policy import who as who
from support.fake_platform import FakeChat, FakePlatform
from support.processes import until
from support.reading import buttons as buttons
from support.reading import text_of as text_of

from core.desk import digesting, reminding, starting
from core.desk.desk import Desk
from core.desk.hooks import DeskHooks
from core.desk.live import Artist
from core.desk.unit import Cause, Unit
from core.language import events
from core.language.answers import Answer
from core.language.codec import load_shown
from core.language.effects import EffectKind, Live, PersonProfile
from core.language.events import FileRef, Inbound, MessagePosted
from core.language.facts import ClockFacts, MessageFacts, TicketFacts
from core.language.places import MessageRef, Place
from core.language.policy import (
    Policy,
)
from core.language.text import Text, words
from core.language.views import Card, Home
from core.ports import LanguageModel
from core.rules.splitting import Rooms
from core.store import clocks, queries
from core.store import tables as t
from core.store.directory import Directory
from core.store.engine import Store, Tx
from jobs.delivery import Delivery
from jobs.suggesting import ModelSettings, Suggesting

T = TypeVar("T")


class MovableClock:
    """The desk's time: stands still until it is moved."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass(frozen=True)
class Outgoing:
    """A row of the outbox. `card` is what it shows now."""

    id: int
    kind: str
    channel: str
    side: str | None
    audience: str
    purpose: str
    ticket: int | None
    person: str | None
    thread: str | None
    pings: tuple[str, ...]
    args: Mapping[str, Any]
    live: Live | None
    card: Card | Home | None

    @property
    def text(self) -> str:
        return text_of(self.card)


@dataclass
class DeskDriver:
    """`last` is the answer to what was done last; `model` is asked about new tickets."""

    store: Store
    policy: Policy
    clock: MovableClock = field(default_factory=MovableClock)
    chat: FakeChat = field(default_factory=lambda: FakeChat(MAIN))
    # Those of a platform whose threads cannot be put away.
    lacks: Collection[EffectKind] = ("set_thread",)
    last: Answer | None = None
    model: LanguageModel | None = None
    model_settings: ModelSettings = field(default_factory=ModelSettings)

    def __post_init__(self) -> None:
        self._counter = itertools.count(1)
        self._events: dict[int, Inbound] = {}
        self._written: dict[str, MessagePosted] = {}
        self.chat.profiles = {who(n).user: PersonProfile(who(n), full) for n, full in NAMES.items()}
        self.chat.groups = {"S0AGENTS": (who("eve").user, who("max").user)}
        self.directory = Directory(self.policy)
        rooms = Rooms({MAIN: self.chat.holds})
        self.desk = Desk(
            self.store,
            self.policy,
            self.clock,
            self.directory,
            {MAIN: self.normalise},
            {MAIN: self.lacks},
            rooms=rooms,
            asks_model=self.model is not None,
        )
        self.suggesting = Suggesting(
            self.store, self.model, policy=self.policy, directory=self.directory, settings=self.model_settings
        )
        self.artist = Artist(
            self.policy, self.directory, self.clock.now, lambda ref: f"https://chat/{ref.message}", rooms
        )

    async def start(self) -> "DeskDriver":
        await self.unit(starting.adopt_policy)
        return self

    async def unit(self, work: Callable[[Unit], T]) -> T:
        """Something that a job does."""
        return await self.store.transact(lambda tx: work(self.desk.unit(tx, Cause(None, "test"))))

    def normalise(self, raw: Mapping[str, Any]) -> Inbound | None:
        """As a platform's: the event that the payload is of; for a message that is read back, the one that it was
        written with."""
        if "event" in raw:
            return self._events[raw["event"]]
        if raw["message"] not in self._written:
            raise ValueError("this is no message")
        return self._written[raw["message"]]

    def event(self, make: Callable[..., Inbound], **values: Any) -> Inbound:
        """An event that can be made again from its payload."""
        number = next(self._counter)
        made = make(connection=MAIN, at=values.pop("at", self.clock.now()), raw={"event": number}, **values)
        self._events[number] = made
        return made

    def adopt(self, other: "DeskDriver") -> None:
        """Payloads of another desk's events mean the same here."""
        self._events, self._written = other._events, other._written

    async def handle(self, event: Inbound) -> Answer | None:
        self.last = await self.desk.handle(event)
        return self.last

    # --- what people do ---------------------------------------------------------------------------------------

    def message(
        self, name: str, text: str | Text, channel: str = GLOBEX, *, thread: MessageRef | None = None, **more: Any
    ) -> MessagePosted:
        """A message that somebody wrote, of which the desk does not know yet."""
        spans = words(text) if isinstance(text, str) else text
        ref = self.chat.write(channel, "", (thread.thread or thread.message) if thread else None)
        made = self.event(
            MessagePosted, ref=ref, author=who(name), text=spans, **{"author_name": NAMES.get(name), **more}
        )
        assert isinstance(made, MessagePosted)
        self._written[ref.message] = made
        return made

    async def says(self, name: str, text: str | Text, channel: str = GLOBEX, **more: Any) -> MessageRef:
        """Also `thread`, a message in the thread where it is written, and what MessagePosted has."""
        message = self.message(name, text, channel, **more)
        await self.handle(message)
        return message.ref

    def file(
        self, name: str = "a.png", data: bytes = b"bytes", *, size: int | None = None, type_: str = "image/png"
    ) -> FileRef:
        """A file that the platform holds, and its size as the platform tells it."""
        return FileRef(name, type_, len(data) if size is None else size, self.chat.attach(data))

    async def edits(self, name: str | None, ref: MessageRef, text: str, edition: str = "1") -> None:
        author = who(name) if name else None
        await self.handle(self.event(events.MessageEdited, ref=ref, author=author, text=words(text), edition=edition))

    async def deletes(self, ref: MessageRef) -> None:
        await self.handle(self.event(events.MessageDeleted, ref=ref))

    async def reacts(self, name: str, ref: MessageRef, emoji: str) -> Answer | None:
        return await self.handle(self._reaction(events.ReactionAdded, name, ref, emoji))

    async def unreacts(self, name: str, ref: MessageRef, emoji: str) -> None:
        await self.handle(self._reaction(events.ReactionRemoved, name, ref, emoji))

    def _reaction(self, make: Any, name: str, ref: MessageRef, emoji: str) -> Inbound:
        return self.event(make, ref=ref, person=who(name), name=emoji, event_time=str(next(self._counter)))

    def _interaction(self, make: Any, name: str, **values: Any) -> Inbound:
        return self.event(make, person=who(name), interaction=f"i{next(self._counter)}", **values)

    def command(self, name: str, text: str, channel: str = TRIAGE, **more: Any) -> Inbound:
        """`/ticket text`, of which the desk does not know yet."""
        place = Place(MAIN, channel, more.pop("thread", None))
        return self._interaction(events.CommandTyped, name, text=text, place=place, **more)

    async def types(self, name: str, text: str, channel: str = TRIAGE, **more: Any) -> Answer | None:
        return await self.handle(self.command(name, text, channel, **more))

    async def presses(
        self, name: str, token: str, value: str | None = None, on: MessageRef | None = None
    ) -> Answer | None:
        return await self.handle(self._interaction(events.ActionPressed, name, token=token, value=value, ref=on))

    async def submits(self, name: str, token: str, **values: str) -> Answer | None:
        return await self.handle(self._interaction(events.FormSubmitted, name, token=token, values=values))

    async def uses(self, name: str, shortcut: str, message: MessagePosted) -> Answer | None:
        return await self.handle(self.shortcut(name, shortcut, message))

    def shortcut(self, name: str, shortcut: str, message: MessagePosted) -> events.ShortcutUsed:
        interaction = f"i{next(self._counter)}"
        used: events.ShortcutUsed = self.event(
            events.ShortcutUsed, person=who(name), interaction=interaction, name=shortcut, message=message
        )
        return used

    async def asks(self, name: str, token: str, query: str) -> Answer | None:
        return await self.handle(self._interaction(events.ChoicesAsked, name, token=token, query=query))

    # --- jobs -------------------------------------------------------------------------------------------------

    async def sweeps(self) -> int:
        """Tells of what is due now."""
        return await self.unit(lambda unit: reminding.sweep(unit, self.artist.link))

    async def posts_digests(self) -> int:
        return await self.unit(lambda unit: digesting.due(unit, self.artist.link))

    async def deliver(self) -> None:
        """Until nothing waits in the outbox."""
        await self._deliver(None, t.outbox.c.id.is_not(None))

    async def ask_model(self, within: float) -> None:
        """Until the model was asked about everything; nothing else is delivered."""
        await self._deliver({}, t.outbox.c.kind == "model", within)

    async def _deliver(self, platforms: Mapping[str, FakePlatform] | None, which: Any, within: float = 10) -> None:
        waiting = select(t.outbox.c.id).where(which, t.outbox.c.state.in_(["pending", "sending", "unknown"])).limit(1)

        async def done() -> bool:
            return await self.store.read(lambda connection: connection.execute(waiting).first() is None)

        async with running(self.delivery(platforms)):
            await until(done, within, what="an empty outbox")

    def delivery(self, platforms: Mapping[str, FakePlatform] | None = None, **settings: Any) -> Delivery:
        """The delivery of this desk, not started."""
        return Delivery(
            self.store,
            {MAIN: FakePlatform(self.chat)} if platforms is None else platforms,
            draw=self.artist.draw,
            hooks=DeskHooks(self.desk),
            policy=self.policy,
            clock=self.clock,
            settings=replace(FAST, **settings),
            suggest=self.suggesting,
        )

    # --- what came of it --------------------------------------------------------------------------------------

    def read(self, fn: Callable[[DatabaseConnection], T]) -> Awaitable[T]:
        return self.store.read(fn)

    async def tickets(self) -> list[TicketFacts]:
        numbers = select(t.ticket.c.number).order_by(t.ticket.c.number)
        return await self.read(lambda c: [x for n in c.scalars(numbers) if (x := queries.ticket(c, n))])

    async def ticket(self, number: int = 1) -> TicketFacts:
        found = await self.read(lambda c: queries.ticket(c, number))
        assert found, f"there is no T-{number}"
        return found

    async def messages(self, number: int = 1) -> list[MessageFacts]:
        return list(await self.read(lambda c: queries.messages(c, number)))

    async def bodies(self, number: int = 1) -> list[str]:
        return [message.body for message in await self.messages(number)]

    async def events_of(self, number: int = 1) -> list[str]:
        return [entry.event for entry in await self.read(lambda c: queries.timeline(c, number))]

    async def causes(self, number: int = 1) -> dict[str, tuple[str, str]]:
        """The newest (actor, cause) of each kind of event."""
        return {e.event: (e.actor, e.cause) for e in await self.read(lambda c: queries.timeline(c, number))}

    async def clocks(self, number: int = 1) -> dict[str, ClockFacts]:
        return {c.target: c for c in await self.read(lambda c: clocks.of_ticket(c, number))}

    async def outbox(self, *, kind: str | None = None, side: str | None = None) -> list[Outgoing]:
        """All effects, delivered ones included, oldest first."""

        def rows(connection: DatabaseConnection) -> list[Outgoing]:
            return [
                self._outgoing(connection, row) for row in connection.execute(select(t.outbox).order_by(t.outbox.c.id))
            ]

        found = await self.read(rows)
        return [o for o in found if kind in (None, o.kind) and side in (None, o.side)]

    def _outgoing(self, connection: DatabaseConnection, row: Any) -> Outgoing:
        shown = load_shown(row.shown) if row.shown else None
        return Outgoing(
            id=row.id,
            kind=row.kind,
            channel=row.channel,
            side=row.side,
            audience=row.audience,
            purpose=row.purpose,
            ticket=row.ticket,
            person=row.person,
            thread=row.thread,
            pings=tuple(ping["user"] for ping in row.pings),
            args=row.args,
            live=shown if isinstance(shown, Live) else None,
            card=self._drawn(connection, shown) if isinstance(shown, Live) else shown,
        )

    def _drawn(self, connection: DatabaseConnection, live: Live) -> Card | Home:
        # A stopped clock would wait for ever for a name that nobody fetches.
        artist = replace(self.artist, now=lambda: self.clock.now() + timedelta(minutes=1))
        return artist.draw(connection, live)

    async def posts(self, side: str | None = None, purpose: str | None = None) -> list[str]:
        """The words of all new posts."""
        found = await self.outbox(kind="post", side=side)
        return [o.text for o in found if purpose in (None, o.purpose)]

    async def told_customers(self) -> list[str]:
        """What went, or goes, to the customer's side, receipts apart."""
        return [o.text for o in await self.outbox(kind="post", side="customer") if "receipt" not in o.purpose]

    async def receipt(self, number: int = 1) -> Card:
        return await self._live("receipt", number)

    async def card(self, number: int = 1) -> Card:
        return await self._live("triage_card", number)

    async def _live(self, view: Any, subject: int) -> Card:
        drawn = await self.read(lambda connection: self._drawn(connection, Live(view, subject)))
        assert isinstance(drawn, Card)
        return drawn

    async def home_of(self, name: str) -> str:
        def draw(connection: DatabaseConnection) -> str:
            person = self.directory.look_up(connection, who(name))
            assert person
            return text_of(self.artist.draw(connection, Live("home", person.id)))

        return await self.read(draw)

    def sent(self, role: str) -> Awaitable[list[MessageRef]]:
        """The desk's own posts in a role, after `deliver`."""
        found = select(t.sent).where(t.sent.c.role == role).order_by(t.sent.c.message)
        return self.read(lambda c: [MessageRef(r.connection, r.channel, r.message, r.thread) for r in c.execute(found)])

    async def receipts_in(self, state: str) -> list[Any]:
        rows = select(t.receipt).where(t.receipt.c.state == state).order_by(t.receipt.c.id)
        return list(await self.read(lambda connection: connection.execute(rows).all()))

    async def count(self, table: Any) -> int:
        return len(await self.read(lambda connection: connection.execute(select(table)).all()))

    async def set_all(self, table: Any, **values: Any) -> None:
        """Columns of all rows: what a later version of the desk, or an operator, has done."""
        await self.store.transact(lambda tx: _set(tx, table, values))


def _set(tx: Tx, table: Any, values: Mapping[str, Any]) -> None:
    tx.execute(table.update().values(**values))
