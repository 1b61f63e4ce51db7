"""The app asks for what it uses, and for nothing else."""

import re
from pathlib import Path

from adapters.slack.inbound import event_names
from adapters.slack.manifest import SCOPES, manifest
from core.language.commands import VERBS

ADAPTER = Path(__file__).parents[2] / "adapters" / "slack"

# What each method that the adapter calls needs: https://docs.slack.dev/reference/methods. With channel ids of any
# kind, history needs the scope of each kind.
_HISTORY = {"channels:history", "groups:history", "im:history"}
_NEEDS: dict[str, set[str]] = {
    "apps_connections_open": set(),
    "auth_test": set(),
    "chat_delete": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write", "chat:write.customize"},
    "chat_update": {"chat:write"},
    "conversations_history": _HISTORY,
    "conversations_info": {"channels:read", "groups:read"},
    "conversations_open": {"im:write"},
    "conversations_replies": _HISTORY,
    "files_completeUploadExternal": {"files:write"},
    "files_getUploadURLExternal": {"files:write"},
    "files_info": {"files:read"},
    "reactions_add": {"reactions:write"},
    "reactions_get": {"reactions:read"},
    "reactions_remove": {"reactions:write"},
    "usergroups_users_list": {"usergroups:read"},
    "users_info": {"users:read", "users:read.email"},
    "views_open": set(),
    "views_publish": set(),
    "views_push": set(),
}
# Nothing in the desk asks for these effects; an app that is to have them needs a scope more.
_NEVER_ASKED_FOR = {"reactions_add", "reactions_remove"}
_EVENTS_NEED: dict[str, set[str]] = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set(),
    "channel_": {"channels:read"},
    "group_": {"groups:read"},
    "member_": {"channels:read", "groups:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "reaction_": {"reactions:read"},
    "subteam_": {"usergroups:read"},
    "tokens_revoked": set(),
    "user_change": {"users:read"},
}


def called() -> set[str]:
    return {
        name
        for module in ADAPTER.glob("*.py")
        for name in re.findall(r"(?<!sdk\.)\bweb\.([a-z]+_\w+)", module.read_text("utf-8"))
    }


def test_the_scopes_are_those_of_the_methods_and_events_that_are_used() -> None:
    assert called() == set(_NEEDS)
    needed = {"commands"}.union(*(scopes for name, scopes in _NEEDS.items() if name not in _NEVER_ASKED_FOR))
    for event in event_names():
        (scopes,) = [scopes for prefix, scopes in _EVENTS_NEED.items() if event.startswith(prefix)]
        needed |= scopes
    assert set(SCOPES) == needed


def test_what_people_find() -> None:
    made = manifest("Acme Support", None, socket_mode=True)
    features = made["features"]
    (command,) = features["slash_commands"]
    assert command["command"] == "/ticket"
    assert VERBS[0].usage in command["usage_hint"]
    assert [one["callback_id"] for one in features["shortcuts"]] == ["open_ticket", "send_to_customer"]
    assert all(one["type"] == "message" and len(one["name"]) <= 24 for one in features["shortcuts"])
    assert made["display_information"]["name"] == "Acme Support"


def test_socket_mode_needs_no_address_and_http_has_one_everywhere() -> None:
    over_socket = manifest("Desk", None, socket_mode=True)
    assert over_socket["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in str(over_socket)
    address = "https://desk.example/slack/events"
    over_http = manifest("Desk", address, socket_mode=False)
    assert over_http["settings"]["socket_mode_enabled"] is False
    assert over_http["settings"]["event_subscriptions"]["request_url"] == address
    assert over_http["settings"]["interactivity"]["request_url"] == address
    assert over_http["features"]["slash_commands"][0]["url"] == address


def test_a_long_name_is_cut_to_what_slack_takes() -> None:
    made = manifest("x" * 200, None, socket_mode=True)
    assert len(made["display_information"]["name"]) == 35
    assert len(made["features"]["bot_user"]["display_name"]) == 80
