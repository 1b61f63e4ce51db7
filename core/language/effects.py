"""What the desk wants done outside: rows of the outbox. Written in the transaction that decides them, carried
out later by `jobs/delivery`, in order within a conversation.

The classes here are what a platform is asked to do when a row's turn has come: by then it is known where (a place, a
message or a person), and what is shown is a finished `Card` or `Home`. Until then a row may name a conversation whose
thread is not there yet, and show a `Live` reference, which is drawn from the ticket's current state when it is sent, so
that a card that waited shows the newest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from core.language.facts import Suggestion
from core.language.places import Identity, MessageRef, Place
from core.language.views import Card, Home

EffectKind = Literal[
    "post",
    "ephemeral",
    "dm",
    "update",
    "delete",
    "react",
    "unreact",
    "upload",
    "publish_home",
    "set_thread",
    "fetch_person",
    "fetch_group",
    "fetch_file",
    "backfill_thread",
    "model",
]
# Between conversations of one channel, lower goes first.
Urgency = Literal["reply", "receipt", "reminder", "card", "background"]
URGENCIES: tuple[Urgency, ...] = ("reply", "receipt", "reminder", "card", "background")

# Where effects for the language model wait, in the place of a connection; no connection's id has brackets.
MODEL = "(model)"

LiveView = Literal["triage_card", "receipt", "copy", "home"]


@dataclass(frozen=True, slots=True)
class Live:
    """A view drawn when it is sent: `subject` is a ticket, for a copy the message, for a home the person. `part`: which
    of the posts that a long message is copied in, from 0."""

    view: LiveView
    subject: int
    part: int = 0
    kind: Literal["live"] = "live"


@dataclass(frozen=True, slots=True)
class Opens:
    """A conversation that a post begins: what it is called where such things have names (the same for each attempt, and
    no other's), and with whom it is. `private`: nobody else of the channel is to read it, where the platform can do
    that. `tags` as in `SetThread`."""

    name: str
    person: Identity | None = None
    private: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Post:
    """`place.thread` None: at the top level. `key` is stable over retries; the adapter puts it where it can find
    it again. `pings` alone may be notified. `opens`: what a customer says from now on is said below this post."""

    place: Place
    card: Card
    key: str
    pings: tuple[Identity, ...] = ()
    broadcast: bool = False
    opens: Opens | None = None
    kind: Literal["post"] = "post"


@dataclass(frozen=True, slots=True)
class Ephemeral:
    place: Place
    person: Identity
    card: Card
    kind: Literal["ephemeral"] = "ephemeral"


@dataclass(frozen=True, slots=True)
class Dm:
    person: Identity
    card: Card
    key: str
    kind: Literal["dm"] = "dm"


@dataclass(frozen=True, slots=True)
class Update:
    ref: MessageRef
    card: Card
    kind: Literal["update"] = "update"


@dataclass(frozen=True, slots=True)
class Delete:
    ref: MessageRef
    kind: Literal["delete"] = "delete"


@dataclass(frozen=True, slots=True)
class React:
    ref: MessageRef
    name: str
    kind: Literal["react"] = "react"


@dataclass(frozen=True, slots=True)
class Unreact:
    ref: MessageRef
    name: str
    kind: Literal["unreact"] = "unreact"


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes come from the blob store by `blob`."""

    place: Place
    name: str
    type: str
    blob: str
    key: str
    comment: str = ""
    kind: Literal["upload"] = "upload"


@dataclass(frozen=True, slots=True)
class PublishHome:
    person: Identity
    home: Home
    kind: Literal["publish_home"] = "publish_home"


@dataclass(frozen=True, slots=True)
class SetThread:
    """How a ticket's thread stands, wholly; repeating it is harmless. `archived`: put away, until somebody writes
    there again; `locked`: nobody but its keepers may. Of the tags `among`, which are the desk's, the thread has
    `tags`; others are people's own and stay."""

    place: Place
    archived: bool
    locked: bool
    tags: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    kind: Literal["set_thread"] = "set_thread"


@dataclass(frozen=True, slots=True)
class FetchPerson:
    person: Identity
    kind: Literal["fetch_person"] = "fetch_person"


@dataclass(frozen=True, slots=True)
class FetchGroup:
    connection: str
    group: str
    kind: Literal["fetch_group"] = "fetch_group"


@dataclass(frozen=True, slots=True)
class FetchFile:
    """`source` is the adapter's own; at most `limit` bytes."""

    connection: str
    source: Mapping[str, Any]
    limit: int
    kind: Literal["fetch_file"] = "fetch_file"


@dataclass(frozen=True, slots=True)
class BackfillThread:
    """The earlier messages of a thread on which a ticket was opened, oldest first."""

    place: Place
    kind: Literal["backfill_thread"] = "backfill_thread"


Deliverable = (
    Post
    | Ephemeral
    | Dm
    | Update
    | Delete
    | React
    | Unreact
    | Upload
    | PublishHome
    | SetThread
    | FetchPerson
    | FetchGroup
    | FetchFile
    | BackfillThread
)


@dataclass(frozen=True, slots=True)
class AskModel:
    """What a language model suggests for a ticket. `attempt` counts from 1; `waited` is real time since the ticket
    was opened. For no chat platform: the delivery hands it to whoever asks the model."""

    ticket: int
    attempt: int
    waited: timedelta
    kind: Literal["model"] = "model"


@dataclass(frozen=True, slots=True)
class PersonProfile:
    """What a platform says about a person; None, and an empty name, where it says nothing."""

    identity: Identity
    name: str
    email: str | None = None
    timezone: str | None = None
    is_bot: bool = False
    is_deleted: bool = False
    is_guest: bool = False
    home: str | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of an effect. `ref`: the message that now exists (post, dm, upload). The others belong to the
    fetching effects: `raws` are the platform's payloads, from which `normalise` makes events.
    `file_name` and `file_type` are set where the platform told them only now. `suggestion` is what a model said, None
    when it said nothing of use. `private`: only the person and the desk read what is said below it; `crowded`: there
    was no room for a thread, and it stands in the channel itself."""

    ref: MessageRef | None = None
    private: bool = False
    crowded: bool = False
    profile: PersonProfile | None = None
    members: tuple[str, ...] | None = None
    blob: str | None = None
    size: int | None = None
    file_name: str | None = None
    file_type: str | None = None
    raws: tuple[Mapping[str, Any], ...] = field(default=())
    suggestion: Suggestion | None = None
