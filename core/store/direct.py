"""A connection that runs the statements it knows straight on the driver.

What SQLAlchemy does around a statement that it has compiled before takes some two fifths of a unit's time. A
`DirectConnection` compiles a statement once for each set of parameter names and keeps what is needed to run it: the
driver's text, and the processors of parameters and of results. A statement takes the long way the first time, since
one that was made for a single use is not worth a plan, and always when

- its text depends on the values (`IN` with a list of them), or many rows are to give something back;
- no transaction has begun, or options are given;
- somebody listens for statements (`sqlalchemy.event`): only the long way tells of them.

Both ways give the same rows and raise the same errors.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Dialect, Engine, Executable, Result, Row
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.selectable import SelectBase, TextualSelect
from sqlalchemy.types import TypeEngine

Processor: TypeAlias = Callable[[Any], Any]
# Of what comes back, in order or by name; empty when nothing does.
Columns: TypeAlias = tuple[TypeEngine[Any], ...] | Mapping[str, TypeEngine[Any]]
Parameters: TypeAlias = Mapping[str, Any] | list[dict[str, Any]]


class _Rows(IteratorResult[Any]):
    """Rows that are all here. What units ask most often is answered at once; the rest goes a cursor's way."""

    def __init__(self, metadata: SimpleResultMetaData, found: list[Any]) -> None:
        super().__init__(metadata, iter(found))
        self._found = found

    def _row(self, values: Any) -> Row[Any]:
        return Row(self._metadata, None, self._metadata._key_to_index, values)

    def __iter__(self) -> Iterator[Row[Any]]:
        return map(self._row, self._found)

    def all(self) -> list[Row[Any]]:
        return list(self)

    def first(self) -> Row[Any] | None:
        return self._row(self._found[0]) if self._found else None

    def scalar_one(self) -> Any:
        return self._found[0][0] if len(self._found) == 1 else super().scalar_one()

    def scalar_one_or_none(self) -> Any:
        return self._found[0][0] if len(self._found) == 1 else super().scalar_one_or_none()


# What a statement gives back that gives nothing back: whoever asks it for rows is told so.
_NOTHING: Result[Any] = IteratorResult(SimpleResultMetaData(()), iter(()))
_NOTHING.close()


@dataclass(slots=True)
class _Plan:
    """How to run a statement with certain parameters. `fixed` holds what the driver takes, with the values that are
    part of the statement; `given` says at which place of it, under which name and how made, each parameter goes."""

    text: str
    fixed: list[Any] | dict[str, Any]
    given: tuple[tuple[Any, str, Processor | None], ...]
    columns: Columns
    # Known once there were results, which the driver names and types.
    metadata: SimpleResultMetaData | None = None
    results: tuple[tuple[int, Processor], ...] = ()

    @property
    def returns_rows(self) -> bool:
        return bool(self.columns)

    def values(self, parameters: Mapping[str, Any]) -> list[Any] | dict[str, Any]:
        out = self.fixed.copy()
        for place, name, process in self.given:
            value = parameters[name]
            out[place] = value if process is None else process(value)
        return out

    def describe(self, cursor: Any, dialect: Dialect) -> SimpleResultMetaData:
        names = [column[0] for column in cursor.description]
        kinds = self.columns
        types = [kinds.get(name) for name in names] if isinstance(kinds, Mapping) else kinds
        processors = [
            kind and kind.dialect_impl(dialect).result_processor(dialect, column[1])
            for kind, column in zip(types, cursor.description, strict=True)
        ]
        self.results = tuple((place, process) for place, process in enumerate(processors) if process)
        self.metadata = SimpleResultMetaData(names)
        return self.metadata

    def rows(self, cursor: Any) -> list[Any]:
        found: list[Any] = cursor.fetchall()
        if not self.results:
            return found
        out = []
        for row in found:
            values = [*row]
            for place, process in self.results:
                values[place] = process(values[place])
            out.append(tuple(values))
        return out


