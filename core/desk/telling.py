"""New messages that somebody must not miss: the customer's notices, the owner's mentions, the team's alerts."""

from collections.abc import Callable, Sequence
from datetime import datetime

from core.cards import customer as customer_cards
from core.cards import notices
from core.cards.parts import moment
from core.desk.unit import Unit
from core.language.facts import TicketFacts
from core.language.places import MessageRef, Place
from core.language.text import Span, Text, bold, join
from core.store import writes


def customer(unit: Unit, ticket: TicketFacts, key: str, *buttons: tuple[str, str]) -> None:
    """A notice in the customer's thread, unless the desk's wording turns it off. `buttons` are (label, token)."""
    conversation = unit.conversation(ticket.number, "customer")
    owner = unit.agent_name(ticket.assignee)
    card = customer_cards.notice(unit.voice, key, ref=ticket.ref, owner=owner, buttons=buttons)
    if conversation and card:
        unit.post(conversation, card, purpose="status", urgency="receipt")


def owner(unit: Unit, ticket: TicketFacts, key: str, **values: Span | Text | str) -> None:
    """A line in the card's thread that mentions the ticket's owner and nobody else."""
    triage = unit.conversation(ticket.number, "triage")
    name = unit.agent_name(ticket.assignee)
    if triage is None or name is None:
        return
    identity = unit.agent_identity(ticket.assignee, triage.connection)
    assignee = notices.someone(name, identity)
    card = notices.line(unit.voice, key, **values, assignee=assignee, ref=bold(ticket.ref))
    if card:
        unit.post(triage, card, purpose="status", urgency="reminder", pings=(identity,) if identity else ())


def card_links(unit: Unit, permalink: Callable[[MessageRef], str | None]) -> Callable[[int], str | None]:
    """Links to tickets' cards by number; None for one whose card is not there."""

    def link(number: int) -> str | None:
        triage = unit.conversation(number, "triage")
        if triage is None or triage.thread is None:
            return None
        return permalink(MessageRef(triage.connection, triage.channel, triage.thread))

    return link


def thread(unit: Unit, ticket: TicketFacts, key: str, **values: Span | Text | str) -> None:
    """A line in the card's thread for whoever reads it."""
    triage = unit.conversation(ticket.number, "triage")
    card = notices.line(unit.voice, key, **values, ref=bold(ticket.ref))
    if triage and card:
        unit.post(triage, card, purpose="status", urgency="reminder")


def team_once(unit: Unit, place: Place, slot: str, key: str, at: datetime, **values: Span | Text | str) -> None:
    """An alert in a triage channel, once ever for its slot."""
    if writes.once(unit.tx, "alert", slot, at):
        _alert(unit, place, key, **values)


def _alert(unit: Unit, place: Place, key: str, **values: Span | Text | str) -> None:
    card = notices.line(unit.voice, key, **values)
    if card:
        unit.post_at(place, card, purpose="alert", urgency="reminder")


def caught_up(
    unit: Unit,
    connection: str,
    *,
    messages: int,
    changes: int,
    channels: int,
    unread: Sequence[str],
    since: datetime | None,
) -> None:
    """The team hears what came in while the desk was away, and what the platform could not give back."""
    team = next((t for t in unit.policy.teams if t.triage.connection == connection), unit.policy.team_for(None))
    if team is None:
        return
    voice = unit.voice
    taken = []
    if messages:
        counted = voice.count("count_messages", messages)
        taken.append(
            voice.say("caught_up_messages", messages=counted, channels=voice.count("count_channels", channels))
        )
    if changes:
        taken.append(voice.count("count_changes", changes))
    if taken:
        what = voice.say("caught_up_both", messages=taken[0], changes=taken[1]) if len(taken) == 2 else taken[0]
        last_start = voice.say("caught_up_last_start")
        began = moment(voice, since, unit.now, unit.policy.timezone) if since else last_start
        _alert(unit, team.triage, "caught_up", what=what, since=began)
    if unread:
        listed = join([(unit.channel_link(connection, channel),) for channel in unread], ", ")
        _alert(unit, team.triage, "caught_up_unread", channels=listed)
    unit.flush()
