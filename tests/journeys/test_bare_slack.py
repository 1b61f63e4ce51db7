"""The whole desk on servers that have only a part of Slack, and take liberties with it."""

import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from support.bare_api import BOT, Quirks, Workspace
from support.bare_desk import all_again, desk_on, settled, stage, told
from support.bare_people import text_of
from support.bare_slack import Fault, Transport
from support.cli import deskhand_beside
from support.json_contract import assert_contract
from support.processes import program, until

from core.language.errors import BadConfig

TRIAGE, GLOBEX = "C0TRIAGE", "C0GLOBEX"
EXPORT = "Our export has been failing since this morning. We need the numbers."

SLACK = Quirks()
# The methods that nobody can do without, and the plainest shape of everything.
LEAST = Quirks(
    missing=frozenset(
        {
            "conversations.info",
            "conversations.open",
            "files.info",
            "reactions.add",
            "reactions.remove",
            "usergroups.users.list",
            "users.info",
            "views.publish",
            "views.push",
        }
    ),
    post_only=True,
    keeps_metadata=False,
    echo="nothing",
    identity=("team_id", "user_id"),
    outer=False,
    channel_type=False,
    client_msg_id="never",
    event_ts=False,
    previous_message=False,
    mentions=("app_mention",),
    own_posts="bot_id",
    response_url=False,
    container=False,
    unchosen="left out",
    root_in_replies=False,
    epoch=1_700_000_000,
    hello={},
    says_accepts_payload=False,
    fragmented=True,
)
ODD = Quirks(
    missing=frozenset({"conversations.info", "views.publish", "files.completeUploadExternal"}),
    missing_as="404 json",
    content_type="text/plain",
    echo="text",
    profile="name",
    team_id="E0ENTERPRISE",
    client_msg_id="one",
    previous_message=False,
    mentions=("app_mention", "message"),
    own_posts="never",
    trigger_id="one",
    unchosen="absent",
    host="localhost",
    newest_first=False,
    root_in_replies=False,
    page=2,
    hello={"type": "hello", "connection_info": {"app_id": "A1"}, "debug_info": {"host": "x"}, "surprise": [1]},
)
SERVERS = {"slack": SLACK, "least": LEAST, "odd": ODD}


SERVERS = {"slack": SLACK, "least": LEAST, "odd": ODD}


def ways(*named: str) -> Any:
    """On which servers, and how these deliver: "least over http"."""
    parts = [name.split(" over ") for name in named]
    return pytest.mark.parametrize(("quirks", "transport"), [(SERVERS[a], b) for a, b in parts], ids=named)


