"""Channels and threads. Source: docs.discord.com, Resources, Channel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sandbox.discord import permissions as may
from sandbox.discord import shapes, threads
from sandbox.discord.call import Call
from sandbox.discord.content import fields_of
from sandbox.discord.errors import DiscordError, Problems
from sandbox.discord.seed import BOT, GUILD
from sandbox.model import Channel

if TYPE_CHECKING:
    from sandbox.discord.server import DiscordServer

Json = dict[str, Any]


def get(discord: DiscordServer, call: Call) -> Json:
    return shapes.channel(discord, discord.channel(call.path["channel"]))


def modify(discord: DiscordServer, call: Call) -> Json:
    place, given = discord.channel(call.path["channel"]), call.record
    if place.kind == "im":
        raise DiscordError(50024)
    if place.parent is not None:
        _modify_thread(discord, place, given)
    else:
        discord.need(place, may.MANAGE_CHANNELS)
        problems = Problems()
        if "name" in given:
            problems.length(("name",), given["name"], 100, 1)
        tags = given.get("available_tags")
        if tags is not None:
            problems.count(("available_tags",), tags, 20)
            for number, tag in enumerate(tags):
                problems.length(("available_tags", number, "name"), tag.get("name"), 20, 1)
        problems.raise_any()
        place.name = str(given.get("name", place.name))
        place.topic = str(given.get("topic", place.topic) or "")
        if tags is not None:
            place.traits["tags"] = [_tag(discord, one) for one in tags]
        discord.world.put_channel(place, by=BOT, what="changed")
    return shapes.channel(discord, place)


def _tag(discord: DiscordServer, given: Json) -> Json:
    return {
        "id": str(given.get("id") or discord.world.stamp("discord")[0]),
        "name": given["name"],
        "moderated": bool(given.get("moderated")),
        "emoji_id": None,
        "emoji_name": given.get("emoji_name"),
    }


def _modify_thread(discord: DiscordServer, place: Channel, given: Json) -> None:
    """An archived thread takes no change beside its own awakening."""
    wakes = given.get("archived") is False
    if place.archived and not wakes:
        raise DiscordError(50083)
    manager = bool(may.in_channel(discord.world, discord.bot, place) & may.MANAGE_THREADS)
    if not manager and (place.creator != BOT or "locked" in given or (wakes and place.traits.get("locked"))):
        raise DiscordError(50013)
    problems = threads.check(given, partial=True)
    parent = discord.world.channels[place.parent or ""]
    if "applied_tags" in given:
        threads.check_tags(parent, given["applied_tags"], problems)
    problems.raise_any()
    if "applied_tags" in given:
        now = [str(one) for one in given["applied_tags"] or []]
        threads.may_tag(discord, parent, discord.bot, place.traits.get("applied_tags", []), now)
    if wakes and place.archived:
        if len(discord.active()) >= discord.active_threads:
            raise DiscordError(160006)
        place.traits["archived_at"] = discord.world.clock.now()
        place.archived = False
    if "name" in given:
        place.name = str(given["name"])
    for name, kept in (("locked", "locked"), ("auto_archive_duration", "auto_archive"), ("invitable", "invitable")):
        if given.get(name) is not None:
            place.traits[kept] = given[name]
    if "applied_tags" in given:
        place.traits["applied_tags"] = [str(one) for one in given["applied_tags"] or []]
    if given.get("archived") is True:
        place.traits["archived_at"] = discord.world.clock.now()
        place.archived = True
    discord.world.put_channel(place, by=BOT, what="changed")


def delete(discord: DiscordServer, call: Call) -> Json:
    place = discord.channel(call.path["channel"])
    discord.need(place, may.MANAGE_THREADS if place.parent else may.MANAGE_CHANNELS)
    shape = shapes.channel(discord, place)
    for thread in discord.world.threads_of(place.id):
        discord.world.delete_channel(thread.id, BOT)
    discord.world.delete_channel(place.id, BOT)
    return shape


def from_message(discord: DiscordServer, call: Call) -> Json:
    place, given = discord.channel(call.path["channel"]), call.record
    if place.kind not in ("public", "private"):
        raise DiscordError(50024)
    message = discord.message(place.id, call.path["message"])
    discord.need(place, may.CREATE_PUBLIC_THREADS)
    threads.check(given).raise_any()
    return shapes.channel(discord, threads.from_message(discord, message, discord.bot, given))


def create_thread(discord: DiscordServer, call: Call) -> Json:
    """In a forum a post with its first message; else a thread without a message, private unless `type` says 11."""
    place, given = discord.channel(call.path["channel"]), call.record
    if place.kind == "forum":
        return _post_in_forum(discord, call, place, given)
    if place.kind not in ("public", "private"):
        raise DiscordError(50024)
    kind = given.get("type", 12)
    problems = threads.check(given)
    if kind not in (11, 12):
        problems.add(("type",), "BASE_TYPE_CHOICES", "Value must be one of {10, 11, 12}.")
    problems.raise_any()
    discord.need(place, may.CREATE_PUBLIC_THREADS if kind == 11 else may.CREATE_PRIVATE_THREADS)
    return shapes.channel(discord, threads.alone(discord, place, discord.bot, given, kind))


def _post_in_forum(discord: DiscordServer, call: Call, place: Channel, given: Json) -> Json:
    """The thread and its first message have one id."""
    discord.need(place, may.SEND_MESSAGES)
    problems = threads.check(given)
    threads.check_tags(place, given.get("applied_tags"), problems)
    if not isinstance(given.get("message"), dict):
        problems.add(("message",), "BASE_TYPE_REQUIRED", "This field is required")
    problems.raise_any()
    told = given["message"]
    if given.get("attachments") and "attachments" not in told:
        told = told | {"attachments": given["attachments"]}
    threads.may_tag(discord, place, discord.bot, [], [str(one) for one in given.get("applied_tags") or []])
    fields = fields_of(discord, replace(call, body=told), told, place)
    made = discord.world.stamp("discord")[0]
    thread = threads.open_thread(discord, place, discord.bot, given, "thread", made)
    message = discord.world.post(thread.id, BOT, as_id=made, **fields)
    return shapes.channel(discord, thread) | {"message": shapes.message(discord, message)}


# Who is in a thread


def join(discord: DiscordServer, call: Call) -> None:
    place = _thread(discord, call)
    discord.world.join(place.id, discord.member(_account(call)).id, BOT)


def leave(discord: DiscordServer, call: Call) -> None:
    place, person = _thread(discord, call), discord.member(_account(call))
    if person.id != BOT and not (place.creator == BOT and place.kind == "private_thread"):
        discord.need(place, may.MANAGE_THREADS)
    discord.world.leave(place.id, person.id, BOT)


def thread_members(discord: DiscordServer, call: Call) -> list[Json]:
    place = _thread(discord, call)
    return [shapes.thread_member(discord, place, one) for one in place.members]


def thread_member(discord: DiscordServer, call: Call) -> Json:
    place, person = _thread(discord, call), discord.member(_account(call))
    if person.id not in place.members:
        raise DiscordError(10007)
    return shapes.thread_member(discord, place, person.id)


def _account(call: Call) -> str:
    return BOT if call.path["user"] == "@me" else call.path["user"]


def _thread(discord: DiscordServer, call: Call) -> Channel:
    place = discord.channel(call.path["channel"])
    if place.parent is None:
        raise DiscordError(50024)
    return place


def active_threads(discord: DiscordServer, call: Call) -> Json:
    found = [one for one in discord.active() if discord.sees(one)]
    return {"threads": [shapes.channel(discord, one) for one in found], "members": _own(discord, found)}


def _own(discord: DiscordServer, found: list[Channel]) -> list[Json]:
    return [shapes.thread_member(discord, one, BOT) for one in found if BOT in one.members]


def archived(discord: DiscordServer, call: Call) -> Json:
    """Public or private ones, the latest archived first; `before` is an ISO time."""
    place = discord.channel(call.path["channel"])
    discord.need(place, may.READ_MESSAGE_HISTORY)
    kind = "thread" if call.path["kind"] == "public" else "private_thread"
    if kind == "private_thread":
        discord.need(place, may.MANAGE_THREADS)
    found = [one for one in discord.world.threads_of(place.id) if one.archived and one.kind == kind]
    return _archived_page(discord, call, found)


def joined_archived(discord: DiscordServer, call: Call) -> Json:
    place = discord.channel(call.path["channel"])
    every = discord.world.threads_of(place.id)
    found = [one for one in every if one.archived and one.kind == "private_thread" and BOT in one.members]
    return _archived_page(discord, call, found)


def _archived_page(discord: DiscordServer, call: Call, found: list[Channel]) -> Json:
    def ended(one: Channel) -> str:
        return shapes.iso(float(one.traits.get("archived_at", one.created)))

    before = call.query.get("before", "")
    if before.isdigit():
        found = sorted((one for one in found if one.id < before), key=lambda one: one.id, reverse=True)
    else:
        found = sorted((one for one in found if not before or ended(one) < before), key=ended, reverse=True)
    limit = call.number("limit", 50, 1, 100)
    page = found[:limit]
    return {
        "threads": [shapes.channel(discord, one) for one in page],
        "members": _own(discord, page),
        "has_more": len(found) > limit,
    }


def open_direct(discord: DiscordServer, call: Call) -> Json:
    """The direct conversation with somebody. It opens also with who takes no messages: sending then fails."""
    person = discord.member(str(call.record.get("recipient_id", "")))
    if person.id == BOT:
        raise DiscordError(50007)
    return shapes.channel(discord, discord.direct_channel(person))


def guild_channels(discord: DiscordServer, call: Call) -> list[Json]:
    found = (one for one in discord.channels() if one.parent is None and one.kind != "im" and discord.sees(one))
    return [shapes.channel(discord, one) for one in found]


def create_channel(discord: DiscordServer, call: Call) -> Json:
    given = call.record
    if not may.in_guild(discord.world, discord.bot, GUILD) & may.MANAGE_CHANNELS:
        raise DiscordError(50013)
    problems = Problems()
    problems.length(("name",), given.get("name"), 100, 1)
    if given.get("type", 0) not in (0, 15):
        problems.add(("type",), "BASE_TYPE_CHOICES", "Value must be one of {0, 15}.")
    problems.raise_any()
    made = Channel(
        discord.world.stamp("discord")[0],
        GUILD,
        str(given["name"]),
        "forum" if given.get("type") == 15 else "public",
        [one.id for one in discord.members()],
        discord.world.clock.now(),
        BOT,
        topic=str(given.get("topic") or ""),
        traits={"overwrites": list(given.get("permission_overwrites") or [])},
    )
    if made.kind == "forum":
        made.traits["tags"] = [_tag(discord, one) for one in given.get("available_tags") or []]
    discord.world.put_channel(made, by=BOT)
    return shapes.channel(discord, made)
