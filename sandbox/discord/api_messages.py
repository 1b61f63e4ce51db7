"""Messages and reactions. Source: docs.discord.com, Resources, Message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import permissions as may
from sandbox.discord import shapes
from sandbox.discord.call import Call
from sandbox.discord.content import fields_of
from sandbox.discord.errors import DiscordError, invalid
from sandbox.discord.seed import BOT, GUILD
from sandbox.discord.server import NONCE_SECONDS
from sandbox.discord.threads import must_be_active, wake
from sandbox.model import Channel, Message

if TYPE_CHECKING:
    from sandbox.discord.server import DiscordServer

Json = dict[str, Any]

MOST_REACTIONS: Final = 20
REPLY: Final = 19
_EMOJI: Final = re.compile(r"[^\x00-\x7f\s]{1,16}[\ufe0f\u20e3\u200d]*|[0-9#*]\ufe0f?\u20e3")


def create(discord: DiscordServer, call: Call) -> Json:
    place = discord.channel(call.path["channel"])
    return shapes.message(discord, post(discord, call, place, call.record))


def post(discord: DiscordServer, call: Call, place: Channel, given: Json) -> Message:
    """The bot says something; the same nonce with `enforce_nonce` gives the message that it made before."""
    may_post(discord, place)
    nonce = given.get("nonce")
    if nonce is not None and len(str(nonce)) > 25:
        raise invalid("nonce", code="BASE_TYPE_MAX_LENGTH", message="Must be 25 or fewer in length.")
    known = _known(discord, place, nonce) if given.get("enforce_nonce") else None
    if known is not None:
        return known
    fields = fields_of(discord, call, given, place)
    if call.files:
        discord.need(place, may.ATTACH_FILES)
    _refer(discord, place, given, fields)
    wake(discord, place, discord.bot)
    message = discord.world.post(place.id, BOT, nonce=None if nonce is None else str(nonce), **fields)
    if nonce is not None:
        discord.nonces[(place.id, str(nonce))] = (discord.world.clock.now(), message.id)
    return message


def may_post(discord: DiscordServer, place: Channel) -> None:
    if place.kind == "forum":
        raise DiscordError(50008)
    if place.kind == "im":
        if not all(discord.world.belongs(discord.world.people[one], GUILD) for one in place.members):
            raise DiscordError(50278)
        if any(one in discord.closed_to for one in place.members):
            raise DiscordError(50007)
        return
    discord.need(place, may.SEND_MESSAGES_IN_THREADS if place.parent else may.SEND_MESSAGES)


def _known(discord: DiscordServer, place: Channel, nonce: Any) -> Message | None:
    at, message_id = discord.nonces.get((place.id, str(nonce)), (0.0, ""))
    if nonce is None or discord.world.clock.now() - at > NONCE_SECONDS:
        return None
    return discord.world.find_message(place.id, message_id)


def _refer(discord: DiscordServer, place: Channel, given: Json, fields: Json) -> None:
    """A reply: to a message of the same place, whose author is notified unless that is not allowed."""
    reference = given.get("message_reference")
    if not isinstance(reference, dict) or reference.get("type", 0) != 0:
        return
    target = str(reference.get("message_id", ""))
    found = discord.world.find_message(place.id, target)
    if found is None:
        if reference.get("fail_if_not_exists", True):
            raise invalid("message_reference", code="REPLIES_UNKNOWN_MESSAGE", message="Unknown message")
        return
    discord.need(place, may.READ_MESSAGE_HISTORY)
    shown = {"type": 0, "channel_id": place.id, "message_id": target}
    fields["traits"] |= {"type": REPLY, "reference": shown | ({} if place.kind == "im" else {"guild_id": GUILD})}
    allowed = given.get("allowed_mentions")
    users = fields["traits"]["mentions"]["users"]
    if (allowed is None or allowed.get("replied_user")) and found.author not in users:
        users.append(found.author)


def edit(discord: DiscordServer, call: Call) -> Json:
    place = discord.channel(call.path["channel"])
    message = discord.message(place.id, call.path["message"])
    if message.author != BOT:
        raise DiscordError(50005)
    must_be_active(place)
    return shapes.message(discord, change(discord, call, place, message, call.record))


def change(discord: DiscordServer, call: Call, place: Channel, message: Message, given: Json) -> Message:
    fields = fields_of(discord, call, given, place, before=message)
    if message.only_for:
        return discord.world.edit_ephemeral(message.only_for, message.id, **fields)
    return discord.world.edit(place.id, message.id, BOT, **fields)


def delete(discord: DiscordServer, call: Call) -> None:
    place = discord.channel(call.path["channel"])
    message = discord.message(place.id, call.path["message"])
    if message.author != BOT:
        discord.need(place, may.MANAGE_MESSAGES)
    must_be_active(place)
    discord.world.delete(place.id, message.id, BOT)


def get(discord: DiscordServer, call: Call) -> Json:
    place = discord.channel(call.path["channel"])
    discord.need(place, may.READ_MESSAGE_HISTORY)
    return _readable(discord, place, discord.message(place.id, call.path["message"]))


def _readable(discord: DiscordServer, place: Channel, message: Message) -> Json:
    """Message content is refused here too, when the app has not switched that intent on."""
    shape = shapes.message(discord, message)
    if place.kind != "im" and not discord.may_read(message):
        shape |= {"content": "", "embeds": [], "attachments": [], "components": []}
    return shape


def history(discord: DiscordServer, call: Call) -> list[Json]:
    """Newest first, 50 or `limit`, `before`, `after` or `around` an id."""
    place = discord.channel(call.path["channel"])
    if place.kind == "forum":
        raise DiscordError(50008)
    limit = call.number("limit", 50, 1, 100)
    if not may.in_channel(discord.world, discord.bot, place) & may.READ_MESSAGE_HISTORY:
        return []
    ids = discord.world.rooms[place.id].top
    after, before, around = (_snowflake(call.query.get(name, "")) for name in ("after", "before", "around"))
    if around:
        older = [one for one in ids if one < around][-(limit // 2) :]
        chosen = older + [one for one in ids if one >= around][: limit - len(older)]
    elif after:
        chosen = [one for one in ids if one > after][:limit]
    else:
        chosen = [one for one in ids if not before or one < before][-limit:]
    return [_readable(discord, place, discord.message(place.id, one)) for one in reversed(chosen)]


def _snowflake(raw: str) -> str:
    """As wide as the world's ids, so that text compares as numbers do."""
    return raw.zfill(19) if raw.isdigit() else ""


