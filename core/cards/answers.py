"""Ephemeral answers: what was done, or what could not be done, why, and the next step."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from core.cards import story
from core.cards.parts import customer_status, in_line, linked_ref, moment, priority_name, status_name
from core.language.answers import Say
from core.language.commands import Verb
from core.language.errors import Refused
from core.language.facts import Pressing, TicketFacts, TicketView, TimelineEntry
from core.language.text import Span, Text, Words, bold, join, plain, words
from core.language.views import Actions, Block, Button, Card, Divider, Home, Paragraph, Small
from core.language.wording import Voice
from core.language.words import ref


def said(text: Text, *controls: Button) -> Say:
    blocks: tuple[Block, ...] = (Paragraph(text),)
    if controls:
        blocks = (*blocks, Actions(controls))
    return Say(Card(fallback=plain(text), blocks=blocks))


def done(voice: Voice, key: str, *, undo: str | None = None, **values: Span | Text | str) -> Say:
    """One entry of the catalogue; `undo` is the token that takes it back."""
    controls = (Button(voice.say("button_undo"), undo),) if undo else ()
    return said(voice.text(key, **values), *controls)


def refused(voice: Voice, refusal: Refused) -> Say:
    return said(words(refusal.told(voice)))


def failed(voice: Voice) -> Say:
    """Something broke on our side; it was kept and will be tried again."""
    return done(voice, "answer_failed")


# What the usual reactions look like; others are shown by name.
_EMOJI: Mapping[str, str] = {
    "ticket": "🎫",
    "eyes": "👀",
    "white_check_mark": "✅",
    "arrows_counterclockwise": "🔄",
    "rotating_light": "🚨",
}


def help_text(voice: Voice, verbs: Iterable[Verb], reactions: Mapping[str, str], *, is_agent: bool) -> Say:
    """`reactions`: what each one does, by its name."""
    lines: list[Text] = [
        (bold(voice.say("help_heading")), Words("\n")),
    ]
    lines += [
        (Words(f"/ticket {v.usage}", ("code",)), Words("  "), *voice.text(f"verb_{v.name}"), Words("\n")) for v in verbs
    ]
    tail = voice.say("help_agent" if is_agent else "help_customer")
    if is_agent and reactions:
        shown = ", ".join(f"{_EMOJI.get(name, name.join('::'))} {action}" for name, action in reactions.items())
        tail += " " + voice.say("help_reactions", reactions=shown)
    spans: Text = tuple(s for line in lines for s in line)
    return Say(Card(fallback=f"{plain(spans)}\n{tail}", blocks=(Paragraph(spans), Small(words(tail)))))


def ticket_line(voice: Voice, ticket: TicketFacts, owner: str | None) -> Text:
    return _agents_line(voice, "list_line", ticket, None, owner=owner or voice.say("nobody_yet"))


def yours_line(voice: Voice, ticket: TicketFacts, link: str | None = None) -> Text:
    """One of the tickets that its reader owns. `link` opens its card."""
    return _agents_line(voice, "list_line_yours", ticket, link)


def _agents_line(voice: Voice, key: str, ticket: TicketFacts, link: str | None, **more: str) -> Text:
    return voice.text(
        key,
        ref=linked_ref(ticket.ref, link),
        subject=in_line(ticket.subject),
        status=status_name(voice, ticket.status),
        priority=priority_name(voice, ticket.priority),
        name=ticket.requester_name,
        **more,
    )


def pressing_line(voice: Voice, promise: Pressing, owner: str | None, *, now: datetime, timezone: str) -> Text:
    """`T-12 Export fails · first response late since 14:30 · Bo Lind`."""
    at = moment(voice, promise.due_at, now, timezone)
    return voice.text(
        "list_line_due",
        ref=bold(ref(promise.ticket)),
        subject=in_line(promise.subject),
        target=voice.say(f"target_{promise.target}"),
        due=voice.text("due_late" if promise.due_at <= now else "due_at", at=at),
        owner=owner or voice.say("nobody_yet"),
    )


def customer_line(voice: Voice, ticket: TicketFacts, link: str | None = None) -> Text:
    """One of the requests of its reader. `link` opens their conversation."""
    return voice.text(
        "list_line_own",
        ref=linked_ref(ticket.ref, link),
        subject=in_line(ticket.subject),
        status=customer_status(voice, ticket.status),
    )


def ticket_list(voice: Voice, key: str, lines: list[Text], *, empty: str, more: bool) -> Say:
    """`key` is the heading's entry, `empty` the one that is said when there are no lines."""
    if not lines:
        return done(voice, empty)
    heading = voice.say(key)
    blocks: list[Block] = [Paragraph((bold(heading),)), Paragraph(join(lines, "\n"))]
    if more:
        blocks.append(Small(voice.text("list_more")))
    return Say(Card(fallback="\n".join([heading, *map(plain, lines)]), blocks=tuple(blocks)))


