"""chat.*: what an app says."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from sandbox.model import Channel, Message
from sandbox.slack import limits, messages
from sandbox.slack.args import Args
from sandbox.slack.blocks import block_problems, text_length, with_ids
from sandbox.slack.errors import RateLimited, SlackError
from sandbox.slack.server import SlackServer
from sandbox.slack.tickets import new_id

Json = dict[str, Any]


def content(args: Args, *, needs_text: bool = True) -> Json:
    """text, blocks and attachments, checked; Slack's errors for what it would not take."""
    text = args.text("text")
    blocks = args.structure("blocks", "invalid_blocks_format")
    attachments = args.structure("attachments", "invalid_attachments")
    markdown = args.text("markdown_text")
    if blocks is not None and not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    if attachments is not None and not isinstance(attachments, list):
        raise SlackError("invalid_attachments")
    if markdown and (text or blocks):
        raise SlackError("markdown_text_conflict")
    if needs_text and not (text or blocks or attachments or markdown):
        raise SlackError("no_text")
    if blocks:
        problems = block_problems(blocks, "message")
        if problems:
            raise SlackError("invalid_blocks", errors=[_short(one) for one in problems], messages=problems)
        if text_length(blocks) > limits.ALL_BLOCKS_TEXT:
            raise SlackError("msg_blocks_too_long")
        blocks = with_ids(blocks, lambda: new_id("", 5))
    if attachments and len(attachments) > limits.ATTACHMENTS:
        raise SlackError("too_many_attachments")
    for place, attachment in enumerate(attachments or []):
        inner = attachment.get("blocks") if isinstance(attachment, dict) else None
        problems = block_problems(inner, "message", f"/attachments/{place}/blocks") if inner else []
        if problems:
            raise SlackError("invalid_attachments", messages=problems)
    return {"text": text or markdown, "blocks": blocks or [], "attachments": attachments or []}


def _short(problem: str) -> str:
    return problem.removeprefix("[ERROR] ")


def metadata(args: Args) -> Json | None:
    found = args.structure("metadata", "invalid_metadata_format")
    if found is None:
        return None
    if not isinstance(found, dict) or not isinstance(found.get("event_payload"), dict) or not found.get("event_type"):
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(found)) > limits.METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return found


def post_message(slack: SlackServer, args: Args) -> Json:
    channel = writable(slack, args.needed("channel", "channel_not_found"))
    found = content(args)
    fields: Json = {"metadata": metadata(args), "nonce": args.text("client_msg_id") or None}
    fields |= authorship(slack, args)
    thread = args.text("thread_ts")
    if thread:
        fields["thread"] = root_of(slack, channel, thread)
        fields["broadcast"] = args.flag("reply_broadcast")
    wait = slack.rates.take_post(channel.id)
    if wait:
        raise RateLimited(wait)
    warnings = []
    if len(found["text"]) > limits.MESSAGE_TEXT:
        found["text"] = found["text"][: limits.MESSAGE_TEXT]
        warnings.append("message_truncated")
    posted = slack.world.post(channel.id, slack.bot.id, **found, **fields)
    answer = {
        "channel": channel.id,
        "ts": posted.id,
        "message": messages.message(slack.world, posted, slack.base_url, metadata=True),
    }
    if warnings:
        answer |= {"warning": ",".join(warnings), "response_metadata": {"warnings": warnings}}
    return answer


def writable(slack: SlackServer, name: str) -> Channel:
    """A place the bot may write to, by channel id, name, or a person's id for a direct message."""
    person = slack.world.people.get(name)
    if person is not None:
        if person.bot is not None:
            raise SlackError("channel_not_found")
        if not slack.manifest.messages_tab:
            raise SlackError("messages_tab_disabled")
        return slack.direct_channel(person)
    channel = slack.channel(name)
    anywhere = "chat:write.public" in slack.manifest.scopes
    if slack.bot.id not in channel.members and not anywhere:
        raise SlackError("not_in_channel")
    if channel.archived:
        raise SlackError("is_archived")
    return channel


def root_of(slack: SlackServer, channel: Channel, thread: str) -> str:
    """The root's ts for a root's or a reply's ts; a message that is gone has no thread."""
    found = slack.world.find_message(channel.id, thread)
    if found is None:
        raise SlackError("thread_not_found")
    return found.thread or found.id


def authorship(slack: SlackServer, args: Args) -> Json:
    """A name or icon for this message alone, with the scope for it."""
    username = args.text("username") or None
    icon = {name: args.text(f"icon_{name}") for name in ("emoji", "url") if args.text(f"icon_{name}")}
    if username or icon:
        slack.need("chat:write.customize")
    icons = {"emoji": icon["emoji"]} if "emoji" in icon else {"image_48": icon["url"]} if "url" in icon else None
    return {"username": username, "icon": icons}


def _own(slack: SlackServer, args: Args, code: str) -> tuple[Channel, Message]:
    channel = slack.channel(args.needed("channel", "channel_not_found"))
    message = slack.message(channel.id, args.needed("ts", "message_not_found"))
    if message.author != slack.bot.id:
        raise SlackError(code)
    return channel, message


def update(slack: SlackServer, args: Args) -> Json:
    channel, message = _own(slack, args, "cant_update_message")
    if channel.archived:
        raise SlackError("is_archived")
    found = content(args)
    if len(found["text"]) > limits.UPDATE_TEXT:
        raise SlackError("msg_too_long")
    for name in ("text", "blocks", "attachments"):
        if not args.has(name):
            found.pop(name)
    if args.has("metadata"):
        found["metadata"] = metadata(args)
    edited = slack.world.edit(channel.id, message.id, slack.bot.id, **found)
    return {
        "channel": channel.id,
        "ts": edited.id,
        "text": edited.text,
        "message": messages.message(slack.world, edited, slack.base_url, metadata=True),
    }


def delete(slack: SlackServer, args: Args) -> Json:
    channel, message = _own(slack, args, "cant_delete_message")
    slack.world.delete(channel.id, message.id, slack.bot.id)
    return {"channel": channel.id, "ts": message.id}


def post_ephemeral(slack: SlackServer, args: Args) -> Json:
    channel = slack.channel(args.needed("channel", "channel_not_found"))
    person = slack.world.people.get(args.needed("user", "invalid_arguments"))
    if slack.bot.id not in channel.members:
        raise SlackError("not_in_channel")
    if channel.archived:
        raise SlackError("is_archived")
    if person is None or person.id not in channel.members:
        raise SlackError("user_not_in_channel")
    found = content(args)
    found["text"] = found["text"][: limits.MESSAGE_TEXT]
    thread = args.text("thread_ts")
    root = root_of(slack, channel, thread) if thread else None
    shown = slack.world.show_ephemeral(
        person.id, channel.id, slack.bot.id, **found, thread=root, **authorship(slack, args)
    )
    return {"message_ts": shown.id}


def permalink(slack: SlackServer, args: Args) -> Json:
    channel = slack.channel(args.needed("channel", "channel_not_found"))
    message = slack.message(channel.id, args.needed("message_ts", "message_not_found"))
    return {"channel": channel.id, "permalink": link_to(slack, message)}


def link_to(slack: SlackServer, message: Message) -> str:
    address = f"{slack.base_url}/archives/{message.channel}/p{message.id.replace('.', '')}"
    if message.thread:
        return f"{address}?thread_ts={quote(message.thread)}&cid={message.channel}"
    return address
