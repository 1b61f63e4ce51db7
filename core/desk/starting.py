"""What a start of the desk writes: the policy's accounts and channels, and the groups to read."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.engine import Connection

from core.desk import footing, panels
from core.desk.unit import Unit
from core.language.places import Place
from core.language.policy import Policy
from core.language.text import clean
from core.store import queries, writes
from core.store.engine import Tx

FIRST_START = "first start"
_CHECKED = "channel checked"


def named_channels(policy: Policy) -> dict[Place, str]:
    """Channels that desk.yaml names, with what they are there for."""
    named: dict[Place, str] = {}
    for account in policy.accounts:
        named |= {c.place.parent: f"account {account.id}" for c in account.channels}
    named |= {digest.to.parent: f"digest {digest.id}" for digest in policy.digests}
    named |= {team.triage.parent: f"team {team.id}, triage" for team in policy.teams}
    return named


def unchecked_channels(connection: Connection, policy: Policy) -> dict[Place, str]:
    """Those of them that were never found to exist."""
    known = queries.slots(connection, _CHECKED)
    named = named_channels(policy)
    return {place: what for place, what in named.items() if f"{place.connection}/{place.channel}" not in known}


def listened_since(connection: Connection) -> dict[Place, datetime]:
    """When channels that desk.yaml names were found to exist; from then on the desk answers for what is said there."""
    return {Place(*slot.split("/", 1)): at for slot, at in queries.slots(connection, _CHECKED).items()}


def unread_groups(connection: Connection, policy: Policy) -> set[tuple[str, str]]:
    """Groups of agents (connection, group) whose members were never read."""
    known = queries.slots(connection, footing.GROUP_READ)
    named = {(group.connection, group.group) for group in policy.agent_groups}
    return {each for each in named if "/".join(each) not in known}


def channels_checked(tx: Tx, names: Mapping[Place, str], at: datetime) -> None:
    """Cards on another platform call a channel by its name; empty where it is not known."""
    for place, name in names.items():
        writes.once(tx, _CHECKED, f"{place.connection}/{place.channel}", at)
        if name:
            writes.set_channel_name(tx, place.connection, place.channel, clean(name, 200))


def adopt_policy(unit: Unit) -> None:
    """Accounts and channels of desk.yaml as rows, so that tickets can refer to them."""
    policy = unit.policy
    writes.put_accounts(
        unit.tx,
        [{"id": a.id, "name": a.name, "tier": a.tier, "team": a.team} for a in policy.accounts],
    )
    writes.put_channel_accounts(
        unit.tx,
        [
            {"connection": c.place.connection, "channel": c.place.channel, "account": a.id}
            for a in policy.accounts
            for c in a.channels
        ],
    )
    for place in {*(place.parent for place in policy.triage_channels), *(d.to.parent for d in policy.digests)}:
        writes.know_channel(unit.tx, place.connection, place.channel)
    # Digests of before the desk existed are not made up for.
    writes.once(unit.tx, FIRST_START, "", unit.now)
    for group in policy.agent_groups:
        footing.fetch_group(unit, group.connection, group.group)
    panels.put_up(unit)
    unit.flush()
