"""Business time.

A moment is open exactly when the clock on the calendar's wall shows a time inside one of that day's windows (start
included, end excluded) and the day is no holiday. So a window inside the hour that a spring night skips is never
open, and one inside the hour that an autumn night runs through twice is open twice.

A due time lies in open time or at its very end: what ends with the day is due at closing, not at the next opening.

Every datetime that goes in must be aware and every one that comes out is UTC. A calendar that does not open, or a
length that does not end, within ten years raises ValueError.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.language.policy import Calendar, Length

Window = tuple[datetime, datetime]

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Open time is worked out once for each stretch of this length and then kept.
_STRETCH = timedelta(days=16)
_HORIZON = 10 * 366 // _STRETCH.days
# The wall clocks of the world are between 12 hours behind UTC and 14 hours ahead.
_BEHIND = timedelta(hours=13)
_AHEAD = timedelta(hours=15)
_NOTHING = timedelta(0)


def is_open(calendar: Calendar, at: datetime) -> bool:
    at = _utc(at)
    return any(start <= at < end for start, end in _windows(calendar, _index(at)))


def next_open(calendar: Calendar, at: datetime) -> datetime:
    """`at` itself when it is open, else the next opening."""
    at = _utc(at)
    first = _index(at)
    for index in range(first, first + _HORIZON):
        for start, end in _windows(calendar, index):
            if at < end:
                return max(start, at)
    raise ValueError(f"calendar {calendar.id} does not open within ten years of {at:%Y-%m-%d}")


def add(calendar: Calendar, start: datetime, length: Length) -> datetime:
    """When `length` that starts at `start` is over.

    Minutes are minutes of open time. A business day is a day on which the calendar opens at all; `n` of them last
    from a moment to the same local time on the n-th next business day, or to the last open moment before that time
    when it is not open then. What starts out of hours starts at the next opening, so one day from there ends at that
    day's closing. Where all days have the same hours, a business day is just as long as these hours.

    Raises ValueError for a length of nothing.
    """
    if length.minutes < 0 or length.business_days < 0 or not (length.minutes or length.business_days):
        raise ValueError(f"{length} is not a length of time")
    due = _utc(start)
    if length.business_days:
        due = _add_days(calendar, due, length.business_days)
    if length.minutes:
        due = shift(calendar, due, timedelta(minutes=length.minutes))
    return due


def shift(calendar: Calendar, start: datetime, length: timedelta) -> datetime:
    """The moment at which `length` of open time has passed since `start`; for none, `start` or, out of hours, the
    next opening. Raises ValueError for a negative length."""
    if length < _NOTHING:
        raise ValueError(f"{length} is not a length of time")
    start = _utc(start)
    first = _index(start)
    for index in range(first, first + _HORIZON):
        for opening, closing in _windows(calendar, index):
            if closing < start:
                continue
            begin = max(opening, start)
            room = closing - begin
            if length <= room:
                return begin + length
            length -= room
    raise ValueError(f"calendar {calendar.id} has too little open time in the ten years from {start:%Y-%m-%d}")


def between(calendar: Calendar, a: datetime, b: datetime) -> timedelta:
    """The open time from `a` to `b`; negative when `b` is before `a`."""
    a, b = _utc(a), _utc(b)
    if b < a:
        return -between(calendar, b, a)
    total = _NOTHING
    first, last = _index(a), _index(b)
    for index in range(first, last + 1):
        if first < index < last:
            total += _open_time(calendar, index)
            continue
        for start, end in _windows(calendar, index):
            if start < b and a < end:
                total += min(end, b) - max(start, a)
    return total


def first_instant(zone: ZoneInfo, wall: datetime) -> datetime:
    """The first instant, in UTC, at which clocks in `zone` show `wall` (naive) or later. So a time that a spring
    night skips is the moment of the jump, and one that an autumn night shows twice is its first occurrence."""
    found = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    return _transition(zone, wall.replace(tzinfo=zone, fold=1).astimezone(UTC), found)


def _add_days(calendar: Calendar, start: datetime, days: int) -> datetime:
    begin = next_open(calendar, start)
    zone = ZoneInfo(calendar.timezone)
    reached = _latest_shown(zone, begin)
    day = begin.astimezone(zone).date()
    into_day = reached - datetime.combine(day, time(0))
    give_up = day + timedelta(days=_HORIZON * _STRETCH.days)
    while days:
        day += _DAY
        if day > give_up:
            raise ValueError(f"calendar {calendar.id} has too few business days in the ten years from {start:%Y-%m-%d}")
        days -= _is_business_day(calendar, day)
    return _last_open(calendar, first_instant(zone, datetime.combine(day, time(0)) + into_day))


def _latest_shown(zone: ZoneInfo, at: datetime) -> datetime:
    """The latest time (naive) that clocks in `zone` have shown up to `at`. It differs from what they show only
    while an autumn night runs through an hour for the second time; taking that hour's end keeps a later start from
    being due before an earlier one."""
    local = at.astimezone(zone)
    if not local.fold:
        return local.replace(tzinfo=None)
    repeated = _offset(local.replace(fold=0)) - _offset(local)
    turned_back = _transition(zone, at - repeated, at)
    return (turned_back - timedelta(microseconds=1)).astimezone(zone).replace(tzinfo=None) + timedelta(microseconds=1)


def _last_open(calendar: Calendar, at: datetime) -> datetime:
    """`at` when there is open time up to it, else the last closing before it."""
    first = _index(at)
    for index in range(first, first - _HORIZON, -1):
        for start, end in reversed(_windows(calendar, index)):
            if start < at:
                return min(end, at)
    raise ValueError(f"calendar {calendar.id} was not open within ten years before {at:%Y-%m-%d}")


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return at.astimezone(UTC)


def _index(at: datetime) -> int:
    return (at - _EPOCH) // _STRETCH


@lru_cache(maxsize=4096)
def _windows(calendar: Calendar, index: int) -> tuple[Window, ...]:
    """The open time of one stretch, in order, windows that touch made one."""
    try:
        low = _EPOCH + index * _STRETCH
        high = low + _STRETCH
        days = [low.date() + n * _DAY for n in range(-1, _STRETCH.days + 1)]
        found = sorted(window for day in days for window in _windows_of_day(calendar, day))
    except OverflowError:
        raise ValueError(f"calendar {calendar.id} is asked about a time that no calendar holds") from None
    out: list[Window] = []
    for start, end in found:
        start, end = max(start, low), min(end, high)
        if start >= end:
            continue
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return tuple(out)


@lru_cache(maxsize=4096)
def _open_time(calendar: Calendar, index: int) -> timedelta:
    return sum((end - start for start, end in _windows(calendar, index)), _NOTHING)


@lru_cache(maxsize=4096)
def _is_business_day(calendar: Calendar, day: date) -> bool:
    return bool(_windows_of_day(calendar, day))


def _windows_of_day(calendar: Calendar, day: date) -> list[Window]:
    hours = calendar.hours.get(day.weekday(), ())
    if not hours or _is_holiday(calendar, day):
        return []
    midnight = datetime.combine(day, time(0))
    out: list[Window] = []
    for low, high, offset in _offsets(ZoneInfo(calendar.timezone), day):
        for opens, closes in hours:
            start = datetime.combine(day, opens)
            end = datetime.combine(day, closes) if closes != time(0) else midnight + _DAY
            window = max(low, (start - offset).replace(tzinfo=UTC)), min(high, (end - offset).replace(tzinfo=UTC))
            if window[0] < window[1]:
                out.append(window)
    return out


def _offsets(zone: ZoneInfo, day: date) -> list[tuple[datetime, datetime, timedelta]]:
    """Stretches of UTC around a local date in which the offset from UTC stays the same, with that offset."""
    midnight = datetime.combine(day, time(0), UTC)
    low, high = midnight - _AHEAD, midnight + _DAY + _BEHIND
    before, after = _offset_at(zone, low), _offset_at(zone, high)
    if before == after:
        return [(low, high, before)]
    change = _transition(zone, low, high)
    return [(low, change, before), (change, high, after)]


def _offset(local: datetime) -> timedelta:
    return local.utcoffset() or _NOTHING


def _offset_at(zone: ZoneInfo, at: datetime) -> timedelta:
    return _offset(at.astimezone(zone))


def _transition(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """When the offset changed between two instants whose offsets differ; to the second, as time zones change."""
    after = _offset_at(zone, high)
    early = (low - _EPOCH) // timedelta(seconds=1)
    late = -int((_EPOCH - high) // timedelta(seconds=1))
    while late - early > 1:
        middle = (early + late) // 2
        if _offset_at(zone, _EPOCH + timedelta(seconds=middle)) == after:
            late = middle
        else:
            early = middle
    return _EPOCH + timedelta(seconds=late)


def _is_holiday(calendar: Calendar, day: date) -> bool:
    if day in calendar.holidays:
        return True
    country = calendar.holiday_country
    return country is not None and day in _public_holidays(country, calendar.holiday_subdivision, day.year)


@lru_cache(maxsize=512)
def _public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    import holidays  # a tenth of all that a program imports, and only countries need it

    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
