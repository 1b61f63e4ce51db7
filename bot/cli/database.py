"""The database that a command is about, for reading and for changing, whether a desk runs on it or not."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from bot.cli.errors import Failed, Failure
from bot.folders import no_database_file
from bot.settings import Settings
from core.desk import operating
from core.store import migrate
from core.store.engine import Store, Tx, sqlite_path
from core.store.lock import DeskRuns, desk_lock, running_desk

T = TypeVar("T")

# Seconds that the running desk has to carry out a request: a replay may wait for its turn.
_PATIENCE = 30.0


def address(settings: Settings) -> str:
    """The database of the desk that `deskhand run` runs here: without tokens that is the sandbox's, unless
    DATABASE_URL says what is meant."""
    if on_sandbox(settings):
        return f"sqlite:///{settings.data / 'sandbox.db'}"
    return settings.database_url.get_secret_value()


def on_sandbox(settings: Settings) -> bool:
    return settings.uses_sandbox and "database_url" not in settings.model_fields_set


def refuse_what_is_none(url: str) -> None:
    """Raises Failed when the SQLite file is something else."""
    path = sqlite_path(url)
    if path and (problem := no_database_file(path)):
        said, _, remedy = problem.partition("; ")
        raise Failed(Failure("database_down", f"{said}.", f"{remedy[0].upper()}{remedy[1:]}."))


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The store, for reading. Raises Failed when there is no database, WrongSchema when this program cannot read
    it, and DatabaseDown."""
    url = address(settings)
    path = sqlite_path(url)
    if path and not path.exists():
        sandbox = settings.data / "sandbox.db"
        hint = "Start the desk first (deskhand run), or name its database in DATABASE_URL."
        if path != sandbox and sandbox.exists():
            hint = f"The sandbox's desk keeps its tickets elsewhere: DATABASE_URL=sqlite:///{sandbox}"
        raise Failed(Failure("no_database", f"There is no database at {path}.", hint))
    refuse_what_is_none(url)
    with _quiet(settings):
        migrate.check(url)
        store = Store.open_now(url, threads=1)
        try:
            yield store
        finally:
            store.close_now()


@contextmanager
def _quiet(settings: Settings) -> Iterator[None]:
    """The store logs its troubles, and the command tells them once itself."""
    before = logging.root.manager.disable
    if settings.log_level != "debug":
        logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


# --- changing ------------------------------------------------------------------------------------------------


class Operator(Protocol):
    """Where an operator's wish is carried out. Each gives what became of the letter or event, and raises Refused or
    Failed."""

    def retry(self, letter: int) -> str: ...

    def drop(self, letter: int) -> str: ...

    def replay(self, event: int) -> str: ...

    def discard(self, event: int) -> str: ...


@contextmanager
def operator(settings: Settings) -> Iterator[tuple[Store, Operator]]:
    """The store for reading, and who makes changes: the desk that runs on this SQLite file; or this program, which
    holds the desk's lock meanwhile, so that none starts between. On PostgreSQL this program changes the database
    itself and wakes the desk, wherever that runs."""
    with opened(settings) as store:
        url = address(settings)
        if store.dialect == "postgresql":
            yield store, Directly(store, replayed="due")
            return
        try:
            with desk_lock(url):
                yield store, Directly(store, replayed="due at the next start")
                return
        except DeskRuns:
            pass
        with _running(settings, url) as desk:
            yield store, desk


class Directly:
    """Changes made by this program."""

    def __init__(self, store: Store, *, replayed: str) -> None:
        self._store = store
        self._replayed = replayed

    def retry(self, letter: int) -> str:
        return self._do(operating.retry, letter, "pending")

    def drop(self, letter: int) -> str:
        return self._do(operating.drop, letter, "dropped")

    def replay(self, event: int) -> str:
        return self._do(operating.replay, event, self._replayed)

    def discard(self, event: int) -> str:
        return self._do(operating.discard, event, "discarded")

    def _do(self, what: Callable[[Tx, int], None], which: int, then: str) -> str:
        self._store.transact_now(lambda tx: what(tx, which))
        return then


class Running:
    """Changes made by the desk that runs."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def retry(self, letter: int) -> str:
        return self._post(f"/dead-letters/{letter}/retry")

    def drop(self, letter: int) -> str:
        return self._post(f"/dead-letters/{letter}/drop")

    def replay(self, event: int) -> str:
        return self._post(f"/quarantine/{event}/replay")

    def discard(self, event: int) -> str:
        return self._post(f"/quarantine/{event}/discard")

    def _post(self, path: str) -> str:
        answer = self._client.post(path).json()
        error = answer.get("error")
        if error:
            raise Failed(Failure(error["code"], error["message"], error["hint"]))
        return str(answer["state"])


@contextmanager
def _running(settings: Settings, url: str) -> Iterator[Running]:
    """The desk that holds the lock, by its socket. Raises Failed when it does not answer there."""
    import httpx2

    from bot import control

    path = control.socket_file(settings.data)
    holder = running_desk(url)
    silent = Failure(
        "desk_silent",
        f"A desk runs on {sqlite_path(url)} (process {holder.pid if holder else 'unknown'}) and does not answer"
        f" at {path}.",
        "Set DESKHAND_DATA as it is set for the desk, or stop the desk first.",
    )
    if not path.exists():
        raise Failed(silent)
    with control.address(path) as name:
        if not control.answers(name):
            raise Failed(silent)
        transport = httpx2.HTTPTransport(uds=name)
        with httpx2.Client(transport=transport, base_url="http://desk", timeout=_PATIENCE) as client:
            try:
                found = client.get("/status", timeout=2).json().get("pid")
                if holder and holder.pid and found != holder.pid:
                    raise Failed(silent)
                yield Running(client)
            except httpx2.HTTPError as error:
                raise Failed(silent) from error
