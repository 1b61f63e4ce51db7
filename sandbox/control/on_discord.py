"""What people say on Discord: the same verbs as on Slack, with Discord's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import mentions, threads
from sandbox.discord import permissions as may
from sandbox.discord.seed import GUILD
from sandbox.model import Channel, Message, Person
from sandbox.slack.interact import Refused

if TYPE_CHECKING:
    from sandbox.app import Sandbox
    from sandbox.control.endpoint import Given

Json = dict[str, Any]

MOST_TYPED: Final = 2000


def say(sandbox: Sandbox, person: Person, channel: Channel, given: Given) -> Message:
    """Post one message. In a forum it opens a post named `title`; `thread` names a thread, or the message to begin one
    from. Raises `Refused` or `DiscordError`."""
    discord, world = sandbox.discord, sandbox.world
    files = [world.file(str(one)).id for one in given.items("files")]
    if any(not one.isdigit() for one in files):
        raise Refused("foreign_file", "Upload that file to a place on Discord.")
    text = given.text("text")
    blocks, embeds = given.items("blocks"), given.items("embeds")
    if not (text.strip() or files or blocks or embeds):
        raise Refused("empty", "text is missing")
    if len(text) > MOST_TYPED:
        raise Refused("too_long", f"Discord takes {MOST_TYPED} characters.")
    text = text if given.flag("raw") or person.bot is not None else mentions.typed(world, text)
    if channel.kind == "forum" and not given.text("thread"):
        return _open_post(sandbox, person, channel, given, text, files)
    channel = _thread(sandbox, person, channel, given.text("thread"), given.text("title") or text)
    bit = may.SEND_MESSAGES_IN_THREADS if channel.parent else may.SEND_MESSAGES
    if not may.in_channel(world, person, channel) & bit:
        raise Refused("missing_permission", f"{person.name} may not write there.")
    threads.wake(discord, channel, person)
    traits: Json = {"mentions": mentions.notified(discord, person, channel, text, None)}
    reply_to = given.text("reply_to")
    if reply_to:
        target = world.message(channel.id, reply_to)
        reference = {"type": 0, "channel_id": channel.id, "message_id": target.id}
        traits |= {"type": 19, "reference": reference | ({} if channel.kind == "im" else {"guild_id": GUILD})}
        if target.author not in traits["mentions"]["users"]:
            traits["mentions"]["users"].append(target.author)
    return world.post(channel.id, person.id, text, files=files, blocks=blocks, attachments=embeds, traits=traits)


def _thread(sandbox: Sandbox, person: Person, channel: Channel, wanted: str, name: str) -> Channel:
    """A thread of that channel, or a new one on the message of that id."""
    if not wanted:
        return channel
    found = sandbox.world.channels.get(wanted)
    if found is not None and found.parent == channel.id:
        return found
    message = sandbox.world.message(channel.id, wanted)
    return threads.from_message(sandbox.discord, message, person, {"name": name[:100] or "Thread"})


def _open_post(sandbox: Sandbox, person: Person, forum: Channel, given: Given, text: str, files: list[str]) -> Message:
    discord, world = sandbox.discord, sandbox.world
    told: Json = {"name": (given.text("title") or text)[:100], "applied_tags": given.items("tags")}
    problems = threads.check(told)
    threads.check_tags(forum, told["applied_tags"], problems)
    problems.raise_any()
    threads.may_tag(discord, forum, person, [], [str(one) for one in told["applied_tags"]])
    made = world.stamp("discord")[0]
    thread = threads.open_thread(discord, forum, person, told, "thread", made)
    noted = mentions.notified(discord, person, thread, text, None)
    return world.post(thread.id, person.id, text, as_id=made, files=files, traits={"mentions": noted})


def edit(sandbox: Sandbox, person: Person, message: Message, text: str, *, raw: bool) -> None:
    """An archived thread takes no edits."""
    channel = sandbox.world.channel(message.channel)
    threads.must_be_active(channel)
    text = text if raw else mentions.typed(sandbox.world, text)
    noted = mentions.notified(sandbox.discord, person, channel, text, None)
    sandbox.world.edit(channel.id, message.id, person.id, text=text, traits=message.traits | {"mentions": noted})


def link_to(sandbox: Sandbox, message: Message) -> str:
    place = sandbox.world.channel(message.channel)
    guild = "@me" if place.kind == "im" else GUILD
    return f"https://discord.com/channels/{guild}/{message.channel}/{message.id}"
