"""What becomes of a message: a ticket, more of one, a note, or nothing."""

from support.desk import DIRECT, GLOBEX, MAIN, TRIAGE, DeskDriver, policy, text_of, who

from core.language.places import Place
from core.language.text import Named, Words
from core.store import tables as t
from core.store.engine import Store

DESK = Named("Desk", who("desk"))


def mention(text: str) -> tuple[Named, Words]:
    return (DESK, Words(f" {text}"))


# How many tickets an ordinary message opens, and one that mentions the desk.
MODES = {"C0GLOBEX": (1, 1), "C0MENTION": (0, 1), "C0REACT": (0, 0), "C0COMMAND": (0, 0), "C0OFF": (0, 0)}


async def test_channel_modes(desk: DeskDriver) -> None:
    for channel, (plain, mentioned) in MODES.items():
        before = len(await desk.tickets())
        await desk.says("ann", "The export fails.", channel)
        assert len(await desk.tickets()) == before + plain, channel
        desk.clock.move(hours=1)
        await desk.says("ann", mention("The import fails."), channel, mentions_desk=True)
        assert len(await desk.tickets()) == before + plain + mentioned, channel


async def test_a_ticket_knows_whose_it_is(desk: DeskDriver) -> None:
    await desk.says("ann", "Hello, our export fails. Please help!")
    ticket = await desk.ticket()
    assert (ticket.status, ticket.priority, ticket.type) == ("new", "normal", "question")
    assert (ticket.account, ticket.team, ticket.assignee) == ("globex", "support", None)
    assert (ticket.requester_name, ticket.subject) == ("Ann Weber", "Hello, our export fails.")
    assert ticket.description == "Hello, our export fails. Please help!"
    assert (await desk.causes())["opened"] == ("Ann Weber", "rule intake every")


