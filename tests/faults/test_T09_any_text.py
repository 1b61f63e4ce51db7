"""T08, T09: text and files of any kind go through unharmed, alike on both databases, and mention nobody."""

from support.desk import GLOBEX, DeskDriver, policy, text_of, who

from core.language.places import MessageRef
from core.language.text import MAX_BODY, Link, Named, Ping, Text, Words, words
from core.language.views import Card
from core.store import tables as t
from core.store.engine import Store

FAMILY = "👩‍👩‍👧‍👦"
# What is written, and what of it is kept.
KEPT: list[tuple[str, str]] = [
    (
        "<!channel> @everyone @here <@U0BO> <@&12> <!subteam^S1>",
        "<!channel> @everyone @here <@U0BO> <@&12> <!subteam^S1>",
    ),
    ("nul\x00 bell\x07 escape\x1b[31m", "nul bell escape[31m"),
    ("lone \ud800 and \udfff", "lone  and "),
    ("pair \U0001f600", "pair \U0001f600"),
    ("over\u202eride \u2066isolate\u2069 \ufeffmark", "override isolate mark"),
    ("שלום \u200fעולם\u200f!", "שלום \u200fעולם\u200f!"),
    ("zero\u200bwidth\u200d joiner", "zero\u200bwidth\u200d joiner"),
    ("e" + "\u0301" * 500, "e" + "\u0301" * 500),
    (FAMILY * 200, FAMILY * 200),
    ("line\r\nline\rline\n\n\ttab", "line\nline\nline\n\n\ttab"),
    ("'; DROP TABLE ticket; -- %s {0} {name} \\ \" $1 :x", "'; DROP TABLE ticket; -- %s {0} {name} \\ \" $1 :x"),
    ("x" * 40_000, "x" * 40_000),
    ("y" * 10_000_000, "y" * MAX_BODY),
    (FAMILY * 1_000_000, (FAMILY * 10_000)[:MAX_BODY]),
    ("   ", "   "),
    ("\x00", ""),
]


async def test_T09_whatever_is_written(desk: DeskDriver) -> None:
    for n, (written, _) in enumerate(KEPT):
        await desk.says(f"c{n}", written, author_name=written[:300])
    tickets = await desk.tickets()
    assert await desk.receipts_in("quarantined") == []
    assert len(tickets) == len(KEPT)
    for ticket, (written, kept) in zip(tickets, KEPT, strict=True):
        assert ticket.description == kept.strip("\n")
        (message,) = await desk.messages(ticket.number)
        assert message.body == kept.strip("\n"), written[:40]
        assert len(ticket.subject) <= 80 * 25
        assert "\x00" not in ticket.requester_name
    for row in await desk.outbox():
        assert row.pings == ()
        assert not pinged(row.card)


def pinged(shown: object) -> bool:
    return "Ping(" in repr(shown)


async def test_T09_a_ping_cannot_be_written(desk: DeskDriver) -> None:
    """Not even by an adapter that reads one."""
    text: Text = (Words("Hey "), Ping(who("bo"), "Bo"), Named("Bo", who("bo")), Link("javascript:alert(1)", "x"))
    root = await desk.says("ann", text)
    await desk.edits("ann", root, "Hey <@U0BO>")
    for row in await desk.outbox():
        assert row.pings == ()
        assert not pinged(row.card)
    assert (await desk.messages())[0].body == "Hey <@U0BO>"


async def test_T09_on_every_surface(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails.")
    for hostile in ("<!channel> \x00\ud800\u202e", "{name} {0} %s", "'\"\\;--", FAMILY * 500):
        await everywhere(desk, root, hostile)
    assert await desk.receipts_in("quarantined") == []
    assert not any(pinged(o.card) or o.pings for o in await desk.outbox())
    for number in range(1, len(await desk.tickets()) + 1):
        assert isinstance(await desk.card(number), Card)


async def everywhere(desk: DeskDriver, root: MessageRef, hostile: str) -> None:
    for command in ("reply 1 ", "note 1 ", "subject 1 x", "category 1 ", "assign 1 ", "open ", "list ", "", "show "):
        assert text_of(await desk.types("bo", command + hostile, GLOBEX))
    for token in ("reply:1", "note:1", "assign:1", "more:1", "open:C0GLOBEX", hostile):
        values = {"text": hostile, "agent": hostile, "subject": hostile, "category": "", "priority": hostile}
        await desk.submits("bo", token, **values)
    await desk.presses("bo", hostile, hostile)
    await desk.asks("bo", hostile, hostile)
    await desk.reacts("bo", root, "eyes")
    await desk.edits("ann", root, hostile)
    await desk.says("ann", "", thread=root, files=(desk.file(hostile, type_=hostile),))


async def test_T09_templates_take_no_orders_from_text(store: Store) -> None:
    desk = await DeskDriver(store, policy(wording={"assigned_to": "{assignee}: {subject}"})).start()
    await desk.says("ann", "{assignee} {ref}")
    await desk.types("bo", "assign 1 ida")
    (told,) = [o for o in await desk.outbox(kind="post") if o.pings]
    assert told.text == "@Ida Sand: {assignee} {ref}"
    assert told.pings == (who("ida").user,)


async def test_T08_files_are_capped_and_fetched_later(store: Store) -> None:
    desk = await DeskDriver(store, policy(max_file_bytes=1000)).start()

    async def attachments() -> list[tuple[str, str | None]]:
        rows = t.attachment.select().order_by(t.attachment.c.id)
        return [(r.state, r.problem) for r in await desk.read(lambda c: c.execute(rows).all())]

    files = (
        desk.file("a.png", b"x" * 1000),
        desk.file("huge.iso", b"x" * 1001),
        desk.file("says it is small", b"x" * 1001, size=1),
        desk.file("../../etc/passwd\x00" + "x" * 400, b"root", type_=""),
    )
    await desk.says("ann", "See these.", files=files)
    refused = ("refused", "larger than 1000 bytes")
    assert await attachments() == [("wanted", None), refused, ("wanted", None), ("wanted", None)]
    named = (await desk.messages())[0].attachments
    assert len(named[3].name) == 255 and "\x00" not in named[3].name
    assert named[3].type == "application/octet-stream"
    fetches = await desk.outbox(kind="fetch_file")
    assert [(o.args["source"]["id"], o.args["limit"], o.channel) for o in fetches] == [
        (files[n].source["id"], 1000, "") for n in (0, 2, 3)
    ]
    await desk.deliver()
    assert await attachments() == [("kept", None), refused, ("refused", "too_large"), ("kept", None)]
    assert [a.size for a in (await desk.messages())[0].attachments] == [1000, 1001, 1, 4]
    # The customer's files are shown to the team, and to nobody else.
    uploads = await desk.outbox(kind="upload")
    assert [(o.side, o.args["name"][:5]) for o in uploads] == [("triage", "a.png"), ("triage", "../..")]


async def test_T09_long_words_are_shown_cut(desk: DeskDriver) -> None:
    await desk.says("ann", words("w" * 39_000))
    assert len(text_of(await desk.card())) < 1000
