"""Messages that the desk did not take when they were written: the earlier ones of a thread on which a ticket was
opened, and the one that somebody marks as a request afterwards."""

from collections.abc import Sequence

from core.desk import intake, opening, presence, saying
from core.desk.unit import Unit
from core.language.commands import OPEN
from core.language.events import MessagePosted
from core.language.facts import Person, TicketFacts
from core.language.places import MessageRef
from core.rules import permissions
from core.store import finding
from core.store.outbox import Effect


def open_from(unit: Unit, message: MessagePosted, *, by: Person) -> TicketFacts:
    """A ticket on one message. Its author is the requester unless they are of the desk or a bot; then it is the
    person who marked it. Raises Refused where the desk takes no requests of theirs."""
    permissions.may_use(OPEN, by)
    channel = message.ref.place.parent
    account, side = opening.asked_in(unit, channel, by, direct=message.direct)
    if message.author_is_bot:
        author = by
    else:
        author = unit.person(message.author, name=message.author_name, home=message.author_home)
        author = presence.present(unit, author, channel)
    requester = by if author.is_agent else author
    if channel in unit.policy.channel:
        account = presence.account_of(unit, channel, requester)
    elif account is None and requester.account:
        account = unit.policy.account_by_id.get(requester.account)
    return opening.open_ticket(
        unit,
        opening.Request(
            requester=requester,
            account=account,
            text=intake.named(unit, message),
            at=message.at,
            place=message.ref.as_root if side else None,
            external=message.ref.message if side else None,
            thread=message.ref.thread if side else None,
            client_id=message.client_id,
            files=message.files,
            author=author,
            backfill=side is not None,
            title=message.thread_title,
        ),
    )


def open_when_read(unit: Unit, ref: MessageRef, user: str) -> None:
    """Open a ticket on a message that the desk has not kept, by the wish of `user`: it is read back from the platform
    first. Nothing where the desk takes no requests."""
    if ref.place.parent not in unit.policy.channel:
        return
    unit.effects.append(
        Effect(
            kind="backfill_thread",
            connection=ref.connection,
            channel=ref.channel,
            urgency="background",
            purpose="backfill",
            audience="public",
            thread=ref.message,
            person=user,
            args={"open": True, "cause": unit.cause.words},
            collapse=f"open:{ref.channel}:{ref.message}",
        )
    )


def take_along(unit: Unit, number: int, messages: Sequence[MessagePosted]) -> int:
    """Add a thread's messages that the ticket does not have yet, oldest first; how many there were."""
    ticket = unit.lock_ticket(number)
    conversation = unit.conversation(number, "customer")
    if ticket is None or conversation is None:
        return 0
    taken = 0
    for message in messages:
        ref = message.ref
        if message.author_is_bot or finding.find_own(unit.tx.connection, ref):
            continue
        author = unit.person(message.author, name=message.author_name, home=message.author_home)
        saying.add(
            unit,
            ticket,
            saying.Said(
                conversation=conversation,
                author=author,
                by_agent=author.is_agent,
                audience="public",
                text=intake.named(unit, message),
                at=message.at,
                external=ref.message,
                thread=ref.thread,
                client_id=message.client_id,
                files=message.files,
            ),
        )
        taken += 1
    if taken:
        unit.note_event(number, "taken_along", messages=taken)
        unit.redraw(number, receipt=False)
    return taken
