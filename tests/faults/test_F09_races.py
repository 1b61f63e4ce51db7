"""F09, F11, and what else many do at the same moment."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from support.desk import DeskDriver, policy, text_of

from core.store import tables as t
from core.store.engine import Store


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[DeskDriver]:
    """A patient one: nothing is put off, however long it waits."""
    store = await Store.open(database_url, overflow_after=60)
    yield await DeskDriver(store, policy()).start()
    await store.close()


async def test_F09_fifty_copies_of_one_event(desk: DeskDriver) -> None:
    message = desk.message("ann", "The export fails.")
    await asyncio.gather(*(desk.desk.handle(message) for _ in range(50)))
    assert await desk.bodies((await desk.tickets())[0].number) == ["The export fails."]
    assert [await desk.count(table) for table in (t.ticket, t.message, t.person, t.receipt)] == [1, 1, 1, 1]
    assert [o.purpose for o in await desk.outbox(kind="post")] == ["card", "receipt", "copy"]
    command = desk.command("bo", "open From triage")
    answers = await asyncio.gather(*(desk.desk.handle(command) for _ in range(50)))
    assert len(await desk.tickets()) == 2
    assert len({text_of(answer) for answer in answers}) == 1


async def test_F11_two_agents_claim_at_once_200_times(desk: DeskDriver) -> None:
    for n in range(20):
        await desk.says(f"c{n}", "Help.")
    numbers = [ticket.number for ticket in await desk.tickets()]
    full = {"bo": "Bo Lind", "ida": "Ida Sand"}
    for round_ in range(10):
        await desk.set_all(t.ticket, assignee=None)
        order = ("bo", "ida") if round_ % 2 else ("ida", "bo")
        tries = [(name, number) for number in numbers for name in order]
        answers = await asyncio.gather(
            *(desk.desk.handle(desk.command(name, f"claim {number}")) for name, number in tries)
        )
        for (name, number), answer in zip(tries, answers, strict=True):
            owner = (await desk.ticket(number)).assignee or ""
            if owner == name:
                assert text_of(answer) == f"T-{number} is yours now."
            else:
                assert text_of(answer).startswith(f"{full[owner]} has T-{number}.")
    events = [event for number in numbers for event in await desk.events_of(number)]
    assert events.count("claimed") == 200


async def test_eight_quick_messages_of_one_author(desk: DeskDriver) -> None:
    names = ["ann", "al", "c1", "c2"]
    for name in names:  # known before, so that it is not their first meeting that orders them
        await desk.says(name, "Hello.", "C0MENTION")
    written = [desk.message(name, f"Line {n}") for n in range(8) for name in names]
    await asyncio.gather(*(desk.desk.handle(message) for message in written))
    tickets = await desk.tickets()
    assert len(tickets) == len(names)
    for ticket in tickets:
        assert sorted(await desk.bodies(ticket.number)) == [f"Line {n}" for n in range(8)]


async def test_many_meet_one_person_for_the_first_time(desk: DeskDriver) -> None:
    """Each in a channel of its own, so that no lock orders them."""
    channels = ["C0GLOBEX", "C0MENTION", "C0COMMAND", "C0OFF", "C0INITECH", "D0ANN"]
    written = [desk.message("ann", "Hello.", channel, direct=channel == "D0ANN") for channel in channels]
    await asyncio.gather(*(desk.desk.handle(message) for message in written))
    assert await desk.receipts_in("quarantined") == []
    assert [await desk.count(t.person), await desk.count(t.identity)] == [1, 1]
    assert len([o for o in await desk.outbox() if o.kind == "fetch_person"]) == 1


async def test_all_at_once_on_one_ticket(desk: DeskDriver) -> None:
    """Commands, answers and reactions cross each other; each has its effect, and the clocks hold together."""
    root = await desk.says("ann", "The export fails.")
    number = (await desk.tickets())[0].number
    messages = [desk.message(name, f"{name} {n}", thread=root) for n in range(6) for name in ("ann", "al", "bo")]
    verbs = ("priority {} urgent", "pending {}", "reopen {}", "note {} x", "claim {}")
    commands = [desk.command("mia", verb.format(number)) for verb in verbs for _ in range(3)]
    await asyncio.gather(*(desk.desk.handle(event) for event in (*messages, *commands)))
    assert await desk.receipts_in("quarantined") == []
    assert len(await desk.bodies(number)) == 1 + 18 + 3
    ticket = await desk.ticket(number)
    assert (ticket.priority, ticket.assignee) == ("urgent", "mia")
    # Rows of one conversation go out in the order of their ids, which is that of the commits.
    timeline = await desk.events_of(number)
    assert timeline.count("replied") == 6
    assert timeline.count("joined") == 12
