"""Calendars, promises and digests."""

import itertools
from datetime import date, time, timedelta
from typing import cast, get_args

from bot.deskfile.cursor import Cursor, Fields
from bot.deskfile.people import Channels, Connections, Ids, place
from bot.deskfile.problems import near, shown
from bot.deskfile.values import (
    DAYS,
    calendar_date,
    day_list,
    length,
    share,
    time_of_day,
    timezone,
    weekdays,
    window,
)
from core.language.policy import ALWAYS, Calendar, Digest, Length, SlaPolicy, Weekday
from core.language.words import PRIORITIES, Priority, Target

TARGETS: tuple[Target, ...] = get_args(Target)
Windows = tuple[tuple[time, time], ...]
# A target has to end within this time, or it promises nothing; the arithmetic gives up after ten years.
_LONGEST_WEEKS = 5 * 52


def calendars(section: Cursor, default_timezone: str) -> tuple[tuple[Calendar, ...], tuple[str, ...]]:
    out: list[Calendar] = []
    ids = Ids()
    for item in section.items():
        fields = item.fields("id", "timezone", "hours", "holidays")
        if fields is None:
            continue
        id_ = ids.take(fields, "office")
        zone_at = fields.optional("timezone")
        zone = timezone(zone_at) if zone_at else default_timezone
        hours_at = fields.required("hours", '{mon-fri: "09:00-17:30"}')
        hours = _hours(hours_at) if hours_at else None
        holidays_at = fields.optional("holidays")
        country, subdivision, dates = _holidays(holidays_at) if holidays_at else (None, None, frozenset())
        if id_ and zone and hours:
            out.append(Calendar(id_, zone, hours, dates, country, subdivision))
    return tuple(out), ids.known


def _hours(cursor: Cursor) -> dict[Weekday, Windows] | None:
    hours: dict[Weekday, Windows] = {}
    lines: dict[Weekday, int] = {}
    sound = True
    for key, value in cursor.entries():
        days = weekdays(key, key.text("days such as mon-fri"))
        windows = _windows(value)
        sound = sound and days is not None and windows is not None
        for day in sorted(days or ()):
            if day in lines:
                key.wrong(f"{DAYS[day]} has hours twice, first in line {lines[day]}; keep one of them")
                sound = False
                break
            lines[day] = key.node.line
            hours[day] = windows or ()
    if not sound:
        return None
    if not any(hours.values()):
        if cursor.is_mapping:
            cursor.wrong('never opens; write hours such as mon-fri: "09:00-17:30"')
        return None
    return hours


def _windows(cursor: Cursor) -> Windows | None:
    """One window or a list; an empty list is a closed day."""
    items = cursor.items(or_one=True)
    if cursor.is_nothing:
        cursor.wrong('is empty; write hours such as "09:00-17:30", or [] for closed')
        return None
    found = [window(item) for item in items]
    windows = sorted(each for each in found if each is not None)
    for earlier, later in itertools.pairwise(windows):
        if earlier[1] == time(0) or later[0] < earlier[1]:
            cursor.wrong(f"has windows that overlap at {later[0]:%H:%M}; write them one after the other")
            return None
    return tuple(windows) if None not in found else None


def _holidays(cursor: Cursor) -> tuple[str | None, str | None, frozenset[date]]:
    fields = cursor.fields("country", "subdivision", "dates")
    if fields is None:
        return None, None, frozenset()
    country_at, subdivision_at = fields.optional("country"), fields.optional("subdivision")
    country = country_at.text("a country's code such as DE", 10) if country_at else None
    import holidays  # a tenth of all that a program imports, and only countries need it

    countries = holidays.list_supported_countries()
    if country_at and country and country not in countries:
        country_at.wrong(
            f"{shown(country)} is no country whose holidays are known; write its two letters, such as DE"
            f"{near(country, countries)}"
        )
        country = None
    subdivision = subdivision_at.text("a subdivision's code such as BE", 40) if subdivision_at else None
    if subdivision_at and subdivision and not country_at:
        subdivision_at.wrong("needs a country beside it; write country: DE")
    elif subdivision_at and subdivision and country:
        known = countries[country]
        if subdivision not in known:
            listed = f"use one of {', '.join(known)}" if known else "delete it"
            subdivision_at.wrong(
                f"{shown(subdivision)} is no part of {country} with holidays of its own; {listed}"
                f"{near(subdivision, known)}"
            )
            subdivision = None
    dates_at = fields.optional("dates")
    dates = [calendar_date(item) for item in dates_at.items()] if dates_at else []
    return country, subdivision, frozenset(each for each in dates if each is not None)


