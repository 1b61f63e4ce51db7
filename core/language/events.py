"""What happened on a platform, in the desk's words. Adapters' `inbound` turns a payload into one of these, or
into nothing; `desk.handle` takes them one at a time.

Every event has `raw`: the platform's payload, from which the port's `normalise` makes the event again. It is
kept only when an event is set aside (quarantined, or stored in an overflow).
`event_id` is the platform's own id of the delivery, for tracing; what makes two deliveries the same event is
the natural key (`receipt_key`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from core.language.commands import Command, is_question
from core.language.places import Identity, MessageRef, Place
from core.language.text import Text

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file on the platform. `source` is what the adapter needs to fetch it (never shown, may hold a link that
    expires)."""

    name: str
    type: str
    size: int
    source: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`at` is the platform's time of the event, UTC."""

    connection: str
    at: datetime
    event_id: str | None = None
    raw: Raw = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePosted(Event):
    """`author_home` is the organisation that the author belongs to, where the platform says it and it is not the desk's
    own; several may share a channel. `client_id` is the sending client's own id of the message, the same in two
    deliveries of one message. `thread_title` is what its thread is called, where somebody began that as a thing of its
    own and named it (a forum's post).
    `answers` is the message of its channel that it was written as an answer to, outside of threads."""

    ref: MessageRef
    author: Identity
    text: Text
    author_is_bot: bool = False
    author_home: str | None = None
    author_name: str | None = None
    files: tuple[FileRef, ...] = ()
    client_id: str | None = None
    mentions_desk: bool = False
    direct: bool = False
    broadcast: bool = False
    thread_title: str | None = None
    answers: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited(Event):
    """`edition` identifies this edit: the edit's time, or a digest of the new text where there is none."""

    ref: MessageRef
    author: Identity | None
    text: Text
    edition: str
    files: tuple[FileRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted(Event):
    ref: MessageRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionAdded(Event):
    """`name` is the platform's name of the emoji without colons and skin tone. `event_time` tells it from an earlier
    one; it is empty where the platform shows that somebody has reacted and not since when."""

    ref: MessageRef
    person: Identity
    name: str
    event_time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionRemoved(Event):
    ref: MessageRef
    person: Identity
    name: str
    event_time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction(Event):
    """Something that a person did on the desk's own surfaces; the platform waits for an answer.

    `interaction` is the platform's id of it, the natural key.
    """

    person: Identity
    interaction: str
    person_home: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPressed(Interaction):
    """A button, select or menu entry of ours: `token` as the view carried it, `value` the chosen option.
    `ref` is the message it was on (None in a form or home)."""

    token: str
    value: str | None = None
    ref: MessageRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandTyped(Interaction):
    """`/ticket …`: `text` is what stands after the command's name. `place` is where it was typed; `direct`: in a
    direct conversation with the desk. `command` is what the text means where the platform's commands have arguments
    of their own; None: the text has to be parsed."""

    text: str
    place: Place
    direct: bool = False
    command: Command | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortcutUsed(Interaction):
    """A shortcut on a message ("Open ticket", "Send to customer"), with the message as the platform gave it."""

    name: Literal["open_ticket", "send_to_customer"]
    message: MessagePosted


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSubmitted(Interaction):
    """`token` as the form carried it; `values` by the inputs' keys."""

    token: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoicesAsked(Interaction):
    """Somebody types and wants to choose. `token`: what; `ticket`, `category`, and whatever else is an agent."""

    token: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeOpened(Event):
    person: Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChanged(Event):
    """The desk's own footing in a channel changed."""

    place: Place
    change: Literal["joined", "removed", "archived", "unarchived", "deleted", "renamed"]
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChanged(Event):
    person: Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChanged(Event):
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRevoked(Event):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable(Event):
    """What the platform sent and the adapter makes no sense of. It is quarantined, so that a version that does can
    handle it. `key` is the same for a redelivery."""

    problem: str
    key: str


Inbound = (
    MessagePosted
    | MessageEdited
    | MessageDeleted
    | ReactionAdded
    | ReactionRemoved
    | ActionPressed
    | CommandTyped
    | ShortcutUsed
    | FormSubmitted
    | ChoicesAsked
    | HomeOpened
    | ChannelChanged
    | PersonChanged
    | GroupChanged
    | ConnectionRevoked
    | Unreadable
)


def posted_key(ref: MessageRef) -> str:
    return f"posted/{ref.channel}/{ref.message}"


def receipt_key(event: Inbound) -> str | None:
    """What makes an event the same event, whatever delivery it came in; None for events that may repeat freely
    (a command that only asks, a question for choices, an opened home, a reaction that is seen to be there)."""
    match event:
        case MessagePosted(ref=ref):
            return posted_key(ref)
        case MessageEdited(ref=ref, edition=edition):
            return f"edited/{ref.channel}/{ref.message}/{edition}"
        case MessageDeleted(ref=ref):
            return f"deleted/{ref.channel}/{ref.message}"
        case ReactionAdded(event_time="") | ReactionRemoved(event_time=""):
            return None
        case ReactionAdded(ref=ref):
            return f"reacted/{ref.channel}/{ref.message}/{event.person.user}/{event.name}/{event.event_time}"
        case ReactionRemoved(ref=ref):
            return f"unreacted/{ref.channel}/{ref.message}/{event.person.user}/{event.name}/{event.event_time}"
        case CommandTyped(text=text) if is_question(text):
            return None
        case ActionPressed() | CommandTyped() | ShortcutUsed() | FormSubmitted():
            return f"interaction/{event.interaction}"
        case ChannelChanged():
            return f"channel/{event.place.channel}/{event.change}/{event.event_id or event.at.isoformat()}"
        case ConnectionRevoked():
            return f"revoked/{event.event_id or event.at.isoformat()}"
        case Unreadable():
            return f"unreadable/{event.key}"
        case ChoicesAsked() | HomeOpened() | PersonChanged() | GroupChanged():
            return None


def ordering_channel(event: Inbound) -> str | None:
    """The channel within which events are handled in order; None for those that depend on no other."""
    match event:
        case MessagePosted() | MessageEdited() | MessageDeleted() | ReactionAdded() | ReactionRemoved():
            return event.ref.channel
        case ChannelChanged():
            return event.place.channel
        case _:
            return None
