"""Promises on tickets: which apply, and what each event does to them.

| target | starts | pauses | ends |
|---|---|---|---|
| first_response | when the ticket opens | never | first public answer, or resolving without one |
| next_response | customer writes and no answer is owed yet | never | public answer, or resolving |
| resolution | when the ticket opens | pending, on hold | resolved; runs on from there when reopened |

An answer is owed to the customer whatever we wait for, so only the resolution pauses. Resolving tells the customer,
so it answers them too.

A clock is a value; each function here returns what it becomes, and the `on_…` functions take and return all clocks
of a ticket, the ended ones among them, so that the caller stores the difference. A clock is known by its target and
`started_at`; at most one of a target is pending. All lengths are business time of the promise's calendar.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from core.language.policy import ALWAYS, Calendar, Length, Policy, SlaPolicy
from core.language.words import ClockState, Priority, Status, Target
from core.rules import calendar as business

_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class SlaClock:
    """One promise on one ticket.

    `length` is what was promised, `paused` the time that does not count so far. `due_at` is None while paused.
    `remaining` is what was left when it was paused or met, None while it runs. `warn_at` is the next warning;
    `warned_at` the last one given. A clock that is met after its due time stays `breached` and has both times.
    """

    target: Target
    policy: str
    state: ClockState
    started_at: datetime
    length: timedelta
    due_at: datetime | None
    warn_at: datetime | None = None
    remaining: timedelta | None = None
    paused: timedelta = _NOTHING
    met_at: datetime | None = None
    breached_at: datetime | None = None
    warned_at: datetime | None = None

    @property
    def is_pending(self) -> bool:
        """Whether what was promised has still to happen, in time or late."""
        return self.met_at is None

    @property
    def wake_at(self) -> datetime | None:
        """When somebody has to be told next: the warning, then the breach."""
        return (self.warn_at or self.due_at) if self.state == "running" else None


Clocks = tuple[SlaClock, ...]


@dataclass(frozen=True, slots=True)
class Promise:
    """What applies to a ticket: a policy, its calendar, and the ticket's priority."""

    sla: SlaPolicy
    calendar: Calendar
    priority: Priority

    def length(self, target: Target) -> Length | None:
        return self.sla.targets.get(target, {}).get(self.priority)


def policy_for(policy: Policy, account: str | None, tier: str | None, priority: Priority) -> SlaPolicy | None:
    """The first policy whose conditions all hold; None when none covers the ticket."""
    for sla in policy.sla:
        if (
            (not sla.tiers or tier in sla.tiers)
            and (not sla.accounts or account in sla.accounts)
            and (not sla.priorities or priority in sla.priorities)
        ):
            return sla
    return None


def promise_for(policy: Policy, account: str | None, priority: Priority) -> Promise | None:
    """What is promised to an account's ticket of this priority; `account` is its id, None for a stranger."""
    known = policy.account_by_id.get(account) if account else None
    sla = policy_for(policy, account, known.tier if known else None, priority)
    return Promise(sla, policy.calendar_of(sla), priority) if sla else None


def closed_until(promise: Promise | None, at: datetime) -> datetime | None:
    """When the promise's calendar opens again; None while it is open, or will be within a minute."""
    if promise is None or business.is_open(promise.calendar, at):
        return None
    opens = business.next_open(promise.calendar, at)
    return opens if opens - at >= timedelta(minutes=1) else None


# --- one clock ---------------------------------------------------------------------------------------------------


def start(promise: Promise, target: Target, at: datetime) -> SlaClock | None:
    """A running clock; None when nothing is promised for this target and priority."""
    length = promise.length(target)
    if length is None:
        return None
    due = business.add(promise.calendar, at, length)
    clock = SlaClock(
        target=target,
        policy=promise.sla.id,
        state="running",
        started_at=at,
        length=business.between(promise.calendar, at, due),
        due_at=due,
    )
    return replace(clock, warn_at=_next_warning(clock, promise, at))


def pause(clock: SlaClock, promise: Promise | None, at: datetime) -> SlaClock:
    """Stop counting. A clock that is late already stays as it is: late."""
    clock = _late(clock, at)
    if clock.state != "running" or clock.due_at is None:
        return clock
    left = _left(clock, clock.due_at, promise, at)
    return replace(clock, state="paused", due_at=None, warn_at=None, remaining=left)


def resume(clock: SlaClock, promise: Promise | None, at: datetime) -> SlaClock:
    """Count on with what was left; what was late when it was met is late again."""
    if clock.remaining is None:
        return clock
    if clock.state == "breached":
        return replace(clock, met_at=None, remaining=None)
    calendar = _calendar(promise)
    due = business.shift(calendar, at, clock.remaining)
    passed = business.between(calendar, clock.started_at, due)
    running = replace(
        clock, state="running", due_at=due, remaining=None, met_at=None, paused=max(passed - clock.length, _NOTHING)
    )
    return replace(running, warn_at=_next_warning(running, promise, at) if promise else None)


def meet(clock: SlaClock, promise: Promise | None, at: datetime) -> SlaClock:
    """What was promised has happened, in time or late."""
    if clock.met_at is not None:
        return clock
    clock = _late(clock, at)
    if clock.state == "breached":
        return replace(clock, met_at=at, remaining=_NOTHING)
    if clock.state == "running" and clock.due_at is not None:
        clock = replace(clock, remaining=_left(clock, clock.due_at, promise, at))
    return replace(clock, state="met", met_at=at, warn_at=None)


def breach(clock: SlaClock, at: datetime) -> SlaClock:
    """Late, when it runs and its due time has come; `breached_at` is that due time, however late it was noticed."""
    if clock.state != "running" or clock.due_at is None or at < clock.due_at:
        return clock
    return replace(clock, state="breached", breached_at=clock.due_at, warn_at=None)


