"""Buttons, selects, forms, commands and shortcuts, with a Bolt app that answers them."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient
from support.slack_peer import Control, Peer, control_of, socket_peer, web_client

from sandbox.app import Sandbox, running
from sandbox.changes import ActionFailed
from sandbox.settings import Settings

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


OPTIONS = [{"text": plain(name), "value": name.lower()} for name in ("Low", "High")]
CARD = [
    {"type": "section", "block_id": "head", "text": plain("T-1"), "accessory": {
        "type": "overflow", "action_id": "more", "options": OPTIONS,
    }},
    {"type": "actions", "block_id": "row", "elements": [
        {"type": "button", "action_id": "claim", "text": plain("Claim"), "value": "1", "style": "primary"},
        {"type": "static_select", "action_id": "priority", "options": OPTIONS},
        {"type": "users_select", "action_id": "assign"},
        {"type": "datepicker", "action_id": "day"},
        {"type": "checkboxes", "action_id": "checks", "options": OPTIONS},
        {"type": "radio_buttons", "action_id": "radio", "options": OPTIONS},
        {"type": "external_select", "action_id": "macro", "min_query_length": 0},
    ]},
]  # fmt: skip
FORM = {
    "type": "modal",
    "callback_id": "reply",
    "private_metadata": "1",
    "notify_on_close": True,
    "title": plain("Reply"),
    "submit": plain("Send"),
    "blocks": [
        {"type": "input", "block_id": "text", "label": plain("Text"), "element": {
            "type": "plain_text_input", "action_id": "value", "multiline": True, "min_length": 2}},
        {"type": "input", "block_id": "priority", "label": plain("Priority"), "optional": True, "element": {
            "type": "static_select", "action_id": "value", "options": OPTIONS, "initial_option": OPTIONS[0]}},
        {"type": "input", "block_id": "mail", "label": plain("Mail"), "optional": True, "element": {
            "type": "email_text_input", "action_id": "value"}},
    ],
}  # fmt: skip


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with running(Settings(port=0, data=tmp_path, speed=1000.0, ack_seconds=3.0)) as sandbox:
        yield sandbox


@pytest.fixture
async def control(sandbox: Sandbox) -> AsyncIterator[Control]:
    async with control_of(sandbox) as control:
        yield control


@pytest.fixture
async def peer(sandbox: Sandbox) -> AsyncIterator[Peer]:
    async with socket_peer(sandbox) as peer:
        yield peer


async def card(peer: Peer, channel: str = "C0TRIAGE", **more: Any) -> Json:
    """Where the card with all its elements stands."""
    posted = await peer.client.chat_postMessage(channel=channel, text="card", blocks=CARD, **more)
    return {"channel": channel, "message": posted["ts"]}


async def opened_form(peer: Peer, control: Control, view: Json = FORM) -> Json:
    """Press a button that opens the form; the form as Bo has it."""

    async def open_it(body: Json) -> None:
        if body.get("type") == "block_actions":
            await peer.client.views_open(trigger_id=body["trigger_id"], view=view)

    peer.answer = open_it
    await control.act("press", "U0BO", **await card(peer), action_id="claim")
    return (await control.get("sees", "U0BO"))["forms"][-1]


async def test_a_button(control: Control, peer: Peer) -> None:
    where = await card(peer)
    pressed = await control.act("press", "U0BO", **where, action_id="claim")
    assert pressed["ok"]
    body = await peer.interaction("block_actions")
    action = body["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"], action["type"]) == ("claim", "row", "1", "button")
    assert (body["user"]["id"], body["user"]["team_id"], body["team"]["id"]) == ("U0BO", "T0ACME", "T0ACME")
    assert body["channel"] == {"id": "C0TRIAGE", "name": "privategroup"}
    assert body["container"] == {
        "type": "message",
        "message_ts": where["message"],
        "channel_id": "C0TRIAGE",
        "is_ephemeral": False,
    }
    assert body["message"]["ts"] == where["message"]
    assert body["trigger_id"]
    assert body["response_url"].startswith("http://")


@pytest.mark.parametrize(
    ("action_id", "value", "name", "expected"),
    [
        ("more", "high", "selected_option", OPTIONS[1]),
        ("priority", "low", "selected_option", OPTIONS[0]),
        ("assign", "U0IDA", "selected_user", "U0IDA"),
        ("day", "2026-11-23", "selected_date", "2026-11-23"),
        ("checks", ["low", "high"], "selected_options", OPTIONS),
        ("radio", "high", "selected_option", OPTIONS[1]),
    ],
)
async def test_what_is_chosen(
    control: Control, peer: Peer, action_id: str, value: Any, name: str, expected: Any
) -> None:
    where = await card(peer)
    await control.act("press", "U0BO", **where, action_id=action_id, value=value)
    body = await peer.interaction("block_actions")
    assert body["actions"][0][name] == expected
    state = body["state"]["values"]["row"]
    assert set(state) == {"priority", "assign", "day", "checks", "radio", "macro"}
    if action_id != "more":
        assert state[action_id][name] == expected
    action = body["actions"][0]
    again = {"action_id": action_id, "type": action["type"], name: expected}
    await control.act("press", "U0BO", **where, action=again)
    assert (await peer.until(lambda: peer.bodies[1:2]))[0]["actions"][0][name] == expected


async def test_choices_are_kept_for_the_next_press(control: Control, peer: Peer) -> None:
    where = await card(peer)
    await control.act("press", "U0BO", **where, action_id="priority", value="high")
    await control.act("press", "U0BO", **where, action_id="claim")
    state = peer.bodies[-1]["state"]["values"]["row"]
    assert state["priority"]["selected_option"] == OPTIONS[1]
    await control.act("press", "U0IDA", **where, action_id="claim")
    assert peer.bodies[-1]["state"]["values"]["row"]["priority"]["selected_option"] is None


async def test_options_of_an_external_select(control: Control, peer: Peer) -> None:
    where = await card(peer)
    peer.replies({"options": OPTIONS})
    found = await control.act("options", "U0BO", **where, action_id="macro", value="h")
    assert found["options"] == OPTIONS
    body = await peer.interaction("block_suggestion")
    assert (body["value"], body["action_id"], body["block_id"]) == ("h", "macro", "row")
    peer.replies(None)
    await control.act("press", "U0BO", **where, action_id="macro", value="high")
    assert peer.bodies[-1]["actions"][0]["selected_option"] == OPTIONS[1]
    assert await control.refused("press", "U0BO", **where, action_id="macro", value="other") == (400, "bad_request")
    peer.replies({"options": [{"text": "no object", "value": "x"}]})
    broken = await control.act("options", "U0BO", **where, action_id="macro")
    assert (broken["ok"], broken["reason"], broken["options"]) == (False, "invalid_options", [])


async def test_who_cannot_see_it_cannot_press_it(control: Control, peer: Peer) -> None:
    where = await card(peer)
    assert await control.refused("press", "U0ANN", **where, action_id="claim") == (404, "no_such_message")
    assert await control.refused("press", "U0BO", **where, action_id="nothing") == (404, "no_such_element")
    theirs = await peer.client.chat_postEphemeral(channel="C0TRIAGE", user="U0BO", text="x", blocks=CARD)
    hidden = {"channel": "C0TRIAGE", "message": theirs["message_ts"]}
    assert await control.refused("press", "U0IDA", **hidden, action_id="claim") == (404, "no_such_message")
    assert peer.bodies == []


async def test_a_customer_presses_in_the_shared_channel(control: Control, peer: Peer) -> None:
    await control.act("press", "U0ANN", **await card(peer, "C0GLOBEX"), action_id="claim")
    body = await peer.interaction("block_actions")
    assert (body["user"]["team_id"], body["team"]["id"]) == ("T0GLOBEX", "T0ACME")


async def test_an_ephemeral_is_answered_in_place(control: Control, peer: Peer) -> None:
    shown = await peer.client.chat_postEphemeral(channel="C0TRIAGE", user="U0BO", text="sure?", blocks=CARD)
    where = {"channel": "C0TRIAGE", "message": shown["message_ts"]}
    await control.act("press", "U0BO", **where, action_id="claim")
    body = await peer.interaction("block_actions")
    assert body["container"]["is_ephemeral"] is True
    assert "message" not in body
    hook = AsyncWebhookClient(body["response_url"])
    assert (await hook.send(text="done", replace_original=True)).status_code == 200
    seen = (await control.get("sees", "U0BO", channel="C0TRIAGE"))["messages"][-1]
    assert (seen["ts"], seen["text"]) == (shown["message_ts"], "done")
    await hook.send(delete_original=True)
    assert (await control.get("sees", "U0BO"))["ephemerals"] == []


async def test_a_response_url_has_five_uses(control: Control, peer: Peer, sandbox: Sandbox) -> None:
    where = await card(peer)
    await control.act("press", "U0BO", **where, action_id="claim")
    hook = AsyncWebhookClient((await peer.interaction("block_actions"))["response_url"])
    await hook.send(text="to you")
    await hook.send(text="to all", response_type="in_channel")
    await hook.send(text="changed", replace_original=True)
    refused = await hook.send(text="x", blocks=[{"type": "section"}])
    assert (refused.status_code, json.loads(refused.body)["error"]) == (400, "invalid_blocks")
    await hook.send(delete_original=True)
    used_up = await hook.send(text="too late")
    assert (used_up.status_code, json.loads(used_up.body)) == (404, {"ok": False, "error": "used_url"})
    assert [one.text for one in sandbox.world.ephemerals_of("U0BO", "C0TRIAGE")] == ["to you"]
    assert next(sandbox.world.history("C0TRIAGE")).text == "to all"
    assert sandbox.world.find_message("C0TRIAGE", where["message"]) is None
    unknown = await AsyncWebhookClient(f"{sandbox.base_url}/slack/response/none").send(text="x")
    assert json.loads(unknown.body)["error"] == "expired_url"


async def test_a_button_that_nobody_answers_shows_that(control: Control, sandbox: Sandbox) -> None:
    failures: list[ActionFailed] = []
    sandbox.world.subscribe(lambda change: failures.append(change) if isinstance(change, ActionFailed) else None)
    posted = await web_client(sandbox).chat_postMessage(channel="C0TRIAGE", text="card", blocks=CARD)
    where = {"channel": "C0TRIAGE", "message": posted["ts"]}
    pressed = await control.act("press", "U0BO", **where, action_id="claim")
    assert (pressed["ok"], pressed["reason"]) == (False, "not_connected")
    assert failures == [ActionFailed("U0BO", "C0TRIAGE", posted["ts"], "claim", "not_connected")]


async def test_a_form_is_filled_in_and_sent(control: Control, peer: Peer) -> None:
    form = await opened_form(peer, control)
    assert form["payload"]["callback_id"] == "reply"
    incomplete = await control.act("submit", "U0BO", values={"mail": "nobody"})
    assert incomplete["errors"] == {
        "text": "Please complete this required field.",
        "mail": "Please enter a valid email address.",
    }
    sent = await control.act("submit", "U0BO", form=form["id"], values={"text": "Hello", "mail": "a@b.example"})
    assert sent["ok"]
    view = (await peer.interaction("view_submission"))["view"]
    assert (view["id"], view["callback_id"], view["private_metadata"]) == (form["id"], "reply", "1")
    assert view["state"]["values"] == {
        "text": {"value": {"type": "plain_text_input", "value": "Hello"}},
        "priority": {"value": {"type": "static_select", "selected_option": OPTIONS[0]}},
        "mail": {"value": {"type": "email_text_input", "value": "a@b.example"}},
    }
    assert (view["app_installed_team_id"], view["hash"]) == ("T0ACME", form["hash"])
    assert (await control.get("sees", "U0BO"))["forms"] == []


async def test_a_form_sent_in_slacks_own_state(control: Control, peer: Peer) -> None:
    await opened_form(peer, control)
    state = {
        "text": {"value": {"type": "plain_text_input", "value": "Hello"}},
        "priority": {"value": {"type": "static_select", "selected_option": OPTIONS[1]}},
    }
    await control.act("submit", "U0BO", state=state)
    values = (await peer.interaction("view_submission"))["view"]["state"]["values"]
    assert values["priority"]["value"]["selected_option"] == OPTIONS[1]
    assert values["mail"] == {"value": {"type": "email_text_input", "value": None}}


async def test_errors_update_push_and_clear(control: Control, peer: Peer, sandbox: Sandbox) -> None:
    await opened_form(peer, control)
    peer.replies({"response_action": "errors", "errors": {"text": "Not like this."}})
    refused = await control.act("submit", "U0BO", values={"text": "Hello"})
    assert (refused["ok"], refused["errors"]) == (False, {"text": "Not like this."})
    form = (await control.get("sees", "U0BO"))["forms"][0]
    assert form["errors"] == {"text": "Not like this."}
    assert form["state"]["text"]["value"]["value"] == "Hello"
    peer.replies({"response_action": "update", "view": {**FORM, "title": plain("Again")}})
    await control.act("submit", "U0BO", values={})
    form = (await control.get("sees", "U0BO"))["forms"][0]
    assert (form["payload"]["title"]["text"], form["errors"]) == ("Again", {})
    assert form["state"]["text"]["value"]["value"] == "Hello"
    peer.replies({"response_action": "push", "view": {**FORM, "title": plain("Second")}})
    await control.act("submit", "U0BO", values={})
    assert [one.payload["title"]["text"] for one in sandbox.world.forms_of("U0BO")] == ["Again", "Second"]
    peer.replies(None)
    await control.act("submit", "U0BO", values={"text": "Fine"})
    assert [one.payload["title"]["text"] for one in sandbox.world.forms_of("U0BO")] == ["Again"]
    peer.replies({"response_action": "clear"})
    await control.act("submit", "U0BO", values={})
    assert sandbox.world.forms_of("U0BO") == []


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "errors"},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "dance"},
    ],
)
async def test_an_answer_that_slack_does_not_take_is_trouble(control: Control, peer: Peer, answer: Json) -> None:
    await opened_form(peer, control)
    peer.replies(answer)
    sent = await control.act("submit", "U0BO", values={"text": "Hello"})
    assert not sent["ok"]
    form = (await control.get("sees", "U0BO"))["forms"][0]
    assert form["errors"] == {"": "We had some trouble connecting. Try again?"}


async def test_a_closed_form_is_told(control: Control, peer: Peer) -> None:
    form = await opened_form(peer, control)
    peer.replies(None)
    await control.act("close", "U0BO")
    body = await peer.interaction("view_closed")
    assert (body["view"]["id"], body["is_cleared"]) == (form["id"], False)
    assert await control.refused("close", "U0BO") == (404, "no_such_view")


async def test_an_input_that_tells_at_once(control: Control, peer: Peer) -> None:
    block = {**FORM["blocks"][1], "dispatch_action": True}
    form = await opened_form(peer, control, {**FORM, "blocks": [block]})
    peer.replies(None)
    await control.act("press", "U0BO", form=form["id"], action_id="value", block_id="priority", value="high")
    body = peer.bodies[-1]
    assert body["container"] == {"type": "view", "view_id": form["id"]}
    assert body["view"]["state"]["values"]["priority"]["value"]["selected_option"] == OPTIONS[1]
    assert "channel" not in body


async def test_bolt_listeners_of_all_kinds_answer(sandbox: Sandbox, control: Control) -> None:
    """The usual way to write a Bolt app: a listener for each thing."""
    async with socket_peer(sandbox) as peer:
        app = peer.app
        app._async_middleware_list.pop()
        heard: asyncio.Queue[str] = asyncio.Queue()

        @app.event("app_mention")
        async def mention(event: Json, say: Any) -> None:
            await say(text="here", thread_ts=event["ts"])
            await heard.put("mention")

        @app.event("message")
        async def message() -> None:
            await heard.put("message")

        @app.action("claim")
        async def claim(ack: Any, respond: Any, body: Json, client: Any) -> None:
            await ack()
            await respond(text="claimed", response_type="ephemeral")
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)

        @app.view("reply")
        async def reply(ack: Any) -> None:
            await ack(response_action="errors", errors={"text": "no"})

        @app.options("macro")
        async def macro(ack: Any) -> None:
            await ack(options=OPTIONS)

        @app.command("/ticket")
        async def ticket(ack: Any) -> None:
            await ack("fine")

        posted = await control.act("post", "U0ANN", channel="C0GLOBEX", text="@Desk help", wait="ack")
        assert {await heard.get(), await heard.get()} == {"mention", "message"}
        assert (await control.get("sees", "U0ANN", channel="C0GLOBEX", thread=posted["ts"]))["messages"][-1][
            "text"
        ] == "here"
        where = await card(peer)
        assert (await control.act("options", "U0BO", **where, action_id="macro"))["options"] == OPTIONS
        await control.act("press", "U0BO", **where, action_id="claim")
        assert (await control.get("idle", quiet_ms=50))["idle"]
        seen = await control.get("sees", "U0BO")
        assert [one["text"] for one in seen["ephemerals"]] == ["claimed"]
        sent = await control.act("submit", "U0BO", form=seen["forms"][0]["id"], values={"text": "Hello"})
        assert sent["errors"] == {"text": "no"}
        assert (await control.act("command", "U0BO", channel="C0TRIAGE", text="/ticket"))["answer"] == {"text": "fine"}


async def test_opening_a_form_needs_the_persons_trigger(sandbox: Sandbox) -> None:
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        await web_client(sandbox).views_open(trigger_id="12345.98765.abcd", view=FORM)
    async with aiohttp.ClientSession() as session:
        url = f"{sandbox.base_url}/slack/api/views.open"
        async with session.post(url, headers={"Authorization": "Bearer xoxb-sandbox"}) as answer:
            assert (await answer.json())["error"] == "invalid_arguments"
