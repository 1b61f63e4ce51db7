"""The people's and the scripts' side: truth by person, the clock, bulk, whole worlds, documentation, the guard."""

import asyncio
import io
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from support.slack_peer import PATIENCE, Control, control_of, socket_peer, web_client
from yarl import URL

from sandbox.app import Sandbox, running
from sandbox.control import ENDPOINTS
from sandbox.settings import Settings
from sandbox.slack.methods import METHODS

Json = dict[str, Any]


@pytest.fixture
async def control(sandbox: Sandbox) -> AsyncIterator[Control]:
    async with control_of(sandbox) as control:
        yield control


async def test_a_journey_over_plain_http(control: Control) -> None:
    posted = await control.act("post", "U0ANN", channel="C0GLOBEX", text="Hello")
    reply = await control.act("post", "U0BO", channel="C0GLOBEX", text="Hi @Ann Weber", thread=posted["ts"])
    assert reply["thread"] == posted["ts"]
    await control.act("react", "U0BO", channel="C0GLOBEX", message=posted["ts"], name="eyes")
    await control.act("edit", "U0ANN", channel="C0GLOBEX", message=posted["ts"], text="Hello there")
    seen = (await control.get("sees", "U0ANN", channel="C0GLOBEX"))["messages"]
    assert [(one["text"], one["replies"], one["reactions"]) for one in seen] == [("Hello there", 1, {"eyes": ["U0BO"]})]
    thread = (await control.get("sees", "U0ANN", channel="C0GLOBEX", thread=posted["ts"]))["messages"]
    assert [one["text"] for one in thread] == ["Hello there", "Hi <@U0ANN>"]
    await control.act("delete", "U0BO", channel="C0GLOBEX", message=reply["ts"])
    link = (await control.get("permalink", "U0ANN", channel="C0GLOBEX", message=posted["ts"]))["permalink"]
    assert link.endswith(f"/archives/C0GLOBEX/p{posted['ts'].replace('.', '')}")


async def test_each_person_sees_what_is_theirs(control: Control, sandbox: Sandbox) -> None:
    await control.act("post", "U0BO", channel="C0TRIAGE", text="between us")
    client = web_client(sandbox)
    await client.chat_postEphemeral(channel="C0GLOBEX", user="U0BO", text="for Bo")
    trigger = sandbox.slack.tickets.trigger("U0BO")
    view = {"type": "modal", "title": {"type": "plain_text", "text": "For Bo"}, "blocks": []}
    await client.views_open(trigger_id=trigger, view=view)
    ann, bo = await control.get("sees", "U0ANN"), await control.get("sees", "U0BO")
    assert [one["id"] for one in ann["channels"]] == ["C0GLOBEX", "D0ANN"]
    assert (ann["forms"], ann["ephemerals"], ann["home"]) == ([], [], None)
    assert [one["text"] for one in bo["ephemerals"]] == ["for Bo"]
    assert len(bo["forms"]) == 1
    status, refused = await control.call("GET", "sees", **{"as": "U0ANN", "channel": "C0TRIAGE"})
    assert (status, refused["error"]["code"]) == (404, "no_such_channel")
    assert (await control.get("sees", "U0ANN", channel="C0GLOBEX"))["messages"] == []


@pytest.mark.parametrize(
    ("path", "who", "fields", "expected"),
    [
        ("post", "U0ANN", {"channel": "C0TRIAGE", "text": "x"}, (404, "no_such_channel")),
        ("post", "U0ANN", {"channel": "C0GLOBEX"}, (400, "bad_request")),
        ("post", "U0ANN", {"channel": "C0GLOBEX", "text": "x", "colour": "red"}, (400, "bad_request")),
        ("post", "U0ANN", {"channel": "C0GLOBEX", "text": 12}, (400, "bad_request")),
        ("post", "U0ANN", {"channel": "C0GLOBEX", "text": "x", "thread": "1.000001"}, (404, "no_such_message")),
        ("post", "U0ANN", {"channel": "C0GLOBEX", "text": "x", "files": ["F1"]}, (404, "no_such_file")),
        ("post", "U9", {"channel": "C0GLOBEX", "text": "x"}, (404, "no_such_person")),
        ("post", "", {"channel": "C0GLOBEX", "text": "x"}, (400, "bad_request")),
        (
            "bulk",
            "",
            {"messages": [{"as": "U0ANN", "channel": "C0GLOBEX", "text": "x", "to": 1}]},
            (400, "bad_request"),
        ),
        ("command", "U0BO", {"channel": "C0TRIAGE", "text": "ticket"}, (400, "bad_request")),
        ("submit", "U0BO", {"values": {}}, (404, "no_such_view")),
        ("clock", "", {}, (400, "bad_request")),
        ("clock", "", {"advance_seconds": -5}, (400, "bad_request")),
        ("clock", "", {"to": "yesterday"}, (400, "bad_request")),
        ("clock", "", {"at": "soon"}, (400, "bad_request")),
        ("slack/socket", "", {"do": "dance"}, (400, "bad_request")),
        ("slack/token", "", {"do": "dance"}, (400, "bad_request")),
        ("slack/verify", "", {}, (400, "bad_request")),
        ("world", "", {"world": {"people": [{}]}}, (400, "bad_request")),
        ("people", "", {"handle": "nameless"}, (400, "bad_request")),
    ],
)
async def test_refusals_say_why(control: Control, path: str, who: str, fields: Json, expected: tuple[int, str]) -> None:
    assert await control.refused(path, who, **fields) == expected


