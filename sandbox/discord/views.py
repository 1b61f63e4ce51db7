"""What the page is told of Discord beyond what both platforms have: threads, forums, answers, commands."""

from __future__ import annotations

from typing import Any, Final

from sandbox.discord import commands
from sandbox.discord import permissions as may
from sandbox.discord.seed import GUILD
from sandbox.discord.shapes import LOADING
from sandbox.discord.threads import CREATED, STARTER
from sandbox.model import Channel, Message, Person
from sandbox.world import World

Json = dict[str, Any]

_FACES: Final = 3
_RECENT: Final = 20
_EXCERPT: Final = 280
_ANSWERED: Final = 160
_LOOKED_AT: Final = 200
OLD_THREADS: Final = 100
"""Archived threads that the page is told of at its start, the newest; others when they are opened."""


def shown_at_start(channels: list[Channel]) -> list[Channel]:
    archived = [one for one in channels if one.parent is not None and one.archived]
    left_out = {one.id for one in archived[:-OLD_THREADS]}
    return [one for one in channels if one.id not in left_out]


def thread_of(world: World, message: Message) -> Channel | None:
    """The thread that was begun from a message."""
    found = world.channels.get(message.id)
    return found if found is not None and found.parent == message.channel else None


def starter_of(world: World, message: Message) -> Message | None:
    """What stands at the head of that thread for the message that it was begun from."""
    thread = thread_of(world, message)
    top = world.rooms[thread.id].top if thread is not None else []
    first = world.rooms[message.id].by_id[top[0]] if top else None
    return first if first is not None and first.traits.get("type") == STARTER else None


def place_extras(world: World, channel: Channel, person_id: str) -> Json:
    if channel.kind == "forum":
        bits = may.in_channel(world, world.people[person_id], channel)
        manages = bool(bits & may.MANAGE_THREADS) or world.people[person_id].role == "manager"
        tags = [
            {"id": str(one["id"]), "name": one["name"], "open": manages or not one.get("moderated")}
            for one in channel.traits.get("tags", [])
        ]
        return {"tags": tags}
    if channel.parent is None:
        return {}
    room = world.rooms[channel.id]
    first = room.by_id[room.top[0]] if room.top else None
    last = room.by_id[room.top[-1]] if room.top else None
    view: Json = {
        "parent": channel.parent,
        "locked": bool(channel.traits.get("locked")),
        "owner": channel.creator,
        "tags": [str(one) for one in channel.traits.get("applied_tags", [])],
        "count": _count(world, channel),
        "last": last.at if last else channel.created,
    }
    parent = world.channels.get(channel.parent)
    if parent is not None and parent.kind == "forum" and first is not None:
        view["first"] = {"user": first.author, "text": first.text[:_EXCERPT]}
    return view


def _count(world: World, thread: Channel) -> int:
    """What was said in it after the message that it is about."""
    room = world.rooms[thread.id]
    first = room.by_id[room.top[0]] if room.top else None
    headed = first is not None and (first.traits.get("type") == STARTER or first.id == thread.id)
    return len(room.top) - headed


def message_extras(world: World, message: Message) -> Json:
    """What a view of a message has beside what both platforms have. `starter` is for the caller to fill in."""
    kind = message.traits.get("type")
    view: Json = {"on": "discord", "loading": bool(int(message.traits.get("flags", 0)) & LOADING)}
    reference = message.traits.get("reference") or {}
    if kind == CREATED:
        view["began"] = reference.get("channel_id")
    elif kind != STARTER and reference.get("message_id"):
        answered = world.find_message(reference["channel_id"], reference["message_id"])
        view["answers"] = (
            {"ts": answered.id, "user": answered.author, "text": answered.text[:_ANSWERED]} if answered else {"ts": ""}
        )
    asked = message.traits.get("interaction")
    if asked:
        person = world.find_person(asked["user"]["id"])
        view["asked"] = {"user": person.id if person else "", "name": asked["name"]}
    thread = thread_of(world, message)
    if thread is not None:
        room = world.rooms[thread.id]
        view["replies"] = {
            "count": _count(world, thread),
            "people": _faces(world, thread),
            "last": room.by_id[room.top[-1]].at if room.top else thread.created,
            "name": thread.name,
        }
    return view


