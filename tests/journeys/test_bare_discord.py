"""The whole desk on servers that have only a part of Discord, and take liberties with it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.bare_discord import BO, BOT, HELP, IDA, KIM, TRIAGE, Quirks
from support.bare_discord_desk import bare_desk, settled

from core.language.errors import BadConfig

EXPORT = "Our export has been failing since this morning. We need the numbers."

DISCORD = Quirks()
# Nothing but messages, the gateway and interactions, in their plainest shape.
LEAST = Quirks(
    missing=r"/oauth2/|/gateway/bot|/applications/|/members/|/threads|PATCH /channels/\d+$|/reactions/|GET /users/\d",
    content_type="application/json; charset=utf-8",
    resume_url=False,
    guild_in_ready=False,
    small_ids=True,
    sparse=True,
    keeps_nonce=False,
    components="refused",
    rate_headers=False,
)
ODD = Quirks(
    missing=r"/oauth2/|/applications/|/members/|/threads$",
    missing_as=501,
    missing_body={"error": "not implemented"},
    components="emptied",
    keeps_nonce=False,
    rate_headers=False,
)
CLOSED = Quirks(missing=r"/applications/|/threads$", missing_as=403, missing_body={"message": "no", "code": 0})
# Posting, the gateway and interactions alone.
NOTHING = Quirks(
    missing=r"^(?!POST /channels/\d+/messages$|GET /users/@me$|POST /interactions/|GET /gateway)", sparse=True
)
# Messages come in lists alone.
LISTS = Quirks(missing=r"GET /channels/\d+/messages/\d+$")
SERVERS = {"discord": DISCORD, "least": LEAST, "odd": ODD, "closed": CLOSED, "lists": LISTS}


@pytest.mark.parametrize("server", SERVERS)
async def test_from_the_first_words_to_the_solution(sqlite_url: str, tmp_path: Path, server: str) -> None:
    quirks = SERVERS[server]
    async with bare_desk(tmp_path, sqlite_url, quirks, gateway_url="gateway" in quirks.missing) as (people, app):
        root = await people.write(KIM, HELP, EXPORT)
        # Where there are no threads, what belongs into one refers to its first message.
        threads = "/threads" not in quirks.missing
        help_thread = root if threads else HELP
        receipt = await people.sees(help_thread, "This is T-1")
        if not threads:
            assert receipt["message_reference"]["message_id"] == root
        card = await people.sees(TRIAGE, "nobody yet")
        inside = card["id"] if threads else TRIAGE
        await people.sees(inside, EXPORT)

        await people.react(IDA, TRIAGE, card["id"], "👀")
        card = await people.sees(TRIAGE, "Ida Sand")
        told = await people.press(BO, card, "Reply …")
        assert told["type"] == 9
        await people.submit(BO, TRIAGE, told["data"], text="We deploy a fix now.", then="pending")
        answer = await people.sees(help_thread, "We deploy a fix now.")
        await people.sees(TRIAGE, "Waiting for customer")

        # A customer answers in the thread, or by answering a message.
        words = await people.write(KIM, help_thread, "It fails again.", None if threads else answer)
        await people.sees(inside, "It fails again.")
        card = await people.sees(TRIAGE, "● Open")
        await people.edit(help_thread, words, "It fails again and again.")
        await people.sees(inside, "again and again")
        await people.write(BO, inside, "canary: the bucket was full", None if threads else card)
        await people.write(IDA, inside, f"<@{BOT}> note canary: the storage team knows", None if threads else card)
        await people.sees(inside, "the storage team knows")

        told = await people.press(IDA, card, "Resolve")
        # Words of people may stand in an answer, and it notifies nobody.
        assert told["data"]["allowed_mentions"] == {"parse": []}
        await people.sees(help_thread, "We think this is solved.")
        card = await people.sees(TRIAGE, "Resolved")
        await people.press(IDA, card, "Reopen")
        await people.sees(help_thread, "is open again")
        await people.press(KIM, await people.sees(help_thread, "Solved"), "Solved")
        await people.sees(help_thread, "Glad that it is solved")
        await settled(app)
        assert not [said for said in people.posts(help_thread) if "canary" in said]
        assert len([said for said in people.posts(TRIAGE) if "Status" in said or "Claim" in said]) <= 1


async def test_a_server_that_can_do_next_to_nothing_still_has_tickets(sqlite_url: str, tmp_path: Path) -> None:
    async with bare_desk(tmp_path, sqlite_url, NOTHING) as (people, app):
        root = await people.write(KIM, HELP, EXPORT)
        receipt = await people.sees(HELP, "This is T-1")
        assert receipt["message_reference"]["message_id"] == root
        card = await people.sees(TRIAGE, "nobody yet")
        await people.sees(TRIAGE, EXPORT)
        await people.press(BO, card, "Claim")
        told = await people.press(BO, card, "Reply …")
        await people.submit(BO, TRIAGE, told["data"], text="We deploy a fix now.", then="open")
        await people.sees(HELP, "We deploy a fix now.")
        await settled(app)
        assert len(people.posts(TRIAGE)) == 3, people.posts(TRIAGE)


@pytest.mark.parametrize("server", ["discord", "least"])
async def test_what_was_said_in_spite_of_a_lost_answer_is_not_said_again(
    sqlite_url: str, tmp_path: Path, server: str
) -> None:
    async with bare_desk(tmp_path, sqlite_url, SERVERS[server]) as (people, app):
        people.discord.lost = [f"POST /channels/{HELP}/messages", f"POST /channels/{TRIAGE}/messages"]
        root = await people.write(KIM, HELP, EXPORT)
        threads = server == "discord"
        await people.sees(TRIAGE, "nobody yet")
        await people.sees(root if threads else HELP, "This is T-1")
        await settled(app)
        assert len([said for said in people.posts(TRIAGE) if "nobody yet" in said]) == 1
        assert len(people.posts(root if threads else HELP)) == 1
        assert people.discord.lost == ([f"POST /channels/{HELP}/messages"] if threads else [])


async def test_an_edit_may_tell_no_more_than_what_has_changed(sqlite_url: str, tmp_path: Path) -> None:
    async with bare_desk(tmp_path, sqlite_url, DISCORD) as (people, app):
        root = await people.write(KIM, HELP, EXPORT)
        inside = (await people.sees(TRIAGE, "nobody yet"))["id"]
        await people.sees(inside, EXPORT)
        (before,) = people.discord.sockets
        changed = {"content": "Our import has been failing.", "edited_timestamp": datetime.now(UTC).isoformat()}
        people.discord.find(HELP, root).update(changed)
        await people.discord.dispatch("MESSAGE_UPDATE", {"id": root, "channel_id": HELP, **changed})
        await people.sees(inside, "Our import has been failing.")
        await settled(app)
        assert people.discord.sockets == [before]
        assert not [said for said in people.posts(TRIAGE) if "Back again" in said]


@pytest.mark.parametrize(
    "more",
    [
        {"attachments": [{"id": "77", "filename": "log.txt", "size": 3, "url": "http://127.0.0.1:9/log.txt"}]},
        {"poll": {"question": {"text": "Which?"}, "answers": [], "expiry": None, "layout_type": 1}},
        {"embeds": [{"type": "rich", "timestamp": "never"}], "sticker_items": [{"id": "78"}]},
    ],
    ids=["file", "poll", "embed and sticker"],
)
async def test_what_stands_in_a_message_breaks_no_connection(
    sqlite_url: str, tmp_path: Path, more: dict[str, Any]
) -> None:
    async with bare_desk(tmp_path, sqlite_url, DISCORD) as (people, _):
        (before,) = people.discord.sockets
        made = people.discord.message(HELP, KIM, EXPORT, **more)
        await people.discord.dispatch("MESSAGE_CREATE", made)
        await people.sees(TRIAGE, "nobody yet")
        assert people.discord.sockets == [before]


async def test_a_desk_says_what_it_cannot_start_without(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="DISCORD_BOT_TOKEN"):
        async with bare_desk(tmp_path, sqlite_url, Quirks(missing="/users/@me", missing_as=401)):
            raise AssertionError("it started")
