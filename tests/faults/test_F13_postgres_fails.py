"""F13: PostgreSQL is down, out of reach, or fails over; deadlocks and serialization failures.

Callers learn of it by DatabaseDown (so that nothing is acknowledged), the store is not healthy (so the desk is not
ready), and it recovers alone. Lost races are run again, as a whole, at most 5 times."""

import asyncio
import secrets
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from support.databases import fresh_postgres, postgres_or_skip, prepare_postgres
from support.gate import sized
from support.postgres import Postgres
from support.processes import proxy, until
from support.units import GET, Gate, keys, put, put_once, recovers

from core.store.engine import DatabaseDown, Store, Tx


@pytest.fixture(scope="module")
def spare_server() -> Iterator[Postgres]:
    with postgres_or_skip() as server:
        prepare_postgres(server)
        yield server


@pytest.fixture
def own_server(spare_server: Postgres) -> Postgres:
    """A server that a test may stop."""
    if not spare_server.running:
        spare_server.start()
    fresh_postgres(spare_server)
    return spare_server


@pytest.mark.parametrize("round_", range(sized(1, 10, 100)))
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
async def test_F13_postgres_restarted_under_load(own_server: Postgres, how: signal.Signals, round_: int) -> None:
    store = await Store.open(own_server.url("desk"))
    acknowledged: list[str] = []
    refused: list[str] = []
    stop = asyncio.Event()

    async def caller(n: int) -> None:
        count = 0
        while not stop.is_set():
            key = f"{n}/{count}"
            try:
                await store.transact(put_once(key))
            except DatabaseDown:
                refused.append(key)
            else:
                acknowledged.append(key)
                count += 1

    callers = [asyncio.create_task(caller(n)) for n in range(16)]
    await until(lambda: len(acknowledged) > 200)
    await asyncio.to_thread(own_server.stop, how)
    await until(lambda: not store.healthy and refused)
    await asyncio.to_thread(own_server.start)
    before = len(acknowledged)
    await until(lambda: store.healthy and len(acknowledged) > before + 200)
    stop.set()
    await asyncio.gather(*callers)
    assert sorted(await keys(store)) == sorted(acknowledged), "each once, and nothing that was not acknowledged"
    await store.close()


async def test_F13_postgres_comes_back_while_nobody_asks(own_server: Postgres) -> None:
    store = await Store.open(own_server.url("desk"))
    await store.transact(put("before"))
    await asyncio.to_thread(own_server.stop)
    with pytest.raises(DatabaseDown):
        await store.transact(put("refused"))
    with pytest.raises(DatabaseDown):
        await store.read(lambda connection: connection.execute(GET).all())
    assert not store.healthy
    await asyncio.to_thread(own_server.start)
    await recovers(store)
    assert await keys(store) == ["after", "before"]
    await store.close()


async def test_F13_postgres_fails_over_to_a_standby(own_server: Postgres) -> None:
    """The connections that are open, and the address, lead to a server that can only be read, for a while."""
    store = await Store.open(own_server.url("desk"))
    await store.transact(put("before"))
    own_server.execute("ALTER SYSTEM SET default_transaction_read_only = on")
    own_server.execute("SELECT pg_reload_conf()")

    async def refused() -> bool:
        try:
            await store.transact(put(secrets.token_hex()))
        except DatabaseDown:
            return True
        return False

    await until(refused, what="the reloaded setting is in force")
    assert not store.healthy
    own_server.execute("ALTER SYSTEM RESET default_transaction_read_only")
    own_server.execute("SELECT pg_reload_conf()")
    await recovers(store)
    await store.close()


