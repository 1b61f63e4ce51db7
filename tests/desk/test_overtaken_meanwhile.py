"""What is said about a message may come while the message itself is being handled, by another thread or process:
neither sees the other before both are committed. On SQLite one writes at a time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import text
from support.desk import DeskDriver
from support.desk_policy import policy
from support.processes import until

from core.language.events import MessagePosted
from core.store.engine import Store

WAITS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


@pytest_asyncio.fixture
async def desk(postgres_url: str) -> AsyncIterator[DeskDriver]:
    store = await Store.open(postgres_url)
    yield await DeskDriver(store, policy()).start()
    await store.close()


Follow = Callable[[DeskDriver, MessagePosted], Awaitable[object]]


async def deleted(desk: DeskDriver, message: MessagePosted) -> None:
    await desk.deletes(message.ref)


async def edited(desk: DeskDriver, message: MessagePosted) -> None:
    await desk.edits("ann", message.ref, "The import fails.")


async def claimed(desk: DeskDriver, message: MessagePosted) -> None:
    await desk.reacts("bo", message.ref, "eyes")


async def answered(desk: DeskDriver, message: MessagePosted) -> None:
    await desk.handle(desk.message("bo", "I am on it.", message.ref.channel, thread=message.ref))


@pytest.mark.parametrize("follow", [deleted, edited, claimed, answered], ids=lambda follow: follow.__name__)
async def test_nothing_said_about_a_message_meanwhile_is_lost_F21(
    desk: DeskDriver, postgres_url: str, follow: Follow
) -> None:
    message = desk.message("ann", "The export fails.")
    desk.clock.move(seconds=1)

    async def waiting(least: int) -> bool:
        return await desk.store.read(lambda connection: connection.execute(WAITS).scalar_one()) >= least

    with psycopg.connect(postgres_url) as holder:
        # The message's receipt is written, and its words cannot be yet.
        holder.execute("LOCK TABLE message IN SHARE ROW EXCLUSIVE MODE")
        first = asyncio.create_task(desk.handle(message))
        await until(lambda: waiting(1), what="the message waits in the middle of its transaction")
        second = asyncio.create_task(follow(desk, message))

        async def settled() -> bool:
            return second.done() or await waiting(2)

        await until(settled, what="what follows it is through, or waits too")
        holder.rollback()
        await first
        await second
    kept = await desk.messages()
    ticket = await desk.ticket(1)
    assert (kept[0].deleted_at is not None) == (follow is deleted)
    assert kept[0].body == ("The import fails." if follow is edited else "The export fails.")
    assert (ticket.assignee == "bo") == (follow is claimed)
    assert [one.body for one in kept[1:]] == (["I am on it."] if follow is answered else [])
