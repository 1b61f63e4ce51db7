"""What was done can be undone from the answer that says so."""

import pytest
from support.desk import DeskDriver, buttons, policy, text_of

from core.language.answers import Answer, Say
from core.language.facts import TicketFacts
from core.store.engine import Store


@pytest.fixture
async def desk(store: Store) -> DeskDriver:
    desk = await DeskDriver(store, policy()).start()
    await desk.says("ann", "The export fails.")
    return desk


def undo(answer: Answer | None) -> str | None:
    assert isinstance(answer, Say)
    return buttons(answer.card).get("Undo")


def standing(ticket: TicketFacts) -> tuple[object, ...]:
    return ticket.status, ticket.assignee, ticket.priority, ticket.type, ticket.category


@pytest.mark.parametrize(
    ("before", "done"),
    [
        (["claim 1"], "release 1"),
        (["claim 1"], "assign 1 ida"),
        (["claim 1"], "pending 1"),
        (["claim 1"], "hold 1"),
        (["claim 1"], "resolve 1"),
        (["claim 1"], "priority 1 high"),
        (["claim 1"], "type 1 bug"),
        (["claim 1", "category 1 Login"], "category 1 Export"),
        (["claim 1", "release 1"], "assign 1 me"),
        (["claim 1", "release 1"], "claim 1"),
    ],
)
async def test_undo(desk: DeskDriver, before: list[str], done: str) -> None:
    for each in before:
        await desk.types("bo", each)
    as_it_was = standing(await desk.ticket())
    token = undo(await desk.types("bo", done))
    assert token and standing(await desk.ticket()) != as_it_was
    answer = text_of(await desk.presses("bo", token))
    assert "T-1" in answer and "Ask for it" not in answer
    assert standing(await desk.ticket()) == as_it_was


async def test_what_changed_nothing_has_no_undo(desk: DeskDriver) -> None:
    for each in ("resolve 1", "reopen 1", "category 1 Export", "priority 1 normal", "type 1 question"):
        answer = await desk.types("bo", each)
        if each != "resolve 1":
            assert undo(answer) is None, each
    await desk.types("ida", "claim 1")
    # Bo is no lead: he could not take it back from Ida.
    assert undo(await desk.types("mia", "release 1")) is None
    assert undo(await desk.types("bo", "assign 1 ida")) is None


async def test_the_customer_undoes_solved(desk: DeskDriver) -> None:
    token = undo(await desk.presses("ann", "solved:1"))
    assert token == "reopen:1"
    await desk.presses("ann", token)
    assert (await desk.ticket()).status == "open"


async def test_the_customer_is_not_told_of_what_they_never_heard(desk: DeskDriver) -> None:
    token = undo(await desk.types("bo", "hold 1"))
    assert token
    await desk.presses("bo", token)
    assert await desk.told_customers() == []
    token = undo(await desk.types("bo", "pending 1"))
    assert token
    await desk.presses("bo", token)
    assert (await desk.told_customers())[-1] == "T-1 is open again; we are looking at it."
