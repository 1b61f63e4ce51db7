"""The live card of a ticket in the triage channel: who asks, how urgent, what is due when, and what to do."""

from dataclasses import dataclass
from datetime import datetime

from core.cards import suggestions
from core.cards.copies import deleted
from core.cards.parts import STATUS_MARKS, moment, priority_name, ref_title, shortened, status_name
from core.language.facts import NOTHING_SUGGESTED, ClockFacts, Suggestion, TicketView
from core.language.text import Text, join, words
from core.language.views import Actions, Block, Button, Card, Field, Fields, Menu, Option, Paragraph, Quote, Small, Tone
from core.language.wording import Voice


@dataclass(frozen=True, slots=True)
class TriageContext:
    """What the card shows beside the ticket: names instead of ids. `link` opens the customer's message;
    `suggestion` is what is worth suggesting now."""

    voice: Voice
    now: datetime
    timezone: str
    account: str | None
    team: str | None
    owner: str | None
    place: Text
    link: str | None = None
    suggestion: Suggestion = NOTHING_SUGGESTED


def triage_card(view: TicketView, context: TriageContext) -> Card:
    ticket, voice = view.ticket, context.voice
    who = [words(context.account or voice.say("card_no_account"))]
    who.append(words(ticket.requester_name))
    who.append(context.place)
    status = f"{STATUS_MARKS[ticket.status]} {status_name(voice, ticket.status)}"
    if ticket.wants_person:
        status = voice.say("card_asks_for_person", status=status)
    response = view.clock("next_response") or view.clock("first_response")
    resolution = view.clock("resolution")
    facts = [
        Field(voice.say("card_status"), words(status)),
        Field(voice.say("card_priority"), words(priority_name(voice, ticket.priority))),
        Field(voice.say(_response_label(response)), _due(response, context)),
        Field(voice.say("card_owner"), words(context.owner or voice.say("nobody_yet"))),
    ]
    small = [
        voice.text("card_resolution", due=_due(resolution, context)) if resolution else (),
        voice.text("card_team", team=context.team) if context.team else (),
        voice.text(f"type_{ticket.type}") if ticket.type != "question" else (),
        words(ticket.category) if ticket.category else (),
        words(", ".join(ticket.tags)),
    ]
    blocks: list[Block] = [
        Paragraph(join(who, " · ")),
        Quote(_quote(view, voice)),
        Fields(tuple(facts)),
        Small(join(small, " · ")),
    ]
    if view.problem:
        blocks.append(Paragraph(words(f"⚠ {view.problem}")))
    blocks = [b for b in blocks if not (isinstance(b, Small | Paragraph) and not b.text)]
    late = any(c.breached_at and c.met_at is None for c in view.clocks)
    return Card(
        fallback=voice.say(
            "card_fallback",
            ref=ticket.ref,
            subject=ticket.subject,
            name=ticket.requester_name,
            status=status_name(voice, ticket.status),
        ),
        title=ref_title(ticket.ref, ticket.subject, context.link),
        blocks=(
            *blocks,
            *suggestions.blocks(voice, ticket.number, context.suggestion),
            *_actions(view, voice),
        ),
        menu=_menu(view, voice),
        tone=_tone(view, late=late),
    )


def _quote(view: TicketView, voice: Voice) -> Text:
    """What was asked, cut. Words that were deleted are not shown any more."""
    if view.quote:
        return shortened(view.quote)
    if view.conversation("customer") and view.ticket.description:
        return deleted(voice)
    return shortened(words(view.ticket.description or view.ticket.subject))


def _tone(view: TicketView, *, late: bool) -> Tone:
    if view.ticket.status in ("resolved", "closed"):
        return "good"
    if late:
        return "bad"
    return "warning" if view.ticket.priority in ("urgent", "high") else "neutral"


def _response_label(clock: ClockFacts | None) -> str:
    return "card_next_response" if clock and clock.target == "next_response" else "card_first_response"


def _due(clock: ClockFacts | None, context: TriageContext) -> Text:
    voice = context.voice
    if clock is None:
        return voice.text("due_none")
    if clock.met_at is not None:
        met_at = moment(voice, clock.met_at, context.now, context.timezone)
        return voice.text("due_met_late" if clock.breached_at is not None else "due_met", at=met_at)
    if clock.state == "paused" or clock.due_at is None:
        return voice.text("due_paused")
    due_at = moment(voice, clock.due_at, context.now, context.timezone)
    return voice.text("due_late" if clock.breached_at else "due_at", at=due_at)


def _actions(view: TicketView, voice: Voice) -> tuple[Block, ...]:
    found = _buttons(view, voice)
    return (Actions(found),) if found else ()


def _buttons(view: TicketView, voice: Voice) -> tuple[Button, ...]:
    """Three actions at most, one of them primary, after the state: Claim while unowned, Reply after."""
    number = view.ticket.number
    if view.ticket.status == "closed":
        return ()
    if view.ticket.status == "resolved":
        return (Button(voice.say("action_reopen"), f"reopen:{number}"),)
    owned = bool(view.ticket.assignee)
    claim = Button(voice.say("action_claim"), f"claim:{number}", "primary")
    reply = Button(voice.say("action_reply"), f"form_reply:{number}", "primary" if owned else "default")
    resolve = Button(voice.say("action_resolve"), f"resolve:{number}")
    return (reply, resolve) if owned else (claim, reply, resolve)


def _menu(view: TicketView, voice: Voice) -> Menu:
    number = view.ticket.number
    options = [
        Option(voice.say("action_assign"), f"form_assign:{number}"),
        Option(voice.say("action_note"), f"form_note:{number}"),
    ]
    if view.ticket.status in ("new", "open"):
        options.append(Option(voice.say("action_pending"), f"pending:{number}"))
    if view.ticket.status == "resolved":
        options.append(Option(voice.say("action_close"), f"close:{number}"))
    if view.ticket.assignee:
        options.append(Option(voice.say("action_release"), f"release:{number}"))
    options.append(Option(voice.say("action_more"), f"form_more:{number}"))
    return Menu(f"menu:{number}", tuple(options[:5]))
