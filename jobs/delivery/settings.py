"""How the delivery behaves, and what it counts."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """All times in seconds of real time.

    A send is given up after `timeout` and its outcome looked up `settle_seconds` after it began: a platform may
    apply a request some time after nobody waits for the answer any more, so keep settle_seconds >= timeout + 10.
    `lease_seconds` must be longer than `timeout`, so that whoever takes a lane over finds no send under way.
    """

    settle_seconds: float = 30.0
    lease_seconds: float = 30.0
    timeout: float = 20.0
    # The same for what a language model is asked; also shorter than settle_seconds and lease_seconds.
    model_timeout: float = 30.0
    # The second attempt comes after about `base_retry`, each further one after twice as long, at most `max_retry`.
    base_retry: float = 1.0
    max_retry: float = 300.0
    max_attempts: int = 12
    # A row that never left this machine is not given up before it is this old, however often it was tried.
    patience_seconds: float = 6 * 3600.0
    # Reading back begins this long before the send, for clocks that do not agree.
    margin_seconds: float = 120.0
    # Tests multiply the platforms' rates.
    rate_factor: float = 1.0
    # At once: lanes of one connection; sends in one lane, each of another conversation.
    lanes: int = 16
    lane_parallel: int = 4
    # A lane gives way to others after so many sends.
    lane_turn: int = 50
    # How many rows a look at a lane returns, and how many it goes through.
    page: int = 32
    depth: int = 1000
    # A paused connection is tried with one row after this long, then after twice as long, at most max_probe.
    probe_seconds: float = 60.0
    max_probe: float = 900.0
    # After this many failures in a row to reach a platform, the connection as a whole waits.
    outage_after: int = 3
    max_outage_wait: float = 30.0
    # What is under way when the desk stops has this long to finish.
    stop_seconds: float = 8.0


# delivered: settled after its send; adopted: found by reading back; absent: read back and not found; retried: surely
# not sent, tried again; limited: told to come later; unknown: to be read back; dead: given up; fenced: settled too
# late, by a holder that had lost its lease; defect: an error in our own code.
Outcome = Literal["delivered", "adopted", "absent", "retried", "limited", "unknown", "dead", "fenced", "defect"]


@dataclass(slots=True)
class Counters:
    """What has happened since the start, by (connection, kind of effect, outcome)."""

    outcomes: Counter[tuple[str, str, Outcome]] = field(default_factory=Counter)

    def count(self, connection: str, kind: str, outcome: Outcome) -> None:
        self.outcomes[connection, kind, outcome] += 1

    def total(self, outcome: Outcome) -> int:
        return sum(n for (_, _, o), n in self.outcomes.items() if o == outcome)
