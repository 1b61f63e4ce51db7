"""People, places, files and groups as Slack's API shows them."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sandbox.model import Channel, File, Person, Usergroup
from sandbox.seed import HOME
from sandbox.world import World

Json = dict[str, Any]

_COLORS: Final = ("9f69e7", "4bbe2e", "e7392d", "3c989f", "674b1b", "e96699", "e0a729", "684b6c")
_TRAITS: Final = ("is_restricted", "is_ultra_restricted", "is_stranger", "is_admin", "is_owner")


def user(world: World, person: Person, *, email: bool) -> Json:
    """`users.info`'s object. `email` says whether the token may see addresses; people without one have no such key."""
    zone = ZoneInfo(person.timezone)
    offset = datetime.fromtimestamp(world.clock.now(), zone).utcoffset()
    first, _, last = person.name.partition(" ")
    profile: Json = {
        "title": person.title,
        "phone": "",
        "skype": "",
        "real_name": person.name,
        "real_name_normalized": person.name,
        "display_name": person.handle if person.role != "app" else "",
        "display_name_normalized": person.handle if person.role != "app" else "",
        "fields": None,
        "status_text": "",
        "status_emoji": "",
        "status_expiration": 0,
        "avatar_hash": hashlib.sha256(person.id.encode()).hexdigest()[:12],
        "first_name": first,
        "last_name": last,
        "team": person.workspace,
    }
    if email and person.email is not None:
        profile["email"] = person.email
    if person.bot is not None:
        profile |= {"bot_id": person.bot, "api_app_id": person.app or "", "always_active": True}
    shape: Json = {
        "id": person.id,
        "team_id": person.workspace,
        "name": person.handle,
        "deleted": person.deleted,
        "color": _COLORS[sum(person.id.encode()) % len(_COLORS)],
        "real_name": person.name,
        "tz": person.timezone,
        "tz_label": person.timezone.rpartition("/")[2],
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": person.bot is not None,
        "is_app_user": False,
        "updated": int(world.clock.now()),
        "is_email_confirmed": person.email is not None,
        "who_can_share_contact_card": "EVERYONE",
    }
    if person.workspace != HOME:
        shape["is_stranger"] = False
    return shape | {name: person.traits[name] for name in _TRAITS if name in person.traits}


def visible(world: World, person: Person) -> bool:
    """People of other workspaces can be looked up only while they share a channel with this one."""
    if person.traits.get("user_not_visible"):
        return False
    if person.workspace == HOME:
        return True
    return any(person.id in channel.members for channel in world.channels.values() if channel.workspace == HOME)


def channel(world: World, place: Channel, viewer: str) -> Json:
    """`conversations.info`'s object, as the user `viewer` (the bot) gets it."""
    created = int(place.created)
    if place.kind == "im":
        other = next((member for member in place.members if member != viewer), viewer)
        return {
            "id": place.id,
            "created": created,
            "is_archived": place.archived,
            "is_im": True,
            "is_org_shared": False,
            "context_team_id": place.workspace,
            "updated": created * 1000,
            "user": other,
            "is_user_deleted": False,
            "is_open": True,
            "priority": 0,
        }
    shared = bool(place.shared_with)
    return {
        "id": place.id,
        "name": place.name,
        "is_channel": place.kind == "public",
        "is_group": place.kind == "private",
        "is_im": False,
        "is_mpim": False,
        "is_private": place.kind == "private",
        "created": created,
        "is_archived": place.archived,
        "is_general": False,
        "unlinked": 0,
        "name_normalized": place.name,
        "is_shared": shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "context_team_id": place.workspace,
        "updated": created * 1000,
        "parent_conversation": None,
        "creator": place.creator,
        "is_ext_shared": shared,
        "shared_team_ids": [place.workspace, *place.shared_with],
        "internal_team_ids": [place.workspace] if shared else [],
        "connected_team_ids": list(place.shared_with),
        "pending_connected_team_ids": [],
        "is_member": viewer in place.members,
        "topic": {"value": place.topic, "creator": place.creator if place.topic else "", "last_set": 0},
        "purpose": {"value": place.purpose, "creator": place.creator if place.purpose else "", "last_set": 0},
        "previous_names": [],
    }


def usergroup(group: Usergroup, *, members: bool) -> Json:
    shape: Json = {
        "id": group.id,
        "team_id": group.workspace,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_create": 1_700_000_000,
        "date_update": 1_700_000_000,
        "date_delete": 1_700_000_000 if group.disabled else 0,
        "auto_type": None,
        "auto_provision": False,
        "enterprise_subteam_id": "",
        "created_by": "U0MIA",
        "updated_by": "U0MIA",
        "deleted_by": None,
        "prefs": {"channels": [], "groups": []},
        "user_count": len(group.members),
    }
    return shape | {"users": list(group.members)} if members else shape


def file(world: World, one: File, base_url: str) -> Json:
    created = int(one.at)
    extension = one.name.rpartition(".")[2].lower() if "." in one.name else "binary"
    owner = world.people.get(one.owner)
    team = owner.workspace if owner else HOME
    address = f"{base_url}/slack/files-pri/{HOME}-{one.id}"
    kinds: dict[str, list[str]] = {"public": [], "private": [], "im": []}
    for channel_id in one.channels:
        place = world.channels.get(channel_id)
        if place is not None:
            kinds[place.kind].append(channel_id)
    return {
        "id": one.id,
        "created": created,
        "timestamp": created,
        "name": one.name,
        "title": one.title,
        "mimetype": one.mimetype,
        "filetype": extension,
        "pretty_type": extension.upper(),
        "user": one.owner,
        "user_team": team,
        "editable": False,
        "size": one.size,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": bool(kinds["public"]),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{address}/{_safe(one.name)}",
        "url_private_download": f"{address}/download/{_safe(one.name)}",
        "media_display_type": "unknown",
        "permalink": f"{base_url}/files/{one.owner}/{one.id}/{_safe(one.name)}",
        "permalink_public": f"{base_url}/slack/files-pub/{HOME}-{one.id}",
        "is_starred": False,
        "has_rich_preview": False,
        "file_access": "visible",
        "channels": kinds["public"],
        "groups": kinds["private"],
        "ims": kinds["im"],
        "comments_count": 0,
    }


def hidden_file(one: File) -> Json:
    """A file of another workspace, as messages and events show it: the app must ask `files.info` for the rest."""
    return {
        "id": one.id,
        "created": 0,
        "timestamp": 0,
        "user": "",
        "mode": "file_access",
        "file_access": "check_file_info",
    }


def _safe(name: str) -> str:
    kept = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "_" for one in name.lower())
    return kept or "file"
