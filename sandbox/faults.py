"""Faults on order: which call or delivery goes wrong, how, how often."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any, Final

CALL_FAULTS: Final = {
    "delay": "the call is applied `seconds` later, then answered",
    "delay_answer": "applied at once, answered `seconds` later",
    "reset": "applied, then the connection is reset without an answer",
    "reset_before": "not applied, the connection is reset",
    "error": "not applied; answered with `status` and `body`",
    "error_after": "applied; answered with `status` and `body` all the same",
    "ratelimit": "not applied; HTTP 429 with Retry-After `retry_after`; `body` html for a page from the edge",
    "late": "no answer at all until the connection is reset after `hang` seconds; applied after `seconds`",
}
"""Faults of a Web API method (or of `response_url`)."""

EVENT_FAULTS: Final = {
    "hold": "delivered `seconds` later; later ones overtake it",
    "drop": "never delivered",
    "double": "delivered `copies` times in all; with `new_event_id` each as an event of its own",
    "reorder": "held back until `copies` later deliveries went out, at most `seconds`",
    "ignore_ack": "the ack is lost on its way, so the platform delivers again",
    "delay_ack": "the ack arrives `seconds` late, for the platform",
}
"""Faults of an event, command or interaction on its way to the app."""

BODIES: Final = ("json", "html", "broken", "empty")


class BadFault(ValueError):
    """The order cannot be understood; the text says why."""


@dataclass(slots=True)
class Fault:
    """`method` or `event` is a name or a pattern (`chat.*`); `count` is how often it still strikes (None: always)."""

    id: str
    kind: str
    method: str | None = None
    event: str | None = None
    count: int | None = 1
    probability: float = 1.0
    channel: str | None = None
    text: str | None = None
    seconds: float = 0.0
    hang: float = 60.0
    status: int = 500
    body: str = "json"
    error: str = "internal_error"
    retry_after: int = 1
    copies: int = 2
    new_event_id: bool = False
    hits: int = 0

    def strikes(self, name: str, channel: str, text: str) -> bool:
        pattern = self.method if self.method is not None else self.event
        return (
            (self.count is None or self.count > 0)
            and fnmatchcase(name, pattern or "*")
            and (self.channel is None or self.channel == channel)
            and (self.text is None or self.text in text)
        )


class Faults:
    def __init__(self) -> None:
        self.standing: list[Fault] = []
        self._next = 0
        self._random = random.Random(20261120)  # noqa: S311 repeatable on purpose

    def add(self, order: dict[str, Any]) -> Fault:
        """Raises `BadFault`."""
        known = {field.name for field in fields(Fault)} - {"id", "hits"}
        unknown = set(order) - known
        if unknown:
            raise BadFault(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
        kind = order.get("kind")
        on_call, on_event = order.get("method") is not None, order.get("event") is not None
        if on_call == on_event:
            raise BadFault("give either method or event")
        allowed = CALL_FAULTS if on_call else EVENT_FAULTS
        if kind not in allowed:
            raise BadFault(f"kind {kind!r} is none of {', '.join(allowed)}")
        if order.get("body", "json") not in BODIES:
            raise BadFault(f"body is none of {', '.join(BODIES)}")
        self._next += 1
        fault = Fault(id=f"f{self._next}", **order)
        self.standing.append(fault)
        return fault

    def list(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self.standing]

    def clear(self, fault_id: str | None = None) -> int:
        """Take one away, or all; says how many there were."""
        before = len(self.standing)
        self.standing = [one for one in self.standing if fault_id is not None and one.id != fault_id]
        return before - len(self.standing)

    def for_call(self, method: str, channel: str, text: str) -> Fault | None:
        """The first fault that strikes this call; it counts as used."""
        return self._take(method, channel, text, call=True)

    def for_delivery(self, event: str, channel: str, text: str) -> Fault | None:
        """The first fault that strikes this delivery; it counts as used."""
        return self._take(event, channel, text, call=False)

    def _take(self, name: str, channel: str, text: str, *, call: bool) -> Fault | None:
        for fault in self.standing:
            if (fault.method is not None) != call or not fault.strikes(name, channel, text):
                continue
            if fault.probability < 1.0 and self._random.random() >= fault.probability:
                continue
            fault.hits += 1
            if fault.count is not None:
                fault.count -= 1
            return fault
        return None
