"""What each event does to a ticket's promises, on one ticket after another."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.language.places import Identity
from core.language.policy import Account, Agent, Calendar, Connection, Length, Policy, SlaPolicy
from core.language.words import Priority, Target
from core.rules import sla

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OFFICE = Calendar("office", "Europe/Berlin", dict.fromkeys(range(5), ((time(9), time(18)),)))
TARGETS: dict[Target, dict[Priority, Length]] = {
    "first_response": {"urgent": Length(30), "high": Length(60), "normal": Length(240)},
    "next_response": {"urgent": Length(30), "normal": Length(120)},
    "resolution": {"urgent": Length(240), "high": Length(business_days=1), "normal": Length(business_days=3)},
}
STANDARD = SlaPolicy("standard", "office", TARGETS, (0.5, 0.75))
NORMAL = sla.Promise(STANDARD, OFFICE, "normal")
URGENT = sla.Promise(STANDARD, OFFICE, "urgent")
LOW = sla.Promise(STANDARD, OFFICE, "low")


def at(text: str) -> datetime:
    """A local time in November 2026; the 20th is a Friday."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


OPENED = at("20 10:00")


def get(clocks: sla.Clocks, target: Target) -> sla.SlaClock:
    return next(clock for clock in reversed(clocks) if clock.target == target)


def change(clocks: sla.Clocks, promise: sla.Promise | None, when: datetime, **facts: Any) -> sla.Clocks:
    known: dict[str, Any] = {"opened_at": OPENED, "status": "open", "answered": False}
    return sla.on_priority_change(clocks, promise, when, **(known | facts))


class TestWhichPolicy:
    GOLD = SlaPolicy("gold", None, {}, tiers=frozenset({"gold"}), priorities=frozenset({"urgent", "high"}))
    GLOBEX = SlaPolicy("globex", "office", {}, accounts=frozenset({"globex"}))
    POLICY = Policy(
        "Acme",
        "Europe/Berlin",
        (Connection("main", "slack"),),
        agents=(Agent("bo", "Bo Lind", "agent", (Identity("main", "U0BO"),)),),
        accounts=(Account("globex", "Globex", "gold", None, ()), Account("initech", "Initech", "silver", None, ())),
        calendars=(OFFICE,),
        sla=(GOLD, GLOBEX),
    )

    @pytest.mark.parametrize(
        ("account", "tier", "priority", "found"),
        [
            ("globex", "gold", "urgent", "gold"),
            ("other", "gold", "high", "gold"),
            ("globex", "gold", "normal", "globex"),
            ("globex", None, "urgent", "globex"),
            ("initech", "silver", "urgent", None),
            (None, None, "normal", None),
        ],
    )
    def test_the_first_whose_conditions_all_hold(
        self, account: str | None, tier: str | None, priority: Priority, found: str | None
    ) -> None:
        policy = sla.policy_for(self.POLICY, account, tier, priority)
        assert (policy.id if policy else None) == found

    def test_a_promise_knows_the_accounts_tier_and_the_policys_calendar(self) -> None:
        gold = sla.promise_for(self.POLICY, "globex", "urgent")
        assert gold and (gold.sla.id, gold.calendar.id) == ("gold", "always")
        plain = sla.promise_for(self.POLICY, "globex", "normal")
        assert plain and (plain.sla.id, plain.calendar) == ("globex", OFFICE)
        assert sla.promise_for(self.POLICY, None, "normal") is None


class TestOpening:
    def test_both_promises_start_and_the_next_response_does_not(self) -> None:
        clocks = sla.on_opened(NORMAL, OPENED)
        assert [clock.target for clock in clocks] == ["first_response", "resolution"]
        first = get(clocks, "first_response")
        assert (first.due_at, first.warn_at, first.length) == (at("20 14:00"), at("20 12:00"), 4 * HOUR)
        assert get(clocks, "resolution").due_at == at("25 10:00")
        assert get(clocks, "resolution").length == 27 * HOUR

    def test_a_priority_without_target_promises_nothing(self) -> None:
        assert sla.on_opened(LOW, OPENED) == ()
        assert sla.on_opened(None, OPENED) == ()

    def test_out_of_hours_counting_begins_at_the_opening(self) -> None:
        first = get(sla.on_opened(NORMAL, at("21 20:00")), "first_response")
        assert (first.started_at, first.due_at) == (at("21 20:00"), at("23 13:00"))


