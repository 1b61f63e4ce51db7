"""reactions.*"""

from __future__ import annotations

import re
from typing import Any, Final

from sandbox.model import Message
from sandbox.slack import limits, messages
from sandbox.slack.args import Args
from sandbox.slack.errors import SlackError
from sandbox.slack.server import SlackServer

Json = dict[str, Any]

NAME: Final = re.compile(r"[a-z0-9_+'-]+(?:::skin-tone-[2-6])?")


def _target(slack: SlackServer, args: Args) -> tuple[Message, str]:
    name = args.needed("name", "invalid_name").strip(":")
    if not NAME.fullmatch(name):
        raise SlackError("invalid_name")
    return _item(slack, args), name


def _item(slack: SlackServer, args: Args) -> Message:
    if not args.text("channel") or not args.text("timestamp"):
        raise SlackError("no_item_specified")
    channel = slack.member_channel(args.text("channel"))
    if channel.archived:
        raise SlackError("is_archived")
    return slack.message(channel.id, args.text("timestamp"))


def add(slack: SlackServer, args: Args) -> Json:
    message, name = _target(slack, args)
    if name not in message.reactions and len(message.reactions) >= limits.REACTIONS_PER_MESSAGE:
        raise SlackError("too_many_emoji")
    if not slack.world.react(message.channel, message.id, slack.bot.id, name):
        raise SlackError("already_reacted")
    return {}


def remove(slack: SlackServer, args: Args) -> Json:
    message, name = _target(slack, args)
    if not slack.world.unreact(message.channel, message.id, slack.bot.id, name):
        raise SlackError("no_reaction")
    return {}


def get(slack: SlackServer, args: Args) -> Json:
    message = _item(slack, args)
    shape = messages.message(slack.world, message, slack.base_url)
    if message.reactions:
        shape["reactions"] = messages.reactions(message)
    return {"type": "message", "channel": message.channel, "message": shape}
