"""The Web API's methods: what each does, how often it may be called, which scope it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sandbox.slack import (
    api_chat,
    api_conversations,
    api_files,
    api_people,
    api_reactions,
    api_views,
)
from sandbox.slack.args import Args
from sandbox.slack.server import SlackServer


@dataclass(frozen=True, slots=True)
class Method:
    """`tier` None: no limit worth keeping (or one of its own). `scopes`: one of them is needed."""

    call: Callable[[SlackServer, Args], dict[str, Any]]
    tier: int | None
    scopes: tuple[str, ...] = ()
    app_token: bool = False
    anonymous: bool = False


METHODS: Final[dict[str, Method]] = {
    "api.test": Method(api_people.api_test, 4, anonymous=True),
    "apps.connections.open": Method(api_people.connections_open, None, app_token=True),
    "auth.test": Method(api_people.auth_test, None),
    "bots.info": Method(api_people.bots_info, 3, ("users:read",)),
    "chat.delete": Method(api_chat.delete, 3, ("chat:write",)),
    "chat.getPermalink": Method(api_chat.permalink, None),
    "chat.postEphemeral": Method(api_chat.post_ephemeral, 4, ("chat:write",)),
    "chat.postMessage": Method(api_chat.post_message, None, ("chat:write",)),
    "chat.update": Method(api_chat.update, 3, ("chat:write",)),
    "conversations.history": Method(api_conversations.history, 3),
    "conversations.info": Method(api_conversations.info, 3),
    "conversations.join": Method(api_conversations.join, 3),
    "conversations.leave": Method(api_conversations.leave, 3, ("channels:manage", "groups:write", "channels:write")),
    "conversations.list": Method(api_conversations.list_all, 2),
    "conversations.members": Method(api_conversations.members, 4),
    "conversations.open": Method(api_conversations.open_direct, 3),
    "conversations.replies": Method(api_conversations.replies, 3),
    "files.completeUploadExternal": Method(api_files.complete, 4, ("files:write",)),
    "files.getUploadURLExternal": Method(api_files.upload_url, 4, ("files:write",)),
    "files.info": Method(api_files.info, 4, ("files:read",)),
    "reactions.add": Method(api_reactions.add, 3, ("reactions:write",)),
    "reactions.get": Method(api_reactions.get, 3, ("reactions:read",)),
    "reactions.remove": Method(api_reactions.remove, 2, ("reactions:write",)),
    "team.info": Method(api_people.team_info, 3, ("team:read",)),
    "usergroups.list": Method(api_people.usergroups_list, 2, ("usergroups:read",)),
    "usergroups.users.list": Method(api_people.usergroup_members, 2, ("usergroups:read",)),
    "users.conversations": Method(api_conversations.list_mine, 3),
    "users.info": Method(api_people.user_info, 4, ("users:read",)),
    "users.list": Method(api_people.users_list, 2, ("users:read",)),
    "users.lookupByEmail": Method(api_people.by_email, 3, ("users:read.email",)),
    "views.open": Method(api_views.open_view, 4),
    "views.publish": Method(api_views.publish, 4),
    "views.push": Method(api_views.push_view, 4),
    "views.update": Method(api_views.update_view, 4),
}
