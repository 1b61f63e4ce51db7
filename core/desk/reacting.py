"""Reactions: a small language for agents in a hurry. They act on any message of a ticket's conversations and on
its card; taking one off undoes one's own claim and nothing else."""

from core.cards import answers
from core.desk import backfill, commands, overtaking, ownership
from core.desk.unit import Cause, Unit
from core.language.answers import Answer
from core.language.commands import REACTION_ACTIONS, Command
from core.language.errors import Refused
from core.language.events import ReactionAdded, ReactionRemoved
from core.language.facts import Person
from core.store import finding, reactions, writes

# What customers mean by what agents do.
_BY_CUSTOMERS = {("resolve", ""): ("solved", ""), ("priority", "urgent"): ("urgent", "")}

# What a reaction does is seen on the card and the receipt; these do nothing but answer.
_QUESTIONS = frozenset({"show", "why"})


def reaction_added(unit: Unit, event: ReactionAdded) -> Answer | None:
    action = unit.policy.reactions.get(event.name)
    if action is None:
        return None
    ref = event.ref
    person = unit.person(event.person)
    if person.standing != "active":
        return None
    unit.cause = Cause(person, f"reaction {event.name}")
    found = finding.find(unit.tx.connection, ref)
    if found is None and action != "open" and overtaking.keep(unit, event, ref):
        return None
    if not _is_news(unit, event, is_on=True):
        return None
    if action == "open":
        if found is None:
            backfill.open_when_read(unit, ref, event.person.user)
        return None
    if found is None:
        return None
    meant = REACTION_ACTIONS[action]
    verb, argument = meant if person.is_agent else _BY_CUSTOMERS.get(meant, meant)
    args = {verb: argument} if argument else {}
    here = commands.Here(place=ref.place, person=event.person)
    try:
        with unit.undoable():
            answer = commands.run(unit, Command(verb, found.ticket, args), person, here)
    except Refused as refusal:
        return _once(unit, event, person, found.ticket, verb, refusal)
    return answer if verb in _QUESTIONS else None


def reaction_removed(unit: Unit, event: ReactionRemoved) -> None:
    action = unit.policy.reactions.get(event.name)
    if action is None:
        return
    ref = event.ref
    found = finding.find(unit.tx.connection, ref)
    if found is None and overtaking.keep(unit, event, ref):
        return
    if not _is_news(unit, event, is_on=False) or action != "claim" or found is None:
        return
    person = unit.person(event.person)
    if not person.is_agent:
        return
    ticket = unit.lock_ticket(found.ticket)
    if ticket and ticket.assignee == person.agent and ticket.status not in ("resolved", "closed"):
        unit.cause = Cause(person, f"reaction {event.name} taken off")
        ownership.release(unit, ticket)


def _is_news(unit: Unit, event: ReactionAdded | ReactionRemoved, *, is_on: bool) -> bool:
    """A reaction that was read from the history may be delivered late, too."""
    at = event.at if event.event_time else None
    return reactions.note(unit.tx, event.ref, event.person, event.name, is_on=is_on, at=at)


def _once(unit: Unit, event: ReactionAdded, person: Person, ticket: int, verb: str, refusal: Refused) -> Answer | None:
    """A refusal is said once to a person for a ticket and verb, however often they react."""
    first = writes.once(unit.tx, "told", f"{person.id}/{ticket}/{verb}/{refusal.code}", unit.now)
    return answers.refused(unit.voice, refusal) if first else None
