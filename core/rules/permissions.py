"""Who may do what. Everything that is not allowed here is refused.

`Verb.who` says it for each verb: anyone; the requester, that is the person who asked and everybody of the same
account, and agents; agents alone. Asked again each time somebody acts, whatever surface it came from.
"""

from typing import assert_never

from core.language.commands import Verb, allowed, help_for
from core.language.errors import Refused
from core.language.facts import Person, TicketFacts
from core.language.words import ref


def may_use(verb: Verb, person: Person) -> None:
    """Return when people of this role may use the verb at all. Asked before a ticket is looked for, so that a
    refusal says nothing about the ticket.

    Raises Refused: "not_a_person" for bots and people whose account was switched off, "not_allowed" for a verb that
    is not theirs.
    """
    match person.standing:
        case "active":
            pass
        case "bot" | "deleted":
            raise Refused("not_a_person")
        case _:
            assert_never(person.standing)
    if not allowed(verb.who, person.role):
        raise not_allowed(verb, person)


def not_allowed(verb: Verb, person: Person) -> Refused:
    *names, last = [each.name for each in help_for(person.role) if each.name != "help"]
    return Refused("not_allowed", verb=verb.name, verbs=", ".join(names), last=last)


def check(verb: Verb, person: Person, ticket: TicketFacts) -> None:
    """Return when `person` may use the verb on this ticket. Raises as `may_use`, or `not_found` for a ticket that is
    not theirs to know of."""
    may_use(verb, person)
    if not sees(person, ticket):
        raise not_found(ticket.number, person)


def sees(person: Person, ticket: TicketFacts) -> bool:
    """Whether a ticket is somebody's to see: agents see all, customers their own and their account's, but not what a
    colleague asked in private."""
    if person.is_agent or ticket.requester == person.id:
        return True
    if ticket.private:
        return False
    return person.account is not None and person.account == ticket.account


def not_found(number: int, person: Person) -> Refused:
    """The same for a number that does not exist and for somebody else's ticket: nobody learns what others asked."""
    if person.is_agent:
        return Refused("no_such_ticket", ref=ref(number))
    return Refused("no_such_ticket", "not_your_ticket", ref=ref(number))
