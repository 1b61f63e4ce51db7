"""What a start of the desk writes: the policy's accounts and channels, and the groups to read."""

from core.desk import footing
from core.desk.unit import Unit
from core.store import writes

FIRST_START = "first start"


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
    # Digests of before the desk existed are not made up for.
    writes.once(unit.tx, FIRST_START, "", unit.now)
    for group in policy.agent_groups:
        footing.fetch_group(unit, group.connection, group.group)
    unit.flush()
