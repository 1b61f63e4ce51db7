"""The records of the world's change feed, in the order in which things happened.

Objects in them are the world's own (live), except `previous`, which is a copy from before the change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.model import Channel, File, Form, Message, Person, Platform, Usergroup, Workspace


@dataclass(frozen=True, slots=True)
class MessagePosted:
    message: Message


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """`content` is False where only its dressing changed: a link preview was added, the text is the same."""

    message: Message
    previous: Message
    content: bool = True


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """`previous` is what was there; `message` is the stand-in when it had replies, else None."""

    previous: Message
    message: Message | None
    by: str


@dataclass(frozen=True, slots=True)
class ReactionAdded:
    message: Message
    person: str
    name: str
    at: str


@dataclass(frozen=True, slots=True)
class ReactionRemoved:
    message: Message
    person: str
    name: str
    at: str


@dataclass(frozen=True, slots=True)
class EphemeralShown:
    """New, or replaced in place (same id)."""

    message: Message


@dataclass(frozen=True, slots=True)
class EphemeralGone:
    person: str
    channel: str
    id: str


@dataclass(frozen=True, slots=True)
class FormsChanged:
    """The person's stack of open modals is now `forms` (the last one is on top; empty: all closed)."""

    person: str
    forms: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class HomePublished:
    home: Form


@dataclass(frozen=True, slots=True)
class ActionFailed:
    """The app did not answer a button or select: the platform shows that beside it, to this person alone."""

    person: str
    channel: str
    message: str
    action_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChannelChanged:
    """Created, renamed, shared, archived or unarchived (`what`)."""

    channel: Channel
    what: str
    by: str


@dataclass(frozen=True, slots=True)
class ChannelDeleted:
    channel: Channel
    by: str


@dataclass(frozen=True, slots=True)
class MemberJoined:
    channel: Channel
    person: str
    by: str | None


@dataclass(frozen=True, slots=True)
class MemberLeft:
    channel: Channel
    person: str
    by: str | None


@dataclass(frozen=True, slots=True)
class PersonChanged:
    person: Person


@dataclass(frozen=True, slots=True)
class UsergroupChanged:
    usergroup: Usergroup


@dataclass(frozen=True, slots=True)
class WorkspaceChanged:
    workspace: Workspace


@dataclass(frozen=True, slots=True)
class FileChanged:
    file: File


@dataclass(frozen=True, slots=True)
class ReadMarked:
    person: str
    channel: str


@dataclass(frozen=True, slots=True)
class ClockMoved:
    version: int
    offset_seconds: float


@dataclass(frozen=True, slots=True)
class DeskChanged:
    """Whether the app answers, as the platform sees it: a websocket is open, or its address took the last delivery."""

    platform: Platform
    connected: bool


@dataclass(frozen=True, slots=True)
class WorldReplaced:
    """Everything is different: started over, or another world was loaded."""

    world_id: str


Change = (
    MessagePosted
    | MessageEdited
    | MessageDeleted
    | ReactionAdded
    | ReactionRemoved
    | EphemeralShown
    | EphemeralGone
    | FormsChanged
    | HomePublished
    | ActionFailed
    | ChannelChanged
    | ChannelDeleted
    | MemberJoined
    | MemberLeft
    | PersonChanged
    | UsergroupChanged
    | WorkspaceChanged
    | FileChanged
    | ReadMarked
    | ClockMoved
    | DeskChanged
    | WorldReplaced
)
