"""How the platform in memory goes wrong when told, and which requests are meant."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from core.language.effects import Deliverable
from core.ports import OutcomeUnknown


@dataclass(frozen=True, slots=True)
class Fails:
    """Nothing is applied; this is raised."""

    error: Exception


@dataclass(frozen=True, slots=True)
class ReplyLost:
    """Applied, but the caller learns nothing."""

    error: Exception = field(default_factory=lambda: OutcomeUnknown("reset"))


@dataclass(frozen=True, slots=True)
class AppliedLate:
    """The caller learns nothing now; it is applied `seconds` after that, when nobody waits any more."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Holds:
    """The caller waits until `release` is set; it is applied before that, or only then, or not at all when there is
    an `error` to raise."""

    release: asyncio.Event
    applied_first: bool = False
    error: Exception | None = None


Fault = Fails | ReplyLost | AppliedLate | Holds
When = Callable[[Deliverable], bool]


def anything(_: Deliverable) -> bool:
    return True


def kind(*names: str) -> When:
    return lambda effect: effect.kind in names


def says(text: str) -> When:
    return lambda effect: text_of(effect) == text


def text_of(effect: Deliverable) -> str:
    card = getattr(effect, "card", None)
    return card.fallback if card else ""


@dataclass(slots=True)
class Scripted:
    fault: Fault
    when: When
    times: int
    reading: bool


@dataclass(frozen=True, slots=True)
class Call:
    """`by` is the name of the process that asked."""

    effect: Deliverable
    by: str
    reading: bool
