"""A ticket is closed for good, and what its customer still has to say becomes another one."""

from support.desk import GLOBEX, DeskDriver, buttons, policy, text_of

from core.language.answers import FormErrors, OpenForm, Say
from core.language.places import Place
from core.language.views import Card
from core.store.engine import Store


async def closed(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    assert text_of(await desk.types("bo", "close 1")) == "T-1 is resolved."
    assert text_of(await desk.types("bo", "close 1")) == "T-1 is closed for good."
    await desk.deliver()


async def test_closing_is_told_and_final(desk: DeskDriver) -> None:
    await closed(desk)
    ticket = await desk.ticket()
    assert (ticket.status, ticket.closed_at) == ("closed", desk.clock.now())
    assert "T-1 is closed." in desk.chat.said(GLOBEX)[-1]
    assert buttons(await desk.card()) == {}
    assert text_of(await desk.types("bo", "close 1")) == "T-1 is already closed."
    assert "closed for good" in text_of(await desk.types("bo", "reopen 1"))
    assert (await desk.events_of()).count("closed") == 1


async def test_the_button_opens_a_follow_up(desk: DeskDriver) -> None:
    await closed(desk)
    (notice,) = [out for out in await desk.outbox(kind="post", side="customer") if "is closed" in out.text]
    assert isinstance(notice.card, Card)
    assert buttons(notice.card) == {"Open a follow-up": "form_follow_up:1"}
    answer = await desk.presses("ann", "form_follow_up:1")
    assert isinstance(answer, OpenForm)
    await desk.submits("ann", answer.form.token, text="It fails again.", priority="high")
    await desk.deliver()
    new = await desk.ticket(2)
    assert (new.subject, new.priority, new.account) == ("It fails again.", "high", "globex")
    assert (await desk.ticket(1)).status == "closed"
    assert "T-2 follows up on T-1: The export fails." in "\n".join(desk.chat.said())
    assert "follow_up" in await desk.events_of(2)
    assert "followed_up" in await desk.events_of(1)


async def test_who_may_follow_up(desk: DeskDriver) -> None:
    await closed(desk)
    for stranger in ("ian", "zoe"):
        assert isinstance(await desk.presses(stranger, "form_follow_up:1"), Say)
        assert isinstance(await desk.submits(stranger, "follow_up:1", text="Mine.", priority="normal"), FormErrors)
    assert len(await desk.tickets()) == 1
    await desk.says("al", "Another thing.")
    assert isinstance(await desk.presses("al", "form_follow_up:1"), OpenForm)
    assert "is not closed" in text_of(await desk.presses("ann", "form_follow_up:2"))


async def test_threads_stand_as_their_ticket_does(store: Store) -> None:
    desk = await DeskDriver(store, policy(), lacks=()).start()
    root = await desk.says("ann", "The export fails.")
    await desk.deliver()
    thread = Place(root.connection, root.channel, root.message)

    def standing() -> tuple[bool, bool, tuple[str, ...]]:
        found = desk.chat.threads[thread]
        return found.archived, found.locked, found.tags

    await desk.types("bo", "claim 1")
    await desk.deliver()
    assert standing() == (False, False, ("Open",))
    await desk.types("bo", "priority 1 urgent")
    await desk.types("bo", "resolve 1")
    await desk.deliver()
    assert standing() == (True, False, ("Solved", "Urgent"))
    triage = next(place for place in desk.chat.threads if place.channel != root.channel)
    assert desk.chat.threads[triage].archived and not desk.chat.threads[triage].among
    # What is said to the customer then does not leave the thread open.
    await desk.types("bo", "reply 1 One more thing.")
    await desk.deliver()
    assert standing()[0]
    await desk.says("ann", "It fails again.", thread=root)
    await desk.deliver()
    assert standing() == (False, False, ("Open", "Urgent"))
    assert not desk.chat.threads[triage].archived
    await desk.types("bo", "close 1")
    await desk.types("bo", "close 1")
    await desk.deliver()
    assert standing() == (True, True, ("Closed", "Urgent"))
    assert not desk.chat.threads[triage].locked
