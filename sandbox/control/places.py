"""Who is in which place, and which places there are: coming, going, archiving."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from sandbox.control.endpoint import BadRequest, Endpoint, Given
from sandbox.control.people import WHERE, WHO, actor, visible
from sandbox.discord import threads
from sandbox.model import Channel, Message, Person
from sandbox.sight import sees_channel
from sandbox.slack.interact import Refused
from sandbox.world import World

if TYPE_CHECKING:
    from sandbox.app import Sandbox

Json = dict[str, Any]

_LOOKED_THROUGH: Final = 500
"""The newest messages of each place."""


def direct(sandbox: Sandbox, given: Given) -> Json:
    person = actor(sandbox, given)
    home = "slack" if sandbox.world.on_slack(person.workspace) else "discord"
    match given.text("on", home):
        case "slack":
            return {"channel": sandbox.slack.direct_channel(person).id}
        case "discord" if home == "discord" or "discord" in person.accounts:
            return {"channel": sandbox.discord.direct_channel(person).id}
        case other:
            raise BadRequest(f"{person.name} is not on {other!r}")


def customer(sandbox: Sandbox, given: Given) -> Json:
    """A message's thread where it has one, else the place itself; or where the app said these words last."""
    world = sandbox.world
    if given.text("words"):
        spot = _told_to_customers(world, given.text("words"))
        if spot is None:
            return {"person": None, "channel": "", "thread": ""}
        channel, message = spot
    else:
        channel, message = world.channel(given.needed("channel")), given.text("message")
    thread = world.channels.get(message)
    if thread is not None and thread.parent == channel.id:
        channel = thread
    person = _customer_in(world, channel, message)
    # A thread may yet be begun from a message; in Discord's direct conversations there are none.
    threads_there = world.on_slack(channel.workspace) or channel.kind != "im"
    threaded = channel.id if channel.parent else message if threads_there else ""
    return {"person": person.id if person else None, "channel": channel.parent or channel.id, "thread": threaded}


def _told_to_customers(world: World, words: str) -> tuple[Channel, str] | None:
    """The place, and on Slack the root, of the app's newest message with these words that a customer can read."""
    pattern = re.compile(rf"\b{re.escape(words)}\b")
    newest: Message | None = None
    for channel in world.channels.values():
        if not any(sees_channel(world, one.id, channel) for one in world.people.values() if one.role == "customer"):
            continue
        room = world.rooms[channel.id]
        for message_id in sorted(room.by_id, reverse=True)[:_LOOKED_THROUGH]:
            message = room.by_id[message_id]
            said = world.people.get(message.author)
            from_app = said is not None and said.role == "app"
            if from_app and pattern.search(f"{message.text} {json.dumps(message.blocks)}"):
                newest = message if newest is None or message.at > newest.at else newest
                break
    return (world.channels[newest.channel], newest.thread or newest.id) if newest else None


def _customer_in(world: World, channel: Channel, message: str) -> Person | None:
    """Who wrote there first; in a place that is not everybody's, whoever is in it."""
    if channel.parent is not None:
        root = world.find_message(channel.parent, channel.id)
        said = [*([root] if root else []), *reversed(list(world.history(channel.id)))]
    else:
        said = world.thread(channel.id, message) if message else []
    closed = channel.kind in ("im", "private", "private_thread") or bool(channel.shared_with)
    ids = [*(one.author for one in said), *(channel.members if closed else [])]
    people = (world.people.get(one) for one in ids)
    return next((one for one in people if one is not None and one.role == "customer"), None)


def join(sandbox: Sandbox, given: Given) -> Json:
    person = actor(sandbox, given)
    return _enter(sandbox, visible(sandbox, person, given.needed("channel")), person, None)


def invite(sandbox: Sandbox, given: Given) -> Json:
    by = actor(sandbox, given)
    channel = visible(sandbox, by, given.needed("channel"))
    return _enter(sandbox, channel, sandbox.world.person(given.needed("person")), by)


