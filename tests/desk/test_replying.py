"""Answers to the customer, from wherever they are written, and notes that never leave."""

import asyncio
import threading

import pytest
from sqlalchemy import Connection
from sqlalchemy import text as sql
from support.desk import GLOBEX, TRIAGE, DeskDriver, buttons, policy, text_of, who
from support.processes import until

from core.language.answers import FormErrors
from core.language.places import MessageRef
from core.language.text import Named, Words, plain
from core.store import tables as t
from core.store.engine import Store, Tx


@pytest.fixture
async def opened(desk: DeskDriver) -> DeskDriver:
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    desk.clock.move(minutes=10)
    return desk


async def card(desk: DeskDriver) -> MessageRef:
    return (await desk.sent("card"))[0]


def mention(text: str) -> tuple[Named, Words]:
    return (Named("Desk", who("desk")), Words(f" {text}"))


async def test_in_the_customers_thread(opened: DeskDriver) -> None:
    desk = opened
    root = (await desk.sent("receipt"))[0]
    await desk.says("bo", "We look at it.", thread=root)
    ticket = await desk.ticket()
    assert (ticket.status, ticket.first_response_at, ticket.assignee) == ("open", desk.clock.now(), None)
    assert (await desk.clocks())["first_response"].state == "met"
    # The customer reads it where it stands; the team sees what went out.
    assert await desk.told_customers() == []
    await desk.deliver()
    copy = (await desk.sent("copy"))[-1]
    assert copy.thread == (await card(desk)).message
    assert desk.chat.messages[copy.message].words == "Bo Lind: We look at it."
    copies = [text for text in await desk.posts("triage", "copy") if "We look" in text]
    assert "sent to customer" in copies[0]


@pytest.mark.parametrize("way", ["command", "form", "mention", "shortcut"])
async def test_from_the_triage_side(opened: DeskDriver, way: str) -> None:
    desk = opened
    thread = await card(desk)
    match way:
        case "command":
            assert text_of(await desk.types("bo", "reply T-1 We look at it.")) == "Sent to the customer on T-1."
        case "form":
            answer = await desk.presses("bo", buttons(await desk.card())["Reply …"], on=thread)
            assert answer and answer.kind == "open_form"
            assert plain(answer.form.intro) == "T-1. Goes to a channel, seen by everybody there."
            assert await desk.submits("bo", answer.form.token, text="We look at it.", then="open") is None
        case "mention":
            await desk.says("bo", mention("reply We look at it."), TRIAGE, thread=thread, mentions_desk=True)
            assert text_of(desk.last) == "Sent to the customer on T-1."
        case "shortcut":
            message = desk.message("bo", "We look at it.", TRIAGE, thread=thread)
            await desk.handle(message)
            assert text_of(await desk.uses("bo", "send_to_customer", message)) == "Sent to the customer on T-1."
    replies = [o for o in await desk.outbox(kind="post", side="customer") if o.purpose == "reply"]
    assert [(o.text, o.card.sender, o.audience) for o in replies] == [("We look at it.", "Bo Lind", "public")]
    ticket = await desk.ticket()
    assert (ticket.status, ticket.first_response_at) == ("open", desk.clock.now())
    assert ("replied" in await desk.events_of()) and (await desk.causes())["replied"][0] == "bo"
    await desk.deliver()
    sent = (await desk.sent("reply"))[0]
    assert (sent.channel, sent.thread) == (GLOBEX, (await desk.sent("receipt"))[0].thread)
    # What is written below the desk's post joins, and reactions on it act.
    await desk.says("ann", "Thanks.", thread=sent)
    assert len(await desk.tickets()) == 1
    await desk.reacts("ida", sent, "eyes")
    assert (await desk.ticket()).assignee == "ida"


@pytest.mark.parametrize(("then", "status"), [("open", "open"), ("pending", "pending"), ("resolve", "resolved")])
async def test_reply_form_and_then(opened: DeskDriver, then: str, status: str) -> None:
    desk = opened
    assert await desk.submits("bo", "reply:1", text="Try again.", then=then) is None
    assert (await desk.ticket()).status == status
    assert (await desk.told_customers())[0] == "Try again."


