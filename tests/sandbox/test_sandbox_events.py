"""Events as the app gets them: shapes, subtypes, shared channels, and which ones come at all."""

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.request.internals import extract_actor_team_id, extract_actor_user_id, extract_team_id
from support.slack_peer import Control, Peer, control_of, socket_peer

from sandbox.app import Sandbox, running
from sandbox.settings import Settings

Json = dict[str, Any]


@pytest.fixture
async def control(sandbox: Sandbox) -> AsyncIterator[Control]:
    async with control_of(sandbox) as control:
        yield control


@pytest.fixture
async def peer(sandbox: Sandbox) -> AsyncIterator[Peer]:
    async with socket_peer(sandbox) as peer:
        yield peer


async def test_a_customers_message_in_a_shared_channel(control: Control, peer: Peer) -> None:
    posted = await control.act("post", "U0ANN", channel="C0GLOBEX", text="Hi @Bo Lind: a < b & https://e.com/?a=1&b=2")
    body = await peer.event("message")
    event = body["event"]
    assert event["text"] == "Hi <@U0BO>: a &lt; b &amp; <https://e.com/?a=1&amp;b=2>"
    assert event["blocks"][0]["elements"][0]["elements"] == [
        {"type": "text", "text": "Hi "},
        {"type": "user", "user_id": "U0BO"},
        {"type": "text", "text": ": a < b & "},
        {"type": "link", "url": "https://e.com/?a=1&b=2"},
    ]
    assert (event["ts"], event["event_ts"], event["channel_type"]) == (posted["ts"], posted["ts"], "channel")
    assert (event["user"], event["user_team"], event["source_team"]) == ("U0ANN", "T0GLOBEX", "T0GLOBEX")
    assert event["client_msg_id"]
    assert body["is_ext_shared_channel"] is True
    assert body["authorizations"] == [
        {
            "enterprise_id": None,
            "team_id": "T0ACME",
            "user_id": "U0DESK",
            "is_bot": True,
            "is_enterprise_install": False,
        }
    ]
    assert (extract_team_id(body), extract_actor_team_id(body)) == ("T0ACME", "T0GLOBEX")
    assert extract_actor_user_id(body) == "U0ANN"
    assert body["event_id"].startswith("Ev")


async def test_a_mention_comes_beside_the_message_with_the_same_ts(control: Control, peer: Peer) -> None:
    await control.act("post", "U0ANN", channel="C0GLOBEX", text="@Desk help")
    message, mention = await peer.event("message"), await peer.event("app_mention")
    assert message["event"]["ts"] == mention["event"]["ts"]
    assert message["event_id"] != mention["event_id"]
    assert mention["event"]["text"] == "<@U0DESK> help"
    assert "channel_type" not in mention["event"]


async def test_threads_broadcasts_and_files(control: Control, peer: Peer, sandbox: Sandbox) -> None:
    root = await control.act("post", "U0BO", channel="C0TRIAGE", text="root")
    await control.act("post", "U0IDA", channel="C0TRIAGE", text="reply", thread=root["ts"])
    await control.act("post", "U0IDA", channel="C0TRIAGE", text="loud", thread=root["ts"], broadcast=True)
    reply = (await peer.event("message", 1))["event"]
    assert (reply["thread_ts"], reply["parent_user_id"], "subtype" in reply) == (root["ts"], "U0BO", False)
    loud = (await peer.event("thread_broadcast"))["event"]
    assert loud["root"]["ts"] == root["ts"]
    async with control.session.post(
        f"{sandbox.base_url}/control/upload",
        data={"as": "U0BO", "channel": "C0TRIAGE", "text": "see", "file": io.BytesIO(b"abc")},
    ) as answer:
        uploaded = await answer.json()
    share = (await peer.event("file_share"))["event"]
    assert (share["text"], share["upload"]) == ("see", True)
    assert share["files"][0]["id"] == uploaded["files"][0]["id"]
    assert share["files"][0]["url_private"].startswith(sandbox.base_url)
    assert (await peer.event("file_shared"))["event"]["file_id"] == uploaded["files"][0]["id"]


