"""Which warnings and breaches to tell now, and in which posts."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core.language.places import Place
from core.language.policy import Calendar
from core.language.words import PRIORITIES, Priority, Target
from core.rules.calendar import is_open

MAX_LINES = 10
# So many of a channel's reminders also stand in their tickets' threads: an ordinary morning's, and after a stall no
# more than what a platform takes in a minute.
MAX_THREADS = 50
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
    """What is told in one channel, the most urgent first: in a post of its own when it is alone, else in one post that
    has a line for each of the first.

    `threaded` are told in their tickets' threads too, where their owners are mentioned. A stall leaves more than that;
    then the channel's post itself mentions whoever owns any that have no line, once, so that nobody is left untold.
    """

    triage: Place
    items: tuple[Due, ...]

    @property
    def lines(self) -> tuple[Due, ...]:
        return self.items[:MAX_LINES]

    @property
    def more(self) -> tuple[Due, ...]:
        """Those that are only counted."""
        return self.items[MAX_LINES:]

    @property
    def threaded(self) -> tuple[Due, ...]:
        return self.items[:MAX_THREADS]

    @property
    def late(self) -> int:
        return sum(item.kind == "breach" for item in self.items)

    @property
    def shares(self) -> tuple[tuple[str | None, int], ...]:
        """How many of `more` each owner has, the most first and nobody's last; empty while all are `threaded`."""
        if len(self.items) <= MAX_THREADS:
            return ()
        counted = Counter(item.assignee for item in self.more)
        return tuple(sorted(counted.items(), key=lambda share: (share[0] is None, -share[1], share[0])))


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
    reminders = tuple(Reminder(triage, tuple(items)) for triage, items in channels.items())
    return Telling(reminders, tuple(done), tuple(later))


def _tellable(item: Due, now: datetime) -> bool:
    return now - item.since <= CLOSING_GRACE or is_open(item.calendar, now)


def _urgency(item: Due) -> tuple[int, datetime, int, str]:
    return PRIORITIES.index(item.priority), item.due_at, item.ticket, item.target
