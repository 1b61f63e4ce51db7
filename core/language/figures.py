"""Figures about the desk's work in a period."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A ticket that needs attention now. `late_since` is the earliest broken promise's due time."""

    ticket: int
    subject: str
    owner: str | None
    late_since: datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Times are in seconds of plain (not business) time; None where nothing was there to measure.

    `kept` and `broken` count the promises that were met in time, or came due unmet, in the period. `backlog` is what
    is open at `until`, `backlog_before` at `since`. First responses are counted in the period in which they were
    given.
    """

    since: datetime
    until: datetime
    opened: int
    resolved: int
    backlog: int
    backlog_before: int
    unowned: int
    kept: int
    broken: int
    first_response_median: float | None
    first_response_p90: float | None
    resolution_median: float | None
    load: tuple[tuple[str, int], ...] = ()
    accounts: tuple[tuple[str, int], ...] = ()
    attention: tuple[Standing, ...] = ()

    @property
    def is_quiet(self) -> bool:
        return not (self.opened or self.resolved or self.backlog)
