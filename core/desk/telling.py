"""New messages that somebody must not miss: the customer's notices, the owner's mentions, the team's alerts."""

from collections.abc import Callable, Sequence
from datetime import datetime

from core.cards import customer as customer_cards
from core.cards import notices
from core.cards.parts import moment, plural
from core.desk.unit import Unit
from core.language.facts import TicketFacts
from core.language.places import MessageRef, Place
from core.language.text import ChannelLink, Span, Text, bold, join
from core.language.views import Button
from core.store import writes


def customer(unit: Unit, ticket: TicketFacts, key: str) -> None:
    """A notice in the customer's thread, unless the desk's wording turns it off."""
    conversation = unit.conversation(ticket.number, "customer")
    card = customer_cards.notice(unit.policy.wording, key, ref=ticket.ref, owner=unit.agent_name(ticket.assignee))
    if conversation and card:
        unit.post(conversation, card, purpose="status", urgency="receipt")


def owner(unit: Unit, ticket: TicketFacts, key: str, **values: Span | Text | str) -> None:
    """A line in the card's thread that mentions the ticket's owner and nobody else."""
    triage = unit.conversation(ticket.number, "triage")
    name = unit.agent_name(ticket.assignee)
    if triage is None or name is None:
        return
    identity = unit.agent_identity(ticket.assignee, triage.connection)
    card = notices.line(
        unit.policy.wording, key, {**values, "assignee": notices.someone(name, identity), "ref": bold(ticket.ref)}
    )
    unit.post(triage, card, purpose="status", urgency="reminder", pings=(identity,) if identity else ())


def card_links(unit: Unit, permalink: Callable[[MessageRef], str | None]) -> Callable[[int], str | None]:
    """Links to tickets' cards by number; None for one whose card is not there."""

    def link(number: int) -> str | None:
        triage = unit.conversation(number, "triage")
        if triage is None or triage.thread is None:
            return None
        return permalink(MessageRef(triage.connection, triage.channel, triage.thread))

    return link


def thread(
    unit: Unit, ticket: TicketFacts, key: str, controls: tuple[Button, ...] = (), **values: Span | Text | str
) -> None:
    """A line in the card's thread for whoever reads it."""
    triage = unit.conversation(ticket.number, "triage")
    if triage:
        card = notices.line(unit.policy.wording, key, {**values, "ref": bold(ticket.ref)}, controls)
        unit.post(triage, card, purpose="status", urgency="reminder")


def team_once(unit: Unit, place: Place, slot: str, key: str, at: datetime, **values: Span | Text | str) -> None:
    """An alert in a triage channel, once ever for its slot."""
    if writes.once(unit.tx, "alert", slot, at):
        unit.post_at(place, notices.line(unit.policy.wording, key, values), purpose="alert", urgency="reminder")


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
    parts = [f"{plural(messages, 'message')} in {plural(channels, 'channel')}"] if messages else []
    if changes:
        parts.append(plural(changes, "change"))
    if parts:
        values: dict[str, Span | Text | str] = {
            "what": " and ".join(parts),
            "since": moment(since, unit.now, unit.policy.timezone) if since else "its last start",
        }
        unit.post_at(
            team.triage, notices.line(unit.policy.wording, "caught_up", values), purpose="alert", urgency="reminder"
        )
    if unread:
        listed = join([(ChannelLink(connection, channel, channel),) for channel in unread], ", ")
        card = notices.line(unit.policy.wording, "caught_up_unread", {"channels": listed})
        unit.post_at(team.triage, card, purpose="alert", urgency="reminder")
    unit.flush()