async def test_a_form_that_is_refused_has_done_nothing(opened: DeskDriver) -> None:
    desk = opened
    await desk.types("bo", "resolve 1")
    before = await desk.outbox(), await desk.events_of(), await desk.bodies()
    answer = await desk.submits("bo", "reply:1", text="Try again.", then="pending")
    assert isinstance(answer, FormErrors)
    assert dict(answer.errors) == {"text": "This ticket is resolved. Reopen it first."}
    assert (await desk.outbox(), await desk.events_of(), await desk.bodies()) == before
    assert isinstance(await desk.submits("bo", "reply:1", text=" \n ", then="open"), FormErrors)
    assert await desk.outbox() == before[0]


async def test_the_triage_thread_is_internal(opened: DeskDriver) -> None:
    desk = opened
    thread = await card(desk)
    await desk.says("bo", "Their server is old.", TRIAGE, thread=thread, files=(desk.file("log.txt"),))
    await desk.says("ida", "Very.", TRIAGE, thread=thread)
    await desk.types("mia", "note 1 Be nice to them.")
    assert await desk.submits("bo", "note:1", text="I am.") is None
    notes = [m for m in await desk.messages() if m.audience == "internal"]
    assert [m.body for m in notes] == ["Their server is old.", "Very.", "Be nice to them.", "I am."]
    assert await desk.told_customers() == []
    await desk.deliver()
    said = [m.words for m in desk.chat.messages.values() if m.ref.thread == thread.message]
    # What stands there already is not said again; what was typed elsewhere is, under its author's name.
    assert said[-2:] == ["Mia Roth: Be nice to them.", "Bo Lind: I am."]
    assert "Their server is old." not in said
    assert (await desk.ticket()).first_response_at is None
    assert not any("Their server" in m.words for m in desk.chat.messages.values() if m.ref.channel == GLOBEX)
    assert (await desk.events_of()).count("noted") == 4


async def test_shortcut_takes_files_along(opened: DeskDriver) -> None:
    desk = opened
    picture = desk.file("fix.png", b"fixed")
    message = desk.message("bo", "See the picture.", TRIAGE, thread=await card(desk), files=(picture,))
    await desk.handle(message)
    await desk.deliver()
    assert await desk.outbox(kind="upload", side="customer") == []
    await desk.uses("bo", "send_to_customer", message)
    await desk.deliver()
    uploads = await desk.outbox(kind="upload", side="customer")
    assert [(o.args["name"], o.audience) for o in uploads] == [("fix.png", "public")]
    assert [m.files for m in desk.chat.messages.values() if m.ref.channel == GLOBEX and m.files] == [(b"fixed",)]


async def test_who_may_send_what(opened: DeskDriver) -> None:
    desk = opened
    thread = await card(desk)
    message = desk.message("bo", "Internal.", TRIAGE, thread=thread)
    await desk.handle(message)
    assert "Only the author" in text_of(await desk.uses("ida", "send_to_customer", message))
    assert "Only the support team" in text_of(await desk.uses("ann", "send_to_customer", message))
    outside = desk.message("bo", "Hello.", TRIAGE)
    assert "triage thread" in text_of(await desk.uses("bo", "send_to_customer", outside))
    # Talk in the thread that the desk has not taken yet is no message of the ticket.
    unknown = desk.message("bo", "Not heard.", TRIAGE, thread=thread)
    assert "triage thread" in text_of(await desk.uses("bo", "send_to_customer", unknown))
    await desk.says("ann", "And?", thread=(await desk.sent("receipt"))[0])
    assert await desk.told_customers() == []


async def test_mention_that_is_wrong_is_answered(opened: DeskDriver) -> None:
    desk = opened
    thread = await card(desk)
    await desk.says("bo", mention("priority huge"), TRIAGE, thread=thread, mentions_desk=True)
    assert text_of(desk.last) == "“huge” is not a priority. Use one of: urgent, high, normal, low."
    await desk.says("bo", mention("reply"), TRIAGE, thread=thread, mentions_desk=True)
    assert "reply needs more" in text_of(desk.last)
    await desk.says("bo", mention("what do you think?"), TRIAGE, thread=thread, mentions_desk=True)
    assert desk.last is None
    assert [m.body for m in await desk.messages() if m.audience == "internal"] == ["@Desk what do you think?"]


