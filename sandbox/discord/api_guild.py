"""The app itself, the server and its people. Source: docs.discord.com, Resources, Guild, User, Application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.discord import permissions as may
from sandbox.discord import shapes
from sandbox.discord.call import Call
from sandbox.discord.errors import DiscordError
from sandbox.discord.gateway import DAY, SESSIONS_A_DAY
from sandbox.discord.seed import BOT, GUILD
from sandbox.model import Person

if TYPE_CHECKING:
    from sandbox.discord.server import DiscordServer

Json = dict[str, Any]


def me(discord: DiscordServer, call: Call) -> Json:
    return shapes.user(discord.bot) | {"verified": True, "email": None, "mfa_enabled": False, "flags": 0}


def application(discord: DiscordServer, call: Call) -> Json:
    return shapes.application(discord)


def gateway(discord: DiscordServer, call: Call) -> Json:
    return {"url": discord.gateway_url(call.host)}


def gateway_bot(discord: DiscordServer, call: Call) -> Json:
    left = discord.gateway.sessions_left()
    limit = {"total": SESSIONS_A_DAY, "remaining": left, "reset_after": round(DAY * 1000), "max_concurrency": 1}
    return {"url": discord.gateway_url(call.host), "shards": 1, "session_start_limit": limit}


def my_guilds(discord: DiscordServer, call: Call) -> list[Json]:
    guild = shapes.guild(discord)
    bits = may.in_guild(discord.world, discord.bot, GUILD)
    picked = {name: guild[name] for name in ("id", "name", "icon", "banner", "features")}
    return [picked | {"owner": False, "permissions": str(bits)}]


def user(discord: DiscordServer, call: Call) -> Json:
    return shapes.user(discord.member(call.path["user"]))


def _guild(call: Call) -> None:
    if call.path["guild"] != GUILD:
        raise DiscordError(10004)


def guild(discord: DiscordServer, call: Call) -> Json:
    _guild(call)
    return shapes.guild(discord)


def roles(discord: DiscordServer, call: Call) -> list[Json]:
    _guild(call)
    return [shapes.role(one) for one in discord.roles()]


def _member(discord: DiscordServer, call: Call) -> Person:
    _guild(call)
    person = discord.world.find_person(BOT if call.path["user"] == "@me" else call.path["user"])
    if person is None or not discord.world.belongs(person, GUILD) or person.deleted:
        raise DiscordError(10007)
    return person


def member(discord: DiscordServer, call: Call) -> Json:
    return shapes.full_member(discord, _member(discord, call))


def members(discord: DiscordServer, call: Call) -> list[Json]:
    """The whole list wants the members intent to be switched on for the app (50001)."""
    _guild(call)
    if discord.refused_intents & 2:
        raise DiscordError(50001)
    after = call.query.get("after", "0").zfill(19)
    found = sorted((one for one in discord.members() if may.account(one) > after), key=may.account)
    return [shapes.full_member(discord, one) for one in found[: call.number("limit", 1, 1, 1000)]]


def search_members(discord: DiscordServer, call: Call) -> list[Json]:
    _guild(call)
    query = call.query.get("query", "").lower()
    found = [one for one in discord.members() if query in one.name.lower() or query in one.handle.lower()]
    return [shapes.full_member(discord, one) for one in found[: call.number("limit", 1, 1, 1000)]]
