"""Business time, worked out by hand."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.language.policy import ALWAYS, Calendar, Length
from core.rules.calendar import add, between, is_open, next_open, shift

SPLIT = ((time(9), time(12, 30)), (time(13), time(17, 30)))
OFFICE = Calendar("office", "Europe/Berlin", dict.fromkeys(range(5), SPLIT), frozenset(), "DE", "BE")
SHORT_FRIDAY = Calendar(
    "short", "Europe/Berlin", {**dict.fromkeys(range(4), ((time(9), time(17)),)), 4: ((time(9), time(14)),)}
)
NIGHT = Calendar(
    "night",
    "Europe/Berlin",
    {day: ((time(0), time(6)), (time(22), time(0))) for day in range(7)},
)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "length", "due"),
    [
        # 2026-11-20 is a Friday.
        ("2026-11-20 10:00", Length(30), "2026-11-20 10:30"),
        ("2026-11-20 12:20", Length(30), "2026-11-20 13:20"),  # over lunch
        ("2026-11-20 12:00", Length(30), "2026-11-20 12:30"),  # ends with the window, not after lunch
        ("2026-11-20 16:30", Length(60), "2026-11-20 17:30"),  # ends with the day
        ("2026-11-20 17:00", Length(60), "2026-11-23 09:30"),  # over the weekend
        ("2026-11-21 20:00", Length(60), "2026-11-23 10:00"),  # from Saturday
        ("2026-11-20 10:00", Length(business_days=1), "2026-11-23 10:00"),
        ("2026-11-20 10:00", Length(business_days=5), "2026-11-27 10:00"),
        ("2026-11-20 09:00", Length(business_days=1), "2026-11-20 17:30"),  # a whole day from its opening
        ("2026-11-21 20:00", Length(business_days=1), "2026-11-23 17:30"),  # out of hours: that next day
        ("2026-11-20 17:30", Length(business_days=1), "2026-11-23 17:30"),  # at closing: out of hours
        ("2026-11-20 12:45", Length(business_days=1), "2026-11-23 12:30"),  # in the break: from 13:00
        ("2026-11-20 10:00", Length(60, business_days=1), "2026-11-23 11:00"),
        ("2026-12-24 16:00", Length(120), "2026-12-28 09:30"),  # Christmas, from the library
        ("2026-03-06 16:30", Length(120), "2026-03-09 10:00"),  # the 8th of March is a Sunday in 2026
        ("2027-03-05 16:30", Length(120), "2027-03-09 10:00"),  # and a Monday in 2027, a holiday in Berlin alone
    ],
)
def test_due_times(start: str, length: Length, due: str) -> None:
    assert add(OFFICE, berlin(start), length) == berlin(due)


def test_a_day_that_closes_earlier_ends_at_its_closing() -> None:
    assert add(SHORT_FRIDAY, berlin("2026-11-19 16:00"), Length(business_days=1)) == berlin("2026-11-20 14:00")
    assert add(SHORT_FRIDAY, berlin("2026-11-19 13:00"), Length(business_days=1)) == berlin("2026-11-20 13:00")


def test_a_window_to_midnight_goes_on_after_it() -> None:
    assert shift(NIGHT, berlin("2026-11-20 23:00"), 4 * HOUR) == berlin("2026-11-21 03:00")
    assert between(NIGHT, berlin("2026-11-20 12:00"), berlin("2026-11-21 12:00")) == 8 * HOUR
    assert is_open(NIGHT, berlin("2026-11-20 23:59"))
    assert is_open(NIGHT, berlin("2026-11-21 00:00"))
    assert not is_open(NIGHT, berlin("2026-11-21 06:00"))


def test_explicit_dates_are_off() -> None:
    calendar = Calendar("office", "Europe/Berlin", OFFICE.hours, frozenset({date(2026, 11, 23)}))
    assert next_open(calendar, berlin("2026-11-20 18:00")) == berlin("2026-11-24 09:00")


def test_calendars_of_one_id_do_not_mix() -> None:
    """A new policy file may change the hours behind an id."""
    at = berlin("2026-11-20 12:45")
    through = Calendar("office", "Europe/Berlin", dict.fromkeys(range(5), ((time(9), time(17)),)))
    assert not is_open(OFFICE, at)
    assert is_open(through, at)
    assert not is_open(OFFICE, at)


def test_always_is_real_time() -> None:
    at = datetime(2026, 3, 28, 12, 34, 56, tzinfo=UTC)
    assert shift(ALWAYS, at, 40 * DAY) == at + 40 * DAY
    assert add(ALWAYS, at, Length(business_days=2)) == at + 2 * DAY
    assert between(ALWAYS, at, at + 400 * DAY) == 400 * DAY
    assert next_open(ALWAYS, at) == at


def test_any_zone_goes_in_and_utc_comes_out() -> None:
    local = datetime(2026, 11, 20, 17, tzinfo=ZoneInfo("Asia/Tokyo"))
    due = add(OFFICE, local, Length(60))
    assert due == add(OFFICE, local.astimezone(UTC), Length(60))
    assert due.tzinfo is UTC


@pytest.mark.parametrize("length", [Length(), Length(minutes=-5), Length(business_days=-1, minutes=600)])
def test_a_length_of_nothing_is_refused(length: Length) -> None:
    with pytest.raises(ValueError, match="not a length"):
        add(OFFICE, berlin("2026-11-20 10:00"), length)


def test_a_time_without_zone_is_refused() -> None:
    naive = datetime.fromisoformat("2026-11-20 10:00")
    for ask in (is_open, next_open):
        with pytest.raises(ValueError, match="time zone"):
            ask(OFFICE, naive)
    with pytest.raises(ValueError, match="time zone"):
        add(OFFICE, naive, Length(5))


def test_what_never_ends_is_refused() -> None:
    at = berlin("2026-11-20 10:00")
    never = Calendar("never", "UTC", {})
    rare = Calendar("rare", "UTC", {0: ((time(9), time(9, 15)),)})
    with pytest.raises(ValueError, match="never does not open"):
        next_open(never, at)
    with pytest.raises(ValueError, match="never"):
        add(never, at, Length(business_days=1))
    with pytest.raises(ValueError, match="too little open time"):
        add(rare, at, Length(minutes=60 * 200))
    with pytest.raises(ValueError, match="too few business days"):
        add(rare, at, Length(business_days=600))
    with pytest.raises(ValueError, match="no calendar holds"):
        next_open(never, datetime(9999, 12, 1, tzinfo=UTC))
    assert between(never, at, at + 1000 * DAY) == timedelta(0)
