"""One unit of the desk's work: what a transaction knows, and what it collects to be written at its end.

Timeline entries and effects are collected and written in one statement each, in order, by `flush`.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.cards.threads import standing
from core.desk import naming
from core.language.effects import EffectKind, Live
from core.language.facts import ConversationFacts, Person, TicketFacts
from core.language.places import Identity, Place
from core.language.policy import Policy
from core.language.text import ChannelLink, Text
from core.language.views import Card
from core.language.wording import Voice
from core.language.words import OPEN_STATUSES, Audience, Side
from core.rules.splitting import Rooms
from core.store import finding, outbox, queries, writes
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
    # Effects that a connection's platform has no place for, by connection.
    lacks: Mapping[str, Collection[EffectKind]] = field(default_factory=dict)
    # How what is long is divided.
    rooms: Rooms = field(default_factory=lambda: Rooms({}))
    # Whether a language model is asked about new tickets.
    asks_model: bool = False
    effects: list[Effect] = field(default_factory=list)
    _timeline: list[dict[str, Any]] = field(default_factory=list)
    _locked: dict[int, TicketFacts] = field(default_factory=dict)
    # Tickets whose threads are to show how they stand now.
    _standing: set[int] = field(default_factory=set)
    _conversations: dict[int, tuple[ConversationFacts, ...]] = field(default_factory=dict)

    @property
    def voice(self) -> Voice:
        return self.policy.voice

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

    def opened(self, ticket: TicketFacts) -> None:
        """A ticket that this transaction has written: nobody else can hold it."""
        self._locked[ticket.number] = ticket

    def refresh(self, number: int) -> TicketFacts:
        self._locked.pop(number, None)
        found = self.lock_ticket(number)
        if found is None:
            raise LookupError(f"ticket {number} vanished inside its own transaction")
        return found

    def conversations(self, number: int) -> tuple[ConversationFacts, ...]:
        """A ticket's conversations, read once a unit."""
        known = self._conversations.get(number)
        if known is None:
            known = self._conversations[number] = queries.conversations(self.tx.connection, number)
        return known

    def conversation(self, number: int, side: Side) -> ConversationFacts | None:
        return next((c for c in self.conversations(number) if c.side == side), None)

    def remember_conversations(self, number: int, found: tuple[ConversationFacts, ...]) -> None:
        self._conversations[number] = found

    def forget_conversations(self, number: int) -> None:
        self._conversations.pop(number, None)

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

    def join_account(self, person: Person, account: str) -> Person:
        writes.change_person(self.tx, person.id, account=account)
        self.tx.after_commit(lambda: self.directory.forget_person(person.id))
        return replace(person, account=account)

    def channel_link(self, on: str, channel: str) -> ChannelLink:
        return naming.channel_link(self.tx.connection, self.voice, on, channel)

    def agent_name(self, agent: str | None) -> str | None:
        return self.directory.agent_name(self.tx.connection, agent) if agent else None

    def agent_identity(self, agent: str | None, on: str) -> Identity | None:
        return self.directory.agent_identity(self.tx.connection, agent, on) if agent else None

    def agents(self) -> list[tuple[str, str]]:
        """(id, name) of everybody whom a ticket can be given to."""
        return self.directory.agents(self.tx.connection)

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
        fresh = replace(ticket, updated_at=self.now, **values)
        self._locked[ticket.number] = fresh
        if (fresh.status, fresh.priority) != (ticket.status, ticket.priority):
            self.set_threads(ticket.number)
        return fresh

    def set_threads(self, number: int) -> None:
        """At the end of this unit's effects the ticket's threads are made to stand as the ticket does."""
        self._standing.add(number)

    def redraw(self, number: int, *, receipt: bool = True) -> None:
        """The ticket's card, and the customer's receipt, show the newest state."""
        triage, customer = self.conversation(number, "triage"), self.conversation(number, "customer")
        if triage:
            self._update(triage, "card", Live("triage_card", number), urgency="card")
        if customer and receipt:
            self._update(customer, "receipt", Live("receipt", number), urgency="receipt")

    def show_copy(self, number: int, message: int, text: Text, *, shown: int = 0) -> None:
        """The copy of a message in the card's thread, in as many posts as its text takes. The `shown` ones that are
        there are drawn anew."""
        triage = self.conversation(number, "triage")
        if triage is None:
            return
        for part in range(shown):
            role = outbox.role_of("copy", part)
            self._update(triage, role, Live("copy", message, part), urgency="card", of_message=message)
        for part in range(shown, len(self.rooms.parts(triage.connection, text))):
            self.post(triage, Live("copy", message, part), purpose="copy", urgency="card", subject=message)

    def redraw_copy(self, number: int, message: int, text: Text) -> None:
        """The copy of a message in the card's thread shows its newest words; also one that this unit has yet to
        write."""
        collected = (e.shown for e in self.effects if e.kind == "post" and e.purpose == "copy" and e.subject == message)
        parts = [shown.part + 1 for shown in collected if isinstance(shown, Live)]
        shown = max([finding.copies_of(self.tx.connection, number, message), *parts])
        self.show_copy(number, message, text, shown=shown)

    def _update(
        self,
        conversation: ConversationFacts,
        role: str,
        shown: Live,
        *,
        urgency: outbox.Urgency,
        of_message: int | None = None,
    ) -> None:
        self.effects.append(
            Effect(
                kind="update",
                connection=conversation.connection,
                channel=conversation.channel,
                conversation=conversation.id,
                side=conversation.side,
                audience=_audience(conversation),
                urgency=urgency,
                purpose="nothing",
                ticket=conversation.ticket,
                of_role=role,
                of_message=of_message,
                shown=shown,
                collapse=f"{role}:{shown.subject}",
            )
        )

    def post(
        self,
        conversation: ConversationFacts,
        shown: Card | Live,
        *,
        purpose: str,
        urgency: outbox.Urgency,
        subject: int | None = None,
        pings: tuple[Identity, ...] = (),
        opens: Mapping[str, Any] | None = None,
    ) -> None:
        """A new message in one of a ticket's conversations; `opens` as `core.desk.deliver_effect` reads it."""
        self.effects.append(
            Effect(
                kind="post",
                connection=conversation.connection,
                channel=conversation.channel,
                conversation=conversation.id,
                side=conversation.side,
                audience=_audience(conversation),
                urgency=urgency,
                purpose=purpose,
                ticket=conversation.ticket,
                shown=shown,
                args={"opens": opens} if opens else {},
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

    @contextmanager
    def undoable(self) -> Iterator[None]:
        """What is done inside is undone when it raises: rows, what was collected, and what waits for the commit."""
        timeline, effects = list(self._timeline), list(self.effects)
        locked, conversations, standing = dict(self._locked), dict(self._conversations), set(self._standing)
        callbacks, topics = list(self.tx.callbacks), set(self.tx.topics)
        try:
            with self.tx.connection.begin_nested():
                yield
        except BaseException:
            self._timeline, self.effects = timeline, effects
            self._locked, self._conversations, self._standing = locked, conversations, standing
            self.tx.callbacks, self.tx.topics = callbacks, topics
            raise

    def flush(self) -> None:
        """Write what was collected. The last thing a unit does."""
        if self._timeline:
            writes.add_timeline(self.tx, self._timeline)
        wanted = [effect for effect in (*self.effects, *self._threads()) if not self.is_lacking(effect)]
        if wanted:
            outbox.enqueue(self.tx, wanted)
        self._timeline = []
        self.effects = []
        self._standing = set()

    def is_lacking(self, effect: Effect) -> bool:
        return effect.kind in self.lacks.get(effect.connection, ())

    def _threads(self) -> Iterator[Effect]:
        """What is said in a thread that was put away wakes it, so it is put away again afterwards."""
        for number in sorted(self._standing | set(self._spoken_of())):
            ticket = self._locked.get(number) or queries.ticket(self.tx.connection, number)
            if ticket and (number in self._standing or ticket.status not in OPEN_STATUSES):
                for conversation in self.conversations(number):
                    yield self._thread(ticket, conversation)

    def _spoken_of(self) -> Iterator[int]:
        for effect in self.effects:
            wakes = effect.kind in ("post", "upload") and "set_thread" not in self.lacks.get(effect.connection, ())
            if wakes and effect.conversation and effect.ticket:
                yield effect.ticket

    def _thread(self, ticket: TicketFacts, conversation: ConversationFacts) -> Effect:
        return Effect(
            kind="set_thread",
            connection=conversation.connection,
            channel=conversation.channel,
            conversation=conversation.id,
            side=conversation.side,
            audience=_audience(conversation),
            urgency="card",
            purpose="thread",
            ticket=ticket.number,
            args=standing(self.voice, ticket, conversation.side),
        )


def _audience(conversation: ConversationFacts) -> Audience:
    return "public" if conversation.side == "customer" else "internal"
