"""Which warnings and breaches are told, and in which posts."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.language.places import Place
from core.language.policy import ALWAYS, Calendar
from core.rules.reminders import CLOSING_GRACE, MAX_LINES, MAX_THREADS, Due, bundle

NOW = datetime(2026, 11, 20, 13, 30, tzinfo=UTC)  # a Friday
OFFICE = Calendar("office", "UTC", {day: ((time(9), time(17)),) for day in range(5)})
TRIAGE = Place("main", "C0TRIAGE")
MINUTE = timedelta(minutes=1)


def due(ticket: int = 1, **changes: Any) -> Due:
    facts: dict[str, Any] = {
        "kind": "breach",
        "ticket": ticket,
        "target": "first_response",
        "due_at": NOW - MINUTE,
        "since": NOW - MINUTE,
        "priority": "normal",
        "subject": "Export fails with 502",
        "calendar": ALWAYS,
        "triage": TRIAGE,
    }
    return Due(**(facts | changes))


def warning(ticket: int = 1, **changes: Any) -> Due:
    return due(ticket, **({"kind": "warn", "due_at": NOW + 15 * MINUTE} | changes))


def test_one_alone_is_a_post_of_its_own() -> None:
    only = warning()
    telling = bundle([only], NOW)
    assert [reminder.items for reminder in telling.reminders] == [(only,)]
    assert telling.done == (only,)
    assert telling.later == ()


def test_several_are_one_post_with_the_most_urgent_first() -> None:
    low = due(1, priority="low", due_at=NOW - 60 * MINUTE)
    late = due(2, priority="high", due_at=NOW - 30 * MINUTE)
    soon = warning(3, priority="high")
    urgent = warning(4, priority="urgent")
    (reminder,) = bundle([low, soon, late, urgent], NOW).reminders
    assert reminder.items == (urgent, late, soon, low)
    assert (reminder.lines, reminder.more, reminder.late) == (reminder.items, (), 2)


def test_each_triage_channel_has_its_own_post() -> None:
    other = Place("community", "11")
    reminders = bundle([due(1), due(2, triage=other), due(3)], NOW).reminders
    assert {(reminder.triage, len(reminder.items)) for reminder in reminders} == {(TRIAGE, 2), (other, 1)}


def test_a_stall_of_hours_makes_one_post_a_channel() -> None:
    overdue = [due(number, due_at=NOW - number * MINUTE, since=NOW - number * MINUTE) for number in range(1, 501)]
    telling = bundle(overdue, NOW)
    (reminder,) = telling.reminders
    assert (len(reminder.lines), len(reminder.more), reminder.late) == (MAX_LINES, 490, 500)
    assert [item.ticket for item in reminder.lines] == list(range(500, 490, -1))
    # All are settled, also those that are only counted: nothing is left to be told again.
    assert set(telling.done) == set(overdue)


@given(st.lists(st.sampled_from(["bo", "mia", None]), min_size=2, max_size=120))
def test_whoever_owns_any_is_mentioned(owners: list[str | None]) -> None:
    (reminder,) = bundle([due(number, assignee=owner) for number, owner in enumerate(owners)], NOW).reminders
    assert len(reminder.threaded) <= MAX_THREADS
    mentioned = {item.assignee for item in reminder.threaded} | {owner for owner, _ in reminder.shares}
    assert mentioned >= set(owners)
    # The channel's post mentions people only after a stall.
    assert bool(reminder.shares) == (len(owners) > MAX_THREADS)
    assert sum(count for _, count in reminder.shares) in (0, len(reminder.more))


def test_a_warning_gives_way_to_the_breach() -> None:
    superseded = warning(due_at=NOW - MINUTE, since=NOW - 20 * MINUTE)
    breach = due()
    telling = bundle([superseded, breach], NOW)
    assert [reminder.items for reminder in telling.reminders] == [(breach,)]
    assert set(telling.done) == {superseded, breach}


def test_a_warning_after_its_due_time_is_never_told() -> None:
    """Its breach comes with the next sweep at the latest."""
    superseded = warning(due_at=NOW, since=NOW - 20 * MINUTE)
    telling = bundle([superseded], NOW)
    assert telling.reminders == ()
    assert telling.done == (superseded,)


def test_one_promise_is_told_once_and_two_promises_twice() -> None:
    early, newer = warning(since=NOW - 9 * MINUTE), warning(since=NOW - MINUTE)
    (reminder,) = bundle([early, newer], NOW).reminders
    assert len(reminder.items) == 1
    (reminder,) = bundle([early, due(1, target="resolution")], NOW).reminders
    assert {item.target for item in reminder.items} == {"first_response", "resolution"}


def test_out_of_hours_it_waits_for_the_opening() -> None:
    night = datetime(2026, 11, 20, 22, tzinfo=UTC)
    stalled = due(calendar=OFFICE, due_at=night - 7 * 60 * MINUTE, since=night - 7 * 60 * MINUTE)
    asleep = bundle([stalled], night)
    assert (asleep.reminders, asleep.done, asleep.later) == ((), (), (stalled,))
    monday = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert bundle(asleep.later, monday).done == (stalled,)


def test_hours_are_those_of_each_clock() -> None:
    night = datetime(2026, 11, 20, 22, tzinfo=UTC)
    ours, always = due(1, calendar=OFFICE), due(2)
    telling = bundle([ours, always], night)
    assert telling.done == (always,)
    assert telling.later == (ours,)


def test_what_is_due_at_closing_is_told_just_after() -> None:
    closing = datetime(2026, 11, 20, 17, tzinfo=UTC)
    last = due(calendar=OFFICE, due_at=closing, since=closing)
    assert bundle([last], closing + timedelta(seconds=5)).done == (last,)
    assert bundle([last], closing + CLOSING_GRACE + MINUTE).later == (last,)
