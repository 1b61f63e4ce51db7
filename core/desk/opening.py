"""A ticket comes to be: from a message, a form, a command or a reaction."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from core.desk import clocks, saying
from core.desk.unit import Unit
from core.language.effects import Live
from core.language.errors import Refused
from core.language.events import FileRef
from core.language.facts import ConversationFacts, Person, TicketFacts
from core.language.places import Place
from core.language.policy import Account
from core.language.text import Text, clean, clean_text, first_sentence, plain, unaddressed
from core.language.words import Priority, Side
from core.store import writes
from core.store.outbox import Effect


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for, wherever it came from.

    `place` is the customer's side: a thread that exists (its root is a message), or a channel, in which case the
    receipt becomes the thread's root. None: the ticket has no customer's side. `continues` is the conversation of a
    closed ticket that is taken over. `external` is the message's id where the words stand on a platform; `author`
    is who wrote them, when that is not the requester.
    """

    requester: Person
    account: Account | None
    text: Text
    at: datetime
    place: Place | None
    external: str | None = None
    client_id: str | None = None
    files: tuple[FileRef, ...] = ()
    priority: Priority = "normal"
    author: Person | None = None
    backfill: bool = False
    continues: ConversationFacts | None = None


def asked_in(unit: Unit, channel: Place, by: Person, *, direct: bool) -> tuple[Account | None, Place | None]:
    """Whose request it is that somebody makes in a channel, and the customer's side of it; agents may ask anywhere.
    Raises Refused where the desk takes no requests."""
    owned = unit.policy.channel.get(channel.parent)
    if owned:
        return owned[0], channel
    if not direct and not by.is_agent:
        raise Refused("not_here")
    return unit.policy.account_by_id.get(by.account or ""), channel if direct else None


def follow_up(unit: Unit, closed: TicketFacts, conversation: ConversationFacts, request: Request) -> TicketFacts:
    """A closed ticket stays closed; what its customers say in its thread is a new request, which takes the thread
    over."""
    new = open_ticket(unit, replace(request, place=conversation.place, continues=conversation, backfill=False))
    unit.forget_conversations(closed.number)
    unit.note_event(new.number, "follow_up", of=closed.ref)
    unit.note_event(closed.number, "followed_up", by=new.ref)
    unit.redraw(closed.number)
    return new


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
    unit.note_event(number, "opened", account=ticket.account, team=ticket.team, priority=ticket.priority)
    customer = _customer_side(unit, number, request)
    triage = _conversation(unit, number, "triage", team.triage) if team else None
    unit.remember_conversations(number, tuple(c for c in (customer, triage) if c))
    clocks.opened(unit, ticket)
    if triage:
        unit.post(triage, Live("triage_card", number), purpose="card", urgency="card")
    if customer:
        # Where no message of the customer's is there to hang a thread on, the receipt is the thread's root.
        purpose = "receipt" if customer.thread else "root_receipt"
        unit.post(customer, Live("receipt", number), purpose=purpose, urgency="receipt")
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
    return ticket


def _subject(unit: Unit, text: Text, body: str, request: Request) -> str:
    found = first_sentence(plain(unaddressed(text)).strip() or body)
    if not found and request.files:
        return unit.voice.say("file_subject", name=clean(request.files[0].name, 70))
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
