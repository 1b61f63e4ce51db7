"""The Web API over a real socket, with Slack's own client: answers, errors, scopes, limits, files."""

import io
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from support.slack_peer import refused, web_client

from sandbox.app import Sandbox, running
from sandbox.settings import Settings

Json = dict[str, Any]
SECTION = [{"type": "section", "text": {"type": "mrkdwn", "text": "text"}}]


@pytest.fixture
def client(sandbox: Sandbox) -> AsyncWebClient:
    return web_client(sandbox)


async def test_who_am_i(client: AsyncWebClient, sandbox: Sandbox) -> None:
    answer = await client.auth_test()
    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == ("U0DESK", "B0DESK", "T0ACME")
    assert (await client.bots_info(bot="B0DESK"))["bot"]["app_id"] == "A0DESK"
    assert (await client.team_info())["team"]["domain"] == "acme"


@pytest.mark.parametrize(
    ("token", "method", "code"),
    [
        ("", "auth.test", "not_authed"),
        ("xoxb-other", "auth.test", "invalid_auth"),
        ("xapp-sandbox", "auth.test", "not_allowed_token_type"),
        ("xoxb-sandbox", "apps.connections.open", "not_allowed_token_type"),
        ("xoxb-sandbox", "chat.shout", "unknown_method"),
    ],
)
async def test_tokens_and_methods_are_checked(sandbox: Sandbox, token: str, method: str, code: str) -> None:
    assert (await refused(web_client(sandbox, token), method))["error"] == code


async def test_a_post_is_answered_and_kept_as_slack_does(client: AsyncWebClient) -> None:
    metadata = {"event_type": "key", "event_payload": {"k": "v"}}
    posted = await client.chat_postMessage(channel="C0GLOBEX", text="hello", blocks=SECTION, metadata=metadata)
    assert posted["message"]["bot_profile"]["name"] == "Desk"
    assert posted["message"]["blocks"][0]["block_id"]
    plain = (await client.conversations_history(channel="C0GLOBEX", limit=1))["messages"][0]
    assert (plain["ts"], plain["user"], "metadata" in plain) == (posted["ts"], "U0DESK", False)
    full = (await client.conversations_history(channel="C0GLOBEX", limit=1, include_all_metadata=True))["messages"][0]
    assert full["metadata"] == metadata


async def test_arguments_come_as_query_form_or_json(sandbox: Sandbox) -> None:
    url = f"{sandbox.base_url}/slack/api/chat.postMessage"
    fields = {"channel": "C0GLOBEX", "blocks": json.dumps(SECTION)}
    bearer = {"Authorization": "Bearer xoxb-sandbox"}
    async with aiohttp.ClientSession() as session:
        calls = [
            session.get(url, params={**fields, "text": "query"}, headers=bearer),
            session.post(url, data={**fields, "text": "form", "token": "xoxb-sandbox"}),
            session.post(url, json={"channel": "C0GLOBEX", "blocks": SECTION, "text": "json"}, headers=bearer),
        ]
        for call in calls:
            async with call as answer:
                assert (await answer.json())["ok"]
        async with session.post(url, data=b"{", headers={**bearer, "Content-Type": "application/json"}) as answer:
            assert await answer.json() == {"ok": False, "error": "invalid_json"}
    said = [message.text for message in sandbox.world.history("C0GLOBEX")]
    assert said[:3] == ["json", "form", "query"]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({}, "channel_not_found"),
        ({"channel": "C9", "text": "x"}, "channel_not_found"),
        ({"channel": "C0GLOBEX"}, "no_text"),
        ({"channel": "C0GLOBEX", "text": "x", "blocks": "["}, "invalid_blocks_format"),
        ({"channel": "C0GLOBEX", "text": "x", "blocks": [{"type": "section"}]}, "invalid_blocks"),
        ({"channel": "C0GLOBEX", "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"channel": "C0GLOBEX", "text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        (
            {"channel": "C0GLOBEX", "text": "x", "metadata": {"event_type": "x", "event_payload": {"k": "x" * 8000}}},
            "metadata_too_large",
        ),
        (
            {
                "channel": "C0GLOBEX",
                "text": "x",
                "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2700}}] * 5,
            },
            "msg_blocks_too_long",
        ),
    ],
)
async def test_posts_that_slack_refuses(client: AsyncWebClient, args: Json, code: str) -> None:
    answer = await refused(client, "chat.postMessage", **args)
    assert answer["error"] == code
    if code == "invalid_blocks":
        assert answer["response_metadata"]["messages"] == [
            "[ERROR] must provide either text or fields [json-pointer:/blocks/0]"
        ]


