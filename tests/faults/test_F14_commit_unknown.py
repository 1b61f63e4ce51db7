"""F14: COMMIT raised but had committed. The unit is run again, and its natural key makes that harmless."""

import asyncio

import pytest
from support.postgres import Postgres
from support.processes import proxy
from support.units import keys, put_once

from core.store.engine import Store, Tx


def is_commit(data: bytes) -> bool:
    return b"COMMIT\0" in data


@pytest.mark.parametrize("reached", [True, False], ids=["answer lost", "request lost"])
async def test_F14_commit_whose_outcome_is_not_known(
    postgres_server: Postgres, postgres_url: str, reached: bool
) -> None:
    runs: list[str] = []
    called: list[str] = []

    def unit(tx: Tx) -> str:
        outcome = put_once("receipt")(tx)
        runs.append(outcome)
        tx.after_commit(lambda: called.append(outcome))
        return outcome

    async with proxy(postgres_server.port) as network:
        store = await Store.open(postgres_server.url("desk", port=network.port))
        if reached:
            network.swallow_reply_to(is_commit)
        else:
            network.lose(is_commit)
        outcome = await store.transact(unit)
        assert network.swallowed.is_set()
        # The second run sees what the first one left: a committed receipt, or nothing.
        assert runs == (["made", "found"] if reached else ["made", "made"])
        assert called == [outcome] == runs[-1:]
        assert await keys(store) == ["receipt"]
        assert store.healthy
        await store.close()


async def test_F14_many_callers_each_once(postgres_server: Postgres, postgres_url: str) -> None:
    async with proxy(postgres_server.port) as network:
        store = await Store.open(postgres_server.url("desk", port=network.port))
        for round_ in range(10):
            network.swallowed.clear()
            network.swallow_reply_to(is_commit)
            outcomes = await asyncio.gather(*(store.transact(put_once(f"{round_}/{n}")) for n in range(8)))
            assert network.swallowed.is_set()
            assert set(outcomes) <= {"made", "found"}
        assert len(await keys(store)) == 80
        await store.close()
