"""What a language model suggests for a new ticket: asked for beside everything else, shown on the card, and done only
when a person says so."""

from dataclasses import asdict, dataclass

from sqlalchemy.engine import Connection

from core.desk.unit import Cause, Unit
from core.language.commands import Command, Verb, verb
from core.language.effects import MODEL
from core.language.errors import Refused
from core.language.facts import Suggestion, TicketFacts
from core.language.words import OPEN_STATUSES
from core.ports import Question
from core.rules import suggesting as rules
from core.store import queries, suggestions
from core.store.directory import Directory
from core.store.outbox import Effect

# Later messages add little to what a request is about.
_MESSAGES = 20
# Each is taken over by the verb that a person would use. A summary becomes the subject.
_VERBS = {"type": "type", "priority": "priority", "category": "category", "summary": "subject"}


def ask(unit: Unit, number: int) -> None:
    """Have the model asked, after this transaction and in a lane of its own."""
    if unit.asks_model:
        unit.effects.append(
            Effect(kind="model", connection=MODEL, urgency="background", purpose="suggestion", ticket=number)
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What the model is asked, and what was said, for reading its answer."""

    question: Question
    said: tuple[str, ...]


def asked(connection: Connection, directory: Directory, number: int) -> Asked | None:
    """What to ask about a ticket. Only what its customers wrote in public is in it. None when it is solved meanwhile,
    or when they wrote nothing."""
    ticket = queries.ticket(connection, number)
    if ticket is None or ticket.status not in OPEN_STATUSES:
        return None
    wrote = suggestions.said_in_public(connection, number, most=_MESSAGES)
    people = {author: directory.by_id(connection, author) for author, _ in wrote}
    # What an agent says in a command for a customer stands on the customer's side and may not be meant for outside.
    said = tuple(body for author, body in wrote if body.strip() and (who := people[author]) and not who.is_agent)
    if not said:
        return None
    return Asked(rules.question(said, directory.policy.categories), said)


def keep(unit: Unit, number: int, found: Suggestion) -> None:
    """Show what is worth it on the ticket's card. One that was solved, or decided on, meanwhile stays as it is."""
    ticket = unit.lock_ticket(number)
    if ticket is None:
        return
    happened = {entry.event for entry in queries.timeline(unit.tx.connection, number)}
    shown = rules.offered(ticket, rules.undecided(found, happened))
    if shown.is_empty:
        return
    suggestions.keep(unit.tx, number, shown, unit.now)
    # The timeline holds no free text of a model's: what is shown of it can be erased.
    details = {name: True if name == "summary" else value for name, value in asdict(shown).items() if value is not None}
    unit.note_event(number, "suggested", cause=Cause(None, "model"), **details)
    unit.redraw(number, receipt=False)


def decided(unit: Unit, number: int, field: str) -> None:
    """A person has chosen `field` for the ticket: nothing is suggested there any more."""
    suggestions.decided(unit.tx, number, field)


def verb_for(field: str) -> Verb:
    """What sets a field by hand. Raises Refused for a field that is none: a forged or outdated button."""
    found = verb(_VERBS.get(field, ""))
    if found is None:
        raise Refused("stale")
    return found


def acceptance(unit: Unit, ticket: TicketFacts, field: str) -> Command:
    """The command that takes over what is suggested for `field`. Raises Refused when nothing is, any more."""
    by_hand = verb_for(field)
    value = getattr(rules.offered(ticket, suggestions.of_ticket(unit.tx.connection, ticket.number)), field)
    if value is None:
        raise Refused("not_suggested", ref=ticket.ref, number=ticket.number, verb=by_hand.name)
    return Command(by_hand.name, ticket.number, {by_hand.param or "": value})