@ways("slack over http", "least over socket", "odd over http")
async def test_a_request_from_the_first_words_to_the_solution_and_back(
    sqlite_url: str, tmp_path: Path, quirks: Quirks, transport: Transport
) -> None:
    async with stage(tmp_path, sqlite_url, quirks, transport) as at, desk_on(at) as app:
        people = at.people
        root = await people.write("U0ANN", GLOBEX, EXPORT)
        receipt = await people.sees(GLOBEX, "T-1", thread=root)
        card = await people.card(1, "nobody yet")
        inside = card["ts"]
        await people.sees(TRIAGE, EXPORT, thread=inside)

        await people.press("U0BO", TRIAGE, card, "Claim")
        await people.is_told("U0BO", "is yours now")
        card = await people.card(1, "Bo Lind")
        await people.press("U0BO", TRIAGE, card, "Reply …")
        await people.submit("U0BO", answer="We deploy a fix now.", then="Wait for customer")
        await people.sees(GLOBEX, "We deploy a fix now.", thread=root)
        await people.card(1, "Waiting for customer")
        await people.write("U0ANN", GLOBEX, "Thanks. It still fails at the last step.", thread=root)
        await people.card(1, "● Open")
        await people.write("U0BO", GLOBEX, "Try it again, please.", thread=root)
        await people.write("U0BO", TRIAGE, "canary: the bucket was full", thread=inside)
        await people.write("U0MIA", TRIAGE, f"<@{BOT}> note canary: told the storage team", thread=inside)
        await people.sees(TRIAGE, "told the storage team", thread=inside)

        await people.react("U0BO", TRIAGE, inside, "white_check_mark")
        await people.sees(GLOBEX, "We think this is solved", thread=root)
        await people.card(1, "Resolved")
        await people.write("U0ANN", GLOBEX, "It fails again.", thread=root)
        await people.sees(GLOBEX, "is open again", thread=root)
        await people.press("U0BO", TRIAGE, await people.card(1, "● Open"), "Resolve")
        await people.press("U0MIA", TRIAGE, await people.card(1, "Resolved"), "Reopen")
        assert "is resolved" in await people.command("U0BO", TRIAGE, "resolve 1")
        await people.card(1, "Resolved")
        await people.react("U0BO", GLOBEX, root, "arrows_counterclockwise")
        await people.card(1, "● Open")
        await people.press("U0ANN", GLOBEX, await people.sees(GLOBEX, '"solved:1"', thread=root), "Solved")
        await people.card(1, "Resolved")
        assert receipt["ts"] == (await people.sees(GLOBEX, "T-1 · solved", thread=root))["ts"]
        assert not [m for m in at.slack.messages[GLOBEX] if "canary" in text_of(m)]
        await settled(app)
        before = await told(at, 1)
        await all_again(at, app)
        assert await told(at, 1) == before
    assert_contract(before)
    happened = [(each["actor"], each["event"], each["cause"]) for each in before["timeline"]]
    for expected in (
        ("bo", "claimed", "button"),
        ("bo", "replied", "form"),
        ("bo", "resolved", "reaction white_check_mark"),
        ("bo", "resolved", "command"),
        ("mia", "reopened", "button"),
        ("mia", "noted", "mention"),
    ):
        assert expected in happened
    assert [(m["author"], m["audience"]) for m in before["messages"]] == [
        (before["requester"]["name"], "public"),
        ("Bo Lind", "public"),
        (before["requester"]["name"], "public"),
        ("Bo Lind", "public"),
        ("Bo Lind", "internal"),
        ("Mia Roth", "internal"),
        (before["requester"]["name"], "public"),
    ]


@ways("least over http", "odd over socket")
async def test_commands_are_answered_in_their_acks(
    sqlite_url: str, tmp_path: Path, quirks: Quirks, transport: Transport
) -> None:
    async with stage(tmp_path, sqlite_url, quirks, transport) as at, desk_on(at):
        people = at.people
        assert "/ticket claim [number]" in await people.command("U0BO", TRIAGE, "help")
        assert "Nothing is open" in await people.command("U0BO", TRIAGE, "list")
        assert "T-1" in await people.command("U0ANN", GLOBEX, "open The invoice is wrong")
        assert "T-1 The invoice is wrong" in await people.command("U0BO", TRIAGE, "list")
        receipt = await people.sees(GLOBEX, "T-1")
        await people.write("U0ANN", GLOBEX, "It says 2025.", thread=receipt["ts"])
        card = await people.card(1)
        await people.sees(TRIAGE, "It says 2025.", thread=card["ts"])

        assert "is yours now" in await people.command("U0BO", TRIAGE, "claim T-1")
        assert "Bo Lind has T-1" in await people.command("U0MIA", TRIAGE, "claim 1")
        assert "T-1 The invoice is wrong" in await people.command("U0BO", TRIAGE, "mine")
        assert "Sent to the customer" in await people.command("U0BO", TRIAGE, "reply 1 A new one is on its way.")
        await people.sees(GLOBEX, "A new one is on its way.", thread=receipt["ts"])
        assert "Only the team" in await people.command("U0BO", TRIAGE, "note #1 a discount was forgotten")
        assert "priority high" in await people.command("U0BO", TRIAGE, "priority 1 high")
        assert "waits for the customer" in await people.command("U0BO", TRIAGE, "pending 1")
        assert "owner: Bo Lind" in await people.command("U0ANN", GLOBEX, "show 1")
        assert "T-1 The invoice is wrong" in await people.command("U0ANN", GLOBEX, "mine")
        assert "Only the support team" in await people.command("U0ANN", GLOBEX, "resolve 1")
        assert "I do not know" in await people.command("U0BO", TRIAGE, "frobnicate")
        assert "(command)" in await people.command("U0BO", TRIAGE, "why 1")
        assert "solved" in await people.command("U0ANN", GLOBEX, "solved 1")
        assert "Nothing is open" in await people.command("U0BO", TRIAGE, "list")


