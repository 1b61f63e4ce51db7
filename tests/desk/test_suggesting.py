"""A model's suggestions on the card: shown beside what is, taken over by a press, gone when somebody decides."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from support.desk import START, DeskDriver, buttons, policy, text_of
from support.model_server import SORTED

from core.language.effects import MODEL
from core.ports import Question
from core.store import tables as t
from core.store.engine import Store
from jobs.suggesting import ModelSettings


class Sorter:
    """`ports.LanguageModel` that answers what it is told to."""

    def __init__(self) -> None:
        self.answer_: dict[str, Any] = dict(SORTED)
        self.asked: list[Question] = []

    async def answer(self, question: Question, *, seconds: float) -> Mapping[str, Any]:
        self.asked.append(question)
        return self.answer_


@pytest.fixture
async def sorted_desk(store: Store) -> AsyncIterator[tuple[DeskDriver, Sorter]]:
    model = Sorter()
    yield await DeskDriver(store, policy(), model=model).start(), model


async def suggested(desk: DeskDriver) -> str:
    """The card's line of suggestions."""
    lines = text_of(await desk.card()).splitlines()
    return next((line for line in lines if "Suggested" in line or "In short" in line), "")


async def accepts(desk: DeskDriver) -> list[str]:
    return [label for label, token in buttons(await desk.card()).items() if token.startswith("accept:")]


async def test_a_new_ticket_is_shown_with_what_the_model_suggests(sorted_desk: tuple[DeskDriver, Sorter]) -> None:
    desk, model = sorted_desk
    await desk.says("ann", "The export fails.")
    before = await desk.ticket()
    await desk.deliver()
    assert await desk.ticket() == before, "nothing is done by itself"
    assert await suggested(desk) == "Suggested: incident, urgent, Export · In short: Nightly export fails with 502"
    assert await accepts(desk) == ["Accept incident", "Accept urgent", "Accept Export", "Use as subject"]
    card = (await desk.sent("card"))[0]
    assert desk.chat.messages[card.message].edits, "the card in the channel was drawn anew"
    assert (await desk.causes())["suggested"] == ("desk", "model")
    why = text_of(await desk.types("bo", "why 1"))
    assert "suggested incident, urgent, Export, a summary by desk (model)" in why
    assert len(model.asked) == 1
    await desk.says("ann", "It still does.")
    await desk.deliver()
    assert len(model.asked) == 1, "a message that joins is nothing new"


async def test_each_is_accepted_by_one_press_as_if_done_by_hand(sorted_desk: tuple[DeskDriver, Sorter]) -> None:
    desk, _ = sorted_desk
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    assert text_of(await desk.presses("bo", "accept:1:priority")) == "T-1 has priority urgent now."
    assert (await desk.clocks())["first_response"].due_at == START.replace(minute=30), "promises follow"
    assert await accepts(desk) == ["Accept incident", "Accept Export", "Use as subject"]
    for field in ("type", "category", "summary"):
        await desk.presses("ida", f"accept:1:{field}")
    ticket = await desk.ticket()
    assert (ticket.priority, ticket.type, ticket.category) == ("urgent", "incident", "Export")
    assert ticket.subject == SORTED["summary"]
    assert await accepts(desk) == []
    assert await suggested(desk) == ""
    causes = await desk.causes()
    assert causes["priority"] == ("bo", "suggestion")
    assert {causes[event] for event in ("type", "category", "subject")} == {("ida", "suggestion")}
    assert "priority normal → urgent by Bo Lind (suggestion)" in text_of(await desk.types("bo", "why 1"))


async def test_only_who_may_do_it_by_hand_may_accept(sorted_desk: tuple[DeskDriver, Sorter]) -> None:
    desk, _ = sorted_desk
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    before = await desk.ticket()
    for name in ("ann", "ian", "zoe"):
        for field in ("type", "priority", "category", "summary", "resolve", ""):
            said = text_of(await desk.presses(name, f"accept:1:{field}"))
            assert "Only the support team" in said or "no longer fits" in said, said
    for token in ("accept:1:resolve", "accept:1", "accept:99:priority", "accept::priority", "accept:1:priority:low"):
        assert text_of(await desk.presses("bo", token)), token
    assert await desk.ticket() == before


@pytest.mark.parametrize("by", ["presses", "types", "more"])
async def test_who_decides_by_hand_takes_the_suggestion_away(sorted_desk: tuple[DeskDriver, Sorter], by: str) -> None:
    desk, _ = sorted_desk
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    match by:
        case "presses":
            await desk.presses("bo", "priority:1:high")
        case "types":
            await desk.types("bo", "priority 1 high")
        case _:
            await desk.submits("bo", "more:1", subject="The export fails.", priority="high", type="question")
    assert await accepts(desk) == ["Accept incident", "Accept Export", "Use as subject"]
    await desk.types("bo", "priority 1 normal")
    assert "Accept urgent" not in await accepts(desk), "it does not come back"
    assert "not suggested for T-1 any more" in text_of(await desk.presses("bo", "accept:1:priority"))
    assert (await desk.ticket()).priority == "normal"


