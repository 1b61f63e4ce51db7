"""`deskhand tickets` and `deskhand why` on a database that a desk works on, for programs and for people."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from support.cli import Filled, deskhand, stamp, three_tickets

from core.store.engine import Store, sqlite_path
from core.store.lock import desk_lock

KEYS = (
    *("number", "ref", "status", "priority", "type", "category", "tags", "subject", "description"),
    *("account", "team", "assignee", "requester"),
    *("created_at", "updated_at", "first_response_at", "resolved_at", "closed_at"),
    *("clocks", "conversations"),
)
Env = Mapping[str, str]


@pytest.fixture
def env(database_url: str, tmp_path: Path) -> Env:
    stamp(database_url)
    return {"DATABASE_URL": database_url, "DESKHAND_DATA": str(tmp_path), "TZ": "UTC"}


@pytest.fixture
async def filled(env: Env, store: Store) -> Filled:
    filled = await Filled.on(store)
    await three_tickets(filled)
    return filled


def numbers(found: list[dict[str, Any]]) -> list[int]:
    return [ticket["number"] for ticket in found]


# --- for programs --------------------------------------------------------------------------------------------


async def test_the_list_has_the_documented_keys_in_their_order(filled: Filled, env: Env) -> None:
    ran = deskhand("tickets", "list", "--json", env=env)
    assert (ran.code, ran.err) == (0, "")
    assert [list(ticket) for ticket in ran.json] == [list(KEYS)] * 3
    first = ran.json[0]
    clocks, conversations = first.pop("clocks"), first.pop("conversations")
    assert first == {
        "number": 1,
        "ref": "T-1",
        "status": "open",
        "priority": "normal",
        "type": "question",
        "category": None,
        "tags": [],
        "subject": "Our export fails with 502.",
        "description": "Our export fails with 502. Please help.",
        "account": "globex",
        "team": "support",
        "assignee": "bo",
        "requester": {"name": "U0ANN", "email": None, "identities": [{"connection": "main", "user": "U0ANN"}]},
        "created_at": first["created_at"],
        "updated_at": first["updated_at"],
        "first_response_at": first["first_response_at"],
        "resolved_at": None,
        "closed_at": None,
    }
    assert [list(clock) for clock in clocks] == [["target", "policy", "state", "due_at", "met_at", "breached_at"]] * 2
    assert [(clock["target"], clock["state"]) for clock in clocks] == [
        ("first_response", "met"),
        ("resolution", "running"),
    ]
    assert conversations == [
        {"side": "customer", "connection": "main", "channel": "C0GLOBEX", "thread": "1795178400.000100"},
        {"side": "triage", "connection": "main", "channel": "C0TRIAGE", "thread": None},
    ]
    for at in (first["created_at"], first["first_response_at"], clocks[0]["met_at"], clocks[1]["due_at"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", at)
    assert ran.json[1]["priority"] == "urgent"
    assert ran.json[2]["status"] == "resolved"
    assert ran.json[2]["resolved_at"]


FILTERS: dict[tuple[str, ...], list[int]] = {
    (): [1, 2, 3],
    ("--status", "open"): [1],
    ("--status", "open,resolved"): [1, 3],
    ("--status", "Resolved, closed"): [3],
    ("--account", "initech"): [2],
    ("--account", "initech", "--status", "resolved"): [],
    ("--account", "nobody"): [],
    ("--assignee", "bo"): [1],
    ("--limit", "2"): [2, 3],
    ("--limit", "2", "--account", "globex"): [1, 3],
}


async def test_filters(filled: Filled, env: Env) -> None:
    found = {options: numbers(deskhand("tickets", "list", "--json", *options, env=env).json) for options in FILTERS}
    assert found == FILTERS


async def test_a_ticket_with_all_that_was_said_and_done(filled: Filled, env: Env) -> None:
    ticket = deskhand("tickets", "show", "T-1", "--json", env=env).json
    assert list(ticket) == [*KEYS, "messages", "timeline"]
    assert [(m["author"], m["audience"], m["body"], m["revisions"]) for m in ticket["messages"]] == [
        ("U0ANN", "public", "Our export fails with 504. Please help.", 1),
        ("Bo Lind", "public", "We look into it", 0),
        ("Bo Lind", "internal", "Their proxy again", 0),
    ]
    assert list(ticket["messages"][0]) == ["at", "author", "audience", "body", "attachments", "revisions"]
    timeline = ticket["timeline"]
    assert {tuple(entry) for entry in timeline} == {("at", "actor", "event", "cause", "details")}
    assert ("bo", "claimed", "reaction eyes") in [(e["actor"], e["event"], e["cause"]) for e in timeline]
    assert [entry["at"] for entry in timeline] == sorted(entry["at"] for entry in timeline)
    assert {k: ticket[k] for k in KEYS} == deskhand("tickets", "list", "--json", env=env).json[0]


async def test_attachments_and_what_was_deleted(env: Env, store: Store) -> None:
    filled = await Filled.on(store)
    file = {
        "id": "F0A",
        "name": "trace.txt",
        "mimetype": "text/plain",
        "size": 1234,
        "url_private_download": "https://files.slack.com/F0A",
        "mode": "hosted",
    }
    await filled.message(ts="1795178400.000100", text="See the trace", files=[file])
    await filled.deleted("1795178400.000100")
    message = deskhand("tickets", "show", "1", "--json", env=env).json["messages"][0]
    assert message["attachments"] == [{"name": "trace.txt", "type": "text/plain", "size": 1234}]
    assert message["body"] == ""
    assert message["deleted_at"].endswith("Z")
    shown = deskhand("tickets", "show", "1", env=env).out
    assert "(deleted)" in shown


async def test_a_ticket_by_all_its_names(filled: Filled, env: Env) -> None:
    for word in ("2", "T-2", "t2", "t-2", "#2"):
        assert deskhand("tickets", "show", word, "--json", env=env).json["number"] == 2
        assert deskhand("why", word, "--json", env=env).json["ref"] == "T-2"


async def test_why_tells_each_step_with_its_cause(filled: Filled, env: Env) -> None:
    told = deskhand("why", "1", "--json", env=env).json
    assert list(told) == ["number", "ref", "subject", "status", "clocks", "timeline"]
    assert told["timeline"] == deskhand("tickets", "show", "1", "--json", env=env).json["timeline"]
    lines = deskhand("why", "1", env=env).out.splitlines()
    assert lines[0] == "Why T-1 is as it is: Our export fails with 502."
    assert any("opened by U0ANN (rule intake every): account globex, team support" in line for line in lines)
    assert any("claimed by bo (reaction eyes)" in line for line in lines)
    assert any(line.startswith("promise    resolution (standard): running, due 2026-11-2") for line in lines)


async def test_an_empty_desk_has_an_empty_array(env: Env, store: Store) -> None:
    assert deskhand("tickets", "list", "--json", env=env).json == []
    assert deskhand("tickets", "list", env=env).out == "There are no tickets yet.\n"
    assert deskhand("tickets", "list", "--account", "globex", env=env).out == "No ticket fits.\n"


async def test_a_list_costs_the_same_statements_for_one_ticket_and_for_many(filled: Filled, env: Env) -> None:
    from core.store import records
    from core.store.records import Filter

    def counted(limit: int) -> int:
        statements: list[str] = []

        def read(connection: Any) -> None:
            event.listen(connection, "before_cursor_execute", lambda *given: statements.append(given[2]))
            records.newest(connection, Filter(), limit)

        filled.store.read_now(read)
        return len(statements)

    assert counted(1) == counted(3) <= 6


async def test_pages_of_a_long_list_join_without_a_gap(sqlite_url: str) -> None:
    stamp(sqlite_url)
    env = {"DATABASE_URL": sqlite_url}
    store = await Store.open(sqlite_url)
    filled = await Filled.on(store)
    for n in range(1, 231):
        await filled.message(
            ts=f"17951{n:05d}.000100", user=f"U0{n}", text=f"Question {n}", client_msg_id=f"c-{n}", event_ts=f"{n}"
        )
    await store.close()
    found = deskhand("tickets", "list", "--json", env=env).json
    assert numbers(found) == list(range(1, 231))
    shown = deskhand("tickets", "list", env=env)
    assert "These are the newest 50; --limit shows more." in shown.err
    assert shown.out.splitlines()[-1].startswith("T-230 ")
    assert "T-180" not in shown.out


# --- for people ----------------------------------------------------------------------------------------------


async def test_the_table(filled: Filled, env: Env) -> None:
    header, _, *rows = deskhand("tickets", "list", env=env).out.splitlines()
    assert header.split() == ["ticket", "status", "priority", "account", "assignee", "requester", "due", "subject"]
    assert rows[0].split()[:6] == ["T-1", "Open", "normal", "globex", "bo", "U0ANN"]
    assert rows[0].rstrip().endswith("Our export fails with 502.")
    # What a customer wrote is text, never mark-up.
    assert rows[2].rstrip().endswith("Solved [red]it[/red] myself")


async def test_one_ticket_for_people(filled: Filled, env: Env) -> None:
    shown = deskhand("tickets", "show", "1", env=env).out
    for line in (
        "T-1  Our export fails with 502.",
        "status     Open, normal priority",
        "requester  U0ANN, main:U0ANN",
        "owner      bo (support)",
        "customer   main C0GLOBEX, thread 1795178400.000100",
        "  Our export fails with 504. Please help.",
        "What happened",
    ):
        assert line in shown.splitlines()
    assert "Bo Lind (internal note)" in shown
    assert "U0ANN (edited)" in shown


async def test_nothing_that_was_written_steers_the_terminal(env: Env, store: Store) -> None:
    filled = await Filled.on(store)
    await filled.message(ts="1795178400.000100", text="Hi")
    # As from a time before intake took such characters away.
    await filled.tamper(1, "evil \x1b[2J\x1b]0;owned\x07 \u202e text")
    for command in (("tickets", "list"), ("tickets", "show", "1"), ("why", "1")):
        out = deskhand(*command, env=env).out
        assert "evil" in out
        assert not {"\x1b", "\x07", "\u202e"} & set(out)


# --- beside a running desk, and where there is none ----------------------------------------------------------


async def test_reading_needs_no_lock_and_changes_nothing(filled: Filled, env: Env, database_url: str) -> None:
    before = await filled.store.read(_everything)
    with desk_lock(database_url):
        assert len(deskhand("tickets", "list", "--json", env=env).json) == 3
        # The desk that runs writes on.
        await filled.message(ts="1795179000.000100", user="U0NEW", text="One more", client_msg_id="c-9")
        assert len(deskhand("tickets", "list", "--json", env=env).json) == 4
    after = await filled.store.read(_everything)
    assert after["ticket"] == before["ticket"] + 1


def _everything(connection: Any) -> dict[str, int]:
    return {
        table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
        for table in ("ticket", "message", "timeline", "outbox", "receipt")
    }


async def test_a_ticket_that_is_not_there(filled: Filled, env: Env) -> None:
    for command in (("tickets", "show", "99"), ("why", "99")):
        ran = deskhand(*command, env=env)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.splitlines()[0] == "There is no ticket T-99."
        ran = deskhand(*command, "--json", env=env)
        assert ran.code == 1
        assert list(ran.json) == ["error"]
        assert list(ran.json["error"]) == ["code", "message", "hint"]
        assert ran.json["error"]["code"] == "no_such_ticket"


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    env = {"DATABASE_URL": f"sqlite:///{tmp_path}/typo.db", "DESKHAND_DATA": str(tmp_path)}
    ran = deskhand("tickets", "list", "--json", env=env)
    assert ran.code == 1
    assert ran.json["error"]["code"] == "no_database"
    assert list(tmp_path.iterdir()) == []


async def test_without_tokens_and_database_it_is_the_sandboxs_desk(sqlite_url: str, tmp_path: Path) -> None:
    stamp(sqlite_url)
    store = await Store.open(sqlite_url)
    await three_tickets(await Filled.on(store))
    await store.close()
    path = sqlite_path(sqlite_url)
    assert path is not None
    path.rename(tmp_path / "sandbox.db")
    ran = deskhand("tickets", "list", env={"DESKHAND_DATA": str(tmp_path)})
    assert "T-3" in ran.out
    assert "sandbox" in ran.err
    # An address that was named is never taken for another.
    env = {"DESKHAND_DATA": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/real.db"}
    ran = deskhand("tickets", "list", env=env)
    assert ran.code == 1
    assert f"DATABASE_URL=sqlite:///{tmp_path}/sandbox.db" in ran.err