async def test_words_within_minutes_join_by_event_time(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    at = desk.clock.now()
    desk.clock.move(minutes=30)
    # Delivered late: what counts is when it was written.
    late = desk.message("ann", "With error 502.", at=at.replace(minute=4, second=59))
    await desk.handle(late)
    await desk.says("ann", "Something else is broken.", at=at.replace(minute=10, second=0))
    assert await desk.bodies(1) == ["The export fails.", "With error 502."]
    assert await desk.bodies(2) == ["Something else is broken."]
    assert (await desk.causes(1))["joined"] == ("Ann Weber", "rule within minutes of the author's last message")


async def test_each_author_and_channel_is_apart(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    await desk.says("al", "My login fails.")
    await desk.says("ann", mention("I cannot pay."), "C0MENTION", mentions_desk=True)
    assert [ticket.requester_name for ticket in await desk.tickets()] == ["Ann Weber", "Al Ortiz", "Ann Weber"]


async def test_words_in_the_thread_join_whenever_they_come(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails.")
    second = await desk.says("ann", "With error 502.")
    desk.clock.move(days=3)
    await desk.says("al", "For me too.", thread=root)
    await desk.says("al", "Since Monday.", thread=second)
    assert await desk.bodies() == ["The export fails.", "With error 502.", "For me too.", "Since Monday."]


async def test_an_agents_own_message_opens_nothing(desk: DeskDriver) -> None:
    root = await desk.says("bo", "We have maintenance tonight.")
    assert await desk.tickets() == []
    # A customer who answers below it asks for something.
    await desk.says("ann", "Will the export work?", thread=root)
    ticket = await desk.ticket()
    assert (ticket.requester_name, ticket.subject) == ("Ann Weber", "Will the export work?")
    assert [o.thread for o in await desk.outbox(kind="backfill_thread")] == [root.message]


async def test_reply_under_an_unknown_root_and_the_root_after_it(desk: DeskDriver) -> None:
    root = desk.message("ann", "The export fails.")
    desk.clock.move(minutes=20)
    await desk.says("al", "For me too.", thread=root.ref)
    await desk.handle(root)
    assert len(await desk.tickets()) == 1
    assert await desk.bodies() == ["The export fails.", "For me too."]
    assert (await desk.ticket()).status == "new"


async def test_a_late_root_by_an_agent_is_no_answer(desk: DeskDriver) -> None:
    root = desk.message("bo", "We have maintenance tonight.")
    desk.clock.move(minutes=1)
    await desk.says("ann", "Will the export work?", thread=root.ref)
    await desk.handle(root)
    assert await desk.bodies() == ["We have maintenance tonight.", "Will the export work?"]
    assert (await desk.ticket()).first_response_at is None


async def test_an_earlier_thread_is_taken_along_once(desk: DeskDriver) -> None:
    root = desk.message("bo", "We have maintenance tonight.")
    early = desk.message("al", "When?", thread=root.ref)
    desk.clock.move(minutes=1)
    desk.chat.write(GLOBEX, "something that cannot be read", root.ref.message)
    await desk.says("ann", "Will the export work?", thread=root.ref)
    await desk.deliver()
    assert await desk.bodies() == ["We have maintenance tonight.", "When?", "Will the export work?"]
    await desk.handle(early)
    await desk.handle(root)
    assert len(await desk.bodies()) == 3
    assert len(await desk.tickets()) == 1


async def test_T11_other_bots_open_nothing(desk: DeskDriver) -> None:
    await desk.says("zoe", "Build failed.", author_is_bot=True)
    root = await desk.says("ann", "The export fails.")
    await desk.says("zoe", "We got your request!", thread=root, author_is_bot=True)
    assert await desk.bodies() == ["The export fails."]
    # One whose messages do not say what it is, and whose profile does.
    await desk.set_all(t.identity, is_bot=True)
    desk.directory.forget()
    desk.clock.move(hours=1)
    await desk.says("ann", "Beep.")
    assert await desk.bodies() == ["The export fails."]


async def test_talk_in_internal_channels_opens_nothing(desk: DeskDriver) -> None:
    for name in ("bo", "ann"):
        await desk.says(name, "What a day.", TRIAGE)
        await desk.says(name, "What a day.", "C0MANAGERS")
    assert await desk.tickets() == []
    assert await desk.posts() == []


async def test_direct_messages(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    desk.clock.move(hours=1)
    await desk.says("ann", "May I ask you something?", DIRECT, direct=True)
    await desk.says("zoe", "Do you sell to us?", "D0ZOE", direct=True)
    assert [ticket.account for ticket in await desk.tickets()] == ["globex", "globex", None]
    assert "No account yet" in text_of(await desk.card(3))
    await desk.says("bo", "hm", "D0BO", direct=True)
    assert "What you can do here" in text_of(desk.last)
    await desk.says("bo", "list", "D0BO", direct=True)
    assert "T-3" in text_of(desk.last)
    assert len(await desk.tickets()) == 3


async def test_F10_one_message_under_two_ids_and_in_two_envelopes(desk: DeskDriver) -> None:
    first = desk.message("ann", "The export fails.", client_id="c1", mentions_desk=True)
    twin = desk.message("ann", "The export fails.", client_id="c1")
    await desk.handle(first)
    # `message` and `app_mention`, each with an id of its own, are about one message.
    await desk.handle(desk.event(type(first), ref=first.ref, author=first.author, text=first.text, event_id="Ev2"))
    await desk.handle(twin)
    await desk.says("ann", "More.", thread=first.ref, client_id="c2")
    await desk.says("ann", "More.", thread=first.ref, client_id="c2")
    assert await desk.bodies() == ["The export fails.", "More."]
    assert len(await desk.tickets()) == 1
    # The id is the author's client's: somebody else's says nothing.
    await desk.says("al", "Mine too.", thread=first.ref, client_id="c2")
    assert len(await desk.bodies()) == 3


async def test_names_of_those_who_are_mentioned(desk: DeskDriver) -> None:
    await desk.says("al", "Hello.")
    await desk.deliver()
    spans = (Words("Ask "), Named(who("al").user, who("al")), Words(" or "), Named("U0NOBODY", who("nobody")))
    await desk.says("ann", spans)
    assert await desk.bodies(2) == ["Ask @Al Ortiz or @U0NOBODY"]


async def test_a_ticket_without_a_team_has_no_triage_side(store: Store) -> None:
    desk = await DeskDriver(store, policy(teams=())).start()
    await desk.says("ann", "The export fails.")
    assert [o.purpose for o in await desk.outbox(kind="post")] == ["receipt"]
    assert (await desk.ticket()).team is None


async def test_the_joining_window_is_the_policys(store: Store) -> None:
    desk = await DeskDriver(store, policy(join_minutes=30)).start()
    await desk.says("ann", "The export fails.")
    desk.clock.move(minutes=29)
    await desk.says("ann", "Still.")
    assert await desk.bodies() == ["The export fails.", "Still."]


async def test_two_accounts_with_their_own_teams(store: Store) -> None:
    made = policy()
    support = made.teams[0]
    second = type(support)("second", "Second", ("ida",), Place(MAIN, "C0SECOND"))
    globex = type(made.accounts[0])("globex", "Globex", "gold", "second", made.accounts[0].channels)
    desk = await DeskDriver(store, policy(teams=(support, second), accounts=(globex, made.accounts[1]))).start()
    await desk.says("ann", "The export fails.", GLOBEX)
    await desk.says("ian", "The export fails.", "C0INITECH")
    assert [o.channel for o in await desk.outbox(kind="post") if o.purpose == "card"] == ["C0SECOND", TRIAGE]
