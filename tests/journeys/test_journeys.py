"""What people do from the first words to the solved ticket, on each platform, by every surface that it has."""

from support.stages.stage import Stage

EXPORT = "Hello, our export has been failing since this morning with error 502. We need the numbers."


async def test_buttons_and_forms(stage: Stage) -> None:
    root = await stage.write("customer", "help", EXPORT)
    receipt = await stage.finds("customer", "help", "This is T-1", root)
    assert f"Thanks, {stage.name.split()[0]}. This is T-1; you will hear from us by" in receipt.words
    assert receipt.buttons == ("Solved", "I need a person")

    card = await stage.card(1, "nobody yet")
    assert card.buttons == ("Claim", "Reply …", "Resolve")
    assert f"Globex (gold) · {stage.name}" in card.words
    await stage.finds("bo", "triage", EXPORT, card.id)

    await stage.press("bo", card, "Claim")
    card = await stage.card(1, "Bo Lind")
    assert card.buttons == ("Reply …", "Resolve")
    await stage.finds("customer", "help", "Bo Lind is on it", root)

    await stage.press("bo", card, "Reply …")
    await stage.submit("bo", text="We deploy a fix now.", then="pending")
    answer = await stage.finds("customer", "help", "We deploy a fix now.", root)
    assert answer.words.startswith("Bo Lind\n")
    await stage.finds("bo", "triage", "sent to customer", card.id)
    await stage.finds("customer", "help", "Bo Lind needs something from you", root)
    card = await stage.card(1, "Waiting for customer")

    await stage.choose("bo", card, "Note …")
    await stage.submit("bo", text="canary: told the storage team")
    await stage.finds("ida", "triage", "canary: told the storage team", card.id)

    await stage.write("customer", "help", "Here is the log.", root)
    card = await stage.card(1, "● Open")
    await stage.finds("bo", "triage", "answered on T-1", card.id)
    await stage.press("bo", card, "Resolve")
    await stage.finds("customer", "help", "We think this is solved.", root)
    card = await stage.card(1, "Resolved")
    assert card.buttons == ("Reopen",)
    await stage.press("ida", card, "Reopen")
    await stage.finds("customer", "help", "T-1 is open again", root)

    receipt = await stage.finds("customer", "help", "Bo Lind has it", root)
    await stage.press("customer", receipt, "I need a person")
    await stage.finds("bo", "triage", "asks for a person on T-1", card.id)
    receipt = await stage.finds("customer", "help", "you would like a person", root)
    await stage.press("customer", receipt, "Solved")
    await stage.finds("customer", "help", "Glad that it is solved", root)
    await stage.card(1, "Resolved")

    await stage.settled()
    assert await stage.timeline(1, "opened", "claimed", "replied", "noted", "resolved", "reopened") == [
        "opened", "claimed", "replied", "noted", "resolved", "reopened", "resolved"
    ]  # fmt: skip
    assert not [one for one in await stage.sees("customer", "help", root) if "canary" in one.words]
    assert await stage.sees("customer", "triage") == []


async def test_long_texts(stage: Stage) -> None:
    """Longer than a message of the platform holds, and as long as somebody can write there."""
    words = {"slack": 5500, "discord": 650}[stage.app.policy.connections[0].platform]
    long = " ".join(f"w{n}&" for n in range(words))
    root = await stage.write("customer", "help", EXPORT)
    card = await stage.card(1)
    assert "Sent to the customer" in await stage.command("bo", "triage", "reply", 1, text=long)
    await stage.command("ida", "triage", "note", 1, text=long)
    await stage.settled()

    theirs, ours = await stage.sees("customer", "help", root), await stage.sees("bo", "triage", card.id)
    for seen, author in ((theirs, "Bo Lind"), (ours, "Bo Lind"), (ours, "Ida Sand")):
        posts = [post.words for post in seen if post.words.startswith(f"{author}\n")]
        assert len(posts) > 1
        # A post may say its words twice, to notifications and to readers.
        said = dict.fromkeys(word for post in posts for word in post.split() if word.endswith("&"))
        assert list(said) == long.split()
        assert not any("…" in post for post in posts)


