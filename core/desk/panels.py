"""Panels: a message with a button in each channel where requests are made by a form.

Each is posted once and known by its row in `sent`; what it showed last is noted, so that it is changed when the desk's
words for it do and left alone otherwise.
"""

import hashlib

from core.cards.panel import panel
from core.desk.unit import Unit
from core.language.codec import dump_shown
from core.language.effects import EffectKind
from core.language.events import MessageDeleted
from core.language.places import MessageRef
from core.language.views import Card
from core.store import panels, writes
from core.store.outbox import Effect


def put_up(unit: Unit) -> None:
    """Every channel whose intake is by form has its panel, and no other one has."""
    card = panel(unit.voice, unit.policy.name)
    digest = hashlib.sha256(dump_shown(card).encode()).hexdigest()[:16]
    wanted = {place.parent for place, (_, channel) in unit.policy.channel.items() if channel.intake == "form"}
    standing = {ref.place: ref for ref in panels.standing(unit.tx.connection)}
    for place in sorted(wanted - set(standing) - panels.on_their_way(unit.tx.connection), key=str):
        panels.shows_another(unit.tx, place, digest)
        unit.post_at(place, card, purpose="panel", urgency="card", audience="public", collapse=f"panel:{place}")
    for place, ref in standing.items():
        if place not in wanted:
            unit.effects.append(_on_panel("delete", ref, None))
            panels.forget(unit.tx, ref)
        elif panels.shows_another(unit.tx, place, digest):
            unit.effects.append(_on_panel("update", ref, card))


def is_gone(unit: Unit, event: MessageDeleted) -> bool:
    """Whether the deleted message was a panel. It is put up again, once a day: somebody may want it away."""
    ref = MessageRef(event.ref.connection, event.ref.channel, event.ref.message)
    if ref not in panels.standing(unit.tx.connection):
        return False
    panels.forget(unit.tx, ref)
    if writes.once(unit.tx, "panel again", f"{ref.connection}/{ref.channel}/{unit.now.date()}", unit.now):
        put_up(unit)
    return True


def _on_panel(kind: EffectKind, ref: MessageRef, card: Card | None) -> Effect:
    return Effect(
        kind=kind,
        connection=ref.connection,
        channel=ref.channel,
        urgency="card",
        purpose="nothing",
        audience="public",
        message=ref.message,
        shown=card,
    )
