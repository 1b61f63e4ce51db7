"""Ephemeral answers: what was done, or what could not be done, why, and the next step."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from core.cards import story
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


# What the usual reactions look like; others are shown by name.
_EMOJI: Mapping[str, str] = {
    "ticket": "🎫",
    "eyes": "👀",
    "white_check_mark": "✅",
    "arrows_counterclockwise": "🔄",
    "rotating_light": "🚨",
}


def help_text(verbs: Iterable[Verb], reactions: Mapping[str, str], *, is_agent: bool) -> Say:
    """`reactions`: what each one does, by its name."""
    lines: list[Text] = [
        (Words("What you can do here", ("bold",)), Words("\n")),
    ]
    lines += [(Words(f"/ticket {v.usage}", ("code",)), Words(f"  {v.summary}\n")) for v in verbs]
    if is_agent:
        tail = "In threads, mention me instead: “@desk claim”."
        if reactions:
            shown = [f"{_EMOJI.get(name, name.join('::'))} {action}" for name, action in reactions.items()]
            tail += f" Reactions: {', '.join(shown)}."
    else:
        tail = (
            "Or simply write in your channel; each request gets a number and an answer. "
            "Where there are no commands, mention me: “@desk mine”."
        )
    spans: Text = tuple(s for line in lines for s in line)
    return Say(Card(fallback=f"{plain(spans)}{tail}", blocks=(Paragraph(spans), Small(words(tail)))))


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
    return Say(Card(fallback="\n".join([heading, *map(plain, lines)]), blocks=tuple(blocks)))


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
    return Say(Card(fallback=plain(spans), blocks=(Paragraph(spans),)))


# A ticket's newest steps; the command line tells all.
_STEPS = 25


def why(
    ticket: TicketFacts,
    timeline: tuple[TimelineEntry, ...],
    *,
    now: datetime,
    timezone: str,
    name_of: Callable[[str], str],
) -> Say:
    """Each line names when, what, who and the cause."""
    lines: list[Text] = [
        (
            moment(entry.at, now, timezone),
            Words("  "),
            *story.told(entry, lambda at: moment(at, now, timezone), name_of),
        )
        for entry in timeline[-_STEPS:]
    ]
    head: Text = (bold(f"Why {ticket.ref} is as it is"),)
    blocks: list[Block] = [Paragraph(head), Paragraph(join(lines, "\n"))]
    if len(timeline) > _STEPS:
        blocks.append(Small(words("Earlier steps: deskhand why.")))
    return Say(Card(fallback="\n".join(map(plain, (head, *lines))), blocks=tuple(blocks)))
