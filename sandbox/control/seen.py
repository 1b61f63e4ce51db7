"""What one person sees, as JSON for scripts: places, messages with their ephemerals, forms, the App Home."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sandbox.model import Channel, Message
from sandbox.sight import channels_for, sees_channel
from sandbox.world import Missing, World

Json = dict[str, Any]


def place(world: World, channel: Channel, person_id: str) -> Json:
    return asdict(channel) | {
        "member": person_id in channel.members,
        "unread": world.unread(person_id, channel.id),
        "messages": len(world.rooms[channel.id].by_id),
    }


def said(world: World, message: Message) -> Json:
    """A message as the world holds it, with its ts, how many replies it has, and whether it is for one person alone."""
    replies = [] if message.only_for else world.replies(message.channel, message.id)
    return asdict(message) | {
        "ts": message.id,
        "replies": len(replies),
        "ephemeral": message.only_for is not None,
        "files": [asdict(world.files[one]) for one in message.files if one in world.files],
    }


def everything(world: World, person_id: str) -> Json:
    """Their places, open modals, Home and all ephemerals."""
    world.person(person_id)
    home = world.homes.get(person_id)
    return {
        "channels": [place(world, channel, person_id) for channel in channels_for(world, person_id)],
        "forms": [asdict(form) for form in world.forms_of(person_id)],
        "home": asdict(home) if home else None,
        "ephemerals": [said(world, one) for one in world.ephemerals.get(person_id, {}).values()],
    }


def messages(world: World, person_id: str, channel_id: str, thread: str, before: str, limit: int) -> list[Json]:
    """A channel's (or a thread's) newest messages, oldest first, the person's ephemerals among them."""
    channel = world.channel(channel_id)
    if not sees_channel(world, person_id, channel):
        raise Missing("channel", channel_id)
    if thread:
        found = [one for one in world.thread(channel_id, thread) if not before or one.id < before]
        found = found[-limit:]
    else:
        found = []
        for message in world.history(channel_id, "", before):
            found.append(message)
            if len(found) == limit:
                break
        found.reverse()
    own = [one for one in world.ephemerals_of(person_id, channel_id) if (one.thread or "") == thread]
    return [said(world, one) for one in sorted([*found, *own], key=lambda one: one.id)]
