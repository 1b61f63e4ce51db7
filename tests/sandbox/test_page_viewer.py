"""The page's websocket, without a browser: a snapshot, then patches, and of each only what that person may see."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.app import Sandbox, running
from sandbox.discord import threads
from sandbox.discord.seed import BOT, HELP, KIM, LEE, TRIAGE
from sandbox.model import Channel, Form, Person
from sandbox.settings import Settings

Json = dict[str, Any]
SECRET = "c4n4ry-of-triage"
FORM = {"type": "modal", "title": {"type": "plain_text", "text": SECRET}, "blocks": []}


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with running(Settings(port=0, data=tmp_path / "sandbox")) as started:
        yield started


class Viewer:
    """One connection; `raw` keeps every byte that came."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.raw: list[str] = []
        self.patches: list[Json] = []
        self.asked = 0

    async def frame(self) -> Json:
        text = await self.socket.receive_str(timeout=5)
        self.raw.append(text)
        return dict(json.loads(text))

    async def patch(self, kind: str) -> Json:
        """The next patch of that kind; those before it are passed over."""
        while True:
            while self.patches:
                patch = self.patches.pop(0)
                if patch["is"] == kind:
                    return patch
            self.patches = (await self.frame()).get("patches", [])

    async def ask(self, **wanted: Any) -> Json:
        """A page of messages; everything that was under way before it has come then."""
        self.asked += 1
        await self.socket.send_json({"ask": self.asked, **wanted})
        while True:
            frame = await self.frame()
            if frame.get("ask") == self.asked:
                return dict(frame["page"])


@asynccontextmanager
async def viewing(sandbox: Sandbox, person: str) -> AsyncIterator[Viewer]:
    address = f"{sandbox.base_url}/control/viewer?as={person}"
    async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as socket:
        yield Viewer(socket)


def texts(page: Json) -> list[str]:
    return [message["text"] for message in page["messages"]]


async def test_a_customers_socket_carries_no_byte_of_triage(sandbox: Sandbox) -> None:
    """Everything that can happen in triage happens, with a canary in each text; Ann's and Raj's bytes never hold it."""
    world = sandbox.world
    secret_room = Channel("C0SECRET", "T0ACME", SECRET, "private", ["U0BO"], 0.0, "U0BO")
    card = world.post("C0TRIAGE", "U0DESK", f"before {SECRET}")
    async with viewing(sandbox, "U0ANN") as ann, viewing(sandbox, "U0RAJ") as raj, viewing(sandbox, "U0BO") as bo:
        for viewer in (ann, raj, bo):
            assert "snapshot" in await viewer.frame()
        root = world.post("C0GLOBEX", "U0ANN", "Hello")
        posted = world.post("C0TRIAGE", "U0DESK", SECRET, blocks=[{"type": "section", "text": SECRET}])
        world.post("C0TRIAGE", "U0BO", SECRET, thread=posted.id)
        world.edit("C0TRIAGE", posted.id, "U0DESK", text=f"edited {SECRET}")
        world.dress("C0TRIAGE", posted.id, [{"title": SECRET}])
        world.react("C0TRIAGE", posted.id, "U0IDA", SECRET)
        world.unreact("C0TRIAGE", posted.id, "U0IDA", SECRET)
        world.delete("C0TRIAGE", card.id, "U0DESK")
        world.delete("C0TRIAGE", posted.id, "U0DESK")
        world.show_ephemeral("U0BO", "C0GLOBEX", "U0DESK", SECRET, thread=root.id)
        world.set_forms("U0BO", [Form("V1", "U0BO", "modal", FORM, "1", "V1")])
        world.publish_home(Form("V2", "U0BO", "home", FORM, "1", "V2"))
        world.action_failed("U0BO", "C0GLOBEX", root.id, "claim", SECRET)
        world.put_channel(secret_room, "U0BO")
        world.join("C0SECRET", "U0IDA", "U0BO")
        world.leave("C0SECRET", "U0IDA", "U0BO")
        world.archive("C0SECRET", "U0BO")
        world.delete_channel("C0SECRET", "U0BO")
        world.put_person(Person("U0NEW", "T0ACME", SECRET, SECRET, "agent", "Acme"))
        world.mark_read("U0BO", "C0TRIAGE")
        for viewer in (ann, raj):
            for channel in ("C0TRIAGE", "C0SECRET", "C0MANAGERS", "D0BO"):
                assert texts(await viewer.ask(channel=channel)) == []
                await viewer.socket.send_json({"read": channel, "to": posted.id})
            assert texts(await viewer.ask(channel="C0TRIAGE", thread=posted.id)) == []
        assert texts(await ann.ask(channel="C0GLOBEX")) == ["Hello"]
        assert texts(await raj.ask(channel="C0GLOBEX")) == []
        assert SECRET in (await bo.ask(channel="C0TRIAGE", thread=posted.id))["messages"][1]["text"]
    for viewer in (ann, raj):
        came = "".join(viewer.raw)
        for word in (SECRET, "triage", "C0TRIAGE", "C0SECRET", "C0MANAGERS", posted.id, "U0NEW"):
            assert word not in came, word
    assert "Hello" not in "".join(raj.raw)
    assert SECRET in "".join(bo.raw)
    assert ("U0ANN", "C0TRIAGE") not in world.reads


