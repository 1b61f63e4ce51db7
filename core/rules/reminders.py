"""Which warnings and breaches to tell now, and in which posts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core.language.places import Place
from core.language.policy import Calendar
from core.language.words import PRIORITIES, Priority, Target
from core.rules.calendar import is_open

MAX_LINES = 10
# A promise can be due at closing time, and what is due is noticed a little later: not yet out of hours.
CLOSING_GRACE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Due:
    """A warning or breach that somebody has to be told of. `since` is the moment from which on (the clock's
    `warn_at`, or its due time), `calendar` the clock's, `triage` where to tell it. Names are for showing."""

    kind: Literal["warn", "breach"]
    ticket: int
    target: Target
    due_at: datetime
    since: datetime
    priority: Priority
    subject: str
    calendar: Calendar
    triage: Place
    account: str | None = None
    assignee: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """One post. `items` has one entry for a post of its own, else up to ten, the most urgent first; `more` others
    are only counted."""

    triage: Place
    items: tuple[Due, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Telling:
    """`reminders` are to be posted. `done` is everything that is settled with them, told or superseded, and must
    not be given to `bundle` again; `later` has to wait for its calendar to open."""

    reminders: tuple[Reminder, ...]
    done: tuple[Due, ...]
    later: tuple[Due, ...]


def bundle(due: Iterable[Due], now: datetime) -> Telling:
    """One post for each triage channel, urgent tickets first and then by due time.

    A warning is dropped once the due time has come, since the breach says more; of several warnings or breaches of
    one promise, one is told. Out of hours of its own calendar nothing is told, unless it came up just before closing.
    """
    told: dict[tuple[int, Target], Due] = {}
    done: list[Due] = []
    later: list[Due] = []
    for item in sorted(due, key=_urgency):
        if item.kind == "warn" and item.due_at <= now:
            done.append(item)
        elif not _tellable(item, now):
            later.append(item)
        else:
            done.append(item)
            promise = (item.ticket, item.target)
            if promise not in told or (item.kind, told[promise].kind) == ("breach", "warn"):
                told[promise] = item
    channels: defaultdict[Place, list[Due]] = defaultdict(list)
    for item in sorted(told.values(), key=_urgency):
        channels[item.triage].append(item)
    reminders = tuple(
        Reminder(triage, tuple(items[:MAX_LINES]), max(len(items) - MAX_LINES, 0)) for triage, items in channels.items()
    )
    return Telling(reminders, tuple(done), tuple(later))


def _tellable(item: Due, now: datetime) -> bool:
    return now - item.since <= CLOSING_GRACE or is_open(item.calendar, now)


def _urgency(item: Due) -> tuple[int, datetime, int, str]:
    return PRIORITIES.index(item.priority), item.due_at, item.ticket, item.target