def typing(discord: DiscordServer, call: Call) -> None:
    may_post(discord, discord.channel(call.path["channel"]))


# Reactions


def _emoji(call: Call) -> str:
    """Unicode alone: the server has no emoji of its own."""
    name = call.path["emoji"]
    if not _EMOJI.fullmatch(name):
        raise DiscordError(10014)
    return name


def is_emoji(name: str) -> bool:
    return bool(_EMOJI.fullmatch(name))


def react(discord: DiscordServer, call: Call) -> None:
    place = discord.channel(call.path["channel"])
    message = discord.message(place.id, call.path["message"])
    name = _emoji(call)
    discord.need(place, may.READ_MESSAGE_HISTORY, *(() if name in message.reactions else (may.ADD_REACTIONS,)))
    must_be_active(place)
    if name not in message.reactions and len(message.reactions) >= MOST_REACTIONS:
        raise DiscordError(30010)
    discord.world.react(place.id, message.id, BOT, name)


def unreact(discord: DiscordServer, call: Call) -> None:
    place = discord.channel(call.path["channel"])
    message = discord.message(place.id, call.path["message"])
    who = call.path["user"]
    person = discord.bot if who == "@me" else discord.member(who)
    if person.id != BOT:
        discord.need(place, may.MANAGE_MESSAGES)
    must_be_active(place)
    discord.world.unreact(place.id, message.id, person.id, _emoji(call))


def reactors(discord: DiscordServer, call: Call) -> list[Json]:
    place = discord.channel(call.path["channel"])
    message = discord.message(place.id, call.path["message"])
    people = [discord.world.people[one] for one in message.reactions.get(_emoji(call), [])]
    after = _snowflake(call.query.get("after", ""))
    found = sorted((one for one in people if may.account(one) > after), key=may.account)
    return [shapes.user(one) for one in found[: call.number("limit", 25, 1, 100)]]
