"""What people do from the first message to the solved ticket, end to end, on Slack."""

from support.whole_desk import ANN, BO, GLOBEX, IDA, INITECH, MANAGERS, MIA, RAJ, TRIAGE, WholeDesk, labels, shown

EXPORT = "Hello, our export has been failing since this morning with error 502. We need the numbers."


async def test_from_a_message_to_a_resolved_ticket_by_buttons(desk: WholeDesk) -> None:
    root = await desk.write(ANN, GLOBEX, EXPORT)
    receipt = await desk.finds(ANN, GLOBEX, "This is *T-1*", thread=root)
    assert shown(receipt).startswith("Thanks, Ann. This is T-1; you will hear from us by")
    assert labels(receipt) == ["Solved", "I need a person"]

    card = await desk.card(1, "nobody yet")
    assert labels(card) == ["Claim", "Reply …", "Resolve"]
    assert "Globex (gold) · Ann Weber" in shown(card)
    await desk.finds(BO, TRIAGE, EXPORT, thread=card["ts"])

    await desk.press(BO, card, "Claim")
    card = await desk.card(1, "Bo Lind")
    assert labels(card) == ["Reply …", "Resolve"]
    await desk.finds(ANN, GLOBEX, "Bo Lind* is on it", thread=root)

    await desk.press(BO, card, "Reply …")
    assert (await desk.submit(BO, text="We deploy a fix now.", then="open"))["ok"]
    answer = await desk.finds(ANN, GLOBEX, "We deploy a fix now.", thread=root)
    assert answer["username"] == "Bo Lind"
    await desk.finds(BO, TRIAGE, "sent to customer", thread=card["ts"])

    await desk.press(BO, card, "Resolve")
    await desk.finds(ANN, GLOBEX, "We think this is solved.", thread=root)
    assert labels(await desk.card(1, "Resolved")) == ["Reopen"]

    await desk.write(ANN, GLOBEX, "No, it fails again.", thread=root)
    await desk.finds(ANN, GLOBEX, "is open again", thread=root)
    await desk.finds(BO, TRIAGE, "answered on", thread=card["ts"])
    happened = await desk.timeline(1)
    expected = ["opened", "claimed", "replied", "resolved", "joined", "reopened"]
    assert [event for event in happened if event in expected] == expected


async def test_an_agent_claims_answers_and_resolves_by_reactions_and_words(desk: WholeDesk) -> None:
    root = await desk.write(RAJ, INITECH, "How do I invite a colleague?")
    card = await desk.card(1)
    await desk.react(IDA, card, "eyes")
    await desk.card(1, "Ida Sand")

    await desk.react(BO, card, "eyes")
    refusal = await desk.finds(BO, TRIAGE, "Ida Sand has T-1")
    assert refusal["ephemeral"]

    await desk.write(IDA, INITECH, "Settings, then People, then Invite.", thread=root)
    await desk.finds(RAJ, INITECH, "*T-1* · *Ida Sand* has it", thread=root)
    await desk.card(1, "met ")

    asked = (await desk.sees(RAJ, INITECH))[-1]
    await desk.react(RAJ, {**asked, "ts": root}, "white_check_mark")
    await desk.finds(RAJ, INITECH, "Glad that it is solved", thread=root)
    await desk.card(1, "Resolved")


async def test_slash_commands_answer_the_person_who_typed_them(desk: WholeDesk) -> None:
    root = await desk.write(ANN, GLOBEX, EXPORT)
    await desk.card(1)
    assert "T-1 is yours now" in await desk.command(BO, TRIAGE, "claim 1")
    assert "Bo Lind has T-1" in await desk.command(IDA, TRIAGE, "claim T-1")
    assert "priority high" in await desk.command(BO, TRIAGE, "priority #1 high")
    assert "“soon” is not a priority" in await desk.command(BO, TRIAGE, "priority 1 soon")
    assert "Open tickets" in await desk.command(IDA, TRIAGE, "list")
    assert "Yours to answer" in await desk.command(BO, TRIAGE, "mine")
    assert "I do not know" in await desk.command(BO, TRIAGE, "frobnicate")
    assert "What you can do" in await desk.command(BO, TRIAGE, "help")
    assert "waits for the customer" in await desk.command(BO, TRIAGE, "pending t1")
    await desk.finds(ANN, GLOBEX, "needs something from you", thread=root)
    await desk.write(ANN, GLOBEX, "Here is the log.", thread=root)
    await desk.card(1, "● Open")
    assert "is resolved" in await desk.command(BO, TRIAGE, "resolve 1")
    assert "is open again" in await desk.command(BO, TRIAGE, "reopen 1")
    assert "why" in (await desk.command(BO, TRIAGE, "why 1")).lower()


async def test_a_mention_in_a_thread_is_a_command(desk: WholeDesk) -> None:
    root = await desk.write(ANN, GLOBEX, EXPORT)
    card = await desk.card(1)
    await desk.write(BO, TRIAGE, "@Desk claim", thread=card["ts"])
    await desk.card(1, "Bo Lind")
    await desk.write(BO, TRIAGE, "@Desk reply We are looking into it.", thread=card["ts"])
    await desk.finds(ANN, GLOBEX, "We are looking into it.", thread=root)


async def test_internal_talk_stays_inside(desk: WholeDesk) -> None:
    root = await desk.write(ANN, GLOBEX, EXPORT)
    card = await desk.card(1)
    await desk.write(BO, TRIAGE, "canary-thread: the bucket is full", thread=card["ts"])
    await desk.command(IDA, TRIAGE, "note 1 canary-note: told the storage team")
    await desk.finds(BO, TRIAGE, "canary-note", thread=card["ts"])
    await desk.settled()
    seen = [shown(m) for m in await desk.sees(ANN, GLOBEX, root)] + [shown(m) for m in await desk.sees(ANN, GLOBEX)]
    assert not [m for m in seen if "canary" in m]
    rows = await desk.rows("SELECT audience FROM message WHERE body LIKE '%canary%'")
    assert [row[0] for row in rows] == ["internal", "internal"]