async def test_F13_a_connection_to_what_became_a_standby_is_given_up(postgres_url: str) -> None:
    """New connections lead to the new primary; the old one stays what it is."""
    store = await Store.open(postgres_url, threads=1)
    await store.transact(lambda tx: tx.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")))
    assert await store.transact(put("a")) == "a"
    assert store.healthy
    await store.close()


async def test_F13_postgres_out_of_reach(postgres_server: Postgres, postgres_url: str) -> None:
    async with proxy(postgres_server.port) as network:
        store = await Store.open(postgres_server.url("desk", port=network.port))
        await store.transact(put("before"))
        network.refuse = True
        network.cut()
        with pytest.raises(DatabaseDown):
            await store.transact(put("refused"))
        assert not store.healthy
        network.refuse = False
        await recovers(store)
        assert await keys(store) == ["after", "before"]
        await store.close()


async def test_F13_connections_that_were_cut_are_made_anew_unnoticed(
    postgres_server: Postgres, postgres_url: str
) -> None:
    async with proxy(postgres_server.port) as network:
        store = await Store.open(postgres_server.url("desk", port=network.port))
        await asyncio.gather(*(store.transact(put(f"{n}")) for n in range(8)))
        network.cut()
        await asyncio.gather(*(store.transact(put(f"again {n}")) for n in range(8)))
        assert len(await keys(store)) == 16
        assert store.healthy
        await store.close()


class Meeting:
    """Two units come to the same point before either goes on, in their first runs."""

    def __init__(self) -> None:
        self._barrier = threading.Barrier(2)
        self.runs = 0
        self._lock = threading.Lock()

    def begin(self) -> int:
        with self._lock:
            self.runs += 1
            return self.runs

    def meet(self, run: int) -> None:
        if run <= 2:
            self._barrier.wait(10)


@pytest.fixture
async def postgres_store(postgres_url: str) -> AsyncIterator[Store]:
    store = await Store.open(postgres_url)
    yield store
    await store.close()


async def test_F13_a_deadlock_is_run_again(postgres_store: Store) -> None:
    await postgres_store.transact(put("a"))
    await postgres_store.transact(put("b"))
    meeting = Meeting()

    def unit(first: str, second: str):
        def run(tx: Tx) -> None:
            number = meeting.begin()
            change = text("UPDATE meta SET value = value || 'x' WHERE key = :key")
            tx.execute(change, {"key": first})
            meeting.meet(number)
            tx.execute(change, {"key": second})

        return run

    await asyncio.gather(postgres_store.transact(unit("a", "b")), postgres_store.transact(unit("b", "a")))
    values = await postgres_store.read(lambda c: c.execute(text("SELECT value FROM meta")).scalars().all())
    assert values == ["xx", "xx"]
    # One of them loses; where both waited equally long, both may.
    assert meeting.runs in (3, 4)
    assert postgres_store.healthy


async def test_F13_a_serialization_failure_is_run_again(postgres_store: Store) -> None:
    meeting = Meeting()

    def unit(key: str):
        def run(tx: Tx) -> int:
            number = meeting.begin()
            tx.execute(text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))
            seen = len(tx.execute(GET).all())
            meeting.meet(number)
            put(key)(tx)
            return seen

        return run

    seen = await asyncio.gather(postgres_store.transact(unit("a")), postgres_store.transact(unit("b")))
    assert sorted(seen) == [0, 1]
    assert meeting.runs == 3


async def test_F13_a_lost_race_for_a_unique_key_is_run_again(postgres_store: Store) -> None:
    meeting = Meeting()

    def unit(tx: Tx) -> str:
        number = meeting.begin()
        if tx.execute(GET).first():
            return "found"
        meeting.meet(number)
        put("a")(tx)
        return "made"

    outcomes = await asyncio.gather(postgres_store.transact(unit), postgres_store.transact(unit))
    assert sorted(outcomes) == ["found", "made"]
    assert meeting.runs == 3


async def test_F13_a_lock_that_is_not_let_go_of(postgres_url: str) -> None:
    holding, waiting = await Store.open(postgres_url), await Store.open(postgres_url, busy_timeout=0.2)
    gate = Gate()

    def holds(tx: Tx) -> None:
        tx.lock(("ticket",))
        gate(tx)

    held = asyncio.create_task(holding.transact(holds))
    await until(gate.entered.is_set)
    started = time.monotonic()
    with pytest.raises(DatabaseDown, match="lock timeout"):
        await waiting.transact(lambda tx: tx.lock(("ticket",)))
    assert time.monotonic() - started < 0.8, "waited for once, not five times"
    gate.open()
    await held
    await recovers(waiting)
    await waiting.transact(lambda tx: tx.lock(("ticket",)))
    await holding.close()
    await waiting.close()


@pytest.mark.parametrize("code", ["40001", "40P01", "23505"])
async def test_F13_at_most_five_runs(postgres_store: Store, code: str) -> None:
    runs: list[int] = []

    def unit(tx: Tx) -> None:
        runs.append(1)
        tx.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '{code}'; END $$"))

    with pytest.raises((OperationalError, IntegrityError), match="lost"):
        await postgres_store.transact(unit)
    assert len(runs) == 5
    assert postgres_store.healthy, "losing is not the database's failure"


async def test_F13_a_units_own_error_is_not_run_again(postgres_store: Store) -> None:
    runs: list[int] = []

    def unit(tx: Tx) -> None:
        runs.append(1)
        tx.execute(text("INSERT INTO channel (connection, channel, account) VALUES ('c', 'c', 'nobody')"))

    with pytest.raises(IntegrityError):
        await postgres_store.transact(unit)
    assert len(runs) == 1
