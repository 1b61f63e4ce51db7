"""A step of a ticket's timeline, as a person would tell it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from core.language.facts import TimelineEntry
from core.language.text import Span, Text, words
from core.language.wording import Voice
from core.language.words import STATUSES

# How a moment is shown: the reader's own time, or the machine's.
When = Callable[[datetime], Span]

# Details that name rows of the database, or say again what the words before them say.
_LEFT_OUT = frozenset({"message", "effect", "first_response", "new", "old", "before"})


def told(voice: Voice, entry: TimelineEntry, when: When, name_of: Callable[[str], str] = str) -> Text:
    """What happened, who did it and the cause. `name_of` gives an agent's name for their id."""
    details = entry.details
    if "target" in details:
        return voice.text("step_promise", what=_promise(voice, entry, when), cause=entry.cause)
    match entry.event:
        case "claimed" | "released":
            what, details = voice.say(f"step_{entry.event}"), {}
        case "assigned":
            what, details = voice.say("step_assigned", owner=name_of(str(details["owner"]))), {}
        case "status" | "resolved" | "reopened" | "closed":
            old, new = _status(voice, details["old"]), _status(voice, details["new"])
            what = voice.say(f"step_{entry.event}", old=old, new=new)
        case "priority" | "type":
            what = voice.say(f"step_{entry.event}", old=details["old"], new=details["new"])
        case "suggested":
            what, details = _suggested(voice, details), {}
        case "category" | "subject":
            what = voice.say(f"step_{entry.event}", new=details["new"])
        case "replied" if details.get("first_response"):
            what = voice.say("step_first_answer")
        case other:
            what = voice.say(f"step_{other}") if voice.has(f"step_{other}") else other.replace("_", " ")
    more = ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in details.items()
        if name not in _LEFT_OUT and value not in (None, "", [], {})
    )
    values = {"what": what, "actor": name_of(entry.actor), "cause": entry.cause}
    return words(voice.say("step_with_details", **values, details=more) if more else voice.say("step", **values))


def _suggested(voice: Voice, details: Mapping[str, object]) -> str:
    """The words that a person would type; the summary itself is not on the timeline."""
    said = [str(details[name]) for name in ("type", "priority", "category") if details.get(name)]
    said += [voice.say("step_suggested_summary")] if details.get("summary") else []
    return voice.say("step_suggested", what=", ".join(said))


def _status(voice: Voice, value: object) -> str:
    return voice.say(f"status_{value}") if value in STATUSES else str(value)


def _promise(voice: Voice, entry: TimelineEntry, when: When) -> Text:
    details = entry.details
    target = voice.say(f"target_{details['target']}")
    is_due = bool(details.get("due"))
    due = when(datetime.fromisoformat(str(details["due"]))) if is_due else voice.say("step_clock_due_nothing")
    match entry.event:
        case "clock_armed":
            return voice.text("step_clock_armed", target=target, due=due, policy=str(details["policy"]))
        case "clock_met":
            return voice.text("step_clock_met_late" if details.get("late") else "step_clock_met", target=target)
        case "clock_changed" if is_due:
            return voice.text("step_clock_moved", target=target, due=due)
        case "clock_changed":
            state = str(details["state"])
            known = voice.has(f"clock_{state}")
            return voice.text("step_clock_state", target=target, state=voice.say(f"clock_{state}") if known else state)
        case "warned":
            return voice.text("step_warned", target=target, due=due)
        case _:
            return voice.text("step_breached", target=target, due=due)
