"""What queries return: frozen facts. Cards, rules and commands read these and need no store."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.language.places import Place
from core.language.text import Text
from core.language.words import Audience, ClockState, Priority, Role, Side, Status, Target, TicketType


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the desk knows. `agent` is the id of those who answer: the one in desk.yaml, or `main:U0EVE` for a
    member of a group. `standing` is what the platform says: bots and deleted people can do nothing."""

    id: int
    name: str
    role: Role
    agent: str | None
    account: str | None
    email: str | None = None
    timezone: str | None = None
    standing: Literal["active", "bot", "deleted"] = "active"

    @property
    def is_agent(self) -> bool:
        return self.role in ("agent", "lead", "manager")

    @property
    def first_name(self) -> str:
        return self.name.split(" ", 1)[0]


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """One promise on one ticket. Times are UTC; `due_at` is None while paused."""

    ticket: int
    target: Target
    policy: str
    state: ClockState
    started_at: datetime
    due_at: datetime | None
    met_at: datetime | None = None
    breached_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pressing:
    """A promise that is late since `due_at`, or was warned of and is due then."""

    ticket: int
    target: Target
    due_at: datetime
    subject: str
    assignee: str | None


@dataclass(frozen=True, slots=True)
class ConversationFacts:
    """`thread` is None until its root post is known. `private`: nobody else in its channel reads it."""

    id: int
    ticket: int
    side: Side
    connection: str
    channel: str
    thread: str | None
    private: bool = False

    @property
    def place(self) -> Place:
        return Place(self.connection, self.channel, self.thread)


@dataclass(frozen=True, slots=True)
class TicketFacts:
    number: int
    status: Status
    priority: Priority
    type: TicketType
    category: str | None
    tags: tuple[str, ...]
    subject: str
    description: str
    account: str | None
    team: str | None
    assignee: str | None
    requester: int
    requester_name: str
    created_at: datetime
    updated_at: datetime
    first_response_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    problem: str | None = None
    wants_person: bool = False
    last_customer_at: datetime | None = None
    last_agent_at: datetime | None = None
    # What its customer wrote was written where nobody else reads.
    private: bool = False

    @property
    def ref(self) -> str:
        return f"T-{self.number}"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a language model proposes for a ticket, None where it proposes nothing. Never applied by itself: a person
    accepts each. `summary` is one line of its words, which would become the subject."""

    type: TicketType | None = None
    priority: Priority | None = None
    category: str | None = None
    summary: str | None = None

    @property
    def is_empty(self) -> bool:
        return self == NOTHING_SUGGESTED


NOTHING_SUGGESTED = Suggestion()


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket with what a card needs beside it. `quote` is how the customer's side begins; it `is_posted` where
    somebody wrote it in the chat, and not in a form or a command."""

    ticket: TicketFacts
    conversations: tuple[ConversationFacts, ...]
    clocks: tuple[ClockFacts, ...]
    quote: Text = ()
    problem: str | None = None
    quote_is_posted: bool = True

    def conversation(self, side: Side) -> ConversationFacts | None:
        return next((c for c in self.conversations if c.side == side), None)

    def clock(self, target: Target) -> ClockFacts | None:
        return next((c for c in self.clocks if c.target == target), None)


@dataclass(frozen=True, slots=True)
class AttachmentFacts:
    id: int
    name: str
    type: str
    size: int
    blob: str | None


@dataclass(frozen=True, slots=True)
class MessageFacts:
    id: int
    ticket: int
    author: int | None
    author_name: str
    audience: Audience
    text: Text
    body: str
    at: datetime
    revisions: int
    deleted_at: datetime | None
    attachments: tuple[AttachmentFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    at: datetime
    actor: str
    event: str
    cause: str
    details: dict[str, object]