# By dialect, statement and names of the parameters; None where the long way has to be taken. Statements are made once
# in a process, at module level, so all stores share this; what is known of others goes with them.
_plans: dict[str, WeakKeyDictionary[Executable, dict[tuple[str, ...], _Plan | None]]] = defaultdict(WeakKeyDictionary)


class DirectConnection(Connection):
    """What `engine.connect()` would give. Results are fetched at once."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._known = _plans[engine.dialect.name]

    def execute(  # type: ignore[override]  # a Result, without what a driver's cursor says besides
        self, statement: Executable, parameters: Parameters | None = None, *, execution_options: Any = None
    ) -> Result[Any]:
        if self._is_heard() or execution_options or not self.in_transaction():
            return super().execute(statement, parameters, execution_options=execution_options)
        plans = self._known.get(statement)
        if plans is None:
            self._known[statement] = {}
            return super().execute(statement, parameters)
        many = isinstance(parameters, list)
        rows = parameters if isinstance(parameters, list) else (parameters or {},)
        names = tuple(rows[0]) if rows else ()
        try:
            plan = plans[names]
        except KeyError:
            plan = plans[names] = _plan(statement, names, self.dialect)
        if plan is None or (many and (plan.returns_rows or not rows)):
            return super().execute(statement, parameters)
        return self._run(plan, rows, many=many)

    def _is_heard(self) -> bool:
        # Once somebody has listened the flags stay, and the listeners are to be asked, which takes longer.
        flagged = self._has_events or self.engine._has_events
        return flagged and bool(self.dispatch.before_cursor_execute or self.dispatch.after_cursor_execute)

    def _run(self, plan: _Plan, rows: Sequence[Mapping[str, Any]], *, many: bool) -> Result[Any]:
        driver: Any = self.connection.dbapi_connection
        try:
            values = [plan.values(row) for row in rows]
        except Exception as error:
            self._handle_dbapi_exception(error, plan.text, None, None, None)
        cursor = driver.cursor()
        try:
            if many:
                cursor.executemany(plan.text, values)
            else:
                cursor.execute(plan.text, values[0])
            if not plan.returns_rows:
                return _NOTHING
            metadata = plan.metadata or plan.describe(cursor, self.dialect)
            return _Rows(metadata, plan.rows(cursor))
        except self.dialect.loaded_dbapi.Error as error:
            # Wrapped as SQLAlchemy does it, which also gives up a connection that is lost.
            self._handle_dbapi_exception(error, plan.text, None, cursor, None)
        finally:
            cursor.close()


def _plan(statement: Executable, names: tuple[str, ...], dialect: Dialect) -> _Plan | None:
    """None for what has to go the long way, also for what is wrong with it and is better said there."""
    columns = _columns(statement)
    if columns is None or not isinstance(statement, ClauseElement):
        return None
    try:
        # Compiled for many, an insert does not give back the key that nobody asked for.
        compiled = statement.compile(dialect=dialect, column_keys=list(names), for_executemany=not columns)
        if not isinstance(compiled, SQLCompiler) or compiled.post_compile_params or compiled.literal_execute_params:
            return None
        binds = compiled.binds
        if compiled.escaped_bind_names or any(bind.required for name, bind in binds.items() if name not in names):
            return None
        process = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in binds.items()}
        constant = {
            name: value if (made := process[name]) is None else made(value)
            for name, value in compiled.params.items()
            if name not in names
        }
    except SQLAlchemyError:
        return None
    order = compiled.positiontup
    if order is None:
        given = tuple((name, name, process[name]) for name in binds if name in names)
        return _Plan(str(compiled), constant, given, columns)
    placed = tuple((place, name, process[name]) for place, name in enumerate(order) if name in names)
    return _Plan(str(compiled), [constant.get(name) for name in order], placed, columns)


def _columns(statement: Executable) -> Columns | None:
    """The types of what a statement gives back; None when that cannot be told."""
    match statement:
        case TextualSelect():
            return {column.name: column.type for column in statement.selected_columns}
        case SelectBase():
            return tuple(column.type for column in statement.selected_columns)
        case UpdateBase():
            return tuple(column.type for column in statement.exported_columns)
        case _:
            return None
