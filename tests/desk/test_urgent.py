"""Out of hours the customer is asked whether it can wait."""

from datetime import UTC, datetime

import pytest
from support.desk import OFFICE, DeskDriver, buttons, policy, text_of

from core.language.policy import Length, SlaPolicy
from core.store.engine import Store

FRIDAY_EVENING = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
ASKED = "Thanks, Ann. This is T-1. We are back Mon 09:00 and will answer by 10:00. Is it urgent?"


def _sla(id_: str, calendar: str | None, minutes: int, *priorities: str) -> SlaPolicy:
    lengths = dict.fromkeys(("urgent", "high", "normal", "low"), Length(minutes))
    return SlaPolicy(id_, calendar, {"first_response": lengths}, priorities=frozenset(priorities))


@pytest.fixture
async def closed(store: Store) -> DeskDriver:
    """Closed for the weekend, but for what is urgent."""
    sla = (_sla("always", None, 30, "urgent"), _sla("office", "office", 60))
    desk = await DeskDriver(store, policy(calendars=(OFFICE,), sla=sla)).start()
    desk.clock.at = FRIDAY_EVENING
    await desk.says("ann", "All is down.")
    return desk


async def test_urgent_by_the_customers_own_word(closed: DeskDriver) -> None:
    desk = closed
    receipt = await desk.receipt()
    assert text_of(receipt) == ASKED
    assert list(buttons(receipt)) == ["Yes, it is urgent", "Solved", "I need a person"]
    answer = await desk.presses("ann", buttons(receipt)["Yes, it is urgent"])
    assert text_of(answer) == "T-1 is marked as urgent; the team knows."
    assert (await desk.ticket()).priority == "urgent"
    assert "Ann Weber says that T-1 cannot wait: All is down." in await desk.posts("triage", "status")
    after = await desk.receipt()
    assert text_of(after) == "Thanks, Ann. This is T-1; you will hear from us by 20:30."
    assert list(buttons(after)) == ["Solved", "I need a person"]
    posts = len(await desk.posts())
    assert "is marked as urgent" in text_of(await desk.presses("ann", "urgent:1"))
    assert len(await desk.posts()) == posts


async def test_urgent_where_nobody_works_at_night(store: Store) -> None:
    desk = await DeskDriver(store, policy(calendars=(OFFICE,), sla=(_sla("office", "office", 60),))).start()
    desk.clock.at = FRIDAY_EVENING
    root = await desk.says("ann", "All is down.")
    assert await desk.reacts("ann", root, "rotating_light") is None
    receipt = await desk.receipt()
    assert text_of(receipt) == ASKED.replace("Is it urgent?", "The team knows that it is urgent.")
    assert list(buttons(receipt)) == ["Solved", "I need a person"]


async def test_in_hours_the_team_decides(closed: DeskDriver) -> None:
    desk = closed
    desk.clock.at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    refusal = "The team is here and sees to it. Write in the thread why it cannot wait."
    assert text_of(await desk.presses("ann", "urgent:1")) == refusal
    assert (await desk.ticket()).priority == "normal"
    assert "Is it urgent?" not in text_of(await desk.receipt())
    assert "is marked as urgent" in text_of(await desk.presses("bo", "urgent:1"))
    assert (await desk.ticket()).priority == "urgent"


async def test_what_is_resolved_is_not_urgent(closed: DeskDriver) -> None:
    desk = closed
    await desk.presses("ann", "solved:1")
    assert list(buttons(await desk.receipt())) == []
    assert text_of(await desk.presses("ann", "urgent:1")) == "This ticket is resolved. Reopen it first."


async def test_a_button_that_is_worded_away_is_not_there(store: Store) -> None:
    wording = {"button_urgent": "", "receipt_is_it_urgent": ""}
    made = policy(calendars=(OFFICE,), sla=(_sla("office", "office", 60),), wording=wording)
    desk = await DeskDriver(store, made).start()
    desk.clock.at = FRIDAY_EVENING
    await desk.says("ann", "All is down.")
    receipt = await desk.receipt()
    assert list(buttons(receipt)) == ["Solved", "I need a person"]
    assert text_of(receipt) == ASKED.removesuffix(" Is it urgent?")
