"""How a ticket comes to be, and what is said of it at once."""

from dataclasses import replace

from support.desk import DIRECT, GLOBEX, OFFICE, TRIAGE, DeskDriver, buttons, policy, text_of, who

from core.language.answers import FormErrors, OpenForm
from core.language.policy import Length, SlaPolicy
from core.language.text import CodeBlock, Link, Named, Quoted, Words
from core.store import tables as t
from core.store.engine import Store


async def test_receipt_card_and_copy(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails. Please help.")
    await desk.deliver()
    (receipt,) = await desk.sent("receipt")
    (card,) = await desk.sent("card")
    (copy,) = await desk.sent("copy")
    assert (receipt.channel, receipt.thread) == (GLOBEX, root.message)
    assert (card.channel, card.thread) == (TRIAGE, None)
    assert (copy.channel, copy.thread) == (TRIAGE, card.message)
    said = {message.ref: message.words for message in desk.chat.messages.values()}
    assert said[receipt] == "Thanks, Ann. This is T-1; you will hear from us by 12:00."
    assert said[copy] == "Ann Weber (Globex): The export fails. Please help."
    assert said[card] == "T-1 The export fails. (Ann Weber, New)"
    assert buttons(await desk.receipt()) == {"Solved": "solved:1", "I need a person": "person:1"}


SUBJECTS = {
    "Export fails! Since Monday.": "Export fails!",
    "Export fails\nSince Monday": "Export fails",
    "  Export   fails  ": "Export fails",
    "***Export fails": "Export fails",
    "Version 1.2.3 fails": "Version 1.2.3 fails",
    "x" * 200: "x" * 79 + "…",
    "👩‍👩‍👧‍👦" * 100: "👩‍👩‍👧‍👦" * 79 + "…",
    "Was soll das? Hilfe": "Was soll das?",
    "失敗しました。助けて": "失敗しました。",
    "「失敗。」と出ます。助けて": "「失敗。」と出ます。",
    "هل تسمعني؟ لا شيء يعمل": "هل تسمعني؟",
    "निर्यात विफल। मदद": "निर्यात विफल।",
    "E.g. the export fails. And more.": "E.g. the export fails.",
    "1. Export fails\n2. Import fails": "Export fails",
    "- Export fails\n- Import fails": "Export fails",
    "👍 Export fails. Now.": "👍 Export fails.",
    "502": "502",
}


async def test_subject(desk: DeskDriver) -> None:
    for n, text in enumerate(SUBJECTS):
        await desk.says(f"c{n}", text)
    assert [ticket.subject for ticket in await desk.tickets()] == list(SUBJECTS.values())


async def test_subject_of_marked_up_text(desk: DeskDriver) -> None:
    spans = (Words("The "), Words("export", ("bold",)), Words(" on "), Link("https://a.example/x", "the site"))
    await desk.says("ann", (*spans, Words(" fails for "), Named("Al", who("al")), CodeBlock("502")))
    subject = (await desk.ticket()).subject
    assert subject == "The export on the site fails for @Al"
    desk.clock.move(hours=1)
    await desk.says("ann", (Quoted("as he said"), Words("It fails.")))
    assert (await desk.ticket(2)).subject == "as he said"


async def test_a_file_alone(desk: DeskDriver) -> None:
    await desk.says("ann", "", files=(desk.file("error.png"),))
    assert (await desk.ticket()).subject == "File: error.png"
    desk.clock.move(hours=1)
    await desk.says("ann", "")
    assert (await desk.ticket(2)).subject == "(no text)"


async def test_a_file_whose_name_is_told_with_its_bytes(desk: DeskDriver) -> None:
    known_by_its_id = replace(desk.file("F0AB12"), source={**desk.chat.attach(b"bytes"), "name": "error.png"})
    await desk.says("ann", "", files=(known_by_its_id,))
    await desk.deliver()
    assert (await desk.ticket()).subject == "File: error.png"
    await desk.says("ann", "And like this.", files=(desk.file("known.png"),))
    await desk.deliver()
    assert [desk.chat.messages[copy.message].edits for copy in await desk.sent("copy")] == [1, 0]
    assert [file.name for message in await desk.messages() for file in message.attachments] == [
        "error.png",
        "known.png",
    ]


async def test_slash_command_in_the_customers_channel(desk: DeskDriver) -> None:
    answer = await desk.types("ann", "open The export fails.", "C0COMMAND")
    assert text_of(answer) == "T-1 is open: The export fails."
    ticket = await desk.ticket()
    assert (ticket.account, ticket.requester_name) == ("globex", "U0ANN")
    await desk.deliver()
    # There is no message of Ann's that a thread could hang on: it hangs on the receipt.
    (receipt,) = await desk.sent("receipt")
    assert receipt.thread is None
    desk.clock.move(hours=1)
    await desk.says("ann", "It is urgent.", "C0COMMAND", thread=receipt)
    assert await desk.bodies() == ["The export fails.", "It is urgent."]


async def test_slash_command_without_words_opens_a_form(desk: DeskDriver) -> None:
    answer = await desk.types("ann", "open", GLOBEX)
    assert isinstance(answer, OpenForm)
    assert answer.form.token == "open:C0GLOBEX"
    assert await desk.submits("ann", answer.form.token, text="It is down.", priority="urgent") is None
    ticket = await desk.ticket()
    assert (ticket.subject, ticket.priority, ticket.account) == ("It is down.", "urgent", "globex")
    assert isinstance(await desk.submits("ann", answer.form.token, text=" "), FormErrors)


async def test_where_customers_may_not_ask(desk: DeskDriver) -> None:
    assert "I take no requests in this channel" in text_of(await desk.types("ann", "open It is down.", "C0ELSEWHERE"))
    assert "I take no requests" in text_of(await desk.types("ann", "open", "C0ELSEWHERE"))
    await desk.says("ian", "Hello", "C0INITECH")
    # What a form says of its channel was not said by the platform.
    for token in ("open:C0GLOBEX", "open:C0ELSEWHERE", "open:D0ANN", "open:", "open"):
        assert isinstance(await desk.submits("ian", token, text="It is down."), FormErrors)
    assert len(await desk.tickets()) == 1


async def test_direct_command(desk: DeskDriver) -> None:
    assert "is open" in text_of(await desk.types("ann", "open The export fails.", DIRECT, direct=True))
    assert "Say what you need" in text_of(await desk.types("ann", "open", DIRECT, direct=True))
    assert [o.channel for o in await desk.outbox(side="customer", kind="post")] == [DIRECT]


async def test_an_agent_opens_one_in_triage(desk: DeskDriver) -> None:
    assert "is open" in text_of(await desk.types("bo", "open Renew the certificate", TRIAGE))
    ticket = await desk.ticket()
    assert (ticket.requester_name, ticket.account) == ("Bo Lind", None)
    assert await desk.outbox(side="customer") == []
    assert [m.audience for m in await desk.messages()] == ["internal"]
    assert "Renew the certificate" in text_of(await desk.card())
    assert "no customer's side to answer in" in text_of(await desk.types("bo", "reply 1 hello"))


async def test_shortcut_on_a_customers_message(desk: DeskDriver) -> None:
    message = desk.message("ann", "The export fails.", "C0OFF")
    assert text_of(await desk.uses("bo", "open_ticket", message)) == "T-1 is open: The export fails."
    ticket = await desk.ticket()
    assert (ticket.requester_name, ticket.account) == ("Ann Weber", "globex")
    assert (await desk.causes())["opened"] == ("bo", "shortcut open_ticket")
    assert "That message belongs to T-1" in text_of(await desk.uses("bo", "open_ticket", message))
    # Nor does a message in its thread open another, though nobody has stored it.
    below = desk.message("zoe", "Beep.", "C0OFF", thread=message.ref, author_is_bot=True)
    assert "belongs to T-1" in text_of(await desk.uses("ida", "open_ticket", below))
    # The event of the message itself comes late.
    await desk.handle(message)
    assert await desk.bodies() == ["The export fails."]


async def test_shortcut_says_nothing_of_others_tickets_T04(desk: DeskDriver) -> None:
    message = desk.message("ian", "The export fails.", "C0INITECH")
    await desk.handle(message)
    await desk.says("ann", "Hello.")
    answer = text_of(await desk.uses("ann", "open_ticket", message))
    assert "belongs to a request already" in answer
    assert "T-1" not in answer


async def test_shortcut_by_a_customer(desk: DeskDriver) -> None:
    await desk.uses("al", "open_ticket", desk.message("ann", "The export fails.", "C0OFF"))
    assert (await desk.ticket()).requester_name == "Ann Weber"
    await desk.uses("ann", "open_ticket", desk.message("bo", "Tonight we update.", "C0OFF"))
    assert (await desk.ticket(2)).requester_name == "Ann Weber"
    answer = await desk.uses("ann", "open_ticket", desk.message("zoe", "Hello.", "C0ELSEWHERE"))
    assert "I take no requests in this channel" in text_of(answer)


async def test_shortcut_by_an_agent_elsewhere(desk: DeskDriver) -> None:
    await desk.uses("bo", "open_ticket", desk.message("zoe", "Hello there.", "C0ELSEWHERE"))
    ticket = await desk.ticket()
    assert (ticket.requester_name, ticket.account) == ("Zoe Lane", None)
    assert await desk.outbox(side="customer") == []


async def test_ticket_reaction_opens(desk: DeskDriver) -> None:
    message = desk.message("ann", "The export fails.", "C0REACT")
    await desk.handle(message)
    assert await desk.tickets() == []
    await desk.reacts("bo", message.ref, "ticket")
    await desk.reacts("ida", message.ref, "ticket")
    await desk.deliver()
    ticket = await desk.ticket()
    assert (ticket.requester_name, ticket.subject) == ("Ann Weber", "The export fails.")
    assert (await desk.causes())["opened"] == ("bo", "reaction ticket")
    assert await desk.bodies() == ["The export fails."]
    await desk.reacts("ida", message.ref, "ticket")
    await desk.deliver()
    assert len(await desk.tickets()) == 1


async def test_ticket_reaction_where_it_means_nothing(desk: DeskDriver) -> None:
    elsewhere = desk.message("ann", "Hello.", "C0ELSEWHERE")
    await desk.reacts("bo", elsewhere.ref, "ticket")
    gone = desk.message("ann", "Hello.", "C0REACT")
    await desk.reacts("bo", gone.ref, "ticket")
    del desk.chat.messages[gone.ref.message]
    await desk.deliver()
    assert await desk.tickets() == []


async def test_a_closed_ticket_is_followed_up_in_its_thread(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails.")
    await desk.deliver()
    await desk.types("bo", "resolve 1")
    await desk.set_all(t.ticket, status="closed", closed_at=desk.clock.now())
    desk.clock.move(days=1)
    await desk.says("ann", "It fails again.", thread=root)
    await desk.says("ann", "Hello?", thread=root)
    assert [ticket.status for ticket in await desk.tickets()] == ["closed", "new"]
    assert await desk.bodies(1) == ["The export fails."]
    assert await desk.bodies(2) == ["It fails again.", "Hello?"]
    assert "follow_up" in await desk.events_of(2)
    assert "followed_up" in await desk.events_of(1)
    desk.clock.move(days=1)
    await desk.says("bo", "We look.", thread=root)
    assert (await desk.ticket(2)).first_response_at is not None
    await desk.deliver()
    threads = {(m.channel, m.thread) for m in await desk.sent("receipt")}
    assert threads == {(GLOBEX, root.message)}
    assert (await desk.ticket(1)).status == "closed"


async def test_out_of_hours(store: Store) -> None:
    sla = SlaPolicy("office", "office", {"first_response": {"normal": Length(60)}})
    desk = await DeskDriver(store, policy(calendars=(OFFICE,), sla=(sla,))).start()
    desk.clock.move(hours=10)  # Friday evening
    await desk.says("ann", "The export fails.")
    expected = "Thanks, Ann. This is T-1. We are back Mon 09:00 and will answer by 10:00. Is it urgent?"
    assert text_of(await desk.receipt()) == expected


async def test_nothing_promised(store: Store) -> None:
    desk = await DeskDriver(store, policy(sla=())).start()
    await desk.says("ann", "The export fails.")
    assert text_of(await desk.receipt()) == "Thanks, Ann. This is T-1; somebody will look at it."
    assert "First response: no target" in text_of(await desk.card())


async def test_mention_in_a_channel_for_commands(desk: DeskDriver) -> None:
    text = (Named("Desk", who("desk")), Words(" open The export fails."))
    root = await desk.says("ann", text, "C0COMMAND", mentions_desk=True)
    assert "T-1 is open: The export fails." in text_of(desk.last)
    # It is the message that opened it: what is said below joins, and its edits are followed.
    desk.clock.move(hours=1)
    await desk.says("al", "For me too.", "C0COMMAND", thread=root)
    assert await desk.bodies() == ["The export fails.", "For me too."]


async def test_mention_in_another_tickets_thread_opens_beside_it(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails.")
    text = (Named("Desk", who("desk")), Words(" open And the import."))
    await desk.says("ann", text, thread=root, mentions_desk=True)
    assert [ticket.subject for ticket in await desk.tickets()] == ["The export fails.", "And the import."]
    assert await desk.bodies(1) == ["The export fails."]
