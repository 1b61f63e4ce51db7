"""Carry out a command, whatever surface it came from. Rights are checked here, each time."""

from dataclasses import dataclass, replace
from typing import cast

from core.cards import answers, forms
from core.cards.parts import in_line
from core.desk import asking, fields, opening, ownership, presence, replying, status
from core.desk.unit import Cause, Unit
from core.language.answers import Answer, OpenForm
from core.language.commands import OPEN, Command, argument, needs_more, parse_command, unknown_command
from core.language.commands import verb as verb_named
from core.language.errors import Refused
from core.language.events import CommandTyped, MessagePosted
from core.language.facts import Person, TicketFacts
from core.language.places import Identity, MessageRef, Place
from core.language.text import as_typed, bold, clean, cut, words
from core.language.words import OPEN_STATUSES, Priority, TicketType
from core.rules import lifecycle, permissions
from core.store import finding, queries


@dataclass(frozen=True, slots=True)
class Here:
    """Where a command was given. `ticket` is the one that the place implies; `message` the one that the command is
    in (None for slash commands, buttons and forms)."""

    place: Place
    person: Identity
    ticket: int | None = None
    message: MessagePosted | None = None
    direct: bool = False


def typed(unit: Unit, event: CommandTyped) -> Answer | None:
    """A slash command. In a ticket's thread it means that ticket, where the platform has commands in threads."""
    person = presence.present(unit, unit.person(event.person, home=event.person_home), event.place)
    unit.cause = Cause(person, "command")
    place = event.place
    found = None
    if place.thread:
        found = finding.find(unit.tx.connection, MessageRef(place.connection, place.channel, place.thread))
    here = Here(place, event.person, ticket=found.ticket if found else None, direct=event.direct)
    return run(unit, _meant(event), person, here)


def _meant(event: CommandTyped) -> Command:
    if event.command is None:
        return parse_command(clean(event.text))
    return replace(event.command, args={name: clean(value).strip() for name, value in event.command.args.items()})


def run(unit: Unit, command: Command, actor: Person, here: Here) -> Answer | None:
    """Raises Refused when it cannot be done; nothing has been changed then."""
    found = verb_named(command.verb)
    if found is None:
        raise unknown_command(command.verb)
    permissions.may_use(found, actor)
    if found.param and not found.param_optional and not command.args.get(found.param):
        raise needs_more(found)
    command = replace(command, verb=found.name)
    if not found.ticket:
        return _without_ticket(unit, command, actor, here)
    number = command.ticket or here.ticket or _only_candidate(unit, command.verb, actor)
    ticket = unit.lock_ticket(number)
    if ticket is None:
        raise permissions.not_found(number, actor)
    permissions.check(found, actor, ticket)
    return _on_ticket(unit, command, actor, here, ticket)


def _without_ticket(unit: Unit, command: Command, actor: Person, here: Here) -> Answer | None:
    match command.verb:
        case "help":
            return asking.help_answer(unit, actor)
        case "mine":
            return asking.mine(unit, actor)
        case "list":
            return asking.listing(unit, command.args.get("words", ""), actor)
        case "open":
            return open_by_words(unit, command.args.get("text", ""), actor, here)
        case other:
            raise AssertionError(f"the verb {other} is in the table and not carried out")


