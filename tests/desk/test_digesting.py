"""The digest: once for each local date, with figures that are counted from the rows."""

import asyncio
from datetime import UTC, datetime

from support.desk import MANAGERS, DeskDriver, text_of


async def test_once_a_day_at_its_time(desk: DeskDriver) -> None:
    desk.clock.at = datetime(2026, 11, 23, 7, 29, tzinfo=UTC)  # Monday, 8:29 in Berlin
    assert await desk.posts_digests() == 0
    desk.clock.move(minutes=1)
    assert sum(await asyncio.gather(*(desk.posts_digests() for _ in range(6)))) == 1
    desk.clock.move(hours=3)
    assert await desk.posts_digests() == 0
    (post,) = await desk.outbox(kind="post")
    assert (post.channel, post.purpose, post.side) == (MANAGERS, "digest", None)
    assert "A quiet day: nothing new, nothing solved, nothing open." in post.text
    desk.clock.move(days=1, hours=-3)
    assert await desk.posts_digests() == 1


async def test_what_was_missed_for_long_is_not_made_up_for(desk: DeskDriver) -> None:
    desk.clock.at = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    assert await desk.posts_digests() == 0


async def test_figures(desk: DeskDriver) -> None:
    desk.clock.at = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    await desk.says("ann", "Solved before.")
    desk.clock.move(minutes=10)
    await desk.types("bo", "reply 1 There.")
    await desk.types("bo", "resolve 1")
    await desk.says("al", "Late.")
    await desk.types("ida", "claim 2")
    desk.clock.move(minutes=61)
    await desk.sweeps()
    desk.clock.move(minutes=29)
    await desk.types("ida", "reply 2 Sorry.")
    await desk.says("ian", "Nobody's.", "C0INITECH")
    desk.clock.at = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
    await desk.sweeps()
    assert await desk.posts_digests() == 1
    digest = next(o for o in await desk.outbox(kind="post") if o.purpose == "digest")
    text = text_of(digest.card)
    assert "3 new, 1 solved, backlog up to 2; first answers took 50 min." in text
    assert "T-2  Late · Ida Sand · late since" in text
    assert "T-3  Nobody's · nobody yet · late since" in text
    # Kept: T-1's answer and solution. Broken: T-2's answer and solution, T-3's answer and solution.
    assert "Promises kept: 33 % (2 of 6)" in text
    assert "First answer, 9 of 10 within: 90 min" in text
    assert "Time to solve (median): 10 min" in text
    assert "Open without owner: 1" in text
    assert "Open by owner  Ida Sand 1" in text
    assert "Most requests  Globex 2 · Initech 1" in text
