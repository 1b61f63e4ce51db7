"""Keeps the world on disk: only what changed is written, in one transaction, a moment after the change and at the end.

One SQLite file of JSON records, so that a save costs what changed and not the length of the history, and is whole or
not there when the machine stops in the middle. The file is held exclusively: a second sandbox on it is refused.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from sandbox.changes import (
    Change,
    ChannelChanged,
    ChannelDeleted,
    ClockMoved,
    FileChanged,
    HomePublished,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    PersonChanged,
    ReactionAdded,
    ReactionRemoved,
    ReadMarked,
    UsergroupChanged,
    WorkspaceChanged,
    WorldReplaced,
)
from sandbox.dump import dump_world
from sandbox.world import World

DEBOUNCE_SECONDS: Final = 0.25
Key = tuple[str, str]

_LISTS: Final = {
    "workspaces": "workspace",
    "people": "person",
    "usergroups": "usergroup",
    "channels": "channel",
    "files": "file",
    "messages": "message",
    "homes": "home",
}


class DataInUse(RuntimeError):
    """Another sandbox holds the folder."""


class Store:
    def __init__(self, folder: Path) -> None:
        """Opens or makes the file. Raises `DataInUse`, or `OSError` when the folder cannot be used."""
        folder.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(
            folder / "world.db", isolation_level=None, check_same_thread=False, timeout=0.2
        )
        self._dirty: dict[Key, None] = {}
        self._everything = False
        self._timer: asyncio.TimerHandle | None = None
        self._writing = asyncio.Lock()
        self._saving: set[asyncio.Task[None]] = set()
        self._world: World | None = None
        try:
            self._database.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS record"
                " (kind TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID"
            )
        except sqlite3.OperationalError as error:
            self._database.close()
            raise DataInUse(f"{folder} is in use by another sandbox ({error})") from error

    def load(self) -> dict[str, Any] | None:
        """What was kept, as `dump.fill_world` takes it; None when nothing was."""
        rows = self._database.execute("SELECT kind, key, body FROM record ORDER BY kind, key").fetchall()
        if not rows:
            return None
        kept: dict[str, Any] = {name: [] for name in _LISTS} | {"reads": []}
        names = {kind: name for name, kind in _LISTS.items()}
        for kind, key, body in rows:
            value = json.loads(body)
            if kind == "meta":
                kept |= value
            elif kind == "read":
                kept["reads"].append([*key.split("/", 1), value])
            else:
                kept[names[kind]].append(value)
        kept["channels"].sort(key=lambda channel: channel.pop("_place", 0))
        kept["people"].sort(key=lambda person: person.pop("_place", 0))
        return kept

    def follow(self, world: World) -> None:
        """Keep that world from now on. Call it inside the event loop."""
        self._world = world
        world.subscribe(self._note)

    async def save(self) -> None:
        """Write what is not yet written; returns when it is on disk."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        async with self._writing:
            rows, everything = self._collect()
            if rows or everything:
                await asyncio.to_thread(self._write, rows, everything)

    async def close(self) -> None:
        await self.save()
        self._database.close()

    def _note(self, change: Change) -> None:
        match change:
            case MessagePosted():
                message = change.message
                self._mark("message", f"{message.channel}/{message.id}")
                self._mark("read", f"{message.author}/{message.channel}")
            case MessageEdited() | ReactionAdded() | ReactionRemoved():
                self._mark("message", f"{change.message.channel}/{change.message.id}")
            case MessageDeleted():
                self._mark("message", f"{change.previous.channel}/{change.previous.id}")
            case ChannelChanged() | MemberJoined() | MemberLeft():
                self._mark("channel", change.channel.id)
            case ChannelDeleted() | WorldReplaced():
                self._everything = True
                self._schedule()
            case PersonChanged():
                self._mark("person", change.person.id)
            case UsergroupChanged():
                self._mark("usergroup", change.usergroup.id)
            case WorkspaceChanged():
                self._mark("workspace", change.workspace.id)
            case FileChanged():
                self._mark("file", change.file.id)
            case HomePublished():
                self._mark("home", change.home.person)
            case ReadMarked():
                self._mark("read", f"{change.person}/{change.channel}")
            case ClockMoved():
                self._mark("meta", "world")
            case _:
                pass

    def _mark(self, kind: str, key: str) -> None:
        self._dirty[(kind, key)] = None
        self._schedule()

    def _schedule(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(DEBOUNCE_SECONDS, self._start_saving)

    def _start_saving(self) -> None:
        self._timer = None
        task = asyncio.create_task(self.save())
        self._saving.add(task)
        task.add_done_callback(self._saving.discard)

    def _collect(self) -> tuple[list[tuple[str, str, str | None]], bool]:
        """Rows as (kind, key, body); a body of None is a row to delete. Runs in the loop, so it sees one moment."""
        world = self._world
        if world is None:
            return [], False
        everything, self._everything = self._everything, False
        dirty, self._dirty = self._dirty, {}
        if everything:
            return _all_rows(world), True
        rows = [(kind, key, _body(world, kind, key)) for kind, key in dirty]
        return rows, False

    def _write(self, rows: list[tuple[str, str, str | None]], everything: bool) -> None:
        self._database.execute("BEGIN")
        try:
            if everything:
                self._database.execute("DELETE FROM record")
            self._database.executemany(
                "INSERT OR REPLACE INTO record (kind, key, body) VALUES (?, ?, ?)", [row for row in rows if row[2]]
            )
            self._database.executemany(
                "DELETE FROM record WHERE kind = ? AND key = ?", [row[:2] for row in rows if row[2] is None]
            )
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


def _meta(world: World) -> str:
    return json.dumps({"world_id": world.world_id, "offset_seconds": world.clock.offset_seconds})


def _all_rows(world: World) -> list[tuple[str, str, str | None]]:
    dump = dump_world(world)
    rows: list[tuple[str, str, str | None]] = [("meta", "world", _meta(world))]
    for name, kind in _LISTS.items():
        for place, value in enumerate(dump[name]):
            key = f"{value['channel']}/{value['id']}" if kind == "message" else _key(kind, value)
            if kind in ("channel", "person"):
                value["_place"] = place
            rows.append((kind, key, json.dumps(value)))
    rows += [("read", f"{person}/{channel}", json.dumps(last)) for person, channel, last in dump["reads"]]
    return rows


def _key(kind: str, value: dict[str, Any]) -> str:
    return str(value["person"] if kind == "home" else value["id"])


def _body(world: World, kind: str, key: str) -> str | None:
    if kind == "meta":
        return _meta(world)
    if kind == "read":
        person, _, channel = key.partition("/")
        last = world.reads.get((person, channel))
        return None if last is None else json.dumps(last)
    if kind == "message":
        channel, _, message_id = key.partition("/")
        found: Any = world.find_message(channel, message_id)
    else:
        kinds: dict[str, dict[str, Any]] = {
            "person": world.people,
            "usergroup": world.usergroups,
            "workspace": world.workspaces,
            "channel": world.channels,
            "file": world.files,
            "home": world.homes,
        }
        found = kinds[kind].get(key)
    if found is None:
        return None
    value = asdict(found)
    if kind in ("channel", "person"):
        value["_place"] = list(world.channels if kind == "channel" else world.people).index(key)
    return json.dumps(value)
