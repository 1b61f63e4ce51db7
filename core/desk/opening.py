"""A ticket comes to be: from a message, a form, a command or a reaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.desk import clocks, saying
from core.desk.unit import Unit
from core.language.effects import Live
from core.language.events import FileRef
from core.language.facts import ConversationFacts, Person, TicketFacts
from core.language.places import Place
from core.language.policy import Account
from core.language.text import Text, clean, first_sentence, plain
from core.language.words import Priority, Side
from core.store import writes
from core.store.outbox import Effect


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for, wherever it came from.

    `place` is the customer's side: a thread that exists (its root is a message), or a channel, in which case the
    receipt becomes the thread's root. None: the ticket has no customer's side.
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


def open_ticket(unit: Unit, request: Request) -> TicketFacts:
    """The ticket, its conversations, first message, promises, receipt and card."""
    body = plain(request.text)
    account = request.account
    team = unit.policy.team_for(account)
    values: dict[str, Any] = {
        "status": "new",
        "priority": request.priority,
        "type": "question",
        "category": None,
        "tags": [],
        "fields": {},
        "subject": first_sentence(body) if body else _file_subject(request),
        "description": clean(body),
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
    )
    unit.note_event(number, "opened", account=ticket.account, team=ticket.team, priority=ticket.priority)
    customer = _conversation(unit, number, "customer", request.place) if request.place else None
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
                by_agent=False,
                audience="public" if home.side == "customer" else "internal",
                text=request.text,
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


def _file_subject(request: Request) -> str:
    return f"File: {clean(request.files[0].name, 70)}" if request.files else "(no text)"


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
