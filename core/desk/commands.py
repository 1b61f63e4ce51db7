"""Carry out a command, whatever surface it came from. Rights are checked here, each time."""

from dataclasses import dataclass
from typing import cast

from core.cards import answers, forms
from core.desk import asking, fields, opening, ownership, replying, status
from core.desk.unit import Unit
from core.language.answers import Answer, OpenForm
from core.language.commands import Command, argument, help_for
from core.language.commands import verb as verb_named
from core.language.errors import Refused
from core.language.facts import Person, TicketFacts
from core.language.places import Identity, Place
from core.language.text import Text, bold, words
from core.language.views import Button
from core.language.words import PRIORITIES, Priority, TicketType
from core.rules import permissions
from core.store import queries


@dataclass(frozen=True, slots=True)
class Here:
    """Where a command was given. `ticket` is the one that the place implies; `root` the thread that would hang on
    the message it was given in (None for a slash command, which stands in no message)."""

    place: Place
    person: Identity
    ticket: int | None = None
    root: Place | None = None
    direct: bool = False


def run(unit: Unit, command: Command, actor: Person, here: Here) -> Answer | None:
    """Raises Refused when it cannot be done; nothing has been changed then."""
    found = verb_named(command.verb)
    if found is None:
        raise Refused("unknown_command", f"I do not know “{command.verb[:40]}”.", "Type help to see what there is.")
    if not found.ticket:
        permissions.may_use(found, actor)
        return _without_ticket(unit, command, actor, here)
    permissions.may_use(found, actor)
    number = command.ticket or here.ticket or _only_candidate(unit, command.verb, actor)
    ticket = unit.lock_ticket(number)
    if ticket is None:
        raise permissions.not_found(number, actor)
    permissions.check(found, actor, ticket)
    return _on_ticket(unit, command, actor, here, ticket)


def _without_ticket(unit: Unit, command: Command, actor: Person, here: Here) -> Answer | None:
    match command.verb:
        case "help":
            return answers.help_text(help_for(actor.role), is_agent=actor.is_agent)
        case "mine":
            return asking.mine(unit, actor)
        case "list":
            return asking.listing(unit, command.args.get("words", ""), actor)
        case "open":
            return open_by_words(unit, command.args.get("text", ""), actor, here, "normal")
        case other:
            raise AssertionError(f"the verb {other} is in the table and not carried out")


def _on_ticket(unit: Unit, command: Command, actor: Person, here: Here, ticket: TicketFacts) -> Answer | None:
    ref = bold(ticket.ref)
    match command.verb:
        case "show":
            return asking.show(unit, ticket, actor)
        case "why":
            return asking.why(unit, ticket)
        case "claim":
            mine = ticket.assignee == actor.agent
            ownership.claim(unit, ticket, actor)
            if mine:
                return answers.said((ref, *words(" was yours already.")))
            return answers.said((ref, *words(" is yours now.")), Button("Undo", f"release:{ticket.number}"))
        case "release":
            if ticket.assignee and ticket.assignee != actor.agent and actor.role == "agent":
                name = unit.agent_name(ticket.assignee)
                raise Refused("not_yours", f"{name} has {ticket.ref}.", "Ask for it, or assign it to yourself.")
            ownership.release(unit, ticket)
            return answers.said((ref, *words(" is back in the queue.")))
        case "assign":
            return _assign(unit, ticket, command.args["agent"], actor, here)
        case "reply":
            replying.reply(unit, ticket, actor, words(command.args["text"]))
            return answers.said((*words("Sent to the customer on "), ref, *words(".")))
        case "note":
            replying.note(unit, ticket, actor, words(command.args["text"]))
            return answers.said((*words("Noted on "), ref, *words(". Only the team sees it.")))
        case "priority":
            priority = cast(Priority, argument("priority", command.args["priority"]))
            fields.set_priority(unit, ticket, priority)
            return _set(ref, "priority", priority, ticket.priority, f"priority:{ticket.number}:{ticket.priority}")
        case "type":
            kind = cast(TicketType, argument("type", command.args["type"]))
            fields.set_type(unit, ticket, kind)
            return _set(ref, "type", kind, ticket.type, f"type:{ticket.number}:{ticket.type}")
        case "category":
            fields.set_category(unit, ticket, command.args["category"])
            return answers.said((ref, *words(f" is now in {command.args['category']}.")))
        case "subject":
            fields.set_subject(unit, ticket, command.args["text"])
            return answers.said((ref, *words(" has its new subject.")))
        case "pending":
            return _status(ref, ticket, status.set_pending(unit, ticket), "now waits for the customer")
        case "hold":
            return _status(ref, ticket, status.set_on_hold(unit, ticket), "is on hold")
        case "resolve":
            return _status(ref, ticket, status.resolve(unit, ticket), "is resolved")
        case "reopen":
            return _status(ref, ticket, status.reopen(unit, ticket), "is open again")
        case "solved":
            if actor.is_agent:
                return _status(ref, ticket, status.resolve(unit, ticket), "is resolved")
            return _status(ref, ticket, status.solved_by_customer(unit, ticket), "is solved. Thank you")
        case "person":
            status.wants_person(unit, ticket, actor.name)
            return answers.said(words("The team knows that you would like a person to look at it."))
        case other:
            raise AssertionError(f"the verb {other} is in the table and not carried out")


