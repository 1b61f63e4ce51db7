"""`/ticket`, and what each verb does; surfaces of their own have tests of their own."""

import pytest
from support.desk import GLOBEX, TRIAGE, DeskDriver, buttons, policy, text_of

from core.language.commands import VERBS
from core.store.engine import Store


@pytest.fixture
async def opened(desk: DeskDriver) -> DeskDriver:
    await desk.says("ann", "The export fails.")
    return desk


async def test_forms_of_a_number(opened: DeskDriver) -> None:
    for number in ("1", "T-1", "t-1", "t1", "T1", "#1"):
        assert text_of(await opened.types("bo", f"  claim   {number} ")) == "T-1 is yours now."
        await opened.types("bo", "release 1")
    for number in ("0", "-1", "99", "T-99", "2147483648", "999999999999", "one"):
        answer = text_of(await opened.types("bo", f"claim {number}"))
        assert "There is no T-99." in answer or "is not a ticket number" in answer
    assert (await opened.ticket()).assignee is None


async def test_unknown_words(opened: DeskDriver) -> None:
    assert text_of(await opened.types("bo", "explode 1")) == "I do not know “explode”. Type help to see what there is."
    assert text_of(await opened.types("bo", "assign 1")) == "assign needs more. Type: assign [number] <agent>"
    assert text_of(await opened.types("bo", "priority 1 huge")).startswith("“huge” is not a priority.")
    assert text_of(await opened.types("bo", "type 1 joke")).startswith("“joke” is not a type.")


async def test_help_lists_what_one_may_use(opened: DeskDriver) -> None:
    for empty in ("help", "", "HELP"):
        agents = text_of(await opened.types("bo", empty))
        assert all(f"/ticket {verb.usage}" in agents for verb in VERBS)
    customers = text_of(await opened.types("ann", "help", GLOBEX))
    shown = {verb.name for verb in VERBS if f"/ticket {verb.usage}" in customers}
    assert shown == {"open", "mine", "show", "solved", "person", "urgent", "reopen", "help"}


async def test_priority_type_category_subject(opened: DeskDriver) -> None:
    desk = opened
    answer = await desk.types("bo", "priority 1 Urgent")
    assert text_of(answer) == "T-1 has priority urgent now."
    assert answer and answer.kind == "say"
    assert text_of(await desk.presses("bo", buttons(answer.card)["Undo"])) == "T-1 has priority normal now."
    await desk.types("bo", "prio 1 low")
    assert text_of(await desk.types("bo", "type 1 incident")) == "T-1 has type incident now."
    assert text_of(await desk.types("bo", "category 1 export")) == "T-1 is now in Export."
    assert text_of(await desk.types("bo", "category 1 Games")) == (
        "“Games” is not a category. Use one of: Export, Login."
    )
    assert text_of(await desk.types("bo", "subject 1   Export  fails in v2 ")) == "T-1 has its new subject."
    ticket = await desk.ticket()
    assert (ticket.priority, ticket.type, ticket.category) == ("low", "incident", "Export")
    assert ticket.subject == "Export fails in v2"
    card = text_of(await desk.card())
    for shown in ("Priority: Low", "incident", "Export", "Export fails in v2"):
        assert shown in card
    before = await desk.events_of()
    for same in ("priority 1 low", "type 1 incident", "category 1 Export", "subject 1 Export fails in v2"):
        await desk.types("bo", same)
    assert await desk.events_of() == before


async def test_no_categories(store: Store) -> None:
    desk = await DeskDriver(store, policy(categories=())).start()
    await desk.says("ann", "The export fails.")
    assert "lists no categories yet" in text_of(await desk.types("bo", "category 1 Export"))


async def test_without_a_number_agents(opened: DeskDriver) -> None:
    desk = opened
    assert text_of(await desk.types("bo", "resolve")) == "Which ticket? Type: resolve <number>"
    assert text_of(await desk.types("bo", "claim")) == "T-1 is yours now."
    await desk.says("al", "My login fails.")
    await desk.says("ian", "Hello. I cannot log in at all since this morning.", "C0INITECH")
    assert text_of(await desk.types("ida", "claim")) == ("Which ticket? T-2 My login fails, T-3 Hello. Type: claim 2")
    assert text_of(await desk.types("bo", "reply We look.")) == "Sent to the customer on T-1."
    assert text_of(await desk.types("bo", "resolve")) == "T-1 is resolved."
    assert await desk.told_customers() == ["We look.", "We think this is solved. Just answer here if it is not."]


