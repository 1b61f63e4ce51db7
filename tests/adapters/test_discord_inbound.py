"""What happens on Discord, as events of the desk, and what the desk answers: over SimCord."""

from collections.abc import AsyncIterator

import pytest
from support.discord_stage import Stage, stage

from core.language.answers import Answer, Choices, FormErrors, OpenForm, Say
from core.language.commands import VERBS, Command
from core.language.effects import Dm, FetchGroup, FetchPerson, Post, Update
from core.language.events import (
    ActionPressed,
    ChannelChanged,
    ChoicesAsked,
    CommandTyped,
    FormSubmitted,
    Inbound,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionAdded,
    ReactionRemoved,
    ShortcutUsed,
)
from core.language.places import Identity, MessageRef
from core.language.text import Named, Ping, Words, plain, unaddressed, words
from core.language.views import (
    Actions,
    Button,
    Card,
    ChoiceInput,
    Form,
    Menu,
    Option,
    Paragraph,
    Select,
    TextInput,
)
from core.ports import RefusedByPlatform


@pytest.fixture
async def discord() -> AsyncIterator[Stage]:
    async with stage() as found:
        yield found


CARD = Card(
    "T-1",
    words("T-1"),
    (
        Paragraph(words("Help")),
        Actions((Button("Claim", "claim:1"), Select("Priority", "priority:1", (Option("High", "high"),)))),
    ),
    Menu("menu:1", (Option("Reopen", "reopen:1"),)),
    "warning",
)
FORM = Form(
    "Reply",
    "reply:1",
    "Send",
    (
        TextInput("text", "Your answer", multiline=True),
        ChoiceInput("then", "Then", (Option("Keep open", "open"), Option("Resolve", "resolve")), "open"),
    ),
    words("To Ann"),
)


def said(text: str) -> Say:
    return Say(Card(text, blocks=(Paragraph(words(text)),)))


# --- messages


async def test_a_message_and_what_becomes_of_it(discord: Stage) -> None:
    message = await discord.ann.send(discord.channel, f"Help **me**, {discord.mia.mention}")
    ref = MessageRef("main", discord.place.channel, str(message.id))
    posted = await discord.desk.next(MessagePosted)
    assert posted.ref == ref
    assert posted.author == discord.ann_identity
    assert posted.author_name == "Ann Weber"
    assert posted.text == (
        Words("Help "),
        Words("me", ("bold",)),
        Words(", "),
        Named("Mia Roth", Identity("main", str(discord.mia.id))),
    )
    assert not posted.direct
    await discord.ann.edit(message, "Help us")
    edited = await discord.desk.next(MessageEdited)
    assert (edited.ref, plain(edited.text)) == (ref, "Help us")
    await discord.ann.delete(message)
    assert (await discord.desk.next(MessageDeleted)).ref == ref


async def test_a_thread_is_made_by_the_first_answer_and_adopted_after(discord: Stage) -> None:
    root = await discord.say("The export **fails** on step 3. Please help.")
    await discord.adapter.deliver(Post(root.as_root, Card("Received"), "k1"))
    thread = discord.thread(root.message)
    assert thread.name == "The export fails on step 3."
    message = await discord.ann.send(thread, "any news?")
    posted = (await discord.desk.until(2))[-1]
    assert isinstance(posted, MessagePosted)
    assert posted.ref == MessageRef("main", discord.place.channel, str(message.id), root.message)
    other = await discord.say("Another")
    await discord.say("in a thread that people made", other.message)
    made = await discord.adapter.deliver(Post(other.as_root, Card("Received"), "k2"))
    assert made.ref is not None
    assert made.ref.thread == other.message


async def test_our_own_words_and_other_bots(discord: Stage) -> None:
    await discord.adapter.deliver(Post(discord.place, Card("ours"), "k1"))
    robot = discord.guild.add_member(discord.env.create_user("robot", bot=True))
    await robot.send(discord.channel, "beep")
    (only,) = discord.desk.events
    assert isinstance(only, MessagePosted)
    assert only.author_is_bot


async def test_reactions_by_name_in_threads_too(discord: Stage) -> None:
    root = await discord.say("Help")
    await discord.adapter.deliver(Post(root.as_root, Card("Received"), "k1"))
    inside = await discord.mia.send(discord.thread(root.message), "look")
    await discord.mia.react(inside, "✅")
    added = await discord.desk.next(ReactionAdded)
    assert added.ref == MessageRef("main", discord.place.channel, str(inside.id), root.message)
    assert (added.name, added.person.user) == ("white_check_mark", str(discord.mia.id))
    await discord.mia.unreact(inside, "✅")
    assert (await discord.desk.next(ReactionRemoved)).name == "white_check_mark"