async def test_only_the_author_edits_and_only_members_write(control: Control) -> None:
    posted = await control.act("post", "U0ANN", channel="C0GLOBEX", text="mine")
    where = {"channel": "C0GLOBEX", "message": posted["ts"]}
    assert await control.refused("edit", "U0BO", **where, text="yours") == (409, "cant_update_message")
    assert await control.refused("delete", "U0BO", **where) == (409, "cant_delete_message")
    await control.act("delete", "U0MIA", **where)
    await control.act("leave", "U0BO", channel="C0GLOBEX")
    assert await control.refused("post", "U0BO", channel="C0GLOBEX", text="x") == (409, "not_in_channel")
    await control.act("join", "U0BO", channel="C0GLOBEX")
    await control.act("archive", "U0MIA", channel="C0GLOBEX")
    assert await control.refused("post", "U0BO", channel="C0GLOBEX", text="x") == (409, "is_archived")


async def test_files_are_for_who_can_see_them(control: Control, sandbox: Sandbox) -> None:
    async with control.session.post(
        f"{sandbox.base_url}/control/upload",
        data={"as": "U0ANN", "channel": "C0GLOBEX", "file": io.BytesIO(b"<script>")},
    ) as answer:
        file_id = (await answer.json())["files"][0]["id"]
    url = f"{sandbox.base_url}/control/files/{file_id}"
    async with control.session.get(url, params={"as": "U0BO"}) as answer:
        assert await answer.read() == b"<script>"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-disposition"].startswith("attachment")
    async with control.session.get(url, params={"as": "U0RAJ"}) as answer:
        assert answer.status == 404


async def test_bulk_goes_in_order_and_tells_the_acks(control: Control, sandbox: Sandbox) -> None:
    async with socket_peer(sandbox) as peer:
        texts = [str(number) for number in range(150)]
        messages = [{"as": "U0ANN", "channel": "C0GLOBEX", "text": text} for text in texts]
        answer = await control.act("bulk", messages=messages, wait="ack")
        assert len(answer["ts"]) == len(set(answer["ts"])) == 150
        assert all(ack["ok"] for ack in answer["acks"])
        assert [body["event"]["text"] for body in peer.bodies] == texts
        summary = (await control.get("acks", summary="1"))["summary"]
        assert summary["count"] == 150
        assert 0 < summary["p50_ms"] <= summary["p99_ms"]
        assert (await control.get("traffic"))["counters"]["event"]["message"]["total"] == 150


async def test_the_clock_tells_followers_and_waits_for_them(control: Control) -> None:
    before = await control.get("clock")
    poll = asyncio.create_task(control.get("clock", after=before["version"], wait=10, follower="desk"))
    followed = asyncio.create_task(_follow_one(control, poll))
    moved = await control.act("clock", to="next_morning")
    assert moved["confirmed"]
    assert (await followed)["version"] == moved["version"] == before["version"] + 1
    assert moved["offset_seconds"] > before["offset_seconds"]
    assert moved["world_id"] == before["world_id"]
    back = await control.act("clock", at="2026-11-20T09:00")
    assert back["offset_seconds"] < moved["offset_seconds"]