def _on_ticket(unit: Unit, command: Command, actor: Person, here: Here, ticket: TicketFacts) -> Answer | None:
    voice, ref, number = unit.voice, bold(ticket.ref), ticket.number
    match command.verb:
        case "show":
            return asking.show(unit, ticket, actor)
        case "why":
            return asking.why(unit, ticket)
        case "claim":
            mine = ticket.assignee == actor.agent
            ownership.claim(unit, ticket, actor)
            if mine:
                return answers.done(voice, "answer_claimed_already", ref=ref)
            return answers.done(voice, "answer_claimed", undo=f"release:{number}", ref=ref)
        case "release":
            mine = ticket.assignee == actor.agent
            if ticket.assignee and not mine and actor.role == "agent":
                name = unit.agent_name(ticket.assignee)
                raise Refused("not_yours", "not_yours_to_release", name=name, ref=ticket.ref)
            ownership.release(unit, ticket)
            return answers.done(voice, "answer_released", undo=f"claim:{number}" if mine else None, ref=ref)
        case "assign":
            return _assign(unit, ticket, command.args["agent"], actor, here)
        case "reply":
            source = replying.source_of(unit, ticket, actor, here.message) if here.message else None
            replying.reply(unit, ticket, actor, as_typed(command.args["text"]), source=source)
            return answers.done(voice, "answer_sent", ref=ref)
        case "note":
            replying.note(unit, ticket, actor, as_typed(command.args["text"]))
            return answers.done(voice, "answer_noted", ref=ref)
        case "priority":
            priority = cast(Priority, argument("priority", command.args["priority"]))
            fields.set_priority(unit, ticket, priority)
            undo = f"priority:{number}:{ticket.priority}" if priority != ticket.priority else None
            return answers.done(voice, "answer_priority", undo=undo, ref=ref, value=voice.say(f"priority_{priority}"))
        case "type":
            kind = cast(TicketType, argument("type", command.args["type"]))
            fields.set_type(unit, ticket, kind)
            undo = f"type:{number}:{ticket.type}" if kind != ticket.type else None
            return answers.done(voice, "answer_type", undo=undo, ref=ref, value=voice.say(f"type_{kind}"))
        case "category":
            category = fields.set_category(unit, ticket, command.args["category"]).category or ""
            old = ticket.category if ticket.category != category else None
            undo = f"category:{number}:{old}" if old else None
            return answers.done(voice, "answer_category", undo=undo, ref=ref, value=category)
        case "subject":
            fields.set_subject(unit, ticket, command.args["text"])
            return answers.done(voice, "answer_subject", ref=ref)
        case "pending":
            status.set_pending(unit, ticket)
            return _moved(unit, ticket, "set_pending", "answer_pending")
        case "hold":
            status.set_on_hold(unit, ticket)
            return _moved(unit, ticket, "set_on_hold", "answer_on_hold")
        case "resolve":
            status.resolve(unit, ticket)
            return _moved(unit, ticket, "resolved", "answer_resolved")
        case "close" if ticket.status in OPEN_STATUSES:
            status.resolve(unit, ticket)
            return _moved(unit, ticket, "resolved", "answer_resolved")
        case "close":
            status.close(unit, ticket)
            return _moved(unit, ticket, "closed", "answer_closed")
        case "reopen":
            status.reopen(unit, ticket)
            return _moved(unit, ticket, "reopened", "answer_reopened")
        case "solved" if actor.is_agent:
            status.resolve(unit, ticket)
            return _moved(unit, ticket, "resolved", "answer_resolved")
        case "solved":
            status.solved_by_customer(unit, ticket)
            return _moved(unit, ticket, "customer_solved", "answer_solved")
        case "urgent":
            fields.cannot_wait(unit, ticket, actor)
            return answers.done(voice, "answer_urgent", ref=ref)
        case "person":
            status.wants_person(unit, ticket, actor.name)
            return answers.done(voice, "answer_person")
        case other:
            raise AssertionError(f"the verb {other} is in the table and not carried out")


def _moved(unit: Unit, before: TicketFacts, happening: lifecycle.Happening, key: str) -> Answer:
    """Taking it up again is how a move is undone."""
    if lifecycle.is_already(before.status, happening):
        state = unit.voice.say(f"status_{before.status}")
        return answers.done(unit.voice, "answer_already", ref=bold(before.ref), status=state)
    undo = None if happening in ("reopened", "closed") else f"reopen:{before.number}"
    return answers.done(unit.voice, key, undo=undo, ref=bold(before.ref))


