"""A step of a ticket's timeline, as a person would tell it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from core.language.facts import TimelineEntry
from core.language.text import Moment, Span, Text, Words, words
from core.language.words import STATUS_NAMES

# How a moment is shown: the reader's own time, or the machine's.
When = Callable[[datetime], Moment | Words]

_NAMES: Mapping[str, str] = {
    "joined": "message added",
    "replied": "answered",
    "noted": "note added",
    "released": "given back to the queue",
    "person_wanted": "person asked for",
    "edited": "message edited",
    "deleted": "message deleted",
    "taken_along": "earlier messages taken along",
}
# Details that name rows of the database, or say again what the words before them say.
_LEFT_OUT = frozenset({"message", "effect", "first_response", "new", "old", "before"})


def told(entry: TimelineEntry, when: When, name_of: Callable[[str], str] = str) -> Text:
    """What happened, who did it and the cause. `name_of` gives an agent's name for their id."""
    details = entry.details
    if "target" in details:
        return (*_promise(entry, when), Words(f" ({entry.cause})"))
    match entry.event:
        case "claimed":
            what, details = "claimed", {}
        case "assigned":
            what, details = f"given to {name_of(str(details['owner']))}", {}
        case "released":
            what, details = _NAMES["released"], {}
        case "status" | "resolved" | "reopened":
            what = entry.event if entry.event != "status" else "status"
            what += f" {_status(details['old'])} → {_status(details['new'])}"
        case "priority" | "type":
            what = f"{entry.event} {details['old']} → {details['new']}"
        case "category" | "subject":
            what = f"{entry.event} set to “{details['new']}”"
        case "replied" if details.get("first_response"):
            what = "answered for the first time"
        case other:
            what = _NAMES.get(other, other.replace("_", " "))
    more = ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in details.items()
        if name not in _LEFT_OUT and value not in (None, "", [], {})
    )
    return words(f"{what} by {name_of(entry.actor)} ({entry.cause})" + (f": {more}" if more else ""))


def _status(value: object) -> str:
    return {str(status): name.lower() for status, name in STATUS_NAMES.items()}.get(str(value), str(value))


def _promise(entry: TimelineEntry, when: When) -> Text:
    details = entry.details
    target = str(details["target"]).replace("_", " ")
    due: Span = when(datetime.fromisoformat(str(details["due"]))) if details.get("due") else Words("nothing")
    match entry.event:
        case "clock_armed":
            return (Words(f"{target} promised by "), due, Words(f", policy {details['policy']}"))
        case "clock_met":
            return words(f"{target} given late" if details.get("late") else f"{target} given in time")
        case "clock_changed" if details.get("due"):
            return (Words(f"{target} now due "), due)
        case "clock_changed":
            return words(f"{target} {details['state']}")
        case "warned":
            return (Words(f"warned: {target} due "), due)
        case _:
            return (Words(f"broken: {target} was due "), due)
