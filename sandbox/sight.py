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
    WorkspaceChanged,
    WorldReplaced,
)
from sandbox.model import Channel, File, Platform
from sandbox.world import World


def sees_channel(world: World, person_id: str, channel: Channel) -> bool:
    """Members do; so do a workspace's own people for a public channel of it; and of a thread that is not private, who
    sees the channel that it belongs to."""
    if channel.parent is not None:
        parent = world.channels.get(channel.parent)
        if parent is None or not sees_channel(world, person_id, parent):
            return False
        return channel.kind == "thread" or person_id in channel.members
    if person_id in channel.members:
        return True
    person = world.people.get(person_id)
    return channel.kind in ("public", "forum") and person is not None and world.belongs(person, channel.workspace)


def sees_file(world: World, person_id: str, file: File) -> bool:
    if file.owner == person_id:
        return True
    channels = (world.channels.get(channel_id) for channel_id in file.channels)
    return any(channel is not None and sees_channel(world, person_id, channel) for channel in channels)


def channels_for(world: World, person_id: str, platform: Platform | None = None) -> list[Channel]:
    """Places they can open (on one platform, or on all), archived ones included, in the order of their creation."""
    return [
        channel
        for channel in world.channels.values()
        if platform in (None, world.platform_of(channel)) and sees_channel(world, person_id, channel)
    ]


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
        case PersonChanged() | UsergroupChanged() | WorkspaceChanged() | ClockMoved() | DeskChanged() | WorldReplaced():
            return True
        case _:
            assert_never(change)
