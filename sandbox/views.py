"""The world's objects as the page is told about them: plain values for one person's eyes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Any, Final

from sandbox.discord import views as discord
from sandbox.model import Channel, File, Form, Message, Person
from sandbox.world import World

PAGE_LIMIT: Final = 200
"""Messages in one page at most."""

_FACES: Final = 3
_LATEST: Final = "~"
"""Greater than any message id."""


def person_view(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "handle": person.handle,
        "role": person.role,
        "organisation": person.organisation,
        "title": person.title,
        "bot": person.bot is not None,
        "app": person.app,
        "deleted": person.deleted,
        "tz": person.timezone,
        "accounts": person.accounts,
    }


def place_view(world: World, channel: Channel, person_id: str) -> dict[str, Any]:
    """`with` is the other side of a direct conversation; `staff` says that no customer is in it."""
    others = [member for member in channel.members if member != person_id]
    other = world.people.get(others[0]) if channel.kind == "im" and others else None
    # Who can read a thread is who can read its channel.
    parent = world.channels.get(channel.parent or "") if channel.kind == "thread" else None
    members = [world.people[member] for member in (parent or channel).members if member in world.people]
    view = {
        "id": channel.id,
        "on": world.platform_of(channel),
        "team": channel.workspace,
        "name": other.name if other else channel.name,
        "kind": channel.kind,
        "with": other.id if other else None,
        "archived": channel.archived,
        "member": person_id in channel.members,
        "staff": channel.kind != "im" and all(member.role != "customer" for member in members),
        "people": sum(1 for member in members if member.role != "app"),
        "topic": channel.topic or channel.purpose,
        "shared": _partners(world, channel, person_id),
        **unread_view(world, channel.id, person_id),
    }
    return view if world.on_slack(channel.workspace) else view | discord.place_extras(world, channel, person_id)


def _partners(world: World, channel: Channel, person_id: str) -> list[str]:
    """The other organisations of a shared channel, as that person calls them."""
    if not channel.shared_with:
        return []
    own = world.people[person_id].workspace
    return [
        world.workspaces[each].name
        for each in (channel.workspace, *channel.shared_with)
        if each != own and each in world.workspaces
    ]


def unread_view(world: World, channel_id: str, person_id: str) -> dict[str, Any]:
    channel = world.channel(channel_id)
    follows = channel.parent is None or person_id in channel.members
    return {
        "unread": world.unread(person_id, channel_id) if follows else 0,
        "readTo": world.reads.get((person_id, channel_id), ""),
    }


def file_view(file: File) -> dict[str, Any]:
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype,
        "size": file.size,
        "deleted": file.deleted,
    }


def message_view(world: World, message: Message) -> dict[str, Any]:
    """Keys without a value are left out."""
    replies = world.replies(message.channel, message.id) if message.only_for is None else []
    view: dict[str, Any] = {
        "ts": message.id,
        "channel": message.channel,
        "user": message.author,
        "at": message.at,
        "text": message.text,
        "thread": message.thread,
        "broadcast": message.broadcast,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "files": [file_view(world.files[file]) for file in message.files if file in world.files],
        "reactions": [{"name": name, "people": list(people)} for name, people in message.reactions.items()],
        "edited": message.edited is not None,
        "username": message.username,
        "subtype": message.subtype,
        "deleted": message.deleted,
        "only": message.only_for is not None,
    }
    if replies:
        room = world.rooms[message.channel]
        faces: list[str] = []
        for reply in reversed(replies[-20:]):
            author = room.by_id[reply].author
            if author not in faces and len(faces) < _FACES:
                faces.append(author)
        view["replies"] = {"count": len(replies), "people": faces, "last": room.by_id[replies[-1]].at}
    if world.platform_at(message.channel) == "discord":
        view |= discord.message_extras(world, message)
        original = discord.original_of(world, message)
        view["starter"] = message_view(world, original) if original else None
    return {key: value for key, value in view.items() if value or key == "text"}


def people_in(message: Message, world: World) -> set[str]:
    """Everyone whose name is needed to draw it."""
    found = {message.author, *(person for people in message.reactions.values() for person in people)}
    found.update(world.rooms[message.channel].by_id[reply].author for reply in _last_replies(world, message))
    if world.platform_at(message.channel) == "discord":
        found |= discord.people_in(world, message)
    return found


def _last_replies(world: World, message: Message) -> list[str]:
    return [] if message.only_for else world.replies(message.channel, message.id)[-20:]


def form_view(form: Form) -> dict[str, Any]:
    return {
        "id": form.id,
        "hash": form.hash,
        "payload": form.payload,
        "state": form.state,
        "errors": form.errors,
        "root": form.root,
        "previous": form.previous,
        "origin": form.origin,
    }


def page_of(
    world: World, person_id: str, channel_id: str, thread: str | None, where: dict[str, str], limit: int
) -> tuple[dict[str, Any], list[Message]]:
    """A run of messages of a channel or a thread, and the same as objects: the newest, or those `before`, `after` or
    `around` an id. The person's ephemerals stand among them."""
    room = world.rooms[channel_id]
    ids = [*([thread] if thread in room.by_id else []), *room.replies(thread)] if thread else room.top
    limit = max(1, min(limit, PAGE_LIMIT))
    side = next((name for name in ("before", "after", "around") if where.get(name)), "newest")
    match side:
        case "before":
            high = bisect_left(ids, where["before"])
            low = max(0, high - limit)
        case "after":
            low = bisect_right(ids, where["after"])
            high = min(len(ids), low + limit)
        case "around":
            middle = bisect_left(ids, where["around"])
            low, high = max(0, middle - limit // 2), min(len(ids), middle + limit // 2 + 1)
        case _:
            low, high = max(0, len(ids) - limit), len(ids)
    first = where.get("after", "") if side == "after" else ids[low] if low > 0 else ""
    last = where.get("before", _LATEST) if side == "before" else ids[high] if high < len(ids) else _LATEST
    own = _ephemerals(world.ephemerals_of(person_id, channel_id), thread, first, last)
    messages = sorted([*(room.by_id[each] for each in ids[low:high]), *own], key=lambda message: message.id)
    page = {
        "side": side,
        "messages": [message_view(world, message) for message in messages],
        "older": low > 0,
        "newer": high < len(ids),
        "missing": thread is not None and not ids,
    }
    return page, messages


def _ephemerals(all_own: Iterable[Message], thread: str | None, first: str, last: str) -> list[Message]:
    return [one for one in all_own if one.thread == thread and first < one.id < last]
