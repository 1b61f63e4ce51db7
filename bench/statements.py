"""What the desk sends to its database, unit by unit, as SQLAlchemy hands it to the driver."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

# Brackets of transactions, not statements of the desk.
_BRACKETS = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT", "PRAGMA")
_WRITES = ("INSERT", "UPDATE", "DELETE")
# Rows that others refer to by a number that the database gives.
_NUMBERED = {"ticket": "number", "conversation": "id", "message": "id", "person": "id"}
_INSERT = re.compile(r"INSERT INTO (\w+) \((.*?)\) VALUES \((.*)\)( RETURNING .*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """`parameters` is what the driver takes: one set, or with `many` a list of them."""

    sql: str
    parameters: Any
    many: bool


@dataclass(slots=True)
class Unit:
    """What one event caused. `lane`: units of one lane build on each other."""

    lane: int
    statements: int = 0
    writes: list[Statement] = field(default_factory=list)


class Recorder:
    """Collects what passes into `unit`. With `numbers`, which a single caller on a fresh database knows, inserts name
    the number of their row, so that units can be written again in another order."""

    def __init__(self, *, numbers: bool) -> None:
        self.unit = Unit(0)
        self._numbers: dict[str, int] | None = {} if numbers else None

    def before(
        self, _connection: Connection, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        if sql.startswith(_BRACKETS):
            return
        self.unit.statements += 1
        if sql.startswith(_WRITES):
            if self._numbers is not None and (found := _INSERT.fullmatch(sql)) and found[1] in _NUMBERED:
                sql, parameters = self._numbered(found, dict(parameters))
            self.unit.writes.append(Statement(sql, parameters, many))

    def _numbered(self, found: re.Match[str], parameters: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        assert self._numbers is not None
        table = found[1]
        number = self._numbers[table] = self._numbers.get(table, 0) + 1
        sql = f"INSERT INTO {table} ({_NUMBERED[table]}, {found[2]}) VALUES (%(number_)s, {found[3]})"
        return sql, parameters | {"number_": number}


@contextmanager
def recording(*, numbers: bool) -> Iterator[Recorder]:
    """Everything that any engine of this process executes meanwhile."""
    recorder = Recorder(numbers=numbers)
    event.listen(Engine, "before_cursor_execute", recorder.before)
    try:
        yield recorder
    finally:
        event.remove(Engine, "before_cursor_execute", recorder.before)
