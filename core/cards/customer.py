"""What the customer sees in their thread: the receipt that changes in place, and the few new messages that they
must not miss (an edit notifies nobody)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.cards.parts import moment, shortened
from core.language.facts import TicketView
from core.language.text import Span, Text, bold, join, plain
from core.language.views import Actions, Block, Button, Card, Paragraph, Quote
from core.language.wording import Voice


@dataclass(frozen=True, slots=True)
class ReceiptContext:
    """`opens_at` is set when the desk is closed now: the moment from which business time runs again. `asked` is what
    was asked where nobody can read it there."""

    now: datetime
    timezone: str
    voice: Voice
    owner: str | None
    opens_at: datetime | None = None
    asked: Text = ()


def receipt(view: TicketView, context: ReceiptContext) -> Card:
    ticket = view.ticket
    first = view.clock("first_response")
    due = first.due_at if first and first.met_at is None else None
    key = _key(view, due, context)
    text = _text(view, key, due, context)
    verbs: list[str] = []
    if key == "receipt_out_of_hours" and ticket.priority != "urgent":
        verbs.append("urgent")
    if ticket.status not in ("resolved", "closed"):
        verbs += ["solved"] if ticket.wants_person else ["solved", "person"]
    labels = {verb: context.voice.say(f"button_{verb}") for verb in verbs}
    controls = tuple(Button(label, f"{verb}:{ticket.number}") for verb, label in labels.items() if label)
    blocks: list[Block] = [Paragraph(text)]
    if context.asked:
        blocks.append(Quote(shortened(context.asked)))
    if controls:
        blocks.append(Actions(controls))
    return Card(fallback=plain(text), blocks=tuple(blocks))


def _text(view: TicketView, key: str, due: datetime | None, context: ReceiptContext) -> Text:
    ticket = view.ticket
    owner = bold(context.owner) if context.owner else None
    values: dict[str, Span | Text | str] = {
        "name": ticket.requester_name.split(" ", 1)[0],
        "ref": bold(ticket.ref),
        "owner": owner or "",
        # After the day on which the desk is back, that day again would say nothing.
        "due": moment(context.voice, due, context.opens_at or context.now, context.timezone) if due else "",
        "opens": moment(context.voice, context.opens_at, context.now, context.timezone) if context.opens_at else "",
    }
    keys = []
    if key == "receipt_out_of_hours":
        keys.append("receipt_urgent" if ticket.priority == "urgent" else "receipt_is_it_urgent")
    if owner and key.startswith(("receipt_received", "receipt_out_of_hours", "receipt_person")):
        keys.append("receipt_owner")
    if due and key == "receipt_person":
        keys.append("receipt_due")
    said = [text for each in keys if (text := context.voice.text(each, **values))]
    return join([context.voice.text(key, **values) or (bold(ticket.ref),), *said], " ")


def _key(view: TicketView, due: datetime | None, context: ReceiptContext) -> str:
    """The entry of the catalogue that says how the ticket stands."""
    ticket = view.ticket
    if ticket.wants_person and ticket.status in ("new", "open"):
        return "receipt_person"
    if ticket.status in ("resolved", "closed", "pending", "on_hold"):
        return f"receipt_{ticket.status}"
    if ticket.first_response_at is not None:
        return "receipt_answered" if context.owner else "receipt_answered_nobody"
    return first_words(due, context.opens_at)


def first_words(due: datetime | None, opens_at: datetime | None) -> str:
    """The entry of the catalogue that a receipt begins with."""
    if due is None:
        return "receipt_received_no_due"
    return "receipt_out_of_hours" if opens_at else "receipt_received"


def notice(
    voice: Voice, key: str, *, ref: str, owner: str | None, buttons: Sequence[tuple[str, str]] = ()
) -> Card | None:
    """A new message in the customer's thread, or None when the desk's wording turns it off. `buttons` are (label,
    token); one without a label is left out."""
    if key == "notice_pending" and not owner:
        key = "notice_pending_nobody"
    text = voice.text(key, ref=bold(ref), owner=bold(owner) if owner else "")
    controls = tuple(Button(label, token) for label, token in buttons if label)
    blocks: tuple[Block, ...] = (Paragraph(text), Actions(controls)) if controls else (Paragraph(text),)
    return Card(fallback=plain(text), blocks=blocks) if text else None


def reply(text: Text, sender: str) -> Card:
    """An agent's answer, under the agent's name."""
    return Card(fallback=plain(text), blocks=(Paragraph(text),), sender=sender)
