"""What one person can see: the only filter between the world and a viewer."""

from __future__ import annotations

from typing import assert_never

from sandbox.changes import (
    ActionFailed,
    Change,
    ChannelChanged,
    ChannelDeleted,
    ClockMoved,
    DeskChanged,
    EphemeralGone,
    EphemeralShown,
    FileChanged,
    FormsChanged,
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
    WorldReplaced,
)
from sandbox.model import Channel, File
from sandbox.world import World


def sees_channel(world: World, person_id: str, channel: Channel) -> bool:
    """Members do; so do a workspace's own people for a public channel of it."""
    if person_id in channel.members:
        return True
    person = world.people.get(person_id)
    return channel.kind == "public" and person is not None and person.workspace == channel.workspace


def sees_file(world: World, person_id: str, file: File) -> bool:
    if file.owner == person_id:
        return True
    channels = (world.channels.get(channel_id) for channel_id in file.channels)
    return any(channel is not None and sees_channel(world, person_id, channel) for channel in channels)


def channels_for(world: World, person_id: str) -> list[Channel]:
    """Places they can open, archived ones included, in the order of their creation."""
    return [channel for channel in world.channels.values() if sees_channel(world, person_id, channel)]


def sees_change(world: World, person_id: str, change: Change) -> bool:
    """Whether that change may reach that person's page. Losing sight of a place is also told to the one who lost it."""

    def there(channel_id: str) -> bool:
        channel = world.channels.get(channel_id)
        return channel is not None and sees_channel(world, person_id, channel)

    match change:
        case MessagePosted() | MessageEdited() | ReactionAdded() | ReactionRemoved():
            return there(change.message.channel)
        case MessageDeleted():
            return there(change.previous.channel)
        case EphemeralShown():
            return change.message.only_for == person_id
        case EphemeralGone() | FormsChanged() | ActionFailed() | ReadMarked():
            return change.person == person_id
        case HomePublished():
            return change.home.person == person_id
        case ChannelChanged() | ChannelDeleted():
            return sees_channel(world, person_id, change.channel)
        case MemberJoined() | MemberLeft():
            return change.person == person_id or sees_channel(world, person_id, change.channel)
        case FileChanged():
            return sees_file(world, person_id, change.file)
        case PersonChanged() | UsergroupChanged() | ClockMoved() | DeskChanged() | WorldReplaced():
            return True
        case _:
            assert_never(change)
