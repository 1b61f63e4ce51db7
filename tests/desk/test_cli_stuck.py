"""`deskhand dead-letters` and `deskhand quarantine`: with no desk running, beside one, and on PostgreSQL."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
import structlog
from sqlalchemy import insert, select
from support.cli import Filled, deskhand, deskhand_beside, stamp, three_tickets

from bot.control import control_app, serve_control, socket_file
from core.language.errors import BadConfig
from core.language.events import Unreadable
from core.store import outbox, receipts
from core.store import tables as t
from core.store.engine import Store
from core.store.lock import desk_lock

Env = Mapping[str, str]
FIRST, SECOND = "1795178700.000100", "1795178800.000100"


@pytest.fixture
def env(database_url: str, tmp_path: Path) -> Env:
    stamp(database_url)
    return {"DATABASE_URL": database_url, "DESKHAND_DATA": str(tmp_path)}


@pytest.fixture
async def filled(env: Env, store: Store) -> Filled:
    filled = await Filled.on(store)
    await three_tickets(filled)
    return filled


@pytest.fixture(autouse=True)
def _desks_logs_stay_out_of_what_commands_print() -> Iterator[None]:
    """As `bot.logs` does it for a program that runs a desk: without, structlog prints to stdout."""
    structlog.configure(
        processors=[structlog.processors.KeyValueRenderer()], logger_factory=structlog.stdlib.LoggerFactory()
    )
    yield
    structlog.reset_defaults()


@asynccontextmanager
async def running(filled: Filled, env: Env) -> AsyncIterator[None]:
    """A desk that holds the lock and listens, as `deskhand run` does."""
    with desk_lock(env["DATABASE_URL"]):
        async with serve_control(socket_file(Path(env["DESKHAND_DATA"])), control_app(filled.store, filled.desk)):
            yield


async def letters(filled: Filled) -> list[int]:
    return [letter.id for letter in await filled.store.read(outbox.dead_letters)]


async def quarantined(filled: Filled) -> list[int]:
    return [event.id for event in await filled.store.read(receipts.quarantined)]


async def tickets(filled: Filled) -> int:
    return await filled.store.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM ticket").scalar_one())


# --- dead letters --------------------------------------------------------------------------------------------


async def test_nothing_is_stuck(env: Env, store: Store) -> None:
    for group in ("dead-letters", "quarantine"):
        assert deskhand(group, "--json", env=env).json == []
        assert deskhand(group, "list", "--json", env=env).json == []
    assert deskhand("dead-letters", env=env).out == (
        "There are no dead letters: everything was sent, or still waits its turn.\n"
    )
    assert deskhand("quarantine", env=env).out == "Nothing is in quarantine: every event was handled.\n"
    assert deskhand("quarantine", "replay", "--all", env=env).out == "There is nothing to do.\n"


async def test_dead_letters_are_listed_retried_and_dropped(filled: Filled, env: Env) -> None:
    await filled.dead_letter(1)
    await filled.dead_letter(2, "channel_not_found")
    found = deskhand("dead-letters", "--json", env=env).json
    keys = ["id", "kind", "purpose", "connection", "channel", "ticket", "attempts", "error", "created_at", "settled_at"]
    assert [list(letter) for letter in found] == [keys] * len(found)
    assert {(letter["ticket"], letter["error"]) for letter in found} == {(1, "is_archived"), (2, "channel_not_found")}
    shown = deskhand("dead-letters", env=env)
    assert "post receipt" in shown.out
    assert "channel_not_found" in shown.out
    assert "deskhand dead-letters retry ID" in shown.err

    *others, last = [letter["id"] for letter in found]
    ran = deskhand("dead-letters", "retry", str(last), "--json", env=env)
    assert (ran.code, ran.json) == (0, [{"id": last, "state": "pending"}])
    assert await letters(filled) == others
    ran = deskhand("dead-letters", "drop", *map(str, others), env=env)
    assert ran.code == 0
    assert ran.out.splitlines() == [f"Dropped: {one} (dropped)." for one in others]
    assert await letters(filled) == []


async def test_all_dead_letters_are_retried_at_once(filled: Filled, env: Env) -> None:
    await filled.dead_letter(1)
    await filled.dead_letter(2)
    before = await letters(filled)
    assert [done["id"] for done in deskhand("dead-letters", "retry", "--all", "--json", env=env).json] == before
    assert await letters(filled) == []


async def test_what_can_be_done_is_done_beside_a_refusal(filled: Filled, env: Env) -> None:
    await filled.dead_letter(2)
    [letter] = await letters(filled)
    ran = deskhand("dead-letters", "retry", "9999", str(letter), "--json", env=env)
    assert ran.code == 1
    assert ran.json == {
        "error": {
            "code": "no_dead_letter",
            "message": "There is no dead letter 9999.",
            "hint": "deskhand dead-letters lists what there is.",
        },
        "done": [{"id": letter, "state": "pending"}],
    }
    ran = deskhand("dead-letters", "drop", "9999", env=env)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "There is no dead letter 9999.\ndeskhand dead-letters lists what there is.\n"


def test_wrong_usage(tmp_path: Path) -> None:
    env = {"DATABASE_URL": f"sqlite:///{tmp_path}/none.db"}
    for wrong in (
        ("dead-letters", "retry"),
        ("dead-letters", "retry", "3", "--all"),
        ("dead-letters", "drop", "--all"),
        ("dead-letters", "drop", "three"),
        ("dead-letters", "--json", "drop", "3"),
        ("quarantine", "replay"),
        ("quarantine", "show"),
        ("quarantine", "forget", "3"),
    ):
        ran = deskhand(*wrong, env=env)
        assert ran.code == 2, wrong
        assert ran.err or ran.json["error"]["code"] == "usage"
        assert deskhand(*wrong, "--json", env=env).json["error"]["code"] == "usage"


# --- quarantine ----------------------------------------------------------------------------------------------


async def test_quarantine_is_listed_and_shown_without_its_secrets(filled: Filled, env: Env) -> None:
    await filled.quarantined(FIRST, "Help, nothing works. My token is xoxb-123-abcDEF")
    [event] = deskhand("quarantine", "--json", env=env).json
    assert event == {
        "id": event["id"],
        "connection": "main",
        "channel": "C0GLOBEX",
        "event": f"posted/C0GLOBEX/{FIRST}",
        "error": "RuntimeError: the clock stands still",
        "attempts": 0,
        "received_at": event["received_at"],
        "next_attempt_at": event["next_attempt_at"],
    }
    assert "the clock stands still" in deskhand("quarantine", env=env).out
    shown = deskhand("quarantine", "show", str(event["id"]), "--json", env=env).json
    assert shown["payload"]["event"]["text"] == "Help, nothing works. My token is [hidden]"
    assert "My token is [hidden]" in deskhand("quarantine", "show", str(event["id"]), env=env).out
    ran = deskhand("quarantine", "show", "9999", "--json", env=env)
    assert (ran.code, ran.json["error"]["code"]) == (1, "not_quarantined")


async def test_all_there_are_are_listed_however_many(filled: Filled, env: Env) -> None:
    await filled.quarantined(FIRST)
    kept = select(t.receipt).where(t.receipt.c.state == "quarantined")
    [row] = await filled.store.read(lambda c: c.execute(kept).mappings().all())
    more = [{**row, "id": row["id"] + n, "natural_key": f"{row['natural_key']}/{n}"} for n in range(1, 1101)]
    await filled.store.transact(lambda tx: tx.execute(insert(t.receipt), more))
    listed = deskhand("quarantine", "--json", env=env).json
    assert [event["id"] for event in listed] == [row["id"], *(other["id"] for other in more)]
    ran = deskhand("quarantine", env=env)
    assert "these are the oldest 50. --json lists all." in ran.err


async def test_a_replay_without_a_desk_makes_the_event_due(filled: Filled, env: Env) -> None:
    await filled.quarantined(FIRST)
    [event] = await quarantined(filled)
    for _ in range(4):  # until it is no longer tried by itself
        filled.clock.broken = True
        assert not await filled.desk.handle_aside(event)
    filled.clock.broken = False
    assert deskhand("quarantine", "--json", env=env).json[0]["next_attempt_at"] is None
    [done] = deskhand("quarantine", "replay", str(event), "--json", env=env).json
    later = "due at the next start" if filled.store.dialect == "sqlite" else "due"
    assert done == {"id": event, "state": later}

    now = await filled.store.transact(lambda tx: tx.real_now())
    assert [e.id for e in await filled.store.read(lambda c: receipts.quarantined_due(c, now))] == [event]
    before = await tickets(filled)
    assert await filled.desk.handle_aside(event)
    assert await tickets(filled) == before + 1
    assert deskhand("quarantine", "replay", str(event), "--json", env=env).json["error"]["code"] == "not_quarantined"


async def test_discarding_deletes_the_payload_and_never_handles(filled: Filled, env: Env) -> None:
    await filled.quarantined(FIRST)
    [event] = await quarantined(filled)
    assert deskhand("quarantine", "discard", str(event), "--json", env=env).json == [
        {"id": event, "state": "discarded"}
    ]
    kept = await filled.store.read(lambda c: receipts.find(c, event))
    assert kept is not None
    assert (kept.state, kept.raw) == ("discarded", None)
    before = await tickets(filled)
    await filled.message(ts=FIRST, event_ts=FIRST, client_msg_id=f"c-{FIRST}")  # delivered again
    assert await tickets(filled) == before
    assert deskhand("quarantine", "discard", str(event), env=env).code == 1


async def test_a_change_on_postgres_wakes_desks_elsewhere(postgres_url: str, tmp_path: Path) -> None:
    stamp(postgres_url)
    env = {"DATABASE_URL": postgres_url, "DESKHAND_DATA": str(tmp_path)}
    store = await Store.open(postgres_url)
    try:
        filled = await Filled.on(store)
        await three_tickets(filled)
        await filled.dead_letter(2)
        while await store.wait(outbox.AGAIN, 0.2):  # what was woken by itself at the start
            pass
        waiting = asyncio.create_task(store.wait(outbox.AGAIN, 10))
        ran = await deskhand_beside("dead-letters", "retry", "--all", env=env)
        assert ran.code == 0
        assert await waiting
    finally:
        await store.close()


# --- beside a running desk on SQLite -------------------------------------------------------------------------


@pytest.fixture
async def beside(sqlite_url: str, tmp_path: Path) -> AsyncIterator[tuple[Filled, Env]]:
    stamp(sqlite_url)
    store = await Store.open(sqlite_url)
    filled = await Filled.on(store)
    await three_tickets(filled)
    yield filled, {"DATABASE_URL": sqlite_url, "DESKHAND_DATA": str(tmp_path)}
    await store.close()


async def test_the_running_desk_makes_the_changes(beside: tuple[Filled, Env]) -> None:
    filled, env = beside
    await filled.dead_letter(1)
    await filled.quarantined(FIRST)
    await filled.quarantined(SECOND)
    keep, *rest = await letters(filled)
    first, second = await quarantined(filled)
    before = await tickets(filled)
    async with running(filled, env):
        ran = await deskhand_beside("dead-letters", "retry", *map(str, rest), "--json", env=env)
        assert ran.json == [{"id": letter, "state": "pending"} for letter in rest]
        ran = await deskhand_beside("dead-letters", "drop", str(keep), "--json", env=env)
        assert ran.json == [{"id": keep, "state": "dropped"}]
        # The desk handles it now, not some time later.
        ran = await deskhand_beside("quarantine", "replay", str(first), "--json", env=env)
        assert ran.json == [{"id": first, "state": "handled"}]
        assert await tickets(filled) == before + 1
        ran = await deskhand_beside("quarantine", "discard", str(second), "--json", env=env)
        assert ran.json == [{"id": second, "state": "discarded"}]
        ran = await deskhand_beside("dead-letters", "retry", "9999", "--json", env=env)
        assert (ran.code, ran.json["error"]["code"]) == (1, "no_dead_letter")
    assert await letters(filled) == await quarantined(filled) == []


async def test_a_replay_that_fails_again_says_why(beside: tuple[Filled, Env]) -> None:
    filled, env = beside
    await filled.quarantined(FIRST)
    [event] = await quarantined(filled)
    async with running(filled, env):
        filled.clock.broken = True
        ran = await deskhand_beside("quarantine", "replay", str(event), env=env)
        filled.clock.broken = False
    assert ran.code == 1
    assert ran.err.splitlines()[0] == f"Event {event} failed again: RuntimeError: the clock stands still"
    assert await quarantined(filled) == [event]


async def test_a_desk_that_does_not_answer(beside: tuple[Filled, Env], tmp_path: Path) -> None:
    filled, env = beside
    await filled.dead_letter(2)
    with desk_lock(env["DATABASE_URL"]):
        ran = await deskhand_beside("dead-letters", "retry", "--all", "--json", env=env)
        assert (ran.code, ran.json["error"]["code"]) == (1, "desk_silent")
        assert f"process {os.getpid()}" in ran.json["error"]["message"]
        # Reading goes on.
        assert len((await deskhand_beside("dead-letters", "--json", env=env)).json) == 1
    other = tmp_path / "other"
    async with running(filled, {**env, "DESKHAND_DATA": str(other)}):
        ran = await deskhand_beside("dead-letters", "retry", "--all", env=env)
        assert "Set DESKHAND_DATA as it is set for the desk" in ran.err
    assert len(await letters(filled)) == 1


async def test_the_socket_is_its_owners_alone_and_goes_with_the_desk(
    beside: tuple[Filled, Env], tmp_path: Path
) -> None:
    filled, env = beside
    path = socket_file(tmp_path)
    async with running(filled, env):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


async def test_what_a_killed_desk_left_is_replaced_and_a_living_desk_is_not(
    beside: tuple[Filled, Env], tmp_path: Path
) -> None:
    filled, _ = beside
    app = control_app(filled.store, filled.desk)
    path = socket_file(tmp_path)
    path.touch()
    async with serve_control(path, app):
        with pytest.raises(BadConfig, match="another desk runs with the data folder"):
            async with serve_control(path, app):
                pass
        async with _client(path) as client:
            assert (await client.get("/status")).json() == {"pid": os.getpid(), "healthy": True, "last_error": None}


async def test_a_folder_with_a_very_long_name(beside: tuple[Filled, Env], tmp_path: Path) -> None:
    filled, env = beside
    await filled.dead_letter(2)
    env = {**env, "DESKHAND_DATA": str(tmp_path / ("long" * 25) / "data")}
    async with running(filled, env):
        ran = await deskhand_beside("dead-letters", "retry", "--all", "--json", env=env)
        assert ran.code == 0, ran


async def test_other_requests_are_refused_in_the_same_words(beside: tuple[Filled, Env], tmp_path: Path) -> None:
    filled, _ = beside
    path = socket_file(tmp_path)
    async with serve_control(path, control_app(filled.store, filled.desk)), _client(path) as client:
        for method, wrong in (("GET", "/nothing"), ("GET", "/dead-letters/3/retry"), ("POST", "/quarantine/x/replay")):
            answer = await client.request(method, wrong)
            assert answer.status_code == 404
            assert answer.json()["error"]["code"] == "no_such_request"


def _client(path: Path) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.AsyncHTTPTransport(uds=str(path)), base_url="http://desk")


async def test_what_could_not_be_read_is_kept_until_a_version_can(filled: Filled, env: Env) -> None:
    raw = {"event": {"type": "message", "ts": "never"}}
    unreadable = Unreadable(
        connection="main", at=datetime(2026, 11, 20, 12, tzinfo=UTC), raw=raw, problem="a ts", key="1"
    )
    for _ in range(2):
        assert await filled.desk.handle(unreadable) is None
    [event] = await quarantined(filled)
    [found] = deskhand("quarantine", "--json", env=env).json
    assert "a ts" in found["error"]
    assert deskhand("quarantine", "show", str(event), "--json", env=env).json["payload"] == raw
