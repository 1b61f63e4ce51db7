"""Buttons, menus, forms and shortcuts. Their tokens carry ids only; who may do what is checked again here."""

from collections.abc import Mapping
from typing import cast

from core.cards import answers, forms
from core.cards.panel import TOKEN
from core.desk import asking, backfill, commands, fields, live, opening, replying, status, suggesting
from core.desk.unit import Cause, Unit
from core.language.answers import Answer, Choices, FormErrors, OpenForm
from core.language.commands import OPEN, REPLY, Command, verb
from core.language.errors import Refused
from core.language.events import ActionPressed, ChoicesAsked, FormSubmitted, ShortcutUsed
from core.language.facts import Person, TicketFacts
from core.language.places import Place
from core.language.text import Text, as_typed, bold, clean
from core.language.views import Form, Option
from core.language.words import PRIORITIES, TYPES, Priority, TicketType
from core.rules import permissions
from core.store import finding

_STALE = Refused("stale")


def action_pressed(unit: Unit, event: ActionPressed) -> Answer | None:
    place = event.ref.place if event.ref else Place(event.connection, "")
    person = unit.person(event.person, home=event.person_home)
    unit.cause = Cause(person, "button")
    token, value = (event.value or "", None) if event.token.startswith("menu:") else (event.token, event.value)
    name, number, rest = _parse(token)
    if name == "accept":
        return _accept(unit, number, rest, person, commands.Here(place, event.person))
    if token == TOKEN:
        return commands.offer_form(unit, person, place)
    if name.startswith("form_"):
        return OpenForm(_form(unit, name, number, person))
    found = verb(name)
    if found is None or (found.ticket and number is None):
        raise _STALE
    argument = clean(rest or value or "")
    args: dict[str, str] = {found.param: argument} if found.param and argument and found.ticket else {}
    return commands.run(unit, Command(name, number, args), person, commands.Here(place, event.person))


def _accept(unit: Unit, number: int | None, field: str, person: Person, here: commands.Here) -> Answer | None:
    """What a language model suggested, done by a person: the same command as by hand, with another cause."""
    ticket = _ticket_for(unit, suggesting.verb_for(field).name, number, person)
    unit.cause = Cause(person, "suggestion")
    return commands.run(unit, suggesting.acceptance(unit, ticket, field), person, here)


def _parse(token: str) -> tuple[str, int | None, str]:
    """`priority:12:high` -> ("priority", 12, "high"). A forged or outdated token parses to something refused."""
    name, _, tail = token.partition(":")
    digits, _, rest = tail.partition(":")
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None
    return name, number, rest


def _ticket_for(unit: Unit, verb_name: str, number: int | None, person: Person) -> TicketFacts:
    found = verb(verb_name)
    if found is None:
        raise _STALE
    permissions.may_use(found, person)
    ticket = unit.lock_ticket(number) if number else None
    if ticket is None:
        raise permissions.not_found(number or 0, person) if number else _STALE
    permissions.check(found, person, ticket)
    return ticket


def _form(unit: Unit, name: str, number: int | None, person: Person) -> Form:
    match name:
        case "form_reply":
            ticket = _ticket_for(unit, "reply", number, person)
            return forms.reply(unit.voice, ticket, _reader(unit, ticket))
        case "form_note":
            return forms.note(unit.voice, _ticket_for(unit, "note", number, person))
        case "form_assign":
            ticket = _ticket_for(unit, "assign", number, person)
            return forms.assign(unit.voice, ticket, unit.agents())
        case "form_follow_up":
            return forms.follow_up(unit.voice, _closed(unit, number, person))
        case "form_more":
            return forms.more(unit.voice, _ticket_for(unit, "priority", number, person), unit.policy.categories)
        case _:
            raise _STALE


def _closed(unit: Unit, number: int | None, person: Person) -> TicketFacts:
    """The ticket, which takes nothing any more. Raises Refused for one that does."""
    ticket = _ticket_for(unit, "reopen", number, person)
    if ticket.status != "closed":
        raise Refused("not_closed", ref=ticket.ref)
    return ticket


def _reader(unit: Unit, ticket: TicketFacts) -> Text:
    """Who reads what is sent to the customer."""
    conversation = unit.conversation(ticket.number, "customer")
    if conversation is None:
        return unit.voice.text("form_reply_to_nobody")
    channel = live.shared_channel(unit.tx.connection, unit.policy, conversation)
    if channel is None:
        return unit.voice.text("form_reply_to_one", name=ticket.requester_name)
    return unit.voice.text("form_reply_to_channel", channel=channel)