async def test_reactions(stage: Stage) -> None:
    root = await stage.write("customer", "help", EXPORT)
    said = await stage.finds("customer", "help", EXPORT, by_desk=False)
    card = await stage.card(1)
    await stage.react("ida", card, "eyes")
    card = await stage.card(1, "Ida Sand")
    await stage.react("bo", card, "eyes")
    await stage.is_told("bo", "Ida Sand has T-1")
    await stage.unreact("ida", card, "eyes")
    await stage.card(1, "nobody yet")
    await stage.react("customer", said, "eyes")
    await stage.is_told("customer", "Only the support team")
    await stage.react("bo", said, "rotating_light")
    await stage.card(1, "Urgent")
    await stage.react("bo", card, "white_check_mark")
    await stage.finds("customer", "help", "We think this is solved.", root)
    card = await stage.card(1, "Resolved")
    await stage.react("ida", card, "arrows_counterclockwise")
    await stage.finds("customer", "help", "T-1 is open again", root)
    await stage.react("customer", said, "white_check_mark")
    await stage.finds("customer", "help", "Glad that it is solved", root)
    await stage.card(1, "Resolved")

    # What an agent writes opens nothing until somebody marks it.
    other = await stage.write("bo", "help", "You said that the login page is slow?")
    await stage.settled()
    await stage.react("bo", await stage.finds("bo", "help", "login page", by_desk=False), "ticket")
    await stage.card(2, "login page is slow")
    await stage.finds("customer", "help", "This is T-2", other)
    await stage.settled()
    assert await stage.timeline(1, "claimed", "released", "resolved", "reopened") == [
        "claimed", "released", "resolved", "reopened", "resolved"
    ]  # fmt: skip


async def test_commands(stage: Stage) -> None:
    root = await stage.write("customer", "help", EXPORT)
    card = await stage.card(1)
    assert "T-1 is yours now" in await stage.command("bo", "triage", "claim", 1)
    assert "Bo Lind has T-1" in await stage.command("ida", "triage", "claim", 1)
    assert "priority high" in await stage.command("bo", "triage", "priority", 1, priority="high")
    assert "Open tickets" in await stage.command("ida", "triage", "list")
    assert "Yours to answer" in await stage.command("bo", "triage", "mine")
    assert "What you can do" in await stage.command("bo", "triage", "help")
    await stage.command("ida", "triage", "note", 1, text="canary: told the storage team")
    await stage.finds("bo", "triage", "canary: told the storage team", card.id)
    assert "Sent to the customer" in await stage.command("bo", "triage", "reply", 1, text="We are looking into it.")
    await stage.finds("customer", "help", "We are looking into it.", root)
    assert "waits for the customer" in await stage.command("bo", "triage", "pending", 1)
    await stage.finds("customer", "help", "needs something from you", root)
    await stage.card(1, "Waiting for customer")
    assert "is resolved" in await stage.command("bo", "triage", "resolve", 1)
    await stage.card(1, "Resolved")
    assert "is open again" in await stage.command("bo", "triage", "reopen", 1)
    await stage.card(1, "● Open")
    assert "claimed by Bo Lind (command)" in await stage.command("bo", "triage", "why", 1)

    await stage.command("bo", "triage", "resolve", 1)
    assert "Nothing is open" in await stage.command("bo", "triage", "list")
    await stage.settled()
    assert not [one for one in await stage.sees("customer", "help", root) if "canary" in one.words]


async def test_mentions_in_a_tickets_thread(stage: Stage) -> None:
    root = await stage.write("customer", "help", EXPORT)
    card = await stage.card(1)
    await stage.finds("bo", "triage", EXPORT, card.id)
    for words, shown in (
        ("claim", "Bo Lind"),
        ("pending", "Waiting for customer"),
        ("resolve", "Resolved"),
        ("reopen", "● Open"),
        ("release", "nobody yet"),
    ):
        await stage.write("bo", "triage", f"@desk {words}", card.id)
        await stage.card(1, shown)
    await stage.write("bo", "triage", "@desk reply We are looking into it.", card.id)
    await stage.finds("customer", "help", "We are looking into it.", root)
    await stage.write("bo", "triage", "@desk note canary: the bucket was full", card.id)
    await stage.write("ida", "triage", "canary: and nobody saw it", card.id)
    await stage.write("customer", "help", "@desk claim", root)
    await stage.is_told("customer", "Only the support team")
    await stage.settled()
    kept = await stage.rows("SELECT audience FROM message WHERE body LIKE '%canary%'")
    assert [row[0] for row in kept] == ["internal", "internal"]
    assert not [one for one in await stage.sees("customer", "help", root) if "canary" in one.words]
    assert await stage.timeline(1, "claimed", "resolved", "reopened", "released") == [
        "claimed", "resolved", "reopened", "released"
    ]  # fmt: skip


