"""F24: due times stay right where clocks skip an hour, repeat one, or are set back, and over a leap day."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from support.times import ZONES, changes, open_minutes, shows_open

from core.language.policy import Calendar, Length, SlaPolicy
from core.rules import sla
from core.rules.calendar import add, between, first_instant, shift

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
# A leap day in the middle of the week, for zones that never change their clocks too.
LEAP = datetime(2028, 2, 29, 12, tzinfo=UTC)


def calendars(zone: str) -> tuple[Calendar, ...]:
    """All day, by day, and by night with the hours in which clocks change."""
    return tuple(
        Calendar(f"{name} {zone}", zone, dict.fromkeys(range(7), hours))
        for name, hours in (
            ("all day", ((time(0), time(0)),)),
            ("office", ((time(9), time(12, 30)), (time(13), time(17, 30)))),
            ("night", ((time(0), time(2, 30)), (time(3, 15), time(6)), (time(22), time(0)))),
        )
    )


@pytest.mark.parametrize("zone", ZONES)
def test_F24_due_times_around_every_change_of_the_clock(zone: str) -> None:
    for change in (*changes(zone), LEAP):
        for calendar in calendars(zone):
            for before in (30 * HOUR, 3 * HOUR, HOUR / 2):
                start = change - before
                for length in (HOUR / 4, 2 * HOUR, 9 * HOUR):
                    due = shift(calendar, start, length)
                    assert shows_open(calendar, due - MOMENT)
                    assert between(calendar, start, due) == length
            # Counted minute by minute over the change itself.
            a, b = change - 6 * HOUR, change + 6 * HOUR
            assert between(calendar, a, b) == open_minutes(calendar, a, b)


@pytest.mark.parametrize("zone", ZONES)
def test_F24_a_business_day_over_a_change_keeps_the_local_time(zone: str) -> None:
    tz = ZoneInfo(zone)
    _, office, _ = calendars(zone)
    for change in (*changes(zone), LEAP):
        start = first_instant(tz, datetime.combine(change.astimezone(tz).date() - DAY, time(10, 20)))
        due = add(office, start, Length(business_days=2)).astimezone(tz)
        assert due.time() == time(10, 20)
        assert due.date() == start.astimezone(tz).date() + 2 * DAY


@pytest.mark.parametrize("zone", ZONES)
def test_F24_a_later_start_is_never_due_earlier_through_a_change(zone: str) -> None:
    """Also while an hour is shown for the second time, and when the next day is the one that lacks the hour."""
    for change in changes(zone):
        for calendar in calendars(zone):
            for days_before in (0, 1):
                first = change - days_before * DAY - 3 * HOUR
                due = [add(calendar, first + HOUR / 4 * step, Length(business_days=1)) for step in range(24)]
                assert due == sorted(due)


def test_F24_a_business_day_that_ends_in_the_gap_ends_at_the_jump() -> None:
    berlin = calendars("Europe/Berlin")[0]
    start = datetime(2026, 3, 28, 1, 30, tzinfo=UTC)  # 02:30, which the next night skips
    assert add(berlin, start, Length(business_days=1)) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_F24_the_day_of_the_gap_and_of_the_overlap_by_hand() -> None:
    berlin = calendars("Europe/Berlin")[0]
    spring, autumn = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)  # local midnight
    assert between(berlin, spring, spring + 23 * HOUR) == 23 * HOUR
    assert add(berlin, spring + HOUR, Length(business_days=1)) == spring + 24 * HOUR  # 01:00 to 01:00 the next day
    assert add(berlin, autumn + HOUR, Length(business_days=1)) == autumn + 26 * HOUR


def test_F24_a_clock_set_back_undoes_nothing() -> None:
    """The sandbox's clock can go back, and two processes' clocks differ."""
    calendar = calendars("Europe/Berlin")[0]
    policy = SlaPolicy("standard", calendar.id, {"resolution": {"normal": Length(minutes=60)}})
    promise = sla.Promise(policy, calendar, "normal")
    at = datetime(2026, 11, 20, 12, 40, tzinfo=UTC)
    (clock,) = sla.on_opened(promise, at)
    warned = sla.warn(clock, promise, at + 46 * timedelta(minutes=1))
    late = sla.breach(warned, at + HOUR)
    assert (warned.warned_at is not None, late.state) == (True, "breached")
    assert sla.warn(warned, promise, at) == warned
    assert sla.breach(late, at) == late
    assert sla.warn(late, promise, at) == late
    # Told an hour earlier that the wait began, an hour later that it ended: what was left does not grow.
    paused = sla.pause(clock, promise, at - HOUR)
    resumed = sla.resume(paused, promise, at)
    assert resumed.due_at is not None
    assert resumed.due_at - at <= clock.length
