"""Clocks over any course of events: what counts, what does not, and when each is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from support.times import calendar_and_instant, shows_open

from core.language.policy import Calendar, Length, SlaPolicy
from core.language.words import PRIORITIES, Priority, Status, Target
from core.rules import sla
from core.rules.calendar import between
from core.rules.lifecycle import TABLE, Happening, after

NOTHING = timedelta(0)
lengths = st.one_of(
    st.integers(10, 3000).map(lambda n: Length(minutes=n)), st.integers(1, 4).map(lambda n: Length(business_days=n))
)
# What can happen to a ticket, as the desk tells the clocks of it.
EVENTS: tuple[Happening, ...] = (
    "claimed",
    "replied_public",
    "customer_wrote",
    "set_pending",
    "set_on_hold",
    "resolved",
    "customer_solved",
    "reopened",
)


@dataclass
class Ticket:
    """A ticket as the desk would keep it, with the open time in which its resolution counted, added up apart."""

    calendar: Calendar
    promise: sla.Promise
    opened_at: datetime
    now: datetime
    status: Status = "new"
    answered: bool = False
    clocks: sla.Clocks = ()
    counted: timedelta = NOTHING

    def resolution(self) -> sla.SlaClock:
        return next(clock for clock in self.clocks if clock.target == "resolution")

    def wait(self, minutes: int) -> None:
        later = self.now + timedelta(minutes=minutes)
        if self.status in ("new", "open"):
            self.counted += between(self.calendar, self.now, later)
        self.now = later

    def tick(self) -> None:
        """What the sweep does: warn, then breach."""
        warned = tuple(sla.warn(clock, self.promise, self.now) for clock in self.clocks)
        self.clocks = tuple(sla.breach(clock, self.now) for clock in warned)

    def happen(self, event: Happening) -> None:
        if event not in TABLE[self.status]:
            return  # refused, and nothing happens
        before, self.status = self.status, after(self.status, event)
        self.clocks = sla.on_status_change(self.clocks, self.promise, self.now, before, self.status)
        if event == "replied_public":
            self.answered = True
            self.clocks = sla.on_agent_reply(self.clocks, self.promise, self.now)
        if event == "customer_wrote":
            self.clocks = sla.on_customer_message(self.clocks, self.promise, self.now)

    def reprioritise(self, priority: Priority) -> None:
        self.promise = sla.Promise(self.promise.sla, self.calendar, priority)
        self.clocks = sla.on_priority_change(
            self.clocks,
            self.promise,
            self.now,
            opened_at=self.opened_at,
            status=self.status,
            answered=self.answered,
        )


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    calendar, at = draw(calendar_and_instant())
    warn = tuple(sorted(draw(st.sets(st.integers(1, 99), max_size=3))))
    every: tuple[Target, ...] = ("first_response", "next_response", "resolution")
    targets = {target: {priority: draw(lengths) for priority in PRIORITIES} for target in every}
    policy = SlaPolicy("standard", calendar.id, targets, tuple(share / 100 for share in warn))
    promise = sla.Promise(policy, calendar, draw(st.sampled_from(PRIORITIES)))
    return Ticket(calendar, promise, at, at, clocks=sla.on_opened(promise, at))


course = st.lists(st.tuples(st.integers(1, 4000), st.sampled_from(EVENTS), st.booleans()), max_size=12)
many = settings(max_examples=150, deadline=None)


@many
@given(tickets(), course)
def test_the_resolution_counts_open_time_while_it_is_our_turn(
    ticket: Ticket, events: list[tuple[int, Happening, bool]]
) -> None:
    for minutes, event, ticks in events:
        ticket.wait(minutes)
        if ticks:
            ticket.tick()
        clock = ticket.resolution()
        match clock.state:
            case "running":
                assert clock.due_at is not None
                assert clock.length - between(ticket.calendar, ticket.now, clock.due_at) == ticket.counted
            case "paused":
                assert clock.due_at is None
                assert clock.remaining == clock.length - ticket.counted
            case "met":
                assert clock.remaining == clock.length - ticket.counted
            case "breached":
                assert clock.breached_at is not None
                assert clock.breached_at <= ticket.now
        ticket.happen(event)
        assert (ticket.resolution().met_at is not None) == (ticket.status == "resolved")
        assert (ticket.resolution().state == "paused") <= (ticket.status in ("pending", "on_hold"))


@many
@given(tickets(), course)
def test_what_holds_for_every_clock_at_any_time(ticket: Ticket, events: list[tuple[int, Happening, bool]]) -> None:
    for minutes, event, ticks in events:
        ticket.wait(minutes)
        before = ticket.clocks
        if ticks:
            ticket.tick()
        ticket.happen(event)
        assert {(c.target, c.started_at) for c in before} <= {(c.target, c.started_at) for c in ticket.clocks}
        pending = [clock.target for clock in ticket.clocks if clock.is_pending]
        assert len(pending) == len(set(pending))
        for clock in ticket.clocks:
            assert (clock.due_at is None) <= (clock.state in ("paused", "met"))
            assert (clock.breached_at is not None) == (clock.state == "breached")
            assert (clock.met_at is not None) >= (clock.state == "met")
            assert (clock.wake_at is not None) == (clock.state == "running")
            assert clock.state == "running" or clock.warn_at is None
            if clock.due_at is not None:
                assert clock.wake_at is None or clock.wake_at <= clock.due_at
                moment = timedelta(microseconds=1)
                assert shows_open(ticket.calendar, clock.due_at) or shows_open(ticket.calendar, clock.due_at - moment)
            if clock.target != "resolution":
                assert clock.state != "paused"
        # An answer is owed exactly when the customer was the last to be heard.
        owed = any(clock.is_pending for clock in ticket.clocks if clock.target != "resolution")
        if event in ("replied_public", "resolved", "customer_solved"):
            assert not owed
        elif event == "customer_wrote":
            assert owed


@many
@given(tickets(), course, st.sampled_from(PRIORITIES))
def test_another_priority_counts_as_if_it_had_always_been(
    ticket: Ticket, events: list[tuple[int, Happening, bool]], priority: Priority
) -> None:
    """Late or not, paused or not: after the change the clocks are those of a ticket that had this priority from the
    beginning, as long as nobody was warned or told that it is late."""
    other = Ticket(
        ticket.calendar,
        sla.Promise(ticket.promise.sla, ticket.calendar, priority),
        ticket.opened_at,
        ticket.now,
        clocks=sla.on_opened(sla.Promise(ticket.promise.sla, ticket.calendar, priority), ticket.opened_at),
    )
    for minutes, event, _ in events:
        if event in ("resolved", "customer_solved"):
            continue
        for each in (ticket, other):
            each.wait(minutes)
        running = [clock for each in (ticket, other) for clock in each.clocks if clock.is_pending]
        if any(clock.due_at and clock.due_at <= ticket.now for clock in running):
            return
        for each in (ticket, other):
            each.happen(event)
    ticket.reprioritise(priority)
    assert len(ticket.clocks) == len(other.clocks)
    for mine, theirs in zip(ticket.clocks, other.clocks, strict=True):
        if mine.is_pending:
            assert (mine.length, mine.state, mine.paused) == (theirs.length, theirs.state, theirs.paused)
            assert (mine.due_at, mine.remaining) == (theirs.due_at, theirs.remaining)


@many
@given(tickets())
def test_warnings_come_in_order_and_before_the_due_time(ticket: Ticket) -> None:
    for clock in ticket.clocks:
        assert clock.due_at is not None
        seen: list[datetime] = []
        while clock.warn_at is not None:
            seen.append(clock.warn_at)
            clock = sla.warn(clock, ticket.promise, clock.warn_at)
            assert clock.warned_at == seen[-1]
        assert len(seen) == len(ticket.promise.sla.warn)
        assert seen == sorted(seen)
        for share, at in zip(ticket.promise.sla.warn, seen, strict=True):
            assert at < clock.due_at
            assert between(ticket.calendar, clock.started_at, at) == clock.length * share
