"""What happens to a ticket's promises when something happens to the ticket; `core/rules/sla.py` decides."""

from collections.abc import Callable
from datetime import datetime

from core.desk.unit import Unit
from core.language.facts import TicketFacts
from core.rules import sla
from core.store import clocks as rows


def _promise(unit: Unit, ticket: TicketFacts) -> sla.Promise | None:
    return sla.promise_for(unit.policy, ticket.account, ticket.priority)


def _apply(unit: Unit, ticket: TicketFacts, change: Callable[[sla.Clocks], sla.Clocks]) -> None:
    before = rows.load(unit.tx.connection, ticket.number)
    clocks = tuple(value for _, value in before)
    after = change(clocks)
    if after == clocks:
        return
    rows.save(unit.tx, ticket.number, before, after)
    _tell_timeline(unit, ticket, clocks, after)


def _tell_timeline(unit: Unit, ticket: TicketFacts, before: sla.Clocks, after: sla.Clocks) -> None:
    known = {(c.target, c.started_at): c for c in before}
    for clock in after:
        was = known.get((clock.target, clock.started_at))
        if was is None:
            _armed(unit, ticket, clock)
        elif clock.met_at and not was.met_at:
            unit.note_event(ticket.number, "clock_met", target=clock.target, late=clock.breached_at is not None)
        elif clock.due_at != was.due_at or clock.state != was.state:
            unit.note_event(
                ticket.number,
                "clock_changed",
                target=clock.target,
                state=clock.state,
                due=clock.due_at.isoformat() if clock.due_at else None,
            )


def _armed(unit: Unit, ticket: TicketFacts, clock: sla.SlaClock) -> None:
    unit.note_event(
        ticket.number,
        "clock_armed",
        target=clock.target,
        policy=clock.policy,
        due=clock.due_at.isoformat() if clock.due_at else None,
    )


def opened(unit: Unit, ticket: TicketFacts) -> datetime | None:
    """When the first answer is due, if that is promised."""
    armed = sla.on_opened(_promise(unit, ticket), unit.now)
    rows.add(unit.tx, ticket.number, armed)
    for clock in armed:
        _armed(unit, ticket, clock)
    return next((clock.due_at for clock in armed if clock.target == "first_response"), None)


def customer_wrote(unit: Unit, before: TicketFacts, ticket: TicketFacts) -> None:
    promise = _promise(unit, ticket)

    def change(clocks: sla.Clocks) -> sla.Clocks:
        if before.status != ticket.status:
            clocks = sla.on_status_change(clocks, promise, unit.now, before.status, ticket.status)
        return sla.on_customer_message(clocks, promise, unit.now)

    _apply(unit, ticket, change)


def agent_answered(unit: Unit, before: TicketFacts, ticket: TicketFacts) -> None:
    promise = _promise(unit, ticket)
    _apply(unit, ticket, lambda clocks: sla.on_agent_reply(clocks, promise, unit.now))


def status_changed(unit: Unit, before: TicketFacts, ticket: TicketFacts) -> None:
    promise = _promise(unit, ticket)
    _apply(
        unit,
        ticket,
        lambda clocks: sla.on_status_change(clocks, promise, unit.now, before.status, ticket.status),
    )


def priority_changed(unit: Unit, ticket: TicketFacts) -> None:
    promise = _promise(unit, ticket)
    _apply(
        unit,
        ticket,
        lambda clocks: sla.on_priority_change(
            clocks,
            promise,
            unit.now,
            opened_at=ticket.created_at,
            status=ticket.status,
            answered=ticket.first_response_at is not None,
        ),
    )
