"""Small parts that several cards share."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import regex

from core.cards.wording import say
from core.language.text import Link, Moment, Span, Text, Words, bold, cut, plain
from core.language.words import Priority, Status

PRIORITY_NAMES: dict[Priority, str] = {"urgent": "Urgent", "high": "High", "normal": "Normal", "low": "Low"}
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


def moment(at: datetime, now: datetime, timezone: str, form: Form | None = None) -> Moment:
    """A time as a reader expects it: the clock time today, with the weekday within a week, else with the date."""
    zone = ZoneInfo(timezone)
    local, today = at.astimezone(zone), now.astimezone(zone)
    if form is None:
        days = (local.date() - today.date()).days
        form = "time" if days == 0 else "day_time" if -7 < days < 7 else "date_time"
    shown = {
        "time": f"{local:%H:%M}",
        "day_time": f"{local:%a %H:%M}",
        "date": f"{local.day} {local:%B}",
        "date_time": f"{local.day} {local:%b %H:%M}",
    }[form]
    return Moment(at, form, shown)


_SLOT = regex.compile(r"\{(\w+)\}")


def worded(template: str, values: Mapping[str, Span | Text | str]) -> Text:
    """A template of the catalogue with spans in its braces; the words around them stay words."""
    out: list[Span] = []
    at = 0
    for found in _SLOT.finditer(template):
        if found.start() > at:
            out.append(Words(template[at : found.start()]))
        value = values.get(found.group(1), found.group(0))
        match value:
            case str():
                out.append(Words(value))
            case tuple():
                out.extend(value)
            case _:
                out.append(value)
        at = found.end()
    if at < len(template):
        out.append(Words(template[at:]))
    return tuple(out)


def sentence(wording: Mapping[str, str], key: str, values: Mapping[str, Span | Text | str]) -> Text:
    """One entry of the catalogue, with spans (names in bold, times in the reader's zone) in its braces. Empty when
    the desk's wording turns it off."""
    return worded(say(wording, key, **{name: "{" + name + "}" for name in values}), values)


def ref_title(ref: str, subject: str, link: str | None) -> Text:
    """`T-12  Export fails`, the subject linked to the customer's message where there is a link."""
    return (bold(f"{ref} "), Link(link, subject) if link else bold(subject))


def shortened(text: Text, graphemes: int = QUOTE_GRAPHEMES) -> Text:
    """What somebody wrote, cut once by us. Longer texts lose their formatting beyond plain words."""
    if len(plain(text)) <= graphemes:
        return text
    return (Words(cut(" ".join(plain(text).split()), graphemes)),)


def plural(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
