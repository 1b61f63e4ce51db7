"""When a digest is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.language.policy import Digest
from core.rules.calendar import first_instant


@dataclass(frozen=True, slots=True)
class Slot:
    """`key` is the local date (2026-11-20): a slot is made once for each key. `at` is UTC."""

    key: str
    at: datetime


def last_slot(digest: Digest, now: datetime) -> Slot | None:
    """The latest slot due at or before `now`; None for a digest without days.

    Each day has its time once: where a spring night skips it, at the moment of the jump; where an autumn night shows
    it twice, at the first. After a stall, or a clock that jumped over days, only the latest slot is due.
    """
    zone = ZoneInfo(digest.timezone)
    today = now.astimezone(zone).date()
    for back in range(8):  # a week and today, whose time may not have come yet
        day = today - timedelta(days=back)
        if day.weekday() not in digest.days:
            continue
        at = first_instant(zone, datetime.combine(day, digest.at))
        if at <= now:
            return Slot(day.isoformat(), at)
    return None