async def test_a_direct_conversation_has_threads_by_answering(discord: Stage) -> None:
    first = await discord.ann.send_dm("Help")
    posted = await discord.desk.next(MessagePosted)
    assert posted.direct
    assert posted.ref.thread is None
    made = await discord.adapter.deliver(Post(posted.ref.as_root, Card("Received"), "k1"))
    assert made.ref is not None
    (answer,) = [one for one in discord.messages(posted.ref.channel) if one["id"] == made.ref.message]
    assert answer["message_reference"]["message_id"] == str(first.id)


async def test_files_come_with_what_fetches_them(discord: Stage) -> None:
    await discord.say("see", attachments=[("log.txt", b"x" * 10)])
    (file,) = (await discord.desk.next(MessagePosted)).files
    assert (file.name, file.size) == ("log.txt", 10)
    assert str(file.source["url"]).endswith("/log.txt")


async def test_a_mention_of_the_desk(discord: Stage) -> None:
    """It is who is spoken to, and no part of what is said."""
    root = await discord.say(f"<@{discord.backend.bot_user.id}> {discord.mia.mention} cannot log in")
    posted = await discord.desk.next(MessagePosted)
    assert posted.mentions_desk
    assert plain(unaddressed(posted.text)).strip() == "@Mia Roth cannot log in"
    await discord.adapter.deliver(Post(root.as_root, Card("Received"), "k1"))
    assert discord.thread(root.message).name == "@Mia Roth cannot log in"


async def test_only_whom_the_desk_means_is_notified(discord: Stage) -> None:
    text = (Ping(discord.ann_identity, "Ann"), Words(" @everyone "), Ping(Identity("main", str(discord.mia.id)), "Mia"))
    card = Card("x", blocks=(Paragraph(text),))
    await discord.adapter.deliver(Post(discord.place, card, "k1", pings=(discord.ann_identity,)))
    sent = [one.json for one in discord.env.http_requests if one.method == "POST" and one.path.endswith("/messages")][
        -1
    ]
    assert sent["allowed_mentions"] == {"parse": [], "users": [discord.ann_identity.user]}
    assert sent["components"][0]["content"] == f"<@{discord.ann.id}> @\u2060everyone @Mia"


async def test_who_has_a_role(discord: Stage) -> None:
    found = await discord.adapter.deliver(FetchGroup("main", str(discord.agents.id)))
    assert found.members == (str(discord.mia.id),)
    person = await discord.adapter.deliver(FetchPerson(discord.ann_identity))
    assert person.profile is not None
    assert person.profile.name == "Ann Weber"


async def test_a_person_that_nobody_knows_has_its_id_for_a_name(discord: Stage) -> None:
    person = await discord.adapter.deliver(FetchPerson(Identity("main", "999")))
    assert person.profile is not None
    assert person.profile.name == "999"


# --- interactions


async def test_buttons_and_selects_live_on_after_a_restart(discord: Stage) -> None:
    made = await discord.adapter.deliver(Post(discord.place, CARD, "k1"))
    assert made.ref is not None
    discord.desk.replies(said("T-1 is yours now."))
    message = discord.channel.last_message
    assert message is not None
    result = await discord.mia.click(message, label="Claim")
    pressed = await discord.desk.next(ActionPressed)
    assert (pressed.token, pressed.value, pressed.ref) == ("claim:1", None, made.ref)
    assert result.ephemeral
    assert result.response is not None
    assert "T-1 is yours now." in str(result.response.components)
    await discord.mia.select(message, ["high"], custom_id="priority:1")
    await discord.mia.select(message, ["reopen:1"], custom_id="menu:1")
    chosen = [(e.token, e.value) for e in discord.desk.events if isinstance(e, ActionPressed)][1:]
    assert chosen == [("priority:1", "high"), ("menu:1", "reopen:1")]


async def test_a_press_without_an_answer_is_acknowledged(discord: Stage) -> None:
    await discord.adapter.deliver(Post(discord.place, CARD, "k1"))
    message = discord.channel.last_message
    assert message is not None
    result = await discord.mia.click(message, label="Claim")
    assert result.acknowledged
    assert result.response is None or not result.followups


async def test_a_form_opens_and_comes_back(discord: Stage) -> None:
    await discord.adapter.deliver(Post(discord.place, CARD, "k1"))
    discord.desk.replies(OpenForm(FORM))
    message = discord.channel.last_message
    assert message is not None
    shown = await discord.mia.click(message, label="Claim")
    assert shown.modal is not None
    assert shown.modal["custom_id"].startswith("reply:1~")
    discord.desk.replies(FormErrors({"text": "Say more."}))
    result = await discord.mia.submit_modal(shown, {"text": "Hello", "then": ["resolve"]})
    submitted = await discord.desk.next(FormSubmitted)
    # Sent again it is the same, because Discord closes it only when it was taken.
    assert submitted.interaction == f"form/{shown.modal['custom_id'][-8:]}/{discord.mia.id}"
    assert (submitted.token, dict(submitted.values)) == ("reply:1", {"text": "Hello", "then": "resolve"})
    assert result.response is not None
    # The form is closed by then, so the words are given back.
    assert "Say more." in str(result.response.components)
    assert "Hello" in str(result.response.components)


