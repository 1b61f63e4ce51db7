"""A message arrives: it opens a ticket, joins one, is a note or a command, or means nothing to the desk."""

from datetime import timedelta

from core.desk import listening, opening, saying, telling
from core.desk.unit import Cause, Unit
from core.language.answers import Answer
from core.language.events import MessagePosted
from core.language.facts import Person
from core.language.places import Place
from core.language.policy import Account
from core.language.text import ChannelLink, Named, Text
from core.language.words import Intake
from core.rules import intake as rules
from core.store import queries, writes


def message_posted(unit: Unit, event: MessagePosted) -> Answer | None:
    if event.author_is_bot:
        return None
    author = unit.person(event.author, name=event.author_name, home=event.author_home)
    return take(unit, event, author)


def take(unit: Unit, event: MessagePosted, author: Person) -> Answer | None:
    """Decide about one message and do it."""
    ref = event.ref
    channel = Place(ref.connection, ref.channel)
    known = _known_thread(unit, event)
    if known is None and _is_here(unit, event, author):
        return None
    account, intake = _whose(unit, channel, author, direct=event.direct)
    if author.account is None and account and not author.is_agent:
        writes.change_person(unit.tx, author.id, account=account.id)
        unit.tx.after_commit(unit.directory.forget)
    text = named(unit, event)
    if event.mentions_desk or (event.direct and author.is_agent):
        command = listening.command_in(text, author, ticket_thread=known is not None)
        if command is not None:
            return listening.mentioned(unit, event, author, command, known)
    verdict = rules.decide(
        rules.Heard(
            channel=_kind(unit, channel, event, account),
            intake=intake,
            by_bot=event.author_is_bot,
            by_agent=author.is_agent,
            mentions_desk=event.mentions_desk,
            thread_side=known.side if known else None,
            in_unknown_thread=known is None and ref.thread is not None and ref.thread != ref.message,
            recent_ticket=_recent(unit, event, author) if known is None else None,
        )
    )
    return _act(unit, event, author, text, account, known, verdict)


def _act(
    unit: Unit,
    event: MessagePosted,
    author: Person,
    text: Text,
    account: Account | None,
    known: queries.Found | None,
    verdict: rules.Verdict,
) -> Answer | None:
    ref = event.ref
    match verdict.what:
        case "ignore":
            return None
        case "help":
            return listening.help_answer(author)
        case "report":
            _report_unknown(unit, event)
            return None
        case "open" | "open_on_thread":
            unit.cause = Cause(author, f"rule {verdict.rule}")
            opening.open_ticket(
                unit,
                opening.Request(
                    requester=author,
                    account=account,
                    text=text,
                    at=event.at,
                    place=ref.as_root,
                    external=ref.message,
                    client_id=event.client_id,
                    files=event.files,
                    backfill=verdict.what == "open_on_thread",
                ),
            )
            return None
        case "join" | "join_recent" | "note":
            number = known.ticket if known else _recent(unit, event, author)
            if number is None:
                raise LookupError("a message joins a ticket that is not there")
            _join(unit, event, author, text, number, verdict)
            return None


def _join(unit: Unit, event: MessagePosted, author: Person, text: Text, number: int, verdict: rules.Verdict) -> None:
    """One more message of a known ticket."""
    unit.cause = Cause(author, f"rule {verdict.rule}")
    ticket = unit.lock_ticket(number)
    side = "triage" if verdict.what == "note" else "customer"
    conversation = unit.conversation(number, side)
    if ticket is None or conversation is None:
        raise LookupError(f"ticket {number} has no {side} conversation to join")
    from_customer = verdict.what != "note" and not author.is_agent
    if from_customer and ticket.status == "closed":
        # A closed ticket stays closed; what is said in its thread is a new request.
        account = unit.policy.account_by_id.get(ticket.account or "")
        new = opening.open_ticket(
            unit,
            opening.Request(requester=author, account=account, text=text, at=event.at, place=None, files=event.files),
        )
        unit.note_event(new.number, "follow_up", of=ticket.number)
        return
    message = saying.add(
        unit,
        ticket,
        saying.Said(
            conversation=conversation,
            author=author,
            by_agent=author.is_agent,
            audience="internal" if verdict.what == "note" else "public",
            text=text,
            at=event.at,
            external=event.ref.message,
            client_id=event.client_id,
            files=event.files,
        ),
    )
    if verdict.what == "note":
        unit.note_event(number, "noted", message=message.id)
    elif author.is_agent:
        saying.agent_answered(unit, ticket, event.at, message)
    else:
        unit.note_event(number, "joined", message=message.id)
        saying.customer_wrote(unit, ticket, event.at, author)


def _known_thread(unit: Unit, event: MessagePosted) -> queries.Found | None:
    """The ticket whose thread the message stands in."""
    ref = event.ref
    if ref.thread is None or ref.thread == ref.message:
        return None
    return queries.find(unit.tx.connection, ref.connection, ref.channel, ref.thread)


def _is_here(unit: Unit, event: MessagePosted, author: Person) -> bool:
    """One message that its author's client sent once may reach us under two platform ids."""
    if event.client_id is None:
        return False
    since = event.at - timedelta(hours=1)
    return queries.said_already(
        unit.tx.connection, author.id, event.ref.connection, event.ref.channel, since, event.client_id
    )


def _recent(unit: Unit, event: MessagePosted, author: Person) -> int | None:
    """The ticket of the author's last words here, when they are recent enough to belong together."""
    window = timedelta(minutes=unit.policy.join_minutes)
    recent = queries.recent_words(
        unit.tx.connection, author.id, event.ref.connection, event.ref.channel, event.at - window, event.at + window
    )
    return recent.ticket if recent and recent.status != "closed" else None


def _whose(unit: Unit, channel: Place, author: Person, *, direct: bool) -> tuple[Account | None, Intake]:
    found = unit.policy.channel.get(channel)
    if found:
        return found[0], found[1].intake
    if direct:
        return unit.policy.account_by_id.get(author.account or ""), "every"
    return None, "off"


def _kind(unit: Unit, channel: Place, event: MessagePosted, account: Account | None) -> rules.ChannelKind:
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
        channel=ChannelLink(ref.connection, ref.channel, ref.channel),
    )


def named(unit: Unit, event: MessagePosted) -> Text:
    return with_names(unit, event.connection, event.text)


def with_names(unit: Unit, connection: str, text: Text) -> Text:
    """The text with the names of people whom it mentions, where the directory knows them."""
    wanted = {s.identity.user for s in text if isinstance(s, Named) and s.identity and s.name == s.identity.user}
    if not wanted:
        return text
    names = queries.names_of_users(unit.tx.connection, connection, sorted(wanted))
    return tuple(
        Named(names.get(s.identity.user, s.name), s.identity, s.sigil) if isinstance(s, Named) and s.identity else s
        for s in text
    )
