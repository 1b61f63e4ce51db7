"""A receipt in the channel itself says what was asked; one below the customer's own words does not."""

import pytest
from support.desk import GLOBEX, TRIAGE, DeskDriver, policy, text_of

from core.language.views import Quote
from core.store.engine import Store


@pytest.fixture
async def desk(store: Store) -> DeskDriver:
    return await DeskDriver(store, policy()).start()


async def quoted(desk: DeskDriver, number: int = 1) -> list[str]:
    card = await desk.receipt(number)
    return [text_of(type(card)("", blocks=(block,))) for block in card.blocks if isinstance(block, Quote)]


async def test_what_was_asked_by_command_or_form_is_quoted(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    await desk.types("ann", "open The import fails too.", GLOBEX)
    await desk.submits("ann", f"open:{GLOBEX}", text="Also the login. " + "Long. " * 100, priority="normal")
    assert await quoted(desk, 1) == []
    assert await quoted(desk, 2) == ["The import fails too."]
    (form,) = await quoted(desk, 3)
    assert form.startswith("Also the login. Long.") and form.endswith("…")
    # It stays when the receipt changes.
    await desk.types("bo", "claim 2")
    assert await quoted(desk, 2) == ["The import fails too."]


async def test_what_an_agent_opens_is_not_told_to_the_channel(desk: DeskDriver) -> None:
    await desk.types("bo", "open Globex does not read the manual.", GLOBEX)
    assert await quoted(desk) == []
    await desk.deliver()
    assert "Bo Lind (Globex)" not in str(await desk.posts("triage", "copy"))
    copies = [o.card for o in await desk.outbox(kind="post", side="triage") if o.purpose == "copy"]
    assert [getattr(card, "sender", None) for card in copies] == ["Bo Lind"]


async def test_of_what_an_agent_opens_inside_there_is_no_receipt(desk: DeskDriver) -> None:
    await desk.types("bo", "open The disk is full.", TRIAGE)
    assert await desk.outbox(side="customer") == []
