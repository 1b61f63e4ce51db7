"""How many statements taking a message in costs: the rate of the whole desk hangs on it. Not counted are those that
begin, divide and end a transaction."""

from support.desk import DeskDriver
from support.units import heard_statements

from core.language.events import Inbound

TO_APPEND, TO_OPEN = 14, 20
KNOWN = {"sqlite": 2, "postgresql": 3}


async def cost(desk: DeskDriver, event: Inbound) -> list[str]:
    with heard_statements() as heard:
        await desk.handle(event)
    return [one for one in heard if one.split()[0] not in ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT")]


async def test_statements_of_a_message(desk: DeskDriver) -> None:
    # Ann is met for the first time, which happens once.
    first = desk.message("ann", "The export fails.", client_id="c1")
    spent = {"open, by somebody new": await cost(desk, first)}
    desk.clock.move(hours=1)
    spent["open"] = await cost(desk, desk.message("ann", "The import fails.", client_id="c2"))
    spent["append, below it"] = await cost(desk, desk.message("ann", "It does.", thread=first.ref, client_id="c3"))
    spent["append, beside it"] = await cost(desk, desk.message("ann", "And more.", client_id="c4"))
    await desk.says("bo", "We look.", thread=first.ref)
    spent["append, which starts a promise"] = await cost(desk, desk.message("ann", "And?", thread=first.ref))
    spent["append, by an agent"] = await cost(desk, desk.message("bo", "Yes.", thread=first.ref, client_id="c5"))
    for what, statements in spent.items():
        most = TO_OPEN if what.startswith("open") else TO_APPEND
        assert len(statements) <= most, (what, statements)
    assert await desk.receipts_in("quarantined") == []


async def test_a_known_event_costs_next_to_nothing(desk: DeskDriver) -> None:
    message = desk.message("ann", "The export fails.")
    await desk.handle(message)
    assert len(await cost(desk, message)) == KNOWN[desk.store.dialect]
