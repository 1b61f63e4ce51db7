"""A message arrives: it opens a ticket, joins one, is a note or a command, or means nothing to the desk."""

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from core.desk import asking, listening, opening, overtaking, presence, saying, telling
from core.desk.unit import Cause, Unit
from core.language.answers import Answer
from core.language.events import MessagePosted
from core.language.facts import ConversationFacts, MessageFacts, Person, TicketFacts
from core.language.places import MessageRef, Place
from core.language.policy import Account
from core.language.text import Named, Text
from core.language.words import OPEN_STATUSES, Intake
from core.rules import intake as rules
from core.rules import thanks
from core.store import finding, queries, writes

# How long a client's own id of a message is looked for.
_SAME_MESSAGE = timedelta(hours=1)
# For how long thanks are taken to be for the last thing that somebody asked.
_THANKED_WITHIN = timedelta(days=14)


def message_posted(unit: Unit, event: MessagePosted) -> Answer | None:
    """Decide about one message and do it."""
    if event.author_is_bot:
        return None
    ref = event.ref
    author = unit.person(event.author, name=event.author_name, home=event.author_home)
    if author.standing == "bot":
        return None
    since = event.at - _SAME_MESSAGE
    arrival = finding.arrival(unit.tx.connection, ref, author.id, event.client_id, since)
    if arrival.is_here:
        return None
    channel = ref.place.parent
    known, answered = arrival.thread, None
    if known is None and event.answers:
        answered = finding.find(unit.tx.connection, replace(ref, message=event.answers))
        known = answered if answered and answered.side == "customer" else None
    if event.direct:
        # No list of the platform's names it after an absence.
        writes.know_channel(unit.tx, ref.connection, ref.channel, read_to=ref.message)
    author = presence.present(unit, author, channel)
    account, intake = _whose(unit, channel, author, direct=event.direct)
    text = named(unit, event)
    if event.mentions_desk or event.direct:
        among_team = channel in unit.policy.triage_channels
        command = listening.command_in(text, author, addressed=event.mentions_desk, among_team=among_team)
        if command is not None:
            return listening.mentioned(unit, event, author, command, known.ticket if known else None)
    in_thread = ref.thread is not None and ref.thread != ref.message
    is_thanks = not event.files and not author.is_agent and thanks.is_thanks(text)
    recent = None
    stands_alone = known is not None or in_thread or event.thread_title is not None
    if not stands_alone and not author.is_agent:
        recent = _recent(unit, event, author, is_thanks=is_thanks)
    verdict = rules.decide(
        rules.Heard(
            channel=_kind(unit, channel, event),
            intake=intake,
            by_bot=False,
            by_agent=author.is_agent,
            mentions_desk=event.mentions_desk,
            thread_side=known.side if known else None,
            in_unknown_thread=known is None and in_thread,
            recent_ticket=recent,
            is_thanks=is_thanks,
        )
    )
    unit.cause = Cause(author, f"rule {verdict.rule}")
    request = opening.Request(
        requester=author,
        account=account,
        text=text,
        at=event.at,
        place=ref.as_root,
        external=ref.message,
        thread=ref.thread,
        client_id=event.client_id,
        files=event.files,
        backfill=verdict.what == "open_on_thread",
        title=event.thread_title,
    )
    match verdict.what:
        case "ignore" if known is None and ref.thread is not None and in_thread:
            # Below a root that would have opened a ticket it would have joined that.
            overtaking.keep(unit, event, MessageRef(ref.connection, ref.channel, ref.thread))
        case "ignore" if is_thanks:
            # Should more than thanks be made of it, it is a request after all.
            writes.once(unit.tx, THANKED, thanked_slot(ref), unit.now)
        case "ignore":
            pass
        case "help":
            return asking.help_answer(unit, author)
        case "report":
            _report_unknown(unit, event)
        case "open" | "open_on_thread":
            opening.open_ticket(unit, request)
        case "note" if known:
            _note(unit, known, request)
        case "join" if known:
            _join(unit, known.ticket, request, late_root=not in_thread and answered is None)
        case "join_recent" if recent:
            _join(unit, recent, request)
        case "thank" if known:
            _thank(unit, known.ticket, request)
        case "thank_recent" if recent:
            _thank(unit, recent, request)
        case "join" | "join_recent" | "thank" | "thank_recent" | "note":
            raise LookupError(f"{verdict.what}: a message belongs to a ticket that is not there")
        case _:
            assert_never(verdict.what)
    return None