async def test_nobody_elses_discord_reaches_a_customer(sandbox: Sandbox) -> None:
    """Everything that can happen in the staff's channel, in its threads and in another's private thread."""
    world, discord = sandbox.world, sandbox.discord
    bot, kim = world.person(BOT), world.person(KIM)
    given = {"name": SECRET, "invitable": False}
    async with viewing(sandbox, LEE) as lee, viewing(sandbox, "U0ANN") as ann, viewing(sandbox, "U0BO") as bo:
        for viewer in (lee, ann, bo):
            assert "snapshot" in await viewer.frame()
        card = world.post(TRIAGE, BOT, SECRET, blocks=[{"type": 10, "id": 1, "content": SECRET}])
        thread = threads.from_message(discord, card, bot, given)
        said = world.post(thread.id, "U0BO", SECRET)
        world.edit(TRIAGE, card.id, BOT, text=f"edited {SECRET}")
        world.react(thread.id, said.id, "U0IDA", SECRET)
        threads.set_archived(discord, thread, BOT, archived=True)
        world.delete(thread.id, said.id, "U0BO")
        private = threads.alone(discord, world.channel(HELP), kim, given, 12)
        world.join(private.id, "U0BO")
        world.post(private.id, KIM, SECRET)
        direct = discord.direct_channel(kim)
        world.post(direct.id, KIM, SECRET)
        world.show_ephemeral(KIM, HELP, BOT, SECRET)
        origin = {"platform": "discord", "channel": HELP}
        world.set_forms(KIM, [Form("1", KIM, "modal", FORM, "1", "1", origin=origin)])
        world.action_failed(KIM, HELP, card.id, "claim", SECRET)
        for viewer in (lee, ann):
            for channel in (TRIAGE, thread.id, private.id, direct.id):
                assert texts(await viewer.ask(channel=channel)) == []
        assert texts(await lee.ask(channel=HELP)) == texts(await ann.ask(channel=HELP)) == []
        assert texts(await bo.ask(channel=private.id)) == [SECRET]
        world.leave(private.id, "U0BO")
        assert (await bo.patch("place_gone"))["channel"] == private.id
    for viewer in (lee, ann):
        came = "".join(viewer.raw)
        for word in (SECRET, "triage", TRIAGE, thread.id, private.id, direct.id):
            assert word not in came, word
    assert HELP not in "".join(ann.raw)
    assert SECRET in "".join(bo.raw)


