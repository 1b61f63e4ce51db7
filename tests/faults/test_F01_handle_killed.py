"""F01, F02, F04: the process is killed while it takes an event in. Before the commit nothing of it is there, after it
everything; delivered again, the event has happened once and is answered as it was, or would have been."""

import pytest
from support.desk import DeskDriver, policy
from support.killed_handle import snapshot, take_in
from support.processes import program

from core.store.engine import Store

# Rows that an event leaves behind, by what it is. Ann, and Bo in the claim, are met for the first time.
MADE = {
    "open": {"ticket": 1, "conversation": 2, "message": 1, "attachment": 1, "person": 1, "identity": 1, "receipt": 1},
    "join": {"ticket": 0, "conversation": 0, "message": 1, "attachment": 0, "person": 0, "identity": 0, "receipt": 1},
    "claim": {"ticket": 0, "conversation": 0, "message": 0, "attachment": 0, "person": 1, "identity": 1, "receipt": 1},
}
TIMELINE = {"open": ["opened", "clock_armed", "clock_armed"], "join": ["joined"], "claim": ["claimed"]}
OUTBOX = {
    "open": ["fetch_person", "post card", "post receipt", "fetch_file", "post copy"],
    "join": ["post copy", "update triage_card"],
    "claim": ["fetch_person", "update triage_card", "update receipt"],
}


async def prepared(url: str, what: str) -> dict[str, list[object]]:
    """The desk as it is before the event; what it leaves behind is counted from there."""
    store = await Store.open(url)
    await DeskDriver(store, policy()).start()
    await store.close()
    if what != "open":
        await take_in(url, "open")
    return snapshot(url)


async def check(url: str, what: str, before: dict[str, list[object]]) -> None:
    """All of it is there, once."""
    after = snapshot(url)
    made = {name: len(after[name]) - len(before[name]) for name in MADE[what]}
    assert made == MADE[what]
    store = await Store.open(url)
    desk = DeskDriver(store, policy())
    try:
        (ticket,) = await desk.tickets()  # its number may be higher: those of undone tickets are not given again
        assert (await desk.events_of(ticket.number))[len(before["timeline"]) :] == TIMELINE[what]
        assert set(await desk.clocks(ticket.number)) == {"first_response", "resolution"}
        rows = (await desk.outbox())[len(before["outbox"]) :]
        said = [f"{o.kind} {o.live.view if o.kind == 'update' and o.live else o.purpose}" for o in rows]
        assert [words.removesuffix(" profile").removesuffix(" file") for words in said] == OUTBOX[what]
        assert ticket.assignee == ("bo" if what == "claim" else None)
    finally:
        await store.close()


async def killed(url: str, what: str, failpoint: str) -> None:
    async with program("-m", "support.killed_handle", url, what, "once", failpoint=failpoint) as process:
        assert await process.ended() == 137, process.output


@pytest.mark.parametrize(("failpoint", "what"), [("handling", "join"), ("before_commit", "open")])
async def test_F01_killed_before_the_commit(database_url: str, failpoint: str, what: str) -> None:
    before = await prepared(database_url, what)
    await killed(database_url, what, failpoint)
    assert snapshot(database_url) == before
    await take_in(database_url, what)
    await check(database_url, what, before)


async def test_F02_killed_after_the_commit(database_url: str) -> None:
    before = await prepared(database_url, "claim")
    await killed(database_url, "claim", "after_commit")
    await check(database_url, "claim", before)
    # Nobody was told. The one who acts again through the same interaction is told what happened then.
    answer = await take_in(database_url, "claim")
    assert answer and "is yours now." in answer
    assert await take_in(database_url, "claim") == answer
    await check(database_url, "claim", before)


async def test_F04_killed_at_each_statement(database_url: str) -> None:
    before = await prepared(database_url, "open")
    async with program("-m", "support.killed_handle", database_url, "open", "each") as process:
        found = await process.line(r"killed (\d+) times", within=60)
        assert await process.ended() == 0
    assert int(found.group(1)) >= 12
    await check(database_url, "open", before)
