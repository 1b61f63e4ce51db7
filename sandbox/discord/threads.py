"""Threads and forum posts: made, woken by a message, put away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.discord import permissions as may
from sandbox.discord.errors import DiscordError, Problems
from sandbox.discord.seed import GUILD
from sandbox.model import Channel, Message, Person

if TYPE_CHECKING:
    from sandbox.discord.server import DiscordServer

Json = dict[str, Any]

DURATIONS = (60, 1440, 4320, 10080)
CREATED, STARTER, PUBLIC = 18, 21, 11


def check(given: Json, *, partial: bool = False) -> Problems:
    """The fields that all ways of making a thread share."""
    problems = Problems()
    if not partial or "name" in given:
        problems.length(("name",), given.get("name"), 100, 1)
    if given.get("auto_archive_duration") not in (None, *DURATIONS):
        values = ", ".join(map(str, DURATIONS))
        problems.add(("auto_archive_duration",), "BASE_TYPE_CHOICES", f"Value must be one of {{{values}}}.")
    return problems


def open_thread(discord: DiscordServer, parent: Channel, by: Person, given: Json, kind: Any, as_id: str) -> Channel:
    """Raises 160006 when too many are active."""
    if len(discord.active()) >= discord.active_threads:
        raise DiscordError(160006)
    now = discord.world.clock.now()
    thread = Channel(
        as_id,
        GUILD,
        str(given["name"]),
        kind,
        [by.id],
        now,
        by.id,
        parent=parent.id,
        traits={
            "auto_archive": int(given.get("auto_archive_duration") or 4320),
            "archived_at": now,
            "invitable": bool(given.get("invitable", True)),
        },
    )
    if given.get("applied_tags"):
        thread.traits["applied_tags"] = [str(one) for one in given["applied_tags"]]
    discord.world.put_channel(thread, by=by.id)
    return thread


def from_message(discord: DiscordServer, message: Message, by: Person, given: Json) -> Channel:
    """It has the message's id. Raises 160004 when it has one."""
    if message.id in discord.world.channels:
        raise DiscordError(160004)
    parent = discord.world.channels[message.channel]
    thread = open_thread(discord, parent, by, given, "thread", message.id)
    reference = {"type": 0, "channel_id": parent.id, "message_id": message.id, "guild_id": GUILD}
    discord.world.post(thread.id, by.id, "", traits={"type": STARTER, "reference": reference})
    # The message now says that it has a thread: an update that is no edit.
    discord.world.dress(parent.id, message.id, [])
    return thread


def alone(discord: DiscordServer, parent: Channel, by: Person, given: Json, kind: int) -> Channel:
    """Without a message; a public one is announced in its channel."""
    made = "private_thread" if kind != PUBLIC else "thread"
    thread = open_thread(discord, parent, by, given, made, discord.world.stamp("discord")[0])
    if made == "thread":
        reference = {"type": 0, "channel_id": thread.id, "guild_id": GUILD}
        discord.world.post(parent.id, by.id, thread.name, traits={"type": CREATED, "reference": reference})
    return thread


REQUIRE_TAG = 1 << 4
"""A forum's flag: each post has a tag."""


def check_tags(parent: Channel, tags: Any, problems: Problems) -> None:
    """Only a forum has tags. Raises 40067 for none where there must be one."""
    known = {one["id"] for one in parent.traits.get("tags", [])}
    if not tags and int(parent.traits.get("flags", 0)) & REQUIRE_TAG:
        raise DiscordError(40067)
    for place, one in enumerate(tags or []):
        if str(one) not in known:
            problems.add(("applied_tags", place), "CHANNEL_FORUM_TAG_INVALID", "Unknown tag")
    if len(tags or []) > 5:
        problems.add(("applied_tags",), "BASE_TYPE_MAX_LENGTH", "Must be 5 or fewer in length.")


def may_tag(discord: DiscordServer, parent: Channel, by: Person, before: list[str], after: list[str]) -> None:
    """Moderated tags are put on and taken off by who manages threads alone (50013)."""
    moderated = {one["id"] for one in parent.traits.get("tags", []) if one.get("moderated")}
    if moderated & (set(before) ^ set(after)) and not may.in_channel(discord.world, by, parent) & may.MANAGE_THREADS:
        raise DiscordError(50013)


def wake(discord: DiscordServer, place: Channel, by: Person) -> None:
    """Before somebody says something there: an archived thread becomes active, a locked one only for who manages
    threads (else 50083, or 160005 for one that is locked and not archived)."""
    if place.parent is None:
        return
    manages = bool(may.in_channel(discord.world, by, place) & may.MANAGE_THREADS) or by.role == "manager"
    if place.traits.get("locked") and not manages:
        raise DiscordError(50083 if place.archived else 160005)
    if place.archived:
        if len(discord.active()) >= discord.active_threads:
            raise DiscordError(160006)
        set_archived(discord, place, by.id, archived=False)
    if by.id not in place.members:
        discord.world.join(place.id, by.id)


def set_archived(discord: DiscordServer, place: Channel, by: str, *, archived: bool) -> None:
    place.traits["archived_at"] = discord.world.clock.now()
    discord.world.archive(place.id, by, archived=archived)


def must_be_active(place: Channel) -> None:
    """Edits and reactions do not wake a thread."""
    if place.parent is not None and place.archived:
        raise DiscordError(50083)
