"""A desk's outbox with a delivery at work on a fake platform."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select
from support.fake_platform import PATIENCE, FakeChat, FakePlatform

from core.language.effects import Live, Urgency
from core.language.facts import Suggestion
from core.language.places import Place
from core.language.policy import Account, AccountChannel, Policy, Team
from core.language.policy import Connection as PolicyConnection
from core.language.views import Card, Home
from core.language.words import Side
from core.store import tables as t
from core.store import writes
from core.store.claims import Row
from core.store.engine import Store, Tx
from core.store.outbox import Effect, enqueue
from jobs.delivery import Delivery, DeliverySettings

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

POLICY = Policy(
    name="Acme Support",
    timezone="UTC",
    connections=(PolicyConnection("main", "slack"),),
    teams=(Team("support", "Support", (), Place("main", "TRIAGE")),),
    accounts=(Account("globex", "Globex", None, "support", (AccountChannel(Place("main", "GLOBEX"), "every"),)),),
)

# As short as they can be without guessing: a test that needs time to pass waits for what it brings.
FAST = DeliverySettings(
    settle_seconds=0.25,
    lease_seconds=2.0,
    timeout=5.0,
    base_retry=0.01,
    max_retry=0.05,
    max_attempts=3,
    patience_seconds=0.0,
    margin_seconds=5.0,
    rate_factor=1000.0,
    probe_seconds=0.05,
    max_outage_wait=0.05,
    stop_seconds=0.5,
)


class StoppedClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class NotedHooks:
    """Notes what the rest of the desk would be told."""

    seen: list[tuple[Any, ...]] = field(default_factory=list)

    def on_person(self, tx: Tx, person: int) -> None:
        tx.after_commit(lambda: self.seen.append(("person", person)))

    def on_group(self, tx: Tx, connection: str, group: str) -> None:
        tx.after_commit(lambda: self.seen.append(("group", connection, group)))

    def on_file(self, tx: Tx, attachment: int, *, known_as: str) -> None:
        tx.after_commit(lambda: self.seen.append(("file", attachment)))

    def on_upload(self, tx: Tx, ticket: int, message: int) -> None:
        tx.after_commit(lambda: self.seen.append(("upload", message)))

    def on_backfill(self, tx: Tx, row: Row, raws: Sequence[Mapping[str, Any]]) -> None:
        tx.after_commit(lambda: self.seen.append(("backfill", row.ticket, [raw["text"] for raw in raws])))

    def on_suggestion(self, tx: Tx, ticket: int, suggestion: Suggestion) -> None:
        tx.after_commit(lambda: self.seen.append(("suggestion", ticket, suggestion)))

    def on_problem(self, tx: Tx, ticket: int) -> None:
        tx.after_commit(lambda: self.seen.append(("problem", ticket)))

    def on_begun(self, tx: Tx, ticket: int) -> None:
        tx.after_commit(lambda: self.seen.append(("begun", ticket)))


def draw(connection: Connection, live: Live) -> Card | Home:
    """A card says what the database says when it is drawn."""
    if live.view == "home":
        return Home((), ())
    subject = connection.execute(select(t.ticket.c.subject).where(t.ticket.c.number == live.subject)).scalar_one()
    return Card(fallback=f"{live.view}: {subject}")


def delivery(
    store: Store, *platforms: FakePlatform, settings: DeliverySettings = FAST, hooks: NotedHooks | None = None
) -> Delivery:
    return Delivery(
        store,
        {platform.connection: platform for platform in platforms},
        draw=draw,
        hooks=hooks or NotedHooks(),
        policy=POLICY,
        clock=StoppedClock(),
        settings=settings,
    )


@asynccontextmanager
async def running(made: Delivery) -> AsyncIterator[Delivery]:
    """Delivers meanwhile. An error that ends it fails the test."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.run())
        try:
            yield made
        finally:
            task.cancel()


@asynccontextmanager
async def delivering(
    store: Store, chat: FakeChat, *, by: str = "desk", hooks: NotedHooks | None = None, **settings: Any
) -> AsyncIterator[Delivery]:
    async with running(
        delivery(store, FakePlatform(chat, by=by), settings=replace(FAST, **settings), hooks=hooks)
    ) as made:
        yield made


