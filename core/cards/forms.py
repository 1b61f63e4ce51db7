"""Forms: open only where expected, short, and they say where the words go."""

from collections.abc import Sequence
from dataclasses import replace

from core.cards.parts import priority_name
from core.language.facts import TicketFacts
from core.language.text import Text, cut
from core.language.views import ChoiceInput, Form, Option, TextInput
from core.language.wording import Voice, headed
from core.language.words import PRIORITIES, TYPES


def open_ticket(voice: Voice, token: str, *, text: str = "") -> Form:
    return Form(
        title=voice.say("form_open"),
        token=token,
        submit=voice.say("form_open_submit"),
        inputs=(
            TextInput(
                "text",
                voice.say("form_open_text"),
                multiline=True,
                initial=text,
                placeholder=voice.say("form_open_placeholder"),
            ),
            ChoiceInput("priority", voice.say("form_open_priority"), _priorities(voice), initial="normal"),
        ),
    )


def follow_up(voice: Voice, ticket: TicketFacts) -> Form:
    return replace(
        open_ticket(voice, f"follow_up:{ticket.number}"),
        title=voice.say("form_follow_up", ref=ticket.ref),
    )


def reply(voice: Voice, ticket: TicketFacts, reader: Text) -> Form:
    """`reader` is a sentence that says who will read it."""
    first = ticket.requester_name.split(" ", 1)[0]
    return Form(
        title=cut(voice.say("form_reply", name=ticket.requester_name), 24),
        token=f"reply:{ticket.number}",
        submit=voice.say("form_reply_submit"),
        intro=voice.text("form_reply_intro", ref=ticket.ref, reader=reader),
        inputs=(
            TextInput(
                "text",
                voice.say("form_reply_text"),
                multiline=True,
                placeholder=voice.say("form_reply_placeholder", name=first),
            ),
            ChoiceInput(
                "then",
                voice.say("form_reply_then"),
                tuple(Option(voice.say(f"form_reply_then_{then}"), then) for then in ("open", "pending", "resolve")),
                initial="open",
            ),
        ),
    )


def note(voice: Voice, ticket: TicketFacts) -> Form:
    return Form(
        title=voice.say("form_note", ref=ticket.ref),
        token=f"note:{ticket.number}",
        submit=voice.say("form_note_submit"),
        intro=voice.text("form_note_intro"),
        inputs=(TextInput("text", voice.say("form_note_text"), multiline=True),),
    )


def assign(voice: Voice, ticket: TicketFacts, agents: Sequence[tuple[str, str]]) -> Form:
    """`agents` are (id, name), at most 100 are offered."""
    options = tuple(Option(name, agent) for agent, name in agents[:100])
    chosen = ticket.assignee if ticket.assignee else None
    return Form(
        title=voice.say("form_assign", ref=ticket.ref),
        token=f"assign:{ticket.number}",
        submit=voice.say("form_assign_submit"),
        inputs=(ChoiceInput("agent", voice.say("form_assign_agent"), options, initial=chosen),),
    )


def more(voice: Voice, ticket: TicketFacts, categories: Sequence[str]) -> Form:
    inputs: list[TextInput | ChoiceInput] = [
        TextInput("subject", voice.say("form_more_subject"), initial=ticket.subject, max_length=200),
        ChoiceInput("priority", voice.say("form_more_priority"), _priorities(voice), initial=ticket.priority),
        ChoiceInput(
            "type",
            voice.say("form_more_type"),
            tuple(Option(headed(voice.say(f"type_{t}")), t) for t in TYPES),
            initial=ticket.type,
        ),
    ]
    if categories:
        inputs.append(
            ChoiceInput(
                "category",
                voice.say("form_more_category"),
                tuple(Option(c, c) for c in categories[:100]),
                initial=ticket.category if ticket.category in categories else None,
                optional=True,
            )
        )
    return Form(
        title=voice.say("form_more", ref=ticket.ref),
        token=f"more:{ticket.number}",
        submit=voice.say("form_more_submit"),
        inputs=tuple(inputs),
    )


def _priorities(voice: Voice) -> tuple[Option, ...]:
    return tuple(Option(priority_name(voice, p), p) for p in PRIORITIES)