async def test_places_where_the_bot_is_not(client: AsyncWebClient, sandbox: Sandbox) -> None:
    sandbox.world.leave("C0GLOBEX", "U0DESK")
    sandbox.world.leave("C0TRIAGE", "U0DESK")
    assert (await refused(client, "chat.postMessage", channel="C0GLOBEX", text="x"))["error"] == "not_in_channel"
    assert (await refused(client, "conversations.history", channel="C0GLOBEX"))["error"] == "not_in_channel"
    assert (await refused(client, "chat.postMessage", channel="C0TRIAGE", text="x"))["error"] == "channel_not_found"
    assert (await refused(client, "conversations.info", channel="C0TRIAGE"))["error"] == "channel_not_found"
    sandbox.world.archive("C0INITECH", by="U0MIA")
    for method in ("chat.postMessage", "chat.postEphemeral"):
        answer = await refused(client, method, channel="C0INITECH", text="x", user="U0RAJ")
        assert answer["error"] == "is_archived"
    await client.conversations_join(channel="C0GLOBEX")
    assert sandbox.world.is_member("U0DESK", "C0GLOBEX")


async def test_long_texts_are_cut_when_new_and_refused_when_updated(client: AsyncWebClient, sandbox: Sandbox) -> None:
    posted = await client.chat_postMessage(channel="C0GLOBEX", text="x" * 40_100)
    assert posted["warning"] == "message_truncated"
    assert len(sandbox.world.message("C0GLOBEX", posted["ts"]).text) == 40_000
    long = {"channel": "C0GLOBEX", "ts": posted["ts"], "text": "x" * 4_001}
    assert (await refused(client, "chat.update", **long))["error"] == "msg_too_long"


async def test_update_changes_what_is_given_and_only_own_messages(client: AsyncWebClient, sandbox: Sandbox) -> None:
    posted = await client.chat_postMessage(channel="C0GLOBEX", text="before", blocks=SECTION)
    await client.chat_update(channel="C0GLOBEX", ts=posted["ts"], text="after")
    message = sandbox.world.message("C0GLOBEX", posted["ts"])
    assert (message.text, len(message.blocks)) == ("after", 1)
    await client.chat_update(channel="C0GLOBEX", ts=posted["ts"], text="bare", blocks=[])
    assert sandbox.world.message("C0GLOBEX", posted["ts"]).blocks == []
    theirs = sandbox.world.post("C0GLOBEX", "U0ANN", "mine").id
    for method, code in (("chat.update", "cant_update_message"), ("chat.delete", "cant_delete_message")):
        assert (await refused(client, method, channel="C0GLOBEX", ts=theirs, text="x"))["error"] == code
    await client.chat_delete(channel="C0GLOBEX", ts=posted["ts"])
    for method in ("chat.update", "chat.delete"):
        answer = await refused(client, method, channel="C0GLOBEX", ts=posted["ts"], text="x")
        assert answer["error"] == "message_not_found"


async def test_a_name_of_its_own_makes_it_a_bot_message(client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="C0GLOBEX", text="x", username="Bo Lind", icon_emoji=":eyes:")
    assert posted["message"]["subtype"] == "bot_message"
    assert posted["message"]["username"] == "Bo Lind"
    assert "user" not in posted["message"]


