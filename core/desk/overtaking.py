"""Events that overtake the message that they are about: an edit, a deletion, a reaction or a reply may be delivered
before it. They are kept until the message comes, and are then done in the order of their time."""

import json

from core.desk.unit import Unit
from core.language.events import (
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionAdded,
    ReactionRemoved,
    posted_key,
)
from core.language.places import MessageRef
from core.store import finding, receipts

# More is said of no message before it is here.
_MOST = 20


def keep(
    unit: Unit,
    event: MessagePosted | MessageEdited | MessageDeleted | ReactionAdded | ReactionRemoved,
    about: MessageRef,
) -> bool:
    """Keep the payload of an event about a message that the desk has not heard of, where it takes messages at all;
    False when it is of no use to wait."""
    channel = about.place.parent
    if channel not in unit.policy.channel and channel not in unit.policy.triage_channels:
        return False
    if _has_come(unit, about):
        return False
    raw = json.dumps(event.raw, ensure_ascii=True, default=str)
    kept = [*payloads(unit, about), raw][-_MOST:]
    receipts.keep_overtaking(unit.tx, about.connection, receipt_name(about), json.dumps(kept))
    return True


def _has_come(unit: Unit, about: MessageRef) -> bool:
    """Whether a message was received, or is our own, and means nothing; a reply may wait for its root itself."""
    if finding.is_ours(unit.tx.connection, about):
        return True
    if not receipts.is_known(unit.tx, about.connection, posted_key(about)):
        return False
    root = MessageRef(about.connection, about.channel, about.as_root.thread or about.message)
    return root.message == about.message or receipts.is_known(unit.tx, root.connection, posted_key(root))


def payloads(unit: Unit, ref: MessageRef) -> list[str]:
    """Those that are kept for a message, as they came in."""
    found = receipts.overtaking(unit.tx, ref.connection, receipt_name(ref))
    return json.loads(found) if found else []


def take(unit: Unit, ref: MessageRef) -> list[str]:
    """The same, and keep them no longer: they are to be done, or the message has come and means nothing. Nothing yet
    for a reply that waits for its root itself."""
    found = payloads(unit, ref)
    if not found:
        return []
    own = finding.find_own(unit.tx.connection, ref)
    if own is None and ref.thread not in (None, ref.message):
        return []
    receipts.drop_overtaking(unit.tx, ref.connection, receipt_name(ref))
    return found if own else []


def receipt_name(ref: MessageRef) -> str:
    """The natural key under which they wait, a row of their own."""
    return f"overtaking/{ref.channel}/{ref.message}"
