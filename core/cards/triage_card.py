"""The live card of a ticket in the triage channel: who asks, how urgent, what is due when, and what to do."""

from dataclasses import dataclass
from datetime import datetime

from core.cards.parts import PRIORITY_NAMES, STATUS_MARKS, moment, ref_title, shortened
from core.language.facts import ClockFacts, TicketView
from core.language.text import Text, Words, join, words
from core.language.views import Actions, Block, Button, Card, Field, Fields, Menu, Option, Paragraph, Quote, Small, Tone
from core.language.words import STATUS_NAMES


@dataclass(frozen=True, slots=True)
class TriageContext:
    """What the card shows beside the ticket: names instead of ids. `link` opens the customer's message."""

    now: datetime
    timezone: str
    account: str | None
    team: str | None
    owner: str | None
    place: Text
    link: str | None = None


def triage_card(view: TicketView, context: TriageContext) -> Card:
    ticket = view.ticket
    who = [words(context.account) if context.account else words("No account yet")]
    who.append(words(ticket.requester_name))
    who.append(context.place)
    status = f"{STATUS_MARKS[ticket.status]} {STATUS_NAMES[ticket.status]}"
    if ticket.wants_person:
        status += ", asks for a person"
    response = view.clock("next_response") or view.clock("first_response")
    resolution = view.clock("resolution")
    facts = [
        Field("Status", words(status)),
        Field("Priority", words(PRIORITY_NAMES[ticket.priority])),
        Field(_response_label(response), _due(response, context)),
        Field("Owner", words(context.owner or "nobody yet")),
    ]
    small = [
        (Words("Resolution "), *_due(resolution, context)) if resolution else (),
        words(f"team {context.team}") if context.team else (),
        words(ticket.type) if ticket.type != "question" else (),
        words(ticket.category) if ticket.category else (),
        words(", ".join(ticket.tags)),
    ]
    blocks: list[Block] = [
        Paragraph(join(who, " · ")),
        Quote(_quote(view)),
        Fields(tuple(facts)),
        Small(join(small, " · ")),
    ]
    if view.problem:
        blocks.append(Paragraph(words(f"⚠ {view.problem}")))
    blocks = [b for b in blocks if not (isinstance(b, Small | Paragraph) and not b.text)]
    late = any(c.breached_at and c.met_at is None for c in view.clocks)
    return Card(
        fallback=f"{ticket.ref} {ticket.subject} ({ticket.requester_name}, {STATUS_NAMES[ticket.status]})",
        title=ref_title(ticket.ref, ticket.subject, context.link),
        blocks=(*blocks, Actions(_buttons(view))),
        menu=_menu(view),
        tone=_tone(view, late=late),
    )


def _quote(view: TicketView) -> Text:
    """What was asked, cut. Words that were deleted are not shown any more."""
    if view.quote:
        return shortened(view.quote)
    if view.conversation("customer") and view.ticket.description:
        return (Words("This message was deleted.", ("italic",)),)
    return shortened(words(view.ticket.description or view.ticket.subject))


def _tone(view: TicketView, *, late: bool) -> Tone:
    if view.ticket.status in ("resolved", "closed"):
        return "good"
    if late:
        return "bad"
    return "warning" if view.ticket.priority in ("urgent", "high") else "neutral"


def _response_label(clock: ClockFacts | None) -> str:
    return "Next response" if clock and clock.target == "next_response" else "First response"


def _due(clock: ClockFacts | None, context: TriageContext) -> Text:
    if clock is None:
        return words("no target")
    if clock.met_at is not None:
        late = clock.breached_at is not None
        return (Words("met late at " if late else "met "), moment(clock.met_at, context.now, context.timezone))
    if clock.state == "paused" or clock.due_at is None:
        return words("paused")
    said = moment(clock.due_at, context.now, context.timezone)
    return (Words("late since " if clock.breached_at else "due "), said)


def _buttons(view: TicketView) -> tuple[Button, ...]:
    """Three actions at most, one of them primary, after the state: Claim while unowned, Reply after."""
    number = view.ticket.number
    if view.ticket.status in ("resolved", "closed"):
        return (Button("Reopen", f"reopen:{number}"),)
    claim = Button("Claim", f"claim:{number}", "primary")
    reply = Button("Reply …", f"form_reply:{number}", "primary" if view.ticket.assignee else "default")
    resolve = Button("Resolve", f"resolve:{number}")
    return (reply, resolve) if view.ticket.assignee else (claim, reply, resolve)


def _menu(view: TicketView) -> Menu:
    number = view.ticket.number
    options = [Option("Assign …", f"form_assign:{number}"), Option("Note …", f"form_note:{number}")]
    if view.ticket.status in ("new", "open"):
        options.append(Option("Wait for customer", f"pending:{number}"))
    if view.ticket.assignee:
        options.append(Option("Release", f"release:{number}"))
    options.append(Option("More …", f"form_more:{number}"))
    return Menu(f"menu:{number}", tuple(options[:5]))