async def test_every_verb_is_a_command(discord: Stage) -> None:
    commands = discord.mia.available_commands(discord.channel)
    assert set(commands) >= {f"ticket {verb.name}" for verb in VERBS}
    discord.desk.replies(said("Done."))
    await discord.mia.slash(discord.channel, "ticket priority", priority="high", ticket="T-12")
    await discord.ann.slash(discord.channel, "ticket open", text="12 apples are missing")
    await discord.mia.slash(discord.channel, "ticket claim", ticket="none")
    await discord.ann.slash(discord.channel, "ticket assign", agent=discord.mia.mention)
    typed = [event for event in discord.desk.events if isinstance(event, CommandTyped)]
    assert [event.command for event in typed] == [
        Command("priority", 12, {"priority": "high"}),
        Command("open", None, {"text": "12 apples are missing"}),
        None,
        Command("assign", None, {"agent": str(discord.mia.id)}),
    ]
    assert typed[2].text == "claim none"
    assert typed[0].place == discord.place


async def test_commands_in_a_thread_are_about_it(discord: Stage) -> None:
    root = await discord.say("Help")
    await discord.adapter.deliver(Post(root.as_root, Card("Received"), "k1"))
    discord.desk.replies(said("Done."))
    result = await discord.mia.slash(discord.thread(root.message), "ticket claim")
    assert (await discord.desk.next(CommandTyped)).place == root.as_root
    assert result.ephemeral


async def test_options_are_completed(discord: Stage) -> None:
    discord.desk.replies(Choices((Option("T-3 · Printer", "3"), Option("T-4 · Export", "4"))))
    found = await discord.mia.autocomplete(discord.channel, "ticket claim", "ticket", "T-")
    assert [(one["name"], one["value"]) for one in found] == [("T-3 · Printer", "3"), ("T-4 · Export", "4")]
    asked = await discord.desk.next(ChoicesAsked)
    assert (asked.token, asked.query) == ("ticket", "T-")


async def test_a_message_command_brings_its_message(discord: Stage) -> None:
    message = await discord.ann.send(discord.channel, "The printer burns")
    discord.desk.replies(said("T-1 is open."))
    await discord.mia.context_menu(discord.channel, "Open ticket", message)
    used = await discord.desk.next(ShortcutUsed)
    assert used.name == "open_ticket"
    assert used.message.ref.message == str(message.id)
    assert used.message.author == discord.ann_identity
    assert plain(used.message.text) == "The printer burns"


async def test_a_desk_that_fails_says_so(discord: Stage) -> None:
    async def down(event: Inbound) -> Answer | None:
        raise ConnectionError("the database is down")

    discord.desk.answer = down
    result = await discord.mia.slash(discord.channel, "ticket mine")
    assert result.response is not None
    assert "try again" in str(result.response.components)


async def test_the_commands_are_told_once(discord: Stage) -> None:
    await discord.env.restart_bot()
    puts = [one for one in discord.env.http_requests if one.method == "PUT" and one.path.endswith("/commands")]
    assert len(puts) == 1


# --- surroundings


async def test_a_channel_that_goes_is_told(discord: Stage) -> None:
    await discord.close_channel()
    changed = await discord.desk.next(ChannelChanged)
    assert (changed.place, changed.change) == (discord.place, "deleted")


async def test_an_archived_thread_opens_for_what_needs_it(discord: Stage) -> None:
    root = await discord.say("Help")
    made = await discord.adapter.deliver(Post(root.as_root, Card("Received"), "k1"))
    assert made.ref is not None
    discord.env.inject_error("PATCH", f"/channels/{root.message}/messages/*", status=400, code=50083)
    await discord.adapter.deliver(Update(made.ref, Card("Solved")))
    assert "Solved" in discord.text_of(discord.messages(root.message)[-1])


async def test_a_server_without_such_components_gets_words(discord: Stage) -> None:
    discord.env.inject_error("POST", "/channels/*/messages", status=400, code=50035)
    await discord.adapter.deliver(Post(discord.place, CARD, "k1"))
    (sent,) = discord.messages(discord.place.channel)
    assert sent["content"] == "T-1\nHelp"
    assert [row["components"][0]["type"] for row in sent["components"]] == [2, 3, 3]


async def test_somebody_who_takes_no_direct_messages(discord: Stage) -> None:
    discord.env.inject_error("POST", "/channels/*/messages", status=403, code=50007)
    with pytest.raises(RefusedByPlatform) as refused:
        await discord.adapter.deliver(Dm(discord.ann_identity, Card("hi"), "k1"))
    assert refused.value.code == "no_direct_messages"
    assert not refused.value.gone