class TestAnswers:
    def test_an_answer_meets_the_first_response(self) -> None:
        clocks = sla.on_agent_reply(sla.on_opened(NORMAL, OPENED), NORMAL, at("20 11:00"))
        first = get(clocks, "first_response")
        assert (first.state, first.met_at, first.remaining, first.warn_at) == ("met", at("20 11:00"), 3 * HOUR, None)
        assert get(clocks, "resolution").state == "running"
        assert sla.on_agent_reply(clocks, NORMAL, at("20 12:00")) == clocks

    def test_a_late_answer_keeps_both_times(self) -> None:
        """Also when no sweep has noticed the breach."""
        first = get(sla.on_agent_reply(sla.on_opened(NORMAL, OPENED), NORMAL, at("20 15:00")), "first_response")
        assert (first.state, first.breached_at, first.met_at) == ("breached", at("20 14:00"), at("20 15:00"))
        assert not first.is_pending

    def test_an_answer_at_the_very_moment_is_in_time(self) -> None:
        assert (
            get(sla.on_agent_reply(sla.on_opened(NORMAL, OPENED), NORMAL, at("20 14:00")), "first_response").state
            == "met"
        )

    def test_resolving_without_an_answer_is_one(self) -> None:
        clocks = sla.on_status_change(sla.on_opened(NORMAL, OPENED), NORMAL, at("20 11:00"), "new", "resolved")
        assert {clock.state for clock in clocks} == {"met"}

    def test_the_next_response_starts_with_the_first_message_after_the_answer(self) -> None:
        clocks = sla.on_opened(NORMAL, OPENED)
        assert sla.on_customer_message(clocks, NORMAL, at("20 10:30")) == clocks
        clocks = sla.on_agent_reply(clocks, NORMAL, at("20 11:00"))
        clocks = sla.on_customer_message(clocks, NORMAL, at("20 12:00"))
        assert get(clocks, "next_response").due_at == at("20 14:00")
        assert sla.on_customer_message(clocks, NORMAL, at("20 13:00")) == clocks
        clocks = sla.on_agent_reply(clocks, NORMAL, at("20 13:30"))
        clocks = sla.on_customer_message(clocks, NORMAL, at("20 15:00"))
        each = [(clock.state, clock.started_at) for clock in clocks if clock.target == "next_response"]
        assert each == [("met", at("20 12:00")), ("running", at("20 15:00"))]

    def test_a_late_answer_is_still_owed(self) -> None:
        clocks = tuple(sla.breach(clock, at("20 15:00")) for clock in sla.on_opened(NORMAL, OPENED))
        assert sla.on_customer_message(clocks, NORMAL, at("20 15:30")) == clocks