@ways("least over http", "odd over socket")
async def test_reactions_mentions_files_edits_and_deletions(
    sqlite_url: str, tmp_path: Path, quirks: Quirks, transport: Transport
) -> None:
    async with stage(tmp_path, sqlite_url, quirks, transport) as at, desk_on(at) as app:
        people = at.people
        # An agent's own message opens nothing until somebody marks it.
        note = await people.write("U0BO", GLOBEX, "You said that the login page is slow?")
        await people.react("U0BO", GLOBEX, note, "ticket")
        card = await people.card(1, "login page is slow")
        await people.sees(GLOBEX, "T-1", thread=note)
        await people.react("U0BO", TRIAGE, card["ts"], "eyes")
        await people.card(1, "Bo Lind")
        await people.react("U0MIA", TRIAGE, card["ts"], "eyes")
        await people.is_told("U0MIA", "Bo Lind has T-1")
        await people.react("U0BO", TRIAGE, card["ts"], "eyes", off=True)
        await people.card(1, "nobody yet")
        await people.write("U0MIA", TRIAGE, f"<@{BOT}> claim", thread=card["ts"])
        await people.card(1, "Mia Roth")
        words = await people.write("U0ANN", GLOBEX, "It shows error 5O2", thread=note)
        await people.sees(TRIAGE, "5O2", thread=card["ts"])
        await people.react("U0ANN", GLOBEX, note, "rotating_light")
        await people.is_told("U0ANN", "team")
        await people.unfurl(GLOBEX, words)
        await people.edit(GLOBEX, words, "It shows error 502")
        copy = await people.sees(TRIAGE, "error 502", thread=card["ts"])
        secret = await people.write("U0ANN", GLOBEX, "my password is hunter2", thread=note)
        await people.sees(TRIAGE, "hunter2", thread=card["ts"])
        await people.delete(GLOBEX, secret)
        await people.sees(TRIAGE, "This message was deleted", thread=card["ts"])
        assert "edited" in text_of(await people.sees(TRIAGE, "error 502", thread=card["ts"]))
        assert copy["ts"] == (await people.sees(TRIAGE, "error 502", thread=card["ts"]))["ts"]

        await people.upload("U0ANN", GLOBEX, "log.txt", b"line one\n", thread=note)
        await people.sees(TRIAGE, "log.txt", thread=card["ts"])

        async def kept() -> Any:
            found = (await told(at, 1))["messages"]
            return next((m for m in found if m["attachments"]), None)

        assert (await until(kept))["attachments"] == [{"name": "log.txt", "type": "text/plain", "size": 9}]
        await all_again(at, app)
        kept_words = await told(at, 1)
        assert [(m["body"], m["revisions"], "deleted_at" in m) for m in kept_words["messages"]] == [
            ("You said that the login page is slow?", 0, False),
            ("It shows error 502", 1, False),
            ("", 0, True),
            ("", 0, False),
        ]