async def _follow_one(control: Control, poll: asyncio.Task[Json]) -> Json:
    """What the desk does: poll, apply, confirm, poll again (here for the move back)."""
    seen = await poll
    await control.act("clock/seen", version=seen["version"], follower="desk")
    later = asyncio.create_task(control.get("clock", after=seen["version"], wait=10, follower="desk"))
    asyncio.get_running_loop().create_task(_confirm(control, later))
    return seen


async def _confirm(control: Control, poll: asyncio.Task[Json]) -> None:
    seen = await poll
    await control.act("clock/seen", version=seen["version"], follower="desk")


async def test_a_poll_without_news_ends_by_itself(control: Control) -> None:
    clock = await control.get("clock")
    again = await control.get("clock", after=clock["version"], wait=0.05)
    assert again["version"] == clock["version"]
    assert again["now"] >= clock["now"] + 0.05


async def test_a_world_is_taken_out_and_put_back(control: Control, sandbox: Sandbox) -> None:
    posted = await control.act("post", "U0ANN", channel="C0GLOBEX", text="kept")
    async with control.session.post(
        f"{sandbox.base_url}/control/upload", data={"as": "U0ANN", "channel": "C0GLOBEX", "file": io.BytesIO(b"abc")}
    ) as answer:
        file_id = (await answer.json())["files"][0]["id"]
    world = (await control.get("world", files="true"))["world"]
    fresh = (await control.act("start-over"))["world_id"]
    assert fresh != world["world_id"]
    assert (await control.get("sees", "U0ANN", channel="C0GLOBEX"))["messages"] == []
    assert (await control.act("world", world=world))["world_id"] == world["world_id"]
    back = (await control.get("sees", "U0ANN", channel="C0GLOBEX"))["messages"]
    assert back[0]["ts"] == posted["ts"]
    assert sandbox.files.read(file_id) == b"abc"
    assert (await control.act("post", "U0ANN", channel="C0GLOBEX", text="after"))["ts"] > posted["ts"]


async def test_people_channels_and_groups_can_be_added(control: Control, sandbox: Sandbox) -> None:
    fields = {"name": "Eve Stone", "role": "customer", "workspace": "T0GLOBEX", "organisation": "Globex"}
    eve = (await control.act("people", **fields, traits={"is_restricted": True}))["person"]
    channel = (await control.act("channels", name="new-place", members=["U0MIA", "U0DESK"]))["channel"]
    await control.act("invite", "U0MIA", channel=channel["id"], person=eve["id"])
    await control.act("post", eve["id"], channel=channel["id"], text="hi")
    await control.act("usergroups", id="S0AGENTS", members=["U0BO"])
    client = web_client(sandbox)
    assert (await client.users_info(user=eve["id"]))["user"]["is_restricted"]
    assert (await client.usergroups_users_list(usergroup="S0AGENTS"))["users"] == ["U0BO"]
    assert (await client.conversations_info(channel="#new-place"))["channel"]["name"] == "new-place"
    await control.act("people", id=eve["id"], deleted=True)
    assert (await client.users_info(user=eve["id"]))["user"]["deleted"]
    everybody = (await control.get("people"))["people"]
    assert {one["role"] for one in everybody} == {"customer", "agent", "manager"}


async def test_idle_is_when_nothing_is_on_its_way(control: Control, sandbox: Sandbox) -> None:
    assert (await control.get("idle", quiet_ms=10))["idle"]
    await control.act("faults", event="message", kind="hold", seconds=0.2)
    await control.act("post", "U0ANN", channel="C0GLOBEX", text="x")
    assert not (await control.get("idle", quiet_ms=10, timeout=0.05))["idle"]


async def test_every_endpoint_is_documented(control: Control, sandbox: Sandbox) -> None:
    async with control.session.get(f"{sandbox.base_url}/control/docs", params={"format": "json"}) as answer:
        table = await answer.json()
    rows = [endpoint for _, endpoints in ENDPOINTS for endpoint in endpoints]
    assert [(row["method"], row["path"]) for row in table] == [(row.method, row.path) for row in rows]
    assert all(row["summary"] for row in table)
    async with control.session.get(f"{sandbox.base_url}/control/docs") as answer:
        page = await answer.text()
    assert all(f"{row.method} {row.path}" in page for row in rows)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Host": "elsewhere.example"},
    ],
)
async def test_other_websites_are_kept_out(control: Control, sandbox: Sandbox, headers: dict[str, str]) -> None:
    async with control.session.post(f"{sandbox.base_url}/control/start-over", headers=headers, json={}) as answer:
        assert answer.status == 403
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await control.session.ws_connect(f"{sandbox.base_url}/control/viewer?as=U0BO", headers=headers)


