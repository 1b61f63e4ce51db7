"""`python -m support.killed_handle <database's address> <what> once|each`: takes an event in, in a process that is
killed. `once`: where FAILPOINT says; prints the answer when it comes to its end. `each`: at its first statement, then
at a later one, …, until one comes to its end; after each the database has to be what it was. Prints how many were
killed.

What: a message that opens a ticket, a message that joins it, or a command. It is the same event each time.
"""

import asyncio
import os
import sys
from typing import Any

from sqlalchemy import Engine, create_engine, event, select
from support.desk import DeskDriver, policy

from core.language.codec import dump_answer
from core.language.events import Inbound
from core.store import tables as t
from core.store.engine import Store, parse_url


def the_event(desk: DeskDriver, what: str) -> Inbound:
    root = desk.message("ann", "The export fails.", files=(desk.file(),))
    match what:
        case "open":
            return root
        case "join":
            return desk.message("ann", "With error 502.", thread=root.ref)
        case "claim":
            return desk.command("bo", "claim 1")
        case _:
            raise ValueError(what)


async def take_in(url: str, what: str) -> str | None:
    """The answer to the event, as its receipt keeps it."""
    store = await Store.open(url)
    desk = DeskDriver(store, policy())
    answer = await desk.handle(the_event(desk, what))
    await store.close()
    return dump_answer(answer)


def snapshot(url: str) -> dict[str, list[Any]]:
    """Every row of every table."""
    engine = create_engine(parse_url(url))
    with engine.connect() as connection:
        out = {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in t.metadata.sorted_tables
        }
    engine.dispose()
    return out


def _killed_at(url: str, what: str, step: int) -> bool:
    child = os.fork()
    if child:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, 137), f"exit code {code} at statement {step}"
        return code == 137
    left = step

    @event.listens_for(Engine, "after_cursor_execute")
    def _count(*_: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            os._exit(137)

    try:
        asyncio.run(take_in(url, what))
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", flush=True)
        os._exit(1)
    os._exit(0)


def main(url: str, what: str, how: str) -> None:
    if how == "once":
        print(asyncio.run(take_in(url, what)), flush=True)
        return
    before, step = snapshot(url), 1
    while _killed_at(url, what, step):
        after = snapshot(url)
        assert after == before, f"something is left behind by statement {step}"
        step += 1
    print(f"killed {step - 1} times", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
