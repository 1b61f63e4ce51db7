"""Files of messages, shown where the message is shown, and taken away with it."""

from core.desk.unit import Unit
from core.language.facts import ConversationFacts
from core.language.text import clean
from core.store import finding, outbox, queries
from core.store.outbox import Effect
from core.store.queries import KeptFile


def show(unit: Unit, conversation: ConversationFacts, kept: KeptFile, *, message: int) -> None:
    """A kept file in a conversation of its ticket, as part of a message that is shown there."""
    unit.effects.append(
        Effect(
            kind="upload",
            connection=conversation.connection,
            channel=conversation.channel,
            conversation=conversation.id,
            side=conversation.side,
            audience="public" if conversation.side == "customer" else "internal",
            urgency="card",
            purpose="upload",
            ticket=conversation.ticket,
            subject=message,
            args={"name": kept.name, "type": kept.type, "blob": kept.blob},
        )
    )


def subject(unit: Unit, name: str) -> str:
    """Of a ticket that was opened by a file without words."""
    return unit.voice.say("file_subject", name=clean(name, 70))


def rename(unit: Unit, kept: KeptFile, known_as: str) -> None:
    """A platform that tells a file's name with its bytes alone: what shows the name so far shows the right one."""
    message = queries.message(unit.tx.connection, kept.message)
    if message:
        unit.redraw_copy(kept.ticket, kept.message, message.text)
    ticket = unit.lock_ticket(kept.ticket)
    if ticket and ticket.subject == subject(unit, known_as):
        unit.change(ticket, subject=subject(unit, kept.name))
        unit.redraw(ticket.number, receipt=False)


def take_away(unit: Unit, ticket: int, message: int) -> None:
    """The copies of a message's files on the triage side, and those that are still to be sent there."""
    triage = unit.conversation(ticket, "triage")
    if triage is None:
        return
    outbox.drop_uploads(unit.tx, triage.id, message)
    for ref in finding.uploads_of(unit.tx.connection, triage.id, message):
        unit.effects.append(
            Effect(
                kind="delete",
                connection=ref.connection,
                channel=ref.channel,
                conversation=triage.id,
                side=triage.side,
                audience="internal",
                urgency="card",
                purpose="nothing",
                ticket=ticket,
                thread=ref.thread,
                message=ref.message,
            )
        )
