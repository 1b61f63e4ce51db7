"""Business time in more than twenty time zones: around changes of the clock, over leap days, any opening hours."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from support.times import calendar_and_instant, open_minutes, shows_open, windows

from core.language.policy import Calendar, Length
from core.rules.calendar import add, between, first_instant, is_open, next_open, shift

many = settings(max_examples=150, deadline=None)
some = settings(max_examples=60, deadline=None)

minutes = st.integers(1, 5000).map(lambda n: timedelta(minutes=n))
NOTHING = timedelta(0)


def lies_in_hours(calendar: Calendar, at: datetime) -> bool:
    """In open time or at its very end."""
    return shows_open(calendar, at) or shows_open(calendar, at - timedelta(microseconds=1))


@many
@given(calendar_and_instant())
def test_open_is_what_the_clock_on_the_wall_says(case: tuple[Calendar, datetime]) -> None:
    calendar, at = case
    for quarter in range(-8, 9):
        moment = at + timedelta(minutes=15 * quarter)
        assert is_open(calendar, moment) == shows_open(calendar, moment)


@some
@given(calendar_and_instant(), st.integers(0, 3000))
def test_open_time_is_what_counting_minutes_gives(case: tuple[Calendar, datetime], span: int) -> None:
    calendar, start = case
    end = start + timedelta(minutes=span)
    assert between(calendar, start, end) == open_minutes(calendar, start, end)


@many
@given(calendar_and_instant(), minutes)
def test_what_is_added_lies_between(case: tuple[Calendar, datetime], length: timedelta) -> None:
    calendar, start = case
    due = shift(calendar, start, length)
    assert between(calendar, start, due) == length
    assert due - start >= length
    assert lies_in_hours(calendar, due)
    assert add(calendar, start, Length(minutes=length // timedelta(minutes=1))) == due


@many
@given(calendar_and_instant(), minutes, minutes)
def test_two_steps_are_one(case: tuple[Calendar, datetime], first: timedelta, second: timedelta) -> None:
    calendar, start = case
    assert shift(calendar, shift(calendar, start, first), second) == shift(calendar, start, first + second)
    assert shift(calendar, shift(calendar, start, NOTHING), first) == shift(calendar, start, first)


@many
@given(calendar_and_instant(), st.integers(-2000, 100_000), st.integers(-2000, 100_000))
def test_open_time_adds_up(case: tuple[Calendar, datetime], one: int, other: int) -> None:
    calendar, a = case
    b, c = a + timedelta(minutes=one), a + timedelta(minutes=other)
    assert between(calendar, a, b) + between(calendar, b, c) == between(calendar, a, c)
    assert between(calendar, a, b) == -between(calendar, b, a)


@many
@given(calendar_and_instant())
def test_the_next_opening_is_the_first(case: tuple[Calendar, datetime]) -> None:
    calendar, at = case
    opening = next_open(calendar, at)
    assert opening >= at
    assert shows_open(calendar, opening)
    assert between(calendar, at, opening) == NOTHING
    assert (opening == at) == shows_open(calendar, at)


@many
@given(calendar_and_instant(), st.integers(0, 6), st.integers(0, 300), st.integers(0, 3000))
def test_a_later_start_is_never_due_earlier(case: tuple[Calendar, datetime], days: int, extra: int, later: int) -> None:
    calendar, start = case
    length = Length(minutes=extra, business_days=days) if days or extra else Length(minutes=1)
    longer = Length(minutes=length.minutes + 1, business_days=days)
    due = add(calendar, start, length)
    assert due > start
    assert lies_in_hours(calendar, due)
    assert due <= add(calendar, start + timedelta(minutes=later), length)
    assert due < add(calendar, start, longer)


@many
@given(calendar_and_instant(), st.integers(1, 6))
def test_a_business_day_ends_at_the_same_time_or_at_the_last_open_moment_before(
    case: tuple[Calendar, datetime], days: int
) -> None:
    calendar, start = case
    zone = ZoneInfo(calendar.timezone)
    due = add(calendar, start, Length(business_days=days))
    begin = next_open(calendar, start)
    if begin.astimezone(zone).fold:
        return  # the second run through an hour counts as that hour's end, see the test of order above
    wall = begin.astimezone(zone).time()
    day, left = begin.astimezone(zone).date(), days
    while left:
        day += timedelta(days=1)
        midnight = first_instant(zone, datetime.combine(day, time(0)))
        left -= between(calendar, midnight, first_instant(zone, datetime.combine(day + timedelta(days=1), time(0)))) > (
            NOTHING
        )
    target = first_instant(zone, datetime.combine(day, wall))
    assert due <= target
    assert between(calendar, due, target) == NOTHING
    if shows_open(calendar, target - timedelta(microseconds=1)):
        assert due == target


@some
@given(
    st.lists(st.integers(0, 96), min_size=2, max_size=6, unique=True).filter(lambda found: len(found) % 2 == 0),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.sampled_from(["UTC", "Asia/Kolkata", "Asia/Tokyo"]),
    st.integers(0, 1_000_000),
    st.integers(1, 20),
)
def test_where_all_days_are_alike_a_business_day_is_as_long_as_its_hours(
    quarters: list[int], weekdays: frozenset[int], zone: str, offset: int, days: int
) -> None:
    calendar = Calendar("alike", zone, {day: windows(quarters) for day in weekdays})
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=offset)
    marks = sorted(quarters)
    day = timedelta(minutes=15) * sum(end - begin for begin, end in zip(marks[::2], marks[1::2], strict=True))
    assert add(calendar, start, Length(business_days=days)) == shift(calendar, start, day * days)


@some
@given(st.integers(0, 2_000_000), st.integers(0, 59), st.integers(1, 10**9))
def test_microseconds_are_kept(offset: int, second: int, microseconds: int) -> None:
    calendar = Calendar("office", "Europe/Berlin", {day: ((time(9), time(17, 30)),) for day in range(5)})
    start = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=offset, seconds=second, microseconds=7)
    length = timedelta(microseconds=microseconds)
    assert between(calendar, start, shift(calendar, start, length)) == length
