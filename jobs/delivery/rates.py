"""How fast the platforms may be asked, and what has to wait because they said so. Real time, in this process only:
a lane is in one process at a time, and what is allowed per connection is shared out by the platform's own refusals
when several processes send."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic

from core.ports import MethodRate

# Idle buckets are forgotten when there are more than this.
_MANY = 10_000


class Bucket:
    """Lets at most `count` through in any `seconds`, a tenth of them at once and the rest evenly, so that a burst of
    one lane leaves something to the others."""

    def __init__(self, rate: MethodRate, factor: float, now: float) -> None:
        self._capacity = max(1, rate.count // 10)
        self._per_second = (rate.count - self._capacity + 1) * factor / rate.seconds
        self._tokens = float(self._capacity)
        self._at = now

    def wait(self, now: float) -> float:
        """Seconds until one more is let through; 0 when at once."""
        self._tokens = min(self._capacity, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        # What rounding leaves over is not worth waiting for.
        return 0.0 if self._tokens > 1 - 1e-6 else (1 - self._tokens) / self._per_second

    def take(self, now: float) -> float:
        """Like `wait`, and takes it when there is no wait."""
        wait = self.wait(now)
        if not wait:
            self._tokens -= 1
        return wait

    def is_idle(self, now: float) -> bool:
        """Whether it is as good as a new one."""
        self.wait(now)
        return self._tokens >= self._capacity


Lane = tuple[str, str]


class Limits:
    """Rates by (connection, kind) and by (connection, channel, kind), and the kinds that a platform takes no more of
    for a while."""

    def __init__(
        self,
        rates: Mapping[str, Mapping[str, MethodRate]],
        *,
        factor: float = 1.0,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._rates = rates
        self._factor = factor
        self._now = now
        self._buckets: dict[tuple[str, str, str], Bucket] = {}
        self._rests: dict[tuple[str, str], float] = {}

    def rest(self, connection: str, kind: str, seconds: float) -> None:
        """The platform said so of this kind, in whatever channel."""
        now = self._now()
        self._rests = {known: until for known, until in self._rests.items() if until > now}
        self._rests[connection, kind] = max(self._rests.get((connection, kind), 0.0), now + seconds)

    def take(self, lane: Lane, kind: str) -> float:
        """Seconds until an effect of this kind may go; 0 when it may now, which then counts as one."""
        bucket = self._bucket(lane, kind)
        return self._rest(lane[0], kind) or (bucket.take(self._now()) if bucket else 0.0)

    def blocked(self, lane: Lane) -> dict[str, float]:
        """The kinds that must wait in this lane, and for how many seconds."""
        resting = (kind for connection, kind in self._rests if connection == lane[0])
        waits = {kind: self._wait(lane, kind) for kind in (*self._rates.get(lane[0], {}), *resting)}
        return {kind: wait for kind, wait in waits.items() if wait}

    def _wait(self, lane: Lane, kind: str) -> float:
        bucket = self._bucket(lane, kind)
        return max(self._rest(lane[0], kind), bucket.wait(self._now()) if bucket else 0.0)

    def _rest(self, connection: str, kind: str) -> float:
        return max(0.0, self._rests.get((connection, kind), 0.0) - self._now())

    def _bucket(self, lane: Lane, kind: str) -> Bucket | None:
        connection, channel = lane
        rate = self._rates.get(connection, {}).get(kind)
        if rate is None:
            return None
        now = self._now()
        key = (connection, channel if rate.per == "channel" else "", kind)
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= _MANY:
                self._buckets = {k: b for k, b in self._buckets.items() if not b.is_idle(now)}
            bucket = self._buckets[key] = Bucket(rate, self._factor, now)
        return bucket


@dataclass(slots=True)
class _Gate:
    """Why a connection waits. Times are monotonic."""

    until: float = 0.0
    failures: int = 0
    paused: str | None = None
    probe_at: float = 0.0
    probe_wait: float = 0.0
    probing: bool = False


class Gates:
    """What may be tried at all: connections that are paused, limited or cannot be reached, and limited lanes."""

    def __init__(
        self,
        *,
        outage_after: int,
        base: float,
        max_outage_wait: float,
        probe_seconds: float,
        max_probe: float,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._outage_after = outage_after
        self._base = base
        self._max_outage_wait = max_outage_wait
        self._probe_seconds = probe_seconds
        self._max_probe = max_probe
        self._now = now
        self._gates: dict[str, _Gate] = {}
        self._lanes: dict[Lane, float] = {}

    def wait(self, lane: Lane) -> float:
        """Seconds until this lane may be tried; 0 when now. In a paused connection one lane may be at a time, now
        and then: see `probe`."""
        now = self._now()
        gate = self._gate(lane[0])
        until = max(gate.until, self._lanes.get(lane, 0.0))
        if gate.paused is not None:
            until = max(until, now + self._probe_seconds if gate.probing else gate.probe_at)
        return max(0.0, until - now)

    # --- what the platform said -------------------------------------------------------------------------------

    def limit_lane(self, lane: Lane, seconds: float) -> None:
        now = self._now()
        self._lanes = {known: until for known, until in self._lanes.items() if until > now}
        self._lanes[lane] = now + seconds

    def limit_connection(self, connection: str, seconds: float) -> None:
        gate = self._gate(connection)
        gate.until = max(gate.until, self._now() + seconds)

    def unreachable(self, connection: str) -> None:
        """It could not be reached, or gave no answer that says anything. After a few times in a row everything on it
        waits, longer each time."""
        gate = self._gate(connection)
        gate.failures += 1
        over = gate.failures - self._outage_after
        if over >= 0:
            self.limit_connection(connection, min(self._base * 2.0 ** min(over, 20), self._max_outage_wait))

    def answered(self, connection: str) -> None:
        """It could be reached."""
        self._gate(connection).failures = 0

    def outages(self) -> dict[str, int]:
        """Connections that cannot be reached now, and how many attempts in a row have failed."""
        return {name: gate.failures for name, gate in self._gates.items() if self.is_out(name)}

    def is_out(self, connection: str) -> bool:
        """Whether so many attempts in a row have failed that it is the platform that is away."""
        return self._gate(connection).failures >= self._outage_after

    # --- credentials ------------------------------------------------------------------------------------------

    def paused(self) -> dict[str, str]:
        return {name: gate.paused for name, gate in self._gates.items() if gate.paused is not None}

    def is_paused(self, connection: str) -> bool:
        return self._gate(connection).paused is not None

    def pause(self, connection: str, why: str, *, probe_now: bool = False) -> None:
        """Credentials were refused. When a probe finds that they still are, the next one comes after twice as long;
        what else was under way says nothing new."""
        gate = self._gate(connection)
        if gate.paused is None:
            gate.probe_wait = self._probe_seconds
        elif gate.probing:
            gate.probe_wait = min(gate.probe_wait * 2, self._max_probe)
        else:
            return
        gate.paused = why
        gate.probe_at = 0.0 if probe_now else self._now() + gate.probe_wait

    def resume(self, connection: str) -> None:
        gate = self._gate(connection)
        gate.paused, gate.probe_at = None, 0.0

    def probe(self, connection: str) -> None:
        """A probe begins; no other lane of the connection is tried meanwhile."""
        self._gate(connection).probing = True

    def probed(self, connection: str, *, tried: bool) -> None:
        """A probe is over. One that tried nothing leaves the turn to another lane; one that reached nobody is
        repeated later."""
        gate = self._gate(connection)
        gate.probing = False
        if tried and gate.paused is not None:
            gate.probe_at = max(gate.probe_at, self._now() + gate.probe_wait)

    def _gate(self, connection: str) -> _Gate:
        return self._gates.setdefault(connection, _Gate())
