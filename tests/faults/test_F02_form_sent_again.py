"""F02 for forms: what was committed and not acknowledged is, for the person, a form that did not go. They send it
again, and it has happened once."""

from support.books import DESK, balanced
from support.whole_desk import ANN, BO, GLOBEX, TRIAGE, WholeDesk


async def test_F02_a_form_that_is_sent_again_happens_once(slack_desk: WholeDesk) -> None:
    root = await slack_desk.write(ANN, GLOBEX, "The export fails")
    card = await slack_desk.card(1)
    await slack_desk.press(BO, card, "Reply …")
    await slack_desk.form(BO)
    await slack_desk.post("faults", kind="ignore_ack", event="view_submission")
    answers = [await slack_desk.submit(BO, text="We are on it.", then="open") for _ in range(2)]
    assert [answer["ok"] for answer in answers] == [False, True]
    await balanced(slack_desk)
    said = [m.text for m in slack_desk.sandbox.world.thread(GLOBEX, root) if m.author == DESK]
    assert said.count("We are on it.") == 1
    assert (await slack_desk.timeline(1)).count("replied") == 1


async def test_F02_a_form_that_was_refused_may_be_sent_again_as_it_is(slack_desk: WholeDesk) -> None:
    root = await slack_desk.write(ANN, GLOBEX, "The export fails")
    card = await slack_desk.card(1)
    await slack_desk.press(BO, card, "Reply …")
    await slack_desk.form(BO)
    await slack_desk.command(BO, TRIAGE, "resolve 1")
    refused = await slack_desk.submit(BO, text="We are on it.", then="pending")
    assert not refused["ok"] and refused["errors"], refused
    await slack_desk.command(BO, TRIAGE, "reopen 1")
    assert (await slack_desk.submit(BO, text="We are on it.", then="pending"))["ok"]
    await slack_desk.finds(ANN, GLOBEX, "We are on it.", thread=root)
