"""How fast events are taken in, against the same rows written by the driver alone, and in how many statements."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import raw, script
from bench.databases import Databases, desk_on
from bench.statements import Unit, recording
from core.language.events import MessagePosted
from core.language.policy import Policy
from core.store.engine import Store

CALLERS = 32
# A unit that had to wait would only be stored for later; here all are handled.
_NEVER = 1e9


@dataclass(frozen=True, slots=True)
class Recording:
    """What a script makes the desk write, and the rows that are there afterwards."""

    units: list[Unit]
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Rates:
    """Events a second, run by run; the runs of both sides take turns."""

    desk: list[float]
    raw: list[float]

    @property
    def ratios(self) -> list[float]:
        return [desk / raw for desk, raw in zip(self.desk, self.raw, strict=True)]


def lane_of(message: script.Message, tickets: int) -> int:
    """All of one customer in one lane, with the answers to them: what builds on each other is said in order."""
    return message.ticket % script.people(tickets) % CALLERS


async def record(databases: Databases, policy: Policy, said: Sequence[script.Message], tickets: int) -> Recording:
    """Let one caller tell the desk everything, and note what it sends to the database."""
    url = databases.fresh()
    store = await Store.open(url, overflow_after=_NEVER)
    try:
        desk = desk_on(store, policy)
        units: list[Unit] = []
        with recording(numbers=store.dialect == "postgresql") as recorder:
            for message in said:
                recorder.unit = Unit(lane_of(message, tickets))
                await desk.handle(message.event)
                units.append(recorder.unit)
    finally:
        await store.close()
    return Recording(units, databases.counts(url))


async def compare(
    databases: Databases,
    policy: Policy,
    said: Sequence[script.Message],
    tickets: int,
    recording: Recording,
    rounds: int,
    on_progress: Callable[[], None],
) -> Rates:
    """Both sides on fresh databases, in turns. Raises RuntimeError when one did not write the rows of the recording."""

    async def by_desk(url: str) -> float:
        return await told(url, policy, said, tickets)

    async def by_driver(url: str) -> float:
        if url.startswith("sqlite:///"):
            return await asyncio.to_thread(raw.sqlite, Path(url.removeprefix("sqlite:///")), recording.units)
        return await asyncio.to_thread(raw.postgres, url, recording.units)

    rates = Rates([], [])
    for number in range(rounds):
        sides = [(rates.raw, by_driver), (rates.desk, by_desk)]
        for rate, run in sides if number % 2 == 0 else reversed(sides):
            url = databases.fresh()
            seconds = await run(url)
            if databases.counts(url) != recording.counts:
                raise RuntimeError(f"{databases.name}: a run did not write the rows of the others")
            rate.append(len(said) / seconds)
            on_progress()
    return rates


async def told(url: str, policy: Policy, said: Sequence[script.Message], tickets: int) -> float:
    """Seconds in which `CALLERS` tell the desk everything, each waiting for the end of one event before the next."""
    lanes: list[list[MessagePosted]] = [[] for _ in range(CALLERS)]
    for message in said:
        lanes[lane_of(message, tickets)].append(message.event)
    store = await Store.open(url, overflow_after=_NEVER)
    try:
        desk = desk_on(store, policy)

        async def tell(events: list[MessagePosted]) -> None:
            for event in events:
                await desk.handle(event)

        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for lane in lanes:
                group.create_task(tell(lane))
        return time.perf_counter() - begun
    finally:
        await store.close()


def statements(said: Sequence[script.Message], recording: Recording, kind: script.Kind, *, met: bool) -> list[int]:
    """How many each event of a kind took. `met`: by people whom the desk knows; else by those it meets first."""
    authors: set[str] = set()
    found: list[int] = []
    for message, unit in zip(said, recording.units, strict=True):
        if message.kind == kind and (message.author in authors) is met:
            found.append(unit.statements)
        authors.add(message.author)
    return found
