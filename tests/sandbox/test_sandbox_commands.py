"""Slash commands and shortcuts, with a Bolt app that answers them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient
from support.slack_peer import Control, Peer, control_of, socket_peer

from sandbox.app import Sandbox, running
from sandbox.settings import Settings

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


FORM = {"type": "modal", "callback_id": "reply", "title": plain("Reply"), "blocks": []}


@pytest.fixture
async def control(sandbox: Sandbox) -> AsyncIterator[Control]:
    async with control_of(sandbox) as control:
        yield control


@pytest.fixture
async def peer(sandbox: Sandbox) -> AsyncIterator[Peer]:
    async with socket_peer(sandbox) as peer:
        yield peer


async def test_a_command_and_its_answers(control: Control, peer: Peer, sandbox: Sandbox) -> None:
    peer.replies({"text": "for you", "blocks": [{"type": "section", "text": plain("for you")}]})
    ran = await control.act("command", "U0BO", channel="C0TRIAGE", text="/ticket assign 12 @Ida")
    assert ran["ok"]
    body = await peer.command()
    assert (body["command"], body["text"], body["channel_name"]) == ("/ticket", "assign 12 @Ida", "privategroup")
    assert (body["user_id"], body["user_name"], body["team_domain"]) == ("U0BO", "bo", "acme")
    assert "thread_ts" not in body
    peer.replies("plain")
    await control.act("command", "U0BO", channel="C0TRIAGE", text="/ticket mine")
    peer.replies({"text": "for all", "response_type": "in_channel"})
    await control.act("command", "U0BO", channel="C0TRIAGE", text="/ticket mine")
    peer.replies({"text": "x", "blocks": [{"type": "section"}]})
    broken = await control.act("command", "U0BO", channel="C0TRIAGE", text="/ticket mine")
    assert broken["reason"] == "invalid_command_response"
    shown = [one.text for one in sandbox.world.ephemerals_of("U0BO", "C0TRIAGE")]
    assert shown == ["for you", "plain", '/ticket failed with the error "invalid_command_response"']
    assert next(sandbox.world.history("C0TRIAGE")).text == "for all"
    trigger = body["trigger_id"]
    assert (await peer.client.views_open(trigger_id=trigger, view=FORM))["view"]["callback_id"] == "reply"
    late = await AsyncWebhookClient(body["response_url"]).send(text="later")
    assert late.body == "ok"


async def test_commands_that_slack_refuses(control: Control, peer: Peer, tmp_path: Path, sandbox: Sandbox) -> None:
    root = await control.act("post", "U0BO", channel="C0TRIAGE", text="root")
    in_thread = {"channel": "C0TRIAGE", "text": "/ticket mine", "thread": root["ts"]}
    assert await control.refused("command", "U0BO", **in_thread) == (409, "not_in_threads")
    assert sandbox.world.ephemerals_of("U0BO", "C0TRIAGE")[-1].thread == root["ts"]
    by_outsider = {"channel": "C0GLOBEX", "text": "/ticket mine"}
    assert await control.refused("command", "U0ANN", **by_outsider) == (409, "not_a_valid_command")
    assert "/ticket is not a valid command" in sandbox.world.ephemerals_of("U0ANN", "C0GLOBEX")[-1].text
    assert await control.refused("command", "U0ANN", channel="C0TRIAGE", text="/ticket") == (404, "no_such_channel")
    assert peer.bodies == []


async def test_the_manifest_says_which_commands_and_shortcuts_there_are(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    features = {
        "slash_commands": [{"command": "/ticket", "description": "Tickets", "should_escape": True}],
        "shortcuts": [{"name": "Open a ticket", "type": "message", "callback_id": "open", "description": "x"}],
    }
    scopes = {"oauth_config": {"scopes": {"bot": ["commands"]}}}
    manifest.write_text(
        json.dumps(scopes | {"features": features, "settings": {"interactivity": {"is_enabled": True}}})
    )
    async with (
        running(Settings(port=0, data=tmp_path / "data", slack_manifest=manifest)) as sandbox,
        socket_peer(sandbox) as peer,
        control_of(sandbox) as control,
    ):
        refused = await control.refused("command", "U0BO", channel="C0TRIAGE", text="/other")
        assert refused == (409, "not_a_valid_command")
        await control.act("command", "U0BO", channel="C0TRIAGE", text="/ticket assign 1 @Ida Sand")
        assert (await peer.command())["text"] == "assign 1 <@U0IDA>"
        where = {
            "channel": "C0TRIAGE",
            "message": (await control.act("post", "U0BO", channel="C0TRIAGE", text="x"))["ts"],
        }
        await control.act("shortcut", "U0BO", callback_id="open", **where)
        for callback, place in (("other", where), ("open", {})):
            refused = await control.refused("shortcut", "U0BO", callback_id=callback, **place)
            assert refused == (409, "no_such_shortcut")


async def test_shortcuts(control: Control, peer: Peer) -> None:
    posted = await control.act("post", "U0ANN", channel="C0GLOBEX", text="help")
    where = {"channel": "C0GLOBEX", "message": posted["ts"]}
    await control.act("shortcut", "U0BO", callback_id="open", **where)
    body = await peer.interaction("message_action")
    assert (body["callback_id"], body["message_ts"], body["message"]["text"]) == ("open", posted["ts"], "help")
    assert (body["channel"]["id"], body["message"]["user"]) == ("C0GLOBEX", "U0ANN")
    await peer.client.views_open(trigger_id=body["trigger_id"], view=FORM)
    await control.act("shortcut", "U0BO", callback_id="find")
    assert (await peer.interaction("shortcut"))["callback_id"] == "find"
    assert await control.refused("shortcut", "U0ANN", callback_id="open", **where) == (409, "no_such_shortcut")
