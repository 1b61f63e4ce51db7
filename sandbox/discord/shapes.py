"""The world's objects as Discord's API and gateway show them to the app."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from sandbox import snowflakes
from sandbox.discord import permissions as may
from sandbox.discord.seed import BOT, GUILD
from sandbox.model import Channel, File, Message, Person, Usergroup

if TYPE_CHECKING:
    from sandbox.discord.server import DiscordServer

Json = dict[str, Any]

TEXT, DM, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 0, 1, 11, 12, 15
TYPES: Final = {"public": TEXT, "private": TEXT, "im": DM, "forum": FORUM, "thread": 11, "private_thread": 12}
EPHEMERAL: Final = 1 << 6
LOADING: Final = 1 << 7
HAS_THREAD: Final = 1 << 5
V2: Final = 1 << 15
LINK_SECONDS: Final = 24 * 3600
SECRET: Final = b"sandbox"
"""Signs links to files: what Discord keeps to itself."""


_GONE: Final = {"username": "gone", "global_name": None, "discriminator": "0", "avatar": None}


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def user(person: Person) -> Json:
    return {
        "id": may.account(person),
        "username": person.handle,
        "global_name": None if person.bot else person.name,
        "discriminator": "0",
        "avatar": None,
        "bot": person.role == "app",
        "public_flags": 0,
    }


def member(discord: DiscordServer, person: Person) -> Json:
    """Without `user`, as it stands beside a message's author."""
    return {
        "nick": person.traits.get("nick"),
        "avatar": None,
        "roles": may.roles_of(discord.world, person, GUILD),
        "joined_at": "2026-03-08T09:00:00+00:00",
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": None,
    }


def full_member(discord: DiscordServer, person: Person) -> Json:
    return member(discord, person) | {"user": user(person)}