async def test_mention_over_several_lines(opened: DeskDriver) -> None:
    desk = opened
    await desk.says("bo", mention("reply\nHello Ann,\nwe look."), TRIAGE, thread=await card(desk), mentions_desk=True)
    assert await desk.told_customers() == ["Hello Ann,\nwe look."]
    await desk.types("bo", "reply 1\nAnd\nanother")
    assert (await desk.told_customers())[1:] == ["And\nanother"]


async def test_a_customers_words_are_no_command_by_chance(opened: DeskDriver) -> None:
    desk = opened
    root = (await desk.sent("receipt"))[0]
    for text in ("help, it is broken", "help please", "claim form is missing", "solved nothing", "mine too"):
        await desk.says("ann", mention(text), thread=root, mentions_desk=True)
        assert desk.last is None, text
    assert len(await desk.bodies()) == 6
    await desk.says("ann", mention("solved"), thread=root, mentions_desk=True)
    assert text_of(desk.last) == "T-1 is solved. Thank you."
    assert (await desk.causes())["resolved"] == ("Ann Weber", "mention")


async def test_a_message_is_sent_to_the_customer_once(opened: DeskDriver) -> None:
    desk = opened
    message = desk.message("bo", "Please try again now.", TRIAGE, thread=await card(desk))
    await desk.handle(message)
    assert text_of(await desk.uses("bo", "send_to_customer", message)) == "Sent to the customer on T-1."
    refused = "Bo Lind has sent that message to the customer already. Write a new one to say more."
    assert text_of(await desk.uses("bo", "send_to_customer", message)) == refused
    await desk.deliver()
    assert text_of(await desk.uses("bo", "send_to_customer", message)) == refused
    assert await desk.told_customers() == ["Please try again now."]
    # Another with the same words is another message.
    again = desk.message("bo", "Please try again now.", TRIAGE, thread=await card(desk))
    await desk.handle(again)
    assert text_of(await desk.uses("bo", "send_to_customer", again)) == "Sent to the customer on T-1."


async def test_what_could_not_be_sent_can_be_sent_again(opened: DeskDriver) -> None:
    desk = opened
    message = desk.message("bo", "Please try again now.", TRIAGE, thread=await card(desk))
    await desk.handle(message)
    await desk.uses("bo", "send_to_customer", message)
    await desk.set_all(t.outbox, state="dead")
    assert text_of(await desk.uses("bo", "send_to_customer", message)) == "Sent to the customer on T-1."


async def test_files_follow_a_note_that_was_sent_before_they_were_fetched(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    files = (desk.file("log.txt"), desk.file("picture.png"))
    note = desk.message("bo", "", TRIAGE, thread=await card(desk), files=files)
    await desk.handle(note)
    assert text_of(await desk.uses("bo", "send_to_customer", note)) == "Sent to the customer on T-1."
    await desk.deliver()
    # A message without words is called what its files are called.
    said = desk.chat.said(GLOBEX)[2:]
    assert (said[0], sorted(said[1:])) == ("log.txt, picture.png", ["[log.txt]", "[picture.png]"])


async def test_a_file_that_comes_just_when_its_note_is_sent_on_goes_along(postgres_url: str) -> None:
    """On SQLite one writes at a time."""
    store = await Store.open(postgres_url)
    desk = await DeskDriver(store, policy()).start()
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    note = desk.message("bo", "", TRIAGE, thread=await card(desk), files=(desk.file("log.txt"),))
    await desk.handle(note)
    event = desk.shortcut("bo", "send_to_customer", note)
    sent, over = threading.Event(), threading.Event()

    def send_on(tx: Tx) -> None:
        desk.desk.dispatch(tx, event)
        sent.set()
        over.wait(10)

    def fetched(connection: Connection) -> bool:
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        kept = "SELECT count(*) FROM attachment WHERE blob IS NOT NULL"
        return any(connection.execute(sql(one)).scalar_one() for one in (waits, kept))

    async with asyncio.TaskGroup() as group:
        group.create_task(store.transact(send_on))
        await asyncio.to_thread(sent.wait, 10)
        group.create_task(desk.deliver())
        await until(lambda: store.read(fetched), what="the file's bytes")
        over.set()
    await desk.deliver()
    assert desk.chat.said(GLOBEX)[2:] == ["log.txt", "[log.txt]"]
    await store.close()
