"""What Slack sees of the desk: acks a second beside Bolt's own, and how long an ack takes under load."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import script
from bench.server import Server, bolt_server, desk_server, load

CALLERS = 32
# Slack opens as many connections as it needs.
MOST_CONNECTIONS = 256
# Statements are compiled, most people are met, and the mix of the script is even.
_WARMING = script.EVEN_AFTER
_ALONE_SECONDS = 5
# With what the platform's limits are multiplied where deliveries go out as fast as they can.
UNLIMITED = 2000.0


@dataclass(frozen=True, slots=True)
class Load:
    """`rate` messages a second for some seconds."""

    rate: int
    seconds: int

    @property
    def count(self) -> int:
        return self.rate * self.seconds


STEADY = (Load(8, 15), Load(83, 15))
BURST = Load(250, 10)
DELIVERING = (Load(83, 10), BURST)


@dataclass(frozen=True, slots=True)
class Throughput:
    """Acks a second, run by run; the runs take turns. `bolt_p99`: seconds, of Bolt's acks at `STEADY`'s higher rate."""

    desk: list[float]
    bolt: list[float]
    bolt_p99: float

    @property
    def ratios(self) -> list[float]:
        return [desk / bolt for desk, bolt in zip(self.desk, self.bolt, strict=True)]


@dataclass(frozen=True, slots=True)
class Delay:
    """Of one load: seconds, and what came to harm. `p99`: of each third of the load, so that a moment in which the
    machine was busy with something else is seen as one. `failed`: not acked with 200. `lost`: without a handled
    receipt or in no ticket when all that was stored for later was handled. `stored`: handled later, as the load was
    too much at its moment."""

    load: Load
    p50: float
    p99: list[float]
    longest: float
    failed: int
    lost: int
    stored: int


async def throughput(folder: Path, end: float, rounds: int, each: int, on_progress: Callable[[], None]) -> Throughput:
    """`each` messages a round on either side, from `CALLERS` connections. Nothing is set aside for later here: a
    message counts when it is handled and committed. Deliveries go out at Slack's rates meanwhile. Raises RuntimeError
    when anything is not acked or missing."""
    said = _script(_WARMING + rounds * each, end)
    rates: dict[str, list[float]] = {"bolt": [], "desk": []}
    async with (
        bolt_server(folder) as bolt,
        desk_server(folder / "throughput", said, 1.0, DESKHAND_OVERFLOW_SECONDS="3600") as desk,
    ):
        await desk.loaded(0, _WARMING)
        await load(bolt, desk.bodies, 0, _WARMING)
        for number in range(rounds):
            first = _WARMING + number * each
            for side in ("bolt", "desk") if number % 2 == 0 else ("desk", "bolt"):
                url = bolt if side == "bolt" else desk.url
                outcome = await load(url, desk.bodies, first, each, connections=CALLERS)
                rates[side].append(outcome.acked / outcome.seconds)
                if outcome.failed:
                    raise RuntimeError(f"{side}: {outcome.failed} of {each} requests were not acked")
                on_progress()
        rate = STEADY[-1].rate
        alone = await load(bolt, desk.bodies, 0, rate * _ALONE_SECONDS, rate=rate, connections=MOST_CONNECTIONS)
        missing = desk.missing(0, _WARMING + rounds * each)
        if missing:
            raise RuntimeError(f"{missing} acked messages are not handled")
    return Throughput(rates["desk"], rates["bolt"], alone.percentile(0.99))


async def delays(
    folder: Path, end: float, loads: Sequence[Load], rate_factor: float, on_progress: Callable[[], None]
) -> tuple[list[Delay], int]:
    """The loads one after the other against one desk; and how many effects it gave up. With a `rate_factor` of
    `UNLIMITED` what it has to say goes out meanwhile, and each load begins when the last one's is out."""
    total = sum(one.count for one in loads)
    said = _script(_WARMING + total, end)
    found: list[Delay] = []
    async with desk_server(folder / f"delays-{rate_factor:g}", said, rate_factor) as desk:
        await desk.loaded(0, _WARMING, rate=100.0)
        await desk.handled(delivered=rate_factor > 1)
        first = _WARMING
        for one in loads:
            found.append(await _delay(desk, first, one, rate_factor))
            first += one.count
            on_progress()
        return found, desk.dead()


async def _delay(desk: Server, first: int, one: Load, rate_factor: float) -> Delay:
    outcome = await desk.loaded(first, one.count, rate=float(one.rate), connections=MOST_CONNECTIONS)
    stored, _ = desk.waiting()
    await desk.handled(delivered=rate_factor > 1)
    return Delay(
        load=one,
        p50=outcome.percentile(0.5),
        p99=outcome.windows(3, 0.99),
        longest=max(outcome.delays),
        failed=outcome.failed,
        lost=desk.missing(first, one.count),
        stored=stored,
    )


def _script(messages: int, end: float) -> list[script.Message]:
    """At least so many messages, from whole tickets, in an order that a part of it can be sent."""
    return script.script(-(-messages // script.PER_TICKET), end)