# --- rows ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ticket:
    number: int
    customer: int
    triage: int


def _open(tx: Tx, subject: str, root: str | None) -> Ticket:
    person = writes.add_person(
        tx, {"name": "Ann", "email": None, "timezone": None, "account": None, "agent": None, "created_at": NOW}
    )
    number = writes.add_ticket(
        tx,
        {
            "status": "new",
            "priority": "normal",
            "type": "question",
            "tags": [],
            "fields": {},
            "subject": subject,
            "description": subject,
            "requester": person,
            "team": "support",
            "created_at": NOW,
            "updated_at": NOW,
        },
    )
    sides: dict[Side, tuple[str, str | None]] = {"customer": ("GLOBEX", root), "triage": ("TRIAGE", None)}
    made = {
        side: writes.add_conversation(
            tx,
            {
                "ticket": number,
                "side": side,
                "connection": "main",
                "channel": channel,
                "thread": thread,
                "created_at": NOW,
            },
        )
        for side, (channel, thread) in sides.items()
    }
    return Ticket(number, made["customer"], made["triage"])


async def open_ticket(store: Store, chat: FakeChat | None = None, subject: str = "Export fails") -> Ticket:
    """A ticket; with a `chat` its customer's side is a thread on a message there."""
    root = chat.write("GLOBEX", subject).message if chat else None
    return await store.transact(lambda tx: _open(tx, subject, root))


def card_of(ticket: Ticket) -> Effect:
    return Effect(
        kind="post",
        connection="main",
        channel="TRIAGE",
        conversation=ticket.triage,
        side="triage",
        urgency="card",
        purpose="card",
        ticket=ticket.number,
        shown=Live("triage_card", ticket.number),
    )


def note(ticket: Ticket, text: str, **more: Any) -> Effect:
    """A post in the card's thread."""
    return Effect(
        kind="post",
        connection="main",
        channel="TRIAGE",
        conversation=ticket.triage,
        side="triage",
        urgency="card",
        purpose="status",
        ticket=ticket.number,
        shown=Card(fallback=text),
        **more,
    )


def reply(ticket: Ticket, text: str, **more: Any) -> Effect:
    """A post in the customer's thread."""
    return Effect(
        kind="post",
        connection="main",
        channel="GLOBEX",
        conversation=ticket.customer,
        side="customer",
        audience="public",
        urgency="reply",
        purpose="reply",
        ticket=ticket.number,
        shown=Card(fallback=text),
        **more,
    )


def post(channel: str, text: str, *, urgency: Urgency = "reminder", **more: Any) -> Effect:
    """A post at the top level of a channel."""
    return Effect(
        kind="post",
        connection="main",
        channel=channel,
        urgency=urgency,
        purpose=more.pop("purpose", "reminder"),
        shown=Card(fallback=text),
        **more,
    )


async def put(store: Store, *effects: Effect) -> None:
    await store.transact(lambda tx: enqueue(tx, effects))


_states = select(t.outbox.c.state, t.outbox.c.attempts, t.outbox.c.error).order_by(t.outbox.c.id)


async def states(store: Store) -> list[str]:
    """Of every row, oldest first."""
    return await store.read(lambda connection: [row.state for row in connection.execute(_states)])


async def rows(store: Store, table: Any, *columns: str) -> list[tuple[Any, ...]]:
    """Columns of every row, in the order of the primary key."""
    statement = select(*(table.c[name] for name in columns)).order_by(*table.primary_key.columns)
    return await store.read(lambda connection: [tuple(row) for row in connection.execute(statement)])


async def eventually(holds: Callable[[], Any]) -> None:
    """Waits until what `holds` says is true; it may be a coroutine function."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = holds()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.005)


async def all_settled(store: Store) -> None:
    """Waits until nothing waits in the outbox any more."""

    async def settled() -> bool:
        return not set(await states(store)) & {"pending", "sending", "unknown"}

    await eventually(settled)