def _enter(sandbox: Sandbox, channel: Channel, person: Person, by: Person | None) -> Json:
    if channel.archived:
        raise Refused("is_archived", "That channel is archived.")
    changed = sandbox.world.join(channel.id, person.id, by.id if by else None)
    if changed and sandbox.world.platform_of(channel) == "slack":
        text = f"<@{person.id}> has joined the channel"
        sandbox.world.post(channel.id, person.id, text, subtype="channel_join")
    return {"changed": changed}


def leave(sandbox: Sandbox, given: Given) -> Json:
    person = actor(sandbox, given)
    return _exit(sandbox, visible(sandbox, person, given.needed("channel")), person, None)


def remove(sandbox: Sandbox, given: Given) -> Json:
    by = actor(sandbox, given)
    channel = visible(sandbox, by, given.needed("channel"))
    return _exit(sandbox, channel, sandbox.world.person(given.needed("person")), by)


def _exit(sandbox: Sandbox, channel: Channel, person: Person, by: Person | None) -> Json:
    if person.id not in channel.members:
        return {"changed": False}
    if sandbox.world.platform_of(channel) == "discord":
        return {"changed": sandbox.world.leave(channel.id, person.id, by.id if by else None)}
    text = f"<@{person.id}> has left the channel"
    sandbox.world.post(channel.id, person.id, text, subtype="channel_leave")
    return {"changed": sandbox.world.leave(channel.id, person.id, by.id if by else None)}


def archive(sandbox: Sandbox, given: Given) -> Json:
    person = actor(sandbox, given)
    channel = visible(sandbox, person, given.needed("channel"))
    return {"changed": _archive(sandbox, channel, person, archived=True)}


def unarchive(sandbox: Sandbox, given: Given) -> Json:
    person = actor(sandbox, given)
    channel = visible(sandbox, person, given.needed("channel"))
    return {"changed": _archive(sandbox, channel, person, archived=False)}


def _archive(sandbox: Sandbox, channel: Channel, person: Person, *, archived: bool) -> bool:
    if channel.parent is not None and channel.archived != archived:
        threads.set_archived(sandbox.discord, channel, person.id, archived=archived)
        return True
    return sandbox.world.archive(channel.id, person.id, archived=archived)


def delete_channel(sandbox: Sandbox, given: Given) -> Json:
    person = actor(sandbox, given)
    channel = visible(sandbox, person, given.needed("channel"))
    for thread in sandbox.world.threads_of(channel.id):
        sandbox.world.delete_channel(thread.id, person.id)
    sandbox.world.delete_channel(channel.id, person.id)
    return {}


_IN_CHANNEL = {"as": WHO, "channel": WHERE}

ENDPOINTS = (
    Endpoint(
        "POST",
        "/control/direct",
        "Open a person's direct conversation with the app",
        direct,
        {"as": WHO, "on": "`slack` or `discord`; the platform of their workspace by default"},
        "`channel`",
    ),
    Endpoint(
        "GET",
        "/control/customer",
        "Whose side of a conversation that is: the customer who wrote there, or for whom the place is",
        customer,
        {
            "channel": WHERE,
            "message": "ts of a thread's root, or of a message with a thread",
            "words": "in place of these: what the app said to them, like `T-12`",
        },
        "`person` (null where there is none), `channel`, `thread`",
    ),
    Endpoint("POST", "/control/join", "Join a channel", join, _IN_CHANNEL, "`changed`"),
    Endpoint("POST", "/control/leave", "Leave a channel", leave, _IN_CHANNEL, "`changed`"),
    Endpoint(
        "POST", "/control/invite", "Add somebody, or the bot", invite, _IN_CHANNEL | {"person": "who"}, "`changed`"
    ),
    Endpoint("POST", "/control/remove", "Remove somebody, or the bot", remove, _IN_CHANNEL | {"person": "who"}),
    Endpoint("POST", "/control/archive", "Archive a channel", archive, _IN_CHANNEL, "`changed`"),
    Endpoint("POST", "/control/unarchive", "Unarchive it", unarchive, _IN_CHANNEL, "`changed`"),
    Endpoint("POST", "/control/delete-channel", "Delete a channel with all that was said", delete_channel, _IN_CHANNEL),
)
