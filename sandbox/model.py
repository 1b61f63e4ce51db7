"""What the sandbox's world consists of: people, places and what was said, with nothing of one platform in it.

Ids are the platform's own (`U0ANN`, `C0TRIAGE`, Slack's `1700000000.000100`, Discord's snowflakes) and opaque here.
Objects are mutable and belong to `World`: change them through its methods only, which keep the indexes and tell the
change feed. A place is on the platform of its workspace. `traits` hold what one platform alone knows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Platform = Literal["slack", "discord"]
Role = Literal["customer", "agent", "manager", "app"]
ChannelKind = Literal["public", "private", "im", "forum", "thread", "private_thread"]


@dataclass(slots=True)
class Workspace:
    """A Slack workspace or a Discord server. `traits` of a server: the commands that the app registered."""

    id: str
    platform: Platform
    name: str
    domain: str
    traits: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Person:
    """Someone who can write, a bot's user included (`role == "app"`, then `bot` and `app` are set).

    `workspace` is the one they belong to; a customer of a shared channel belongs to another than the channel.
    `traits` holds the platform's own flags (`is_restricted`, `is_stranger`, `user_not_visible`, …). `accounts` maps
    another platform to the id that they have there; on the platform of their workspace it is `id`.
    """

    id: str
    workspace: str
    handle: str
    name: str
    role: Role
    organisation: str
    email: str | None = None
    timezone: str = "Europe/Berlin"
    title: str = ""
    bot: str | None = None
    app: str | None = None
    deleted: bool = False
    traits: dict[str, Any] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Usergroup:
    """A user group, or a Discord role (`traits`: `permissions` as bits, `position`, `color`, `managed`)."""

    id: str
    workspace: str
    handle: str
    name: str
    members: list[str] = field(default_factory=list)
    disabled: bool = False
    traits: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Channel:
    """A place to talk in. `shared_with` names the other workspaces of a shared (Slack Connect) channel.

    `parent` is the channel of a Discord thread, which is a place of its own. `traits`: a thread's `locked`,
    `auto_archive` (minutes), `archived_at`, `tags`; a forum's `tags`; a channel's `overwrites` of permissions.
    """

    id: str
    workspace: str
    name: str
    kind: ChannelKind
    members: list[str]
    created: float
    creator: str
    shared_with: list[str] = field(default_factory=list)
    archived: bool = False
    topic: str = ""
    purpose: str = ""
    parent: str | None = None
    traits: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edit:
    by: str
    at: str
    """Id-like time of the edit (Slack's `edited.ts`)."""


@dataclass(slots=True)
class Message:
    """One utterance.

    `id` orders messages within a channel (Slack's ts). `thread` is the id of the root message, None at the top level
    and on a root itself. `text` is the platform's own markup (for Slack: escaped mrkdwn). `blocks` is the platform's
    layout (Block Kit, Components V2) as the app sent it; what people write has none. `only_for` makes it an ephemeral.
    `attachments` are Slack's, or Discord's embeds. `traits`: Discord's `type`, `flags`, `mentions`, `reference`, ….
    `reactions` maps a name (Discord: the emoji itself) to the people in the order in which they reacted. `deleted`
    marks the stand-in that stays where a message with replies was deleted. `subtype` is the platform's word for a
    special message (`channel_join`).
    """

    id: str
    channel: str
    author: str
    at: float
    text: str
    thread: str | None = None
    broadcast: bool = False
    blocks: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    files: list[str] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    edited: Edit | None = None
    nonce: str | None = None
    """What the sender called it (Slack's `client_msg_id`)."""
    username: str | None = None
    """A name the app chose for this message, with `icon` beside it."""
    icon: dict[str, str] | None = None
    subtype: str | None = None
    deleted: bool = False
    only_for: str | None = None
    traits: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Form:
    """A modal that a person has open, or their App Home. `payload` is what the app sent (blocks, title, …).

    `hash` changes with each update. `state` holds what the person entered so far, as the platform names it
    (block id -> action id -> value). `errors` maps a block id to the text under that field; the key `""` is about the
    whole form. `root` and `previous` are ids of forms below this one in the stack.
    """

    id: str
    person: str
    kind: Literal["modal", "home"]
    payload: dict[str, Any]
    hash: str
    root: str
    previous: str | None = None
    state: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
    """Where it was opened from: `channel`, `message` (may be empty); `platform` where that is Discord."""


@dataclass(slots=True)
class File:
    """An uploaded file's facts. The bytes lie beside the world, under the same id (`Sandbox.files`)."""

    id: str
    owner: str
    name: str
    title: str
    mimetype: str
    size: int
    at: float
    channels: list[str] = field(default_factory=list)
    deleted: bool = False