def warn(clock: SlaClock, promise: Promise | None, at: datetime) -> SlaClock:
    """The warning that was due was given; the next one is the next share of the target that lies ahead."""
    if clock.state != "running" or clock.warn_at is None or at < clock.warn_at:
        return clock
    warned = replace(clock, warned_at=at, warn_at=None)
    return replace(warned, warn_at=_next_warning(warned, promise, at)) if promise else warned


def retarget(clock: SlaClock, promise: Promise, at: datetime) -> SlaClock | None:
    """Another priority or policy: counted again from the original start, with the pauses so far kept. None when
    nothing is promised any more. A met clock stays as it was. One that was late and now is not runs again."""
    if clock.met_at is not None:
        return clock
    length = promise.length(clock.target)
    if length is None:
        return None
    calendar = promise.calendar
    due = business.add(calendar, clock.started_at, length)
    promised = business.between(calendar, clock.started_at, due)
    if clock.state == "paused" and clock.remaining is not None:
        left = max(promised - (clock.length - clock.remaining), _NOTHING)
        return replace(clock, policy=promise.sla.id, length=promised, remaining=left)
    if clock.paused:
        due = business.shift(calendar, due, clock.paused)
    running = replace(
        clock, policy=promise.sla.id, state="running", length=promised, due_at=due, warn_at=None, breached_at=None
    )
    if at <= due:
        return replace(running, warn_at=_next_warning(running, promise, at))
    return replace(running, state="breached", breached_at=due) if clock.state == "breached" else running


# --- a ticket's clocks -------------------------------------------------------------------------------------------


def on_opened(promise: Promise | None, at: datetime) -> Clocks:
    if promise is None:
        return ()
    return _started(start(promise, "first_response", at), start(promise, "resolution", at))


def on_agent_reply(clocks: Clocks, promise: Promise | None, at: datetime) -> Clocks:
    """A public answer. Notes are not answers."""
    return _each(clocks, "first_response", "next_response", change=lambda clock: meet(clock, promise, at))


def on_customer_message(clocks: Clocks, promise: Promise | None, at: datetime) -> Clocks:
    """A customer's message that wants an answer (thanks do not). It starts the next response unless one is owed
    already, the first or the next; then the older promise stands."""
    owed = any(clock.is_pending and clock.target != "resolution" for clock in clocks)
    if owed or promise is None:
        return clocks
    return (*clocks, *_started(start(promise, "next_response", at)))


def on_status_change(clocks: Clocks, promise: Promise | None, at: datetime, before: Status, now: Status) -> Clocks:
    if before == now:
        return clocks
    match now:
        case "pending" | "on_hold":
            return _each(clocks, "resolution", change=lambda clock: pause(clock, promise, at))
        case "resolved" | "closed":
            return tuple(meet(clock, promise, at) for clock in clocks)
        case "new" | "open":
            return _each(clocks, "resolution", change=lambda clock: resume(clock, promise, at))
        case _:
            assert_never(now)


def on_priority_change(
    clocks: Clocks, promise: Promise | None, at: datetime, *, opened_at: datetime, status: Status, answered: bool
) -> Clocks:
    """Another priority, or for another reason another promise, applies from now on.

    Pending clocks are counted again from their start; what nothing is promised for any more goes away; what is
    promised only now starts at the ticket's opening. `status` is the ticket's, `answered` whether it had a public
    answer. A resolved ticket keeps its clocks."""
    if status in ("resolved", "closed"):
        return clocks
    if promise is None:
        return tuple(clock for clock in clocks if not clock.is_pending)
    kept = _started(*(retarget(clock, promise, at) for clock in clocks))
    have = {clock.target for clock in kept}
    new: list[SlaClock | None] = []
    if "first_response" not in have and not answered:
        new.append(start(promise, "first_response", opened_at))
    if "resolution" not in have:
        resolution = start(promise, "resolution", opened_at)
        waits = status in ("pending", "on_hold")
        new.append(pause(resolution, promise, at) if resolution and waits else resolution)
    return (*kept, *_started(*new))


def _late(clock: SlaClock, at: datetime) -> SlaClock:
    """Breached when something happened after the due time; at the very moment is still in time."""
    return breach(clock, at) if clock.due_at is not None and at > clock.due_at else clock


def _left(clock: SlaClock, due_at: datetime, promise: Promise | None, at: datetime) -> timedelta:
    """Never more than was promised, even when the desk's clock was set back to before the start."""
    return min(business.between(_calendar(promise), at, due_at), clock.length)


def _next_warning(clock: SlaClock, promise: Promise, at: datetime) -> datetime | None:
    """The next share of the target that is to be warned at; `at` itself when one has passed and nobody was warned."""
    if clock.due_at is None:
        return None
    elapsed = clock.length - business.between(promise.calendar, at, clock.due_at)
    for share in promise.sla.warn:
        ahead = clock.length * share - elapsed
        if ahead > _NOTHING:
            return business.shift(promise.calendar, at, ahead)
        if clock.warned_at is None and at < clock.due_at:
            return at
    return None


def _calendar(promise: Promise | None) -> Calendar:
    """A ticket that nothing is promised any more may have clocks of earlier; they count around the clock."""
    return promise.calendar if promise else ALWAYS


def _started(*clocks: SlaClock | None) -> Clocks:
    return tuple(clock for clock in clocks if clock is not None)


def _each(clocks: Clocks, *targets: Target, change: Callable[[SlaClock], SlaClock]) -> Clocks:
    return tuple(change(clock) if clock.target in targets else clock for clock in clocks)
