"""Units of work: what is committed, what is undone, who is told and when."""

import asyncio
import secrets
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError
from support.postgres import Postgres
from support.processes import until
from support.units import Gate, count_keys, counted_commits, keys, put

from core.store.engine import Store, Tx, parse_url
from core.store.tx import WroteWhileReading


async def test_a_unit_gives_its_value_after_the_commit(store: Store) -> None:
    assert await store.transact(put("a")) == "a"
    assert await keys(store) == ["a"]
    assert store.healthy
    assert store.last_error is None


async def test_what_a_unit_raises_reaches_its_caller_and_undoes_its_work(store: Store) -> None:
    def unit(tx: Tx) -> None:
        put("a")(tx)
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        await store.transact(unit)
    assert await keys(store) == []
    assert store.healthy, "a unit's error is not the database's"


async def test_one_unit_among_many_is_undone_alone(store: Store) -> None:
    def bad(tx: Tx) -> None:
        put("bad")(tx)
        raise ValueError("bad")

    units = [bad if n % 5 == 0 else put(f"{n:02}") for n in range(40)]
    outcomes = await asyncio.gather(*(store.transact(unit) for unit in units), return_exceptions=True)
    assert [n for n, outcome in enumerate(outcomes) if isinstance(outcome, ValueError)] == list(range(0, 40, 5))
    assert await keys(store) == [f"{n:02}" for n in range(40) if n % 5]


async def test_a_broken_constraint_is_the_units_own_error(store: Store) -> None:
    await store.transact(put("a"))
    with pytest.raises(IntegrityError):
        await store.transact(put("a"))
    assert store.healthy
    assert await store.transact(put("b")) == "b"


async def test_units_that_wait_together_share_a_commit(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url)
    gate = Gate()
    with counted_commits() as commits:
        waiting = [asyncio.create_task(store.transact(gate))]
        await until(gate.entered.is_set)
        waiting += [asyncio.create_task(store.transact(put(f"{n:02}"))) for n in range(50)]
        await asyncio.sleep(0)  # all are queued
        gate.open()
        await asyncio.gather(*waiting)
    # The gate's own, and one for the fifty.
    assert len(commits) == 2
    assert len(await keys(store)) == 50
    await store.close()


async def test_a_failed_commit_of_a_group_costs_only_the_unit_to_blame(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url)
    called: list[str] = []

    def noted(key: str):
        def unit(tx: Tx) -> str:
            tx.after_commit(lambda: called.append(key))
            return put(key)(tx)

        return unit

    def breaks_the_commit(tx: Tx) -> None:
        tx.after_commit(lambda: called.append("bad"))
        tx.execute(text("PRAGMA defer_foreign_keys = ON"))
        tx.execute(text("INSERT INTO channel (connection, channel, account) VALUES ('c', 'c', 'nobody')"))

    gate = Gate()
    waiting = [asyncio.create_task(store.transact(gate))]
    await until(gate.entered.is_set)
    units = [noted("a"), noted("b"), breaks_the_commit, noted("c")]
    waiting += [asyncio.create_task(store.transact(unit)) for unit in units]
    await asyncio.sleep(0)
    gate.open()
    _, a, b, bad, c = await asyncio.gather(*waiting, return_exceptions=True)
    assert (a, b, c) == ("a", "b", "c")
    assert isinstance(bad, IntegrityError)
    assert await keys(store) == ["a", "b", "c"]
    assert called == ["a", "b", "c"], "each once, though their group ran twice"
    await store.close()


async def test_callbacks_run_after_the_commit_and_before_the_caller_goes_on(store: Store, database_url: str) -> None:
    other = await Store.open(database_url)
    order: list[object] = []

    def unit(tx: Tx) -> str:
        tx.after_commit(lambda: order.append(("callback", other.read_now(count_keys))))
        order.append("unit")
        return put("a")(tx)

    order.append(await store.transact(unit))
    assert order == ["unit", ("callback", 1), "a"]
    await other.close()


async def test_callbacks_of_a_unit_that_failed_do_not_run(store: Store) -> None:
    called: list[str] = []

    def unit(tx: Tx) -> None:
        tx.after_commit(lambda: called.append("failed"))
        raise ValueError

    with pytest.raises(ValueError):
        await store.transact(unit)
    await store.transact(lambda tx: tx.after_commit(lambda: called.append("worked")))
    assert called == ["worked"]


