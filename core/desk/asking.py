"""Questions: lists, one ticket, and why it is as it is. They change nothing."""

from core.cards import answers
from core.desk.unit import Unit
from core.language.answers import Answer
from core.language.commands import help_for
from core.language.errors import Refused
from core.language.facts import Person, TicketFacts
from core.store import clocks, queries

_PAGE = 15
# As many as the smallest platform's message has room for.
_MOST_LATE = 30
_MOST = 100
_UNOWNED = frozenset({"unowned", "free", "new", "unassigned"})


def known_tickets(unit: Unit, person: Person) -> list[TicketFacts]:
    """Those that somebody is likely to mean: an agent's are the open ones, a customer's their own."""
    if person.is_agent:
        return queries.open_tickets(unit.tx.connection, _MOST)
    return queries.requested_tickets(unit.tx.connection, person.id, _MOST)


def help_answer(unit: Unit, person: Person) -> Answer:
    return answers.help_text(unit.voice, help_for(person.role), unit.policy.reactions, is_agent=person.is_agent)


def mine(unit: Unit, person: Person) -> Answer:
    """An agent's are the tickets they own, a customer's those they asked for."""
    connection = unit.tx.connection
    if person.is_agent and person.agent:
        found = queries.assigned_tickets(connection, person.agent, _PAGE + 1)
        lines = [answers.yours_line(unit.voice, t) for t in found[:_PAGE]]
        more = len(found) > _PAGE
        return answers.ticket_list(unit.voice, "list_yours", lines, empty="list_yours_empty", more=more)
    found = queries.requested_tickets(connection, person.id, _PAGE + 1)
    lines = [answers.customer_line(unit.voice, t) for t in found[:_PAGE]]
    return answers.ticket_list(unit.voice, "list_own", lines, empty="list_own_empty", more=len(found) > _PAGE)


def listing(unit: Unit, filter_words: str, person: Person) -> Answer:
    """Open tickets, most urgent first; `mine`, `unowned` and `late` narrow it. Raises Refused for other words."""
    connection = unit.tx.connection
    wanted = filter_words.strip().casefold()
    if wanted == "mine":
        return mine(unit, person)
    if wanted == "late":
        return _late(unit)
    unowned = wanted in _UNOWNED
    if wanted and not unowned:
        raise Refused("bad_argument", "no_list", word=wanted[:40])
    found = (queries.unowned_tickets if unowned else queries.open_tickets)(connection, _PAGE + 1)
    lines = [answers.ticket_line(unit.voice, t, unit.agent_name(t.assignee)) for t in found[:_PAGE]]
    heading, empty = ("list_unowned", "list_unowned_empty") if unowned else ("list_open", "list_open_empty")
    return answers.ticket_list(unit.voice, heading, lines, empty=empty, more=len(found) > _PAGE)


def _late(unit: Unit) -> Answer:
    """The promises that reminders speak of, so that what one only counts can be read."""
    found = clocks.pressing(unit.tx.connection, unit.now, _MOST_LATE + 1)
    lines = [
        answers.pressing_line(
            unit.voice, promise, unit.agent_name(promise.assignee), now=unit.now, timezone=unit.policy.timezone
        )
        for promise in found[:_MOST_LATE]
    ]
    more = len(found) > _MOST_LATE
    return answers.ticket_list(unit.voice, "list_late", lines, empty="list_late_empty", more=more)


def show(unit: Unit, ticket: TicketFacts, person: Person) -> Answer:
    view = queries.ticket_view(unit.tx.connection, ticket.number)
    if view is None:
        raise LookupError(f"ticket {ticket.number} vanished")
    return answers.show(
        unit.voice,
        view,
        unit.agent_name(ticket.assignee),
        now=unit.now,
        timezone=unit.policy.timezone,
        internal=person.is_agent,
    )


def why(unit: Unit, ticket: TicketFacts) -> Answer:
    timeline = queries.timeline(unit.tx.connection, ticket.number)
    names = dict(unit.agents())
    return answers.why(
        unit.voice,
        ticket,
        timeline,
        now=unit.now,
        timezone=unit.policy.timezone,
        name_of=lambda actor: names.get(actor, actor),
    )
