"""Ephemeral answers: what was done, or what could not be done, why, and the next step."""

from collections.abc import Iterable
from datetime import datetime

from core.cards.parts import PRIORITY_NAMES, moment
from core.language.answers import Say
from core.language.commands import Verb
from core.language.errors import Refused
from core.language.facts import TicketFacts, TicketView, TimelineEntry
from core.language.text import Text, Words, bold, join, plain, words
from core.language.views import Actions, Block, Button, Card, Divider, Home, Paragraph, Small
from core.language.words import STATUS_NAMES


def said(text: str | Text, *controls: Button) -> Say:
    spans = words(text) if isinstance(text, str) else text
    blocks: tuple[Block, ...] = (Paragraph(spans),)
    if controls:
        blocks = (*blocks, Actions(controls))
    return Say(Card(fallback=plain(spans), blocks=blocks))


def refused(refusal: Refused) -> Say:
    return said(str(refusal))


def failed() -> Say:
    """Something broke on our side; it was kept and will be tried again."""
    return said("That did not work on our side. It was noted and will be looked at; please try again in a minute.")


def help_text(verbs: Iterable[Verb], *, is_agent: bool) -> Say:
    lines: list[Text] = [
        (Words("What you can do here", ("bold",)), Words("\n")),
    ]
    lines += [(Words(f"/ticket {v.usage}", ("code",)), Words(f"  {v.summary}\n")) for v in verbs]
    if is_agent:
        tail = "In threads, mention me instead: “@desk claim”. Reactions: 👀 claim, ✅ resolve, 🎫 open."
    else:
        tail = "Or simply write in your channel; each request gets a number and an answer."
    spans: Text = tuple(s for line in lines for s in line)
    return Say(Card(fallback="What you can do", blocks=(Paragraph(spans), Small(words(tail)))))


def ticket_line(ticket: TicketFacts, owner: str | None) -> Text:
    return (
        bold(f"{ticket.ref} "),
        Words(ticket.subject),
        Words(
            f"  {STATUS_NAMES[ticket.status]} · {PRIORITY_NAMES[ticket.priority]} · "
            f"{ticket.requester_name} · {owner or 'nobody yet'}"
        ),
    )


def ticket_list(heading: str, lines: list[Text], *, empty: str, more: bool) -> Say:
    if not lines:
        return said(empty)
    blocks: list[Block] = [Paragraph((bold(heading),)), Paragraph(join(lines, "\n"))]
    if more:
        blocks.append(Small(words("Only the first are shown; deskhand tickets list shows all.")))
    return Say(Card(fallback=heading, blocks=tuple(blocks)))


def customer_line(ticket: TicketFacts) -> Text:
    return (bold(f"{ticket.ref} "), Words(ticket.subject), Words(f"  {STATUS_NAMES[ticket.status]}"))


def home(name: str, open_lines: list[Text], done_lines: list[Text], *, is_agent: bool) -> Home:
    """A person's own page: their tickets; an agent's are those they own."""
    blocks: list[Block] = []
    if not open_lines and not done_lines:
        blocks.append(
            Paragraph(
                words("Nothing is assigned to you.")
                if is_agent
                else words("You have no tickets. Write in your channel, and your request appears here.")
            )
        )
    if open_lines:
        blocks += [Paragraph((bold("Open"),)), Paragraph(join(open_lines, "\n"))]
    if done_lines:
        blocks += [Divider(), Paragraph((bold("Solved"),)), Paragraph(join(done_lines, "\n"))]
    return Home(
        title=words(f"Your tickets, {name}" if not is_agent else f"Yours to answer, {name}"), blocks=tuple(blocks)
    )


def show(view: TicketView, owner: str | None, *, now: datetime, timezone: str, internal: bool) -> Say:
    ticket = view.ticket
    lines: list[Text] = [
        (bold(f"{ticket.ref} {ticket.subject}"),),
        words(f"{STATUS_NAMES[ticket.status]}, {PRIORITY_NAMES[ticket.priority].lower()} priority"),
        (Words("asked by "), Words(ticket.requester_name), Words(", "), moment(ticket.created_at, now, timezone)),
        words(f"owner: {owner or 'nobody yet'}"),
    ]
    if internal:
        for clock in view.clocks:
            shown = clock.due_at and moment(clock.due_at, now, timezone)
            state: Text = (Words(f"{clock.target.replace('_', ' ')}: {clock.state}"),)
            lines.append((*state, Words(", due "), shown) if shown and clock.met_at is None else state)
    spans = join(lines, "\n")
    return Say(Card(fallback=f"{ticket.ref} {ticket.subject}", blocks=(Paragraph(spans),)))


_EVENTS = {
    "opened": "opened",
    "joined": "message added",
    "claimed": "claimed",
    "released": "released",
    "assigned": "assigned",
    "status": "status changed",
    "priority": "priority set",
    "clock_armed": "promise made",
    "warned": "warning told",
    "breached": "promise broken",
    "met": "promise kept",
}


def why(ticket: TicketFacts, timeline: tuple[TimelineEntry, ...], *, now: datetime, timezone: str) -> Say:
    """Each line names when, what, who and the cause."""
    lines: list[Text] = []
    for entry in timeline[-25:]:
        details = ", ".join(f"{k} {v}" for k, v in entry.details.items() if v not in (None, "", []))
        lines.append(
            (
                moment(entry.at, now, timezone),
                Words(f"  {_EVENTS.get(entry.event, entry.event.replace('_', ' '))} by {entry.actor}"),
                Words(f" ({entry.cause})" + (f": {details}" if details else "")),
            )
        )
    head: Text = (bold(f"Why {ticket.ref} is as it is"),)
    note = words("Earlier steps: deskhand why.") if len(timeline) > 25 else ()
    blocks: list[Block] = [Paragraph(head), Paragraph(join(lines, "\n"))]
    if note:
        blocks.append(Small(note))
    return Say(Card(fallback=plain(head), blocks=tuple(blocks)))