def sla(
    section: Cursor,
    known: tuple[Calendar, ...],
    calendar_ids: tuple[str, ...],
    account_ids: tuple[str, ...],
    tiers: frozenset[str],
) -> tuple[SlaPolicy, ...]:
    by_id = {calendar.id: calendar for calendar in known}
    out: list[SlaPolicy] = []
    ids = Ids()
    covers_all: str | None = None
    for item in section.items():
        fields = item.fields("id", "calendar", "when", *TARGETS, "warn")
        if fields is None:
            continue
        id_ = ids.take(fields, "standard")
        calendar_at = fields.optional("calendar")
        calendar = calendar_at.refer(calendar_ids, "the id of a calendar") if calendar_at else None
        hours = by_id.get(calendar) if calendar else ALWAYS
        targets = {target: _target(fields.found[target], hours) for target in TARGETS if target in fields}
        if not targets:
            item.wrong("promises nothing; write first_response: {urgent: 30m, high: 1h, normal: 4h, low: 8h}")
        conditions = _conditions(fields, account_ids, tiers)
        if covers_all:
            item.wrong(f'never applies: "{covers_all}" above it has no when: and takes everything; put it last')
        elif not any(conditions) and "when" not in fields:
            covers_all = id_
        warn_at = fields.optional("warn")
        warn = _warnings(warn_at) if warn_at else (0.75,)
        if id_:
            accounts, names, priorities = conditions
            out.append(
                SlaPolicy(id_, calendar, targets, warn, names, accounts, cast("frozenset[Priority]", priorities))
            )
    return tuple(out)


def _target(cursor: Cursor, calendar: Calendar | None) -> dict[Priority, Length]:
    """One length for each priority, or one for all. A priority that is left out has no such promise."""
    if cursor.is_text and not cursor.is_nothing:
        only = _length(cursor, calendar)
        return dict.fromkeys(PRIORITIES, only) if only else {}
    fields = cursor.fields(*PRIORITIES)
    out: dict[Priority, Length] = {}
    for priority in PRIORITIES:
        if fields and priority in fields:
            found = _length(fields.found[priority], calendar)
            if found:
                out[priority] = found
    if cursor.is_empty:
        cursor.wrong("has no priority; write {urgent: 30m, high: 1h, normal: 4h, low: 8h}, or leave it out")
    return out


def _length(cursor: Cursor, calendar: Calendar | None) -> Length | None:
    found = length(cursor)
    if found is None or calendar is None:
        return found
    days = sum(bool(windows) for windows in calendar.hours.values())
    week = sum((_open(window) for windows in calendar.hours.values() for window in windows), timedelta(0))
    weeks = found.business_days / days + timedelta(minutes=found.minutes) / week
    if weeks > _LONGEST_WEEKS:
        hours = week / timedelta(hours=1)
        cursor.wrong(f"takes {weeks / 52:.0f} years, as {calendar.id} is open {hours:g} h a week; write a shorter one")
        return None
    return found


def _open(window: tuple[time, time]) -> timedelta:
    start, end = (timedelta(hours=each.hour, minutes=each.minute) for each in window)
    return (end or timedelta(days=1)) - start


def _conditions(
    fields: Fields, account_ids: tuple[str, ...], tiers: frozenset[str]
) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The accounts, tiers and priorities under `when`."""
    at = fields.optional("when")
    when = at.fields("account", "tier", "priority") if at else None
    if at and at.is_empty:
        at.wrong("is empty; write a condition such as tier: gold, or delete it")
    if when is None:
        return frozenset(), frozenset(), frozenset()
    accounts = [item.refer(account_ids, "the id of an account") for item in _each(when, "account")]
    names = [item.refer(tiers, "the tier of an account") for item in _each(when, "tier")]
    priorities = [item.choice(PRIORITIES, "a priority") for item in _each(when, "priority")]
    return _known(accounts), _known(names), _known(priorities)


def _known(names: list[str | None]) -> frozenset[str]:
    return frozenset(name for name in names if name is not None)


def _each(fields: Fields, key: str) -> tuple[Cursor, ...]:
    if key not in fields:
        return ()
    items = fields.found[key].items(or_one=True)
    if not items:
        fields.found[key].wrong("is empty; name at least one, or delete it")
    return items


def _warnings(cursor: Cursor) -> tuple[float, ...]:
    found: dict[float, Cursor] = {}
    for item in cursor.items(or_one=True):
        each = share(item)
        if each in found:
            item.wrong(f"{each:.0%} is there twice; delete one of the two")
        elif each is not None:
            found[each] = item
    return tuple(sorted(found))


def digests(section: Cursor, known: Connections, default_timezone: str, channels: Channels) -> tuple[Digest, ...]:
    out: list[Digest] = []
    ids = Ids()
    for item in section.items():
        fields = item.fields("id", "to", "at", "days", "timezone")
        if fields is None:
            continue
        id_ = ids.take(fields, "daily")
        to_at = fields.required("to", "{connection: main, channel: C0MANAGERS}")
        to, channel_at = place(to_at, known) if to_at else (None, item)
        at_at = fields.required("at", '"08:30"')
        at = time_of_day(at_at) if at_at else None
        days_at = fields.optional("days")
        days = day_list(days_at) if days_at else frozenset(range(5))
        zone_at = fields.optional("timezone")
        zone = timezone(zone_at) if zone_at else default_timezone
        if to and not channels.digest(to, channel_at):
            continue
        if id_ and to and at is not None and days and zone:
            out.append(Digest(id_, to, at, days, zone))
    return tuple(out)