def home(voice: Voice, name: str, open_lines: list[Text], done_lines: list[Text], *, is_agent: bool) -> Home:
    """A person's own page: their tickets; an agent's are those they own."""
    blocks: list[Block] = []
    if not open_lines and not done_lines:
        blocks.append(Paragraph(voice.text("home_agent_empty" if is_agent else "home_customer_empty")))
    if open_lines:
        blocks += [Paragraph((bold(voice.say("home_open")),)), Paragraph(join(open_lines, "\n"))]
    if done_lines:
        blocks += [Divider(), Paragraph((bold(voice.say("home_solved")),)), Paragraph(join(done_lines, "\n"))]
    return Home(title=voice.text("home_agent" if is_agent else "home_customer", name=name), blocks=tuple(blocks))


def show(voice: Voice, view: TicketView, owner: str | None, *, now: datetime, timezone: str, internal: bool) -> Say:
    ticket = view.ticket
    lines: list[Text] = [
        (bold(f"{ticket.ref} {ticket.subject}"),),
        voice.text(
            "show_state",
            status=(status_name if internal else customer_status)(voice, ticket.status),
            priority=voice.say(f"priority_{ticket.priority}"),
        ),
        voice.text("show_asked", name=ticket.requester_name, at=moment(voice, ticket.created_at, now, timezone)),
        voice.text("show_owner", owner=owner or voice.say("nobody_yet")),
    ]
    if internal:
        for clock in view.clocks:
            target, state = voice.say(f"target_{clock.target}"), voice.say(f"clock_{clock.state}")
            if clock.due_at and clock.met_at is None:
                due = moment(voice, clock.due_at, now, timezone)
                lines.append(voice.text("show_clock_due", target=target, state=state, due=due))
            else:
                lines.append(voice.text("show_clock", target=target, state=state))
    spans = join(lines, "\n")
    return Say(Card(fallback=plain(spans), blocks=(Paragraph(spans),)))


# A ticket's newest steps; the command line tells all.
_STEPS = 25


def why(
    voice: Voice,
    ticket: TicketFacts,
    timeline: tuple[TimelineEntry, ...],
    *,
    now: datetime,
    timezone: str,
    name_of: Callable[[str], str],
) -> Say:
    """Each line names when, what, who and the cause."""

    def when(at: datetime) -> Span:
        return moment(voice, at, now, timezone)

    lines: list[Text] = [
        (when(entry.at), Words("  "), *story.told(voice, entry, when, name_of)) for entry in timeline[-_STEPS:]
    ]
    head: Text = (bold(voice.say("why_heading", ref=ticket.ref)),)
    blocks: list[Block] = [Paragraph(head), Paragraph(join(lines, "\n"))]
    if len(timeline) > _STEPS:
        blocks.append(Small(voice.text("why_more")))
    return Say(Card(fallback="\n".join(map(plain, (head, *lines))), blocks=tuple(blocks)))
