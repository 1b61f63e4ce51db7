"""The tick that posts digests whose time has come."""

from core.desk import digesting
from core.desk.desk import Desk
from core.desk.unit import Cause
from jobs.sla import Permalink


async def post_due(desk: Desk, permalink: Permalink) -> int:
    """How many were posted; each slot once, whoever gets there first."""
    if not desk.policy.digests:
        return 0
    return await desk.store.transact(lambda tx: digesting.due(desk.unit(tx, Cause(None, "clock")), permalink))
