"""How effects look on Slack, beyond what the port's contract says."""

from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from support.blobs import MemoryBlobs
from support.slack_payloads import Json
from support.slack_stage import ANN, BO, CUSTOMERS, TRIAGE, Desk, Stage

from adapters.slack.adapter import SlackAdapter
from core.language.effects import Dm, Ephemeral, FetchGroup, FetchPerson, Post, PublishHome, Update, Upload
from core.language.events import MessageEdited, MessagePosted
from core.language.places import Identity, MessageRef, Place
from core.language.text import Ping, Words, bold, plain, words
from core.language.views import (
    Actions,
    Button,
    Card,
    Field,
    Fields,
    Home,
    Menu,
    Option,
    Paragraph,
    Quote,
    Select,
    Small,
)
from core.ports import RefusedByPlatform
from sandbox.model import Message
from sandbox.server import bind, serving

CARD = Card(
    "T-12 Export fails, from Ann",
    (bold("T-12"), Words(" Export fails with 502")),
    (
        Paragraph(words("Globex (gold) · Ann Weber")),
        Quote(words("Hello, our export\nhas been failing")),
        Fields((Field("Status", words("Open")), Field("Priority", words("High")))),
        Small(words("team Support")),
        Actions((Button("Claim", "claim:12", "primary"), Button("Resolve", "resolve:12", "danger"))),
    ),
    Menu("more:12", (Option("Assign …", "assign:12"), Option("Note …", "note:12"))),
)


async def post(slack: Stage, shown: Card, place: Place | None = None, **more: object) -> Message:
    effect = Post(place or Place("main", TRIAGE), shown, "k1", **more)
    made = await slack.adapter.deliver(effect)
    assert made.ref is not None
    return slack.sandbox.world.message(made.ref.channel, made.ref.message)


async def test_a_card_looks_as_it_should(slack: Stage) -> None:
    message = await post(slack, CARD)
    assert message.text == "T-12 Export fails, from Ann"
    title, quoted, fields, small, actions = message.blocks
    headed = "*T-12* Export fails with 502\nGlobex (gold) · Ann Weber"
    assert title["text"] == {"type": "mrkdwn", "text": headed, "verbatim": True}
    assert [one["value"] for one in title["accessory"]["options"]] == ["assign:12", "note:12"]
    assert quoted["text"]["text"] == "> Hello, our export\n> has been failing"
    assert [one["text"] for one in fields["fields"]] == ["*Status*\nOpen", "*Priority*\nHigh"]
    assert small["type"] == "context"
    assert [(one["text"]["text"], one["action_id"], one["style"]) for one in actions["elements"]] == [
        ("Claim", "claim:12", "primary"),
        ("Resolve", "resolve:12", "danger"),
    ]


async def test_a_post_can_be_found_again_and_tells_nothing_else(slack: Stage) -> None:
    message = await post(slack, CARD)
    assert message.metadata == {"event_type": "deskhand", "event_payload": {"key": "k1"}}
    assert message.nonce is not None
    assert "k1" not in message.nonce


async def test_links_in_a_post_are_not_unfurled(slack: Stage) -> None:
    await post(slack, CARD)
    (asked,) = [record.request for record in slack.sandbox.traffic.log if record.name == "chat.postMessage"]
    assert (asked["unfurl_links"], asked["unfurl_media"]) == (False, False)
    assert not asked.keys() & {"link_names", "parse"}


async def test_only_named_people_are_notified(slack: Stage) -> None:
    late = Card("T-12 is late", blocks=(Paragraph((Ping(BO, "Bo"), Words(" and "), Ping(ANN, "Ann"))),))
    message = await post(slack, late, pings=(BO,))
    assert message.blocks[0]["text"]["text"] == "<@U0BO> and @Ann"


async def test_an_agents_name_stands_over_a_reply(slack: Stage) -> None:
    message = await post(slack, Card("On it", blocks=(Paragraph(words("On it")),), sender="Bo Lind"))
    assert message.username == "Bo Lind"


async def test_a_broadcast_is_seen_in_the_channel_too(slack: Stage) -> None:
    root = slack.say("U0ANN", CUSTOMERS, "Help")
    message = await post(slack, Card("Solved"), root.as_root, broadcast=True)
    assert message.thread == root.message
    assert message.broadcast


