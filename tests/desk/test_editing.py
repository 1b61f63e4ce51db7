"""Edits and deletions: the ticket keeps what was said, the team sees what is said now."""

import pytest
from support.desk import GLOBEX, TRIAGE, DeskDriver, text_of

from core.store import tables as t


async def revisions(desk: DeskDriver) -> list[tuple[int, str]]:
    rows = t.revision.select().order_by(t.revision.c.message, t.revision.c.number)
    return [(row.number, row.body) for row in await desk.read(lambda c: c.execute(rows).all())]


async def test_an_edit_keeps_what_was_there(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails.")
    await desk.deliver()
    await desk.edits("ann", root, "The import fails.", "1")
    await desk.edits("ann", root, "The import fails badly.", "2")
    await desk.edits("ann", root, "The import fails badly.", "3")  # a platform tells of unfurled links so, too
    (message,) = await desk.messages()
    assert (message.body, message.revisions) == ("The import fails badly.", 2)
    assert await revisions(desk) == [(1, "The export fails."), (2, "The import fails.")]
    assert (await desk.events_of()).count("edited") == 2
    assert "The import fails badly." in text_of(await desk.card())
    await desk.deliver()
    copy = (await desk.sent("copy"))[0]
    assert desk.chat.messages[copy.message].words == "Ann Weber (Globex): The import fails badly."
    assert (await desk.ticket()).subject == "The export fails."


async def test_deleted_words_are_shown_to_nobody(desk: DeskDriver) -> None:
    root = await desk.says("ann", "My password is hunter2.")
    more = await desk.says("ann", "It fails.", thread=root)
    await desk.deliver()
    await desk.deletes(root)
    await desk.deletes(root)
    await desk.edits("ann", root, "My password is hunter3.")
    assert (await desk.events_of()).count("deleted") == 1
    assert (await desk.messages())[0].deleted_at == desk.clock.now()
    await desk.deliver()
    copy = (await desk.sent("copy"))[0]
    assert desk.chat.messages[copy.message].words == "Ann Weber (Globex): This message was deleted."
    assert "It fails." in text_of(await desk.card())
    await desk.deletes(more)
    quote = text_of(await desk.card())
    assert "This message was deleted." in quote
    assert quote.count("hunter2") == 1  # the title, which an agent can change


async def test_an_agents_words_in_the_customers_thread(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails.")
    answer = await desk.says("bo", "We lok.", thread=root)
    await desk.edits("bo", answer, "We look.")
    assert await desk.bodies() == ["The export fails.", "We look."]


async def test_a_notes_edit_stays_inside(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    note = await desk.says("bo", "Old srver.", TRIAGE, thread=(await desk.sent("card"))[0])
    before = await desk.outbox()
    await desk.edits("bo", note, "Old server.")
    await desk.deletes(note)
    assert await desk.outbox() == before
    assert [m.body for m in await desk.messages()] == ["The export fails.", "Old server."]
    assert await revisions(desk) == [(1, "Old srver.")]


async def test_what_is_no_message_of_a_ticket(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    before = await desk.bodies()
    stranger = desk.message("bo", "Hello.")
    for ref in (stranger.ref, (await desk.sent("card"))[0], (await desk.sent("copy"))[0]):
        await desk.edits("bo", ref, "Something else.")
        await desk.deletes(ref)
    # In the ticket's thread, but never taken: it is not the thread's first message that changed.
    unknown = desk.message("zoe", "Beep.", thread=(await desk.sent("receipt"))[0], author_is_bot=True)
    await desk.edits("zoe", unknown.ref, "Boop.")
    await desk.deletes(unknown.ref)
    assert await desk.bodies() == before
    assert [m.revisions for m in await desk.messages()] == [0]
    assert (await desk.messages())[0].deleted_at is None


@pytest.mark.parametrize("order", ["edit", "edits", "delete", "delete and edit"])
async def test_an_edit_that_overtakes_its_message_F21(desk: DeskDriver, order: str) -> None:
    message = desk.message("ann", "The export fails.")
    desk.clock.move(seconds=30)
    match order:
        case "edit":
            await desk.edits("ann", message.ref, "The import fails.")
        case "edits":
            first = desk.clock.now()
            desk.clock.move(seconds=30)
            await desk.edits("ann", message.ref, "The import fails.", "2")
            desk.clock.at = first
            await desk.edits("ann", message.ref, "The import falls.", "1")
        case "delete":
            await desk.deletes(message.ref)
        case "delete and edit":
            await desk.deletes(message.ref)
            await desk.edits("ann", message.ref, "The import fails.")
    await desk.handle(message)
    (kept,) = await desk.messages()
    assert (kept.deleted_at is not None) == order.startswith("delete")
    if order != "delete":
        assert kept.body == "The import fails."
        assert (await revisions(desk))[0] == (1, "The export fails.")
    # Once only.
    await desk.handle(message)
    assert len(await desk.messages()) == 1


async def test_an_edit_of_what_is_not_listened_to_is_forgotten(desk: DeskDriver) -> None:
    async def kept() -> list[str]:
        rows = t.receipt.select().where(t.receipt.c.raw.is_not(None))
        return [row.natural_key for row in await desk.read(lambda c: c.execute(rows).all())]

    await desk.edits("ann", desk.message("ann", "Hello.", "C0ELSEWHERE").ref, "Hi.")
    assert await kept() == []
    ignored = desk.message("bo", "Hello.", GLOBEX)
    await desk.edits("bo", ignored.ref, "Hi.")
    assert len(await kept()) == 1
    await desk.handle(ignored)
    assert await kept() == []
    # Nor what is said of a message that has come and meant nothing, or of a post of the desk's that is no ticket's.
    await desk.edits("bo", ignored.ref, "Hello there.", "2")
    await desk.reacts("bo", ignored.ref, "eyes")
    await desk.says("bo", "And more.", thread=ignored.ref)
    await desk.says("zoe", "Hello?", "C0NEW")
    await desk.deliver()
    (alert,) = await desk.sent("alert")
    await desk.reacts("bo", alert, "eyes")
    await desk.says("bo", "Who is that?", TRIAGE, thread=alert)
    assert await kept() == []


async def test_a_deleted_message_takes_its_files_along(desk: DeskDriver) -> None:
    root = await desk.says("ann", "It fails.", files=(desk.file("a.png"), desk.file("b.png")))
    await desk.deliver()
    assert {word for word in desk.chat.said(TRIAGE) if word.startswith("[")} == {"[a.png]", "[b.png]"}
    more = await desk.says("ann", "Here, too.", thread=root, files=(desk.file("c.png"),))
    for ref in (root, more):
        await desk.deletes(ref)
    await desk.deliver()
    assert not [word for word in desk.chat.said(TRIAGE) if word.startswith("[")]
