"""The gateway's connection over real sockets: lost, broken, refused, and what is kept meanwhile."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.blobs import MemoryBlobs
from support.noting_desk import Desk

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.connection import wait_after
from core.language.answers import Answer, Say
from core.language.effects import FetchFile, FetchGroup, Post, Upload
from core.language.errors import BadConfig
from core.language.events import CommandTyped, Inbound, MessagePosted
from core.language.places import Place
from core.language.text import plain, unaddressed, words
from core.language.views import Card, Paragraph
from core.ports import RefusedByPlatform, Revoked
from sandbox.app import Sandbox, running
from sandbox.discord import interact, seed
from sandbox.settings import Settings

HELP = Place("main", seed.HELP)
TOKEN = Settings().discord_bot_token


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with running(Settings(port=0, data=tmp_path, speed=100.0)) as found:
        yield found


@contextlib.asynccontextmanager
async def connected(
    sandbox: Sandbox,
    desk: Desk,
    *,
    token: str = TOKEN,
    patience: float = 1.5,
    blobs: MemoryBlobs | None = None,
    gateway_url: str | None = None,
) -> AsyncIterator[DiscordAdapter]:
    adapter = DiscordAdapter(
        connection="main",
        token=token,
        handle=desk.handle,
        blobs=blobs or MemoryBlobs(),
        api_url=f"{sandbox.base_url}/discord/api/v10",
        gateway_url=gateway_url,
        members=True,
        patience=patience,
    )
    try:
        await adapter.start()
        yield adapter
    finally:
        await adapter.stop()


def texts(desk: Desk) -> list[str]:
    return [plain(event.text) for event in desk.events if isinstance(event, MessagePosted)]


async def test_it_is_ready_when_it_has_started(sandbox: Sandbox) -> None:
    desk = Desk()
    async with connected(sandbox, desk) as adapter:
        assert adapter.health() == {"ok": True, "why": ""}
        sandbox.world.post(seed.HELP, seed.KIM, "Help")
        await desk.until(1)
        assert await adapter.channel_name("123") is None
        assert await adapter.channel_name(seed.HELP) == "help"
    assert not adapter.health()["ok"]


async def test_a_token_that_is_taken_again_is_no_trouble_any_more(sandbox: Sandbox) -> None:
    post = Post(HELP, Card("Hello", blocks=(Paragraph(words("Hello")),)), "k1")
    async with connected(sandbox, Desk()) as adapter:
        sandbox.discord.revoked = True
        with pytest.raises(Revoked):
            await adapter.deliver(post)
        assert "does not accept the token" in adapter.health()["why"]
        sandbox.discord.revoked = False
        await adapter.deliver(post)
        assert adapter.health() == {"ok": True, "why": ""}


async def test_a_wrong_token_ends_the_start(sandbox: Sandbox) -> None:
    with pytest.raises(BadConfig, match="DISCORD_BOT_TOKEN"):
        async with connected(sandbox, Desk(), token="wrong"):
            pass


@pytest.mark.parametrize(
    ("lasted", "spoke", "wait"), [(1.0, False, 60.0), (1.0, True, 2.0), (30.0, True, 2.0), (61.0, True, 0.0)]
)
def test_a_gateway_that_speaks_is_not_waited_for_long(lasted: float, spoke: bool, wait: float) -> None:
    assert wait_after(64.0, lasted, spoke=spoke) == wait


async def test_a_lost_socket_is_made_again_and_says_so(sandbox: Sandbox) -> None:
    desk = Desk()
    async with connected(sandbox, desk) as adapter, asyncio.timeout(20):
        for connection in list(sandbox.discord.gateway.connections):
            sandbox.discord.gateway.kill(connection)
        await adapter.until_healthy(False)
        await adapter.until_healthy()
        sandbox.world.post(seed.HELP, seed.KIM, "after")
        await desk.until(1)
        assert texts(desk)[-1] == "after"


async def test_an_event_that_breaks_the_library_ends_nothing(sandbox: Sandbox) -> None:
    """discord.py reads a payload without an id with an exception, which ends its run."""
    desk = Desk()
    async with connected(sandbox, desk) as adapter, asyncio.timeout(20):
        gateway = sandbox.discord.gateway
        gateway.dispatch("MESSAGE_DELETE", 0, lambda session: {"nonsense": True})
        await adapter.until_healthy(False)
        await adapter.until_healthy()
        sandbox.world.post(seed.HELP, seed.KIM, "after")
        await desk.until(1)
        assert texts(desk) == ["after"]


async def test_what_the_desk_cannot_take_in_is_tried_again(sandbox: Sandbox) -> None:
    desk = Desk()
    down = asyncio.Event()

    async def failing(event: Inbound) -> Answer | None:
        if len(desk.events) < 3:
            down.set()
            raise ConnectionError("the database is down")
        return None

    desk.answer = failing
    async with connected(sandbox, desk) as adapter:
        sandbox.world.post(seed.HELP, seed.KIM, "Help")
        await down.wait()
        events = await desk.until(3)
        assert len({event.ref for event in events if isinstance(event, MessagePosted)}) == 1
        async with asyncio.timeout(10):
            await adapter.stop_intake()
        assert adapter.in_flight == 0


async def test_a_slow_desk_puts_the_answer_off(sandbox: Sandbox) -> None:
    desk = Desk()
    later = asyncio.Event()

    async def slow(event: Inbound) -> Answer | None:
        await later.wait()
        return Say(Card("At last.", blocks=(Paragraph(words("At last.")),)))

    desk.answer = slow
    async with connected(sandbox, desk, patience=0.05):
        outcome = await interact.command(sandbox.discord, seed.KIM, seed.HELP, "/ticket mine")
        assert outcome.ok
        assert (await desk.next(CommandTyped)).text == "mine"
        assert not any("At last." in str(m.blocks) for m in sandbox.world.ephemerals_of(seed.KIM, seed.HELP))
        later.set()
        async with asyncio.timeout(10):
            while not any("At last." in str(m.blocks) for m in sandbox.world.ephemerals_of(seed.KIM, seed.HELP)):
                changed = asyncio.Event()
                stop = sandbox.world.subscribe(lambda change, changed=changed: changed.set())
                await changed.wait()
                stop()


async def test_a_file_goes_up_and_comes_down(sandbox: Sandbox) -> None:
    desk, blobs = Desk(), MemoryBlobs()
    async with connected(sandbox, desk, blobs=blobs) as adapter:
        blob = blobs.put(b"12345")
        made = await adapter.deliver(Upload(HELP, "Größe 1.txt", "text/plain", blob, "k1", "Here"))
        assert made.ref is not None
        (sent,) = await adapter.history(HELP, after=str(int(made.ref.message) - 1), limit=1)
        (file,) = sent["d"]["attachments"]
        assert file["filename"] == "Gr__e_1.txt"
        fetched = await adapter.deliver(FetchFile("main", {"id": file["id"], "url": file["url"]}, 100))
        assert fetched.blob is not None
        assert blobs.held[fetched.blob] == b"12345"


async def test_a_link_that_has_expired_is_asked_for_anew(sandbox: Sandbox) -> None:
    desk, blobs = Desk(), MemoryBlobs()
    async with connected(sandbox, desk, blobs=blobs) as adapter:
        made = await adapter.deliver(Upload(HELP, "a.txt", "text/plain", blobs.put(b"12345"), "k1"))
        assert made.ref is not None
        (sent,) = await adapter.history(HELP, after=str(int(made.ref.message) - 1), limit=1)
        (file,) = sent["d"]["attachments"]
        old = f"{file['url'].split('?')[0]}?ex=1&is=1&hm=1"
        source = {"id": file["id"], "url": old, "channel": HELP.channel, "message": made.ref.message}
        fetched = await adapter.deliver(FetchFile("main", source, 100))
        assert fetched.size == 5


async def test_history_goes_on_after_a_page(sandbox: Sandbox) -> None:
    async with connected(sandbox, Desk()) as adapter:
        first = sandbox.world.post(seed.HELP, seed.KIM, "0")
        for number in range(1, 251):
            sandbox.world.post(seed.HELP, seed.KIM, str(number))
        raws = await adapter.history(HELP, after=first.id, limit=230)
        events = [adapter.normalise(raw) for raw in raws]
        assert [plain(e.text) for e in events if isinstance(e, MessagePosted)] == [str(n) for n in range(1, 231)]


async def test_only_discord_s_own_hosts_are_asked_for_files(sandbox: Sandbox) -> None:
    async with connected(sandbox, Desk()) as adapter:
        for url in ("http://127.0.0.1:9/x", "https://cdn.discordapp.com.evil.example/x", "http://cdn.discordapp.com/x"):
            with pytest.raises(RefusedByPlatform) as refused:
                await adapter.deliver(FetchFile("main", {"id": "1", "url": url}, 100))
            assert refused.value.code == "foreign_host"


async def test_a_thread_that_is_gone_says_nothing_of_its_channel(sandbox: Sandbox) -> None:
    async with connected(sandbox, Desk()) as adapter:
        with pytest.raises(RefusedByPlatform) as refused:
            await adapter.deliver(Post(Place("main", seed.HELP, "1480000000000009999"), Card("x"), "k1"))
        assert refused.value.code == "thread_not_found"
        assert not refused.value.gone


async def test_who_has_a_role_is_known_before_the_gateway_speaks(sandbox: Sandbox) -> None:
    async with connected(sandbox, Desk(), gateway_url="ws://127.0.0.1:9/") as adapter:
        found = await adapter.deliver(FetchGroup("main", seed.AGENTS))
    assert found.members


async def test_the_desk_s_own_role_means_the_desk(sandbox: Sandbox) -> None:
    """Discord gives an application a role of its name, and completes @ to either."""
    desk = Desk()
    async with connected(sandbox, desk):
        sandbox.world.post(seed.HELP, seed.KIM, f"<@&{seed.DESK_ROLE}> help")
        posted = await desk.next(MessagePosted)
    assert posted.mentions_desk
    assert plain(unaddressed(posted.text)).strip() == "help"
