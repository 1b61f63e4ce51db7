"""A bad answer says nothing of what was made in spite of it."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.bare_discord import HELP as BARE_HELP
from support.bare_discord import TOKEN, BareDiscord, Quirks
from support.blobs import MemoryBlobs
from support.noting_desk import Desk

from adapters.discord.adapter import DiscordAdapter
from core.language.effects import Opens, Post
from core.language.places import Identity, Place
from core.language.text import words
from core.language.views import Card, Paragraph
from core.ports import OutcomeUnknown
from sandbox.app import Sandbox, running
from sandbox.discord import seed
from sandbox.settings import Settings

HELP = Place("main", seed.HELP)
CARD = Card("This is T-1", blocks=(Paragraph(words("This is T-1")),))


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with running(Settings(port=0, data=tmp_path, speed=100.0)) as found:
        yield found


@contextlib.asynccontextmanager
async def started(url: str, token: str, gateway_url: str | None = None) -> AsyncIterator[DiscordAdapter]:
    made = DiscordAdapter(
        connection="main",
        token=token,
        handle=Desk().handle,
        blobs=MemoryBlobs(),
        api_url=url,
        gateway_url=gateway_url,
    )
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


@pytest.fixture
async def adapter(sandbox: Sandbox) -> AsyncIterator[DiscordAdapter]:
    async with started(f"{sandbox.base_url}/discord/api/v10", sandbox.settings.discord_bot_token) as made:
        yield made


@pytest.mark.parametrize("kind", ["error", "error_after"])
@pytest.mark.parametrize("status", [500, 502])
async def test_a_message_is_looked_for_at_once(
    adapter: DiscordAdapter, sandbox: Sandbox, kind: str, status: int
) -> None:
    sandbox.faults.add({"kind": kind, "method": "create_message", "status": status})
    made = await adapter.deliver(Post(HELP, CARD, "k1"))
    (said,) = sandbox.world.history(seed.HELP)
    assert made.ref is not None
    assert said.id == made.ref.message


async def test_what_may_be_under_way_is_left_for_later(adapter: DiscordAdapter, sandbox: Sandbox) -> None:
    sandbox.faults.add({"kind": "error", "method": "create_message", "status": 504})
    with pytest.raises(OutcomeUnknown):
        await adapter.deliver(Post(HELP, CARD, "k1"))
    assert not list(sandbox.world.history(seed.HELP))


async def test_a_private_thread_is_made_once(adapter: DiscordAdapter, sandbox: Sandbox) -> None:
    effect = Post(HELP, CARD, "k1", opens=Opens("T-1 Pay", Identity("main", seed.KIM), private=True))
    sandbox.faults.add({"kind": "error_after", "method": "start_thread", "status": 502})
    with pytest.raises(OutcomeUnknown):
        await adapter.deliver(effect)
    await adapter.deliver(effect)
    (thread,) = sandbox.world.threads_of(seed.HELP)
    assert thread.name == "T-1 Pay"


async def test_a_server_that_takes_no_nonces_has_a_message_once() -> None:
    async with (
        BareDiscord(Quirks(keeps_nonce=False)).running() as discord,
        started(f"{discord.url}/api/v10", TOKEN, f"ws{discord.url[4:]}/gateway") as adapter,
    ):
        discord.failed = [f"POST /channels/{BARE_HELP}/messages"]
        made = await adapter.deliver(Post(Place("main", BARE_HELP), CARD, "k1"))
        (said,) = discord.messages[BARE_HELP]
        assert made.ref is not None
        assert said["id"] == made.ref.message