class TestWaiting:
    def test_only_the_resolution_waits_and_what_was_left_stays(self) -> None:
        clocks = sla.on_status_change(sla.on_opened(NORMAL, OPENED), NORMAL, at("20 12:00"), "open", "pending")
        resolution = get(clocks, "resolution")
        assert (resolution.state, resolution.due_at, resolution.remaining) == ("paused", None, 25 * HOUR)
        assert get(clocks, "first_response").state == "running"
        clocks = sla.on_status_change(clocks, NORMAL, at("20 14:00"), "pending", "open")
        resolution = get(clocks, "resolution")
        assert (resolution.state, resolution.due_at, resolution.paused) == ("running", at("25 12:00"), 2 * HOUR)

    def test_from_one_wait_to_the_other_nothing_counts(self) -> None:
        clocks = sla.on_status_change(sla.on_opened(NORMAL, OPENED), NORMAL, at("20 12:00"), "open", "pending")
        assert sla.on_status_change(clocks, NORMAL, at("20 13:00"), "pending", "on_hold") == clocks

    def test_what_was_late_before_the_wait_stays_late(self) -> None:
        clocks = sla.on_status_change(sla.on_opened(URGENT, OPENED), URGENT, at("20 15:00"), "open", "pending")
        resolution = get(clocks, "resolution")
        assert (resolution.state, resolution.breached_at) == ("breached", at("20 14:00"))
        assert sla.on_status_change(clocks, URGENT, at("20 16:00"), "pending", "open") == clocks

    def test_a_passed_warning_that_nobody_was_given_comes_at_once(self) -> None:
        """The sweep was away while three quarters of the time went by."""
        clocks = sla.on_status_change(sla.on_opened(URGENT, OPENED), URGENT, at("20 13:30"), "open", "pending")
        clocks = sla.on_status_change(clocks, URGENT, at("20 15:00"), "pending", "open")
        assert get(clocks, "resolution").warn_at == at("20 15:00")


class TestReopening:
    def test_the_resolution_goes_on_with_what_was_left(self) -> None:
        clocks = sla.on_status_change(sla.on_opened(NORMAL, OPENED), NORMAL, at("20 12:00"), "open", "resolved")
        assert get(clocks, "resolution").remaining == 25 * HOUR
        clocks = sla.on_status_change(clocks, NORMAL, at("23 12:00"), "resolved", "open")
        resolution = get(clocks, "resolution")
        assert (resolution.state, resolution.met_at, resolution.due_at) == ("running", None, at("26 10:00"))
        # The answer to the first message was given; nobody is owed it again.
        assert get(clocks, "first_response").state == "met"

    def test_what_was_resolved_late_is_late_again(self) -> None:
        clocks = sla.on_status_change(sla.on_opened(URGENT, OPENED), URGENT, at("20 15:00"), "open", "resolved")
        assert (get(clocks, "resolution").state, get(clocks, "resolution").met_at) == ("breached", at("20 15:00"))
        clocks = sla.on_status_change(clocks, URGENT, at("20 16:00"), "resolved", "open")
        resolution = get(clocks, "resolution")
        assert (resolution.state, resolution.met_at, resolution.breached_at) == ("breached", None, at("20 14:00"))

    def test_resolved_while_waiting(self) -> None:
        clocks = sla.on_status_change(sla.on_opened(NORMAL, OPENED), NORMAL, at("20 12:00"), "open", "pending")
        clocks = sla.on_status_change(clocks, NORMAL, at("24 12:00"), "pending", "resolved")
        assert get(clocks, "resolution").remaining == 25 * HOUR
        assert sla.on_status_change(clocks, NORMAL, at("25 12:00"), "resolved", "closed") == clocks


