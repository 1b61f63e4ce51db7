"""Reactions act on every message of a ticket's conversations, and on its card."""

import pytest
from support.desk import TRIAGE, DeskDriver, text_of

from core.language.places import MessageRef


@pytest.fixture
async def opened(desk: DeskDriver) -> DeskDriver:
    """With a message of each kind: the customer's two, an agent's answer, a reply that the desk posted, a note."""
    root = await desk.says("ann", "The export fails.")
    await desk.deliver()
    await desk.says("ann", "With error 502.")
    await desk.says("mia", "We look.", thread=root)
    await desk.says("mia", "Old server.", TRIAGE, thread=(await desk.sent("card"))[0])
    await desk.types("mia", "reply 1 Try now.")
    await desk.types("mia", "note 1 Let us see.")
    await desk.deliver()
    return desk


async def everything(desk: DeskDriver) -> list[MessageRef]:
    """Each message of either thread, the desk's own posts included."""
    return [message.ref for message in desk.chat.messages.values()]


async def test_on_any_message(opened: DeskDriver) -> None:
    desk = opened
    refs = await everything(desk)
    assert len(refs) == 12
    for ref in refs:
        assert await desk.reacts("bo", ref, "eyes") is None
        assert (await desk.ticket()).assignee == "bo", desk.chat.messages[ref.message].words
        await desk.unreacts("bo", ref, "eyes")
        assert (await desk.ticket()).assignee is None
    assert (await desk.causes())["claimed"] == ("bo", "reaction eyes")
    assert (await desk.causes())["released"] == ("bo", "reaction eyes taken off")


async def test_on_a_message_that_the_desk_did_not_keep(opened: DeskDriver) -> None:
    desk = opened
    beep = desk.message("zoe", "Beep.", thread=(await desk.sent("receipt"))[0], author_is_bot=True)
    await desk.reacts("bo", beep.ref, "eyes")
    assert (await desk.ticket()).assignee == "bo"


async def test_taking_off_undoes_ones_own_claim_alone(opened: DeskDriver) -> None:
    desk = opened
    card = (await desk.sent("card"))[0]
    await desk.reacts("bo", card, "eyes")
    await desk.unreacts("ida", card, "eyes")
    await desk.unreacts("ann", card, "eyes")
    assert (await desk.ticket()).assignee == "bo"
    await desk.reacts("bo", card, "rotating_light")
    await desk.reacts("bo", card, "white_check_mark")
    for emoji in ("rotating_light", "white_check_mark", "eyes"):
        await desk.unreacts("bo", card, emoji)
    ticket = await desk.ticket()
    assert (ticket.status, ticket.priority, ticket.assignee) == ("resolved", "urgent", "bo")
    await desk.reacts("bo", card, "arrows_counterclockwise")
    assert (await desk.ticket()).status == "open"
    await desk.unreacts("bo", card, "arrows_counterclockwise")
    assert (await desk.ticket()).status == "open"


async def test_whoever_has_no_right_is_told_once(opened: DeskDriver) -> None:
    desk = opened
    root = (await everything(desk))[0]
    assert "Only the support team can use claim" in text_of(await desk.reacts("ann", root, "eyes"))
    assert await desk.reacts("ann", root, "eyes") is None
    assert "Only the support team" in text_of(await desk.reacts("al", root, "eyes"))
    assert "The team is here" in text_of(await desk.reacts("ann", root, "rotating_light"))
    ticket = await desk.ticket()
    assert (ticket.assignee, ticket.priority) == (None, "normal")
    await desk.reacts("bo", root, "eyes")
    assert "Bo Lind has T-1" in text_of(await desk.reacts("ida", root, "eyes"))
    assert await desk.reacts("ida", root, "eyes") is None


async def test_a_customers_check_mark_means_solved_for_me(opened: DeskDriver) -> None:
    desk = opened
    root = (await everything(desk))[0]
    # Al has not said anything yet: nobody knows that he is of Ann's account.
    assert "I find no T-1" in text_of(await desk.reacts("al", root, "white_check_mark"))
    await desk.says("al", "For me too.", thread=root)
    assert await desk.reacts("al", root, "white_check_mark") is None
    assert (await desk.ticket()).status == "resolved"
    assert (await desk.told_customers())[-1] == "Glad that it is solved. Just answer here if it comes back."
    # Of another account; the message is not theirs to see, so whoever sends this learns nothing.
    await desk.types("bo", "reopen 1")
    await desk.says("ian", "Hello.", "C0INITECH")
    assert text_of(await desk.reacts("ian", root, "white_check_mark")) == (
        "I find no T-1 among your tickets. Type mine to see them."
    )
    assert (await desk.ticket()).status == "open"


async def test_what_means_nothing(opened: DeskDriver) -> None:
    desk = opened
    before = await desk.events_of()
    root = (await everything(desk))[0]
    assert await desk.reacts("bo", root, "tada") is None
    await desk.unreacts("bo", root, "tada")
    assert await desk.reacts("bo", desk.message("zoe", "Hi.", "C0ELSEWHERE").ref, "eyes") is None
    assert await desk.reacts("bo", root, "ticket") is None
    assert await desk.events_of() == before
    assert len(await desk.tickets()) == 1


async def test_a_reaction_that_overtakes_its_message_F21(desk: DeskDriver) -> None:
    message = desk.message("ann", "The export fails.")
    desk.clock.move(seconds=5)
    await desk.reacts("bo", message.ref, "eyes")
    desk.clock.move(seconds=5)
    await desk.reacts("bo", message.ref, "rotating_light")
    await desk.handle(message)
    ticket = await desk.ticket()
    assert (ticket.assignee, ticket.priority) == ("bo", "urgent")
    other = desk.message("al", "My login fails.")
    await desk.reacts("ida", other.ref, "eyes")
    desk.clock.move(seconds=5)
    await desk.unreacts("ida", other.ref, "eyes")
    await desk.handle(other)
    assert (await desk.ticket(2)).assignee is None