@ways("slack over http", "least over socket")
async def test_strangers_direct_messages_unknown_channels_homes_and_groups(
    sqlite_url: str, tmp_path: Path, quirks: Quirks, transport: Transport
) -> None:
    async with stage(tmp_path, sqlite_url, quirks, transport) as at, desk_on(at):
        people = at.people
        # Somebody of another organisation, whom the workspace may not look up.
        foreign = {"user_team": "E0INITECH", "team": "E0INITECH", "user_profile": {"real_name": "Raj Iyer"}}
        root = await people.write("U0RAJ", GLOBEX, "How do I pay?", **foreign)
        await people.card(1, "Raj Iyer")
        await people.sees(GLOBEX, "T-1", thread=root)

        direct = await people.write("U0ANN", "D0ANN", "Can you help me in private?")
        await people.card(2, "in private")
        await people.sees("D0ANN", "T-2", thread=direct)
        await people.write("U0BO", "D0BO", "claim 2")
        await people.card(2, "Bo Lind")
        assert "T-2" in await people.command("U0ANN", "D0ANN", "mine")
        await people.write("U0ANN", "C0RANDOM", "Is this the right place?")
        await people.sees(TRIAGE, "belongs to no account")
        await people.write("UOTHERBOT", GLOBEX, "I am a bot", bot_id="B0OTHER", subtype="bot_message")
        await people.shortcut("U0BO", "C0RANDOM", at.slack.messages["C0RANDOM"][-1]["ts"], "open_ticket")
        await people.card(3, "the right place")

        if quirks is SLACK:
            await people.open_home("U0ANN")
            await at.slack.until(lambda: "T-2" in text_of(at.slack.homes.get("U0ANN", {})), "Ann's home shows T-2")
            await people.press("U0EVE", TRIAGE, await people.card(1), "Claim")
            await people.card(1, "Eve Holm")
            assert (await told(at, 1))["assignee"] == "main:U0EVE"
        listed = await deskhand_beside("tickets", "list", "--json", env=at.environment)
        assert [(t["number"], t["account"]) for t in listed.json] == [(1, "globex"), (2, None), (3, None)]
        assert not {"messages", "timeline"} & set(listed.json[0])


@ways("least over socket", "odd over http")
async def test_what_was_said_in_spite_of_a_failure_is_not_said_again(
    sqlite_url: str, tmp_path: Path, quirks: Quirks, transport: Transport
) -> None:
    async with stage(tmp_path, sqlite_url, quirks, transport) as at, desk_on(at) as app:
        people = at.people
        at.slack.faults["chat.postMessage"] += [Fault("lost"), Fault("broken"), Fault("429", "0.2"), Fault("502")]
        at.slack.faults["users.info"] += [Fault("429", "0.1"), Fault("502")]
        root = await people.write("U0ANN", GLOBEX, EXPORT)
        card = await people.card(1)
        await people.write("U0ANN", GLOBEX, "More words", thread=root)
        await people.sees(TRIAGE, "More words", thread=card["ts"])
        await people.press("U0BO", TRIAGE, await people.card(1), "Claim")
        await people.card(1, "Bo Lind")
        await settled(app)
        assert not any(at.slack.faults.values()) or "users.info" in quirks.missing
        assert len(people.posts(GLOBEX, root)) == 1
        assert len(people.cards(1)) == 1
        assert len(people.posts(TRIAGE, card["ts"])) == 2


