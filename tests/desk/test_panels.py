"""Panels in channels where one asks by a form: posted once, kept up to date, offered to everybody there."""

from dataclasses import replace

from support.desk import TRIAGE, DeskDriver, buttons, policy, text_of

from core.desk import starting
from core.language.answers import FormErrors, OpenForm, Say
from core.language.events import MessageDeleted
from core.language.places import MessageRef, Place
from core.language.policy import AccountChannel, Policy
from core.store.engine import Store

PANEL = "C0PANEL"


def with_panel(**changes: object) -> Policy:
    made = policy(**changes)
    globex, *others = made.accounts
    asked = AccountChannel(Place("main", PANEL), "form")
    return replace(made, accounts=(replace(globex, channels=(*globex.channels, asked)), *others))


async def started(store: Store, found: Policy, before: DeskDriver | None = None) -> DeskDriver:
    """A desk that starts; with `before`, one that goes on in the same chat."""
    desk = DeskDriver(store, found, chat=before.chat) if before else DeskDriver(store, found)
    await desk.start()
    await desk.deliver()
    return desk


def posted(desk: DeskDriver) -> list[MessageRef]:
    return [ref for ref in (m.ref for m in desk.chat.messages.values()) if ref.channel == PANEL]


async def test_a_panel_is_posted_once_and_follows_the_words(store: Store) -> None:
    desk = await started(store, with_panel())
    (first,) = posted(desk)
    assert "Do you need help from Acme Support?" in desk.chat.messages[first.message].words
    desk = await started(store, with_panel(), desk)
    assert posted(desk) == [first]
    assert desk.chat.messages[first.message].edits == 0
    for text in ("Ask us.", "Do ask us.", "Ask us."):
        desk = await started(store, with_panel(wording={"panel_text": text}), desk)
        assert desk.chat.messages[first.message].words == text
    assert posted(desk) == [first]
    desk = await started(store, policy(), desk)
    assert posted(desk) == []
    desk = await started(store, with_panel(), desk)
    assert len(posted(desk)) == 1


async def test_a_start_before_the_post_is_settled_makes_no_second_one(store: Store) -> None:
    desk = await DeskDriver(store, with_panel()).start()
    await desk.unit(starting.adopt_policy)
    await desk.deliver()
    assert len(posted(desk)) == 1


async def test_a_panel_that_somebody_deletes_comes_back_once_a_day(store: Store) -> None:
    desk = await started(store, with_panel())
    for day, count in ((0, 1), (0, 0), (1, 0)):
        desk.clock.move(days=day)
        for ref in posted(desk):
            del desk.chat.messages[ref.message]
            await desk.handle(desk.event(MessageDeleted, ref=ref))
        await desk.deliver()
        assert len(posted(desk)) == count


async def test_the_button_opens_a_ticket_of_its_own(store: Store) -> None:
    desk = await started(store, with_panel())
    await desk.says("zoe", "Hello?", PANEL)
    assert await desk.tickets() == []
    answer = await desk.presses("zoe", "form_open", on=posted(desk)[0])
    assert isinstance(answer, OpenForm)
    assert isinstance(await desk.submits("zoe", answer.form.token, text=" ", priority="normal"), FormErrors)
    assert await desk.submits("zoe", answer.form.token, text="I cannot log in.", priority="high") is None
    await desk.deliver()
    ticket = await desk.ticket()
    assert (ticket.account, ticket.priority, ticket.subject) == ("globex", "high", "I cannot log in.")
    (opened,) = [call.effect for call in desk.chat.calls if getattr(call.effect, "opens", None)]
    opens = opened.opens
    assert opens and (opens.name, opens.private) == ("T-1 I cannot log in.", True)
    assert opens.person and opens.person.user == "U0ZOE"
    receipt = await desk.receipt()
    assert "I cannot log in." in text_of(receipt)
    assert buttons(receipt)


async def test_what_was_asked_in_private_is_not_shown_to_colleagues_T04(store: Store) -> None:
    desk = await started(store, with_panel())
    for name, asked in (("zoe", "My salary is wrong."), ("al", "The export fails.")):
        answer = await desk.presses(name, "form_open", on=posted(desk)[0])
        assert isinstance(answer, OpenForm)
        await desk.submits(name, answer.form.token, text=asked, priority="normal")
        await desk.deliver()
    for command in ("show 1", "solved 1", "reopen 1"):
        assert "I find no T-1 among your tickets." in text_of(await desk.types("al", command))
    assert "My salary is wrong." in text_of(await desk.types("zoe", "show 1"))
    assert "My salary is wrong." in text_of(await desk.types("bo", "show 1"))
    assert isinstance(await desk.presses("al", "form_follow_up:1"), Say)


async def test_the_button_elsewhere_means_nothing(store: Store) -> None:
    desk = await started(store, with_panel())
    assert isinstance(await desk.presses("zoe", "form_open", on=MessageRef("main", TRIAGE, "1")), Say)
    assert isinstance(await desk.submits("zoe", "open:C0GLOBEX", text="Hello.", priority="normal"), FormErrors)
    assert await desk.tickets() == []
