"""`python -m support.killed_upgrade <url> <stride>`: upgrades a database in a process that is killed at its first
statement, then at a later one, …, until one comes to its end; after each the database has to be what it was.

Prints how many were killed."""

import os
import sys

from sqlalchemy import Engine, create_engine, event, inspect, text
from support.schema import described

from core.store import migrate
from core.store.engine import parse_url


def snapshot(url: str) -> tuple[set[str], list[tuple[object, ...]], str]:
    engine = create_engine(parse_url(url))
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM meta")) if inspect(connection).has_table("meta") else []
        out = described(connection), [tuple(row) for row in rows], migrate.state(url)
    engine.dispose()
    return out


def killed_at(url: str, step: int) -> bool:
    child = os.fork()
    if child:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, 137), f"exit code {code} at statement {step}"
        return code == 137
    left = step

    @event.listens_for(Engine, "before_cursor_execute")
    def _count(*_: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            os._exit(137)

    try:
        migrate.upgrade(url)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


def main(url: str, stride: int) -> None:
    before = snapshot(url)
    step, kills = 1, 0
    while killed_at(url, step):
        kills += 1
        assert snapshot(url) == before, f"killed at statement {step}"
        step += stride
    after = snapshot(url)
    assert after[2] == "current"
    assert after != before
    print(f"kills={kills}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