async def test_an_update_takes_old_controls_away(slack: Stage) -> None:
    message = await post(slack, CARD)
    ref = MessageRef("main", TRIAGE, message.id)
    await slack.adapter.deliver(Update(ref, Card("T-12 is closed")))
    after = slack.sandbox.world.message(TRIAGE, message.id)
    assert (after.text, after.blocks) == ("T-12 is closed", [])
    assert after.metadata is not None


async def test_each_update_has_new_block_ids(slack: Stage) -> None:
    shown = Card("T-12", blocks=(Actions((Select("Priority", "priority:12", (Option("High", "high"),)),)),))
    message = await post(slack, shown)
    (before,) = [block["block_id"] for block in message.blocks]
    await slack.adapter.deliver(Update(MessageRef("main", TRIAGE, message.id), shown))
    (after,) = [block["block_id"] for block in slack.sandbox.world.message(TRIAGE, message.id).blocks]
    assert before != after


async def test_F19_a_reply_whose_root_is_gone_is_refused(slack: Stage) -> None:
    root = slack.say("U0ANN", CUSTOMERS, "Help")
    slack.sandbox.world.delete(CUSTOMERS, root.message, "U0ANN")
    before = [message.id for message in slack.messages(Place("main", CUSTOMERS))]
    with pytest.raises(RefusedByPlatform) as refused:
        await slack.adapter.deliver(Post(root.as_root, CARD, "k1"))
    assert refused.value.code == "thread_not_found"
    assert [message.id for message in slack.messages(Place("main", CUSTOMERS))] == before


@pytest.mark.parametrize("found_in", [("channel",), ("thread",), ("channel", "thread")])
async def test_F19_a_reply_that_comes_out_at_the_top_is_taken_back(found_in: tuple[str, ...]) -> None:
    """A server that forgets the thread in what it answers: only where the reply really is at the top level of the
    channel, it goes."""
    strays = found_in == ("channel",)
    deleted: list[str] = []
    posted: Json = {"ts": "1795178400.000200", "text": "hello"}

    async def call(request: Request) -> JSONResponse:
        match request.path_params["method"]:
            case "auth.test":
                return JSONResponse({"ok": True, "team_id": "T1", "user_id": "U0DESK", "bot_id": "B0DESK"})
            case "chat.postMessage":
                return JSONResponse({"ok": True, "ts": posted["ts"], "channel": CUSTOMERS, "message": posted})
            case "conversations.history":
                return JSONResponse({"ok": True, "messages": [posted] if "channel" in found_in else []})
            case "conversations.replies" if strays:
                return JSONResponse({"ok": False, "error": "thread_not_found"})
            case "conversations.replies":
                return JSONResponse({"ok": True, "messages": [posted]})
            case "chat.delete":
                deleted.append(str((await request.form())["ts"]))
                return JSONResponse({"ok": True})
        raise AssertionError(request.url)

    listener = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/api/"
    async with serving(Starlette(routes=[Route("/api/{method}", call, methods=["GET", "POST"])]), listener):
        adapter = SlackAdapter(
            connection="main",
            api_url=url,
            bot_token="xoxb-1",
            app_token=None,
            signing_secret="secret",
            handle=Desk().handle,
            blobs=MemoryBlobs(),
        )
        await adapter.start()
        try:
            reply = Post(Place("main", CUSTOMERS, "1795178400.000100"), CARD, "k1")
            if strays:
                with pytest.raises(RefusedByPlatform) as refused:
                    await adapter.deliver(reply)
                assert refused.value.code == "thread_not_found"
            else:
                assert (await adapter.deliver(reply)).ref is not None
        finally:
            await adapter.stop()
    assert deleted == ([posted["ts"]] if strays else [])


async def test_the_channel_of_direct_messages_is_asked_for_once(slack: Stage) -> None:
    for key in ("k1", "k2"):
        await slack.adapter.deliver(Dm(ANN, Card("For you"), key))
    assert slack.calls("conversations.open") == 1


