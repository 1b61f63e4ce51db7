"""The world's changes as Events API payloads, for channels that the bot is in and events that the manifest names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, assert_never

from sandbox.changes import (
    ActionFailed,
    Change,
    ChannelChanged,
    ChannelDeleted,
    ClockMoved,
    DeskChanged,
    EphemeralGone,
    EphemeralShown,
    FileChanged,
    FormsChanged,
    HomePublished,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    PersonChanged,
    ReactionAdded,
    ReactionRemoved,
    ReadMarked,
    UsergroupChanged,
    WorkspaceChanged,
    WorldReplaced,
)
from sandbox.model import Channel, Message, Person
from sandbox.platforms import platform_of_change
from sandbox.seed import HOME
from sandbox.slack import messages, shapes
from sandbox.slack.delivery import Delivery
from sandbox.slack.tickets import new_id

if TYPE_CHECKING:
    from sandbox.slack.server import SlackServer

Json = dict[str, Any]
_KINDS: Final = {"public": "channel", "private": "group", "im": "im"}
_MESSAGES: Final = {"public": "message.channels", "private": "message.groups", "im": "message.im"}
_LETTERS: Final = {"public": "C", "private": "G", "im": "D"}


def hear(slack: SlackServer, change: Change) -> None:
    """Turn one change into the events it causes and send them."""
    world = slack.world
    if platform_of_change(world, change) == "discord":
        return
    match change:
        case MessagePosted():
            _posted(slack, change.message)
        case MessageEdited():
            _edited(slack, change.message, change.previous)
        case MessageDeleted():
            _deleted(slack, change)
        case ReactionAdded() | ReactionRemoved():
            _reaction(slack, change)
        case MemberJoined():
            _joined(slack, change)
        case MemberLeft():
            _left(slack, change)
        case ChannelChanged():
            _channel_changed(slack, change)
        case ChannelDeleted():
            kind = "group_deleted" if change.channel.kind == "private" else "channel_deleted"
            event = {"type": kind, "channel": change.channel.id, "actor_id": change.by, "event_ts": world.stamp()[0]}
            if slack.bot.id in change.channel.members:
                send(slack, kind, event, change.channel)
        case PersonChanged():
            shape = shapes.user(world, change.person, email=slack.manifest.grants("users:read.email"))
            changed: Json = {"type": "user_change", "user": shape, "cache_ts": int(world.clock.now())}
            send(slack, "user_change", changed | {"event_ts": world.stamp()[0]}, None)
        case UsergroupChanged():
            shape = shapes.usergroup(change.usergroup, members=True)
            group: Json = {"type": "subteam_updated", "subteam": shape, "event_ts": world.stamp()[0]}
            send(slack, "subteam_updated", group, None)
        case (
            EphemeralShown()
            | EphemeralGone()
            | FormsChanged()
            | HomePublished()
            | ActionFailed()
            | FileChanged()
            | ReadMarked()
            | WorkspaceChanged()
            | ClockMoved()
            | DeskChanged()
            | WorldReplaced()
        ):
            pass
        case _:
            assert_never(change)


def send(slack: SlackServer, name: str, event: Json, channel: Channel | None, key: str = "") -> None:
    """Send one event when the manifest subscribes to `name`. `key` is what it is about (channel/ts)."""
    if slack.installed and slack.manifest.hears(name):
        slack.dispatcher.send(delivery_of(slack, event, channel, key))


def delivery_of(slack: SlackServer, event: Json, channel: Channel | None, key: str = "") -> Delivery:
    """The event in its outer envelope. A shared channel's event names the team it came from, as Slack's does."""
    origin = event.get("user_team") or HOME
    payload: Json = {
        "token": "sandbox",
        "team_id": origin,
        "context_team_id": HOME,
        "context_enterprise_id": None,
        "api_app_id": slack.bot.app,
        "event": event,
        "type": "event_callback",
        "event_id": new_id("Ev", 10),
        "event_time": int(slack.world.clock.now()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": HOME,
                "user_id": slack.bot.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": bool(channel and channel.shared_with),
        "event_context": f"4-{new_id('', 24).lower()}",
    }
    channel_id = channel.id if channel else ""
    return Delivery(
        "event", str(event["type"]), payload, key or payload["event_id"], channel_id, str(event.get("text", ""))
    )


def _heard_channel(slack: SlackServer, channel_id: str) -> Channel | None:
    channel = slack.world.channels.get(channel_id)
    return channel if channel is not None and slack.bot.id in channel.members else None


def _connect_fields(channel: Channel, author: Person | None) -> Json:
    if not channel.shared_with or author is None or author.workspace == HOME:
        return {}
    return {"user_team": author.workspace, "source_team": author.workspace, "user_profile": _profile(author)}


def _profile(person: Person) -> Json:
    return {
        "name": person.handle,
        "first_name": person.name.partition(" ")[0],
        "real_name": person.name,
        "display_name": person.handle,
        "team": person.workspace,
        "is_restricted": False,
        "is_ultra_restricted": False,
    }


def _posted(slack: SlackServer, message: Message) -> None:
    channel = _heard_channel(slack, message.channel)
    if channel is None:
        return
    world = slack.world
    author = world.people.get(message.author)
    shape = messages.message(world, message, slack.base_url) | _connect_fields(channel, author)
    key = f"{message.channel}/{message.id}"
    event = shape | {"channel": channel.id, "channel_type": _KINDS[channel.kind], "event_ts": message.id}
    send(slack, _MESSAGES[channel.kind], event, channel, key)
    if channel.kind != "im" and f"<@{slack.bot.id}" in message.text and message.author != slack.bot.id:
        left_out = ("subtype", "client_msg_id") if "subtype" in event else ()
        mention = {name: value for name, value in shape.items() if name not in left_out}
        mention |= {"type": "app_mention", "channel": channel.id, "event_ts": message.id}
        send(slack, "app_mention", mention, channel, key)
    for file_id in message.files:
        shared = {
            "type": "file_shared",
            "channel_id": channel.id,
            "file_id": file_id,
            "user_id": message.author,
            "file": {"id": file_id},
            "event_ts": message.id,
        }
        send(slack, "file_shared", shared, channel, key)


def _changed_event(slack: SlackServer, channel: Channel, subtype: str, author: str, parts: Json) -> None:
    stamp = slack.world.stamp()[0]
    event: Json = {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "channel": channel.id,
        "channel_type": _KINDS[channel.kind],
        "ts": stamp,
        "event_ts": stamp,
    } | parts
    connect = _connect_fields(channel, slack.world.people.get(author))
    origin = {name: connect[name] for name in ("user_team", "source_team") if name in connect}
    for part in ("message", "previous_message"):
        if part in event and origin:
            event[part] = {**event[part], **origin}
    send(slack, _MESSAGES[channel.kind], event, channel, f"{channel.id}/{stamp}")


def _edited(slack: SlackServer, message: Message, previous: Message) -> None:
    channel = _heard_channel(slack, message.channel)
    if channel is None:
        return
    world = slack.world
    parts = {
        "message": messages.message(world, message, slack.base_url) | messages.thread_facts(world, message),
        "previous_message": messages.message(world, previous, slack.base_url),
    }
    _changed_event(slack, channel, "message_changed", message.author, parts)


def _deleted(slack: SlackServer, change: MessageDeleted) -> None:
    previous, left = change.previous, change.message
    channel = _heard_channel(slack, previous.channel)
    if channel is None:
        return
    world = slack.world
    before = messages.message(world, previous, slack.base_url)
    if left is None:
        parts = {"previous_message": before, "deleted_ts": previous.id}
        _changed_event(slack, channel, "message_deleted", previous.author, parts)
        return
    tombstone = messages.message(world, left, slack.base_url) | messages.thread_facts(world, left)
    parts = {"message": tombstone, "previous_message": before}
    _changed_event(slack, channel, "message_changed", previous.author, parts)


def _reaction(slack: SlackServer, change: ReactionAdded | ReactionRemoved) -> None:
    channel = _heard_channel(slack, change.message.channel)
    if channel is None:
        return
    name = "reaction_added" if isinstance(change, ReactionAdded) else "reaction_removed"
    event: Json = {
        "type": name,
        "user": change.person,
        "reaction": change.name,
        "item": {"type": "message", "channel": channel.id, "ts": change.message.id},
        "item_user": change.message.author,
        "event_ts": change.at,
    }
    send(slack, name, event, channel, f"{channel.id}/{change.at}")


def _joined(slack: SlackServer, change: MemberJoined) -> None:
    channel = change.channel
    if slack.bot.id not in channel.members:
        return
    person = slack.world.people.get(change.person)
    event = {
        "type": "member_joined_channel",
        "user": change.person,
        "channel": channel.id,
        "channel_type": _LETTERS[channel.kind],
        "team": person.workspace if person else HOME,
        "event_ts": slack.world.stamp()[0],
    }
    send(slack, "member_joined_channel", event | ({"inviter": change.by} if change.by else {}), channel)


def _left(slack: SlackServer, change: MemberLeft) -> None:
    channel = change.channel
    stamp = slack.world.stamp()[0]
    if change.person == slack.bot.id:
        name = "group_left" if channel.kind == "private" else "channel_left"
        event = {"type": name, "channel": channel.id, "actor_id": change.by or change.person, "event_ts": stamp}
        send(slack, name, event, channel)
    elif slack.bot.id in channel.members:
        person = slack.world.people.get(change.person)
        event = {
            "type": "member_left_channel",
            "user": change.person,
            "channel": channel.id,
            "channel_type": _LETTERS[channel.kind],
            "team": person.workspace if person else HOME,
            "event_ts": stamp,
        }
        send(slack, "member_left_channel", event, channel)


def _channel_changed(slack: SlackServer, change: ChannelChanged) -> None:
    channel = change.channel
    words = {"archived": "archive", "unarchived": "unarchive", "renamed": "rename"}
    if change.what not in words or slack.bot.id not in channel.members:
        return
    name = f"{'group' if channel.kind == 'private' else 'channel'}_{words[change.what]}"
    stamp = slack.world.stamp()[0]
    if change.what == "renamed":
        about: Any = {"id": channel.id, "name": channel.name, "created": int(channel.created)}
        send(slack, name, {"type": name, "channel": about, "event_ts": stamp}, channel)
    else:
        event = {"type": name, "channel": channel.id, "user": change.by, "is_moved": 0, "event_ts": stamp}
        send(slack, name, event, channel)
