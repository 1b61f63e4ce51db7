"""F03: handling raises. The event is rolled back and set aside with its error and payload, others go on, and it is
tried again later, listed, replayed or given up."""

import json
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs
from support.desk import GLOBEX, TRIAGE, DeskDriver, policy, text_of

from core.desk import operating
from core.desk.desk import RETRY_AFTER
from core.language.errors import Refused
from core.store import receipts
from core.store import tables as t
from core.store.engine import Store
from jobs import aside


class Reactions(dict[str, str]):
    """A policy's reactions that mean something the desk does not know, as long as `broken`."""

    broken = True

    def get(self, key: str, default: object = None) -> str:
        return "explode" if self.broken else "claim"


class Accounts(dict[str, object]):
    """Accounts that cannot be looked up as long as `broken`, with an error that no database takes as it is."""

    broken = True

    def get(self, key: str, default: object = None) -> object:
        if self.broken:
            raise RuntimeError("no such account \x00 \ud800")
        return None


Logs = list[MutableMapping[str, Any]]


@pytest.fixture(autouse=True)
def logs() -> Iterator[Logs]:
    with capture_logs() as entries:
        yield entries


@pytest.fixture
async def desk(store: Store) -> DeskDriver:
    made = policy(reactions=Reactions(eyes="claim"))
    made.__dict__["account_by_id"] = Accounts()
    return await DeskDriver(store, made).start()


async def due_now(desk: DeskDriver) -> None:
    await desk.set_all(t.receipt, next_attempt_at=desk.clock.at.replace(year=2020))


async def test_F03_set_aside_and_tried_again(desk: DeskDriver, logs: Logs) -> None:
    root = await desk.says("ann", "The export fails.", "C0GLOBEX")
    assert await desk.tickets() == []
    accounts = desk.policy.account_by_id
    assert isinstance(accounts, Accounts)
    (kept,) = await desk.receipts_in("quarantined")
    assert (kept.natural_key, kept.channel) == (f"posted/{GLOBEX}/{root.message}", GLOBEX)
    assert kept.error == "RuntimeError: no such account  "
    assert json.loads(kept.raw) == {"event": 1}
    assert [await desk.count(table) for table in (t.person, t.message, t.outbox, t.timeline)] == [0, 0, 1, 0]
    # Listed, and not yet due.
    assert [e.id for e in await desk.read(receipts.quarantined)] == [kept.id]
    assert await aside.retry_quarantined(desk.desk) == 0
    # It fails again, each time it waits longer, and in the end for a person.
    for attempt, wait in enumerate((*RETRY_AFTER[1:], None), start=1):
        await due_now(desk)
        assert await aside.retry_quarantined(desk.desk) == 0
        (kept,) = await desk.receipts_in("quarantined")
        assert kept.attempts == attempt
        assert (kept.next_attempt_at is None) == (wait is None)
    await due_now(desk)
    accounts.broken = False
    assert await aside.retry_quarantined(desk.desk) == 1
    (ticket,) = await desk.tickets()
    assert await desk.bodies(ticket.number) == ["The export fails."]
    assert await desk.receipts_in("quarantined") == []
    assert [r.raw for r in await desk.receipts_in("handled")] == [None]
    # Delivered once more by the platform, it is known.
    known = desk.normalise({"event": 1})
    assert known
    await desk.handle(known)
    assert await desk.bodies(ticket.number) == ["The export fails."]
    assert [entry["event"] for entry in logs] == ["event_set_aside"] + ["event_failed_again"] * 3


async def test_F03_others_go_on(desk: DeskDriver) -> None:
    accounts = desk.policy.account_by_id
    assert isinstance(accounts, Accounts)
    accounts.broken = False
    root = await desk.says("ann", "The export fails.")
    await desk.reacts("bo", root, "tada")
    assert len(await desk.receipts_in("quarantined")) == 1
    await desk.says("ann", "With error 502.", thread=root)
    await desk.types("bo", "claim 1")
    assert await desk.bodies() == ["The export fails.", "With error 502."]
    assert (await desk.ticket()).assignee == "bo"


async def test_F03_whoever_acted_is_told_and_acts_again(desk: DeskDriver) -> None:
    answer = text_of(await desk.types("bo", "open It is broken.", TRIAGE))
    assert answer.startswith("That did not work on our side.")
    accounts = desk.policy.account_by_id
    assert isinstance(accounts, Accounts)
    accounts.broken = False
    assert "is open" in text_of(await desk.types("bo", "open It is broken.", TRIAGE))
    # So it does not happen a second time by itself; an operator can still look at it, and decide.
    (kept,) = await desk.receipts_in("quarantined")
    assert kept.next_attempt_at is None
    assert await aside.retry_quarantined(desk.desk) == 0
    assert len(await desk.tickets()) == 1


async def test_F03_replayed_or_discarded(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    await desk.says("al", "My login fails.")
    accounts = desk.policy.account_by_id
    assert isinstance(accounts, Accounts)
    accounts.broken = False
    first, second = await desk.receipts_in("quarantined")
    await desk.store.transact(lambda tx: operating.discard(tx, first.id))
    assert not await desk.desk.handle_aside(first.id)
    with pytest.raises(Refused):
        await desk.store.transact(lambda tx: operating.discard(tx, first.id))
    await desk.store.transact(lambda tx: operating.replay(tx, second.id))
    assert await aside.retry_quarantined(desk.desk) == 1
    assert [ticket.requester_name for ticket in await desk.tickets()] == ["Al Ortiz"]
    (gone,) = await desk.receipts_in("discarded")
    assert gone.raw is None


async def test_F03_a_payload_that_makes_no_sense_any_more(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    (kept,) = await desk.receipts_in("quarantined")

    def nonsense(raw: Mapping[str, object]) -> None:
        raise ValueError("this is no message")

    def noise(raw: Mapping[str, object]) -> None:
        return None

    desk.desk.normalise = {"main": nonsense}
    assert not await desk.desk.handle_aside(kept.id)
    assert [r.error for r in await desk.receipts_in("quarantined")] == ["ValueError: this is no message"]
    desk.desk.normalise = {}
    assert not await desk.desk.handle_aside(kept.id)
    desk.desk.normalise = {"main": noise}
    assert await desk.desk.handle_aside(kept.id)
    assert len(await desk.receipts_in("discarded")) == 1
