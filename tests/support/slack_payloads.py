"""Payloads as Slack sends them, to be changed by a test."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.slack import inbound
from adapters.slack.payloads import Me
from core.language.events import Inbound

ME = Me("main", team="T0ACME", user="U0DESK", bot="B0DESK")
APP = "A0DESK"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TS = "1795178400.000100"
ROOT = "1795178000.000100"

Json = dict[str, Any]


def read(payload: Mapping[str, Any]) -> Inbound | None:
    return inbound.read(payload, ME, NOW)


def envelope(event: Json, **more: Any) -> Json:
    return {
        "token": "secret",
        "team_id": "T0ACME",
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": "Ev1",
        "event_time": 1795178400,
        "authorizations": [{"team_id": "T0ACME", "user_id": "U0DESK", "is_bot": True}],
        **more,
    }


def message(**more: Any) -> Json:
    event = {
        "type": "message",
        "channel": "C0GLOBEX",
        "channel_type": "channel",
        "user": "U0ANN",
        "text": "Our export fails",
        "ts": TS,
        "event_ts": TS,
        "team": "T0ACME",
        "client_msg_id": "c-1",
    }
    return envelope({**event, **more})


def changed(before: Json | None, after: Json, **more: Any) -> Json:
    event: Json = {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": "C0GLOBEX",
        "channel_type": "channel",
        "ts": "1795178500.000100",
        "event_ts": "1795178500.000100",
        "message": {"type": "message", "user": "U0ANN", "ts": TS, **after},
        **more,
    }
    if before is not None:
        event["previous_message"] = {"type": "message", "user": "U0ANN", "ts": TS, **before}
    return envelope(event)


def reaction(**more: Any) -> Json:
    event = {
        "type": "reaction_added",
        "user": "U0BO",
        "reaction": "eyes",
        "item": {"type": "message", "channel": "C0GLOBEX", "ts": TS},
        "item_user": "U0ANN",
        "event_ts": "1795178600.000100",
    }
    return envelope({**event, **more})


def command(**more: Any) -> Json:
    payload = {
        "token": "secret",
        "team_id": "T0ACME",
        "channel_id": "C0TRIAGE",
        "user_id": "U0BO",
        "command": "/ticket",
        "text": "claim 12",
        "response_url": "https://hooks.slack.com/commands/1",
        "trigger_id": "1.2.abc",
    }
    return {**payload, **more}


def press(action: Json | None = None, **more: Any) -> Json:
    payload: Json = {
        "type": "block_actions",
        "token": "secret",
        "user": {"id": "U0BO", "team_id": "T0ACME"},
        "api_app_id": APP,
        "trigger_id": "1.2.abc",
        "response_url": "https://hooks.slack.com/actions/1",
        "team": {"id": "T0ACME"},
        "channel": {"id": "C0TRIAGE", "name": "triage"},
        "container": {"type": "message", "message_ts": TS, "channel_id": "C0TRIAGE", "is_ephemeral": False},
        "message": {"type": "message", "ts": TS, "user": "U0DESK", "text": "T-12"},
        "actions": [
            {
                "type": "button",
                "action_id": "claim:12",
                "block_id": "b-1",
                "action_ts": "1795178700.5",
                **(action or {}),
            }
        ],
    }
    return {**payload, **more}


def submission(**more: Any) -> Json:
    payload: Json = {
        "type": "view_submission",
        "token": "secret",
        "user": {"id": "U0BO", "team_id": "T0ACME"},
        "trigger_id": "1.3.abc",
        "team": {"id": "T0ACME"},
        "view": {
            "id": "V1",
            "type": "modal",
            "callback_id": "form",
            "private_metadata": "reply:12\nC0TRIAGE\n" + TS,
            "blocks": [{"type": "input", "block_id": "text"}, {"type": "input", "block_id": "then"}],
            "state": {
                "values": {
                    "text": {"value": {"type": "plain_text_input", "value": "We are on it"}},
                    "then": {"value": {"type": "static_select", "selected_option": {"value": "open"}}},
                    "also": {"value": {"type": "plain_text_input", "value": None}},
                }
            },
        },
    }
    return {**payload, **more}


def shortcut(**more: Any) -> Json:
    payload = {
        "type": "message_action",
        "callback_id": "open_ticket",
        "token": "secret",
        "user": {"id": "U0BO", "team_id": "T0ACME"},
        "trigger_id": "1.4.abc",
        "response_url": "https://hooks.slack.com/app/1",
        "team": {"id": "T0ACME"},
        "channel": {"id": "C0GLOBEX", "name": "globex"},
        "message_ts": TS,
        "action_ts": "1795178800.5",
        "message": {"type": "message", "user": "U0ANN", "ts": TS, "thread_ts": ROOT, "text": "It is still broken"},
    }
    return {**payload, **more}


def question(**more: Any) -> Json:
    payload = {
        "type": "block_suggestion",
        "user": {"id": "U0BO", "team_id": "T0ACME"},
        "action_id": "assignee:12",
        "block_id": "b-1",
        "value": "mi",
        "team": {"id": "T0ACME"},
    }
    return {**payload, **more}


def samples() -> list[Json]:
    """One of each kind that becomes an event."""
    event: Json = {"event_ts": TS, "channel": "C0GLOBEX"}
    return [
        message(),
        message(type="app_mention", text="<@U0DESK> open"),
        message(
            subtype="file_share",
            files=[{"id": "F1", "name": "a.png", "size": 3, "url_private": "https://files.slack.com/1"}],
        ),
        message(thread_ts=ROOT, subtype="thread_broadcast"),
        changed({"text": "a"}, {"text": "b", "edited": {"user": "U0ANN", "ts": "1795178450.000100"}}),
        changed({"text": "a"}, {"subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted."}),
        envelope(
            {"type": "message", "subtype": "message_deleted", "channel": "C0GLOBEX", "deleted_ts": TS, "event_ts": TS}
        ),
        reaction(),
        reaction(type="reaction_removed"),
        envelope({"type": "app_home_opened", "user": "U0BO", "tab": "home", **event}),
        envelope({"type": "member_joined_channel", "user": "U0DESK", **event}),
        envelope({"type": "channel_left", "actor_id": "U0MIA", **event}),
        envelope({"type": "channel_rename", "event_ts": TS, "channel": {"id": "C0GLOBEX", "name": "globex"}}),
        envelope({"type": "user_change", "user": {"id": "U0BO"}, "event_ts": TS}),
        envelope({"type": "subteam_updated", "subteam": {"id": "S0AGENTS"}, "event_ts": TS}),
        envelope({"type": "subteam_members_changed", "subteam_id": "S0AGENTS", "event_ts": TS}),
        envelope({"type": "app_uninstalled"}),
        envelope({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0DESK"]}}),
        command(),
        press(),
        submission(),
        shortcut(),
        question(),
    ]
