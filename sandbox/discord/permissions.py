"""Who may do what where: roles, then the channel's overwrites. Source: docs.discord.com, Topics, Permissions."""

from __future__ import annotations

from typing import Final

from sandbox.model import Channel, Person
from sandbox.world import World

ADMINISTRATOR: Final = 1 << 3
MANAGE_CHANNELS: Final = 1 << 4
ADD_REACTIONS: Final = 1 << 6
VIEW_CHANNEL: Final = 1 << 10
SEND_MESSAGES: Final = 1 << 11
MANAGE_MESSAGES: Final = 1 << 13
EMBED_LINKS: Final = 1 << 14
ATTACH_FILES: Final = 1 << 15
READ_MESSAGE_HISTORY: Final = 1 << 16
MENTION_EVERYONE: Final = 1 << 17
USE_APPLICATION_COMMANDS: Final = 1 << 31
MANAGE_THREADS: Final = 1 << 34
CREATE_PUBLIC_THREADS: Final = 1 << 35
CREATE_PRIVATE_THREADS: Final = 1 << 36
SEND_MESSAGES_IN_THREADS: Final = 1 << 38

MEMBER: Final = (
    VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | ADD_REACTIONS
    | USE_APPLICATION_COMMANDS
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS
)
DESK: Final = MEMBER | MANAGE_CHANNELS | MANAGE_MESSAGES | MANAGE_THREADS | CREATE_PRIVATE_THREADS
ALL: Final = (1 << 53) - 1


def account(person: Person) -> str:
    """Their id on Discord."""
    return person.accounts.get("discord", person.id)


def roles_of(world: World, person: Person, guild: str) -> list[str]:
    """Without @everyone, which all have."""
    return [one.id for one in world.usergroups.values() if one.workspace == guild and person.id in one.members]


def overwrites(world: World, channel: Channel) -> list[dict[str, object]]:
    """A private channel hides itself from @everyone and shows itself to each member; more stand in its traits."""
    made: list[dict[str, object]] = []
    if channel.kind == "private":
        made.append({"id": channel.workspace, "type": 0, "allow": "0", "deny": str(VIEW_CHANNEL)})
        for person_id in channel.members:
            person = world.people.get(person_id)
            if person is not None:
                made.append({"id": account(person), "type": 1, "allow": str(VIEW_CHANNEL), "deny": "0"})
    return made + list(channel.traits.get("overwrites", []))


def in_guild(world: World, person: Person, guild: str) -> int:
    """What all their roles give them."""
    if person.id == world.workspaces[guild].traits.get("owner"):
        return ALL
    bits = 0
    for role_id in (guild, *roles_of(world, person, guild)):
        role = world.usergroups.get(role_id)
        bits |= int(role.traits.get("permissions", 0)) if role else 0
    return ALL if bits & ADMINISTRATOR else bits


def in_channel(world: World, person: Person, channel: Channel) -> int:
    """A thread has its parent's, and a private one is hidden from who is neither in it nor may manage threads."""
    if channel.kind == "im":
        return ALL if person.id in channel.members else 0
    if not world.belongs(person, channel.workspace):
        return 0
    if channel.parent is not None:
        parent = world.channels.get(channel.parent)
        bits = in_channel(world, person, parent) if parent else 0
        hidden = channel.kind == "private_thread" and person.id not in channel.members
        return 0 if hidden and not bits & MANAGE_THREADS else bits
    bits = in_guild(world, person, channel.workspace)
    if bits & ADMINISTRATOR:
        return bits
    rules = overwrites(world, channel)
    mine = set(roles_of(world, person, channel.workspace))
    for chosen in (
        [one for one in rules if one["id"] == channel.workspace],
        [one for one in rules if one["id"] in mine],
        [one for one in rules if one["id"] == account(person)],
    ):
        deny = allow = 0
        for one in chosen:
            deny |= int(str(one["deny"]))
            allow |= int(str(one["allow"]))
        bits = (bits & ~deny) | allow
    return bits if bits & VIEW_CHANNEL else 0
