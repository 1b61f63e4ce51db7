"""Warnings and breaches: told once, to whom they concern, in as few posts as can be."""

import asyncio
from datetime import timedelta

from support.desk import OFFICE, TRIAGE, DeskDriver, Outgoing, policy, text_of, who

from core.language.places import Place
from core.language.policy import Length, SlaPolicy, Team
from core.store import tables as t
from core.store.engine import Store


async def told(desk: DeskDriver) -> list[Outgoing]:
    return [o for o in await desk.outbox(kind="post") if o.purpose == "reminder"]


async def test_warning_then_breach(desk: DeskDriver) -> None:
    await desk.says("ann", "Export fails with 502")
    await desk.types("bo", "claim 1")
    desk.clock.move(minutes=44)
    assert await desk.sweeps() == 0
    desk.clock.move(minutes=1)
    assert await desk.sweeps() == 1
    assert await desk.sweeps() == 0
    (warning,) = await told(desk)
    assert warning.text == (
        "T-1 needs a first answer in 15 min (12:00). Export fails with 502, Globex (gold), owned by @Bo Lind."
    )
    assert (warning.pings, warning.side, warning.args) == ((who("bo").user,), "triage", {"broadcast": True})
    assert (await desk.causes())["warned"] == ("desk", "clock")
    desk.clock.move(minutes=15)
    await desk.sweeps()
    await desk.sweeps()
    breach = (await told(desk))[1]
    assert breach.text == (
        "T-1 needed a first answer by 12:00. Export fails with 502, Globex (gold), owned by @Bo Lind."
    )
    assert len(await told(desk)) == 2
    clock = (await desk.clocks())["first_response"]
    assert (clock.state, clock.breached_at) == ("breached", clock.due_at)
    assert "First response: late since 12:00" in text_of(await desk.card())
    await desk.deliver()
    card = (await desk.sent("card"))[0]
    assert [(m.channel, m.thread) for m in await desk.sent("reminder")] == [(TRIAGE, card.message)] * 2


async def test_nobody_has_it(desk: DeskDriver) -> None:
    await desk.says("ann", "Export fails with 502")
    desk.clock.move(minutes=45)
    await desk.sweeps()
    (warning,) = await told(desk)
    assert warning.text.endswith("Export fails with 502, Globex (gold). Nobody has it yet.")
    assert warning.pings == ()


