"""Which platform a change of the world concerns."""

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
from sandbox.model import Platform
from sandbox.world import World


def platform_of_change(world: World, change: Change) -> Platform | None:
    """None for what concerns them all (a person with accounts on both, the clock, …)."""
    match change:
        case MessagePosted() | MessageEdited() | ReactionAdded() | ReactionRemoved() | EphemeralShown():
            return world.platform_at(change.message.channel)
        case MessageDeleted():
            return world.platform_at(change.previous.channel)
        case ChannelChanged() | ChannelDeleted() | MemberJoined() | MemberLeft():
            return world.platform_of(change.channel)
        case EphemeralGone() | ActionFailed() | ReadMarked():
            return world.platform_at(change.channel)
        case PersonChanged():
            return None if change.person.accounts else _platform(world, change.person.workspace)
        case UsergroupChanged():
            return _platform(world, change.usergroup.workspace)
        case WorkspaceChanged():
            return change.workspace.platform
        case FormsChanged() | HomePublished() | FileChanged() | ClockMoved() | DeskChanged() | WorldReplaced():
            return None
        case _:
            assert_never(change)


def _platform(world: World, workspace_id: str) -> Platform:
    workspace = world.workspaces.get(workspace_id)
    return workspace.platform if workspace else "slack"
