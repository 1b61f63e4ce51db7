"""What the desk promises, and how what happens to a ticket changes that. Which promise starts, pauses and ends with
what is `core.rules.sla`'s; here each happening reaches it."""

from datetime import timedelta

from support.desk import START, DeskDriver, text_of

from core.language.words import Target


async def due(desk: DeskDriver, target: Target) -> float | None:
    """Minutes from the start until the promise is due."""
    at = (await desk.clocks())[target].due_at
    return None if at is None else (at - START) / timedelta(minutes=1)


async def test_two_promises_at_the_opening(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    assert (await due(desk, "first_response"), await due(desk, "resolution")) == (60, 600)
    assert set(await desk.clocks()) == {"first_response", "resolution"}
    assert (await desk.events_of()).count("clock_armed") == 2


async def test_first_answer_then_the_next(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails.")
    desk.clock.move(minutes=20)
    await desk.types("bo", "claim 1")
    await desk.types("bo", "note 1 Hm.")
    assert (await desk.clocks())["first_response"].state == "running"
    await desk.says("bo", "We look.", thread=root)
    first = (await desk.clocks())["first_response"]
    assert (first.state, first.met_at) == ("met", desk.clock.now())
    desk.clock.move(minutes=10)
    await desk.says("ann", "Thanks. And now?", thread=root)
    assert await due(desk, "next_response") == 150
    desk.clock.move(minutes=10)
    await desk.says("ann", "Hello?", thread=root)
    assert await due(desk, "next_response") == 150
    await desk.types("bo", "reply 1 Here.")
    assert (await desk.clocks())["next_response"].state == "met"


async def test_priority_changes_what_is_promised(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    await desk.types("bo", "priority 1 urgent")
    assert await due(desk, "first_response") == 30
    desk.clock.move(minutes=40)
    await desk.types("bo", "priority 1 normal")
    assert await due(desk, "first_response") == 60
    assert "due 12:00" in text_of(await desk.card())


async def test_waiting_pauses_and_an_answer_goes_on(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails.")
    desk.clock.move(minutes=100)
    await desk.types("bo", "pending 1")
    assert (await desk.clocks())["resolution"].state == "paused"
    assert "Resolution paused" in text_of(await desk.card())
    desk.clock.move(minutes=1000)
    await desk.says("ann", "Here it is.", thread=root)
    assert await due(desk, "resolution") == 1600


async def test_solved_and_taken_up_again(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails.")
    desk.clock.move(minutes=30)
    await desk.types("bo", "resolve 1")
    assert {clock.state for clock in (await desk.clocks()).values()} == {"met"}
    desk.clock.move(minutes=1000)
    await desk.says("ann", "It is back.", thread=root)
    clocks = await desk.clocks()
    assert (clocks["resolution"].state, clocks["next_response"].state) == ("running", "running")
    assert await due(desk, "resolution") == 1600
    await desk.types("bo", "resolve 1")
    desk.clock.move(minutes=5)
    await desk.types("bo", "reopen 1")
    clocks = await desk.clocks()
    assert (clocks["resolution"].state, clocks["next_response"].state) == ("running", "met")


async def test_a_late_answer_has_both_times(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    desk.clock.move(minutes=90)
    await desk.types("bo", "reply 1 Sorry.")
    first = (await desk.clocks())["first_response"]
    assert (first.state, first.breached_at, first.met_at) == (
        "breached",
        START + timedelta(minutes=60),
        START + timedelta(minutes=90),
    )
    assert "met late at" in text_of(await desk.card())
