"""What is longer than one message of the platform arrives whole, in several of them: answers, notes, and copies, which
follow what is edited."""

from typing import Any

import pytest
from support.desk import GLOBEX, TRIAGE, DeskDriver, text_of
from support.fake_platform import AppliedLate, Fails

from core.language.effects import Deliverable, Post
from core.language.places import MessageRef
from core.ports import RefusedByPlatform
from core.store import tables as t

ROOM = 300
SHORTER = "The message is shorter now and ends above."


def letter(count: int, name: str = "line") -> str:
    more = "that says one thing after the other and does not come to its end"
    return "\n".join(f"{name} {n:03} of a long letter {more}" for n in range(count))


# Four posts of three lines each.
LONG = letter(12)


@pytest.fixture
async def opened(desk: DeskDriver) -> DeskDriver:
    desk.chat.room = ROOM
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    return desk


def is_second(effect: Deliverable) -> bool:
    """Of the posts of the answer LONG."""
    return isinstance(effect, Post) and effect.place.channel == GLOBEX and "line 003" in effect.card.fallback


def inside(desk: DeskDriver, thread: MessageRef) -> list[str]:
    """What stands in a thread, without its root, as it is read now."""
    root = thread.thread or thread.message
    return [m.words for m in desk.chat.messages.values() if m.ref.channel == thread.channel and m.ref.thread == root]


async def outbox(desk: DeskDriver) -> list[Any]:
    return list(await desk.read(lambda connection: connection.execute(t.outbox.select()).all()))


async def answers(desk: DeskDriver) -> list[str]:
    return [desk.chat.messages[ref.message].words for ref in await desk.sent("reply")]


async def copies(desk: DeskDriver, author: str) -> list[str]:
    """The words of an author's copies in the card's thread."""
    (card,) = await desk.sent("card")
    return [said.removeprefix(f"{author}: ") for said in inside(desk, card) if said.startswith(f"{author}: ")]


@pytest.mark.parametrize("way", ["command", "form", "shortcut"])
async def test_an_answer_arrives_whole_and_in_order(opened: DeskDriver, way: str) -> None:
    desk = opened
    match way:
        case "command":
            assert text_of(await desk.types("bo", f"reply T-1 {LONG}")) == "Sent to the customer on T-1."
        case "form":
            assert await desk.submits("bo", "reply:1", text=LONG, then="open") is None
        case "shortcut":
            message = desk.message("bo", LONG, TRIAGE, thread=(await desk.sent("card"))[0])
            await desk.handle(message)
            await desk.uses("bo", "send_to_customer", message)
    await desk.deliver()
    said = await answers(desk)
    assert "\n".join(said) == LONG
    assert len(said) == 4 and all(0 < len(one) <= ROOM for one in said)
    rows = [o for o in await desk.outbox(kind="post", side="customer") if o.purpose == "reply"]
    assert {(o.card.sender, o.channel) for o in rows} == {("Bo Lind", GLOBEX)}
    # One answer, to the ticket; each of its posts is part of it.
    assert await desk.bodies() == ["The export fails.", *([LONG] if way == "shortcut" else []), LONG]
    assert (await desk.events_of()).count("replied") == 1
    sent = await desk.sent("reply")
    assert {ref.thread for ref in sent} == {(await desk.sent("receipt"))[0].thread}
    await desk.reacts("ida", sent[-1], "eyes")
    assert (await desk.ticket()).assignee == "ida"
    # And so is its copy for the team, each post marked as sent.
    copied = await copies(desk, "Bo Lind")
    assert "\n".join(copied) == LONG
    marked = [o for o in await desk.posts("triage", "copy") if "line" in o]
    assert len(marked) == 4 and all("sent to customer" in one for one in marked)


async def test_a_note_is_kept_whole_in_the_cards_thread(opened: DeskDriver) -> None:
    desk = opened
    await desk.types("mia", f"note 1 {LONG}")
    await desk.submits("bo", "note:1", text="Short.")
    await desk.deliver()
    assert "\n".join(await copies(desk, "Mia Roth")) == LONG
    assert await copies(desk, "Bo Lind") == ["Short."]
    assert await desk.told_customers() == []
    assert {o.audience for o in await desk.outbox(kind="post", side="triage")} == {"internal"}


