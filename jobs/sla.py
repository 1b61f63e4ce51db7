"""The tick that tells of promises that are due soon or broken."""

from collections.abc import Callable

from core.desk import reminding
from core.desk.desk import Desk
from core.desk.unit import Cause
from core.language.places import MessageRef

Permalink = Callable[[MessageRef], str | None]


async def sweep(desk: Desk, permalink: Permalink) -> int:
    """Tell what is due now; how many clocks were dealt with. A sweep costs what is due, not what is open."""
    return await desk.store.transact(lambda tx: reminding.sweep(desk.unit(tx, Cause(None, "clock")), permalink))
