"""The world as JSON and back. Ephemerals and open modals are not in it: like on the platforms they do not last."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any, Final

from sandbox.model import Channel, File, Form, Message, Person, Usergroup, Workspace
from sandbox.typed import build
from sandbox.world import World

Json = dict[str, Any]

_LISTS: Final[dict[str, type[Any]]] = {
    "workspaces": Workspace,
    "people": Person,
    "usergroups": Usergroup,
    "channels": Channel,
    "files": File,
    "messages": Message,
    "homes": Form,
}
_ID: Final = re.compile(r"\d{10}\.\d{6}|\d{19}")


class BadWorld(ValueError):
    """The JSON is no world; the text says where it goes wrong."""


def dump_world(world: World) -> Json:
    return {
        "world_id": world.world_id,
        "offset_seconds": world.clock.offset_seconds,
        "workspaces": [asdict(one) for one in world.workspaces.values()],
        "people": [asdict(one) for one in world.people.values()],
        "usergroups": [asdict(one) for one in world.usergroups.values()],
        "channels": [asdict(one) for one in world.channels.values()],
        "files": [asdict(one) for one in world.files.values()],
        "messages": [asdict(one) for room in world.rooms.values() for one in room.by_id.values()],
        "homes": [asdict(one) for one in world.homes.values()],
        "reads": [[person, channel, last] for (person, channel), last in world.reads.items()],
    }


def fill_world(world: World, dump: Json) -> None:
    """Put a dump into a world in place of what it holds; publishes nothing. Raises `BadWorld` before any change.

    The clock's offset is not applied: moving a clock concerns its followers.
    """
    unknown = set(dump) - {"world_id", "offset_seconds", "reads", *_LISTS}
    if unknown:
        raise BadWorld(f"unknown: {', '.join(sorted(unknown))}")
    read = {name: _read(dump, name, kind) for name, kind in _LISTS.items()}
    reads = _reads(dump)
    places = {channel.id for channel in read["channels"]}
    for message in read["messages"]:
        if message.channel not in places:
            raise BadWorld(f"messages: {message.id} is in a channel {message.channel!r} that is not there")
        if not _ID.fullmatch(message.id):
            raise BadWorld(f"messages: {message.id!r} is no id")
    world.clear()
    if dump.get("world_id"):
        world.world_id = str(dump["world_id"])
    for name in ("workspaces", "people", "usergroups", "files"):
        getattr(world, name).update({one.id: one for one in read[name]})
    for channel in read["channels"]:
        world.restore_channel(channel)
    for message in sorted(read["messages"], key=lambda one: one.id):
        world.restore_message(message)
    world.homes.update({home.person: home for home in read["homes"]})
    world.reads.update(reads)


def _read(dump: Json, name: str, kind: type[Any]) -> list[Any]:
    found = []
    rows = dump.get(name)
    if not isinstance(rows, list):
        raise BadWorld(f"{name} must be a list")
    for place, raw in enumerate(rows):
        try:
            found.append(build(kind, raw))
        except ValueError as error:
            raise BadWorld(f"{name}[{place}]: {error}") from error
    return found


def _reads(dump: Json) -> dict[tuple[str, str], str]:
    try:
        return {(str(person), str(channel)): str(last) for person, channel, last in dump.get("reads", [])}
    except (TypeError, ValueError) as error:
        raise BadWorld(f"reads: {error}") from error