async def test_a_file_of_another_workspace_must_be_asked_for(control: Control, peer: Peer, sandbox: Sandbox) -> None:
    async with control.session.post(
        f"{sandbox.base_url}/control/upload",
        data={"as": "U0ANN", "channel": "C0GLOBEX", "file": io.BytesIO(b"abc")},
    ) as answer:
        file_id = (await answer.json())["files"][0]["id"]
    share = (await peer.event("file_share"))["event"]["files"][0]
    assert (share["id"], share["file_access"], "url_private" in share) == (file_id, "check_file_info", False)
    asked = await peer.client.files_info(file=file_id)
    assert (asked["file"]["name"], asked["file"]["size"]) == ("file", 3)


async def test_edits_link_previews_and_deletions(control: Control, peer: Peer) -> None:
    posted = await control.act("post", "U0ANN", channel="C0GLOBEX", text="one")
    where = {"channel": "C0GLOBEX", "message": posted["ts"]}
    await control.act("edit", "U0ANN", **where, text="two")
    edited = (await peer.event("message_changed"))["event"]
    assert (edited["message"]["text"], edited["previous_message"]["text"]) == ("two", "one")
    assert edited["message"]["edited"]["user"] == "U0ANN"
    assert edited["hidden"] is True
    assert edited["ts"] != edited["message"]["ts"] == posted["ts"]
    await control.act("unfurl", **where)
    preview = (await peer.event("message_changed", 1))["event"]
    assert preview["message"]["text"] == preview["previous_message"]["text"] == "two"
    assert preview["message"]["edited"] == preview["previous_message"]["edited"]
    assert len(preview["message"]["attachments"]) == 1
    await control.act("delete", "U0ANN", **where)
    deleted = (await peer.event("message_deleted"))["event"]
    assert deleted["deleted_ts"] == posted["ts"]
    assert deleted["previous_message"]["text"] == "two"


async def test_a_deleted_root_becomes_a_tombstone(control: Control, peer: Peer) -> None:
    root = await control.act("post", "U0ANN", channel="C0GLOBEX", text="root")
    await control.act("post", "U0BO", channel="C0GLOBEX", text="reply", thread=root["ts"])
    await control.act("delete", "U0ANN", channel="C0GLOBEX", message=root["ts"])
    event = (await peer.event("message_changed"))["event"]
    assert event["message"]["subtype"] == "tombstone"
    assert event["message"]["reply_count"] == 1
    assert event["previous_message"]["text"] == "root"


async def test_reactions_name_the_messages_author(control: Control, peer: Peer) -> None:
    posted = await control.act("post", "U0ANN", channel="C0GLOBEX", text="x")
    where = {"channel": "C0GLOBEX", "message": posted["ts"], "name": "eyes"}
    assert (await control.act("react", "U0BO", **where))["changed"]
    assert not (await control.act("react", "U0BO", **where))["changed"]
    await control.act("unreact", "U0BO", **where)
    added, removed = (await peer.event("reaction_added"))["event"], (await peer.event("reaction_removed"))["event"]
    assert added["item"] == {"type": "message", "channel": "C0GLOBEX", "ts": posted["ts"]}
    assert (added["user"], added["reaction"], added["item_user"]) == ("U0BO", "eyes", "U0ANN")
    assert added["event_ts"] < removed["event_ts"]
    assert len(peer.events("reaction_added")) == 1


async def test_another_bot_writes(control: Control, peer: Peer) -> None:
    bot = (await control.act("people", name="Other", is_bot=True))["person"]
    await control.act("invite", "U0MIA", channel="C0GLOBEX", person=bot["id"])
    await control.act("post", bot["id"], channel="C0GLOBEX", text="beep", username="Beeper")
    event = (await peer.event("bot_message"))["event"]
    assert (event["bot_id"], event["username"], "user" in event) == (bot["bot"], "Beeper", False)


async def test_the_bots_own_posts_are_delivered_like_all_others(peer: Peer, control: Control, sandbox: Sandbox) -> None:
    await peer.client.chat_postMessage(channel="C0GLOBEX", text="mine")
    assert (await control.get("idle", quiet_ms=20))["idle"]
    events = [record for record in sandbox.traffic.log if record.kind == "event"]
    assert [record.request["event"]["bot_id"] for record in events] == ["B0DESK"]
    assert peer.bodies == []