async def test_ephemerals_reach_members_only_and_stay_out_of_history(client: AsyncWebClient, sandbox: Sandbox) -> None:
    root = sandbox.world.post("C0GLOBEX", "U0ANN", "root").id
    await client.chat_postEphemeral(channel="C0GLOBEX", user="U0ANN", text="psst", thread_ts=root)
    assert [(one.text, one.thread) for one in sandbox.world.ephemerals_of("U0ANN", "C0GLOBEX")] == [("psst", root)]
    assert len((await client.conversations_replies(channel="C0GLOBEX", ts=root))["messages"]) == 1
    answer = await refused(client, "chat.postEphemeral", channel="C0GLOBEX", user="U0RAJ", text="x")
    assert answer["error"] == "user_not_in_channel"


async def test_history_goes_newest_first_page_by_page(client: AsyncWebClient, sandbox: Sandbox) -> None:
    ids = [sandbox.world.post("C0GLOBEX", "U0ANN", str(number)).id for number in range(25)]
    found: list[str] = []
    cursor = ""
    while True:
        page = await client.conversations_history(channel="C0GLOBEX", limit=10, cursor=cursor)
        found += [message["ts"] for message in page["messages"]]
        if not page["has_more"]:
            break
        cursor = page["response_metadata"]["next_cursor"]
    assert found == ids[::-1]

    async def between(**bounds: Any) -> list[str]:
        page = await client.conversations_history(channel="C0GLOBEX", **bounds)
        return [message["ts"] for message in page["messages"]]

    assert await between(oldest=ids[20]) == ids[:20:-1]
    assert await between(oldest=ids[20], inclusive=True) == ids[:19:-1]
    assert await between(latest=ids[2], inclusive=True) == ids[2::-1]
    assert await between(oldest=ids[3], latest=ids[6]) == [ids[5], ids[4]]
    assert await between(latest=ids[7], inclusive=True, limit=1) == [ids[7]]
    assert (await refused(client, "conversations.history", channel="C0GLOBEX", cursor="?"))["error"] == "invalid_cursor"


async def test_replies_go_oldest_first_with_the_root_on_each_page(client: AsyncWebClient, sandbox: Sandbox) -> None:
    world = sandbox.world
    root = world.post("C0GLOBEX", "U0ANN", "root").id
    ids = [world.post("C0GLOBEX", "U0BO", str(number), thread=root).id for number in range(7)]
    found: list[str] = []
    cursor = ""
    while True:
        page = await client.conversations_replies(channel="C0GLOBEX", ts=root, limit=4, cursor=cursor)
        first, *rest = [message["ts"] for message in page["messages"]]
        assert first == root
        found += rest
        if not page["has_more"]:
            break
        cursor = page["response_metadata"]["next_cursor"]
    assert found == ids
    parent = page["messages"][0]
    assert (parent["reply_count"], parent["latest_reply"], parent["thread_ts"]) == (7, ids[-1], root)
    after = await client.conversations_replies(channel="C0GLOBEX", ts=root, oldest=ids[4])
    assert [message["ts"] for message in after["messages"]] == [root, *ids[5:]]
    alone = await client.conversations_replies(channel="C0GLOBEX", ts=ids[3])
    assert [message["ts"] for message in alone["messages"]] == [ids[3]]
    world.delete("C0GLOBEX", root, "U0ANN")
    kept = await client.conversations_replies(channel="C0GLOBEX", ts=root)
    assert kept["messages"][0]["subtype"] == "tombstone"
    assert (await refused(client, "conversations.replies", channel="C0GLOBEX", ts="1.000001"))["error"] == (
        "thread_not_found"
    )


async def test_replying_to_a_reply_answers_in_its_thread(client: AsyncWebClient, sandbox: Sandbox) -> None:
    root = sandbox.world.post("C0GLOBEX", "U0ANN", "root").id
    reply = await client.chat_postMessage(channel="C0GLOBEX", text="one", thread_ts=root)
    second = await client.chat_postMessage(channel="C0GLOBEX", text="two", thread_ts=reply["ts"], reply_broadcast=True)
    assert second["message"]["thread_ts"] == root
    assert second["message"]["subtype"] == "thread_broadcast"
    newest = (await client.conversations_history(channel="C0GLOBEX", limit=1))["messages"][0]
    assert newest["ts"] == second["ts"]


