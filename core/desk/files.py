"""Files of messages, shown where the message is shown."""

from core.language.facts import ConversationFacts
from core.store.outbox import Effect
from core.store.queries import KeptFile


def upload(conversation: ConversationFacts, kept: KeptFile) -> Effect:
    """The effect that shows a kept file in a conversation of its ticket."""
    return Effect(
        kind="upload",
        connection=conversation.connection,
        channel=conversation.channel,
        conversation=conversation.id,
        side=conversation.side,
        audience="public" if conversation.side == "customer" else "internal",
        urgency="card",
        purpose="nothing",
        ticket=conversation.ticket,
        args={"name": kept.name, "type": kept.type, "blob": kept.blob},
    )