async def test_coming_going_archiving_deleting(control: Control, peer: Peer) -> None:
    await control.act("invite", "U0MIA", channel="C0GLOBEX", person="U0RAJ")
    joined = (await peer.event("member_joined_channel"))["event"]
    assert (joined["user"], joined["inviter"], joined["team"]) == ("U0RAJ", "U0MIA", "T0INITECH")
    assert (await peer.event("channel_join"))["event"]["user"] == "U0RAJ"
    await control.act("leave", "U0RAJ", channel="C0GLOBEX")
    assert (await peer.event("member_left_channel"))["event"]["user"] == "U0RAJ"
    await control.act("archive", "U0MIA", channel="C0INITECH")
    assert (await peer.event("channel_archive"))["event"] | {"event_ts": ""} == {
        "type": "channel_archive",
        "channel": "C0INITECH",
        "user": "U0MIA",
        "is_moved": 0,
        "event_ts": "",
    }
    await control.act("unarchive", "U0MIA", channel="C0INITECH")
    await peer.event("channel_unarchive")
    await control.act("delete-channel", "U0MIA", channel="C0INITECH")
    assert (await peer.event("channel_deleted"))["event"]["channel"] == "C0INITECH"
    await control.act("archive", "U0MIA", channel="C0MANAGERS")
    assert (await peer.event("group_archive"))["event"]["channel"] == "C0MANAGERS"
    await control.act("remove", "U0MIA", channel="C0GLOBEX", person="U0DESK")
    assert (await peer.event("channel_left"))["event"]["channel"] == "C0GLOBEX"
    count = len(peer.bodies)
    await control.act("post", "U0ANN", channel="C0GLOBEX", text="unheard")
    await control.act("post", "U0BO", channel="C0TRIAGE", text="heard")
    assert (await peer.until(lambda: len(peer.bodies) > count)) and peer.bodies[-1]["event"]["text"] == "heard"


async def test_home_and_direct_messages(control: Control, peer: Peer) -> None:
    await control.act("home", "U0BO")
    opened = (await peer.event("app_home_opened"))["event"]
    assert (opened["user"], opened["channel"], opened["tab"], "view" in opened) == ("U0BO", "D0BO", "home", False)
    view = {"type": "home", "blocks": [], "callback_id": "home"}
    await peer.client.views_publish(user_id="U0BO", view=view)
    await control.act("home", "U0BO")
    assert (await peer.event("app_home_opened", 1))["event"]["view"]["callback_id"] == "home"
    await control.act("post", "U0BO", channel="D0BO", text="just us")
    assert (await peer.event("message"))["event"]["channel_type"] == "im"


async def test_uninstalling_is_the_last_thing_heard(control: Control, peer: Peer) -> None:
    await control.act("slack/token", do="uninstall")
    assert (await peer.event("tokens_revoked"))["event"]["tokens"]["bot"] == ["U0DESK"]
    await peer.event("app_uninstalled")
    await control.act("post", "U0ANN", channel="C0GLOBEX", text="unheard")
    await control.act("slack/token", do="restore")
    await control.act("post", "U0ANN", channel="C0GLOBEX", text="heard")
    assert (await peer.event("message"))["event"]["text"] == "heard"


async def test_only_what_the_manifest_subscribes_to(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    bot = {"bot": ["channels:history", "groups:history", "reactions:read"]}
    settings = {"event_subscriptions": {"bot_events": ["message.channels", "app_mention", "reaction_added"]}}
    manifest.write_text(json.dumps({"oauth_config": {"scopes": bot}, "settings": settings}))
    async with (
        running(Settings(port=0, data=tmp_path / "data", slack_manifest=manifest)) as sandbox,
        socket_peer(sandbox),
        control_of(sandbox) as control,
    ):
        await control.act("post", "U0BO", channel="C0TRIAGE", text="<@U0DESK> not subscribed")
        posted = await control.act("post", "U0ANN", channel="C0GLOBEX", text="<@U0DESK> no mention without its scope")
        where = {"channel": "C0GLOBEX", "message": posted["ts"], "name": "eyes"}
        await control.act("react", "U0BO", **where)
        await control.act("unreact", "U0BO", **where)
        assert (await control.get("idle", quiet_ms=20))["idle"]
        names = [record.name for record in sandbox.traffic.log if record.kind == "event"]
        assert names == ["message", "reaction_added"]
