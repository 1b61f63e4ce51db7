"""How each kind of answer reaches a person on each surface: real Bolt, real sockets, Socket Mode and HTTP."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from support.slack_stage import BO, CUSTOMERS, TRIAGE, Stage, stage

from core.language.answers import Choices, FormErrors, OpenForm, Say
from core.language.effects import Post, PublishHome
from core.language.events import (
    ActionPressed,
    ChoicesAsked,
    CommandTyped,
    FormSubmitted,
    HomeOpened,
    MessagePosted,
    ReactionAdded,
    ShortcutUsed,
)
from core.language.places import MessageRef, Place
from core.language.text import words
from core.language.views import (
    Actions,
    Button,
    Card,
    ChoiceInput,
    Form,
    Home,
    Menu,
    Option,
    Select,
    TextInput,
)
from sandbox.model import Channel
from sandbox.slack import interact

SAID = Say(Card("You have T-12", words("T-12 is yours"), (Actions((Button("Undo", "release:12"),)),)))
FORM = Form(
    "Reply to Ann",
    "reply:12",
    "Send",
    (
        TextInput("text", "Your answer", multiline=True),
        ChoiceInput("then", "Then", (Option("Keep open", "open"), Option("Resolve", "resolve")), "open"),
    ),
    words("Goes to #globex"),
)


async def card_in(slack: Stage, place: Place) -> MessageRef:
    buttons = Actions((Button("Claim", "claim:12"), Select("Priority", "priority:12", (Option("High", "high"),))))
    menu = Menu("more:12", (Option("Assign", "assign:12"), Option("Note", "note:12")))
    made = await slack.adapter.deliver(Post(place, Card("T-12", words("T-12"), (buttons,), menu), "k"))
    assert made.ref is not None
    return made.ref


def only_to_bo(slack: Stage, channel: str) -> list[Any]:
    return [message for message in slack.ephemerals("U0BO", channel) if message.author == "U0DESK"]


# --- Say


async def test_a_command_is_answered_in_its_ack(slack_both: Stage) -> None:
    slack_both.desk.replies(SAID)
    outcome = await slack_both.command("U0BO", TRIAGE, "/ticket claim 12")
    assert outcome.ok
    assert outcome.body["response_type"] == "ephemeral"
    assert [message.text for message in only_to_bo(slack_both, TRIAGE)] == ["You have T-12"]
    event = await slack_both.desk.next(CommandTyped)
    assert (event.text, event.place.channel, event.person) == ("claim 12", TRIAGE, BO)


async def test_an_answer_that_comes_too_late_for_the_ack_is_shown_all_the_same(tmp_path: Path) -> None:
    async with stage(tmp_path, ack_seconds=0.4, patience=0.1) as slack:
        given_up = asyncio.Event()

        async def slow(event: Any) -> Say:
            await given_up.wait()
            return SAID

        slack.desk.answer = slow
        assert not (await slack.command("U0BO", TRIAGE, "/ticket claim 12")).ok
        given_up.set()
        await slack.until(lambda: [m for m in only_to_bo(slack, TRIAGE) if m.text == "You have T-12"])


async def test_a_press_is_answered_where_it_was(slack_both: Stage) -> None:
    root = slack_both.say("U0BO", TRIAGE, "talk")
    await slack_both.desk.until(1)
    slack_both.desk.replies(SAID)
    for place in (Place("main", TRIAGE), root.as_root):
        ref = await card_in(slack_both, place)
        before = len(only_to_bo(slack_both, TRIAGE))
        assert (await slack_both.press("U0BO", ref, "claim:12")).ok
        shown = await slack_both.until(lambda b=before: only_to_bo(slack_both, TRIAGE)[b:])
        assert shown[0].thread == place.thread
    assert slack_both.calls("chat.postEphemeral") == 0


async def test_a_press_is_answered_in_another_way_when_the_first_fails(slack: Stage) -> None:
    slack.desk.replies(SAID)
    ref = await card_in(slack, Place("main", TRIAGE))
    slack.fault("error", "response_url")
    await slack.press("U0BO", ref, "claim:12")
    assert await slack.until(lambda: only_to_bo(slack, TRIAGE))
    assert slack.calls("chat.postEphemeral") == 1


async def test_an_answer_that_reaches_nobody_is_no_failure_of_the_event(slack: Stage, caplog: Any) -> None:
    slack.desk.replies(SAID)
    ref = await card_in(slack, Place("main", TRIAGE))
    for method in ("response_url", "chat.postEphemeral", "views.open"):
        slack.fault("error", method)
    assert (await slack.press("U0BO", ref, "claim:12")).ok
    await slack.adapter.stop_intake()
    assert "the answer was not shown" in caplog.text


async def test_what_was_said_is_answered_to_its_author_in_its_thread(slack_both: Stage) -> None:
    slack_both.desk.replies(SAID)
    root = slack_both.say("U0BO", TRIAGE, "talk")
    slack_both.say("U0BO", TRIAGE, "@desk claim", root.message)
    shown = await slack_both.until(lambda: [m for m in only_to_bo(slack_both, TRIAGE) if m.thread])
    assert shown[0].thread == root.message


async def test_a_reaction_is_answered_in_the_thread_of_its_message(slack: Stage) -> None:
    root = slack.say("U0BO", TRIAGE, "talk")
    reply = slack.say("U0BO", TRIAGE, "reply", root.message)
    await slack.desk.until(2)
    slack.desk.replies(SAID)
    slack.sandbox.world.react(TRIAGE, reply.message, "U0BO", "eyes")
    shown = await slack.until(lambda: only_to_bo(slack, TRIAGE))
    assert shown[0].thread == root.message
    slack.sandbox.world.react(TRIAGE, root.message, "U0BO", "eyes")
    shown = await slack.until(lambda: only_to_bo(slack, TRIAGE)[1:])
    assert shown[0].thread is None


async def test_a_press_in_the_home_is_answered_in_a_window(slack: Stage) -> None:
    home = Home(words("Your tickets"), (Actions((Button("Open", "show:12"),)),))
    await slack.adapter.deliver(PublishHome(BO, home))
    slack.desk.replies(SAID)
    view = slack.sandbox.world.homes["U0BO"].id
    outcome = await interact.press(slack.sandbox.slack, "U0BO", view=view, action_id="show:12")
    assert outcome.ok
    windows = await slack.until(lambda: slack.sandbox.world.forms_of("U0BO"))
    assert windows[0].payload["title"]["text"] == "T-12 is yours"
    assert (await slack.desk.next(ActionPressed)).ref is None


async def test_a_shortcut_is_answered(slack_both: Stage) -> None:
    slack_both.desk.replies(SAID)
    ref = slack_both.say("U0ANN", CUSTOMERS, "It fails")
    assert (await slack_both.shortcut("U0BO", "open_ticket", ref)).ok
    assert await slack_both.until(lambda: only_to_bo(slack_both, CUSTOMERS))
    used = await slack_both.desk.next(ShortcutUsed)
    assert used.message.ref == ref
    assert used.person == BO


# --- forms


async def open_form(slack: Stage, ref: MessageRef) -> Any:
    slack.desk.replies(OpenForm(FORM))
    assert (await slack.press("U0BO", ref, "claim:12")).ok
    return (await slack.until(lambda: slack.sandbox.world.forms_of("U0BO")))[-1]


async def test_a_form_opens_and_its_answer_appears_where_it_was_asked_for(slack_both: Stage) -> None:
    root = slack_both.say("U0BO", TRIAGE, "talk")
    ref = await card_in(slack_both, root.as_root)
    form = await open_form(slack_both, ref)
    assert form.payload["title"]["text"] == "Reply to Ann"
    slack_both.desk.replies(SAID)
    outcome = await slack_both.submit("U0BO", text="We are on it")
    assert outcome.ok
    assert not slack_both.sandbox.world.forms_of("U0BO")
    shown = await slack_both.until(lambda: only_to_bo(slack_both, TRIAGE))
    assert shown[0].thread == root.message
    submitted = await slack_both.desk.next(FormSubmitted)
    assert submitted.token == "reply:12"
    assert submitted.values == {"text": "We are on it", "then": "open"}


async def test_a_command_and_a_shortcut_open_forms(slack: Stage) -> None:
    slack.desk.replies(OpenForm(FORM))
    ref = slack.say("U0ANN", CUSTOMERS, "It fails")
    for act in (slack.command("U0BO", TRIAGE, "/ticket reply 12"), slack.shortcut("U0BO", "open_ticket", ref)):
        assert (await act).ok
        await slack.until(lambda: slack.sandbox.world.forms_of("U0BO"))
        slack.sandbox.world.set_forms("U0BO", [])


async def test_a_press_that_is_delivered_again_does_not_say_that_its_form_is_not_there(slack: Stage) -> None:
    slack.desk.replies(OpenForm(FORM))
    ref = await card_in(slack, Place("main", TRIAGE))
    slack.fault("error", "views.open", status=200, error="exchanged_trigger_id")
    assert (await slack.press("U0BO", ref, "claim:12")).ok
    await slack.adapter.stop_intake()
    assert slack.calls("views.open") == 1
    assert only_to_bo(slack, TRIAGE) == []


async def test_errors_stand_under_their_fields(slack_both: Stage) -> None:
    await open_form(slack_both, await card_in(slack_both, Place("main", TRIAGE)))
    slack_both.desk.replies(FormErrors({"text": "Say a little more.", "no_such_field": "And this."}))
    outcome = await slack_both.submit("U0BO", text="x")
    assert not outcome.ok
    assert slack_both.sandbox.world.forms_of("U0BO")[-1].errors == {"text": "Say a little more. And this."}


async def test_a_form_leads_to_another_form(slack: Stage) -> None:
    await open_form(slack, await card_in(slack, Place("main", TRIAGE)))
    slack.desk.replies(OpenForm(Form("Are you sure?", "reply:12:sure", "Yes", (TextInput("why", "Why"),))))
    assert (await slack.submit("U0BO", text="x")).ok
    (form,) = slack.sandbox.world.forms_of("U0BO")
    assert form.payload["title"]["text"] == "Are you sure?"


async def test_a_form_without_a_place_is_answered_in_its_window(slack: Stage) -> None:
    home = Home(words("Your tickets"), (Actions((Button("Reply …", "reply:12"),)),))
    await slack.adapter.deliver(PublishHome(BO, home))
    slack.desk.replies(OpenForm(FORM))
    view = slack.sandbox.world.homes["U0BO"].id
    await interact.press(slack.sandbox.slack, "U0BO", view=view, action_id="reply:12")
    await slack.until(lambda: slack.sandbox.world.forms_of("U0BO"))
    slack.desk.replies(SAID)
    assert (await slack.submit("U0BO", text="x")).ok
    (form,) = slack.sandbox.world.forms_of("U0BO")
    assert form.payload["title"]["text"] == "T-12 is yours"


async def test_nothing_to_say_closes_the_form(slack: Stage) -> None:
    await open_form(slack, await card_in(slack, Place("main", TRIAGE)))
    slack.desk.replies(None)
    assert (await slack.submit("U0BO", text="x")).ok
    assert not slack.sandbox.world.forms_of("U0BO")


# --- the rest


async def test_choices_come_in_the_ack(slack_both: Stage) -> None:
    slack_both.desk.replies(Choices((Option("Mia Roth", "mia"), Option("Bo Lind", "bo"))))
    external = {"type": "external_select", "action_id": "assign:12", "min_query_length": 0}
    blocks = [{"type": "actions", "block_id": "b", "elements": [external]}]
    message = slack_both.sandbox.world.post(TRIAGE, "U0DESK", "T-12", blocks=blocks)
    outcome, found = await interact.options(
        slack_both.sandbox.slack, "U0BO", channel=TRIAGE, ts=message.id, action_id="assign:12", text="mi"
    )
    assert outcome.ok
    assert [(one["text"]["text"], one["value"]) for one in found] == [("Mia Roth", "mia"), ("Bo Lind", "bo")]
    asked = await slack_both.desk.next(ChoicesAsked)
    assert (asked.token, asked.query) == ("assign:12", "mi")


async def test_menus_and_selects_bring_what_was_chosen(slack: Stage) -> None:
    ref = await card_in(slack, Place("main", TRIAGE))
    await slack.press("U0BO", ref, "more:12", "note:12")
    await slack.press("U0BO", ref, "priority:12", "high")
    events = [event for event in await slack.desk.until(2) if isinstance(event, ActionPressed)]
    assert [(event.token, event.value) for event in events] == [("more:12", "note:12"), ("priority:12", "high")]
    assert events[0].ref == ref


async def test_reactions_homes_and_our_own_posts(slack_both: Stage) -> None:
    ref = slack_both.say("U0ANN", CUSTOMERS, "Hello")
    await card_in(slack_both, Place("main", CUSTOMERS))
    slack_both.sandbox.world.react(CUSTOMERS, ref.message, "U0ANN", "ticket")
    interact.open_home(slack_both.sandbox.slack, "U0BO")
    kinds = {type(event) for event in await slack_both.desk.until(3)}
    assert kinds == {MessagePosted, ReactionAdded, HomeOpened}


async def test_the_ack_does_not_wait_for_what_is_shown_after_it(slack_both: Stage) -> None:
    slack_both.desk.replies(OpenForm(FORM))
    ref = await card_in(slack_both, Place("main", TRIAGE))
    slack_both.fault("delay", "views.open", seconds=0.5)
    async with asyncio.timeout(0.4):
        assert (await slack_both.press("U0BO", ref, "claim:12")).ok
    assert await slack_both.until(lambda: slack_both.sandbox.world.forms_of("U0BO"))


@pytest.mark.parametrize("http", [False, True])
async def test_no_ack_when_the_desk_cannot_take_it_and_then_it_comes_again(tmp_path: Path, http: bool) -> None:
    refused = 0

    async def down_once(event: Any) -> None:
        nonlocal refused
        refused += 1
        if refused == 1:
            raise ConnectionError("the database is down")

    async with stage(tmp_path, http=http, ack_seconds=0.3) as slack:
        slack.desk.answer = down_once
        ref = slack.say("U0ANN", CUSTOMERS, "Do not lose me")
        first, second = (await slack.desk.until(2))[:2]
    assert isinstance(first, MessagePosted)
    assert first == second
    assert first.ref == ref


async def test_direct_messages_with_the_desk_and_between_others(tmp_path: Path) -> None:
    """What Slack sends for both is the same, and where others talk the desk cannot write."""
    async with stage(tmp_path) as slack:
        world = slack.sandbox.world
        world.put_channel(
            Channel("D0PAIR", "T0ACME", "", "im", ["U0BO", "U0IDA"], slack.sandbox.clock.now(), "U0BO"), by="U0BO"
        )
        asked = slack.say("U0IDA", "D0PAIR", "The export fails.")
        for channel, direct in (("D0BO", True), ("D0PAIR", False)):
            await slack.command("U0BO", channel, "/ticket open The export fails.")
            event = slack.desk.events[-1]
            assert isinstance(event, CommandTyped) and (event.place.channel, event.direct) == (channel, direct)
        await slack.shortcut("U0BO", "open_ticket", asked)
        used = slack.desk.events[-1]
        assert isinstance(used, ShortcutUsed) and not used.message.direct
        # Nothing else asks Slack for it.
        before = slack.calls("conversations.open")
        await slack.command("U0IDA", "D0PAIR", "/ticket claim 1")
        assert slack.calls("conversations.open") == before


async def test_whose_direct_messages_slack_does_not_say(tmp_path: Path) -> None:
    async with stage(tmp_path) as slack:
        slack.fault("error", "conversations.open", error="internal_error")
        await slack.command("U0BO", "D0BO", "/ticket open The export fails.")
        event = slack.desk.events[-1]
        assert isinstance(event, CommandTyped) and event.direct
