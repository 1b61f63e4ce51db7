"""T03: an internal note never reaches a customer, whatever happens to its ticket; nor would the database have it."""

from collections.abc import Callable, Mapping

import pytest
from sqlalchemy import Table
from sqlalchemy.exc import IntegrityError
from support.desk import TRIAGE, DeskDriver, policy, text_of, who

from core.language.codec import dump_shown
from core.language.text import Named, Words
from core.store import tables as t
from core.store.engine import Store, Tx

CANARY = "kanarienvogel"


@pytest.fixture
async def noted(desk: DeskDriver) -> DeskDriver:
    """A ticket with a note by every way there is to write one."""
    root = await desk.says("ann", "The export fails.")
    await desk.deliver()
    card = (await desk.sent("card"))[0]
    note = desk.message("bo", f"{CANARY} one", TRIAGE, thread=card, files=(desk.file(f"{CANARY}.txt"),))
    await desk.handle(note)
    await desk.edits("bo", note.ref, f"{CANARY} one, edited")
    await desk.types("ida", f"note 1 {CANARY} two")
    await desk.submits("mia", "note:1", text=f"{CANARY} three")
    mention = (Named("Desk", who("desk")), Words(f" note {CANARY} four"))
    await desk.says("bo", mention, TRIAGE, thread=card, mentions_desk=True)
    await desk.says(
        "bo", (Named("Desk", who("desk")), Words(f" {CANARY} five")), TRIAGE, thread=card, mentions_desk=True
    )
    await desk.deliver()
    for reaction in ("eyes", "rotating_light", "white_check_mark", "arrows_counterclockwise", "ticket"):
        await desk.reacts("bo", note.ref, reaction)
    for command in (
        "claim 1",
        "reply 1 hello",
        "pending 1",
        "assign 1 ida",
        "subject 1 Export",
        "resolve 1",
        "reopen 1",
    ):
        await desk.types("bo", command)
    await desk.says("ann", "And now?", thread=root)
    await desk.presses("ann", "person:1")
    desk.clock.move(hours=20)
    await desk.sweeps()
    await desk.deletes(note.ref)
    await desk.deliver()
    return desk


async def test_T03_in_nothing_that_goes_to_a_customer(noted: DeskDriver) -> None:
    desk = noted
    rows = await desk.outbox()
    assert sum(CANARY in f"{o.text} {o.args}" for o in rows) >= 3, "the canaries have to be somewhere"
    for row in rows:
        inside = row.side == "triage" or (row.side is None and row.channel in (TRIAGE, ""))
        if not inside or row.audience == "public":
            assert CANARY not in f"{row.text} {row.args} {row.card}", row
    for channel in {m.ref.channel for m in desk.chat.messages.values()} - {TRIAGE}:
        assert not [words for words in desk.chat.said(channel) if CANARY in words.casefold()]
    assert CANARY not in dump_shown(await desk.receipt())
    for command in ("show 1", "mine", "why 1", "list", "help"):
        assert CANARY not in text_of(await desk.types("ann", command, "C0GLOBEX"))
    assert CANARY not in await desk.home_of("ann")


async def test_T03_agents_see_them(noted: DeskDriver) -> None:
    notes = [m for m in await noted.messages() if m.audience == "internal"]
    assert len(notes) == 5
    assert all(CANARY in note.body for note in notes)


async def test_T03_the_database_refuses_a_note_on_the_customers_side(store: Store) -> None:
    desk = await DeskDriver(store, policy()).start()
    await desk.says("ann", "The export fails.")
    await desk.types("bo", "note 1 x")
    conversations = {c.side: c.id for c in await desk.read(lambda c: c.execute(t.conversation.select()).all())}

    def change(table: Table, values: Mapping[str, object]) -> Callable[[Tx], object]:
        return lambda tx: tx.execute(table.update().where(table.c.audience == "internal").values(**values))

    for table in (t.message, t.outbox):
        for values in (
            {"side": "customer", "conversation": conversations["customer"]},
            {"side": "customer", "conversation": conversations["triage"]},
            {"side": "triage", "conversation": conversations["customer"]},
            {"side": None, "conversation": conversations["customer"]},
        ):
            with pytest.raises(IntegrityError):
                await store.transact(change(table, values))
