"""Views are drawn when they are sent, from what is true then."""

from datetime import timedelta

import pytest
from support.desk import DeskDriver, text_of, who

from core.desk.live import NotYet
from core.language.effects import Live, PersonProfile
from core.language.events import ChannelChanged
from core.language.places import Place
from core.language.text import Link
from core.language.views import Card
from core.store import tables as t


async def test_what_waited_shows_the_newest(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    await desk.types("bo", "claim 1")
    await desk.types("bo", "priority 1 urgent")
    await desk.types("bo", "subject 1 Export broken")
    updates = [o for o in await desk.outbox(kind="update") if o.live and o.live.view == "triage_card"]
    assert len(updates) == 1, "waiting updates of one card are one"
    await desk.deliver()
    card = (await desk.sent("card"))[0]
    assert desk.chat.messages[card.message].words == "T-1 Export broken (Ann Weber, Open)"
    receipt = (await desk.sent("receipt"))[0]
    assert desk.chat.messages[receipt.message].words.endswith("you will hear from us by 11:30. Bo Lind is on it.")


async def test_the_card_names_what_it_can(desk: DeskDriver) -> None:
    place = Place("main", "C0GLOBEX")
    await desk.handle(desk.event(ChannelChanged, place=place, change="renamed", name="globex-shared"))
    root = await desk.says("ann", "The export fails.")
    card = await desk.card()
    assert "Globex (gold) · Ann Weber · #globex-shared" in text_of(card)
    assert "team Support" in text_of(card)
    assert Link(f"https://chat/{root.message}", "The export fails.") in card.title


async def test_copies_say_who_and_whether_it_went_out(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails.")
    await desk.says("bo", "We look.", thread=root)
    await desk.types("ida", "note 1 Old server.")
    await desk.deliver()
    copies = [desk.chat.messages[ref.message].words for ref in await desk.sent("copy")]
    assert copies == ["Ann Weber (Globex): The export fails.", "Bo Lind: We look.", "Ida Sand: Old server."]


async def test_a_name_that_is_on_its_way_is_waited_for(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.", author_name=None)

    async def draws(view: object, subject: int = 1) -> Card:
        drawn = await desk.read(lambda c: desk.artist.draw(c, Live(view, subject)))
        assert isinstance(drawn, Card)
        return drawn

    for view in ("triage_card", "receipt", "copy"):
        with pytest.raises(NotYet):
            await draws(view)
    # Not for ever: it may never come.
    desk.clock.move(seconds=6)
    assert "U0ANN" in text_of(await draws("triage_card"))
    desk.chat.profiles["U0ANN"] = PersonProfile(who("ann"), "Ann Weber")
    await desk.deliver()
    assert "Ann Weber" in text_of(await draws("triage_card"))


@pytest.mark.parametrize("view", ["triage_card", "receipt", "copy", "home"])
async def test_what_is_not_there_cannot_be_drawn(desk: DeskDriver, view: str) -> None:
    with pytest.raises(LookupError):
        await desk.read(lambda c: desk.artist.draw(c, Live(view, 99)))


async def test_a_problem_is_shown_until_it_is_gone(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    await desk.set_all(t.ticket, problem="The customer's channel takes no messages.")
    assert "⚠ The customer's channel takes no messages." in text_of(await desk.card())


async def test_times_are_of_the_day_they_are_read_on(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    assert "due 12:00" in text_of(await desk.card())
    desk.clock.move(days=1)
    assert "due Fri 12:00" in text_of(await desk.card())
    desk.clock.at += timedelta(days=30)
    assert "due 20 Nov 12:00" in text_of(await desk.card())
