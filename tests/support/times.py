"""Time zones, their changes, and calendars, for tests of what depends on them."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from core.language.policy import Calendar

# Whole, half and quarter hours; both halves of the world; changes at midnight, of half an hour, and none at all.
ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "Atlantic/Azores",
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "America/Santiago",
    "America/Havana",
    "America/Nuuk",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Jerusalem",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Australia/Adelaide",
    "Pacific/Auckland",
    "Pacific/Chatham",
)
YEARS = (2024, 2028)  # both are leap years


@cache
def changes(zone: str, first: int = YEARS[0], last: int = YEARS[1]) -> tuple[datetime, ...]:
    """The instants, in UTC and to the minute, at which the zone's offset changed in these years."""
    tz = ZoneInfo(zone)
    out = []
    at, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    while at < end:
        later = at + timedelta(days=1)
        if at.astimezone(tz).utcoffset() != later.astimezone(tz).utcoffset():
            minute = at
            while minute.astimezone(tz).utcoffset() == at.astimezone(tz).utcoffset():
                minute += timedelta(minutes=1)
            out.append(minute)
        at = later
    return tuple(out)


def shows_open(calendar: Calendar, at: datetime) -> bool:
    """What a person says who looks at the clock on the wall and at the list of hours."""
    local = at.astimezone(ZoneInfo(calendar.timezone))
    if local.date() in calendar.holidays:
        return False
    wall = local.time()
    return any(
        start <= wall and (wall < end or end == time(0)) for start, end in calendar.hours.get(local.weekday(), ())
    )


def open_minutes(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Counted minute by minute; both ends on whole minutes."""
    count, at = 0, start
    while at < end:
        count += shows_open(calendar, at)
        at += timedelta(minutes=1)
    return timedelta(minutes=count)


def windows(quarters: list[int]) -> tuple[tuple[time, time], ...]:
    """Quarters of an hour since midnight, in pairs, as opening hours."""
    times = [time(quarter // 4 % 24, quarter % 4 * 15) for quarter in sorted(quarters)]
    return tuple(zip(times[::2], times[1::2], strict=True))


_day = st.integers(0, 3).flatmap(
    lambda n: st.lists(st.integers(0, 96), min_size=2 * n, max_size=2 * n, unique=True).map(windows)
)
_dates = st.dates(date(YEARS[0], 1, 1), date(YEARS[1], 12, 31))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any hours, open on one day of the week at least."""
    hours = draw(st.dictionaries(st.integers(0, 6), _day, min_size=1).filter(lambda found: any(found.values())))
    return Calendar(str(hours), draw(st.sampled_from(ZONES)), hours, draw(st.frozensets(_dates, max_size=3)))


@st.composite
def instants(draw: st.DrawFn, zone: str) -> datetime:
    """Any minute of the years, often one near a change of the zone's offset."""
    near = changes(zone)
    if near and draw(st.booleans()):
        return draw(st.sampled_from(near)) + timedelta(minutes=draw(st.integers(-1500, 1500)))
    first = datetime(YEARS[0], 1, 3, tzinfo=UTC)
    minutes = (datetime(YEARS[1], 12, 20, tzinfo=UTC) - first) // timedelta(minutes=1)
    return first + timedelta(minutes=draw(st.integers(0, minutes)))


@st.composite
def calendar_and_instant(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    calendar = draw(calendars())
    return calendar, draw(instants(calendar.timezone))
