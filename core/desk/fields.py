"""What a ticket is about: priority, type, category, subject."""

from core.desk import clocks, suggesting, telling
from core.desk.unit import Unit
from core.language.errors import Refused
from core.language.facts import Person, TicketFacts
from core.language.text import clean, cut
from core.language.words import OPEN_STATUSES, Priority, TicketType
from core.rules import sla


def set_priority(unit: Unit, ticket: TicketFacts, priority: Priority) -> TicketFacts:
    """The promises follow: due times are computed anew from when they began."""
    if ticket.priority == priority:
        return ticket
    before = ticket
    ticket = unit.change(ticket, priority=priority)
    unit.note_event(ticket.number, "priority", old=before.priority, new=priority)
    suggesting.decided(unit, ticket.number, "priority")
    clocks.priority_changed(unit, ticket)
    unit.redraw(ticket.number)
    return ticket


def cannot_wait(unit: Unit, ticket: TicketFacts, person: Person) -> TicketFacts:
    """Urgent by the customer's own word, which counts while the desk is closed. Raises Refused while it is open: then
    the team decides."""
    if ticket.priority == "urgent":
        return ticket
    if ticket.status not in OPEN_STATUSES:
        raise Refused("resolved")
    promise = sla.promise_for(unit.policy, ticket.account, ticket.priority)
    if not person.is_agent and sla.closed_until(promise, unit.now) is None:
        raise Refused("team_decides")
    ticket = set_priority(unit, ticket, "urgent")
    telling.thread(unit, ticket, "cannot_wait", name=person.name, subject=ticket.subject)
    return ticket


def set_type(unit: Unit, ticket: TicketFacts, kind: TicketType) -> TicketFacts:
    if ticket.type == kind:
        return ticket
    before = ticket
    ticket = unit.change(ticket, type=kind)
    unit.note_event(ticket.number, "type", old=before.type, new=kind)
    suggesting.decided(unit, ticket.number, "type")
    unit.redraw(ticket.number, receipt=False)
    return ticket


def set_category(unit: Unit, ticket: TicketFacts, category: str) -> TicketFacts:
    """Raises Refused for a category that desk.yaml does not list."""
    wanted = next((c for c in unit.policy.categories if c.casefold() == category.casefold()), None)
    if wanted is None:
        key = "no_category" if unit.policy.categories else "no_categories"
        raise Refused("bad_argument", key, word=category[:40], allowed=", ".join(unit.policy.categories))
    if ticket.category == wanted:
        return ticket
    before = ticket
    ticket = unit.change(ticket, category=wanted)
    unit.note_event(ticket.number, "category", old=before.category, new=wanted)
    suggesting.decided(unit, ticket.number, "category")
    unit.redraw(ticket.number, receipt=False)
    return ticket


def set_subject(unit: Unit, ticket: TicketFacts, subject: str) -> TicketFacts:
    subject = cut(" ".join(clean(subject).split()), 80)
    if not subject:
        raise Refused("bad_argument", "no_subject", number=ticket.number)
    if ticket.subject == subject:
        return ticket
    before = ticket
    ticket = unit.change(ticket, subject=subject)
    unit.note_event(ticket.number, "subject", old=before.subject, new=subject)
    suggesting.decided(unit, ticket.number, "summary")
    unit.redraw(ticket.number, receipt=False)
    return ticket
