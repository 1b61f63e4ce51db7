"""Registering application commands, for the server or for the app everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.discord import commands
from sandbox.discord.call import Call
from sandbox.discord.errors import DiscordError
from sandbox.discord.seed import BOT, GUILD

if TYPE_CHECKING:
    from sandbox.discord.server import DiscordServer

Json = dict[str, Any]


def _guild(call: Call) -> str:
    """Empty for the app's own commands."""
    if call.path["application"] != BOT:
        raise DiscordError(10002)
    guild = call.path.get("guild", "")
    if guild not in ("", GUILD):
        raise DiscordError(50001)
    return guild


def every(discord: DiscordServer, call: Call) -> list[Json]:
    return commands.kept(discord, _guild(call))


def overwrite(discord: DiscordServer, call: Call) -> list[Json]:
    """All at once; one of the same name and kind keeps its id."""
    guild = _guild(call)
    before = {(one["type"], one["name"]): one for one in commands.kept(discord, guild)}
    given = commands.check_all(call.body)
    made = [commands.checked(discord, one, guild, before.get((one.get("type", 1), one["name"]))) for one in given]
    commands.keep(discord, guild, made)
    return made


def create(discord: DiscordServer, call: Call) -> Json:
    """Takes the place of one of the same name and kind."""
    guild, given = _guild(call), call.record
    rows = commands.kept(discord, guild)
    key = (given.get("type", 1), given.get("name"))
    before = next((one for one in rows if (one["type"], one["name"]) == key), None)
    made = commands.checked(discord, given, guild, before)
    rest = [one for one in rows if one is not before]
    if sum(1 for one in rest if one["type"] == made["type"]) >= commands.MOST[made["type"]]:
        raise DiscordError(30032)
    commands.keep(discord, guild, [*rest, made])
    return made


def one(discord: DiscordServer, call: Call) -> Json:
    return _found(discord, call)


def _found(discord: DiscordServer, call: Call) -> Json:
    rows = commands.kept(discord, _guild(call))
    found = next((each for each in rows if each["id"] == call.path["command"]), None)
    if found is None:
        raise DiscordError(10063)
    return found


def edit(discord: DiscordServer, call: Call) -> Json:
    guild, before = _guild(call), _found(discord, call)
    made = commands.checked(discord, before | call.record, guild, before)
    commands.keep(
        discord, guild, [made if each["id"] == made["id"] else each for each in commands.kept(discord, guild)]
    )
    return made


def delete(discord: DiscordServer, call: Call) -> None:
    guild, gone = _guild(call), _found(discord, call)
    commands.keep(discord, guild, [each for each in commands.kept(discord, guild) if each["id"] != gone["id"]])