def _join(unit: Unit, number: int, request: opening.Request, *, late_root: bool = False) -> None:
    """One more message of a known ticket. A late root was written before what opened the ticket, and asks for nothing
    more than that did."""
    author = request.requester
    ticket = unit.lock_ticket(number)
    conversation = unit.conversation(number, "customer")
    if ticket is None or conversation is None:
        raise LookupError(f"ticket {number} has no customer's side to join")
    if ticket.status == "closed" and not author.is_agent:
        opening.take_over(unit, ticket, conversation, request)
        return
    message = _keep(unit, ticket, conversation, request)
    if author.is_agent and not late_root:
        saying.agent_answered(unit, ticket, request.at, message)
        return
    unit.note_event(number, "joined", message=message.id)
    if late_root:
        unit.redraw(number, receipt=False)
    else:
        saying.customer_wrote(unit, ticket, request.at, author)


THANKED = "thanked"


def thanked_slot(ref: MessageRef) -> str:
    """By which a thank-you is known that belongs to no ticket."""
    return f"{ref.connection}/{ref.channel}/{ref.message}"


def _thank(unit: Unit, number: int, request: opening.Request) -> None:
    """Kept and shown to the team. It is nobody's turn because of it: no status changes, no promise begins, a solved
    ticket stays solved, and nobody is called."""
    ticket = unit.lock_ticket(number)
    conversation = unit.conversation(number, "customer")
    if ticket is None or conversation is None:
        raise LookupError(f"ticket {number} has no customer's side to thank in")
    message = _keep(unit, ticket, conversation, request)
    unit.note_event(number, "thanked", message=message.id)


def _note(unit: Unit, known: finding.Found, request: opening.Request) -> None:
    """What is said in the card's thread stays inside."""
    ticket = unit.lock_ticket(known.ticket)
    conversation = unit.conversation(known.ticket, "triage")
    if ticket is None or conversation is None:
        raise LookupError(f"ticket {known.ticket} has no triage side for a note")
    message = _keep(unit, ticket, conversation, request)
    unit.note_event(known.ticket, "noted", message=message.id)


def _keep(unit: Unit, ticket: TicketFacts, conversation: ConversationFacts, request: opening.Request) -> MessageFacts:
    author = request.requester
    if ticket.status not in OPEN_STATUSES:
        # Whoever writes in a thread that was put away wakes it.
        unit.set_threads(ticket.number)
    return saying.add(
        unit,
        ticket,
        saying.Said(
            conversation=conversation,
            author=author,
            by_agent=author.is_agent,
            audience="internal" if conversation.side == "triage" else "public",
            text=request.text,
            at=request.at,
            external=request.external,
            thread=request.thread,
            client_id=request.client_id,
            files=request.files,
        ),
    )


def _recent(unit: Unit, event: MessagePosted, author: Person, *, is_thanks: bool) -> int | None:
    """The ticket of the author's last words here, when they are recent enough to belong together."""
    window = timedelta(minutes=unit.policy.join_minutes)
    since = event.at - (_THANKED_WITHIN if is_thanks else window)
    ref = event.ref
    return finding.recent_ticket(unit.tx.connection, author.id, ref.connection, ref.channel, since, event.at + window)


def _whose(unit: Unit, channel: Place, author: Person, *, direct: bool) -> tuple[Account | None, Intake]:
    found = unit.policy.channel.get(channel)
    if found:
        return presence.account_of(unit, channel, author), found[1].intake
    if direct:
        return unit.policy.account_by_id.get(author.account or ""), "every"
    return None, "off"


def _kind(unit: Unit, channel: Place, event: MessagePosted) -> rules.ChannelKind:
    if channel in unit.policy.triage_channels or any(d.to.parent == channel for d in unit.policy.digests):
        return "triage"
    if channel in unit.policy.channel:
        return "customer"
    return "direct" if event.direct else "unknown"


def _report_unknown(unit: Unit, event: MessagePosted) -> None:
    """The team hears once about a channel that belongs to no account."""
    if unit.policy.unknown_channels != "alert":
        return
    ref = event.ref
    team = unit.policy.team_for(None)
    if team is None:
        return
    telling.team_once(
        unit,
        team.triage,
        f"unknown-channel/{ref.connection}/{ref.channel}",
        "unknown_channel",
        unit.now,
        channel=unit.channel_link(ref.connection, ref.channel),
    )


def named(unit: Unit, event: MessagePosted) -> Text:
    return with_names(unit, event.connection, event.text)


def with_names(unit: Unit, connection: str, text: Text) -> Text:
    """The text with the names of people whom it mentions, where the directory knows them."""
    wanted = {s.identity.user for s in text if isinstance(s, Named) and s.identity and s.name == s.identity.user}
    if not wanted:
        return text
    agents = {i.user: agent.name for i, agent in unit.policy.agent_by_identity.items() if i.connection == connection}
    names = {user: agents[user] for user in wanted & set(agents)}
    names |= queries.names_of_users(unit.tx.connection, connection, sorted(wanted - set(names)))
    return tuple(
        Named(names.get(s.identity.user, s.name), s.identity, s.sigil) if isinstance(s, Named) and s.identity else s
        for s in text
    )
