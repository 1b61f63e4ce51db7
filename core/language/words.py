"""The field's closed vocabularies."""

import re
from typing import Literal, get_args

Status = Literal["new", "open", "pending", "on_hold", "resolved", "closed"]
Priority = Literal["urgent", "high", "normal", "low"]
TicketType = Literal["question", "incident", "bug", "account", "request", "feedback"]
Audience = Literal["public", "internal"]
Side = Literal["customer", "triage"]
Role = Literal["customer", "agent", "lead", "manager"]
Target = Literal["first_response", "next_response", "resolution"]
ClockState = Literal["running", "paused", "met", "breached"]
Intake = Literal["every", "mention", "reaction", "command", "form", "off"]

STATUSES: tuple[Status, ...] = get_args(Status)
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
TYPES: tuple[TicketType, ...] = get_args(TicketType)
INTAKES: tuple[Intake, ...] = get_args(Intake)

OPEN_STATUSES: tuple[Status, ...] = ("new", "open", "pending", "on_hold")

_NUMBER = re.compile(r"(?:t-?|#)?(\d{1,9})", re.IGNORECASE)


def ref(number: int) -> str:
    return f"T-{number}"


def parse_number(word: str) -> int | None:
    """The ticket's number in `T-12`, `t12`, `#12` or `12`; None when the word is none of these."""
    found = _NUMBER.fullmatch(word.strip())
    number = int(found.group(1)) if found else 0
    return number if 0 < number < 2**31 else None