async def test_what_was_done_is_not_told(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails.")
    await desk.says("bo", "We look.", thread=root)
    await desk.types("bo", "pending 1")
    desk.clock.move(days=10)
    assert await desk.sweeps() == 0
    await desk.types("bo", "resolve 1")
    desk.clock.move(days=10)
    assert await desk.sweeps() == 0
    assert await told(desk) == []


async def open_many(desk: DeskDriver, count: int) -> None:
    # Not more at once than the store has threads: what waits too long is put aside.
    for first in range(0, count, 5):
        names = [f"c{n}" for n in range(first, min(first + 5, count))]
        await asyncio.gather(*(desk.handle(desk.message(name, f"Request of {name}")) for name in names))


async def test_more_than_ten_of_a_morning_are_each_told_to_their_owner(desk: DeskDriver) -> None:
    await open_many(desk, 12)
    for number in range(1, 13):
        await desk.types("bo" if number % 2 else "ida", f"claim {number}")
    desk.clock.move(minutes=60)
    assert await desk.sweeps() == 12
    channel, *inside = await told(desk)
    lines = channel.text.splitlines()
    assert (lines[0], lines[-1]) == ("12 promises are late", "… and 2 more: /ticket list late")
    assert (channel.side, channel.pings) == (None, ())
    assert sorted((o.ticket, o.pings) for o in inside) == [
        (n, (who("bo" if n % 2 else "ida").user,)) for n in range(1, 13)
    ]
    # What the post names lists them all.
    assert len(text_of(await desk.types("bo", "list late")).splitlines()) == 1 + 12


async def test_500_overdue_after_a_stall_are_one_post_F23(desk: DeskDriver) -> None:
    await open_many(desk, 255)
    for name, number in (("bo", 3), ("bo", 200), ("ida", 4)):
        await desk.types(name, f"claim {number}")
    desk.clock.move(hours=12)
    assert await desk.sweeps() == 510
    assert await desk.sweeps() == 0
    at_top = [o for o in await told(desk) if o.side is None]
    assert len(at_top) == 1
    lines = at_top[0].text.splitlines()
    assert lines[0] == "510 promises are late"
    assert len(lines) == 13
    # Who owns any of those without a line is mentioned once, so that nobody is left untold.
    assert lines[-2:] == [
        "… and 500 more: /ticket list late",
        "Of these: @Bo Lind 3, @Ida Sand 1, nobody yet 496.",
    ]
    assert at_top[0].pings == (who("bo").user, who("ida").user)
    # The most urgent are told in their threads, and nobody's is shown in the channel again.
    inside = [o for o in await told(desk) if o.side]
    assert [o.ticket for o in inside] == list(range(1, 51))
    assert not any(o.args["broadcast"] for o in inside)
    clocks = t.clock.select().where(t.clock.c.state == "breached")
    assert len(await desk.read(lambda c: c.execute(clocks).all())) == 510


async def test_each_team_in_its_channel(store: Store) -> None:
    made = policy()
    second = Team("second", "Second", ("ida",), Place("main", "C0SECOND"))
    initech = type(made.accounts[1])("initech", "Initech", None, "second", made.accounts[1].channels)
    desk = await DeskDriver(store, policy(teams=(*made.teams, second), accounts=(made.accounts[0], initech))).start()
    await desk.says("ann", "One.")
    await desk.says("ian", "Two.", "C0INITECH")
    desk.clock.move(minutes=45)
    await desk.sweeps()
    assert [(o.channel, o.args["broadcast"]) for o in await told(desk)] == [(TRIAGE, True), ("C0SECOND", True)]


async def test_out_of_hours_it_waits_for_the_morning(store: Store) -> None:
    sla = SlaPolicy("office", "office", {"first_response": {"normal": Length(60)}})
    always = SlaPolicy("always", None, {"first_response": {"urgent": Length(60)}})
    desk = await DeskDriver(store, policy(calendars=(OFFICE,), sla=(sla, always))).start()
    # A desk that stalls over the due time, into the evening.
    await desk.says("ann", "The export fails.")
    desk.clock.move(hours=10)
    assert await desk.sweeps() == 1
    assert await told(desk) == []
    # It is not looked at again all night.
    desk.clock.move(hours=5)
    assert await desk.sweeps() == 0
    desk.clock.at = desk.clock.at.replace(hour=8, minute=1) + timedelta(days=2)  # Monday, 9:01 in Berlin
    assert await desk.sweeps() == 1
    assert [o.text.startswith("T-1 needed a first answer by ") for o in await told(desk)] == [True]


async def test_sweeps_at_once_tell_once(desk: DeskDriver) -> None:
    for name in ("ann", "al", "c3", "c4"):
        await desk.says(name, f"Request of {name}.")
    desk.clock.move(minutes=45)
    done = await asyncio.gather(*(desk.sweeps() for _ in range(8)))
    assert sum(done) == 4
    assert len([o for o in await told(desk) if o.side]) == 4
    assert [(await desk.events_of(n)).count("warned") for n in range(1, 5)] == [1, 1, 1, 1]


async def test_what_is_late_or_was_warned_of_can_be_listed(desk: DeskDriver) -> None:
    await desk.says("ann", "The login fails.")
    await desk.types("bo", "claim 1")
    await desk.types("bo", "priority 1 low")
    desk.clock.move(minutes=60)
    await desk.says("al", "The export fails.")
    assert await desk.sweeps() == 1
    late = "T-1 The login fails · first response late since 12:00 · Bo Lind"
    assert text_of(await desk.types("bo", "list late")) == f"Late, and due soon\n{late}"
    desk.clock.move(minutes=45)
    assert await desk.sweeps() == 1
    # Most urgent first, as reminders have them.
    soon = "T-2 The export fails · first response due 13:00 · nobody yet"
    assert text_of(await desk.types("bo", "list late")) == f"Late, and due soon\n{soon}\n{late}"
    for number in (1, 2):
        await desk.types("bo", f"resolve {number}")
    assert text_of(await desk.types("bo", "list late")) == "Nothing is late."
