"""Each reads times in a zone of their own: a time goes out as one, and the platform words it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.discord_desk import DiscordDesk, sandbox_desk
from support.whole_desk import ANN, GLOBEX, WholeDesk, shown

from sandbox.discord import seed


@pytest.fixture
async def desk(sqlite_url: str, tmp_path: Path) -> AsyncIterator[WholeDesk]:
    async with sandbox_desk(sqlite_url, tmp_path) as found:
        yield found


async def test_receipt_and_card_on_slack(desk: WholeDesk) -> None:
    root = await desk.write(ANN, GLOBEX, "Our export has been failing since this morning.")
    receipt = await desk.finds(ANN, GLOBEX, "you will hear from us by", thread=root)
    assert "you will hear from us by <!date^" in shown(receipt)
    card = shown(await desk.card(1, "First response"))
    assert "*\\ndue <!date^" in card
    assert "Resolution due <!date^" in card


async def test_receipt_on_discord(desk: WholeDesk) -> None:
    people = DiscordDesk(desk)
    root = await people.write(seed.KIM, seed.HELP, "Our export has been failing since this morning.")
    receipt = await people.finds(root, "you will hear from us by")
    assert "you will hear from us by <t:" in str(receipt.blocks)
