"""One unit of the desk's work: what a transaction knows, and what it collects to be written at its end.

Timeline entries and effects are collected and written in one statement each, in order, by `flush`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.cards import wording
from core.language.effects import Live
from core.language.facts import ConversationFacts, Person, TicketFacts
from core.language.places import Identity, MessageRef, Place
from core.language.policy import Policy
from core.language.views import Card
from core.store import outbox, queries, writes
from core.store.directory import Directory
from core.store.engine import Tx
from core.store.outbox import Effect


@dataclass(frozen=True, slots=True)
class Cause:
    """Who brings something about, and by what: "button", "reaction eyes", "rule intake every"."""

    actor: Person | None
    words: str


@dataclass(slots=True)
class Unit:
    tx: Tx
    policy: Policy
    directory: Directory
    now: datetime
    cause: Cause
    effects: list[Effect] = field(default_factory=list)
    _timeline: list[dict[str, Any]] = field(default_factory=list)
    _locked: dict[int, TicketFacts] = field(default_factory=dict)

    # --- reading ----------------------------------------------------------------------------------------------

    def lock_ticket(self, number: int) -> TicketFacts | None:
        """The ticket as it stands, locked. Lock before enqueueing, so that effects of a conversation follow the
        order of commits."""
        known = self._locked.get(number)
        if known is None:
            known = queries.ticket_for_update(self.tx.connection, number)
            if known:
                self._locked[number] = known
        return known

    def refresh(self, number: int) -> TicketFacts:
        self._locked.pop(number, None)
        found = self.lock_ticket(number)
        if found is None:
            raise LookupError(f"ticket {number} vanished inside its own transaction")
        return found

    def conversations(self, number: int) -> tuple[ConversationFacts, ...]:
        return queries.conversations(self.tx.connection, number)

    def person(self, identity: Identity, *, name: str | None = None, home: str | None = None) -> Person:
        """Who that is. A person met for the first time gets a placeholder and a fetch of their profile."""
        person, is_new = self.directory.resolve(self.tx, identity, now=self.now, name=name, home=home)
        if is_new:
            self.effects.append(
                Effect(
                    kind="fetch_person",
                    connection=identity.connection,
                    urgency="background",
                    purpose="profile",
                    person=identity.user,
                    subject=person.id,
                    collapse=f"person:{identity}",
                )
            )
        return person

    def agent_name(self, agent: str | None) -> str | None:
        return self.directory.agent_name(self.tx.connection, agent) if agent else None

    def agent_identity(self, agent: str | None, on: str) -> Identity | None:
        return self.directory.agent_identity(self.tx.connection, agent, on) if agent else None

    def say(self, key: str, **values: str) -> str:
        return wording.say(self.policy.wording, key, **values)

    # --- collecting -------------------------------------------------------------------------------------------

    def note_event(self, ticket: int, event: str, *, cause: Cause | None = None, **details: Any) -> None:
        """One line of the timeline."""
        cause = cause or self.cause
        self._timeline.append(
            {
                "ticket": ticket,
                "at": self.now,
                "actor": cause.actor.id if cause.actor else None,
                "event": event,
                "cause": cause.words,
                "details": details,
            }
        )

    def change(self, ticket: TicketFacts, **values: Any) -> TicketFacts:
        """Change columns of a locked ticket; its card follows."""
        writes.change_ticket(self.tx, ticket.number, updated_at=self.now, **values)
        fresh = _replaced(ticket, {**values, "updated_at": self.now})
        self._locked[ticket.number] = fresh
        return fresh

    def redraw(self, number: int, *, receipt: bool = True) -> None:
        """The ticket's card, and the customer's receipt, show the newest state."""
        for role, live, wanted in (("card", "triage_card", True), ("receipt", "receipt", receipt)):
            if not wanted:
                continue
            side = "triage" if role == "card" else "customer"
            conversation = next((c for c in self.conversations_of(number) if c.side == side), None)
            if conversation is None:
                continue
            self.effects.append(
                Effect(
                    kind="update",
                    connection=conversation.connection,
                    channel=conversation.channel,
                    conversation=conversation.id,
                    side=conversation.side,
                    audience="internal" if role == "card" else "public",
                    urgency="card" if role == "card" else "receipt",
                    purpose="nothing",
                    ticket=number,
                    of_role=role,
                    shown=Live("triage_card" if live == "triage_card" else "receipt", number),
                    collapse=f"{role}:{number}",
                )
            )

    _conversations: dict[int, tuple[ConversationFacts, ...]] = field(default_factory=dict)

    def conversations_of(self, number: int) -> tuple[ConversationFacts, ...]:
        """A ticket's conversations, read once a unit."""
        known = self._conversations.get(number)
        if known is None:
            known = self._conversations[number] = self.conversations(number)
        return known

    def remember_conversations(self, number: int, found: tuple[ConversationFacts, ...]) -> None:
        self._conversations[number] = found

    def conversation(self, number: int, side: str) -> ConversationFacts | None:
        return next((c for c in self.conversations_of(number) if c.side == side), None)

    def post(
        self,
        conversation: ConversationFacts,
        shown: Card | Live,
        *,
        purpose: str,
        urgency: outbox.Urgency,
        subject: int | None = None,
        pings: tuple[Identity, ...] = (),
    ) -> None:
        """A new message in one of a ticket's conversations."""
        self.effects.append(
            Effect(
                kind="post",
                connection=conversation.connection,
                channel=conversation.channel,
                conversation=conversation.id,
                side=conversation.side,
                audience="public" if conversation.side == "customer" else "internal",
                urgency=urgency,
                purpose=purpose,
                ticket=conversation.ticket,
                shown=shown,
                subject=subject,
                pings=pings,
            )
        )

    def post_at(self, place: Place, card: Card, *, purpose: str, urgency: outbox.Urgency, **more: Any) -> None:
        """A post outside any conversation: into a triage or managers' channel."""
        self.effects.append(
            Effect(
                kind="post",
                connection=place.connection,
                channel=place.channel,
                thread=place.thread,
                urgency=urgency,
                purpose=purpose,
                shown=card,
                **more,
            )
        )

    def tell_alone(self, ref: MessageRef | Place, person: Identity, card: Card) -> None:
        self.effects.append(
            Effect(
                kind="ephemeral",
                connection=ref.connection,
                channel=ref.channel,
                thread=ref.thread,
                urgency="reply",
                purpose="nothing",
                person=person.user,
                shown=card,
            )
        )

    def flush(self) -> None:
        """Write what was collected. The last thing a unit does."""
        if self._timeline:
            writes.add_timeline(self.tx, self._timeline)
        if self.effects:
            outbox.enqueue(self.tx, self.effects)
        self._timeline = []
        self.effects = []


def _replaced(ticket: TicketFacts, values: Mapping[str, Any]) -> TicketFacts:
    known = {name: getattr(ticket, name) for name in TicketFacts.__slots__}
    known.update({k: v for k, v in values.items() if k in known})
    return TicketFacts(**known)
