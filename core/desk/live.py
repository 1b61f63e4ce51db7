"""Views drawn from a ticket's current state when they are sent, so that a card that waited shows the newest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from core.cards import answers, copies
from core.cards import customer as customer_cards
from core.cards.triage_card import TriageContext, triage_card
from core.desk.naming import channel_link
from core.language.effects import Live
from core.language.facts import ConversationFacts, TicketView
from core.language.places import MessageRef
from core.language.policy import Account, Policy
from core.language.text import ChannelLink, Text
from core.language.views import Card, Home
from core.language.words import OPEN_STATUSES, Side
from core.rules import sla, suggesting
from core.rules.splitting import Rooms
from core.store import queries, suggestions
from core.store.directory import Directory, nameless_since

_HOME_LINES = 20


def account_name(account: Account | None) -> str | None:
    """`Globex (gold)`."""
    if account is None:
        return None
    return f"{account.name} ({account.tier})" if account.tier else account.name


def shared_channel(connection: Connection, policy: Policy, customer: ConversationFacts) -> ChannelLink | None:
    """The channel where a customer reads; None for a conversation into which nobody else can look."""
    if customer.private:
        return None
    name = queries.channel_name(connection, customer.connection, customer.channel)
    if name is None and customer.place.parent not in policy.channel:
        return None
    return channel_link(connection, policy.voice, customer.connection, customer.channel)


# How long a post waits for the name of somebody met just now. A profile comes within a second, or not at all.
_NAME_WAIT = timedelta(seconds=5)


class NotYet(Exception):
    """What is to be shown is not known yet, and will be in a moment; ask again."""


@dataclass(frozen=True, slots=True)
class Artist:
    """`link` makes a link to a message, where its platform has links; `rooms` are the desk's."""

    policy: Policy
    directory: Directory
    now: Callable[[], datetime]
    link: Callable[[MessageRef], str | None]
    rooms: Rooms

    def draw(self, connection: Connection, live: Live) -> Card | Home:
        """Raises LookupError for a ticket, message or person that is not there, NotYet while the name of a person
        who was met just now is still being fetched."""
        if live.view == "home":
            return self._home(connection, live.subject)
        if live.view == "copy":
            return self._copy(connection, live.subject, live.part)
        view = queries.ticket_view(connection, live.subject)
        if view is None:
            raise LookupError(f"there is no ticket {live.subject} to draw")
        self._wait_for_name(connection, view.ticket.requester)
        if live.view == "receipt":
            return self._receipt(connection, view)
        return self._triage(connection, view)

    def _home(self, connection: Connection, person_id: int) -> Home:
        """An agent's own tickets to answer, or a customer's own requests."""
        person = self.directory.by_id(connection, person_id)
        if person is None:
            raise LookupError(f"there is no person {person_id} to draw a home for")
        self._wait_for_name(connection, person_id)
        voice = self.policy.voice
        if person.agent:
            found = queries.assigned_tickets(connection, person.agent, _HOME_LINES)
            lines = [answers.yours_line(voice, t, self._link(connection, t.number, "triage")) for t in found]
            return answers.home(voice, person.first_name, lines, [], is_agent=True)
        open_lines: list[Text] = []
        done_lines: list[Text] = []
        for t in queries.requested_tickets(connection, person.id, _HOME_LINES):
            line = answers.customer_line(voice, t, self._link(connection, t.number, "customer"))
            (open_lines if t.status in OPEN_STATUSES else done_lines).append(line)
        return answers.home(voice, person.first_name, open_lines, done_lines, is_agent=False)

    def _link(self, connection: Connection, number: int, side: Side) -> str | None:
        found = next((c for c in queries.conversations(connection, number) if c.side == side), None)
        return self.link(MessageRef(found.connection, found.channel, found.thread)) if found and found.thread else None

    def _copy(self, connection: Connection, message_id: int, part: int) -> Card:
        message = queries.message(connection, message_id)
        ticket = queries.ticket(connection, message.ticket) if message else None
        conversations = queries.conversations(connection, message.ticket) if message else ()
        triage = next((c for c in conversations if c.side == "triage"), None)
        if message is None or ticket is None or triage is None:
            raise LookupError(f"there is no message {message_id} to draw")
        if message.author is not None:
            self._wait_for_name(connection, message.author)
        by_agent = queries.message_by_agent(connection, message_id)
        account = self.policy.account_by_id.get(ticket.account or "")
        writer = self.directory.by_id(connection, message.author) if message.author is not None else None
        ours = by_agent or (writer is not None and writer.is_agent)
        voice, author = self.policy.voice, message.author_name
        if account and not ours:
            author = voice.say("copy_author", name=author, account=account.name)
        sent = by_agent and message.audience == "public"
        return copies.copy(
            voice,
            message,
            author=author,
            parts=self.rooms.parts(triage.connection, message.text),
            part=part,
            now=self.now(),
            timezone=self.policy.timezone,
            sent_by_agent=sent,
        )

    def _wait_for_name(self, connection: Connection, person: int) -> None:
        since = nameless_since(connection, person)
        if since and timedelta(0) <= self.now() - since < _NAME_WAIT:
            raise NotYet(f"the name of person {person} is being fetched")

    def _owner(self, connection: Connection, view: TicketView) -> str | None:
        assignee = view.ticket.assignee
        return self.directory.agent_name(connection, assignee) if assignee else None

    def _triage(self, connection: Connection, view: TicketView) -> Card:
        ticket = view.ticket
        account = self.policy.account_by_id.get(ticket.account or "")
        team = self.policy.team_by_id.get(ticket.team or "")
        customer = view.conversation("customer")
        place: Text = self.policy.voice.text("card_no_customer_side")
        link = None
        if customer:
            channel = shared_channel(connection, self.policy, customer)
            place = (channel,) if channel else self._aside(connection, customer)
            if customer.thread and channel:
                link = self.link(MessageRef(customer.connection, customer.channel, customer.thread))
        return triage_card(
            view,
            TriageContext(
                voice=self.policy.voice,
                now=self.now(),
                timezone=self.policy.timezone,
                account=account_name(account),
                team=team.name if team else None,
                owner=self._owner(connection, view),
                place=place,
                link=link,
                suggestion=suggesting.offered(ticket, suggestions.of_ticket(connection, ticket.number)),
            ),
        )

    def _aside(self, connection: Connection, customer: ConversationFacts) -> Text:
        """Where nobody else reads: a direct conversation, or a private one that was begun in a channel."""
        voice = self.policy.voice
        if customer.place.parent not in self.policy.channel:
            return voice.text("card_direct_message")
        channel = channel_link(connection, voice, customer.connection, customer.channel)
        return voice.text("card_in_private", channel=channel)

    def _receipt(self, connection: Connection, view: TicketView) -> Card:
        ticket = view.ticket
        promise = sla.promise_for(self.policy, ticket.account, ticket.priority)
        requester = self.directory.by_id(connection, ticket.requester)
        return customer_cards.receipt(
            view,
            customer_cards.ReceiptContext(
                now=self.now(),
                timezone=self.policy.timezone,
                voice=self.policy.voice,
                owner=self._owner(connection, view),
                opens_at=sla.closed_until(promise, self.now()),
                # What an agent says in a command may not be meant for the channel.
                asked=() if view.quote_is_posted or (requester and requester.is_agent) else view.quote,
            ),
        )