async def test_people_as_far_as_they_can_be_seen(client: AsyncWebClient, sandbox: Sandbox) -> None:
    ann = (await client.users_info(user="U0ANN"))["user"]
    assert (ann["team_id"], ann["is_stranger"], ann["profile"]["email"]) == (
        "T0GLOBEX",
        False,
        "ann.weber@globex.example",
    )
    assert "email" not in (await client.users_info(user="U0RAJ"))["user"]["profile"]
    assert (await client.users_lookupByEmail(email="BO@acme.example"))["user"]["id"] == "U0BO"
    assert (await refused(client, "users.lookupByEmail", email="ann.weber@globex.example"))[
        "error"
    ] == "users_not_found"
    assert (await refused(client, "users.info", user="U9"))["error"] == "user_not_found"
    for channel in ("C0INITECH", "D0RAJ"):
        sandbox.world.leave(channel, "U0RAJ")
    assert (await refused(client, "users.info", user="U0RAJ"))["error"] == "user_not_visible"
    members = (await client.users_list(limit=2))["members"]
    assert len(members) == 2
    groups = (await client.usergroups_list(include_users=True))["usergroups"]
    assert [group["users"] for group in groups] == [["U0BO", "U0IDA"]]
    assert (await client.usergroups_users_list(usergroup="S0AGENTS"))["users"] == ["U0BO", "U0IDA"]


async def test_places_and_their_kinds(client: AsyncWebClient) -> None:
    shared = (await client.conversations_info(channel="C0GLOBEX", include_num_members=True))["channel"]
    assert shared["is_ext_shared"]
    assert shared["connected_team_ids"] == ["T0GLOBEX"]
    assert shared["num_members"] == 5
    mine = await client.users_conversations(types="public_channel,private_channel", limit=3)
    assert len(mine["channels"]) == 3
    more = await client.users_conversations(
        types="public_channel,private_channel", limit=3, cursor=mine["response_metadata"]["next_cursor"]
    )
    assert {one["id"] for one in [*mine["channels"], *more["channels"]]} == {
        "C0TRIAGE",
        "C0GLOBEX",
        "C0INITECH",
        "C0MANAGERS",
    }
    opened = await client.conversations_open(users="U0BO")
    assert opened["channel"]["id"] == "D0BO"
    assert (await client.chat_postMessage(channel="U0BO", text="hi"))["channel"] == "D0BO"
    assert (await client.conversations_members(channel="D0BO"))["members"] == ["U0BO", "U0DESK"]


async def test_reactions(client: AsyncWebClient, sandbox: Sandbox) -> None:
    item = {"channel": "C0GLOBEX", "timestamp": sandbox.world.post("C0GLOBEX", "U0ANN", "x").id}
    await client.reactions_add(name="eyes", **item)
    assert (await refused(client, "reactions.add", name="eyes", **item))["error"] == "already_reacted"
    assert (await client.reactions_get(**item))["message"]["reactions"] == [
        {"name": "eyes", "users": ["U0DESK"], "count": 1}
    ]
    await client.reactions_remove(name="eyes", **item)
    assert (await refused(client, "reactions.remove", name="eyes", **item))["error"] == "no_reaction"
    assert (await refused(client, "reactions.add", name="no such name", **item))["error"] == "invalid_name"


async def test_permalinks_lead_to_the_page(client: AsyncWebClient, sandbox: Sandbox) -> None:
    root = sandbox.world.post("C0GLOBEX", "U0ANN", "root").id
    reply = sandbox.world.post("C0GLOBEX", "U0ANN", "reply", thread=root).id
    link = (await client.chat_getPermalink(channel="C0GLOBEX", message_ts=reply))["permalink"]
    assert link == (f"{sandbox.base_url}/archives/C0GLOBEX/p{reply.replace('.', '')}?thread_ts={root}&cid=C0GLOBEX")


