"""What is said to the desk in ordinary messages: commands, slips, and what only looks like one."""

import pytest
from support.desk import DIRECT, GLOBEX, TRIAGE, DeskDriver, policy, text_of, who

from core.language.events import MessagePosted, ReactionAdded
from core.language.places import MessageRef
from core.language.text import Named, Text, Words, plain
from core.store.engine import Store


def to_desk(text: str) -> Text:
    """As adapters give it: the desk's own name is nobody's."""
    return (Named("desk"), Words(f" {text}"))


@pytest.fixture
async def desk(store: Store) -> DeskDriver:
    return await DeskDriver(store, policy()).start()


@pytest.fixture
async def root(desk: DeskDriver) -> MessageRef:
    root = await desk.says("ann", "The export fails.")
    await desk.deliver()
    return root


async def test_an_answer_is_shown_once_whichever_event_tells_of_the_message(desk: DeskDriver) -> None:
    first = desk.message("ann", to_desk("mine"), mentions_desk=True, event_id="Ev1")
    twin = desk.event(
        MessagePosted, ref=first.ref, author=first.author, text=first.text, mentions_desk=True, event_id="Ev2"
    )
    assert text_of(await desk.handle(first)) == "You have no tickets."
    assert await desk.handle(twin) is None
    assert text_of(await desk.handle(first)) == "You have no tickets."


async def test_a_refused_reaction_is_answered_again_in_its_own_delivery_alone(
    desk: DeskDriver, root: MessageRef
) -> None:
    values = {"ref": root, "person": who("ann"), "name": "eyes", "event_time": "1"}
    first = desk.event(ReactionAdded, **values, event_id="Ev1")
    assert "Only the support team" in text_of(await desk.handle(first))
    assert await desk.handle(desk.event(ReactionAdded, **values, event_id="Ev2")) is None
    assert "Only the support team" in text_of(await desk.handle(first))


@pytest.mark.parametrize("said", ["claim", "claim 1", "Resolve", "why", "list", "note 1"])
async def test_an_agents_command_by_a_customer_is_refused_and_opens_nothing(desk: DeskDriver, said: str) -> None:
    await desk.says("ann", to_desk(said), mentions_desk=True)
    assert f"Only the support team can use {said.split()[0].lower()}." in text_of(desk.last)
    assert await desk.tickets() == []


async def test_what_a_customer_says_beyond_the_command_is_a_request(desk: DeskDriver) -> None:
    for said in ("claim forms are missing", "list all that is wrong", "note 1 of the manual is wrong"):
        desk.clock.move(minutes=10)
        await desk.says("ann", to_desk(said), mentions_desk=True)
        assert desk.last is None
    assert [t.subject for t in await desk.tickets()] == [
        "claim forms are missing",
        "list all that is wrong",
        "note 1 of the manual is wrong",
    ]


async def test_an_agents_slip_is_answered_and_kept_nowhere(desk: DeskDriver, root: MessageRef) -> None:
    card = (await desk.sent("card"))[0]
    for place, thread in ((TRIAGE, card), (GLOBEX, root), (TRIAGE, None)):
        for said, answer in (
            ("clam", "I do not know “clam”. Type help to see what there is."),
            ("clam 1", "I do not know “clam”. Type help to see what there is."),
            ("priority 1 huge", "“huge” is not a priority. Use one of: urgent, high, normal, low."),
        ):
            await desk.says("bo", to_desk(said), place, thread=thread, mentions_desk=True)
            assert text_of(desk.last) == answer
    assert await desk.bodies() == ["The export fails."]
    assert (await desk.ticket()).first_response_at is None


@pytest.mark.parametrize("in_thread", [True, False])
async def test_whoever_addresses_the_desk_among_the_team_means_a_command(desk: DeskDriver, in_thread: bool) -> None:
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    thread = (await desk.sent("card"))[0] if in_thread else None
    for said, answer in (
        ("assgin 1 mia", "I do not know “assgin”."),
        ("claim now, please", "“now,” is not a ticket number. Type: claim [number]"),
        ("resolve 1 please", "T-1 is resolved."),
    ):
        await desk.says("bo", to_desk(said), TRIAGE, thread=thread, mentions_desk=True)
        assert answer in text_of(desk.last), said
    assert await desk.bodies() == ["The export fails."]


