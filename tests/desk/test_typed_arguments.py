"""Commands whose arguments the platform keeps apart, and what it completes them with."""

from support.desk import GLOBEX, DeskDriver

from core.language.answers import Choices
from core.language.commands import Command


async def offered(desk: DeskDriver, name: str, token: str, query: str = "") -> list[str]:
    answer = await desk.asks(name, token, query)
    assert isinstance(answer, Choices)
    return [option.value for option in answer.options]


async def test_a_number_that_begins_the_words_is_no_ticket(desk: DeskDriver) -> None:
    await desk.says("ann", "Help")
    command = Command("open", None, {"text": "1 apple is missing"})
    await desk.types("ann", "open 1 apple is missing", GLOBEX, command=command)
    assert (await desk.ticket(2)).subject == "1 apple is missing"
    note = Command("note", 2, {"text": "1 apple it is"})
    await desk.types("bo", "note 2 1 apple it is", command=note)
    assert "noted" in await desk.events_of(2)


async def test_tickets_are_offered_to_those_who_know_of_them(desk: DeskDriver) -> None:
    await desk.says("ann", "The printer burns")
    await desk.says("ian", "The export fails", "C0INITECH")
    assert await offered(desk, "bo", "ticket", "print") == ["1"]
    assert await offered(desk, "ann", "ticket") == ["1"]
    assert await offered(desk, "zoe", "ticket") == []


async def test_categories_and_agents_are_offered_to_agents(desk: DeskDriver) -> None:
    assert await offered(desk, "bo", "category") == list(desk.policy.categories)
    assert "ida" in await offered(desk, "bo", "agent")
    assert await offered(desk, "ann", "category") == []
    assert await offered(desk, "ann", "agent") == []
