"""The app's manifest: which scopes it has, which events it hears, which commands and shortcuts people find."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

EVENT_SCOPES: Final = {
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "message.mpim": ("mpim:history",),
    "app_mention": ("app_mentions:read",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "member_left_channel": ("channels:read", "groups:read"),
    "channel_archive": ("channels:read",),
    "channel_unarchive": ("channels:read",),
    "channel_deleted": ("channels:read",),
    "channel_rename": ("channels:read",),
    "group_archive": ("groups:read",),
    "group_unarchive": ("groups:read",),
    "group_deleted": ("groups:read",),
    "user_change": ("users:read",),
}
"""Without one of these scopes Slack does not deliver that event."""


class BadManifest(ValueError):
    """The file is no app manifest; the text says why."""


@dataclass(frozen=True, slots=True)
class Command:
    """`name` begins with a slash. `escape`: names typed in its text reach the app as ids."""

    name: str
    description: str
    usage_hint: str
    escape: bool = False


@dataclass(frozen=True, slots=True)
class Shortcut:
    """`kind` is `message` or `global`."""

    kind: str
    callback_id: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`open` is the generous one used without a file: every scope, every event, any command and any shortcut."""

    name: str
    scopes: frozenset[str]
    events: frozenset[str]
    commands: tuple[Command, ...]
    shortcuts: tuple[Shortcut, ...]
    interactive: bool
    home_tab: bool
    messages_tab: bool
    open: bool = False

    def grants(self, *scopes: str) -> bool:
        """Whether it has at least one of these scopes."""
        return self.open or any(scope in self.scopes for scope in scopes)

    def hears(self, event: str) -> bool:
        if self.open:
            return True
        return event in self.events and (event not in EVENT_SCOPES or self.grants(*EVENT_SCOPES[event]))

    def command(self, name: str) -> bool:
        return self.open or any(command.name == name for command in self.commands)

    def escapes(self, name: str) -> bool:
        return any(command.name == name and command.escape for command in self.commands)

    def shortcut(self, kind: str, callback_id: str) -> bool:
        return self.open or any(one.kind == kind and one.callback_id == callback_id for one in self.shortcuts)


GENEROUS: Final = Manifest(
    name="Desk",
    scopes=frozenset(),
    events=frozenset(),
    commands=(Command("/ticket", "Work with tickets", "[command]"),),
    shortcuts=(),
    interactive=True,
    home_tab=True,
    messages_tab=True,
    open=True,
)


def read_manifest(path: Path | None) -> Manifest:
    """The manifest in that file, or the generous one. Raises `BadManifest`."""
    if path is None:
        return GENEROUS
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return _parsed(raw)
    except OSError as error:
        raise BadManifest(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadManifest(f"{path}: {error}") from error


def _parsed(raw: dict[str, Any]) -> Manifest:
    features = raw.get("features", {})
    settings = raw.get("settings", {})
    home = features.get("app_home", {})
    return Manifest(
        name=raw.get("display_information", {}).get("name", "App"),
        scopes=frozenset(raw["oauth_config"]["scopes"].get("bot", [])),
        events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", [])),
        commands=tuple(
            Command(
                one["command"], one.get("description", ""), one.get("usage_hint", ""), bool(one.get("should_escape"))
            )
            for one in features.get("slash_commands", [])
        ),
        shortcuts=tuple(
            Shortcut(one["type"], one["callback_id"], one["name"], one.get("description", ""))
            for one in features.get("shortcuts", [])
        ),
        interactive=bool(settings.get("interactivity", {}).get("is_enabled", False)),
        home_tab=bool(home.get("home_tab_enabled", False)),
        messages_tab=bool(home.get("messages_tab_enabled", False)),
    )