async def test_a_desk_that_was_killed_finds_again_what_it_had_said(sqlite_url: str, tmp_path: Path) -> None:
    """By its words alone, on a server that keeps no metadata and has a time of its own."""
    async with stage(tmp_path, sqlite_url, LEAST, "http") as at:
        people = at.people
        # It is killed while it does not know whether its first post came through.
        at.slack.faults["chat.postMessage"] += [Fault("lost")]
        # A proxy that leads nowhere is not asked for a server on this machine.
        environment = {**at.environment, "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}
        async with program("-m", "bot", "run", env=environment) as desk:
            await desk.line("ready")
            root = await people.write("U0ANN", GLOBEX, EXPORT)
            await at.slack.until(lambda: people.posts(TRIAGE) + people.posts(GLOBEX, root), "a post")
            await people.write("U0ANN", GLOBEX, "Hello?", thread=root)
            desk.signal(signal.SIGKILL)
            await desk.ended()
        async with desk_on(at) as app:
            card = await people.card(1)
            await people.sees(GLOBEX, "T-1", thread=root)
            await people.sees(TRIAGE, EXPORT, thread=card["ts"])
            await settled(app)
            assert len(people.posts(GLOBEX, root)) == 1
            assert len(people.posts(TRIAGE, card["ts"])) == 2
            # The first message is not taken for deleted because it does not come with its thread.
            assert ["deleted_at" in message for message in (await told(at, 1))["messages"]] == [False, False]


async def test_connections_come_and_go(sqlite_url: str, tmp_path: Path) -> None:
    async with stage(tmp_path, sqlite_url, SLACK, "socket") as at, desk_on(at):
        slack, people = at.slack, at.people
        (old,) = slack.sockets
        await slack.send(old, {"type": "disconnect", "reason": "warning", "debug_info": {"host": "x"}})
        await slack.until(lambda: len(slack.sockets) == 2, "another connection")
        await old.close()
        await slack.until(lambda: len(slack.sockets) == 1, "the old one is gone")
        await slack.send(slack.sockets[0], {"type": "ping", "id": 7})
        await slack.send(slack.sockets[0], {"type": "events_api", "envelope_id": "e-empty"})
        await slack.sockets[0].send("not json")
        await slack.sockets[0].send(b"\x00\x01")
        await slack.sockets[0].close(4000)
        await people.write("U0ANN", GLOBEX, "Anybody there?")
        await people.card(1, "Anybody there?")


async def test_a_server_that_can_do_next_to_nothing_still_has_tickets(sqlite_url: str, tmp_path: Path) -> None:
    methods = {name.removeprefix("do_").replace("_", ".") for name in dir(Workspace) if name.startswith("do_")}
    needed = {"auth.test", "chat.postMessage"}
    for missing_as in ("404", "ok"):
        folder = tmp_path / missing_as
        folder.mkdir()
        quirks = Quirks(missing=frozenset(methods - needed), missing_as=missing_as, identity=("user_id",))
        url = f"sqlite:///{folder}/desk.db"
        shutil.copyfile(sqlite_url.removeprefix("sqlite:///"), folder / "desk.db")
        async with stage(folder, url, quirks, "http") as at, desk_on(at):
            people = at.people
            root = await people.write("U0ANN", GLOBEX, EXPORT)
            await people.sees(GLOBEX, "T-1", thread=root)
            card = await people.card(1)
            await people.press("U0BO", TRIAGE, card, "Claim")
            await people.is_told("U0BO", "is yours now")
            await people.press("U0BO", TRIAGE, card, "Reply …")
            if missing_as == "404":
                await people.is_told("U0BO", "could not be opened")
            assert "Sent to the customer" in await people.command("U0BO", TRIAGE, "reply 1 Hello")
            await people.sees(GLOBEX, "Hello", thread=root)
            # Beside it may stand what was taken in by reading back, where a message was quicker than the start.
            assert len([post for post in people.posts(TRIAGE) if post["text"].startswith("T-1 ")]) == 1


@pytest.mark.parametrize(
    ("quirks", "says"),
    [
        (Quirks(missing=frozenset({"auth.test"})), "SLACK_BOT_TOKEN"),
        (Quirks(identity=("team_id",)), "SLACK_BOT_TOKEN"),
        (Quirks(missing=frozenset({"apps.connections.open"}), missing_as="404"), "SLACK_APP_TOKEN"),
    ],
    ids=["auth.test", "no user", "apps.connections.open"],
)
async def test_what_a_desk_cannot_start_without(sqlite_url: str, tmp_path: Path, quirks: Quirks, says: str) -> None:
    async with stage(tmp_path, sqlite_url, quirks, "socket") as at:
        with pytest.raises(BadConfig, match=says):
            async with desk_on(at):
                raise AssertionError("it started")
