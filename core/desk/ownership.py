"""Who has a ticket. A claim is a lock: two people never answer the same customer unknowingly."""

from core.desk import telling
from core.desk.unit import Unit
from core.language.errors import Refused
from core.language.facts import Person, TicketFacts
from core.rules import lifecycle


def claim(unit: Unit, ticket: TicketFacts, agent: Person) -> TicketFacts:
    """Make an agent the owner. Raises Refused when somebody else has it; a repeat by the owner changes nothing."""
    if ticket.assignee == agent.agent:
        return ticket
    if ticket.assignee:
        name = unit.agent_name(ticket.assignee)
        raise Refused("already_claimed", name=name, ref=ticket.ref, number=ticket.number)
    status = lifecycle.after(ticket.status, "claimed")
    ticket = unit.change(ticket, assignee=agent.agent, status=status, wants_person=False)
    unit.note_event(ticket.number, "claimed", owner=agent.agent)
    unit.redraw(ticket.number)
    return ticket


def release(unit: Unit, ticket: TicketFacts) -> TicketFacts:
    if ticket.assignee is None:
        return ticket
    before = ticket.assignee
    ticket = unit.change(ticket, assignee=None, status=lifecycle.after(ticket.status, "released"))
    unit.note_event(ticket.number, "released", owner=before)
    unit.redraw(ticket.number)
    return ticket


def assign(unit: Unit, ticket: TicketFacts, agent: str, actor: Person | None) -> TicketFacts:
    """Give a ticket to an agent, whoever has it; they hear of it unless they did it themselves."""
    if ticket.assignee == agent:
        return ticket
    before = ticket.assignee
    status = lifecycle.after(ticket.status, "assigned")
    ticket = unit.change(ticket, assignee=agent, status=status, wants_person=False)
    unit.note_event(ticket.number, "assigned", owner=agent, before=before)
    if actor is None or actor.agent != agent:
        by = actor.name if actor else unit.voice.say("the_desk")
        telling.owner(unit, ticket, "assigned_to", actor=by, subject=ticket.subject)
    unit.redraw(ticket.number)
    return ticket