async def test_threads_and_their_messages_go_together(sandbox: Sandbox) -> None:
    world, discord = sandbox.world, sandbox.discord
    root = world.post(HELP, KIM, "Our export fails")
    thread = threads.from_message(discord, root, world.person(BOT), {"name": "Our export"})
    old = threads.alone(discord, world.channel(HELP), world.person(KIM), {"name": "Long ago"}, 12)
    threads.set_archived(discord, old, KIM, archived=True)
    async with viewing(sandbox, KIM) as kim:
        snapshot = (await kim.frame())["snapshot"]
        assert [(place["name"], place.get("parent")) for place in snapshot["places"]] == [
            ("help", None),
            ("ideas", None),
            ("contact", None),
            ("Our export", HELP),
            ("Long ago", HELP),
        ]
        world.post(thread.id, "U0BO", "I look into it.")
        assert (await kim.patch("message"))["message"]["text"] == "I look into it."
        place = (await kim.patch("place"))["place"]
        assert (place["id"], place["count"], place["unread"]) == (thread.id, 1, 0)
        line = (await kim.patch("message"))["message"]
        assert (line["ts"], line["replies"]["count"], line["replies"]["name"]) == (root.id, 1, "Our export")
        world.react(HELP, root.id, "U0BO", "👀")
        assert "starter" not in (await kim.patch("message"))["message"]
        starter = (await kim.patch("message"))["message"]["starter"]
        assert (starter["text"], starter["reactions"]) == ("Our export fails", [{"name": "👀", "people": ["U0BO"]}])
        world.leave(HELP, KIM)
        world.delete(HELP, root.id, KIM)
        assert (await kim.patch("gone"))["ts"] == root.id
        assert "starter" not in (await kim.patch("message"))["message"]
        world.delete_channel(thread.id, BOT)
        assert (await kim.patch("place_gone"))["channel"] == thread.id


async def test_a_customer_is_found_by_what_they_wrote(sandbox: Sandbox) -> None:
    world = sandbox.world
    asked = world.post(HELP, KIM, "Hello")
    thread = threads.from_message(sandbox.discord, asked, world.person(BOT), {"name": "Hello"})
    direct = sandbox.discord.direct_channel(world.person(LEE))
    greeting, other = world.post(direct.id, LEE, "Hello"), world.post(HELP, LEE, "Hello")
    here = world.post("C0GLOBEX", "U0ANN", "Hello")
    async with aiohttp.ClientSession(sandbox.base_url) as session:
        for channel, message, found in (
            (HELP, asked.id, (KIM, HELP, thread.id)),
            (thread.id, "", (KIM, HELP, thread.id)),
            (HELP, other.id, (LEE, HELP, other.id)),
            (direct.id, greeting.id, (LEE, direct.id, "")),
            (direct.id, "", (LEE, direct.id, "")),
            ("C0GLOBEX", here.id, ("U0ANN", "C0GLOBEX", here.id)),
            ("C0INITECH", "", ("U0RAJ", "C0INITECH", "")),
            ("C0TRIAGE", "", (None, "C0TRIAGE", "")),
            (TRIAGE, "", (None, TRIAGE, "")),
        ):
            async with session.get("/control/customer", params={"channel": channel, "message": message}) as answer:
                told = await answer.json()
            assert (told["person"], told["channel"], told["thread"]) == found
        # A card may link to nothing that its reader can open; then the app's own words lead there.
        world.post(TRIAGE, BOT, "T-1 Hello")
        world.post(direct.id, BOT, "", blocks=[{"type": 10, "content": "This is **T-12**."}])
        world.post("C0GLOBEX", "U0DESK", "This is *T-1*.", thread=here.id)
        for words, found in (("T-12", (LEE, direct.id, "")), ("T-1", ("U0ANN", "C0GLOBEX", here.id)), ("T-2", None)):
            async with session.get("/control/customer", params={"words": words}) as answer:
                told = await answer.json()
            assert (told["person"], told["channel"], told["thread"]) == (found or (None, "", ""))


async def test_snapshot_then_patches(sandbox: Sandbox) -> None:
    world = sandbox.world
    async with viewing(sandbox, "U0ANN") as ann:
        snapshot = (await ann.frame())["snapshot"]
        assert snapshot["me"]["name"] == "Ann Weber"
        assert [place["name"] for place in snapshot["places"]] == ["globex-shared", "Desk"]
        assert snapshot["places"][0]["shared"] == ["Acme"]
        assert snapshot["commands"] == {"slack": [], "discord": []}
        assert snapshot["shortcuts"] == []
        assert [(team["name"], team["on"]) for team in snapshot["teams"]] == [("Acme", "slack")]
        assert "U0RAJ" not in snapshot["people"]
        root = world.post("C0GLOBEX", "U0BO", "Hello <@U0ANN>")
        assert (await ann.patch("message"))["message"]["text"] == "Hello <@U0ANN>"
        assert (await ann.patch("unread"))["unread"] == 1
        await ann.socket.send_json({"read": "C0GLOBEX", "to": root.id})
        assert (await ann.patch("unread"))["unread"] == 0
        reply = world.post("C0GLOBEX", "U0ANN", "Yes?", thread=root.id)
        assert (await ann.patch("message"))["message"]["ts"] == reply.id
        page = await ann.ask(channel="C0GLOBEX", thread=root.id)
        assert texts(page) == ["Hello <@U0ANN>", "Yes?"]
        assert page["messages"][0]["replies"]["count"] == 1
        world.delete("C0GLOBEX", reply.id, "U0ANN")
        assert (await ann.patch("gone"))["ts"] == reply.id
        world.join("C0INITECH", "U0ANN")
        assert (await ann.patch("place"))["place"]["name"] == "initech-shared"
        world.leave("C0INITECH", "U0ANN")
        assert (await ann.patch("place_gone"))["channel"] == "C0INITECH"
        await sandbox.clock.advance(3600)
        assert (await ann.patch("clock"))["clock"]["version"] == 2


