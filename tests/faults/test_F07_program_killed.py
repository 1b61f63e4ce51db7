"""F01, F02, F04 to F07 with the program that people run: it is killed at each named place while a customer writes or
an agent claims. Started again, it has taken everything in once and said everything once."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from support.books import balanced, key_of
from support.databases import fresh_postgres, fresh_sqlite
from support.gate import sized
from support.outside import KILLED, Outside, outside
from support.processes import Program
from support.whole_desk import GLOBEX

from sandbox.control.people import caused
from sandbox.slack.delivery import Delivery

# The ticks of a desk write now and then. This one's come once, so that no commit but the event's own is the next.
STILL = {"DESKHAND_TICK_SECONDS": "3600"}
# A place is passed so often before it kills: in the gates it is another one's pass each time.
PASSES = range(sized(test=1, gates=5, soak=20))
# The same places on both databases, with less around them: F01_handle_killed, F05_delivery_killed.
BOTH = ("sqlite-socket", "postgresql-http")
WAYS = sized(BOTH[:1], BOTH, BOTH)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.parametrize("passes", PASSES)]


@dataclass
class Chain:
    """Desks one after the other on one database: each makes good what killed the one before."""

    people: Outside
    _held: contextlib.AsyncExitStack
    _running: Program | None = None
    _environment: dict[str, str] | None = None

    async def desk(self, **environment: str) -> Program:
        if self._running and self._running.over:
            await self._held.aclose()
            self._running = None
        if self._running and self._environment != environment:
            await self.people.stop(self._running)
            return await self.desk(**environment)
        if self._running is None:
            self._running = await self._held.enter_async_context(self.people.desk(**environment))
            self._environment = environment
        return self._running

    async def killed_while_a_customer_writes(self, failpoint: str, passes: int, **environment: str) -> list[Delivery]:
        """What the platform delivers of a customer's first words, and of as many more as the place lets pass."""
        desk = await self.desk(**environment)
        who = self.people.newcomer()
        # They are known by then, so that nothing but their words has to be dealt with.
        await self.people.post("home", **{"as": who})
        await self.people.until(lambda: self.people.rows('SELECT 1 FROM identity WHERE "user" = :who', who=who), who)
        await balanced(self.people)
        self.people.arm(failpoint, passes)
        with caused(self.people.sandbox) as deliveries:
            for n in range(1 + passes):
                self.people.sandbox.world.post(GLOBEX, who, f"{who} asks for help, {n}")
        assert await desk.ended() == KILLED, desk.output
        return deliveries

    async def made_good(self) -> None:
        """Everything once, and for each customer one ticket."""
        await self.desk()
        await balanced(self.people)
        of = await self.people.rows("SELECT requester, count(*) AS n FROM ticket GROUP BY requester")
        assert {row.n for row in of} == {1}, of

    async def kept(self, deliveries: list[Delivery]) -> list[Any]:
        """The receipts of what was delivered."""
        rows = await self.people.rows("SELECT natural_key FROM receipt WHERE natural_key LIKE 'posted/%'")
        return [row for row in rows for one in deliveries if row.natural_key.endswith(one.key)]

    async def posts(self, state: str) -> list[str]:
        rows = await self.people.rows("SELECT key FROM outbox WHERE kind = 'post' AND state = :state", state=state)
        return [row.key for row in rows]

    def standing(self, key: str) -> int:
        """How many posts with that key stand in the world."""
        rooms = self.people.sandbox.world.rooms.values()
        return sum(key_of(message) == key for room in rooms for message in room.by_id.values())


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=WAYS)
async def chain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chain]:
    folder = tmp_path_factory.mktemp("killed")
    if request.param == "sqlite-socket":
        url = fresh_sqlite(request.getfixturevalue("sqlite_template"), folder)
    else:
        url = fresh_postgres(request.getfixturevalue("postgres_server"))
    transport = "socket" if request.param == "sqlite-socket" else "http"
    async with outside(url, folder, transport) as people, contextlib.AsyncExitStack() as held:
        yield Chain(people, held)


async def test_F02_F05_killed_after_the_commit_before_the_ack_and_before_sending(chain: Chain, passes: int) -> None:
    deliveries = await chain.killed_while_a_customer_writes("after_commit", passes, **STILL)
    if not passes:
        assert not deliveries[0].acked.is_set()
        assert len(await chain.kept(deliveries)) == 1
        waiting = await chain.posts("pending")
        assert len(waiting) >= 2
        assert not any(chain.standing(key) for key in waiting)
    await chain.made_good()
    for one in deliveries:
        again = Delivery(one.kind, one.name, one.payload, one.key, one.channel, one.text)
        chain.people.sandbox.slack.dispatcher.send(again)
        assert (await again.done).ok
    await chain.made_good()


async def test_F01_F04_killed_before_the_commit(chain: Chain, passes: int) -> None:
    deliveries = await chain.killed_while_a_customer_writes("before_commit", passes, **STILL)
    if not passes:
        assert not deliveries[0].acked.is_set()
        assert await chain.kept(deliveries) == []
    await chain.made_good()


async def test_F01_F04_killed_in_the_middle_of_handling(chain: Chain, passes: int) -> None:
    deliveries = await chain.killed_while_a_customer_writes("handling", passes)
    # On PostgreSQL several are handled at a time, so it need not be the last one.
    not_acked = [one for one in deliveries if not one.acked.is_set()]
    assert len(await chain.kept(not_acked)) < len(not_acked)
    await chain.made_good()


async def test_F06_killed_before_the_platform_has_it(chain: Chain, passes: int) -> None:
    await chain.killed_while_a_customer_writes("claimed", passes)
    await chain.made_good()


async def test_F07_killed_after_the_platform_has_it(chain: Chain, passes: int) -> None:
    await chain.killed_while_a_customer_writes("delivered", passes)
    if not passes:
        out = await chain.posts("sending")
        assert 1 in [chain.standing(key) for key in out]
    await chain.made_good()


async def test_F07_killed_after_it_was_noted(chain: Chain, passes: int) -> None:
    await chain.killed_while_a_customer_writes("settled", passes)
    await chain.made_good()
