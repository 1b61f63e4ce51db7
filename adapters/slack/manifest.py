"""The Slack app that the desk needs (https://docs.slack.dev/reference/app-manifest): what it hears, what it may do,
what people find in Slack's menus. Generated, so that it asks for nothing that is not used."""

from typing import Any, Final

from adapters.slack.inbound import event_names
from core.language.commands import VERBS

COMMAND: Final = "/ticket"

# Each with what needs it.
SCOPES: Final = (
    "app_mentions:read",  # app_mention
    "channels:history",  # message.channels, catching up
    "channels:read",  # joined, left, archived, renamed
    "chat:write",
    "chat:write.customize",  # an agent's name on a reply to a customer
    "commands",
    "files:read",  # attachments are copied at once
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "reactions:read",
    "usergroups:read",  # who is in a group of agents
    "users:read",
    "users:read.email",
)
# Not reactions:write: the desk reads reactions and puts none. With it the gateway's `react` and `unreact` work, too.
# connections:write is granted to the app-level token (xapp-…), not here.


def manifest(desk_name: str, request_url: str | None, socket_mode: bool) -> dict[str, Any]:
    """For "Create an app from a manifest". `request_url` is where the desk's `/slack/events` is reached from outside;
    Socket Mode needs none."""
    address = {} if socket_mode or request_url is None else {"request_url": request_url}
    command: dict[str, Any] = {
        "command": COMMAND,
        "description": "Open a ticket or work on one",
        "usage_hint": _hint(),
        "should_escape": False,
    }
    if address:
        command["url"] = request_url
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": desk_name[:35],
            "description": "Support tickets where your customers already write",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": desk_name[:80], "always_online": True},
            "shortcuts": [
                _shortcut("open_ticket", "Open ticket", "Make a ticket of this message"),
                _shortcut("send_to_customer", "Send to customer", "Send this message as the answer to the customer"),
            ],
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**address, "bot_events": sorted(event_names())},
            "interactivity": {"is_enabled": True, **address},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }


def _shortcut(callback: str, name: str, description: str) -> dict[str, str]:
    return {"name": name, "type": "message", "callback_id": callback, "description": description}


def _hint() -> str:
    """The first verbs' usage; Slack takes 1,000 characters, people read far fewer."""
    return " | ".join(verb.usage for verb in VERBS if verb.name in ("open", "mine", "show", "claim", "help"))