async def test_pages_of_a_long_channel(sandbox: Sandbox) -> None:
    ids = [sandbox.world.post("C0GLOBEX", "U0BO", str(number)).id for number in range(100)]
    async with viewing(sandbox, "U0ANN") as ann:
        newest = await ann.ask(channel="C0GLOBEX", limit=10)
        assert texts(newest) == [str(number) for number in range(90, 100)]
        assert (newest["older"], newest["newer"]) == (True, False)
        before = await ann.ask(channel="C0GLOBEX", before=ids[5], limit=10)
        assert (texts(before), before["older"], before["newer"]) == (list("01234"), False, True)
        around = await ann.ask(channel="C0GLOBEX", around=ids[50], limit=4)
        assert texts(around) == ["48", "49", "50", "51", "52"]
        after = await ann.ask(channel="C0GLOBEX", after=ids[97])
        assert (texts(after), after["newer"]) == (["98", "99"], False)
        own = sandbox.world.show_ephemeral("U0ANN", "C0GLOBEX", "U0DESK", "only you")
        assert texts(await ann.ask(channel="C0GLOBEX", limit=2)) == ["98", "99", "only you"]
        assert texts(await ann.ask(channel="C0GLOBEX", before=own.id, limit=2)) == ["98", "99"]
        assert texts(await ann.ask(channel="C0GLOBEX", before=ids[99], limit=2)) == ["97", "98"]
        assert (await ann.ask(channel="C0GLOBEX", thread="1.000001"))["missing"] is True


async def test_starting_over_and_a_slow_page_get_a_snapshot(sandbox: Sandbox) -> None:
    async with viewing(sandbox, "U0BO") as bo:
        first = (await bo.frame())["snapshot"]
        for number in range(5_000):
            sandbox.world.post("C0TRIAGE", "U0IDA", str(number))
        again = await bo.frame()
        while "snapshot" not in again:
            again = await bo.frame()
        assert again["snapshot"]["worldId"] == first["worldId"]
        await sandbox.start_over()
        other = await bo.frame()
        while "snapshot" not in other:
            other = await bo.frame()
        assert other["snapshot"]["worldId"] != first["worldId"]
        assert len(texts(await bo.ask(channel="C0TRIAGE"))) == 4


async def test_nobody_and_nonsense(sandbox: Sandbox) -> None:
    async with viewing(sandbox, "U0NOBODY") as nobody:
        message = await nobody.socket.receive(timeout=5)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 4404)
    async with viewing(sandbox, "U0ANN") as ann:
        for nonsense in ("{", "[]", "1", '{"ask": 1}', '{"ask": {}, "channel": 7, "limit": "x"}', '{"read": null}'):
            await ann.socket.send_str(nonsense)
        assert texts(await ann.ask(channel="C0GLOBEX", limit=-5, before=None)) == []
        await ann.socket.send_bytes(b"\x00")
        await asyncio.wait_for(ann.socket.receive(), 5)
    assert sandbox.world.people["U0ANN"].name == "Ann Weber"


async def test_the_page_is_served_with_a_policy(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("/", "/archives/C0TRIAGE/p1700000000000100"):
            async with session.get(sandbox.base_url + path) as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert policy.startswith("default-src 'self'; script-src 'self' 'sha256-")
                assert "unsafe" not in policy
                assert "importmap" in await answer.text()
        async with session.get(f"{sandbox.base_url}/page/js/app.js") as answer:
            assert answer.content_type == "text/javascript"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        async with session.get(f"{sandbox.base_url}/page/../viewer.py") as answer:
            assert answer.status == 404
