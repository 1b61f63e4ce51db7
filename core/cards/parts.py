"""Small parts that several cards share."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from core.language.text import Link, Moment, Text, Words, bold, cut, plain
from core.language.wording import Voice, headed
from core.language.words import Priority, Status

STATUS_MARKS: dict[Status, str] = {
    "new": "○",
    "open": "●",
    "pending": "◐",
    "on_hold": "◐",
    "resolved": "✓",
    "closed": "✓",
}
QUOTE_GRAPHEMES = 240

Form = Literal["time", "day_time", "date", "date_time"]


def status_name(voice: Voice, status: Status) -> str:
    return headed(voice.say(f"status_{status}"))


def customer_status(voice: Voice, status: Status) -> str:
    """As the customer is told it: what waits for the customer waits for you."""
    return voice.say(f"tag_{status}") or status_name(voice, status)


def priority_name(voice: Voice, priority: Priority) -> str:
    return headed(voice.say(f"priority_{priority}"))


def moment(voice: Voice, at: datetime, now: datetime, timezone: str, form: Form | None = None) -> Moment:
    """A time as a reader expects it: the clock time today, with the weekday within a week, else with the date."""
    zone = ZoneInfo(timezone)
    local, today = at.astimezone(zone), now.astimezone(zone)
    if form is None:
        days = (local.date() - today.date()).days
        form = "time" if days == 0 else "day_time" if -7 < days < 7 else "date_time"
    return Moment(at, form, _worded(voice, local, form))


def _worded(voice: Voice, local: datetime, form: Form) -> str:
    """For where the platform cannot show a time in the reader's zone."""
    clock = f"{local:%H:%M}"
    match form:
        case "time":
            return clock
        case "day_time":
            return voice.say("moment_day_time", weekday=voice.say("weekdays").split()[local.weekday()], time=clock)
        case "date":
            return voice.say("moment_date", day=local.day, month=voice.say("months").split()[local.month - 1])
        case "date_time":
            month = voice.say("months_short").split()[local.month - 1]
            return voice.say("moment_date_time", day=local.day, month=month, time=clock)


def ref_title(ref: str, subject: str, link: str | None) -> Text:
    """`T-12  Export fails`, the subject linked to the customer's message where there is a link."""
    return (bold(f"{ref} "), Link(link, subject) if link else bold(subject))


def linked_ref(ref: str, link: str | None) -> Link | Words:
    return Link(link, ref) if link else bold(ref)


def in_line(subject: str) -> str:
    """A subject that more follows: its full stop would end the line before that."""
    return subject.rstrip(".!")


def shortened(text: Text, graphemes: int = QUOTE_GRAPHEMES) -> Text:
    """What somebody wrote, cut once by us. Longer texts lose their formatting beyond plain words."""
    if len(plain(text)) <= graphemes:
        return text
    return (Words(cut(" ".join(plain(text).split()), graphemes)),)