def _assign(unit: Unit, ticket: TicketFacts, word: str, actor: Person, here: Here) -> Answer:
    me = word.strip().casefold() in ("me", "myself")
    target = actor.agent if me else unit.directory.find_agent(unit.tx.connection, word, here.person.connection)
    if target is None:
        names = ", ".join(name for _, name in unit.agents()[:12])
        raise Refused("no_such_agent", word=word[:40], names=names)
    ownership.assign(unit, ticket, target, actor)
    undo = None
    if ticket.assignee and ticket.assignee != target:
        undo = f"assign:{ticket.number}:{ticket.assignee}"
    elif ticket.assignee is None and target == actor.agent:
        undo = f"release:{ticket.number}"
    owner = unit.agent_name(target) or target
    return answers.done(unit.voice, "answer_assigned", undo=undo, ref=bold(ticket.ref), owner=owner)


def _only_candidate(unit: Unit, verb: str, actor: Person) -> int:
    """The ticket that a command without a number can only mean. Raises Refused, with the choice, otherwise."""
    connection = unit.tx.connection
    if not actor.is_agent:
        mine = queries.requested_tickets(connection, actor.id, 20)
        unsolved = [t for t in mine if t.status in OPEN_STATUSES]
        candidates = [t for t in mine if t.status == "resolved"] if verb == "reopen" else unsolved or mine
    elif verb == "claim":
        candidates = queries.unowned_tickets(connection, 6)
    else:
        candidates = queries.assigned_tickets(connection, actor.agent or "", 6)
    if len(candidates) == 1:
        return candidates[0].number
    if not candidates:
        raise Refused("which_ticket", verb=verb)
    listed = ", ".join(f"{t.ref} {in_line(cut(t.subject, 30))}" for t in candidates[:5])
    raise Refused("which_ticket", "which_of_these", tickets=listed, verb=verb, number=candidates[0].number)


def open_by_words(unit: Unit, text: str, actor: Person, here: Here, priority: Priority = "normal") -> Answer:
    """A ticket from the words of a command or a form. A mention's message is the ticket's first, unless it stands in
    another ticket's thread."""
    message = here.message if here.ticket is None else None
    channel = here.place.parent
    account, side = opening.asked_in(unit, channel, actor, direct=here.direct)
    if not text.strip():
        may_return = actor.is_agent or (account and account.id == actor.account)
        if here.message or here.direct or not may_return:
            raise Refused("empty", "nothing_asked", usage=OPEN.usage)
        return OpenForm(forms.open_ticket(unit.voice, f"open:{channel.channel}"))
    place = message.ref.as_root if message and side else side
    ticket = opening.open_ticket(
        unit,
        opening.Request(
            requester=actor,
            account=account,
            text=words(text),
            at=message.at if message else unit.now,
            place=place,
            external=message.ref.message if message and side else None,
            thread=message.ref.thread if message and side else None,
            client_id=message.client_id if message else None,
            files=message.files if message else (),
            priority=priority,
            backfill=message is not None and message.ref.thread is not None and side is not None,
            identity=here.person,
        ),
    )
    return answers.done(unit.voice, "answer_opened", ref=bold(ticket.ref), subject=ticket.subject)


def offer_form(unit: Unit, actor: Person, place: Place) -> Answer:
    """The form behind a panel's button. Whoever can press it is in the channel, and of its account when they are of
    none yet. Raises Refused where the desk takes no such requests any more."""
    owned = unit.policy.channel.get(place.parent)
    if owned is None or owned[1].intake != "form":
        raise Refused("not_here")
    permissions.may_use(OPEN, actor)
    presence.present(unit, actor, place)
    return OpenForm(forms.open_ticket(unit.voice, f"open:{place.channel}"))


def open_by_form(unit: Unit, text: str, actor: Person, here: Here, priority: Priority) -> Answer:
    """From a form that was opened in a channel. That they are there is not known here, so customers must be of the
    channel's account, unless the channel's panel offers the form to everybody there."""
    owned = unit.policy.channel.get(here.place)
    if not text.strip():
        raise Refused("empty", "form_empty")
    offered = owned is not None and owned[1].intake == "form"
    if not actor.is_agent and not offered and (owned is None or owned[0].id != actor.account):
        raise Refused("not_here")
    return open_by_words(unit, text, actor, here, priority)
