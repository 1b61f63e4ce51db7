"""Rates and gates, on a clock that the test moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ports import MethodRate
from jobs.delivery.rates import Bucket, Gates, Limits


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(
    count=st.integers(1, 120),
    seconds=st.sampled_from([1.0, 5.0, 60.0]),
    pauses=st.lists(st.floats(0.0, 3.0), min_size=1, max_size=300),
)
def test_never_more_than_the_count_in_any_window(count: int, seconds: float, pauses: list[float]) -> None:
    bucket, now, taken = Bucket(MethodRate(count, seconds, "channel"), 1.0, 0.0), 0.0, []
    for pause in pauses:
        wait = bucket.wait(now)
        # Half of the callers come back exactly when they are told to.
        now += wait if pause < 1.5 else pause
        if not bucket.take(now):
            taken.append(now)
    for first in taken:
        assert sum(first <= at < first + seconds - 1e-3 for at in taken) <= count


@pytest.mark.parametrize(
    "rate", [MethodRate(1, 1.0, "channel"), MethodRate(5, 5.0, "channel"), MethodRate(50, 60, "channel")]
)
def test_the_allowed_rate_is_nearly_used(rate: MethodRate) -> None:
    bucket, now, taken = Bucket(rate, 1.0, 0.0), 0.0, 0
    while now < 100 * rate.seconds:
        now += bucket.take(now) or 0.0
        taken += not bucket.take(now)
    assert taken >= 0.8 * 100 * rate.count


def test_rates_are_by_channel_or_by_connection() -> None:
    time = Time()
    limits = Limits(
        {"main": {"post": MethodRate(1, 1.0, "channel"), "update": MethodRate(1, 1.0, "connection")}}, now=time
    )
    assert limits.take(("main", "A"), "post") == 0.0
    assert limits.take(("main", "A"), "post") == pytest.approx(1.0)
    assert limits.take(("main", "B"), "post") == 0.0
    assert limits.take(("main", "A"), "update") == 0.0
    assert limits.take(("main", "B"), "update") == pytest.approx(1.0)
    assert limits.blocked(("main", "B")) == {"post": pytest.approx(1.0), "update": pytest.approx(1.0)}
    assert limits.blocked(("main", "C")) == {"update": pytest.approx(1.0)}
    # Kinds and connections without a rate are not limited.
    assert [limits.take(("main", "A"), "react") for _ in range(100)] == [0.0] * 100
    assert limits.take(("other", "A"), "post") == 0.0
    time.now += 1.0
    assert limits.blocked(("main", "A")) == {}


def test_a_kind_that_the_platform_limits_waits_in_every_channel_of_that_connection() -> None:
    time = Time()
    rates = {"react": MethodRate(50, 1.0, "connection")}
    limits = Limits({"main": rates, "other": rates}, now=time)
    limits.rest("main", "react", 5.0)
    # Also one that has no rate of its own.
    limits.rest("main", "upload", 7.0)
    assert limits.blocked(("main", "A")) == limits.blocked(("main", "B")) == {"react": 5.0, "upload": 7.0}
    assert (limits.take(("main", "A"), "react"), limits.take(("main", "A"), "upload")) == (5.0, 7.0)
    assert (limits.take(("main", "A"), "post"), limits.take(("other", "A"), "react")) == (0.0, 0.0)
    # A shorter word does not take a longer one back.
    limits.rest("main", "react", 1.0)
    time.now += 5.0
    assert limits.blocked(("main", "A")) == {"upload": 2.0}
    assert limits.take(("main", "A"), "react") == 0.0


def test_buckets_of_many_channels_are_forgotten_when_idle() -> None:
    time = Time()
    limits = Limits({"main": {"post": MethodRate(1, 1.0, "channel")}}, now=time)
    for n in range(10_000):
        limits.take(("main", str(n)), "post")
        time.now += 0.01
    limits.take(("main", "one more"), "post")
    assert len(limits._buckets) <= 102
    # Those that are not idle are still there.
    assert limits.take(("main", "9999"), "post") > 0.0


def gates(time: Time) -> Gates:
    return Gates(outage_after=3, base=1.0, max_outage_wait=30.0, probe_seconds=60.0, max_probe=900.0, now=time)


LANE, OTHER = ("main", "A"), ("main", "B")


def test_a_limited_lane_waits_alone_and_a_limited_connection_as_a_whole() -> None:
    time = Time()
    made = gates(time)
    made.limit_lane(LANE, 5.0)
    assert (made.wait(LANE), made.wait(OTHER), made.wait(("other", "A"))) == (5.0, 0.0, 0.0)
    made.limit_connection("main", 7.0)
    assert (made.wait(LANE), made.wait(OTHER), made.wait(("other", "A"))) == (7.0, 7.0, 0.0)
    time.now += 7.0
    assert (made.wait(LANE), made.wait(OTHER)) == (0.0, 0.0)


def test_an_outage_makes_the_connection_wait_longer_each_time() -> None:
    time = Time()
    made = gates(time)
    waits = []
    for _ in range(10):
        made.unreachable("main")
        waits.append(made.wait(LANE))
        time.now += made.wait(LANE)
    assert waits == [0.0, 0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    assert made.outages() == {"main": 10}
    made.answered("main")
    assert made.outages() == {}
    made.unreachable("main")
    assert made.wait(LANE) == 0.0


def test_a_paused_connection_is_probed_less_and_less_often() -> None:
    time = Time()
    made = gates(time)
    made.pause("main", "revoked")
    assert made.wait(LANE) == 60.0
    # What was under way at the same moment says nothing new.
    made.pause("main", "revoked")
    waits = []
    for _ in range(6):
        time.now += made.wait(LANE)
        made.probe("main")
        assert made.wait(OTHER) > 0.0
        made.pause("main", "revoked")
        made.probed("main", tried=True)
        waits.append(made.wait(LANE))
    assert waits == [120.0, 240.0, 480.0, 900.0, 900.0, 900.0]
    made.resume("main")
    assert made.wait(LANE) == 0.0


def test_a_probe_that_tried_nothing_leaves_its_turn_to_another_lane() -> None:
    time = Time()
    made = gates(time)
    made.pause("main", "revoked", probe_now=True)
    made.probe("main")
    made.probed("main", tried=False)
    assert made.wait(OTHER) == 0.0
    made.probe("main")
    made.probed("main", tried=True)  # reached nobody
    assert made.wait(OTHER) == 60.0