class TestAnotherPriority:
    def test_it_counts_from_the_start(self) -> None:
        clocks = change(sla.on_opened(NORMAL, OPENED), URGENT, at("20 10:10"))
        first = get(clocks, "first_response")
        assert (first.due_at, first.length, first.warn_at) == (at("20 10:30"), HOUR / 2, at("20 10:15"))
        assert get(clocks, "resolution").due_at == at("20 14:00")

    def test_pauses_are_kept(self) -> None:
        clocks = sla.on_status_change(sla.on_opened(NORMAL, OPENED), NORMAL, at("20 11:00"), "open", "pending")
        waiting = get(change(clocks, URGENT, at("20 12:00"), status="pending"), "resolution")
        assert (waiting.state, waiting.remaining) == ("paused", 3 * HOUR)
        clocks = sla.on_status_change(clocks, NORMAL, at("20 13:00"), "pending", "open")
        assert get(change(clocks, URGENT, at("20 13:30")), "resolution").due_at == at("20 16:00")

    def test_it_may_be_late_at_once(self) -> None:
        first = get(change(sla.on_opened(NORMAL, OPENED), URGENT, at("20 11:00")), "first_response")
        assert (first.state, first.due_at, first.warn_at) == ("running", at("20 10:30"), None)
        assert sla.breach(first, at("20 11:00")).breached_at == at("20 10:30")

    def test_a_breach_ends_when_the_new_due_time_lies_ahead(self) -> None:
        late = tuple(sla.breach(clock, at("20 10:40")) for clock in sla.on_opened(URGENT, OPENED))
        first = get(change(late, NORMAL, at("20 11:00")), "first_response")
        assert (first.state, first.breached_at, first.due_at) == ("running", None, at("20 14:00"))
        still = get(change(late, sla.Promise(STANDARD, OFFICE, "high"), at("20 11:30")), "first_response")
        assert (still.state, still.breached_at, still.due_at) == ("breached", at("20 11:00"), at("20 11:00"))

    def test_what_nothing_is_promised_for_goes_away_and_comes_back(self) -> None:
        assert change(sla.on_opened(NORMAL, OPENED), LOW, at("20 11:00")) == ()
        assert change(sla.on_opened(NORMAL, OPENED), None, at("20 11:00")) == ()
        assert change((), NORMAL, at("20 11:00")) == sla.on_opened(NORMAL, OPENED)
        assert [clock.target for clock in change((), NORMAL, at("20 11:00"), answered=True)] == ["resolution"]
        waiting = get(change((), NORMAL, at("20 11:00"), status="pending"), "resolution")
        assert (waiting.state, waiting.remaining) == ("paused", 26 * HOUR)

    def test_what_is_over_stays_as_it_was(self) -> None:
        answered = sla.on_agent_reply(sla.on_opened(NORMAL, OPENED), NORMAL, at("20 11:00"))
        assert get(change(answered, URGENT, at("20 12:00")), "first_response") == get(answered, "first_response")
        assert get(change(answered, None, at("20 12:00")), "first_response") == get(answered, "first_response")
        resolved = sla.on_status_change(answered, NORMAL, at("20 13:00"), "open", "resolved")
        assert change(resolved, URGENT, at("20 14:00"), status="resolved") == resolved


class TestSweeping:
    def test_warnings_then_the_breach(self) -> None:
        first = get(sla.on_opened(NORMAL, OPENED), "first_response")
        assert sla.warn(first, NORMAL, at("20 11:59")) == first
        once = sla.warn(first, NORMAL, at("20 12:00"))
        assert (once.warned_at, once.wake_at) == (at("20 12:00"), at("20 13:00"))
        twice = sla.warn(once, NORMAL, at("20 13:00"))
        assert (twice.warn_at, twice.wake_at) == (None, at("20 14:00"))
        assert sla.breach(twice, at("20 13:59")) == twice
        late = sla.breach(twice, at("20 14:00"))
        assert (late.state, late.breached_at, late.wake_at) == ("breached", at("20 14:00"), None)
        assert sla.breach(late, at("20 18:00")) == late

    def test_after_a_stall_the_breach_is_at_its_time_and_warnings_are_one(self) -> None:
        first = get(sla.on_opened(NORMAL, OPENED), "first_response")
        assert sla.warn(first, NORMAL, at("20 13:30")).warn_at is None
        assert sla.breach(first, at("24 10:00")).breached_at == at("20 14:00")

    def test_without_a_policy_any_more_clocks_go_on(self) -> None:
        first = get(sla.on_opened(NORMAL, OPENED), "first_response")
        assert sla.warn(first, None, at("20 12:00")).warn_at is None
        assert sla.meet(first, None, at("20 12:00")).state == "met"
        waiting = sla.pause(first, None, at("20 12:00"))
        assert waiting.remaining == 2 * HOUR
        assert sla.resume(waiting, None, at("20 20:00")).due_at == at("20 22:00")