def form_submitted(unit: Unit, event: FormSubmitted) -> Answer | None:
    """Raises Refused with nothing done; see `form_refused`."""
    person = unit.person(event.person, home=event.person_home)
    unit.cause = Cause(person, "form")
    name, number, _ = _parse(event.token)
    values = {key: clean(value) for key, value in event.values.items()}
    match name:
        case "reply":
            ticket = _ticket_for(unit, "reply", number, person)
            ticket = replying.reply(unit, ticket, person, as_typed(values.get("text", "")))
            then = values.get("then")
            if then == "pending":
                status.set_pending(unit, ticket)
            elif then == "resolve":
                status.resolve(unit, ticket)
        case "note":
            ticket = _ticket_for(unit, "note", number, person)
            replying.note(unit, ticket, person, as_typed(values.get("text", "")))
        case "assign" if number:
            here = commands.Here(place=Place(event.connection, ""), person=event.person)
            commands.run(unit, Command("assign", number, {"agent": values.get("agent", "")}), person, here)
        case "more":
            _more(unit, _ticket_for(unit, "priority", number, person), values)
        case "follow_up":
            closed = _closed(unit, number, person)
            opening.follow_up(unit, closed, person, event.person, values.get("text", ""), _priority(values))
        case "open":
            permissions.may_use(OPEN, person)
            channel = Place(event.connection, event.token.partition(":")[2])
            here = commands.Here(channel, event.person)
            commands.open_by_form(unit, values.get("text", ""), person, here, _priority(values))
        case _:
            raise _STALE
    return None


def _priority(values: Mapping[str, str]) -> Priority:
    chosen = values.get("priority", "")
    return chosen if chosen in PRIORITIES else "normal"


def form_refused(unit: Unit, event: FormSubmitted, refusal: Refused) -> FormErrors:
    """Under the field that it is about; the form stays open."""
    field = "text" if "text" in event.values else next(iter(event.values), "text")
    return FormErrors({field: refusal.told(unit.voice)})


def _more(unit: Unit, ticket: TicketFacts, values: Mapping[str, str]) -> None:
    if values.get("subject"):
        ticket = fields.set_subject(unit, ticket, values["subject"])
    if values.get("priority") in PRIORITIES:
        ticket = fields.set_priority(unit, ticket, cast(Priority, values["priority"]))
    if values.get("type") in TYPES:
        ticket = fields.set_type(unit, ticket, cast(TicketType, values["type"]))
    if values.get("category"):
        fields.set_category(unit, ticket, values["category"])


def shortcut_used(unit: Unit, event: ShortcutUsed) -> Answer | None:
    """Shortcuts on a message: open a ticket for it, or send it from the triage thread to the customer."""
    message = event.message
    ref = message.ref
    person = unit.person(event.person, home=event.person_home)
    found = finding.find(unit.tx.connection, ref)
    if event.name == "open_ticket":
        unit.cause = Cause(person, "shortcut open_ticket")
        if found:
            known = unit.lock_ticket(found.ticket)
            if known is None or not permissions.sees(person, known):
                raise Refused("known", "known_to_others")
            raise Refused("known", ref=known.ref, number=known.number)
        ticket = backfill.open_from(unit, message, by=person)
        return answers.done(unit.voice, "answer_opened", ref=bold(ticket.ref), subject=ticket.subject)
    unit.cause = Cause(person, "shortcut send_to_customer")
    permissions.may_use(REPLY, person)
    if found is None or found.side != "triage" or found.message is None or found.role is not None:
        raise Refused("not_triage")
    ticket = _ticket_for(unit, "reply", found.ticket, person)
    if message.author != event.person:
        raise Refused("not_yours", "not_your_message")
    by = finding.sent_by(unit.tx.connection, ticket.number, found.message)
    if by is not None:
        raise Refused("sent_already", name=by)
    replying.reply(unit, ticket, person, message.text, source=found.message)
    return answers.done(unit.voice, "answer_sent", ref=bold(ticket.ref))


def choices_asked(unit: Unit, event: ChoicesAsked) -> Answer:
    """What fits what was typed so far, among what the person may know of."""
    person = unit.person(event.person)
    query = event.query.casefold().strip()
    match event.token:
        case "ticket":
            found = [(str(t.number), f"{t.ref} · {t.subject}") for t in asking.known_tickets(unit, person)]
        case "category" if person.is_agent:
            found = [(name, name) for name in unit.policy.categories]
        case _ if person.is_agent:
            found = list(unit.agents())
        case _:
            found = []
    fits = [(value, label) for value, label in found if query in label.casefold() or query in value.casefold()]
    return Choices(tuple(Option(label, value) for value, label in fits[:100]))
