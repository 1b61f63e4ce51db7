"""The app's answers to interactions: the first within three seconds, others within a quarter of an hour."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import components, shapes
from sandbox.discord.api_messages import change
from sandbox.discord.call import Call
from sandbox.discord.content import fields_of
from sandbox.discord.errors import DiscordError, Problems, invalid
from sandbox.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, Interaction
from sandbox.discord.seed import BOT
from sandbox.discord.shapes import EPHEMERAL, LOADING
from sandbox.model import Form, Message

if TYPE_CHECKING:
    from sandbox.discord.server import DiscordServer

Json = dict[str, Any]

PONG, SAY, LATER, UPDATE_LATER, UPDATE, CHOICES, SHOW_MODAL = 1, 4, 5, 6, 7, 8, 9
_ALLOWED: Final = {
    COMMAND: {SAY, LATER, SHOW_MODAL},
    COMPONENT: {SAY, LATER, UPDATE_LATER, UPDATE, SHOW_MODAL},
    AUTOCOMPLETE: {CHOICES},
    MODAL: {SAY, LATER, UPDATE_LATER, UPDATE},
}
COMMAND_MESSAGE, CONTEXT_MESSAGE, REPLY = 20, 23, 19


def callback(discord: DiscordServer, call: Call) -> Json | None:
    """The first answer. With `with_response` what became of it."""
    one = discord.interactions.to_answer(call.path["interaction"], call.path["token"])
    given = call.record
    kind, data = given.get("type"), given.get("data") or {}
    if kind not in _ALLOWED[one.kind]:
        raise invalid("type", code="INTERACTION_TYPE_INVALID", message="That answer does not fit the interaction")
    message: Message | None = None
    match kind:
        case 4 | 5:
            message = _say(discord, call, one, data, deferred=kind == LATER)
            one.original = message.id
        case 6:
            one.original, one.deferred = one.source, True
        case 7:
            message = change(
                discord, replace(call, body=data), discord.world.channel(one.channel), source(discord, one), data
            )
            one.original = one.source
        case 8:
            _check_choices(data)
        case _:
            _open_modal(discord, one, data)
    one.answer = {"type": kind, "data": data}
    one.answered.set()
    if not call.flag("with_response"):
        return None
    told: Json = {
        "id": one.id,
        "type": one.kind,
        "response_message_loading": kind == LATER,
        "response_message_ephemeral": one.ephemeral,
    }
    if one.original:
        told["response_message_id"] = one.original
    resource: Json = {"type": kind}
    if message is not None:
        resource["message"] = shapes.message(discord, message)
    return {"interaction": told, "resource": resource}


def source(discord: DiscordServer, one: Interaction) -> Message:
    """The message with the component, an ephemeral's too."""
    return _message(discord, one, one.source)


def _message(discord: DiscordServer, one: Interaction, message_id: str) -> Message:
    found = discord.world.ephemerals.get(one.person, {}).get(message_id)
    found = found or discord.world.find_message(one.channel, message_id)
    if found is None:
        raise DiscordError(10008)
    return found


def _about(discord: DiscordServer, one: Interaction) -> Json:
    """How a message says which interaction it answers."""
    person = discord.world.people[one.person]
    who = shapes.user(person)
    told: Json = {"id": one.id, "type": one.kind, "user": who, "authorizing_integration_owners": {}}
    traits: Json = {"interaction_metadata": told, "webhook_id": BOT}
    if one.kind == COMMAND:
        told["name"] = one.name
        traits["interaction"] = {"id": one.id, "type": one.kind, "name": one.name, "user": who}
    return traits


def _say(discord: DiscordServer, call: Call, one: Interaction, data: Json, *, deferred: bool = False) -> Message:
    place = discord.world.channel(one.channel)
    flags = data.get("flags") if isinstance(data.get("flags"), int) else 0
    ephemeral = bool((flags or 0) & EPHEMERAL)
    if deferred:
        one.deferred = True
        fields: Json = {"text": "", "traits": {"flags": LOADING}}
    else:
        fields = fields_of(discord, replace(call, body=data), data, place)
        fields["traits"]["flags"] &= ~EPHEMERAL
    if not one.original:
        one.ephemeral = ephemeral
        fields["traits"] |= {"type": COMMAND_MESSAGE if one.kind == COMMAND else 0}
    fields["traits"] |= _about(discord, one)
    text = fields.pop("text")
    if ephemeral:
        return discord.world.show_ephemeral(one.person, place.id, BOT, text, **fields)
    return discord.world.post(place.id, BOT, text, **fields)


def _check_choices(data: Json) -> None:
    problems = Problems()
    choices = data.get("choices")
    if not isinstance(choices, list):
        raise invalid("data", "choices", code="BASE_TYPE_REQUIRED", message="This field is required")
    problems.count(("data", "choices"), choices, 25)
    for place, choice in enumerate(choices):
        problems.length(("data", "choices", place, "name"), choice.get("name"), 100, 1)
        if isinstance(choice.get("value"), str):
            problems.length(("data", "choices", place, "value"), choice["value"], 100)
    problems.raise_any()


def _open_modal(discord: DiscordServer, one: Interaction, data: Json) -> None:
    form_id = discord.world.stamp("discord")[0]
    form = Form(
        id=form_id,
        person=one.person,
        kind="modal",
        payload=components.of_modal(data),
        hash=secrets.token_hex(4),
        root=form_id,
        origin={"platform": "discord", "channel": one.channel, "message": one.source},
    )
    discord.world.set_forms(one.person, [form])


# Later answers, by the token


def follow_up(discord: DiscordServer, call: Call) -> Json:
    """A further message; after a deferred answer the first of them takes that answer's place."""
    one = _by_token(discord, call)
    waiting = _waiting(discord, one)
    if waiting is not None:
        return shapes.message(discord, _finish(discord, call, one, waiting, call.record))
    return shapes.message(discord, _say(discord, call, one, call.record))


def _by_token(discord: DiscordServer, call: Call) -> Interaction:
    if call.path["application"] != BOT:
        raise DiscordError(10015)
    return discord.interactions.by_token(call.path["token"])


def _waiting(discord: DiscordServer, one: Interaction) -> Message | None:
    """The "thinking" message, as long as nothing took its place."""
    if not one.deferred or not one.original or one.original == one.source:
        return None
    message = _message(discord, one, one.original)
    return message if int(message.traits.get("flags", 0)) & LOADING else None


def _finish(discord: DiscordServer, call: Call, one: Interaction, message: Message, given: Json) -> Message:
    message.traits["flags"] = int(message.traits.get("flags", 0)) & ~LOADING
    place = discord.world.channel(one.channel)
    return change(discord, call, place, message, given)


def _target(discord: DiscordServer, call: Call) -> tuple[Interaction, Message]:
    one = _by_token(discord, call)
    wanted = call.path["message"]
    message = _message(discord, one, one.original if wanted == "@original" else wanted)
    if message.author != BOT:
        raise DiscordError(10008)
    return one, message


def get(discord: DiscordServer, call: Call) -> Json:
    return shapes.message(discord, _target(discord, call)[1])


def edit(discord: DiscordServer, call: Call) -> Json:
    one, message = _target(discord, call)
    return shapes.message(discord, _finish(discord, call, one, message, call.record))


def delete(discord: DiscordServer, call: Call) -> None:
    one, message = _target(discord, call)
    if message.only_for:
        discord.world.drop_ephemeral(one.person, message.id)
    else:
        discord.world.delete(one.channel, message.id, BOT)