def _set(ref: object, what: str, new: str, old: str, undo: str) -> Answer:
    text: Text = (cast("bold", ref), *words(f" has {what} {new} now."))  # type: ignore[valid-type]
    return answers.said(text, Button("Undo", undo)) if new != old else answers.said(text)


def _status(ref: object, before: TicketFacts, after: TicketFacts, what: str) -> Answer:
    done = " already" if before.status == after.status else ""
    return answers.said((bold(before.ref), *words(f" {what}{done}.")))


def _assign(unit: Unit, ticket: TicketFacts, word: str, actor: Person, here: Here) -> Answer:
    me = word.strip().casefold() in ("me", "myself")
    agent = None if me else unit.directory.find_agent(unit.tx.connection, word, here.person.connection)
    target = actor.agent if me else agent.id if agent else None
    if target is None:
        names = ", ".join(a.id for a in unit.policy.agents[:12])
        raise Refused("no_such_agent", f"I know no agent “{word[:40]}”.", f"Use one of: {names}.")
    ownership.assign(unit, ticket, target, actor)
    return answers.said((bold(ticket.ref), *words(f" is with {unit.agent_name(target)} now.")))


def _only_candidate(unit: Unit, verb: str, actor: Person) -> int:
    """The ticket that a command without a number can only mean. Raises Refused, with the choice, otherwise."""
    connection = unit.tx.connection
    if not actor.is_agent:
        candidates = queries.requested_tickets(connection, actor.id, 3)
    elif verb == "claim":
        candidates = queries.unowned_tickets(connection, 6)
    else:
        candidates = queries.assigned_tickets(connection, actor.agent or "", 6)
    if len(candidates) == 1:
        return candidates[0].number
    if not candidates:
        raise Refused("which_ticket", "Which ticket?", f"Type: {verb} <number>")
    listed = ", ".join(f"{t.ref} {t.subject[:30]}" for t in candidates[:5])
    raise Refused("which_ticket", f"Which ticket? {listed}", f"Type: {verb} {candidates[0].number}")


def open_by_words(unit: Unit, text: str, actor: Person, here: Here, priority: Priority) -> Answer:
    """A ticket from words that stand in no message of their own (a command, a form)."""
    if not text.strip():
        return OpenForm(forms.open_ticket(f"open:{here.place.channel}"))
    if priority not in PRIORITIES:
        raise Refused("bad_argument", f"“{priority}” is not a priority.")
    channel = here.place.parent
    owned = unit.policy.channel.get(channel)
    account = owned[0] if owned else unit.policy.account_by_id.get(actor.account or "")
    if owned is None and not here.direct and not actor.is_agent:
        raise Refused(
            "not_here", "I take no requests in this channel.", "Write to me directly, or in your own channel."
        )
    place: Place | None = None
    if owned or here.direct:
        place = here.root or channel
    ticket = opening.open_ticket(
        unit,
        opening.Request(
            requester=actor, account=account, text=words(text), at=unit.now, place=place, priority=priority
        ),
    )
    return answers.said((bold(ticket.ref), *words(" is open: "), *words(ticket.subject)))
