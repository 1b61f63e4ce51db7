"""A plain thank-you: kept where it belongs, and nothing comes of it."""

from support.desk import DIRECT, GLOBEX, MAIN, DeskDriver, text_of

from core.language.places import MessageRef


async def _asked(desk: DeskDriver) -> MessageRef:
    """Ann asks, and Bo answers in her thread."""
    root = await desk.says("ann", "The export fails.")
    desk.clock.move(minutes=1)
    await desk.says("bo", "Fixed, please try again.", thread=root)
    desk.clock.move(minutes=30)
    return root


async def test_it_opens_nothing(desk: DeskDriver) -> None:
    for text, channel, more in (
        ("Thanks!", GLOBEX, {}),
        ("vielen Dank", DIRECT, {"direct": True}),
        ("Thank you", GLOBEX, {"thread": MessageRef(MAIN, GLOBEX, "1.0")}),
    ):
        await desk.says("ann", text, channel, **more)
    assert await desk.tickets() == []
    assert await desk.outbox(kind="post") == []


async def test_it_arms_no_clock_and_calls_nobody(desk: DeskDriver) -> None:
    root = await _asked(desk)
    await desk.types("bo", "claim 1")
    before, posts = await desk.clocks(), len(await desk.posts("triage"))
    await desk.says("ann", "Great, thanks", thread=root)
    assert await desk.clocks() == before
    assert await desk.bodies() == ["The export fails.", "Fixed, please try again.", "Great, thanks"]
    # The team reads it below the card, and nobody is mentioned.
    assert (await desk.posts("triage"))[posts:] == ["Great, thanks"]
    assert (await desk.causes())["thanked"] == ("Ann Weber", "rule a plain thank-you in the ticket's thread")
    assert "thanks, which change nothing by Ann Weber" in text_of((await desk.types("bo", "why 1")).card)


async def test_a_solved_ticket_stays_solved_and_can_be_taken_up_again(desk: DeskDriver) -> None:
    root = await _asked(desk)
    await desk.types("bo", "resolve 1")
    told = await desk.told_customers()
    await desk.says("ann", "Thank you!", thread=root)
    assert (await desk.ticket()).status == "resolved"
    assert await desk.told_customers() == told
    await desk.says("ann", "Thanks, but it fails again.", thread=root)
    assert (await desk.ticket()).status == "open"


async def test_it_does_not_end_the_wait_for_an_answer(desk: DeskDriver) -> None:
    root = await _asked(desk)
    await desk.types("bo", "pending 1")
    await desk.says("ann", "ok thanks", thread=root)
    assert (await desk.ticket()).status == "pending"


async def test_one_that_stands_alone_belongs_to_what_was_asked_last(desk: DeskDriver) -> None:
    await _asked(desk)
    desk.clock.move(days=2)
    await desk.says("ann", "Thanks a lot")
    await desk.says("al", "Thanks a lot")
    assert len(await desk.tickets()) == 1
    assert (await desk.bodies())[-1] == "Thanks a lot"
    desk.clock.move(days=20)
    await desk.says("ann", "thx")
    assert len(await desk.messages()) == 3


async def test_a_mark_on_it_opens_a_ticket_all_the_same(desk: DeskDriver) -> None:
    thanks = await desk.says("ann", "Thanks!")
    await desk.reacts("bo", thanks, "ticket")
    await desk.deliver()
    assert [ticket.subject for ticket in await desk.tickets()] == ["Thanks!"]


async def test_a_file_makes_it_a_request(desk: DeskDriver) -> None:
    await desk.says("ann", "Thanks!", files=(desk.file(),))
    assert len(await desk.tickets()) == 1


async def test_words_that_are_added_later_count(desk: DeskDriver) -> None:
    root = await _asked(desk)
    await desk.types("bo", "resolve 1")
    thanks = await desk.says("ann", "Thanks!", thread=root)
    await desk.edits("ann", thanks, "Thanks! But it fails again.")
    assert (await desk.ticket()).status == "open"
    alone = await desk.says("al", "Thanks!")
    await desk.edits("al", alone, "Thanks! And how do I import?")
    await desk.deliver()
    assert len(await desk.tickets()) == 2
