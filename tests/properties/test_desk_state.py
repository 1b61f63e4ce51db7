"""F21: whatever the order in which events are delivered, and however often each, the desk comes to the same state.

People write, edit, take back and react in a made-up world. What they do is delivered to one desk in any order and with
repetitions, and in the end to another desk as it happened; both have to agree. Two agents who want the same thing are
left out: there the first to come wins.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, select
from support.databases import fresh_postgres, fresh_sqlite
from support.desk import START, DeskDriver, policy, who
from support.gate import sized
from support.postgres import Postgres
from support.soak import Slice, slices

from core.language import events
from core.language.events import Inbound, MessagePosted
from core.language.places import MessageRef
from core.language.text import words
from core.store import tables as t
from core.store.engine import Store

T = TypeVar("T")

# Who asks answers nowhere: words within minutes of each other belong together, in the order in which they come.
ASKING, ANSWERING = ("ann", "al", "cat"), ("dan", "eva", "bo")
REACTIONS = ("eyes", "rotating_light")
# 6,000 commits: where there is a disk in memory, they do not wait for the other one.
MEMORY = Path("/dev/shm")  # noqa: S108 (folders in it are made by tempfile)
anything = st.integers(0, 999)


@dataclass
class World:
    """What happens, in its order; `desk` makes the events and handles none."""

    desk: DeskDriver
    happened: list[Inbound] = field(default_factory=list)
    written: list[MessagePosted] = field(default_factory=list)
    roots: list[MessagePosted] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        """Requests are further apart than what belongs together; else each event has a second of its own."""
        return START + timedelta(minutes=6 * len(self.roots), seconds=len(self.happened))

    def writes(self, name: str, thread: MessageRef | None = None) -> MessagePosted:
        message = self.desk.message(name, f"line {len(self.happened)}", thread=thread, at=self.at)
        self.happened.append(message)
        self.written.append(message)
        return message

    def event(self, make: Any, **values: Any) -> None:
        self.happened.append(self.desk.event(make, at=self.at, **values))


class AnyOrder(RuleBasedStateMachine):
    @staticmethod
    def fresh(folder: Path) -> str:
        """The address of an empty database; there is one at a time."""
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.desk = self.a_desk()
        self.world = World(self.desk)
        self.delivered: set[int] = set()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def a_desk(self) -> DeskDriver:
        url = self.fresh(Path(mkdtemp(dir=self.folder.name)))
        store = self.run(Store.open(url, overflow_after=60, threads=1))
        return self.run(DeskDriver(store, policy()).start())

    # --- the world goes on ------------------------------------------------------------------------------------

    @rule(name=st.sampled_from(ASKING))
    def asks(self, name: str) -> None:
        self.world.roots.append(self.world.writes(name))

    @precondition(lambda self: self.world.roots)
    @rule(name=st.sampled_from(ANSWERING), pick=anything)
    def answers(self, name: str, pick: int) -> None:
        self.world.writes(name, self.world.roots[pick % len(self.world.roots)].ref)

    @precondition(lambda self: self.world.written)
    @rule(pick=anything)
    def edits(self, pick: int) -> None:
        message = self.world.written[pick % len(self.world.written)]
        edition = f"edition {len(self.world.happened)}"
        self.world.event(
            events.MessageEdited, ref=message.ref, author=message.author, text=words(edition), edition=edition
        )

    @precondition(lambda self: self.world.written)
    @rule(pick=anything)
    def takes_back(self, pick: int) -> None:
        self.world.event(events.MessageDeleted, ref=self.world.written[pick % len(self.world.written)].ref)

    @precondition(lambda self: self.world.written)
    @rule(pick=anything, name=st.sampled_from(REACTIONS))
    def reacts(self, pick: int, name: str) -> None:
        ref = self.world.written[pick % len(self.world.written)].ref
        time = str(len(self.world.happened))
        self.world.event(events.ReactionAdded, ref=ref, person=who("bo"), name=name, event_time=time)

    # --- and the desk hears of it, sooner or later ------------------------------------------------------------

    def deliver(self, number: int) -> None:
        self.delivered.add(number)
        self.run(self.desk.handle(self.world.happened[number]))

    @precondition(lambda self: self.world.happened)
    @rule(pick=anything)
    def delivers(self, pick: int) -> None:
        """Any event, also one that came already."""
        self.deliver(pick % len(self.world.happened))

    @precondition(lambda self: self.world.happened)
    @rule()
    def delivers_the_newest(self) -> None:
        self.deliver(len(self.world.happened) - 1)

    def teardown(self) -> None:
        try:
            for number in reversed(range(len(self.world.happened))):
                if number not in self.delivered:
                    self.deliver(number)
            found = self.run(state(self.desk))
            assert set(found) == {root.ref.message for root in self.world.roots}
            self.run(self.desk.store.close())
            straight = self.a_desk()
            straight.adopt(self.desk)
            self.desk = straight
            for event in self.world.happened:
                self.run(straight.handle(event))
            assert found == self.run(state(straight))
        finally:
            self.run(self.desk.store.close())
            self.loop.close()
            self.folder.cleanup()


async def state(desk: DeskDriver) -> dict[str, Any]:
    """By thread: what was said there, as it stands and as it stood, and what became of its ticket."""
    assert await desk.receipts_in("quarantined") == []
    return await desk.read(_state)


def _state(connection: Connection) -> dict[str, Any]:
    stood: dict[int, set[str]] = {}
    for message, body in connection.execute(select(t.revision.c.message, t.revision.c.body)):
        stood.setdefault(message, set()).add(body)
    said: dict[int, set[Any]] = {}
    for row in connection.execute(select(t.message)):
        now = (row.external, row.body, row.by_agent, row.audience, row.deleted_at is not None, row.revisions)
        said.setdefault(row.ticket, set()).add((*now, frozenset(stood.get(row.id, ()))))
    out: dict[str, Any] = {}
    sides = select(t.conversation.c.thread, t.ticket).join(t.ticket).where(t.conversation.c.side == "customer")
    for row in connection.execute(sides):
        answered = row.first_response_at is not None
        out[row.thread] = (row.status, row.assignee, row.priority, row.account, answered, said[row.number])
    return out


@pytest.fixture
def on_sqlite(sqlite_template: Path) -> type[AnyOrder]:
    class OnSqlite(AnyOrder):
        @staticmethod
        def fresh(folder: Path) -> str:
            return fresh_sqlite(sqlite_template, folder)

    return OnSqlite


@pytest.fixture
def on_postgres(postgres_server: Postgres) -> type[AnyOrder]:
    class OnPostgres(AnyOrder):
        @staticmethod
        def fresh(_: Path) -> str:
            return fresh_postgres(postgres_server)

    return OnPostgres


def run(machine: type[AnyOrder], part: Slice) -> None:
    sizes = settings(
        max_examples=part.times,
        stateful_step_count=sized(30, 50, 50),
        # Each slice has other examples.
        derandomize=False,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(machine, settings=sizes)


@pytest.mark.timeout(sized(120, 1200, 1200))
@pytest.mark.parametrize("part", slices(test=100, gates=500, soak=5000, of=50), ids=str)
def test_F21_any_order(part: Slice, on_sqlite: type[AnyOrder]) -> None:
    run(on_sqlite, part)


# An example costs three times as much there.
@pytest.mark.timeout(sized(120, 1200, 1200))
@pytest.mark.parametrize("part", slices(test=5, gates=50, soak=500, of=25), ids=str)
def test_F21_any_order_on_postgres(part: Slice, on_postgres: type[AnyOrder]) -> None:
    run(on_postgres, part)
