"""The world as JSON and back. Ephemerals and open modals are not in it: like on the platforms they do not last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sandbox.model import Channel, Edit, File, Form, Message, Person, Usergroup, Workspace
from sandbox.world import World

Json = dict[str, Any]


class BadWorld(ValueError):
    """The JSON is no world; the text says where it goes wrong."""


def message_from(raw: Json) -> Message:
    edited = raw.get("edited")
    return Message(**{**raw, "edited": Edit(**edited) if edited else None})


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
    """Put a dump into a cleared world. Raises `BadWorld` before anything is changed; publishes nothing.

    The clock's offset is not applied: moving a clock concerns its followers.
    """
    try:
        workspaces = _read(dump, "workspaces", lambda raw: Workspace(**raw))
        people = _read(dump, "people", lambda raw: Person(**raw))
        usergroups = _read(dump, "usergroups", lambda raw: Usergroup(**raw))
        channels = _read(dump, "channels", lambda raw: Channel(**raw))
        files = _read(dump, "files", lambda raw: File(**raw))
        messages = _read(dump, "messages", message_from)
        homes = _read(dump, "homes", lambda raw: Form(**raw))
        reads = {(str(person), str(channel)): str(last) for person, channel, last in dump.get("reads", [])}
        places = {channel.id for channel in channels}
        for message in messages:
            if message.channel not in places:
                raise BadWorld(f"messages: {message.id} is in a channel {message.channel!r} that is not there")
    except (TypeError, ValueError, AttributeError) as error:
        raise error if isinstance(error, BadWorld) else BadWorld(str(error)) from error
    world.clear()
    if dump.get("world_id"):
        world.world_id = str(dump["world_id"])
    for workspace in workspaces:
        world.workspaces[workspace.id] = workspace
    for person in people:
        world.people[person.id] = person
    for usergroup in usergroups:
        world.usergroups[usergroup.id] = usergroup
    for channel in channels:
        world.restore_channel(channel)
    for file in files:
        world.files[file.id] = file
    for message in sorted(messages, key=lambda one: one.id):
        world.restore_message(message)
    for home in homes:
        world.homes[home.person] = home
    world.reads.update(reads)


def _read(dump: Json, name: str, make: Callable[[Json], Any]) -> list[Any]:
    found = []
    for place, raw in enumerate(dump.get(name, [])):
        try:
            found.append(make(raw))
        except (TypeError, ValueError, AttributeError) as error:
            raise BadWorld(f"{name}[{place}]: {error}") from error
    return found
