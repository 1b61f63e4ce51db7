"""Conversations beside their channel: posts of a forum and private threads, on SimCord, where a post's first message
has another id than its thread."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from simcord.enums import ChannelType
from support.discord_stage import Stage
from support.discord_stage import stage as discord_stage

from core.language.effects import Opens, Post, SetThread
from core.language.events import MessagePosted
from core.language.places import Place
from core.language.text import words
from core.language.views import Card, Paragraph
from core.ports import OutcomeUnknown


@pytest.fixture(name="stage")
async def made_stage() -> AsyncIterator[Stage]:
    async with discord_stage() as inner:
        yield inner


def card(text: str) -> Card:
    return Card(fallback=text, blocks=(Paragraph(words(text)),))


def threads(stage: Stage, channel: str) -> list[Any]:
    return [one for one in stage.backend.channels.values() if one.is_thread and str(one.parent_id) == channel]


def tags(stage: Stage, forum: Place, thread: str) -> list[str]:
    names = {int(tag["id"]): tag["name"] for tag in stage.backend.channels[int(forum.channel)].available_tags}
    return sorted(names[tag] for tag in stage.backend.channels[int(thread)].applied_tags)


async def test_a_post_of_a_forum_is_made_once_with_its_tags(stage: Stage) -> None:
    forum = Place("main", str(stage.guild.create_forum_channel("ideas").id))
    effect = Post(forum, card("This is T-1"), "k1", opens=Opens("T-1 Dark mode", stage.ann_identity, tags=("New",)))
    made = (await stage.adapter.deliver(effect)).ref
    again = (await stage.adapter.deliver(effect)).ref
    assert made is not None
    assert made == again
    (thread,) = threads(stage, forum.channel)
    assert made.thread == str(thread.id) != made.message
    assert (thread.name, tags(stage, forum, made.thread)) == ("T-1 Dark mode", ["New"])
    await stage.adapter.deliver(SetThread(made.as_root, False, False, ("Open", "Urgent"), ("New", "Open", "Urgent")))
    assert tags(stage, forum, made.thread) == ["Open", "Urgent"]


async def test_a_private_thread_is_made_once_with_its_person(stage: Stage) -> None:
    opens = Opens("T-1 Salary", stage.ann_identity, private=True)
    effect = Post(stage.place, card("This is T-1"), "k1", opens=opens)
    stage.losing_the_answer = True
    with pytest.raises(OutcomeUnknown):
        await stage.adapter.deliver(effect)
    found = await stage.adapter.read_back(effect, since=datetime.now(UTC))
    made = await stage.adapter.deliver(effect)
    assert found is not None
    assert found.ref == made.ref
    (thread,) = threads(stage, stage.place.channel)
    assert (thread.type, thread.name) == (ChannelType.PRIVATE_THREAD, "T-1 Salary")
    assert stage.ann.id in thread.thread_members
    other = Post(stage.place, card("This is T-2"), "k2", opens=Opens("T-2 Salary", stage.ann_identity, private=True))
    assert await stage.adapter.read_back(other, since=datetime.now(UTC)) is None


async def test_nobody_can_be_let_into_a_private_thread(stage: Stage) -> None:
    stage.env.inject_error("PUT", "/channels/*/thread-members/*", status=404)
    opens = Opens("T-1 Salary", stage.ann_identity, private=True)
    made = await stage.adapter.deliver(Post(stage.place, card("This is T-1"), "k1", opens=opens))
    (thread,) = threads(stage, stage.place.channel)
    assert made.ref is not None
    assert made.ref.thread == str(thread.id)


async def test_without_private_threads_the_channel_has_to_do(stage: Stage) -> None:
    stage.env.inject_error("POST", "/channels/*/threads", status=404)
    opens = Opens("T-1 Salary", stage.ann_identity, private=True)
    made = await stage.adapter.deliver(Post(stage.place, card("This is T-1"), "k1", opens=opens))
    assert made.ref is not None
    assert (made.ref.thread, made.private, made.crowded) == (None, False, False)


async def test_what_people_say_in_a_post_carries_its_title(stage: Stage) -> None:
    forum = stage.guild.create_forum_channel("ideas")
    made = await stage.adapter.deliver(Post(Place("main", str(forum.id)), card("T-1"), "k1", opens=Opens("Dark mode")))
    assert made.ref is not None
    thread = next(one for one in forum.threads if str(one.id) == made.ref.thread)
    await stage.ann.send(thread, "White hurts.")
    said = await stage.desk.next(MessagePosted)
    assert (said.thread_title, said.ref.thread, said.ref.channel) == ("Dark mode", made.ref.thread, str(forum.id))
    await stage.say("Help", (await stage.say("Hello")).message)
    assert {event.thread_title for event in stage.desk.events if isinstance(event, MessagePosted)} == {
        "Dark mode",
        None,
    }
