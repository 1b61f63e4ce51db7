"""What went wrong, told once and for all commands: one clear message on stderr, an error object with `--json`, the
exit code 1 for what was refused or failed and 2 for wrong usage, and never a traceback unless it is asked for."""

import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from typer import TyperException
from typer.core import TyperGroup

from bot.cli.printing import dumps
from bot.redaction import Redactor
from core.language.errors import BadConfig, Refused

_TRACEBACK = "Run it again with DESKHAND_LOG_LEVEL=debug for the traceback."


@dataclass(frozen=True, slots=True)
class Failure:
    """`problems` are the lines of a configuration that is wrong in several places."""

    code: str
    message: str
    hint: str = ""
    problems: tuple[str, ...] = ()
    exit_code: int = 1
    more: dict[str, Any] = field(default_factory=dict)


class Failed(Exception):
    """A command could not do what it was asked for."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Commands(TyperGroup):
    """The program's root: every error of every command ends here."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        given = list(sys.argv[1:] if args is None else args)
        try:
            code = super().main(given, prog_name, complete_var, False, windows_expand_args, **extra)
        except Exception as error:
            failure = told(error)
            show(failure, as_json="--json" in given)
            if os.environ.get("DESKHAND_LOG_LEVEL", "").strip().lower() == "debug":
                print(Redactor().text("".join(traceback.format_exception(error))), file=sys.stderr)
            code = failure.exit_code
        sys.exit(code if isinstance(code, int) else 0)


def show(failure: Failure, *, as_json: bool) -> None:
    redactor = Redactor()
    message, hint = redactor.text(failure.message), redactor.text(failure.hint)
    if as_json:
        error: dict[str, Any] = {"code": failure.code, "message": message, "hint": hint}
        if failure.problems:
            error["problems"] = [redactor.text(problem) for problem in failure.problems]
        print(dumps({"error": error, **failure.more}))
        return
    print(message, file=sys.stderr)
    if hint:
        print(hint, file=sys.stderr)


def told(error: Exception) -> Failure:
    """An error in words for the person who gave the command."""
    match error:
        case Failed(failure=failure):
            return failure
        case TyperException():
            return _usage(error)
        case BadConfig(problems=problems):
            return Failure("bad_config", "\n".join(problems), problems=tuple(problems))
        case Refused():
            return Failure(error.code, error.message, error.hint)
    # Only what was imported can have been raised, and importing it here costs nothing then.
    for name, explain in _EXPLAINED.items():
        module, _, kind = name.rpartition(".")
        found = getattr(sys.modules.get(module), kind, None)
        if found is not None and isinstance(error, found):
            return explain(error)
    if isinstance(error, OSError):
        about = f"{error.filename}: " if error.filename else ""
        return Failure("system", f"{about}{error.strerror or error}", "Check that the file or address is free for use.")
    return Failure("unexpected", f"Unexpected error: {type(error).__name__}: {_one_line(error)}", _TRACEBACK)


def _usage(error: TyperException) -> Failure:
    message = error.format_message()
    context = getattr(error, "ctx", None)
    # A group of commands named alone: the message is its help.
    hint = f"See: {context.command_path} --help" if context and not message.startswith("Usage:") else ""
    return Failure("usage", message, hint, exit_code=error.exit_code)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:500]


def _database_down(error: Any) -> Failure:
    return Failure("database_down", _one_line(error), "Check DATABASE_URL, and that the database runs.")


def _wrong_schema(error: Any) -> Failure:
    said, _, remedy = str(error).partition(". ")
    return Failure(f"database_{error.state}", f"{said}.", remedy)


def _desk_runs(error: Any) -> Failure:
    return Failure("desk_runs", str(error))


def _platform(error: Any) -> Failure:
    return Failure("platform", f"The chat platform says: {_one_line(error)}", "deskhand doctor looks for the reason.")


def _sql(error: Any) -> Failure:
    return Failure("database_down", f"The database fails: {_one_line(error.orig)}", _TRACEBACK)


_EXPLAINED = {
    "core.store.tx.DatabaseDown": _database_down,
    "core.store.migrate.WrongSchema": _wrong_schema,
    "core.store.lock.DeskRuns": _desk_runs,
    "core.ports.DeliveryError": _platform,
    "sqlalchemy.exc.OperationalError": _sql,
}
