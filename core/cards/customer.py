"""What the customer sees in their thread: the receipt that changes in place, and the few new messages that they
must not miss (an edit notifies nobody)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.cards.parts import moment, sentence
from core.cards.wording import say
from core.language.facts import TicketView
from core.language.text import Span, Text, Words, bold, plain
from core.language.views import Actions, Button, Card, Paragraph


@dataclass(frozen=True, slots=True)
class ReceiptContext:
    """`opens_at` is set when the desk is closed now: the moment from which business time runs again."""

    now: datetime
    timezone: str
    wording: Mapping[str, str]
    owner: str | None
    opens_at: datetime | None = None


def receipt(view: TicketView, context: ReceiptContext) -> Card:
    ticket = view.ticket
    first = view.clock("first_response")
    due = first.due_at if first and first.met_at is None else None
    if ticket.wants_person and ticket.status in ("new", "open"):
        text = sentence(context.wording, "receipt_person", {"ref": bold(ticket.ref)})
    else:
        text = _state(view, due, context)
    controls: tuple[Button, ...] = ()
    if ticket.status not in ("resolved", "closed"):
        solved = Button(say(context.wording, "button_solved"), f"solved:{ticket.number}")
        person = Button(say(context.wording, "button_person"), f"person:{ticket.number}")
        controls = (solved,) if ticket.wants_person else (solved, person)
    blocks = (Paragraph(text), Actions(controls)) if controls else (Paragraph(text),)
    return Card(fallback=plain(text), blocks=blocks)


def _state(view: TicketView, due: datetime | None, context: ReceiptContext) -> Text:
    ticket = view.ticket
    owner = bold(context.owner) if context.owner else None
    values: dict[str, Span | Text | str] = {
        "name": ticket.requester_name.split(" ", 1)[0],
        "ref": bold(ticket.ref),
        "owner": owner or "",
        "due": moment(due, context.now, context.timezone) if due else "",
        "opens": moment(context.opens_at, context.now, context.timezone) if context.opens_at else "",
    }
    if ticket.status in ("resolved", "closed", "pending", "on_hold"):
        return sentence(context.wording, f"receipt_{ticket.status}", values)
    if ticket.first_response_at is not None:
        return sentence(context.wording, "receipt_answered" if owner else "receipt_answered_nobody", values)
    if due is None:
        key = "receipt_received_no_due"
    else:
        key = "receipt_out_of_hours" if context.opens_at else "receipt_received"
    text = sentence(context.wording, key, values)
    return (*text, Words(" "), *sentence(context.wording, "receipt_owner", values)) if owner else text


def notice(wording: Mapping[str, str], key: str, *, ref: str, owner: str | None) -> Card | None:
    """A new message in the customer's thread, or None when the desk's wording turns it off."""
    if key == "notice_pending" and not owner:
        key = "notice_pending_nobody"
    text = sentence(wording, key, {"ref": bold(ref), "owner": bold(owner) if owner else ""})
    return Card(fallback=plain(text), blocks=(Paragraph(text),)) if text else None


def reply(text: Text, sender: str) -> Card:
    """An agent's answer, under the agent's name."""
    return Card(fallback=plain(text), blocks=(Paragraph(text),), sender=sender)
