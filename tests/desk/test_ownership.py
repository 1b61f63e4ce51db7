"""Who has a ticket: claim, release, assign; and who hears of it."""

import pytest
from support.desk import DeskDriver, buttons, text_of, who

from core.language.events import GroupChanged


@pytest.fixture
async def opened(desk: DeskDriver) -> DeskDriver:
    await desk.says("ann", "The export fails.")
    return desk


async def test_claim(opened: DeskDriver) -> None:
    desk = opened
    assert text_of(await desk.types("bo", "claim 1")) == "T-1 is yours now."
    ticket = await desk.ticket()
    assert (ticket.assignee, ticket.status) == ("bo", "open")
    assert (await desk.causes())["claimed"] == ("bo", "command")
    assert text_of(await desk.types("bo", "claim 1")) == "T-1 was yours already."
    assert text_of(await desk.types("ida", "claim 1")) == "Bo Lind has T-1. Ask for it, or /ticket assign 1 me"
    assert (await desk.ticket()).assignee == "bo"
    assert (await desk.events_of()).count("claimed") == 1
    assert "Owner: Bo Lind" in text_of(await desk.card())
    assert "Bo Lind is on it." in text_of(await desk.receipt())


async def test_claim_can_be_undone(opened: DeskDriver) -> None:
    desk = opened
    answer = await desk.presses("bo", "claim:1")
    assert answer and answer.kind == "say"
    undo = buttons(answer.card)["Undo"]
    assert text_of(await desk.presses("bo", undo)) == "T-1 is back in the queue."
    assert (await desk.ticket()).assignee is None
    assert text_of(await desk.types("bo", "release 1")) == "T-1 is back in the queue."
    assert (await desk.events_of()).count("released") == 1


async def test_only_the_owner_or_a_lead_gives_back(opened: DeskDriver) -> None:
    desk = opened
    await desk.types("bo", "claim 1")
    assert "Bo Lind has T-1." in text_of(await desk.types("ida", "release 1"))
    assert (await desk.ticket()).assignee == "bo"
    await desk.types("mia", "release 1")
    assert (await desk.ticket()).assignee is None


async def test_assign_by_any_name(opened: DeskDriver) -> None:
    desk = opened
    words = ("ida", "Ida Sand", "ida sand", "Ida", "@Ida", "U0IDA")
    for word in words:
        assert text_of(await desk.types("bo", f"assign 1 {word}")) == "T-1 is with Ida Sand now."
        assert ((await desk.ticket()).assignee, (await desk.ticket()).status) == ("ida", "open")
        await desk.types("ida", "release 1")
    # Ida did not do it herself, so she is told, and nobody else.
    told = [(o.pings, o.text) for o in await desk.outbox(kind="post", side="triage") if o.pings]
    expected = ((who("ida").user,), "@Ida Sand, Bo Lind gave you T-1: The export fails.")
    assert told == [expected] * len(words)


async def test_assign_to_oneself_tells_nobody(opened: DeskDriver) -> None:
    desk = opened
    await desk.types("bo", "claim 1")
    assert text_of(await desk.types("ida", "assign 1 me")) == "T-1 is with Ida Sand now."
    await desk.types("ida", "assign 1 ida")
    assert (await desk.ticket()).assignee == "ida"
    assert not any(o.pings for o in await desk.outbox())
    assert (await desk.events_of()).count("assigned") == 1


async def test_assign_to_nobody_known(opened: DeskDriver) -> None:
    desk = opened
    for word in ("somebody", "Ann Weber", "U0ANN", "ann", "<@U0IDA>"):
        answer = text_of(await desk.types("bo", f"assign 1 {word}"))
        assert answer.startswith(f"I know no agent “{word}”. Use one of: Bo Lind, Ida Sand")
    assert (await desk.ticket()).assignee is None


async def test_assign_by_form(opened: DeskDriver) -> None:
    desk = opened
    answer = await desk.presses("bo", "menu:1", "form_assign:1")
    assert answer and answer.kind == "open_form"
    assert [o.label for o in answer.form.inputs[0].options] == ["Bo Lind", "Ida Sand", "Mia Roth", "Sam Hall"]
    assert await desk.submits("bo", answer.form.token, agent="mia") is None
    assert (await desk.ticket()).assignee == "mia"
    assert "no agent" in text_of(await desk.submits("bo", answer.form.token, agent="nobody"))


async def test_a_resolved_ticket_has_to_be_reopened_first(opened: DeskDriver) -> None:
    desk = opened
    await desk.types("bo", "resolve 1")
    for command in ("claim 1", "assign 1 ida"):
        assert "Reopen it first" in text_of(await desk.types("ida", command))
    assert (await desk.ticket()).assignee is None


async def test_members_of_a_group_are_agents(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    assert "Only the support team" in text_of(await desk.types("eve", "claim 1"))
    await desk.deliver()  # the group's members and their names come in
    assert text_of(await desk.types("eve", "claim 1")) == "T-1 is yours now."
    ticket = await desk.ticket()
    assert ticket.assignee == "main:U0EVE"
    assert "Owner: Eve Ek" in text_of(await desk.card())
    assert "Eve Ek is on it." in text_of(await desk.receipt())
    assert "T-1" in text_of(await desk.types("eve", "mine"))
    assert "T-1" in await desk.home_of("eve")
    assert "Eve Ek has T-1" in text_of(await desk.types("bo", "claim 1"))
    # Max was never heard of but as a member.
    for word in ("Max Orr", "max", "U0MAX", "main:U0MAX"):
        await desk.types("mia", "assign 1 eve")
        assert text_of(await desk.types("mia", f"assign 1 {word}")) == "T-1 is with Max Orr now."
    told = [o.pings for o in await desk.outbox(kind="post", side="triage") if o.pings]
    assert told[-1] == (who("max").user,)
    choices = text_of(await desk.asks("bo", "agent", "o"))
    assert choices == "Bo Lind, Mia Roth, Max Orr"


async def test_who_leaves_the_group_is_no_agent_any_more_T02(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    await desk.types("eve", "claim 1")
    desk.chat.groups["S0AGENTS"] = (who("max").user,)
    await desk.handle(desk.event(GroupChanged, group="S0AGENTS"))
    await desk.deliver()
    assert "Only the support team" in text_of(await desk.types("eve", "release 1"))
    assert "T-1" not in await desk.home_of("eve")
    assert "Owner: Eve Ek" in text_of(await desk.card())
    assert "Max Orr" in text_of(await desk.asks("bo", "agent", "max"))
    assert text_of(await desk.asks("bo", "agent", "eve")) == ""