async def test_without_a_number_customers(opened: DeskDriver) -> None:
    desk = opened
    assert "T-1 The export fails." in text_of(await desk.types("ann", "show", GLOBEX))
    assert text_of(await desk.types("ann", "solved", GLOBEX)) == "T-1 is solved. Thank you."
    assert (await desk.ticket()).status == "resolved"
    desk.clock.move(hours=1)
    await desk.says("ann", "The import fails.")
    # Of the two only one can be meant by each of these.
    assert text_of(await desk.types("ann", "solved", GLOBEX)).startswith("T-2")
    assert "Which ticket? T-2 The import fails, T-1" in text_of(await desk.types("ann", "reopen", GLOBEX))
    assert "T-1 is open again." in text_of(await desk.types("ann", "reopen 1", GLOBEX))
    assert text_of(await desk.types("ann", "reopen", GLOBEX)) == "T-2 is open again."
    assert text_of(await desk.types("al", "solved", GLOBEX)) == "Which ticket? Type: solved <number>"


async def test_in_a_tickets_thread_the_number_is_implied(opened: DeskDriver) -> None:
    """Where a platform has slash commands in threads."""
    desk = opened
    await desk.deliver()
    card = (await desk.sent("card"))[0]
    receipt = (await desk.sent("receipt"))[0]
    await desk.says("al", "Another thing.")
    assert text_of(await desk.types("bo", "claim", TRIAGE, thread=card.message)) == "T-1 is yours now."
    assert text_of(await desk.types("bo", "resolve", GLOBEX, thread=receipt.thread)) == "T-1 is resolved."
    assert text_of(await desk.types("bo", "claim 2", TRIAGE, thread=card.message)) == "T-2 is yours now."


async def test_lists(opened: DeskDriver) -> None:
    desk = opened
    await desk.says("al", "My login fails.")
    await desk.types("bo", "claim 1")
    await desk.types("bo", "priority 2 urgent")
    assert text_of(await desk.types("bo", "list")) == (
        "Open tickets\n"
        "T-2 My login fails · New · Urgent · Al Ortiz · nobody yet\n"
        "T-1 The export fails · Open · Normal · Ann Weber · Bo Lind"
    )
    assert "T-1" not in text_of(await desk.types("bo", "list unowned"))
    assert "T-2" not in text_of(await desk.types("bo", "list mine"))
    assert text_of(await desk.types("bo", "list urgent")) == (
        "I know no list “urgent”. Type: list, list mine, list unowned or list late"
    )
    assert text_of(await desk.types("ida", "mine")) == "Nothing is assigned to you."
    assert text_of(await desk.types("ann", "mine", GLOBEX)) == "Your tickets\nT-1 The export fails · Open"
    await desk.types("bo", "pending 1")
    assert "T-1 The export fails · Waiting for you" in text_of(await desk.types("ann", "mine", GLOBEX))
    assert text_of(await desk.types("zoe", "mine", "C0ELSEWHERE")) == "You have no tickets."
    await desk.types("bo", "claim 2")
    assert text_of(await desk.types("bo", "list unowned")) == "Every open ticket has an owner."
    await desk.types("bo", "resolve 1")
    await desk.types("bo", "resolve 2")
    assert text_of(await desk.types("bo", "list")) == "Nothing is open. All answered."


async def test_show(opened: DeskDriver) -> None:
    desk = opened
    await desk.types("bo", "claim 1")
    shown = text_of(await desk.types("ann", "show 1", GLOBEX))
    assert shown == "T-1 The export fails.\nOpen, normal priority\nasked by Ann Weber, 11:00\nowner: Bo Lind"
    agents = text_of(await desk.types("bo", "show 1"))
    assert agents.startswith(shown)
    assert "first response: running, due 12:00" in agents


async def test_why(opened: DeskDriver) -> None:
    desk = opened
    await desk.types("bo", "claim 1")
    await desk.types("bo", "priority 1 urgent")
    lines = text_of(await desk.types("ida", "why 1")).splitlines()
    assert lines[0] == "Why T-1 is as it is"
    assert "opened by Ann Weber (rule intake every): account globex, team support, priority normal" in lines[1]
    assert any("first response promised by 12:00, policy standard (rule intake every)" in line for line in lines)
    assert any("claimed by Bo Lind (command)" in line for line in lines)
    assert any("priority normal → urgent by Bo Lind (command)" in line for line in lines)


async def test_a_stranger_may_do_nothing(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    for verb in VERBS:
        if verb.ticket:
            argument = {"priority": "low", "type": "bug"}.get(verb.name, "x") if verb.param else ""
            answer = text_of(await desk.types("zoe", f"{verb.name} 1 {argument}", "C0X"))
            assert "Only the support team" in answer or "I find no T-1 among your tickets" in answer, verb.name
    assert await desk.events_of() == ["opened", "clock_armed", "clock_armed"]
