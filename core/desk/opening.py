"""A ticket comes to be: from a message, a form, a command or a reaction."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from core.cards import answers
from core.cards.customer import first_words
from core.cards.threads import standing
from core.desk import clocks, files, presence, saying, suggesting, telling
from core.desk.unit import Unit
from core.language.answers import Answer
from core.language.effects import Live
from core.language.errors import Refused
from core.language.events import FileRef
from core.language.facts import ConversationFacts, Person, TicketFacts
from core.language.places import Identity, Place
from core.language.policy import Account
from core.language.text import Text, bold, clean, clean_text, cut, first_sentence, plain, spoken, unaddressed, words
from core.language.words import Priority, Side
from core.rules import sla
from core.store import writes
from core.store.outbox import Effect


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for, wherever it came from.

    `place` is the customer's side: a thread that exists (its root is a message), or a channel, in which case the
    receipt becomes the thread's root. None: the ticket has no customer's side. `continues` is the conversation of a
    closed ticket that is taken over. `external` is the message's id where the words stand on a platform, `thread` the
    thread that they stand in there; `author` is who wrote them, when that is not the requester. `identity`
    is the requester's where they are asked back. `title` is what they called it, when they did.
    """

    requester: Person
    account: Account | None
    text: Text
    at: datetime
    place: Place | None
    external: str | None = None
    thread: str | None = None
    client_id: str | None = None
    files: tuple[FileRef, ...] = ()
    priority: Priority = "normal"
    author: Person | None = None
    backfill: bool = False
    continues: ConversationFacts | None = None
    identity: Identity | None = None
    title: str | None = None


def asked_in(unit: Unit, channel: Place, by: Person, *, direct: bool) -> tuple[Account | None, Place | None]:
    """Whose request it is that somebody makes in a channel, and the customer's side of it; agents may ask anywhere.
    Raises Refused where the desk takes no requests."""
    owned = unit.policy.channel.get(channel.parent)
    if owned:
        return presence.account_of(unit, channel, by), channel
    if not direct and not by.is_agent:
        raise Refused("not_here")
    return unit.policy.account_by_id.get(by.account or ""), channel if direct else None


def take_over(unit: Unit, closed: TicketFacts, conversation: ConversationFacts, request: Request) -> TicketFacts:
    """A closed ticket stays closed; what its customers say in its thread is a new request, which takes the thread
    over."""
    new = open_ticket(unit, replace(request, place=conversation.place, continues=conversation, backfill=False))
    unit.forget_conversations(closed.number)
    _link(unit, closed, new)
    return new


def follow_up(unit: Unit, closed: TicketFacts, by: Person, identity: Identity, text: str, priority: Priority) -> Answer:
    """A new request about what a closed ticket was about, in a conversation of its own beside the old one. Raises
    Refused when there are no words, or nowhere to say them."""
    if not text.strip():
        raise Refused("empty", "form_empty")
    old = unit.conversation(closed.number, "customer")
    if old is None:
        raise Refused("followed_up", ref=closed.ref)
    request = Request(
        requester=by,
        account=unit.policy.account_by_id.get(closed.account or ""),
        text=words(text),
        at=unit.now,
        place=old.place.parent,
        priority=priority,
        identity=identity,
    )
    new = open_ticket(unit, request)
    _link(unit, closed, new)
    return answers.done(unit.voice, "answer_opened", ref=bold(new.ref), subject=new.subject)


def _link(unit: Unit, closed: TicketFacts, new: TicketFacts) -> None:
    unit.note_event(new.number, "follow_up", of=closed.ref)
    unit.note_event(closed.number, "followed_up", by=new.ref)
    telling.thread(unit, new, "follow_up", old=bold(closed.ref), subject=closed.subject)
    unit.redraw(closed.number)