async def test_what_is_decided_before_the_answer_is_not_suggested(sorted_desk: tuple[DeskDriver, Sorter]) -> None:
    desk, _ = sorted_desk
    await desk.says("ann", "The export fails.")
    await desk.types("bo", "priority 1 low")
    await desk.types("bo", "subject 1 Export")
    await desk.deliver()
    assert await accepts(desk) == ["Accept incident", "Accept Export"]


async def test_what_is_so_already_is_not_suggested(sorted_desk: tuple[DeskDriver, Sorter]) -> None:
    desk, model = sorted_desk
    model.answer_ = {"type": "question", "priority": "normal", "category": "(none)", "summary": "The export fails."}
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    assert await suggested(desk) == ""
    assert "suggested" not in await desk.events_of()
    assert await desk.count(t.suggestion) == 0


async def test_F25_a_ticket_that_is_solved_meanwhile_stays_as_it_is(store: Store) -> None:
    class Slow(Sorter):
        """Somebody solves the ticket before the answer comes."""

        async def answer(self, question: Question, *, seconds: float) -> Mapping[str, Any]:
            await desk.types("bo", "resolve 1")
            return await super().answer(question, seconds=seconds)

    desk = await DeskDriver(store, policy(), model=Slow()).start()
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    assert await accepts(desk) == []
    assert "suggested" not in await desk.events_of()
    assert desk.suggesting.outcomes == {"answered": 1}


async def test_F25_a_ticket_that_is_solved_already_is_not_asked_about(sorted_desk: tuple[DeskDriver, Sorter]) -> None:
    desk, model = sorted_desk
    await desk.says("ann", "The export fails.")
    await desk.types("bo", "resolve 1")
    await desk.deliver()
    assert model.asked == []
    assert desk.suggesting.outcomes == {"stale": 1}
    await desk.says("al", "The login fails.")
    await desk.deliver()
    assert await accepts(desk) == []


async def test_a_solved_ticket_shows_nothing_and_an_old_button_does_nothing(
    sorted_desk: tuple[DeskDriver, Sorter],
) -> None:
    desk, _ = sorted_desk
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    await desk.types("bo", "resolve 1")
    assert await accepts(desk) == []
    assert "not suggested" in text_of(await desk.presses("bo", "accept:1:priority"))
    await desk.types("bo", "reopen 1")
    assert "Accept urgent" in await accepts(desk)


async def test_F25_a_day_has_its_budget(store: Store) -> None:
    model = Sorter()
    desk = await DeskDriver(store, policy(model_daily_budget=2), model=model).start()
    for number in range(4):
        await desk.says("ann", f"The export {number} fails.")
        desk.clock.move(hours=1)
    await desk.deliver()
    assert len(model.asked) == 2
    assert desk.suggesting.outcomes == {"answered": 2, "over_budget": 2}
    assert await desk.count(t.suggestion) == 2
    assert len(await desk.sent("card")) == 4
    again = await DeskDriver(store, policy(model_daily_budget=2), model=model, chat=desk.chat).start()
    again.clock.move(hours=9)
    await again.says("al", "After a restart.")
    await again.deliver()
    assert again.suggesting.outcomes == {"over_budget": 1}, "it is counted in the database"


async def test_a_budget_of_nothing_asks_nobody(store: Store) -> None:
    model = Sorter()
    desk = await DeskDriver(store, policy(model_daily_budget=0), model=model).start()
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    assert model.asked == []


async def test_without_a_model_nothing_is_asked(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    assert await desk.outbox(kind="model") == []
    await desk.deliver()
    assert await accepts(desk) == []


async def test_what_was_left_for_a_model_that_is_gone_is_done_with(store: Store) -> None:
    desk = await DeskDriver(store, policy(), model=Sorter()).start()
    await desk.says("ann", "The export fails.")
    without = await DeskDriver(store, policy(), chat=desk.chat).start()
    await without.deliver()
    assert without.suggesting.outcomes == {"off": 1}
    assert await desk.count(t.suggestion) == 0


async def test_F25_what_waited_too_long_is_not_asked_about(store: Store) -> None:
    model = Sorter()
    desk = await DeskDriver(store, policy(), model=model, model_settings=ModelSettings(too_late=0.0)).start()
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    assert model.asked == []
    assert desk.suggesting.outcomes == {"late": 1}


async def test_it_waits_in_a_lane_of_its_own(sorted_desk: tuple[DeskDriver, Sorter]) -> None:
    desk, _ = sorted_desk
    await desk.says("ann", "The export fails.")
    lanes = {(one.connection, one.channel) for one in await desk.read(lambda c: c.execute(t.outbox.select()).all())}
    assert (MODEL, "") in lanes
    assert len([lane for lane in lanes if lane[0] == MODEL]) == 1
