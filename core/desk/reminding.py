"""The sweep over promises: warnings before they are due, breaches when they were not kept. What is due is told once,
bundled, in the ticket's triage thread and in the triage channel, mentioning the owner.

A sweep is one transaction, however much is due: were it cut into pages, a stall would make a post for each of them, or
a crash between two would leave some told to nobody.
"""

from collections.abc import Callable

from core.cards import reminders as cards
from core.desk import telling
from core.desk.live import account_name
from core.desk.unit import Cause, Unit
from core.language.places import MessageRef, Place
from core.rules import reminders as rules
from core.rules import sla
from core.rules.calendar import next_open
from core.rules.sla import SlaClock
from core.store import clocks as rows
from core.store.clocks import DueClock
from core.store.outbox import Effect

_CLOCK = Cause(None, "clock")


def sweep(unit: Unit, permalink: Callable[[MessageRef], str | None]) -> int:
    """Tell what is due now; how many clocks were dealt with."""
    due = rows.due(unit.tx.connection, unit.now)
    # At most one clock of a target is pending on a ticket.
    rows_of: dict[tuple[int, str], DueClock] = {}
    items: list[rules.Due] = []
    settled: list[tuple[DueClock, SlaClock]] = []
    for row in due:
        item = _item(unit, row)
        if item is None:
            settled.append((row, _advance(unit, row, told_now=False)))
            continue
        items.append(item)
        rows_of[item.ticket, item.target] = row
    telling = rules.bundle(items, unit.now)
    for item in telling.done:
        row = rows_of[item.ticket, item.target]
        settled.append((row, _advance(unit, row, told_now=True)))
    rows.save_each(unit.tx, ((row.id, after) for row, after in settled))
    for item in telling.later:
        rows.postpone(unit.tx, rows_of[item.ticket, item.target].id, next_open(item.calendar, unit.now))
    for reminder in telling.reminders:
        _post(unit, reminder, permalink)
    # After the posts: what stands in a ticket's thread goes in order, and a mention does not wait for a card.
    for row, _ in settled:
        unit.redraw(row.ticket, receipt=False)
    unit.flush()
    return len(due)


def _item(unit: Unit, row: DueClock) -> rules.Due | None:
    """What to tell of a clock; None when its ticket has nobody to tell."""
    clock = row.clock
    team = unit.policy.team_by_id.get(row.team or "")
    promise = sla.promise_for(unit.policy, row.account, row.priority)
    if team is None or promise is None or clock.due_at is None:
        return None
    late = clock.due_at <= unit.now
    since = clock.due_at if late else clock.warn_at or clock.due_at
    account = unit.policy.account_by_id.get(row.account or "")
    return rules.Due(
        kind="breach" if late else "warn",
        ticket=row.ticket,
        target=clock.target,
        due_at=clock.due_at,
        since=since,
        priority=row.priority,
        subject=row.subject,
        calendar=promise.calendar,
        triage=team.triage,
        account=account_name(account),
        assignee=row.assignee,
        team=row.team,
    )


def _advance(unit: Unit, row: DueClock, *, told_now: bool) -> SlaClock:
    """The clock as it moves on to what has to be told of it next."""
    promise = sla.promise_for(unit.policy, row.account, row.priority)
    clock = row.clock
    if clock.due_at is not None and clock.due_at <= unit.now:
        after = sla.breach(clock, unit.now)
        unit.note_event(row.ticket, "breached", cause=_CLOCK, target=clock.target, due=clock.due_at.isoformat())
    else:
        after = sla.warn(clock, promise, unit.now)
        if told_now:
            unit.note_event(
                row.ticket,
                "warned",
                cause=_CLOCK,
                target=clock.target,
                due=clock.due_at.isoformat() if clock.due_at else None,
            )
    return after


def _post(
    unit: Unit,
    reminder: rules.Reminder,
    permalink: Callable[[MessageRef], str | None],
) -> None:
    link = telling.card_links(unit, permalink)
    alone = len(reminder.items) == 1
    if not alone:
        _into_channel(unit, reminder, link)
    for item in reminder.threaded:
        _into_thread(unit, item, link, broadcast=alone)


def _into_channel(unit: Unit, reminder: rules.Reminder, link: Callable[[int], str | None]) -> None:
    def owner_of(agent: str | None) -> cards.Owner:
        name = unit.agent_name(agent)
        return (name, unit.agent_identity(agent, reminder.triage.connection)) if name else None

    owners = [owner_of(agent) for agent, _ in reminder.shares]
    pings = tuple(identity for owner in owners if owner and (identity := owner[1]))
    card = cards.several(
        unit.voice, reminder, now=unit.now, timezone=unit.policy.timezone, owner_of=owner_of, link=link
    )
    unit.post_at(reminder.triage, card, purpose="reminder", urgency="reminder", pings=pings)


def _into_thread(unit: Unit, item: rules.Due, link: Callable[[int], str | None], *, broadcast: bool) -> None:
    """A line in the card's thread; one alone is shown in the channel too."""
    triage = unit.conversation(item.ticket, "triage")
    name = unit.agent_name(item.assignee)
    identity = unit.agent_identity(item.assignee, item.triage.connection)
    card = cards.one(
        unit.voice,
        item,
        now=unit.now,
        timezone=unit.policy.timezone,
        owner=(name, identity) if name else None,
        link=link,
    )
    place = triage.place if triage else Place(item.triage.connection, item.triage.channel)
    unit.effects.append(
        Effect(
            kind="post",
            connection=place.connection,
            channel=place.channel,
            conversation=triage.id if triage else None,
            side=triage.side if triage else None,
            urgency="reminder",
            purpose="reminder",
            ticket=item.ticket,
            shown=card,
            pings=(identity,) if identity else (),
            args={"broadcast": broadcast and triage is not None},
        )
    )
