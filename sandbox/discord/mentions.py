"""Who a text mentions, and whom of them the sender allowed to be notified (`allowed_mentions`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import permissions as may
from sandbox.discord.errors import Problems
from sandbox.discord.seed import BOT, GUILD
from sandbox.model import Channel, Message, Person
from sandbox.world import World

if TYPE_CHECKING:
    from sandbox.discord.server import DiscordServer

Json = dict[str, Any]

_USER: Final = re.compile(r"<@!?(\d+)>")
_ROLE: Final = re.compile(r"<@&(\d+)>")
_TYPED: Final = re.compile(r"(?<![\w<])@([\w.]+(?: [\w.]+)?)")
_PLACE: Final = re.compile(r"(?<![\w<])#([\w-]+)")


def texts(message_text: str, blocks: list[Json]) -> str:
    """The content, and what V2 text displays say."""
    parts = [message_text]
    pending = list(blocks)
    while pending:
        one = pending.pop(0)
        if one.get("type") == 10:
            parts.append(str(one.get("content", "")))
        pending += one.get("components") or []
    return "\n".join(parts)


def checked(allowed: Any, problems: Problems) -> Json | None:
    """None: not given, everything notifies."""
    if allowed is None:
        return None
    if not isinstance(allowed, dict):
        problems.add(("allowed_mentions",), "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return None
    parse = allowed.get("parse") or []
    for place, one in enumerate(parse):
        if one not in ("roles", "users", "everyone"):
            text = "Value must be one of {'users', 'everyone', 'roles'}."
            problems.add(("allowed_mentions", "parse", place), "BASE_TYPE_CHOICES", text)
    for name in ("users", "roles"):
        if name in parse and allowed.get(name):
            text = f'parse:["{name}"] and {name}: [ids...] are mutually exclusive.'
            problems.add(("allowed_mentions",), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", text)
        if len(allowed.get(name) or []) > 100:
            problems.add(("allowed_mentions", name), "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
    return allowed


def notified(discord: DiscordServer, author: Person, place: Channel, text: str, allowed: Json | None) -> Json:
    """What a new message notes of its mentions: `users`, `roles`, `everyone`."""
    world = discord.world
    parse = ["users", "roles", "everyone"] if allowed is None else allowed.get("parse") or []
    chosen = {name: {str(one) for one in (allowed or {}).get(name) or []} for name in ("users", "roles")}
    users = [
        person.id
        for account in dict.fromkeys(_USER.findall(text))
        if (person := world.find_person(account)) is not None and ("users" in parse or account in chosen["users"])
    ]
    loud = bool(may.in_channel(world, author, place) & may.MENTION_EVERYONE)
    roles = [
        role_id
        for role_id in dict.fromkeys(_ROLE.findall(text))
        if (role := world.usergroups.get(role_id)) is not None
        and ("roles" in parse or role_id in chosen["roles"])
        and (loud or role.traits.get("mentionable"))
    ]
    everyone = loud and "everyone" in parse and ("@everyone" in text or "@here" in text)
    return {"users": users, "roles": roles, "everyone": everyone}


def concerns_bot(world: World, message: Message) -> bool:
    """Whether the app may read it without the message content intent: its own, or one that mentions it."""
    noted = message.traits.get("mentions") or {}
    return message.author == BOT or BOT in noted.get("users", [])


def typed(world: World, text: str) -> str:
    """What people type, with `@Bo Lind` and `#help` as Discord's clients send them."""

    def person(found: re.Match[str]) -> str:
        whole = found.group(1)
        for name in dict.fromkeys((whole, whole.partition(" ")[0])):
            rest = whole[len(name) :]
            for one in world.people.values():
                if world.belongs(one, GUILD) and name.lower() in (one.handle.lower(), one.name.lower()):
                    return f"<@{may.account(one)}>{rest}"
            for role in world.usergroups.values():
                if role.workspace == GUILD and name.lower() == role.name.lower():
                    return f"<@&{role.id}>{rest}"
        return found.group()

    def place(found: re.Match[str]) -> str:
        for one in world.channels.values():
            if one.workspace == GUILD and one.kind != "im" and one.name == found.group(1):
                return f"<#{one.id}>"
        return found.group()

    return _PLACE.sub(place, _TYPED.sub(person, text))