async def test_words_alone(stage: Stage) -> None:
    root = await stage.write("customer", "help", EXPORT)
    card = await stage.card(1)
    await stage.write("customer", "help", "It started at nine.")
    await stage.finds("bo", "triage", "It started at nine.", card.id)
    # Below it can be written once the desk has answered.
    await stage.finds("customer", "help", "This is T-1", root)
    await stage.write("bo", "help", "It is fixed. Please try again.", root)
    await stage.finds("customer", "help", "T-1 · we are on it", root)
    await stage.card(1, "met ")
    await stage.command("bo", "triage", "resolve", 1)
    await stage.finds("customer", "help", "We think this is solved.", root)
    await stage.write("customer", "help", "No, it fails again.", root)
    await stage.finds("customer", "help", "T-1 is open again", root)

    await stage.pass_time(360)
    await stage.write("customer", "help", "Another thing: where is the invoice?")
    await stage.card(2, "where is the invoice")
    await stage.settled()
    rows = await stage.rows(
        "SELECT ticket, body FROM message WHERE audience = 'public' AND author = "
        "(SELECT requester FROM ticket WHERE number = 1) ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        (1, EXPORT),
        (1, "It started at nine."),
        (1, "No, it fails again."),
        (2, "Another thing: where is the invoice?"),
    ]


async def test_what_the_desk_offers_on_a_message(stage: Stage) -> None:
    root = await stage.write("bo", "help", "You told me on the phone that an invoice is wrong.")
    told = await stage.finds("bo", "help", "on the phone", by_desk=False)
    await stage.shortcut("bo", told, "open_ticket")
    card = await stage.card(1, "invoice is wrong")
    await stage.finds("bo", "triage", "on the phone", card.id)
    await stage.write("bo", "triage", "The corrected invoice is on its way.", card.id)
    draft = await stage.finds("bo", "triage", "on its way", card.id, by_desk=False)
    await stage.taken_in(draft.id)
    await stage.shortcut("bo", draft, "send_to_customer")
    sent = await stage.finds("customer", "help", "The corrected invoice is on its way.", root)
    assert sent.words.startswith("Bo Lind\n")
    await stage.settled()


async def test_edits_deletions_and_files_reach_the_team(stage: Stage) -> None:
    root = await stage.write("customer", "help", "The export shows error 5O2")
    card = await stage.card(1)
    await stage.finds("bo", "triage", "5O2", card.id)
    await stage.edit("customer", "help", root, "The export shows error 502")
    copy = await stage.finds("bo", "triage", "error 502", card.id)
    assert "edited" in copy.words

    await stage.finds("customer", "help", "This is T-1", root)
    secret = await stage.write("customer", "help", "my password is hunter2", root)
    await stage.finds("bo", "triage", "hunter2", card.id)
    await stage.delete("customer", "help", secret, root)
    await stage.finds("bo", "triage", "This message was deleted", card.id)
    assert not [one for one in await stage.sees("bo", "triage", card.id) if "hunter2" in one.words]

    await stage.share("customer", "help", "log.txt", b"line one\n", root)

    async def arrived() -> bool:
        return any("log.txt" in one.files for one in await stage.sees("bo", "triage", card.id))

    await stage.until(arrived, "the file stands in the triage thread")
    kept = await stage.rows("SELECT name, size FROM attachment WHERE state = 'kept'")
    assert [tuple(row) for row in kept] == [("log.txt", 9)]
    await stage.settled()


async def test_a_broken_promise_and_the_digest(stage: Stage) -> None:
    await stage.write("customer", "help", EXPORT)
    card = await stage.card(1)
    await stage.pass_time(91 * 60)
    warned = await stage.finds("bo", "triage", "needs a first answer in", card.id)
    assert warned.buttons == ("Claim",)
    await stage.press("bo", warned, "Claim")
    await stage.card(1, "Bo Lind")
    await stage.pass_time(30 * 60)
    broken = await stage.finds("bo", "triage", "needed a first answer by", card.id)
    assert stage.mention("bo") in broken.words
    await stage.card(1, "late since")
    await stage.next_morning()
    digest = await stage.finds("mia", "managers", "1 new, 0 solved, backlog up to 1")
    assert "Needs attention now" in digest.words
    await stage.settled()
    assert await stage.timeline(1, "breached") == ["breached"]
