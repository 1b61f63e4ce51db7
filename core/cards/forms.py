"""Forms: open only where expected, short, and they say where the words go."""

from collections.abc import Sequence

from core.cards.parts import PRIORITY_NAMES
from core.language.facts import TicketFacts
from core.language.text import Text, Words, cut
from core.language.views import ChoiceInput, Form, Option, TextInput
from core.language.words import PRIORITIES, TYPES


def open_ticket(token: str, *, text: str = "") -> Form:
    return Form(
        title="Open a ticket",
        token=token,
        submit="Open ticket",
        inputs=(
            TextInput(
                "text",
                "What do you need?",
                multiline=True,
                initial=text,
                placeholder="What happens, since when, and what you expected",
            ),
            ChoiceInput(
                "priority",
                "How urgent is it?",
                tuple(Option(PRIORITY_NAMES[p], p) for p in PRIORITIES),
                initial="normal",
            ),
        ),
    )


def reply(ticket: TicketFacts, reader: Text) -> Form:
    """`reader` is a sentence that says who will read it."""
    first = ticket.requester_name.split(" ", 1)[0]
    return Form(
        title=cut(f"Reply to {ticket.requester_name}", 24),
        token=f"reply:{ticket.number}",
        submit="Send to customer",
        intro=(Words(f"{ticket.ref}. "), *reader),
        inputs=(
            TextInput("text", "Your answer", multiline=True, placeholder=f"Write to {first}"),
            ChoiceInput(
                "then",
                "Then",
                (
                    Option("Keep open", "open"),
                    Option("Wait for customer", "pending"),
                    Option("Mark as resolved", "resolve"),
                ),
                initial="open",
            ),
        ),
    )


def note(ticket: TicketFacts) -> Form:
    return Form(
        title=f"Note on {ticket.ref}",
        token=f"note:{ticket.number}",
        submit="Add note",
        intro=(Words("Only the team sees this."),),
        inputs=(TextInput("text", "Note", multiline=True),),
    )


def assign(ticket: TicketFacts, agents: Sequence[tuple[str, str]]) -> Form:
    """`agents` are (id, name), at most 100 are offered."""
    options = tuple(Option(name, agent) for agent, name in agents[:100])
    return Form(
        title=f"Assign {ticket.ref}",
        token=f"assign:{ticket.number}",
        submit="Assign",
        inputs=(ChoiceInput("agent", "Who takes it?", options, initial=ticket.assignee if ticket.assignee else None),),
    )


def more(ticket: TicketFacts, categories: Sequence[str]) -> Form:
    inputs: list[TextInput | ChoiceInput] = [
        TextInput("subject", "Subject", initial=ticket.subject, max_length=200),
        ChoiceInput(
            "priority",
            "Priority",
            tuple(Option(PRIORITY_NAMES[p], p) for p in PRIORITIES),
            initial=ticket.priority,
        ),
        ChoiceInput("type", "Type", tuple(Option(t.capitalize(), t) for t in TYPES), initial=ticket.type),
    ]
    if categories:
        inputs.append(
            ChoiceInput(
                "category",
                "Category",
                tuple(Option(c, c) for c in categories[:100]),
                initial=ticket.category if ticket.category in categories else None,
                optional=True,
            )
        )
    return Form(title=f"{ticket.ref}", token=f"more:{ticket.number}", submit="Save", inputs=tuple(inputs))