async def test_an_ephemeral_is_in_its_thread(slack: Stage) -> None:
    root = slack.say("U0BO", TRIAGE, "talk")
    await slack.adapter.deliver(Ephemeral(root.as_root, BO, Card("Only you")))
    (shown,) = slack.ephemerals("U0BO", TRIAGE)
    assert (shown.text, shown.thread) == ("Only you", root.message)


async def test_a_home_is_published(slack: Stage) -> None:
    await slack.adapter.deliver(PublishHome(BO, Home(words("Your tickets"), (Paragraph(words("T-12")),))))
    header, ticket = slack.sandbox.world.homes["U0BO"].payload["blocks"]
    assert header["text"]["text"] == "Your tickets"
    assert ticket["text"]["text"] == "T-12"


async def test_an_upload_has_its_name_and_words(slack: Stage) -> None:
    blob = slack.blobs.put(b"a,b\n1,2\n")
    made = await slack.adapter.deliver(
        Upload(Place("main", TRIAGE), "report\n.csv", "text/csv", blob, "k1", "For <!channel>")
    )
    assert made.ref is not None
    message = slack.sandbox.world.message(TRIAGE, made.ref.message)
    assert message.text == "For &lt;!channel&gt;"
    assert slack.sandbox.world.file(message.files[0]).name == "report .csv"


async def test_people_and_groups(slack: Stage) -> None:
    ann = (await slack.adapter.deliver(FetchPerson(ANN))).profile
    assert ann is not None
    assert (ann.email, ann.timezone, ann.is_bot, ann.is_guest) == (
        "ann.weber@globex.example",
        "Europe/Berlin",
        False,
        False,
    )
    assert ann.home == "T0GLOBEX"
    desk = (await slack.adapter.deliver(FetchPerson(Identity("main", "U0DESK")))).profile
    assert desk is not None
    assert desk.is_bot
    slack.sandbox.world.person("U0ANN").traits["user_not_visible"] = True
    hidden = (await slack.adapter.deliver(FetchPerson(ANN))).profile
    assert hidden is not None
    assert hidden.name == ""
    assert (await slack.adapter.deliver(FetchGroup("main", "S0AGENTS"))).members == ("U0BO", "U0IDA")


async def test_an_edit_that_was_missed_is_in_the_history(slack: Stage) -> None:
    before = slack.say("U0ANN", CUSTOMERS, "first")
    ref = slack.say("U0ANN", CUSTOMERS, "second")
    slack.sandbox.world.edit(CUSTOMERS, ref.message, "U0ANN", text="second, edited")
    raws = await slack.adapter.history(Place("main", CUSTOMERS), after=before.message, limit=10)
    posted, edited = map(slack.adapter.normalise, raws)
    assert isinstance(posted, MessagePosted)
    assert isinstance(edited, MessageEdited)
    assert plain(edited.text) == "second, edited"
    # The same edit as the event's.
    assert edited.edition == (await slack.desk.next(MessageEdited)).edition


async def test_a_long_history_comes_whole_and_in_order(slack: Stage) -> None:
    first = slack.say("U0ANN", CUSTOMERS, "start")
    refs = [slack.say("U0ANN", CUSTOMERS, f"message {number}") for number in range(450)]
    raws = await slack.adapter.history(Place("main", CUSTOMERS), after=first.message, limit=449)
    assert [raw["event"]["ts"] for raw in raws] == [ref.message for ref in refs[:449]]


async def test_without_metadata_the_words_are_looked_for(slack: Stage) -> None:
    """As on servers that do not keep metadata: two posts that say the same are not taken for each other."""
    since = datetime.now(UTC)
    first = await post(slack, Card("the same words"))
    world = slack.sandbox.world
    second = world.post(TRIAGE, "U0DESK", "the same words")
    other = world.post(TRIAGE, "U0DESK", "other words")
    for message in (first, second, other):
        message.metadata = message.nonce = None
    found = await slack.adapter.read_back(Post(Place("main", TRIAGE), Card("the same words"), "k2"), since=since)
    assert found is not None
    assert found.ref == MessageRef("main", TRIAGE, second.id)
    nothing = await slack.adapter.read_back(Post(Place("main", TRIAGE), Card("the same words"), "k3"), since=since)
    assert nothing is None