async def test_an_error_in_a_callback_is_not_the_units(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    def unit(tx: Tx) -> str:
        tx.after_commit(lambda: int("none"))
        return put("a")(tx)

    assert await store.transact(unit) == "a"
    assert "a callback failed after its commit" in caplog.text


async def test_a_unit_that_waited_too_long_runs_its_cheap_variant(database_url: str) -> None:
    store = await Store.open(database_url, threads=1, overflow_after=0.1)
    gate = Gate()
    blocked = asyncio.create_task(store.transact(gate))
    await until(gate.entered.is_set)
    since = time.monotonic()
    with_variant = asyncio.create_task(store.transact(put("whole"), overflow=put("cheap")))
    without = asyncio.create_task(store.transact(put("no variant")))
    await until(lambda: time.monotonic() - since > 0.15)
    gate.open()
    assert await with_variant == "cheap"
    assert await without == "no variant"
    assert await store.transact(put("later"), overflow=put("cheap later")) == "later", "the queue is short again"
    await blocked
    assert await keys(store) == ["cheap", "later", "no variant"]
    await store.close()


async def test_a_read_sees_one_moment_and_holds_up_nobody(store: Store) -> None:
    await store.transact(put("before"))
    looked, go_on = threading.Event(), threading.Event()

    def read(connection: Connection) -> tuple[int, int]:
        first = count_keys(connection)
        looked.set()
        assert go_on.wait(10)
        return first, count_keys(connection)

    reading = asyncio.create_task(store.read(read))
    await until(looked.is_set)
    await asyncio.wait_for(store.transact(put("meanwhile")), 5)
    go_on.set()
    assert await reading == (1, 1)
    assert await keys(store) == ["before", "meanwhile"]


async def test_a_read_changes_nothing(store: Store) -> None:
    def write(connection: Connection) -> None:
        connection.execute(text("INSERT INTO meta VALUES ('a', 'b')"))

    with pytest.raises(WroteWhileReading):
        await store.read(write)
    assert store.healthy
    assert await keys(store) == []


async def test_closing_finishes_what_is_queued(database_url: str) -> None:
    store = await Store.open(database_url, threads=2)
    waiting = [asyncio.create_task(store.transact(put(f"{n:02}"))) for n in range(60)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*waiting) == [f"{n:02}" for n in range(60)]
    with pytest.raises(RuntimeError, match="closed"):
        await store.transact(put("late"))
    with pytest.raises(RuntimeError, match="closed"):
        await store.read(count_keys)
    again = await Store.open(database_url)
    assert len(await keys(again)) == 60
    await again.close()


async def test_a_cancelled_caller_leaves_the_store_working(store: Store) -> None:
    gate = Gate()
    task = asyncio.create_task(store.transact(gate))
    await until(gate.entered.is_set)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.open()
    assert await store.transact(put("a")) == "a"


async def test_a_caller_who_is_gone_keeps_nobody_of_the_same_group_waiting(store: Store) -> None:
    gate = Gate()
    first = asyncio.create_task(store.transact(gate))
    await until(gate.entered.is_set)
    gone, stays = (asyncio.create_task(store.transact(put(key))) for key in ("gone", "stays"))
    await asyncio.sleep(0)
    gone.cancel()
    gate.open()
    assert await stays == "stays"
    await first


async def test_a_unit_that_ends_an_iteration_has_failed(store: Store) -> None:
    """A future cannot hold a StopIteration; whoever waits hears of it all the same."""

    def unit(_: object) -> None:
        next(iter(()))

    other = asyncio.create_task(store.transact(put("other")))
    for run in (store.transact, store.read):
        with pytest.raises(RuntimeError, match="StopIteration"):
            await asyncio.wait_for(run(unit), 5)
    assert await other == "other"
    assert await keys(store) == ["other"]


async def test_callers_in_several_event_loops(store: Store) -> None:
    """Each is told in its own, also those whose units shared a COMMIT."""

    async def several(name: str) -> list[str]:
        return await asyncio.gather(*(store.transact(put(f"{name}{n}")) for n in range(20)))

    elsewhere = [asyncio.to_thread(asyncio.run, several(name)) for name in "ab"]
    for name, found in zip("cab", await asyncio.gather(several("c"), *elsewhere), strict=True):
        assert found == [f"{name}{n}" for n in range(20)]


async def test_a_unit_cannot_wait_for_another_one(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url)
    with pytest.raises(RuntimeError, match="cannot wait"):
        await store.transact(lambda _: store.transact_now(put("a")))
    await store.close()


def test_programs_without_an_event_loop(database_url: str) -> None:
    store = Store.open_now(database_url)
    assert store.transact_now(put("a")) == "a"
    assert store.read_now(count_keys) == 1
    store.close_now()


async def test_locks_let_one_in_at_a_time(store: Store) -> None:
    """Without the lock both see nothing, since neither has committed when the other looks."""

    def unit(tx: Tx) -> int:
        tx.lock(("channel", "author"))
        seen = count_keys(tx.connection)
        put(secrets.token_hex())(tx)
        return seen

    assert sorted(await asyncio.gather(*(store.transact(unit) for _ in range(30)))) == list(range(30))


async def test_locks_of_several_things_are_in_no_ones_way_in_another_order(store: Store) -> None:
    things = [("channel", name) for name in "abc"]

    def unit(tx: Tx, order: list[tuple[str, str]]) -> int:
        tx.lock(*order)
        seen = count_keys(tx.connection)
        put(secrets.token_hex())(tx)
        return seen

    orders = [things[n % 3 :] + things[: n % 3] for n in range(30)]
    found = await asyncio.gather(*(store.transact(lambda tx, order=order: unit(tx, order)) for order in orders))
    assert sorted(found) == list(range(30))


async def test_different_names_do_not_wait_for_each_other(postgres_url: str) -> None:
    store = await Store.open(postgres_url)
    gate = Gate()

    def holds(tx: Tx) -> None:
        tx.lock(("one",))
        gate(tx)

    holding = asyncio.create_task(store.transact(holds))
    await until(gate.entered.is_set)
    await asyncio.wait_for(store.transact(lambda tx: tx.lock(("two",))), 5)
    gate.open()
    await holding
    await store.close()


async def test_real_time_is_read_once_and_anew_with_a_lock(store: Store) -> None:
    def unit(tx: Tx) -> list[datetime]:
        times = [tx.real_now(), tx.real_now()]
        tx.execute(text("SELECT pg_sleep(0.001)" if tx.dialect == "postgresql" else "SELECT 1"))
        tx.lock(("a",))
        return [*times, tx.real_now()]

    first, second, after_lock = await store.transact(unit)
    assert first == second <= after_lock
    assert first.tzinfo is UTC
    assert abs(datetime.now(UTC) - first) < timedelta(seconds=5)
    if store.dialect == "postgresql":
        assert after_lock > first, "the lock may have been waited for"


async def test_the_session_speaks_utc(postgres_server: Postgres, postgres_url: str) -> None:
    postgres_server.execute("ALTER DATABASE desk SET timezone = 'Asia/Tokyo'")
    store = await Store.open(postgres_url)
    assert await store.read(lambda c: c.exec_driver_sql("SHOW timezone").scalar_one()) == "UTC"
    await store.close()
    postgres_server.execute("ALTER DATABASE desk RESET timezone")


async def test_writes_to_sqlite_are_durable_and_checked(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url)

    def look(tx: Tx) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "temp_store")
        return {name: tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names}

    assert await store.transact(look) == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "temp_store": 2}
    await store.close()


@pytest.mark.parametrize(
    ("url", "backend"),
    [
        ("sqlite:///var/desk.db", "sqlite"),
        ("postgresql://u:p@host/desk", "postgresql+psycopg"),
        ("postgres://u:p@host/desk", "postgresql+psycopg"),
        ("postgresql+asyncpg://u:p@host/desk", "postgresql+psycopg"),
    ],
)
def test_addresses(url: str, backend: str) -> None:
    assert parse_url(url).drivername == backend


@pytest.mark.parametrize("url", ["", "desk.db", "sqlite://", "sqlite:///:memory:", "mysql://u:secret@host/desk"])
def test_addresses_of_other_kinds_are_refused_without_saying_a_password(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///path") as refused:
        parse_url(url)
    assert "secret" not in str(refused.value)