async def test_talk_about_the_desk_is_no_command(desk: DeskDriver, root: MessageRef) -> None:
    card = (await desk.sent("card"))[0]
    aside: Text = (Named("desk"), Words(" "), Named("Mia Roth", who("mia")), Words(" look at this"))
    for said in ((Words("I asked "), *to_desk("claim now")), aside):
        await desk.says("bo", said, TRIAGE, thread=card, mentions_desk=True)
        assert desk.last is None
    # What an agent says among customers is for them.
    await desk.says("bo", to_desk("answers what it can"), GLOBEX, thread=root, mentions_desk=True)
    assert desk.last is None
    assert len(await desk.bodies()) == 4


async def test_the_desks_name_is_no_part_of_a_subject(desk: DeskDriver) -> None:
    await desk.says("ann", to_desk("The export fails. Since when?"), mentions_desk=True)
    await desk.says("ian", (Named("desk"),), "C0INITECH", mentions_desk=True)
    await desk.says("al", (Named("Bo Lind", who("bo")), Words(" knows why it fails.")))
    assert [t.subject for t in await desk.tickets()] == ["The export fails.", "@desk", "@Bo Lind knows why it fails."]


async def test_a_customer_asks_in_a_direct_message(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.", DIRECT, direct=True)
    for said, answer in (("mine", "T-1"), ("Show 1", "T-1 The export fails."), ("help", "What you can do here")):
        await desk.says("ann", said, DIRECT, direct=True)
        assert answer in text_of(desk.last)
    # What would change something has to be addressed to the desk.
    for said in ("solved", "urgent", "open the file, please", "claim"):
        await desk.says("ann", said, DIRECT, direct=True)
        assert desk.last is None, said
    assert len(await desk.bodies()) == 5
    assert (await desk.ticket()).status == "new"


async def test_where_a_direct_message_is_answered(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.", DIRECT, direct=True)
    assert "No account yet · Ann Weber · direct message" in text_of(await desk.card())
    form = await desk.presses("bo", "form_reply:1")
    assert form is not None and form.kind == "open_form"
    assert plain(form.form.intro) == "T-1. Goes to Ann Weber alone."


async def test_help_names_the_desks_own_reactions(store: Store) -> None:
    desk = await DeskDriver(store, policy(reactions={"eyes": "claim", "fire": "urgent"})).start()
    assert "Reactions: 👀 claim, :fire: urgent." in text_of(await desk.types("bo", "help"))
    assert "mention me: “@desk mine”" in text_of(await desk.types("ann", "help", GLOBEX))
    bare = DeskDriver(store, policy(reactions={}), desk.clock, desk.chat)
    assert "Reactions" not in text_of(await bare.types("bo", "help"))


async def test_a_reaction_that_asks_is_answered(store: Store) -> None:
    desk = await DeskDriver(store, policy(reactions={"mag": "show", "question": "why", "eyes": "claim"})).start()
    root = await desk.says("ann", "The export fails.")
    assert "T-1 The export fails." in text_of(await desk.reacts("bo", root, "mag"))
    assert "Why T-1 is as it is" in text_of(await desk.reacts("bo", root, "question"))
    assert await desk.reacts("bo", root, "eyes") is None


async def test_an_answer_by_mention_takes_its_files_along(desk: DeskDriver, root: MessageRef) -> None:
    thread = (await desk.sent("card"))[0]
    files = (desk.file("fix.png", b"fixed"),)
    await desk.says("bo", to_desk("reply See the picture."), TRIAGE, thread=thread, files=files, mentions_desk=True)
    await desk.deliver()
    assert desk.chat.said(GLOBEX)[2:] == ["See the picture.", "[fix.png]"]
    # What stands in the team's thread already is not shown there again.
    assert [m.files for m in desk.chat.messages.values() if m.ref.channel == TRIAGE and m.files] == []
