"""One desk at a time on a SQLite file. The operating system holds the lock, so a process that is killed leaves none
behind. PostgreSQL needs none: there any number of processes share the work by leases."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.store.engine import sqlite_path


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that runs the desk. `pid` is 0 in the moment between taking the lock and writing it down."""

    pid: int
    since: datetime | None


class DeskRuns(Exception):
    """Somebody else holds the desk's lock."""

    def __init__(self, file: Path, holder: Holder) -> None:
        since = f" since {holder.since:%Y-%m-%d %H:%M:%S} UTC" if holder.since else ""
        super().__init__(
            f"A desk runs on {file} already: process {holder.pid or 'unknown'}{since}. Stop it first, or use"
            " PostgreSQL, on which several processes can work together."
        )
        self.holder = holder


def lock_file(database: Path) -> Path:
    return database.with_name(database.name + ".lock")


@contextmanager
def desk_lock(url: str) -> Iterator[None]:
    """Holds the desk's lock of a SQLite file; does nothing on PostgreSQL. Raises DeskRuns at once when it is held."""
    database = sqlite_path(url)
    if database is None:
        yield
        return
    database.parent.mkdir(parents=True, exist_ok=True)
    # Never removed: whoever removes it could remove the one that somebody has just locked.
    descriptor = os.open(lock_file(database), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DeskRuns(database, _holder(descriptor)) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "since": datetime.now(UTC).isoformat()}).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def running_desk(url: str) -> Holder | None:
    """Who holds the lock of a SQLite file now; None when nobody does, and on PostgreSQL."""
    database = sqlite_path(url)
    if database is None:
        return None
    with contextlib.suppress(FileNotFoundError), lock_file(database).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _holder(file.fileno())
    return None


def _holder(descriptor: int) -> Holder:
    try:
        written = json.loads(os.pread(descriptor, 1000, 0))
        return Holder(int(written["pid"]), datetime.fromisoformat(written["since"]))
    except (ValueError, KeyError, TypeError):
        return Holder(0, None)
