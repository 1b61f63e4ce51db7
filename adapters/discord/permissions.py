"""What the desk may do where, and what it needs (https://docs.discord.com/developers/topics/permissions)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from adapters.discord.payloads import Payload, maybe, sequence

NAMES: Final[Mapping[str, int]] = {
    "View Channel": 1 << 10,
    "Send Messages": 1 << 11,
    "Attach Files": 1 << 15,
    "Read Message History": 1 << 16,
    "Manage Channels": 1 << 4,
    "Manage Threads": 1 << 34,
    "Create Public Threads": 1 << 35,
    "Create Private Threads": 1 << 36,
    "Send Messages in Threads": 1 << 38,
}
ADMINISTRATOR: Final = 1 << 3
_EVERYWHERE: Final = (
    "View Channel",
    "Send Messages",
    "Send Messages in Threads",
    "Read Message History",
    "Attach Files",
    "Manage Threads",
)
TEXT: Final = (*_EVERYWHERE, "Create Public Threads")
FORM: Final = (*TEXT, "Create Private Threads")
FORUM: Final = _EVERYWHERE
# To make the tags that a forum lacks; with the tags there, nothing needs it.
FORUM_TAGS: Final = "Manage Channels"


def bits(names: Iterable[str]) -> int:
    out = 0
    for name in names:
        out |= NAMES[name]
    return out


def invitation(application: str, names: Iterable[str]) -> str:
    """The address at which a server's owner lets the desk in."""
    scope = "bot%20applications.commands"
    return f"https://discord.com/oauth2/authorize?client_id={application}&permissions={bits(names)}&scope={scope}"


def held(guild: Payload, member: Payload, channel: Payload) -> int:
    """The bits that a member has in a channel: those of their roles, then the channel's overwrites for everyone, for
    their roles, for themselves."""
    everyone, user = maybe(guild, "id") or "", maybe(member, "user", "id") or ""
    roles = {str(one) for one in sequence(member, "roles")}
    granted = 0
    for role in sequence(guild, "roles"):
        if role["id"] == everyone or role["id"] in roles:
            granted |= int(role["permissions"])
    if granted & ADMINISTRATOR or maybe(guild, "owner_id") == user:
        return ~0
    rules = sequence(channel, "permission_overwrites")
    for chosen in (
        [one for one in rules if one["id"] == everyone],
        [one for one in rules if one["id"] in roles],
        [one for one in rules if one["id"] == user],
    ):
        granted = _overwritten(granted, chosen)
    return granted


def everyone_reads(guild: Payload, channel: Payload) -> bool:
    return bool(held({**guild, "owner_id": None}, {}, channel) & NAMES["View Channel"])


def _overwritten(granted: int, rules: Iterable[Any]) -> int:
    deny = allow = 0
    for one in rules:
        deny |= int(one["deny"])
        allow |= int(one["allow"])
    return (granted & ~deny) | allow
