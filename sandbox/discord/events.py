"""The world's changes as gateway events, for places that the bot sees and sessions with the intent for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, assert_never

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
from sandbox.discord import gateway, mentions, shapes
from sandbox.discord import permissions as may
from sandbox.discord.gateway import Session
from sandbox.discord.seed import BOT, GUILD
from sandbox.model import Channel, Message, Person
from sandbox.platforms import platform_of_change

if TYPE_CHECKING:
    from sandbox.discord.server import DiscordServer

Json = dict[str, Any]


def hear(discord: DiscordServer, change: Change) -> None:
    """Turn one change into the events it causes and send them."""
    if platform_of_change(discord.world, change) == "slack":
        return
    match change:
        case MessagePosted():
            _said(discord, "MESSAGE_CREATE", change.message)
        case MessageEdited():
            _said(discord, "MESSAGE_UPDATE", change.message)
        case MessageDeleted():
            gone = change.previous
            data = {"id": gone.id, "channel_id": gone.channel}
            _at(discord, gone.channel, "MESSAGE_DELETE", data, gateway.GUILD_MESSAGES, gateway.DIRECT_MESSAGES)
        case ReactionAdded() | ReactionRemoved():
            _reaction(discord, change)
        case ChannelChanged():
            _place_changed(discord, change)
        case ChannelDeleted():
            name = "THREAD_DELETE" if change.channel.parent else "CHANNEL_DELETE"
            _place(discord, name, change.channel)
        case MemberJoined() | MemberLeft():
            _membership(discord, change)
        case PersonChanged():
            _person_changed(discord, change.person)
        case UsergroupChanged():
            _roles(discord, change)
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
        ):
            pass
        case WorldReplaced():
            discord.present = {one.id for one in discord.members()}
        case _:
            assert_never(change)


def send(discord: DiscordServer, name: str, data: Any, intents: int, channel: str = "", text: str = "") -> None:
    """One event to the sessions with one of these intents, unless a fault says otherwise. `data` may be a function of
    the session."""

    def shown(session: Session) -> Any | None:
        return data(session) if callable(data) else data

    def now() -> None:
        sent = discord.gateway.dispatch(name, intents, shown)
        request = next((shown(one) for one in discord.gateway.sessions.values()), None) if sent else None
        detail = "" if sent else "no websocket"
        discord.traffic.note("event", name, ok=bool(sent), detail=detail, channel=channel, request=request)

    fault = discord.faults.for_delivery(name, channel, text)
    if fault is None:
        now()
        return
    discord.traffic.note("fault", fault.kind, ok=True, detail=f"{fault.id} on {name}", channel=channel)
    match fault.kind:
        case "drop":
            pass
        case "hold" | "reorder":
            discord.deliver_later(_later(discord, fault.seconds or 1.0, now))
        case "double":
            for _ in range(fault.copies):
                now()
        case _:
            now()


async def _later(discord: DiscordServer, seconds: float, now: Any) -> None:
    with discord.traffic.busy():
        await asyncio.sleep(seconds)
        now()


def _at(discord: DiscordServer, channel_id: str, name: str, data: Any, guild: int, direct: int, text: str = "") -> None:
    """An event in a place that the bot sees."""
    place = discord.world.channels.get(channel_id)
    if place is None or not discord.sees(place):
        return
    if place.kind == "im":
        send(discord, name, data, direct, channel_id, text)
        return

    def shown(session: Session) -> Any:
        return (data(session) if callable(data) else data) | {"guild_id": GUILD}

    send(discord, name, shown, guild, channel_id, text)


def _said(discord: DiscordServer, name: str, message: Message) -> None:
    shape = shapes.message(discord, message)
    author = discord.world.people.get(message.author)
    place = discord.world.channels.get(message.channel)
    if place is not None:
        shape["channel_type"] = shapes.TYPES[place.kind]
    if place is not None and place.kind != "im" and author is not None:
        shape["member"] = shapes.member(discord, author)
    readable = (place is not None and place.kind == "im") or mentions.concerns_bot(discord.world, message)

    def shown(session: Session) -> Json:
        if readable or session.intents & gateway.CONTENT:
            return shape
        return shape | {"content": "", "embeds": [], "attachments": [], "components": []}

    _at(discord, message.channel, name, shown, gateway.GUILD_MESSAGES, gateway.DIRECT_MESSAGES, message.text)


def _reaction(discord: DiscordServer, change: ReactionAdded | ReactionRemoved) -> None:
    world, added = discord.world, isinstance(change, ReactionAdded)
    person = world.people.get(change.person)
    place = world.channels.get(change.message.channel)
    author = world.people.get(change.message.author)
    data: Json = {
        "user_id": may.account(person) if person else change.person,
        "channel_id": change.message.channel,
        "message_id": change.message.id,
        "emoji": {"id": None, "name": change.name},
        "burst": False,
        "type": 0,
    }
    if added and author is not None:
        data["message_author_id"] = may.account(author)
    if added and person is not None and place is not None and place.kind != "im":
        data["member"] = shapes.full_member(discord, person)
    name = "MESSAGE_REACTION_ADD" if added else "MESSAGE_REACTION_REMOVE"
    _at(discord, change.message.channel, name, data, gateway.GUILD_REACTIONS, gateway.DIRECT_REACTIONS)


def _place_changed(discord: DiscordServer, change: ChannelChanged) -> None:
    created = change.what == "created"
    if change.channel.kind == "im":
        return  # Bots are not told of direct conversations, only of what is said there.
    if change.channel.parent is not None:
        _place(discord, "THREAD_CREATE" if created else "THREAD_UPDATE", change.channel, created=created)
    else:
        _place(discord, "CHANNEL_CREATE" if created else "CHANNEL_UPDATE", change.channel)


def _place(discord: DiscordServer, name: str, place: Channel, *, created: bool = False) -> None:
    if name.endswith("_DELETE"):
        data: Json = {"id": place.id, "type": shapes.TYPES[place.kind], "guild_id": GUILD, "parent_id": place.parent}
        if place.parent is None:
            data |= {"name": place.name, "position": 0, "permission_overwrites": []}
        send(discord, name, data, gateway.GUILDS, place.id)
    elif discord.sees(place):
        shape = shapes.channel(discord, place)
        send(discord, name, shape | ({"newly_created": True} if created else {}), gateway.GUILDS, place.id)


def _membership(discord: DiscordServer, change: MemberJoined | MemberLeft) -> None:
    """People in threads; for a private channel, a change of who is let in; the bot itself gets or loses the place."""
    place = change.channel
    joined = isinstance(change, MemberJoined)
    if place.parent is None:
        if change.person == BOT and place.kind == "private":
            _place(discord, "CHANNEL_CREATE" if joined else "CHANNEL_DELETE", place)
        else:
            _place(discord, "CHANNEL_UPDATE", place)
        return
    if not discord.sees(place) and change.person != BOT:
        return
    person = discord.world.people[change.person]
    if joined and change.person == BOT:
        _place(discord, "THREAD_CREATE", place)
    entry = shapes.thread_member(discord, place, change.person) | {"member": shapes.full_member(discord, person)}
    data = {
        "id": place.id,
        "guild_id": GUILD,
        "member_count": len(place.members),
        "added_members": [entry] if joined else [],
        "removed_member_ids": [] if joined else [may.account(person)],
    }
    intents = gateway.GUILDS if change.person == BOT else gateway.GUILD_MEMBERS
    send(discord, "THREAD_MEMBERS_UPDATE", data, intents, place.id)


def _person_changed(discord: DiscordServer, person: Person) -> None:
    """Came, changed or left; who has no account there is nobody's business."""
    there = discord.world.belongs(person, GUILD) and not person.deleted
    was = person.id in discord.present
    if there:
        discord.present.add(person.id)
        member = shapes.full_member(discord, person) | {"guild_id": GUILD}
        send(discord, "GUILD_MEMBER_UPDATE" if was else "GUILD_MEMBER_ADD", member, gateway.GUILD_MEMBERS)
    elif was:
        discord.present.discard(person.id)
        gone = {"guild_id": GUILD, "user": shapes.user(person)}
        send(discord, "GUILD_MEMBER_REMOVE", gone, gateway.GUILD_MEMBERS)


def _roles(discord: DiscordServer, change: UsergroupChanged) -> None:
    """The role, and everybody's membership, as which of them changed is not in the change."""
    data = {"guild_id": GUILD, "role": shapes.role(change.usergroup)}
    send(discord, "GUILD_ROLE_UPDATE", data, gateway.GUILDS)
    for person in discord.members():
        member = shapes.full_member(discord, person) | {"guild_id": GUILD}
        send(discord, "GUILD_MEMBER_UPDATE", member, gateway.GUILD_MEMBERS)