async def test_files_go_up_in_three_steps_and_come_down_with_the_token(
    client: AsyncWebClient, sandbox: Sandbox
) -> None:
    uploaded = await client.files_upload_v2(
        channel="C0GLOBEX", content="a,b\n1,2\n", filename="figures.csv", title="Figures", initial_comment="Here"
    )
    file = (await client.files_info(file=uploaded["file"]["id"]))["file"]
    assert (file["name"], file["title"], file["mimetype"], file["size"]) == ("figures.csv", "Figures", "text/csv", 8)
    posted = (await client.conversations_history(channel="C0GLOBEX", limit=1))["messages"][0]
    assert (posted["text"], posted["files"][0]["id"], posted["subtype"]) == ("Here", file["id"], "file_share")
    async with aiohttp.ClientSession() as session:
        async with session.get(
            file["url_private_download"], headers={"Authorization": "Bearer xoxb-sandbox"}
        ) as answer:
            assert await answer.read() == b"a,b\n1,2\n"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-disposition"].startswith("attachment")
        async with session.get(file["url_private"]) as signed_out:
            assert signed_out.status == 200
            assert signed_out.content_type == "text/html"
        upload = await client.files_getUploadURLExternal(filename="a.bin", length=3)
        pending = await refused(client, "files.completeUploadExternal", files=[{"id": upload["file_id"]}])
        assert pending["error"] == "file_not_found"
        async with session.post(upload["upload_url"], data={"file": io.BytesIO(b"abc")}) as answer:
            assert await answer.text() == "OK - 3"
    await client.files_completeUploadExternal(files=[{"id": upload["file_id"], "title": "A"}])
    assert sandbox.files.read(upload["file_id"]) == b"abc"


async def test_scopes_hold_as_the_manifest_gives_them(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    scopes = ["chat:write", "channels:history", "users:read", "channels:read"]
    manifest.write_text(json.dumps({"oauth_config": {"scopes": {"bot": scopes}}}))
    async with running(Settings(port=0, data=tmp_path / "data", slack_manifest=manifest)) as sandbox:
        client = web_client(sandbox)
        assert "email" not in (await client.users_info(user="U0BO"))["user"]["profile"]
        await client.conversations_history(channel="C0GLOBEX")
        refusals = [
            ("reactions.add", {"name": "eyes"}, "reactions:write"),
            ("conversations.history", {"channel": "C0TRIAGE"}, "groups:history"),
            ("conversations.list", {"types": "private_channel"}, "groups:read"),
            ("chat.postMessage", {"channel": "C0GLOBEX", "text": "x", "username": "Bo"}, "chat:write.customize"),
            ("users.lookupByEmail", {"email": "bo@acme.example"}, "users:read.email"),
            ("team.info", {}, "team:read"),
            ("conversations.open", {"users": "U0BO"}, "im:write"),
        ]
        for method, args, needed in refusals:
            answer = await refused(client, method, **args)
            assert (answer["error"], answer["needed"]) == ("missing_scope", needed)
            assert answer["provided"] == ",".join(sorted(scopes))
        assert (await refused(client, "chat.postMessage", channel="U0BO", text="x"))["error"] == "messages_tab_disabled"
        home = {"type": "home", "blocks": SECTION}
        assert (await refused(client, "views.publish", user_id="U0BO", view=home))["error"] == "not_enabled"


async def test_limits_hold_by_method_and_by_channel(tmp_path: Path) -> None:
    async with running(Settings(port=0, data=tmp_path)) as sandbox:
        client = web_client(sandbox)
        for _ in range(20):
            await client.users_list()
        with pytest.raises(SlackApiError) as error:
            await client.users_list()
        assert error.value.response.status_code == 429
        assert error.value.response.headers["Retry-After"] == "3"
        assert error.value.response["error"] == "ratelimited"
        await client.users_info(user="U0BO")

        async def post(channel: str) -> bool:
            try:
                await client.chat_postMessage(channel=channel, text="x")
            except SlackApiError as error:
                assert error.response.status_code == 429
                return False
            return True

        assert [await post("C0GLOBEX") for _ in range(4)] == [True, True, True, False]
        assert await post("C0TRIAGE")


async def test_revoked_tokens_are_told_apart(client: AsyncWebClient, sandbox: Sandbox) -> None:
    for code in ("token_revoked", "account_inactive"):
        sandbox.slack.auth_error = code
        assert (await refused(client, "chat.postMessage", channel="C0GLOBEX", text="x"))["error"] == code
