"""Messages as Slack's API and its events show them."""

from __future__ import annotations

import hashlib
from typing import Any

from sandbox.model import Message, Person
from sandbox.seed import HOME, SLACKBOT
from sandbox.slack import shapes
from sandbox.slack.richtext import rich_text
from sandbox.world import World

Json = dict[str, Any]


def message(world: World, one: Message, base_url: str, *, metadata: bool = False) -> Json:
    """The message itself, without what only history shows (replies, reactions) and only events have (channel)."""
    author = world.people.get(one.author)
    if one.deleted:
        shape: Json = {"type": "message", "subtype": "tombstone", "user": SLACKBOT, "text": one.text, "hidden": True}
        return shape | {"ts": one.id, "thread_ts": one.thread or one.id}
    shape = {"type": "message"}
    subtype = subtype_of(one, author)
    if subtype:
        shape["subtype"] = subtype
    shape |= {"text": one.text, "ts": one.id}
    if author is not None and author.bot is not None:
        shape |= _bot_fields(one, author)
    elif author is not None:
        shape |= {"user": author.id, "team": author.workspace}
        if one.nonce:
            shape["client_msg_id"] = one.nonce
    if one.blocks:
        shape["blocks"] = one.blocks
    elif one.text and not one.subtype and (author is None or author.bot is None):
        shape["blocks"] = [rich_text(one.text, _block_id(one))]
    if one.attachments:
        shape["attachments"] = one.attachments
    if one.files:
        shape["files"] = [_file(world, file_id, author, base_url) for file_id in one.files]
        shape["upload"] = author is None or author.bot is None
    if one.thread is not None:
        root = world.find_message(one.channel, one.thread)
        shape["thread_ts"] = one.thread
        shape["parent_user_id"] = root.author if root is not None and not root.deleted else SLACKBOT
        if one.broadcast and root is not None:
            shape["root"] = message(world, root, base_url) | thread_facts(world, root)
    if one.edited is not None:
        shape["edited"] = {"user": one.edited.by, "ts": one.edited.at}
    if metadata and one.metadata is not None:
        shape["metadata"] = one.metadata
    return shape


def in_history(world: World, one: Message, base_url: str, *, metadata: bool) -> Json:
    shape = message(world, one, base_url, metadata=metadata) | thread_facts(world, one)
    if one.reactions:
        shape["reactions"] = reactions(one)
    return shape


def reactions(one: Message) -> list[Json]:
    return [{"name": name, "users": list(people), "count": len(people)} for name, people in one.reactions.items()]


def thread_facts(world: World, one: Message) -> Json:
    """What a root says about its replies; nothing without any."""
    if one.thread is not None:
        return {}
    replies = world.replies(one.channel, one.id)
    if not replies:
        return {}
    authors = list(dict.fromkeys(world.message(one.channel, reply).author for reply in replies))
    return {
        "thread_ts": one.id,
        "reply_count": len(replies),
        "reply_users_count": len(authors),
        "latest_reply": replies[-1],
        "reply_users": authors[:5],
        "is_locked": False,
        "subscribed": False,
    }


def subtype_of(one: Message, author: Person | None) -> str | None:
    """On Slack one message has one subtype; a broadcast with a file is a broadcast."""
    if one.subtype:
        return one.subtype
    if one.broadcast:
        return "thread_broadcast"
    if one.files:
        return "file_share"
    if author is not None and author.bot is not None and (one.username or one.icon):
        return "bot_message"
    return None


def bot_profile(author: Person, at: float) -> Json:
    return {
        "id": author.bot,
        "app_id": author.app or "",
        "user_id": author.id,
        "name": author.name,
        "icons": {},
        "deleted": author.deleted,
        "updated": int(at),
        "team_id": author.workspace,
    }


def _bot_fields(one: Message, author: Person) -> Json:
    fields: Json = {"bot_id": author.bot, "app_id": author.app or "", "team": author.workspace}
    if one.username or one.icon:
        fields["username"] = one.username or author.name
        if one.icon:
            fields["icons"] = one.icon
    else:
        fields["user"] = author.id
    return fields | {"bot_profile": bot_profile(author, one.at)}


def _file(world: World, file_id: str, author: Person | None, base_url: str) -> Json:
    found = world.files.get(file_id)
    if found is None or found.deleted:
        return {"id": file_id, "mode": "tombstone"}
    if author is not None and author.workspace != HOME:
        return shapes.hidden_file(found)
    return shapes.file(world, found, base_url)


def _block_id(one: Message) -> str:
    return hashlib.blake2s(one.id.encode(), digest_size=4).hexdigest()[:5]
