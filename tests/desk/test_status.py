"""Where a ticket stands, and what its customer is told."""

from support.deliveries import states
from support.desk import GLOBEX, DeskDriver, buttons, policy, text_of, who

from core.store import tables as t
from core.store.engine import Store


async def test_waiting_for_the_customer_and_their_answer(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails.")
    await desk.types("bo", "claim 1")
    assert text_of(await desk.types("bo", "pending 1")) == "T-1 now waits for the customer."
    assert text_of(await desk.types("bo", "wait 1")) == "T-1 is already waiting for customer."
    assert await desk.told_customers() == ["Bo Lind needs something from you to go on (see above)."]
    assert text_of(await desk.receipt()) == "T-1 · waiting for you."
    desk.clock.move(hours=1)
    await desk.says("ann", "Here it is.", thread=root)
    assert (await desk.ticket()).status == "open"
    told = [o for o in await desk.outbox(kind="post", side="triage") if o.pings]
    assert [(o.pings, o.text) for o in told] == [((who("bo").user,), "@Bo Lind, Ann Weber answered on T-1.")]


async def test_nobody_owns_it_yet(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    await desk.types("bo", "pending 1")
    assert await desk.told_customers() == ["We need something from you to go on (see above)."]


async def test_on_hold_tells_nothing_new(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    assert text_of(await desk.types("bo", "on_hold 1")) == "T-1 is on hold."
    assert await desk.told_customers() == []
    assert "we are waiting for somebody else" in text_of(await desk.receipt())
    await desk.says("ann", "And?")
    assert (await desk.ticket()).status == "open"


async def test_resolve_answer_and_resolve_again(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails.")
    await desk.types("bo", "claim 1")
    assert text_of(await desk.types("bo", "close 1")) == "T-1 is resolved."
    ticket = await desk.ticket()
    assert (ticket.status, ticket.resolved_at) == ("resolved", desk.clock.now())
    assert buttons(await desk.card()) == {"Reopen": "reopen:1"}
    desk.clock.move(hours=1)
    await desk.says("ann", "It fails again.", thread=root)
    ticket = await desk.ticket()
    assert (ticket.status, ticket.resolved_at, ticket.assignee) == ("open", None, "bo")
    assert await desk.told_customers() == [
        "We think this is solved. Just answer here if it is not.",
        "T-1 is open again; we are looking at it.",
    ]
    assert "reopened" in await desk.events_of()
    assert [o.pings for o in await desk.outbox(kind="post") if o.pings] == [(who("bo").user,)]


async def test_the_owner_hears_of_an_answer_once(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails.")
    await desk.types("bo", "claim 1")
    desk.clock.move(minutes=10)
    await desk.says("ann", "Hello?", thread=root)  # no answer: nobody has asked anything
    desk.clock.move(minutes=10)
    await desk.types("bo", "reply 1 Which browser?")
    for text in ("Firefox.", "On Linux.", "At home."):
        desk.clock.move(minutes=1)
        await desk.says("ann", text, thread=root)
    told = [o.text for o in await desk.outbox(kind="post") if o.pings]
    assert told == ["@Bo Lind, Ann Weber answered on T-1."]
    assert (await desk.ticket()).status == "open"
    desk.clock.move(minutes=10)
    await desk.says("bo", "And which version?", thread=root)
    desk.clock.move(minutes=10)
    await desk.says("al", "The newest.", thread=root)
    told = [o.text for o in await desk.outbox(kind="post") if o.pings]
    assert told[1:] == ["@Bo Lind, Al Ortiz answered on T-1."]


async def test_solved_for_me(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails.")
    assert text_of(await desk.presses("ann", "solved:1")) == "T-1 is solved. Thank you."
    assert (await desk.ticket()).status == "resolved"
    assert await desk.told_customers() == ["Glad that it is solved. Just answer here if it comes back."]
    assert (await desk.causes())["resolved"] == ("Ann Weber", "button")
    assert buttons(await desk.receipt()) == {}
    assert text_of(await desk.presses("ann", "solved:1")) == "T-1 is already resolved."
    await desk.types("ann", "reopen", "C0GLOBEX")
    assert (await desk.ticket()).status == "open"
    desk.clock.move(hours=1)
    await desk.reacts("ann", root, "white_check_mark")
    assert (await desk.ticket()).status == "resolved"


async def test_a_person_is_wanted_until_somebody_answers(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    for _ in range(2):
        answer = text_of(await desk.presses("ann", "person:1"))
        assert answer == "The team knows that you would like a person to look at it."
    asked = [text for text in await desk.posts("triage", "status") if "asks for a person" in text]
    assert asked == ["Ann Weber asks for a person on T-1: The export fails."]
    assert "asks for a person" in text_of(await desk.card())
    assert "we told the team" in text_of(await desk.receipt())
    assert set(buttons(await desk.receipt())) == {"Solved"}
    await desk.types("bo", "claim 1")
    assert "asks for a person" not in text_of(await desk.card())
    await desk.presses("ann", "person:1")
    await desk.types("bo", "reply 1 Here I am.")
    assert "asks for a person" not in text_of(await desk.card())
    await desk.presses("ann", "person:1")
    await desk.types("bo", "resolve 1")
    assert not (await desk.ticket()).wants_person
    await desk.types("ann", "person 1", GLOBEX)
    asks = await desk.ticket()
    assert (asks.status, asks.wants_person) == ("open", True)


CLOSED = "This ticket is closed for good. Write a new message, and a new ticket is opened."
CANNOT_BE: tuple[tuple[str, str, str], ...] = (
    ("resolved", "pending 1", "This ticket is resolved. Reopen it first."),
    ("resolved", "hold 1", "This ticket is resolved. Reopen it first."),
    ("resolved", "resolve 1", "T-1 is already resolved."),
    ("new", "reopen 1", "T-1 is already new."),
    ("closed", "claim 1", CLOSED),
    ("closed", "reopen 1", CLOSED),
    ("closed", "reply 1 x", CLOSED),
    ("closed", "person 1", CLOSED),
)


async def test_what_cannot_be(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    await desk.types("bo", "help")
    before = await desk.outbox()
    for status, command, answer in CANNOT_BE:
        await desk.set_all(t.ticket, status=status)
        assert text_of(await desk.types("bo", command)) == answer
        assert (await desk.ticket()).status == status
    assert [o.id for o in await desk.outbox()] == [o.id for o in before]


async def test_notices_are_worded_and_turned_off_by_the_desk(store: Store) -> None:
    wording = {
        "receipt_received": "Hi {name}, {ref} it is.",
        "notice_resolved": "",
        "notice_pending_nobody": "Your turn.",
        "button_solved": "Done",
    }
    desk = await DeskDriver(store, policy(wording=wording)).start()
    await desk.says("ann", "The export fails.")
    assert text_of(await desk.receipt()) == "Hi Ann, T-1 it is."
    assert set(buttons(await desk.receipt())) == {"Done", "I need a person"}
    await desk.types("bo", "pending 1")
    await desk.types("bo", "resolve 1")
    assert await desk.told_customers() == ["Your turn."]


NO_RECEIPT = dict.fromkeys(("receipt_received", "receipt_received_no_due", "receipt_out_of_hours"), "")


async def test_a_receipt_that_is_turned_off_is_never_posted_nor_changed(store: Store) -> None:
    desk = await DeskDriver(store, policy(wording=NO_RECEIPT)).start()
    root = await desk.says("ann", "The export fails.")
    await desk.deliver()
    await desk.types("bo", "claim 1")
    await desk.deliver()
    # The desk is worded otherwise in between.
    again = DeskDriver(store, policy(), chat=desk.chat)
    again.adopt(desk)
    await again.types("bo", "reply 1 On my way.")
    await again.types("bo", "resolve 1")
    await again.deliver()
    assert set(await states(store)) == {"done"}
    assert await again.sent("receipt") == []
    said = [m.words for m in again.chat.messages.values() if m.ref.thread == root.message and m.ref != root]
    assert said == ["On my way.", "We think this is solved. Just answer here if it is not."]


async def test_where_the_receipt_is_the_threads_root_it_stands_without_its_words(store: Store) -> None:
    desk = await DeskDriver(store, policy(wording=NO_RECEIPT)).start()
    await desk.types("ann", "open The export fails.", GLOBEX)
    await desk.deliver()
    assert text_of(await desk.receipt()).splitlines() == ["T-1", "The export fails."]
    (root,) = await desk.sent("receipt")
    await desk.types("bo", "reply 1 On my way.")
    await desk.deliver()
    assert [m.words for m in desk.chat.messages.values() if m.ref.thread == root.message] == ["On my way."]
    assert text_of(await desk.receipt()).startswith("T-1 · we are on it.")
