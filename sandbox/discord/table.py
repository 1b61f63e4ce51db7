"""The routes of the REST interface: method, path, name (Discord's), what answers it, its rate limit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import api_channels, api_commands, api_guild, api_interactions, api_messages
from sandbox.discord.call import Call
from sandbox.discord.rates import DEFAULT, Limit

if TYPE_CHECKING:
    from sandbox.discord.server import DiscordServer

Handler = Callable[["DiscordServer", Call], Any]


@dataclass(frozen=True, slots=True)
class Row:
    """`anonymous`: the address itself is the secret, no token is asked, the global limit does not count it."""

    method: str
    pattern: re.Pattern[str]
    name: str
    handler: Handler
    limit: Limit
    status: int
    anonymous: bool


def _row(
    method: str,
    template: str,
    name: str,
    handler: Handler,
    limit: Limit = DEFAULT,
    *,
    status: int = 200,
    anonymous: bool = False,
) -> Row:
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))
    return Row(method, pattern, name, handler, limit, status, anonymous)


_SAY: Final = Limit(5, 5.0)
_REACT: Final = Limit(4, 1.0)
_HOOK: Final = Limit(5, 2.0)
_COMMANDS: Final = Limit(20, 20.0)
_ROOM: Final = "/channels/{channel}"
_SAID: Final = "/channels/{channel}/messages/{message}"
_APP: Final = "/applications/{application}/commands"
_OWN: Final = "/applications/{application}/guilds/{guild}/commands"
_TOKEN: Final = "/webhooks/{application}/{token}"  # noqa: S105 a path


def _commands(base: str, word: str) -> tuple[Row, ...]:
    one = base + "/{command}"
    return (
        _row("GET", base, f"get_{word}_application_commands", api_commands.every, _COMMANDS),
        _row("PUT", base, f"bulk_overwrite_{word}_application_commands", api_commands.overwrite, _COMMANDS),
        _row("POST", base, f"create_{word}_application_command", api_commands.create, _COMMANDS, status=201),
        _row("GET", one, f"get_{word}_application_command", api_commands.one, _COMMANDS),
        _row("PATCH", one, f"edit_{word}_application_command", api_commands.edit, _COMMANDS),
        _row("DELETE", one, f"delete_{word}_application_command", api_commands.delete, _COMMANDS),
    )


ROWS: Final = (
    _row("GET", "/gateway", "get_gateway", api_guild.gateway, anonymous=True),
    _row("GET", "/gateway/bot", "get_gateway_bot", api_guild.gateway_bot),
    _row("GET", "/users/@me", "get_current_user", api_guild.me),
    _row("GET", "/users/@me/guilds", "get_current_user_guilds", api_guild.my_guilds),
    _row("POST", "/users/@me/channels", "create_dm", api_channels.open_direct),
    _row("GET", "/users/{user}", "get_user", api_guild.user),
    _row("GET", "/oauth2/applications/@me", "get_current_application", api_guild.application),
    _row("GET", "/applications/@me", "get_current_application", api_guild.application),
    _row("GET", "/guilds/{guild}", "get_guild", api_guild.guild),
    _row("GET", "/guilds/{guild}/roles", "get_guild_roles", api_guild.roles),
    _row("GET", "/guilds/{guild}/channels", "get_guild_channels", api_channels.guild_channels),
    _row("POST", "/guilds/{guild}/channels", "create_guild_channel", api_channels.create_channel, status=201),
    _row("GET", "/guilds/{guild}/threads/active", "list_active_guild_threads", api_channels.active_threads),
    _row("GET", "/guilds/{guild}/members", "list_guild_members", api_guild.members),
    _row("GET", "/guilds/{guild}/members/search", "search_guild_members", api_guild.search_members),
    _row("GET", "/guilds/{guild}/members/{user}", "get_guild_member", api_guild.member),
    _row("GET", _ROOM, "get_channel", api_channels.get),
    _row("PATCH", _ROOM, "modify_channel", api_channels.modify, Limit(10, 15.0)),
    _row("DELETE", _ROOM, "delete_channel", api_channels.delete),
    _row("GET", f"{_ROOM}/messages", "get_channel_messages", api_messages.history, Limit(5, 1.0)),
    _row("POST", f"{_ROOM}/messages", "create_message", api_messages.create, _SAY),
    _row("POST", f"{_ROOM}/typing", "trigger_typing_indicator", api_messages.typing, _SAY, status=204),
    _row("GET", _SAID, "get_channel_message", api_messages.get, Limit(10, 5.0)),
    _row("PATCH", _SAID, "edit_message", api_messages.edit, _SAY),
    _row("DELETE", _SAID, "delete_message", api_messages.delete, _SAY, status=204),
    _row("PUT", f"{_SAID}/reactions/{{emoji}}/@me", "create_reaction", api_messages.react, _REACT, status=204),
    _row(
        "DELETE", f"{_SAID}/reactions/{{emoji}}/{{user}}", "delete_reaction", api_messages.unreact, _REACT, status=204
    ),
    _row("GET", f"{_SAID}/reactions/{{emoji}}", "get_reactions", api_messages.reactors),
    _row("POST", f"{_SAID}/threads", "start_thread_from_message", api_channels.from_message, status=201),
    _row("POST", f"{_ROOM}/threads", "start_thread", api_channels.create_thread, status=201),
    _row("GET", f"{_ROOM}/threads/archived/{{kind}}", "list_archived_threads", api_channels.archived),
    _row("GET", f"{_ROOM}/users/@me/threads/archived/private", "list_joined", api_channels.joined_archived),
    _row("GET", f"{_ROOM}/thread-members", "list_thread_members", api_channels.thread_members),
    _row("GET", f"{_ROOM}/thread-members/{{user}}", "get_thread_member", api_channels.thread_member),
    _row("PUT", f"{_ROOM}/thread-members/{{user}}", "add_thread_member", api_channels.join, status=204),
    _row("DELETE", f"{_ROOM}/thread-members/{{user}}", "remove_thread_member", api_channels.leave, status=204),
    *_commands(_APP, "global"),
    *_commands(_OWN, "guild"),
    _row(
        "POST",
        "/interactions/{interaction}/{token}/callback",
        "create_interaction_response",
        api_interactions.callback,
        Limit(1000, 1.0),
        anonymous=True,
    ),
    _row("POST", _TOKEN, "create_followup_message", api_interactions.follow_up, _HOOK, anonymous=True),
    _row("GET", f"{_TOKEN}/messages/{{message}}", "get_followup", api_interactions.get, _HOOK, anonymous=True),
    _row("PATCH", f"{_TOKEN}/messages/{{message}}", "edit_followup", api_interactions.edit, _HOOK, anonymous=True),
    _row(
        "DELETE",
        f"{_TOKEN}/messages/{{message}}",
        "delete_followup",
        api_interactions.delete,
        _HOOK,
        status=204,
        anonymous=True,
    ),
)


def match(method: str, path: str) -> tuple[Row, dict[str, str]] | None:
    for row in ROWS:
        if row.method == method and (found := row.pattern.fullmatch(path)):
            return row, found.groupdict()
    return None
