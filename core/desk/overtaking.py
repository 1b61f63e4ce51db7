"""Events that overtake the message that they are about: an edit, a deletion or a reaction may be delivered before it.
They are kept until the message comes, and are then done in the order of their time."""

import json

from core.desk.unit import Unit
from core.language.events import MessageDeleted, MessageEdited, ReactionAdded, ReactionRemoved
from core.language.places import MessageRef
from core.store import receipts

# More is said of no message before it is here.
_MOST = 20


def keep(unit: Unit, event: MessageEdited | MessageDeleted | ReactionAdded | ReactionRemoved) -> None:
    """Keep the payload of an event about a message that the desk does not know, where it takes messages at all."""
    channel = event.ref.place.parent
    if channel not in unit.policy.channel and channel not in unit.policy.triage_channels:
        return
    raw = json.dumps(event.raw, ensure_ascii=True, default=str)
    kept = [*payloads(unit, event.ref), raw][-_MOST:]
    receipts.keep_overtaking(unit.tx, event.connection, receipt_name(event.ref), json.dumps(kept))


def payloads(unit: Unit, ref: MessageRef) -> list[str]:
    """Those that are kept for a message, as they came in."""
    found = receipts.overtaking(unit.tx, ref.connection, receipt_name(ref))
    return json.loads(found) if found else []


def take(unit: Unit, ref: MessageRef) -> list[str]:
    """The same, and keep them no longer."""
    found = payloads(unit, ref)
    if found:
        receipts.drop_overtaking(unit.tx, ref.connection, receipt_name(ref))
    return found


def receipt_name(ref: MessageRef) -> str:
    """The natural key under which they wait, a row of their own."""
    return f"overtaking/{ref.channel}/{ref.message}"