async def test_a_customer_cannot_do_an_agents_things_and_is_told_kindly(desk: WholeDesk) -> None:
    root = await desk.write(RAJ, INITECH, "Please help")
    card = await desk.card(1)
    asked = next(m for m in await desk.sees(RAJ, INITECH) if m["ts"] == root)
    await desk.react(RAJ, asked, "eyes")
    told = await desk.finds(RAJ, INITECH, "Only the support team")
    assert told["ephemeral"]
    await desk.settled()
    assert "nobody yet" in shown(await desk.card(1))
    assert card["ts"] == (await desk.card(1))["ts"]


async def test_messages_soon_after_one_another_are_one_ticket(desk: WholeDesk) -> None:
    await desk.write(ANN, GLOBEX, EXPORT)
    await desk.write(ANN, GLOBEX, "It started at nine.")
    await desk.pass_time(advance_seconds=360)
    await desk.write(ANN, GLOBEX, "Another thing: where is the invoice?")
    await desk.card(2)
    rows = await desk.rows("SELECT ticket, count(*) FROM message GROUP BY ticket ORDER BY ticket")
    assert [tuple(row) for row in rows] == [(1, 2), (2, 1)]


async def test_edits_deletes_and_files_reach_the_triage_thread(desk: WholeDesk) -> None:
    root = await desk.write(ANN, GLOBEX, "The export shows error 5O2")
    card = await desk.card(1)
    await desk.finds(BO, TRIAGE, "5O2", thread=card["ts"])
    await desk.post("edit", **{"as": ANN}, channel=GLOBEX, message=root, text="The export shows error 502")
    await desk.finds(BO, TRIAGE, "error 502", thread=card["ts"])
    await desk.finds(BO, TRIAGE, "edited", thread=card["ts"])

    second = await desk.write(ANN, GLOBEX, "my password is hunter2", thread=root)
    await desk.finds(BO, TRIAGE, "hunter2", thread=card["ts"])
    await desk.post("delete", **{"as": ANN}, channel=GLOBEX, message=second)
    await desk.finds(BO, TRIAGE, "This message was deleted", thread=card["ts"])

    answer = await desk.control.post(
        "/control/upload",
        data={"as": ANN, "channel": GLOBEX, "thread": root, "text": "the log"},
        files={"file": ("log.txt", b"line one\n", "text/plain")},
    )
    assert answer.status_code == 200, answer.text

    async def kept() -> list[object]:
        return await desk.rows("SELECT name, size FROM attachment WHERE state = 'kept'")

    assert [tuple(r) for r in await desk.until(kept, "the file is kept")] == [("log.txt", 9)]

    async def shown_inside() -> bool:
        return any(m["files"] for m in await desk.sees(BO, TRIAGE, card["ts"]))

    await desk.until(shown_inside, "the file stands in the triage thread")


async def test_promises_are_told_before_and_when_they_break_and_the_digest_comes(desk: WholeDesk) -> None:
    await desk.write(ANN, GLOBEX, EXPORT)
    card = await desk.card(1)
    await desk.pass_time(advance_seconds=3600)
    warned = await desk.finds(BO, TRIAGE, "needs a first answer in")
    assert warned["thread"] == card["ts"]
    assert labels(warned) == ["Claim"]
    await desk.press(BO, warned, "Claim")
    await desk.card(1, "Bo Lind")
    await desk.pass_time(advance_seconds=3600)
    broken = await desk.finds(BO, TRIAGE, "needed a first answer by")
    assert "<@U0BO>" in shown(broken)
    await desk.card(1, "late since")
    await desk.pass_time(to="next_morning")
    digest = await desk.finds(MIA, MANAGERS, "1 new, 0 solved, backlog up to 1")
    assert "Needs attention now" in shown(digest)
    await desk.settled()
    assert (await desk.timeline(1)).count("breached") == 1


async def test_a_shortcut_opens_a_ticket_and_another_sends_to_the_customer(desk: WholeDesk) -> None:
    earlier = await desk.write(BO, GLOBEX, "Ann told me on the phone that her invoice is wrong")
    said = await desk.post("shortcut", **{"as": BO}, callback_id="open_ticket", channel=GLOBEX, message=earlier)
    assert said["ok"]
    card = await desk.card(1, "invoice is wrong")
    draft = await desk.write(BO, TRIAGE, "The corrected invoice is on its way.", thread=card["ts"])
    await desk.settled()
    await desk.post("shortcut", **{"as": BO}, callback_id="send_to_customer", channel=TRIAGE, message=draft)
    await desk.finds(ANN, GLOBEX, "The corrected invoice is on its way.", thread=earlier)


async def test_an_emoji_opens_a_ticket_on_a_message_that_opened_none(desk: WholeDesk) -> None:
    note = await desk.write(BO, INITECH, "Raj, you said that the login page is slow?")
    await desk.settled()
    message = next(m for m in await desk.sees(BO, INITECH) if m["ts"] == note)
    await desk.react(BO, message, "ticket")
    await desk.card(1, "login page is slow")
    await desk.finds(RAJ, INITECH, "This is *T-1*", thread=note)


async def test_the_home_shows_a_persons_own_tickets(desk: WholeDesk) -> None:
    await desk.write(ANN, GLOBEX, EXPORT)
    await desk.card(1)
    await desk.post("home", **{"as": ANN})

    async def home() -> bool:
        return "T-1" in str((await desk.sees_all(ANN)).get("home"))

    await desk.until(home, "Ann's home shows T-1")
