"""Single values of a policy file: lengths, times, days, shares, time zones, and ids of the platforms."""

import difflib
import re
from collections.abc import Mapping
from datetime import date, time
from zoneinfo import ZoneInfo, available_timezones

from bot.deskfile.cursor import Cursor
from bot.deskfile.problems import near, shown
from bot.platforms.kind import Kind, Named
from core.language.policy import Length, Weekday

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MAX_DAYS = 366
MAX_MINUTES = 366 * 24 * 60

_LENGTH = re.compile(r"(?:(\d{1,6})\s*d)?\s*(?:(\d{1,6})\s*h)?\s*(?:(\d{1,6})\s*m)?", re.ASCII)
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_WINDOW = re.compile(r"(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PERCENT = re.compile(r"(\d{1,3})\s*%", re.ASCII)


def platform_id(cursor: Cursor, platform: Kind | None, what: Named) -> str | None:
    """The platform's id of a channel, user or group. Names are refused: they change, and say nothing to an API."""
    value = cursor.text(f"the platform's id of the {what}")
    if value is None or platform is None:
        return value
    ids = platform.ids[what]
    if re.fullmatch(ids.pattern, value, re.ASCII):
        return value
    if value.startswith("https://"):
        own = [part for part in value.split("/") if re.fullmatch(ids.pattern, part, re.ASCII)]
        remedy = f"write {own[-1]}" if own else f"write an id such as {ids.example}; {ids.where}"
        cursor.wrong(f"is a link, not the {platform.title} id of a {what}; {remedy}")
        return None
    is_name = value[:1] in "#@" or (value.lower() == value and not value.isdigit())
    kind = f"a name, not the {platform.title} id" if is_name else f"not the {platform.title} id"
    cursor.wrong(f"{shown(value)} is {kind} of a {what}; write an id such as {ids.example}; {ids.where}")
    return None


def timezone(cursor: Cursor) -> str | None:
    value = cursor.text("a time zone")
    if value is None:
        return None
    try:
        ZoneInfo(value)
    except (ValueError, OSError, LookupError):
        cities = {zone.rpartition("/")[2]: zone for zone in sorted(available_timezones())}
        hint = near(value, cities.values()) or _near_city(value, cities)
        remedy = f"write a name such as Europe/Berlin{hint}" if cities else "this machine has none: install tzdata"
        cursor.wrong(f"{shown(value)} is not a time zone; {remedy}")
        return None
    return value


def _near_city(value: str, cities: Mapping[str, str]) -> str:
    found = difflib.get_close_matches(value.rpartition("/")[2].title(), cities, n=1, cutoff=0.6)
    return f" (did you mean {cities[found[0]]}?)" if found else ""


def length(cursor: Cursor) -> Length | None:
    """`30m`, `4h`, `1h30m`, `2d`, `1d4h`; d is a business day."""
    value = cursor.text("a length of time such as 30m, 4h or 2d")
    if value is None:
        return None
    found = _LENGTH.fullmatch(value)
    if not found or not any(found.groups()):
        number = re.fullmatch(r"\d{1,6}", value, re.ASCII)
        remedy = f"{value}m, {value}h or {value}d" if number else "30m, 4h, 1h30m or 2d"
        cursor.wrong(f"{shown(value)} is not a length of time; write {remedy} (m minutes, h hours, d business days)")
        return None
    days, hours, minutes = (int(part or 0) for part in found.groups())
    minutes += hours * 60
    if not days and not minutes:
        cursor.wrong("is no time at all; write at least 1m, or leave it out for no promise")
    elif days > MAX_DAYS or minutes > MAX_MINUTES:
        cursor.wrong(f"{shown(value)} is longer than a year; write at most {MAX_DAYS}d")
    else:
        return Length(minutes=minutes, business_days=days)
    return None


def time_of_day(cursor: Cursor) -> time | None:
    value = cursor.text("a time such as 08:30")
    if value is None:
        return None
    found = _TIME.fullmatch(value)
    if not found:
        cursor.wrong(f"{shown(value)} is not a time; write hours and minutes from 00:00 to 23:59, such as 08:30")
        return None
    return time(int(found[1]), int(found[2]))


def window(cursor: Cursor) -> tuple[time, time] | None:
    """`09:00-17:30`; an end of 24:00 or 00:00 is the end of the day."""
    value = cursor.text('opening hours such as "09:00-17:30"')
    if value is None:
        return None
    found = _WINDOW.fullmatch(value)
    start = _TIME.fullmatch(found[1]) if found else None
    end = _TIME.fullmatch("00:00" if found[2] == "24:00" else found[2]) if found else None
    if not start or not end:
        cursor.wrong(f'{shown(value)} is not opening hours; write start and end, such as "09:00-17:30"')
        return None
    opens, closes = time(int(start[1]), int(start[2])), time(int(end[1]), int(end[2]))
    if closes == time(0) or opens < closes:
        return opens, closes
    if opens == closes:
        cursor.wrong(f'{shown(value)} starts when it ends; write "00:00-24:00" for the whole day, or [] for closed')
    else:
        cursor.wrong(
            f"{shown(value)} ends before it starts; for a night write "
            f'"{opens:%H:%M}-24:00" here and "00:00-{closes:%H:%M}" on the next day'
        )
    return None


def weekdays(cursor: Cursor, value: str | None) -> frozenset[Weekday] | None:
    """`mon`, `mon-fri`, `sat, sun`. A span may run over the week's end: `sat-mon`."""
    if value is None:
        return None
    out: set[Weekday] = set()
    for part in re.split(r"\s*,\s*", value.strip()):
        ends = [_day(cursor, name) for name in re.split(r"\s*[-–]\s*", part)]
        if None in ends:
            return None
        first, last = ends[0], ends[-1]
        if len(ends) > 2 or first is None or last is None:
            cursor.wrong(f"{shown(part)} is not a span of days; write mon-fri, or mon, wed")
            return None
        out.update((first + n) % 7 for n in range((last - first) % 7 + 1))
    return frozenset(out)


def _day(cursor: Cursor, name: str) -> Weekday | None:
    lower = name.lower()
    for names in (DAYS, _LONG_DAYS):
        if lower in names:
            return names.index(lower)
    cursor.wrong(f"{shown(name)} is not a day; use {', '.join(DAYS)}, or a span such as mon-fri{near(name, DAYS)}")
    return None


def day_list(cursor: Cursor) -> frozenset[Weekday] | None:
    """One span, or a list of days and spans."""
    out: set[Weekday] = set()
    for item in cursor.items(or_one=True):
        found = weekdays(item, item.text("days such as mon-fri"))
        if found is None:
            return None
        out |= found
    if not out:
        cursor.wrong("has no day; write mon-fri, or delete the entry")
        return None
    return frozenset(out)


def calendar_date(cursor: Cursor) -> date | None:
    value = cursor.text("a date such as 2026-12-24")
    if value is None:
        return None
    if _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            cursor.wrong(f"{shown(value)} is not in the calendar; write a day that exists, such as 2026-12-24")
            return None
    cursor.wrong(f"{shown(value)} is not a date; write year-month-day, such as 2026-12-24")
    return None


def share(cursor: Cursor) -> float | None:
    """`75%` as 0.75."""
    value = cursor.text("a percentage such as 75%")
    if value is None:
        return None
    found = _PERCENT.fullmatch(value)
    if not found:
        cursor.wrong(f"{shown(value)} is not a percentage; write 75% for a warning after three quarters of the time")
    elif not 0 < int(found[1]) < 100:
        cursor.wrong(f"{shown(value)} is out of range; write 1% to 99%")
    else:
        return int(found[1]) / 100
    return None
