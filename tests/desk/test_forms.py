"""Buttons, menus and forms: which there are, and where forged ones lead."""

import pytest
from support.desk import DeskDriver, buttons, text_of, who

from core.language.answers import Choices, FormErrors, OpenForm
from core.language.events import ActionPressed
from core.language.views import ChoiceInput, Option, TextInput


@pytest.fixture
async def opened(desk: DeskDriver) -> DeskDriver:
    await desk.says("ann", "The export fails.")
    return desk


async def test_the_cards_buttons_follow_the_state(opened: DeskDriver) -> None:
    desk = opened

    async def shown() -> list[str]:
        card = await desk.card()
        assert card.menu
        return [*buttons(card), *(option.label for option in card.menu.options)]

    rare = ["Assign …", "Note …", "Wait for customer", "More …"]
    assert (await shown())[:3] == ["Claim", "Reply …", "Resolve"]
    assert set(rare) <= set((await shown())[3:])
    await desk.types("bo", "claim 1")
    assert (await shown())[:2] == ["Reply …", "Resolve"]
    await desk.types("bo", "resolve 1")
    assert buttons(await desk.card()) == {"Reopen": "reopen:1"}


async def test_every_button_and_entry_of_the_card_works(opened: DeskDriver) -> None:
    desk = opened
    for state in ("claim 1", "pending 1", "resolve 1"):
        card = await desk.card()
        assert card.menu
        for token in buttons(card).values():
            assert "no longer fits" not in text_of(await desk.presses("bo", token))
            await desk.types("mia", "reopen 1")
        for option in card.menu.options:
            answer = await desk.presses("bo", card.menu.token, option.value)
            assert "no longer fits" not in text_of(answer), option
            await desk.types("mia", "reopen 1")
        await desk.types("bo", state)


async def test_more_form(opened: DeskDriver) -> None:
    desk = opened
    answer = await desk.presses("bo", "form_more:1")
    assert isinstance(answer, OpenForm)
    subject, priority, kind, category = answer.form.inputs
    assert isinstance(subject, TextInput) and subject.initial == "The export fails."
    assert isinstance(priority, ChoiceInput) and priority.initial == "normal"
    assert isinstance(kind, ChoiceInput) and kind.initial == "question"
    assert isinstance(category, ChoiceInput) and category.optional
    values = {"subject": "Export", "priority": "high", "type": "bug", "category": "Login"}
    assert await desk.submits("bo", answer.form.token, **values) is None
    ticket = await desk.ticket()
    assert (ticket.subject, ticket.priority, ticket.type, ticket.category) == ("Export", "high", "bug", "Login")
    # One wrong field, and nothing of it is done.
    before = await desk.events_of()
    wrong = await desk.submits("bo", answer.form.token, subject="Other", priority="low", category="Games")
    assert isinstance(wrong, FormErrors)
    ticket = await desk.ticket()
    assert (ticket.subject, ticket.priority, await desk.events_of()) == ("Export", "high", before)


FORGED = (
    "",
    ":",
    "claim",
    "claim:",
    "claim:abc",
    "claim:-1",
    "claim:٣",
    "claim:1e3",
    "claim:99999999999999999999",
    "explode:1",
    "form_reply",
    "form_reply:abc",
    "form_explode:1",
    "menu:1",
    "\x00",
    "\ud800:1",
    "priority:1",
    "assign:1",
    "reply:1",
    "note:1:",
    "priority:1:huge",
    "category:1:\x00Games",
    "reply:1:\ud800",
)


async def test_forged_tokens_do_nothing_T02(opened: DeskDriver) -> None:
    desk = opened
    await desk.types("bo", "help")
    before = await desk.events_of(), await desk.outbox()
    for token in FORGED:
        for answer in (
            await desk.presses("bo", token),
            await desk.presses("bo", "menu:1", token),
            await desk.submits("bo", token, text=""),
        ):
            assert text_of(answer), token
            assert "did not work on our side" not in text_of(answer), token
        assert (await desk.events_of(), await desk.outbox()) == before, token
    assert await desk.receipts_in("quarantined") == []


async def test_aliases_in_tokens_mean_their_verb(opened: DeskDriver) -> None:
    assert text_of(await opened.presses("bo", "take:1")) == "T-1 is yours now."
    assert text_of(await opened.presses("bo", "PRIO:1", "high")) == "T-1 has priority high now."


async def test_a_press_on_a_ticket_that_is_not_there(opened: DeskDriver) -> None:
    assert text_of(await opened.presses("bo", "claim:7")) == "There is no T-7. Type list to see the open tickets."
    assert (
        text_of(await opened.presses("ann", "solved:7")) == "I find no T-7 among your tickets. Type mine to see them."
    )


async def test_choices_are_for_agents(opened: DeskDriver) -> None:
    assert await opened.asks("bo", "agent", "B") == Choices((Option("Bo Lind", "bo"),))
    assert await opened.asks("ann", "agent", "B") == Choices(())


async def test_an_interaction_comes_twice_and_is_answered_alike(opened: DeskDriver) -> None:
    desk = opened
    press = desk.event(ActionPressed, person=who("bo"), interaction="once", token="claim:1")
    first = await desk.handle(press)
    await desk.types("mia", "release 1")
    assert await desk.handle(press) == first
    assert text_of(first) == "T-1 is yours now."
    assert (await desk.events_of()).count("claimed") == 1
