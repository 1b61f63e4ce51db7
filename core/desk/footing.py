"""The desk's own footing: channels it is in, people and groups that changed, opened homes, lost connections."""

from datetime import datetime

from core.desk.unit import Unit
from core.language.effects import Live
from core.language.events import ChannelChanged, ConnectionRevoked, GroupChanged, HomeOpened, PersonChanged
from core.language.text import clean
from core.store import writes
from core.store.engine import Tx
from core.store.outbox import Effect

_STATES = {"joined": "ok", "unarchived": "ok", "removed": "removed", "archived": "archived", "deleted": "deleted"}


def home_opened(unit: Unit, event: HomeOpened) -> None:
    person = unit.person(event.person)
    unit.effects.append(
        Effect(
            kind="publish_home",
            connection=event.connection,
            urgency="reply",
            purpose="nothing",
            audience="public",
            person=event.person.user,
            shown=Live("home", person.id),
            collapse=f"home:{event.person}",
        )
    )


def channel_changed(unit: Unit, event: ChannelChanged) -> None:
    state = _STATES.get(event.change)
    if state:
        writes.set_channel_state(unit.tx, event.connection, event.place.channel, state)
    if event.name:
        writes.set_channel_name(unit.tx, event.connection, event.place.channel, clean(event.name, 200))


def person_changed(unit: Unit, event: PersonChanged) -> None:
    unit.effects.append(
        Effect(
            kind="fetch_person",
            connection=event.connection,
            urgency="background",
            purpose="profile",
            person=event.person.user,
            subject=unit.person(event.person).id,
            collapse=f"person:{event.person}",
        )
    )


def group_changed(unit: Unit, event: GroupChanged) -> None:
    """Members are read anew when the group is one that desk.yaml gives a role to."""
    if any(g.connection == event.connection and g.group == event.group for g in unit.policy.agent_groups):
        fetch_group(unit, event.connection, event.group)


# What is noted, and woken, when a group's members were read for the first time, or the platform does not tell them.
GROUP_READ = "group read"


def group_read(tx: Tx, connection: str, group: str, at: datetime) -> None:
    writes.once(tx, GROUP_READ, f"{connection}/{group}", at)
    tx.wake(GROUP_READ)


def fetch_group(unit: Unit, connection: str, group: str) -> None:
    unit.effects.append(
        Effect(
            kind="fetch_group",
            connection=connection,
            urgency="background",
            purpose="group",
            args={"group": group},
            collapse=f"group:{connection}:{group}",
        )
    )


def connection_revoked(unit: Unit, event: ConnectionRevoked) -> None:
    """Nothing can be sent until the operator acts; delivery pauses the connection, readiness says so."""
    unit.tx.wake(f"revoked/{event.connection}")