def open_ticket(unit: Unit, request: Request) -> TicketFacts:
    """The ticket, its conversations, first message, promises, receipt and card."""
    text = clean_text(request.text)
    body = plain(text)
    account = request.account
    team = unit.policy.team_for(account)
    values: dict[str, Any] = {
        "status": "new",
        "priority": request.priority,
        "type": "question",
        "category": None,
        "tags": [],
        "fields": {},
        "subject": _subject(unit, text, body, request),
        "description": body,
        "account": account.id if account else None,
        "requester": request.requester.id,
        "team": team.id if team else None,
        "assignee": None,
        "created_at": unit.now,
        "updated_at": unit.now,
        "last_customer_at": request.at,
    }
    number = writes.add_ticket(unit.tx, values)
    ticket = TicketFacts(
        number=number,
        status="new",
        priority=request.priority,
        type="question",
        category=None,
        tags=(),
        subject=str(values["subject"]),
        description=str(values["description"]),
        account=account.id if account else None,
        team=team.id if team else None,
        assignee=None,
        requester=request.requester.id,
        requester_name=request.requester.name,
        created_at=unit.now,
        updated_at=unit.now,
        first_response_at=None,
        resolved_at=None,
        closed_at=None,
        last_customer_at=request.at,
    )
    unit.opened(ticket)
    unit.note_event(number, "opened", account=ticket.account, team=ticket.team, priority=ticket.priority)
    customer = _customer_side(unit, number, request)
    triage = _conversation(unit, number, "triage", team.triage) if team else None
    unit.remember_conversations(number, tuple(c for c in (customer, triage) if c))
    due = clocks.opened(unit, ticket)
    if triage:
        unit.post(triage, Live("triage_card", number), purpose="card", urgency="card")
    if customer:
        # Where no message of the customer's is there to hang a thread on, the receipt is the thread's root.
        if request.title or not customer.thread:
            unit.set_threads(number)
        if customer.thread and _is_greeted(unit, ticket, due):
            unit.post(customer, Live("receipt", number), purpose="receipt", urgency="receipt")
        elif not customer.thread:
            opens = _opens(unit, ticket, request, customer)
            unit.post(customer, Live("receipt", number), purpose="root_receipt", urgency="receipt", opens=opens)
    home = customer or triage
    if home:
        author = request.author or request.requester
        saying.add(
            unit,
            ticket,
            saying.Said(
                conversation=home,
                author=author,
                by_agent=author.is_agent and request.external is not None,
                audience="public" if home.side == "customer" else "internal",
                text=text,
                at=request.at,
                external=request.external,
                thread=request.thread,
                client_id=request.client_id,
                files=request.files,
            ),
        )
    if request.backfill and customer and customer.thread:
        unit.effects.append(
            Effect(
                kind="backfill_thread",
                connection=customer.connection,
                channel=customer.channel,
                conversation=customer.id,
                side="customer",
                audience="public",
                urgency="background",
                purpose="backfill",
                ticket=number,
                thread=customer.thread,
            )
        )
    if triage and customer:
        suggesting.ask(unit, number)
    return ticket


def _is_greeted(unit: Unit, ticket: TicketFacts, due: datetime | None) -> bool:
    """Whether the desk's wording has a receipt for a ticket that begins like this. `due`: its first answer."""
    closed_until = sla.closed_until(sla.promise_for(unit.policy, ticket.account, ticket.priority), unit.now)
    return not unit.voice.is_silent(first_words(due, closed_until))


def _opens(unit: Unit, ticket: TicketFacts, request: Request, customer: ConversationFacts) -> dict[str, Any]:
    """The conversation that the receipt begins, as the effect carries it. Who asks by a form alone is not read by
    everybody in the channel, where the platform can keep them apart."""
    owned = unit.policy.channel.get(customer.place.parent)
    who = request.identity
    return {
        "name": f"{ticket.ref} {ticket.subject}",
        "person": who.user if who and who.connection == customer.connection else None,
        "private": owned is not None and owned[1].intake == "form",
        "tags": standing(unit.voice, ticket, "customer")["tags"],
    }


def _subject(unit: Unit, text: Text, body: str, request: Request) -> str:
    if request.title and (title := " ".join(clean(request.title).split())):
        return cut(title, 80)
    found = first_sentence(spoken(unaddressed(text)).strip() or body)
    if not found and request.files:
        return files.subject(unit, request.files[0].name)
    return found or unit.voice.say("no_text")


def _customer_side(unit: Unit, number: int, request: Request) -> ConversationFacts | None:
    if request.continues:
        writes.move_conversation(unit.tx, request.continues.id, number)
        return replace(request.continues, ticket=number)
    return _conversation(unit, number, "customer", request.place) if request.place else None


def _conversation(unit: Unit, number: int, side: Side, place: Place) -> ConversationFacts:
    identifier = writes.add_conversation(
        unit.tx,
        {
            "ticket": number,
            "side": side,
            "connection": place.connection,
            "channel": place.channel,
            "thread": place.thread,
            "created_at": unit.now,
        },
    )
    return ConversationFacts(identifier, number, side, place.connection, place.channel, place.thread)