def _faces(world: World, thread: Channel) -> list[str]:
    room = world.rooms[thread.id]
    said = (room.by_id[one] for one in reversed(room.top[-_RECENT:]))
    return list(dict.fromkeys(one.author for one in said if one.traits.get("type") != STARTER))[:_FACES]


def original_of(world: World, message: Message) -> Message | None:
    """What a thread's starter stands for."""
    reference = message.traits.get("reference") or {}
    if message.traits.get("type") != STARTER:
        return None
    return world.find_message(str(reference.get("channel_id")), str(reference.get("message_id")))


def answers_to(world: World, message: Message) -> list[Message]:
    """Of the newest in the place, those that reply to it."""
    room = world.rooms.get(message.channel)
    newest = [room.by_id[one] for one in room.top[-_LOOKED_AT:]] if room is not None else []
    return [one for one in newest if (one.traits.get("reference") or {}).get("message_id") == message.id]


def people_in(world: World, message: Message) -> set[str]:
    """Whose names its extras need."""
    found: set[str] = set()
    original = original_of(world, message)
    if original is not None:
        found |= {original.author, *(person for people in original.reactions.values() for person in people)}
    reference = message.traits.get("reference") or {}
    answered = world.find_message(str(reference.get("channel_id")), str(reference.get("message_id")))
    if answered is not None:
        found.add(answered.author)
    thread = thread_of(world, message)
    return found | set(_faces(world, thread)) if thread is not None else found


# Commands


def commands_for(world: World, person: Person) -> list[Json]:
    """The app's slash commands for that person, each with its verbs (subcommands) and their options."""
    return [_command(one) for one in _offered(world, person, commands.CHAT)]


def menus_for(world: World, person: Person) -> list[Json]:
    """What stands in a message's context menu."""
    rows = _offered(world, person, commands.MESSAGE)
    return [{"type": "message", "callback_id": one["name"], "name": one["name"], "on": "discord"} for one in rows]


def _offered(world: World, person: Person, kind: int) -> list[Json]:
    workspace = world.workspaces.get(GUILD)
    if workspace is None or not world.belongs(person, GUILD):
        return []
    bits = may.in_guild(world, person, GUILD)
    rows = {one["name"]: one for name in ("global_commands", "commands") for one in workspace.traits.get(name, [])}
    return [one for one in rows.values() if one["type"] == kind and _may(one, bits)]


def _may(command: Json, bits: int) -> bool:
    needed = command.get("default_member_permissions")
    return needed is None or (int(needed) != 0 and bits & int(needed) == int(needed))


def _command(one: Json) -> Json:
    return {
        "name": f"/{one['name']}",
        "description": one.get("description") or "",
        "verbs": list(_verbs(one.get("options") or [], "")),
        "options": _options(one),
    }


def _verbs(options: list[Json], before: str) -> list[Json]:
    verbs: list[Json] = []
    for one in options:
        name = f"{before}{one['name']}"
        if one["type"] == commands.GROUP:
            verbs += _verbs(one.get("options") or [], f"{name} ")
        elif one["type"] == commands.SUBCOMMAND:
            verbs.append({"name": name, "help": one.get("description") or "", "options": _options(one)})
    return verbs


def _options(one: Json) -> list[Json]:
    return [
        {
            "name": option["name"],
            "help": option.get("description") or "",
            "kind": _KINDS.get(option["type"], "text"),
            "needed": bool(option.get("required")),
            "choices": [{"name": each["name"], "value": str(each["value"])} for each in option.get("choices") or []],
            "completed": bool(option.get("autocomplete")),
        }
        for option in one.get("options") or []
        if option["type"] not in (commands.SUBCOMMAND, commands.GROUP)
    ]


_KINDS: Final = {commands.USER_OPTION: "person", commands.CHANNEL: "place", commands.BOOLEAN: "yes"}
