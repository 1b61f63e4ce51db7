"""The digest posts: each slot (a local date) once, whoever gets there first."""

from collections.abc import Callable
from datetime import timedelta

from core.cards import digest as cards
from core.desk import starting, telling
from core.desk.unit import Unit
from core.language.places import MessageRef
from core.language.policy import Digest
from core.rules import schedule
from core.store import figures, queries, writes

# A slot that was missed for longer than this is not made up for: yesterday's figures help nobody today.
_TOO_LATE = timedelta(hours=12)


def due(unit: Unit, permalink: Callable[[MessageRef], str | None]) -> int:
    """Post the digests whose time has come; how many."""
    posted = 0
    began = queries.first_run(unit.tx.connection, starting.FIRST_START)
    for digest in unit.policy.digests:
        slot = schedule.last_slot(digest, unit.now)
        if slot is None or unit.now - slot.at > _TOO_LATE or (began and slot.at < began):
            continue
        if not writes.once(unit.tx, f"digest/{digest.id}", slot.key, unit.now):
            continue
        _post(unit, digest, slot, permalink)
        posted += 1
    unit.flush()
    return posted


def _post(unit: Unit, digest: Digest, slot: schedule.Slot, permalink: Callable[[MessageRef], str | None]) -> None:
    """Figures since the slot before, compared with the period before that one."""
    before = schedule.last_slot(digest, slot.at - timedelta(seconds=1))
    since = before.at if before else slot.at - timedelta(days=1)
    length = slot.at - since
    connection = unit.tx.connection

    def agent(agent_id: str) -> str:
        return unit.directory.agent_name(connection, agent_id)

    def account(account_id: str) -> str:
        known = unit.policy.account_by_id.get(account_id)
        return known.name if known else account_id

    now = figures.figures(connection, since, slot.at, agent_name=agent, account_name=account)
    earlier = figures.figures(connection, since - length, since, agent_name=agent, account_name=account)
    link = telling.card_links(unit, permalink)
    card = cards.digest(unit.voice, unit.policy.name, now, earlier, at=slot.at, timezone=digest.timezone, link=link)
    unit.post_at(digest.to, card, purpose="digest", urgency="background")