async def test_its_own_page_is_let_in(control: Control, sandbox: Sandbox) -> None:
    async with control.session.get(
        f"{sandbox.base_url}/control/people", headers={"Origin": sandbox.base_url}
    ) as answer:
        assert answer.status == 200


async def test_as_a_program_it_starts_serves_saves_and_ends(tmp_path: Path) -> None:
    environment = {**os.environ, "SANDBOX_PORT": "0", "SANDBOX_DATA": str(tmp_path)}

    async def start(**more: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sandbox",
            env=environment | more,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    process = await start()
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode()
    base_url = line.split()[2]
    async with aiohttp.ClientSession() as session:
        control = Control(base_url, session)
        await control.act("post", "U0ANN", channel="C0GLOBEX", text="kept")
        second = await start()
        _, complaint = await asyncio.wait_for(second.communicate(), PATIENCE)
        assert (second.returncode, "in use" in complaint.decode()) == (2, True)
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(base_url).port)
        writer.write(b"GET /control/clock?after=1&wait=25 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for _ in range(3):
            await control.get("people")
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode == 0
        assert b'"version":1' in await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()
    wrong = await start(SANDBOX_SPEED="fast")
    _, complaint = await asyncio.wait_for(wrong.communicate(), PATIENCE)
    assert (wrong.returncode, "SANDBOX_SPEED" in complaint.decode()) == (2, True)
    async with running(Settings(port=0, data=tmp_path)) as sandbox:
        assert next(sandbox.world.history("C0GLOBEX")).text == "kept"


STRANGE: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e300,
    "",
    "\ud800\x00",
    "C0GLOBEX",
    "U0BO",
    [],
    [None],
    {},
    {"type": "section"},
    [{"type": "actions", "elements": [{"type": "button"}]}],
    {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": [{"type": "input"}]},
)
ARGUMENTS = (
    "channel",
    "text",
    "ts",
    "thread_ts",
    "blocks",
    "attachments",
    "metadata",
    "view",
    "view_id",
    "trigger_id",
    "user",
    "users",
    "user_id",
    "name",
    "timestamp",
    "limit",
    "cursor",
    "oldest",
    "files",
    "filename",
    "length",
)


async def test_nothing_that_is_sent_makes_it_fail(control: Control, sandbox: Sandbox) -> None:
    """Whatever stands in the fields: Slack's errors or refusals, never a 5xx."""
    chance = random.Random(20261120)
    calls = [("POST", f"/slack/api/{method}", ARGUMENTS) for method in METHODS if method != "apps.connections.open"]
    calls += [
        (row.method, row.path.replace("{file}", "F1"), tuple(row.fields))
        for _, endpoints in ENDPOINTS
        for row in endpoints
        if row.method != "GET" and row.path not in ("/control/start-over", "/control/slack/token")
    ]
    headers = {"Authorization": "Bearer xoxb-sandbox"}
    for method, path, names in calls * 6:
        chosen = chance.sample(names, k=min(len(names), chance.randrange(6)))
        fields = {name: chance.choice(STRANGE) for name in chosen}
        async with control.session.request(method, sandbox.base_url + path, json=fields, headers=headers) as answer:
            assert answer.status < 500, (path, fields)
            assert isinstance((await answer.json())["ok"], bool)


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b'{"text": NaN}', b"[" * 5000, b'{"a":' * 500 + b"1" + b"}" * 500]
)
async def test_broken_json_is_refused(control: Control, sandbox: Sandbox, body: bytes) -> None:
    headers = {"Authorization": "Bearer xoxb-sandbox", "Content-Type": "application/json"}
    async with control.session.post(f"{sandbox.base_url}/slack/api/auth.test", data=body, headers=headers) as answer:
        assert (await answer.json())["error"] in ("invalid_json", "json_not_object")
    async with control.session.post(f"{sandbox.base_url}/control/post", data=body) as answer:
        assert answer.status == 400


async def test_the_clock_stays_where_ids_compare_as_text(control: Control) -> None:
    for move in ({"advance_seconds": 1e11}, {"at": "1990-01-01T00:00"}, {"at": "2400-01-01T00:00"}):
        assert await control.refused("clock", **move) == (400, "bad_request")
    far = {"as": "U0ANN", "channel": "C0GLOBEX", "text": "x", "at": 1e12}
    assert await control.refused("bulk", messages=[far]) == (400, "bad_request")
