"""Where a ticket stands: waiting for the customer, on hold, solved, open again."""

from core.desk import clocks, telling
from core.desk.unit import Unit
from core.language.facts import TicketFacts
from core.language.words import OPEN_STATUSES
from core.rules import lifecycle
from core.rules.lifecycle import Happening


def _move(unit: Unit, ticket: TicketFacts, happening: Happening, event: str, **changed: object) -> TicketFacts:
    status = lifecycle.after(ticket.status, happening)
    if status == ticket.status:
        return ticket
    before = ticket
    ticket = unit.change(ticket, status=status, **changed)
    unit.note_event(ticket.number, event, old=before.status, new=status)
    clocks.status_changed(unit, before, ticket)
    unit.redraw(ticket.number)
    return ticket


def set_pending(unit: Unit, ticket: TicketFacts) -> TicketFacts:
    """We wait for the customer; they are told."""
    moved = _move(unit, ticket, "set_pending", "status")
    if moved.status != ticket.status:
        telling.customer(unit, moved, "notice_pending")
    return moved


def set_on_hold(unit: Unit, ticket: TicketFacts) -> TicketFacts:
    return _move(unit, ticket, "set_on_hold", "status")


def resolve(unit: Unit, ticket: TicketFacts) -> TicketFacts:
    moved = _move(unit, ticket, "resolved", "resolved", resolved_at=unit.now, wants_person=False)
    if moved.status != ticket.status:
        telling.customer(unit, moved, "notice_resolved")
    return moved


def solved_by_customer(unit: Unit, ticket: TicketFacts) -> TicketFacts:
    """The customer says that it is solved for them."""
    moved = _move(unit, ticket, "customer_solved", "resolved", resolved_at=unit.now, wants_person=False)
    if moved.status != ticket.status:
        telling.customer(unit, moved, "notice_resolved_by_customer")
    return moved


def close(unit: Unit, ticket: TicketFacts) -> TicketFacts:
    """For good: who has more to say about it opens a follow-up. Raises Refused for a ticket that is not solved."""
    moved = _move(unit, ticket, "closed", "closed", closed_at=unit.now)
    if moved.status != ticket.status:
        telling.customer(
            unit, moved, "notice_closed", (unit.voice.say("button_follow_up"), f"form_follow_up:{ticket.number}")
        )
    return moved


def reopen(unit: Unit, ticket: TicketFacts) -> TicketFacts:
    """Who was told that it is solved, or that we wait for them, is told of this too."""
    moved = _move(unit, ticket, "reopened", "reopened", resolved_at=None)
    if moved.status != ticket.status and ticket.status != "on_hold":
        telling.customer(unit, moved, "notice_reopened")
    return moved


def wants_person(unit: Unit, ticket: TicketFacts, name: str) -> TicketFacts:
    """The customer asks for a person: the team hears of it once, and the card says so until somebody takes it. What
    was solved is not, then. Raises Refused for a closed ticket."""
    if ticket.wants_person:
        return ticket
    if ticket.status not in OPEN_STATUSES:
        ticket = reopen(unit, ticket)
    ticket = unit.change(ticket, wants_person=True)
    unit.note_event(ticket.number, "person_wanted")
    telling.thread(unit, ticket, "wants_person", name=name, subject=ticket.subject)
    unit.redraw(ticket.number)
    return ticket
