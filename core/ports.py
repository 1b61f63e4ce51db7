"""What the outside must offer. Adapters implement these; the composition root hands them to the jobs and to the
desk. A docstring here is the contract, and each implementation passes the same tests (`tests/contract`)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Literal, Protocol

from core.language.effects import Deliverable, Delivered, EffectKind
from core.language.events import Inbound
from core.language.places import MessageRef, Place
from core.language.text import Text


class DeliveryError(Exception):
    """Something went wrong with one effect. `code` is the platform's own word for it."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class RefusedByPlatform(DeliveryError):
    """The platform said no and will say no again (channel gone, no permission, invalid content). Not applied.

    `gone` says that the place itself is closed to the desk (archived, deleted, removed from it)."""

    def __init__(self, code: str, detail: str = "", *, gone: bool = False) -> None:
        super().__init__(code, detail)
        self.gone = gone


class RateLimited(DeliveryError):
    """Not applied; ask again after `retry_after` seconds of real time. `scope` says what has to wait: the channel, the
    effects of the same kind in every channel, or all of the connection."""

    def __init__(self, retry_after: float, scope: Literal["lane", "kind", "connection"] = "lane") -> None:
        super().__init__("rate_limited", f"retry after {retry_after:g} s")
        self.retry_after = retry_after
        self.scope = scope


class NotSent(DeliveryError):
    """Surely not applied: the request never left (refused connection, name not found). May be repeated."""


class OutcomeUnknown(DeliveryError):
    """It may or may not have been applied, or may still be (timeout, reset, 5xx, an answer that is not JSON)."""


class Revoked(DeliveryError):
    """The connection's credentials are no longer valid; nothing can be sent until the operator acts."""


@dataclass(frozen=True, slots=True)
class MethodRate:
    """How often one kind of call may be made: `count` in `seconds` of real time, per channel or per connection."""

    count: int
    seconds: float
    per: Literal["channel", "connection"]


class ChatPlatform(Protocol):
    """One connection to a chat platform."""

    connection: str

    def normalise(self, raw: Mapping[str, Any]) -> Inbound | None:
        """The event in a payload as `Event.raw` held it; None for noise. Pure and total: a payload that makes no
        sense raises ValueError. NotSent: before the platform has said who the desk is there, nobody can tell."""
        ...

    @property
    def lacks(self) -> Collection[EffectKind]:
        """Effects that have no meaning on this platform. The desk asks for none of them; `deliver` does nothing."""
        ...

    def rates(self) -> Mapping[str, MethodRate]:
        """Allowed rates by effect kind; a kind that is missing is unlimited."""
        ...

    def holds(self, text: Text) -> bool:
        """Whether one post is sure to show all of a text, below its author's name and above a line of small print, in
        each form in which it may be sent. Pure, without a call, and the same each time: what was divided by it is
        divided so again when it is drawn anew. A first part of what is held is held, too, within a few characters."""
        ...

    async def deliver(self, effect: Deliverable) -> Delivered:
        """Carry out one effect, once, without retries of its own. Raises a DeliveryError; an error of any other
        class is a defect and counts as OutcomeUnknown. Deleting what is gone, reacting twice and taking off what
        is not there succeed. Returns within 30 s."""
        ...

    async def read_back(self, effect: Deliverable, *, since: datetime) -> Delivered | None:
        """Whether an effect with an unknown outcome was applied: what it made, found by its key among the
        messages since `since` (real time, UTC), or None when it surely is not there. Effects that may be repeated
        harmlessly (update, delete, reactions, set_thread, fetches) give None. Raises a DeliveryError when it cannot
        be known now."""
        ...

    def listening_since(self) -> datetime | None:
        """Since when everything that happens has come in, or is on its way (the desk's time); None while nothing can
        come. Another time after each gap in which something may have been lost."""
        ...

    async def history(
        self, place: Place, *, after: str | None, limit: int, reactions: Collection[str] = ()
    ) -> tuple[Mapping[str, Any], ...]:
        """Payloads of messages in a channel or thread after a message id (exclusive), oldest first, of at most
        `limit` of the oldest ones; `normalise` makes events of them. A message is followed by its edit, and by who has
        reacted to it with one of `reactions`; a thread that is read from its start begins with its root. Raises a
        DeliveryError."""
        ...

    async def touched(self, channel: Place, *, after: str) -> tuple[Place, ...]:
        """Threads of a channel in which something was said after a message id, as far back as the platform can be
        asked for all of them at once. Raises a DeliveryError."""
        ...

    async def look_up(self, ref: MessageRef, *, reactions: Collection[str] = ()) -> tuple[Mapping[str, Any], ...]:
        """Payloads of a single message as it is now, like those of `history`; of one that is not there any more, its
        deletion. Raises a DeliveryError."""
        ...

    def id_at(self, at: datetime) -> str:
        """The id that a message has which is written at that time (the desk's), for `history`; made without a call."""
        ...

    def permalink(self, ref: MessageRef) -> str | None:
        """A link that opens the message, made without a call; None where the platform has none."""
        ...


Failure = Literal[
    "timeout", "unreachable", "limited", "failed", "rejected", "refused", "truncated", "unreadable", "tool", "invalid"
]


class ModelError(Exception):
    """A language model gave no answer that can be used.

    timeout, unreachable; limited: asked too often (429); failed: its own error (5xx); rejected: it does not take such
    requests, this key or this model (4xx); refused: the model declined; truncated; unreadable: no JSON, perhaps HTML;
    tool: it called a tool that nobody gave it; invalid: JSON that is not what was asked for. `retry_after` is in
    seconds of real time, where the endpoint says it."""

    def __init__(self, failure: Failure, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(f"{failure}: {detail}" if detail else failure)
        self.failure = failure
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Question:
    """`instructions` are the desk's, `material` is what others wrote. `schema` is a JSON Schema of an object, `name`
    what it is called: letters and underscores."""

    name: str
    instructions: str
    material: str
    schema: Mapping[str, Any]


class LanguageModel(Protocol):
    """Any model, near or far. It is given no tools and remembers nothing."""

    async def answer(self, question: Question, *, seconds: float) -> Mapping[str, Any]:
        """The JSON object that the model answered, which may be anything: the schema is a wish. Asks once, without
        retries, and gives up after `seconds`. Raises ModelError."""
        ...


class Clock(Protocol):
    """The time that people are promised things in; the sandbox can move it."""

    def now(self) -> datetime:
        """UTC, aware."""
        ...


class BlobStore(Protocol):
    """Bytes of attachments. Keys are random and opaque; writing is atomic."""

    def write(self, data: BinaryIO, limit: int) -> tuple[str, int]:
        """Stores at most `limit` bytes and returns (key, size). Raises ValueError when there are more; nothing is
        kept then."""
        ...

    def open(self, key: str) -> BinaryIO:
        """Raises KeyError for an unknown key."""
        ...

    def delete(self, key: str) -> None: ...