def role(one: Usergroup) -> Json:
    color = int(one.traits.get("color", 0))
    shape: Json = {
        "id": one.id,
        "name": one.name,
        "description": None,
        "color": color,
        "colors": {"primary_color": color, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": int(one.traits.get("position", 0)),
        "permissions": str(one.traits.get("permissions", 0)),
        "managed": bool(one.traits.get("managed")),
        "mentionable": bool(one.traits.get("mentionable")),
        "flags": 0,
    }
    return shape | ({"tags": {"bot_id": BOT}} if one.traits.get("managed") else {})


def channel(discord: DiscordServer, place: Channel) -> Json:
    world = discord.world
    room = world.rooms[place.id]
    last = room.top[-1] if room.top else None
    shape: Json = {"id": place.id, "type": TYPES[place.kind], "last_message_id": last, "flags": 0}
    if place.kind == "im":
        others = [world.people[one] for one in place.members if one != BOT and one in world.people]
        return shape | {"recipients": [user(one) for one in others]}
    shape |= {"guild_id": place.workspace, "name": place.name, "parent_id": place.parent, "rate_limit_per_user": 0}
    if place.parent is not None:
        return shape | _thread(discord, place)
    siblings = [one.id for one in world.channels.values() if one.workspace == GUILD and one.parent is None]
    shape |= {
        "topic": place.topic or None,
        "position": siblings.index(place.id) if place.id in siblings else 0,
        "permission_overwrites": may.overwrites(world, place),
        "nsfw": False,
    }
    if place.kind == "forum":
        shape |= {
            "available_tags": place.traits.get("tags", []),
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_forum_layout": 0,
            "flags": int(place.traits.get("flags", 0)),
        }
        posts = [one.id for one in world.threads_of(place.id)]
        shape["last_message_id"] = posts[-1] if posts else None
    return shape


def _thread(discord: DiscordServer, place: Channel) -> Json:
    world = discord.world
    room = world.rooms[place.id]
    owner = world.people.get(place.creator)
    count = max(0, len([one for one in room.top if one != place.id]))
    shape: Json = {
        "owner_id": may.account(owner) if owner else "0",
        "message_count": count,
        "total_message_sent": count,
        "member_count": min(50, len(place.members)),
        "thread_metadata": {
            "archived": place.archived,
            "auto_archive_duration": int(place.traits.get("auto_archive", 4320)),
            "archive_timestamp": iso(float(place.traits.get("archived_at", place.created))),
            "locked": bool(place.traits.get("locked")),
            "create_timestamp": iso(place.created),
            **({"invitable": bool(place.traits.get("invitable", True))} if place.kind == "private_thread" else {}),
        },
        "applied_tags": list(place.traits.get("applied_tags", [])),
    }
    if BOT in place.members:
        shape["member"] = thread_member(discord, place, BOT)
    return shape


def thread_member(discord: DiscordServer, place: Channel, person_id: str) -> Json:
    person = discord.world.people[person_id]
    return {"id": place.id, "user_id": may.account(person), "join_timestamp": iso(place.created), "flags": 1}


def guild(discord: DiscordServer, *, gateway: bool = False, all_members: bool = False) -> Json:
    """`gateway`: as GUILD_CREATE has it, with places and members. Without the presences intent a server tells only the
    bot's own membership there; the client asks for the others."""
    world = discord.world
    workspace = world.workspaces[GUILD]
    people = discord.members()
    shape: Json = {
        "id": GUILD,
        "name": workspace.name,
        "icon": None,
        "splash": None,
        "banner": None,
        "description": None,
        "owner_id": may.account(world.people["U0MIA"]) if "U0MIA" in world.people else BOT,
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "roles": [role(one) for one in discord.roles()],
        "emojis": [],
        "stickers": [],
        "features": ["COMMUNITY"],
        "mfa_level": 0,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "nsfw_level": 0,
        "premium_progress_bar_enabled": False,
        "vanity_url_code": None,
        "max_members": 500_000,
    }
    if not gateway:
        return shape | {"approximate_member_count": len(people), "approximate_presence_count": len(people)}
    places = [one for one in discord.channels() if one.kind != "im" and discord.sees(one)]
    threads = [one for one in places if one.parent and not one.archived]
    return shape | {
        "joined_at": "2026-03-08T09:00:00+00:00",
        "large": False,
        "unavailable": False,
        "member_count": len(people),
        "members": [full_member(discord, one) for one in people if all_members or one.id == BOT],
        "channels": [channel(discord, one) for one in places if one.parent is None],
        "threads": [channel(discord, one) for one in threads],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def signed(discord: DiscordServer, channel_id: str, file: File, at: float | None = None) -> str:
    """A link to a file's bytes that holds for a day of the sandbox's clock."""
    until = int((discord.world.clock.now() if at is None else at) + LINK_SECONDS)
    path = f"/attachments/{channel_id}/{file.id}/{quote(file.name)}"
    return f"{discord.base_url}/discord/cdn{path}?ex={until:x}&is={until - LINK_SECONDS:x}&hm={mark(path, until)}"


def mark(path: str, until: int) -> str:
    return hmac.new(SECRET, f"{path}{until:x}".encode(), hashlib.sha256).hexdigest()


def attachment(discord: DiscordServer, channel_id: str, file: File, *, ephemeral: bool = False) -> Json:
    url = signed(discord, channel_id, file)
    shape: Json = {
        "id": file.id,
        "filename": file.name,
        "size": file.size,
        "url": url,
        "proxy_url": url,
        "content_type": file.mimetype,
    }
    if file.title and file.title != file.name:
        shape["description"] = file.title
    return shape | ({"ephemeral": True} if ephemeral else {})


def message(discord: DiscordServer, one: Message, *, nested: bool = False) -> Json:
    """As REST shows it to its reader; `nested` leaves out what it answers to."""
    world = discord.world
    author = world.people.get(one.author)
    flags = int(one.traits.get("flags", 0)) | (EPHEMERAL if one.only_for else 0)
    files = [world.files[file] for file in one.files if file in world.files]
    shape: Json = {
        "id": one.id,
        "channel_id": one.channel,
        "type": int(one.traits.get("type", 0)),
        "author": user(author) if author else _GONE | {"id": one.author},
        "content": one.text,
        "timestamp": iso(one.at),
        "edited_timestamp": iso(snowflakes.seconds(one.edited.at)) if one.edited else None,
        "tts": False,
        "pinned": False,
        "embeds": one.attachments,
        "attachments": [attachment(discord, one.channel, file, ephemeral=bool(one.only_for)) for file in files],
        "components": _resolved(discord, one, files),
        "reactions": [_reaction(name, people) for name, people in one.reactions.items()],
        "flags": flags,
    } | _mentions(discord, one)
    if author is not None and author.bot == BOT:
        shape["application_id"] = BOT
    if one.nonce is not None:
        shape["nonce"] = one.nonce
    thread = world.channels.get(one.id)
    if thread is not None and thread.parent == one.channel:
        shape["thread"] = channel(discord, thread)
        shape["flags"] = flags | HAS_THREAD
    for name in ("interaction_metadata", "interaction", "webhook_id"):
        if name in one.traits:
            shape[name] = one.traits[name]
    reference = one.traits.get("reference")
    if reference:
        shape["message_reference"] = reference
        if not nested and reference.get("message_id"):
            found = world.find_message(reference["channel_id"], reference["message_id"])
            shape["referenced_message"] = message(discord, found, nested=True) if found else None
    return shape


def _mentions(discord: DiscordServer, one: Message) -> Json:
    noted = one.traits.get("mentions") or {}
    people = [discord.world.people[each] for each in noted.get("users", []) if each in discord.world.people]
    return {
        "mentions": [user(each) | {"member": member(discord, each)} for each in people],
        "mention_roles": list(noted.get("roles", [])),
        "mention_everyone": bool(noted.get("everyone")),
    }


def _resolved(discord: DiscordServer, one: Message, files: list[File]) -> list[Json]:
    """`attachment://name` becomes the file's link."""
    text = json.dumps(one.blocks)
    if "attachment://" not in text:
        return one.blocks
    for file in files:
        text = text.replace(json.dumps(f"attachment://{file.name}"), json.dumps(signed(discord, one.channel, file)))
    return json.loads(text)  # type: ignore[no-any-return]  # JSON is anything


def _reaction(name: str, people: list[str]) -> Json:
    return {
        "emoji": {"id": None, "name": name},
        "count": len(people),
        "count_details": {"burst": 0, "normal": len(people)},
        "me": BOT in people,
        "me_burst": False,
        "burst_colors": [],
    }


def application(discord: DiscordServer) -> Json:
    owner = next((one for one in discord.members() if one.role == "manager"), discord.bot)
    return {
        "id": BOT,
        "name": discord.bot.name,
        "description": "",
        "icon": None,
        "bot_public": False,
        "bot_require_code_grant": False,
        "owner": user(owner),
        "team": None,
        "verify_key": "0" * 64,
        "flags": discord.application_flags(),
        "bot": user(discord.bot),
        "tags": [],
        "rpc_origins": [],
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "approximate_guild_count": 1,
    }