async def test_a_customers_words_are_copied_whole(opened: DeskDriver) -> None:
    desk = opened
    root = (await desk.sent("receipt"))[0]
    await desk.says("ann", LONG, thread=root, files=(desk.file("log.txt"),))
    await desk.deliver()
    first, *rest = await copies(desk, "Ann Weber (Globex)")
    assert (first, "\n".join(rest)) == ("The export fails.", LONG)
    # What there is to say of the message stands once, below its end.
    shown = [text for text in await desk.posts("triage", "copy") if "line" in text]
    assert [("file: log.txt" in text) for text in shown] == [False, False, False, True]


async def test_the_copies_follow_an_edit(opened: DeskDriver) -> None:
    desk = opened
    root = (await desk.sent("receipt"))[0]
    said = await desk.says("ann", letter(6), thread=root)
    await desk.says("ann", "And more.", thread=root)
    await desk.deliver()
    # What it says then, and how many of its posts are not needed any more.
    steps = [(letter(12), 0), (letter(4, "word"), 2), ("Never mind.", 3), (letter(12), 0), (letter(15), 0)]
    for edition, (text, over) in enumerate(steps):
        await desk.edits("ann", said, text, str(edition))
        await desk.deliver()
        others = ("The export fails.", "And more.")
        copied = [one for one in await copies(desk, "Ann Weber (Globex)") if one not in others]
        assert "\n".join(copied) == "\n".join([text, *[SHORTER] * over])
    await desk.deletes(said)
    await desk.deliver()
    left = await copies(desk, "Ann Weber (Globex)")
    assert [one for one in left if "line" in one] == []
    assert left.count("This message was deleted.") == 5
    assert {row.state for row in await outbox(desk)} == {"done"}


async def test_an_edit_before_the_copies_have_gone_out(opened: DeskDriver) -> None:
    desk = opened
    said = await desk.says("ann", letter(6), thread=(await desk.sent("receipt"))[0])
    await desk.edits("ann", said, LONG)
    await desk.edits("ann", said, letter(9), "2")
    await desk.deliver()
    rest = (await copies(desk, "Ann Weber (Globex)"))[1:]
    assert "\n".join(rest) == f"{letter(9)}\n{SHORTER}"


async def test_an_edit_that_overtakes_its_message_F21(opened: DeskDriver) -> None:
    desk = opened
    message = desk.message("ann", letter(6), thread=(await desk.sent("receipt"))[0])
    await desk.edits("ann", message.ref, LONG)
    await desk.handle(message)
    await desk.deliver()
    assert "\n".join((await copies(desk, "Ann Weber (Globex)"))[1:]) == LONG


async def test_each_part_has_an_outcome_of_its_own(opened: DeskDriver) -> None:
    """The second one comes to be seen only after its answer was given up for lost, and is not sent again."""
    desk = opened
    desk.chat.fault(AppliedLate(0.05), is_second)
    await desk.types("bo", f"reply 1 {LONG}")
    await desk.deliver()
    assert "\n".join(await answers(desk)) == LONG
    keys = [row.key for row in await outbox(desk) if row.purpose == "reply"]
    assert len(set(keys)) == len(keys) == 4


async def test_a_part_that_is_refused_stays_told(opened: DeskDriver) -> None:
    desk = opened
    desk.chat.fault(Fails(RefusedByPlatform("invalid_blocks")), is_second)
    await desk.types("bo", f"reply 1 {LONG}")
    await desk.deliver()
    assert len(await answers(desk)) == 3
    assert (await desk.ticket()).problem == "An answer could not be sent to the customer (invalid_blocks)."
    assert any("Could not post into" in text for text in await desk.posts(purpose="alert"))
    # Another answer says that the channel takes them again.
    await desk.types("bo", "reply 1 The rest follows.")
    await desk.deliver()
    assert (await desk.ticket()).problem is None


async def test_what_fits_is_one_post(opened: DeskDriver) -> None:
    desk = opened
    await desk.types("bo", f"reply 1 {'x' * ROOM}")
    await desk.deliver()
    assert await answers(desk) == await copies(desk, "Bo Lind") == ["x" * ROOM]
