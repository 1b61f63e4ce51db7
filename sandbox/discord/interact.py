"""What people do with the app on Discord: commands, buttons, selects, modals, context menus. Each waits for the answer.

Raises `Missing` for what is not there, `BadTyping` for what Discord's client would not send.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import commands, components, events, shapes
from sandbox.discord import permissions as may
from sandbox.discord.commands import BadTyping
from sandbox.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, Interaction
from sandbox.discord.seed import BOT, GUILD
from sandbox.model import Channel, Form, Message, Person
from sandbox.outcome import Outcome
from sandbox.world import Missing

if TYPE_CHECKING:
    from sandbox.discord.server import DiscordServer

Json = dict[str, Any]

_WORDS: Final = {4: "message", 5: "deferred", 6: "deferred_update", 7: "update", 8: "choices", 9: "modal"}


async def command(
    discord: DiscordServer, person_id: str, channel_id: str, typed: str, options: Json | None = None
) -> Outcome:
    """`typed` is `/ticket reply ticket:12 text:On it`; `options` in place of the part with values."""
    person, place, found = _start(discord, person_id, channel_id, typed)
    path, allowed, values = commands.parse(found, _rest(typed))
    filled = commands.filled(allowed, {**values, **(options or {})})
    data = _command_data(found) | {"options": commands.nested(path, filled)}
    resolved = _resolved(discord, [(one["type"], one["value"]) for one in filled], place)
    if resolved:
        data["resolved"] = resolved
    name = " ".join([found["name"], *path])
    return await ask(discord, COMMAND, f"/{name}", person, place, data, name=name)


async def autocomplete(
    discord: DiscordServer, person_id: str, channel_id: str, typed: str, option: str, value: str
) -> tuple[Outcome, list[Json]]:
    """What the app offers while somebody types `value` for `option`."""
    person, place, found = _start(discord, person_id, channel_id, typed)
    path, allowed, values = commands.parse(found, _rest(typed))
    if not any(one["name"] == option and one.get("autocomplete") for one in allowed):
        raise Missing("option", option)
    filled = commands.filled(allowed, values | {option: value}, partial=True)
    for one in filled:
        if one["name"] == option:
            one["focused"] = True
    data = _command_data(found) | {"options": commands.nested(path, filled)}
    outcome = await ask(discord, AUTOCOMPLETE, f"/{found['name']}", person, place, data)
    body = outcome.body if isinstance(outcome.body, dict) else {}
    return outcome, list((body.get("data") or {}).get("choices") or [])


async def menu(discord: DiscordServer, person_id: str, name: str, channel_id: str, message_id: str) -> Outcome:
    """A message's context menu; the app may read that message whatever its intents."""
    person, place = _where(discord, person_id, channel_id)
    found = commands.known(discord, name, commands.MESSAGE, direct=place.kind == "im")
    if found is None:
        raise Missing("command", name)
    message = discord.world.message(place.id, message_id)
    data = _command_data(found) | {
        "target_id": message.id,
        "resolved": {"messages": {message.id: shapes.message(discord, message)}},
    }
    return await ask(discord, COMMAND, name, person, place, data, name=name)


async def press(
    discord: DiscordServer, person_id: str, channel_id: str, message_id: str, custom_id: str, value: Any = None
) -> Outcome:
    """A button, or a select with its chosen values."""
    person, place = _where(discord, person_id, channel_id)
    message = _message(discord, person_id, place, message_id)
    found = components.find(message.blocks, custom_id)
    if found is None:
        raise Missing("component", custom_id)
    if found.get("disabled"):
        raise BadTyping("that is switched off")
    kind = found["type"]
    data: Json = {"custom_id": custom_id, "component_type": kind, "id": found["id"]}
    if kind in components.SELECTS:
        data["values"] = _chosen(found, value)
        resolved = _resolved_select(discord, kind, data["values"])
        if resolved:
            data["resolved"] = resolved
    outcome = await ask(discord, COMPONENT, custom_id, person, place, data, source=message)
    if not outcome.ok:
        discord.world.action_failed(person.id, place.id, message.id, custom_id, outcome.reason)
    return outcome


async def submit(discord: DiscordServer, person_id: str, entered: Json, form_id: str = "") -> Outcome:
    """Fill in and send the open modal: custom id -> text, or a list of values for selects and files."""
    form = top_form(discord, person_id, form_id)
    person, place = _where(discord, form.person, form.origin["channel"])
    custom_ids = {one.get("custom_id") for one in components.walk(form.payload["components"])}
    unknown = set(entered) - custom_ids
    if unknown:
        raise Missing("field", ", ".join(sorted(unknown)))
    errors = {
        one["custom_id"]: text
        for one in components.walk(form.payload["components"])
        if "custom_id" in one and (text := _complaint(one, entered.get(one["custom_id"])))
    }
    form.errors = errors
    if errors:
        discord.world.set_forms(person.id, [form])
        return Outcome(ok=False, body={"errors": errors}, reason="incomplete")
    rows = [_entered(one, entered) for one in form.payload["components"]]
    data: Json = {"custom_id": form.payload["custom_id"], "components": rows}
    data["resolved"] = _resolved_form(discord, form, entered)
    message_id = form.origin.get("message", "")
    source = _find(discord, person.id, place.id, message_id) if message_id else None
    outcome = await ask(discord, MODAL, form.payload["custom_id"], person, place, data, source=source)
    if outcome.ok:
        discord.world.set_forms(person.id, [])
    else:
        form.errors = {"": "Something went wrong. Try again."}
        discord.world.set_forms(person.id, [form])
    return outcome


def top_form(discord: DiscordServer, person_id: str, form_id: str = "") -> Form:
    person = discord.world.person(person_id)
    forms = [one for one in discord.world.forms_of(person.id) if one.origin.get("platform") == "discord"]
    if not forms or (form_id and forms[-1].id != form_id):
        raise Missing("view", form_id or f"of {person_id}")
    return forms[-1]


async def ask(
    discord: DiscordServer,
    kind: int,
    about: str,
    person: Person,
    place: Channel,
    data: Json,
    *,
    name: str = "",
    source: Message | None = None,
) -> Outcome:
    """Send an interaction over the gateway and wait for its first answer, as long as Discord would."""
    one = Interaction(
        discord.world.stamp("discord")[0],
        kind,
        name,
        person.id,
        place.id,
        time.monotonic(),
        discord.settings.ack_seconds,
        source=source.id if source else "",
    )
    discord.interactions.add(one)
    payload = _payload(discord, one, person, place, data, source)
    started = time.perf_counter()
    with discord.traffic.busy():
        if not discord.gateway.connected:
            outcome = Outcome(ok=False, reason="not_connected")
        else:
            events.send(discord, "INTERACTION_CREATE", payload, 0, place.id, about)
            try:
                async with asyncio.timeout(one.ack_seconds):
                    await one.answered.wait()
                ms = (time.perf_counter() - started) * 1000
                word = _WORDS[one.answer["type"]]
                outcome = Outcome(ok=True, body=one.answer | {"kind": word, "message": one.original}, ms=ms)
                discord.traffic.note_ack("interaction", about, one.id, 0, ms)
            except TimeoutError:
                outcome = Outcome(ok=False, reason="timeout")
    discord.traffic.note(
        "interaction",
        about,
        ok=outcome.ok,
        detail=outcome.reason,
        ms=outcome.ms,
        channel=place.id,
        request=payload,
        response=outcome.body,
    )
    return outcome


def _payload(
    discord: DiscordServer, one: Interaction, person: Person, place: Channel, data: Json, source: Message | None
) -> Json:
    world = discord.world
    direct = place.kind == "im"
    payload: Json = {
        "id": one.id,
        "application_id": BOT,
        "type": one.kind,
        "data": data,
        "channel_id": place.id,
        "channel": shapes.channel(discord, place),
        "token": one.token,
        "version": 1,
        "app_permissions": str(may.in_channel(world, discord.bot, place)),
        "locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": {"0": "0" if direct else GUILD},
        "context": 1 if direct else 0,
        "attachment_size_limit": 10 * 1024 * 1024,
    }
    if direct:
        payload["user"] = shapes.user(person)
    else:
        permissions = str(may.in_channel(world, person, place))
        payload |= {
            "guild_id": GUILD,
            "guild": {"id": GUILD, "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": shapes.full_member(discord, person) | {"permissions": permissions},
        }
    if source is not None:
        payload["message"] = shapes.message(discord, source)
    return payload


# Looking things up


def _where(discord: DiscordServer, person_id: str, channel_id: str) -> tuple[Person, Channel]:
    """A place that the person sees."""
    person, place = discord.world.person(person_id), discord.world.channel(channel_id)
    if not may.in_channel(discord.world, person, place) & may.VIEW_CHANNEL:
        raise Missing("channel", channel_id)
    return person, place


def _start(discord: DiscordServer, person_id: str, channel_id: str, typed: str) -> tuple[Person, Channel, Json]:
    person, place = _where(discord, person_id, channel_id)
    name = typed.removeprefix("/").partition(" ")[0]
    found = commands.known(discord, name, commands.CHAT, direct=place.kind == "im")
    if found is None:
        raise Missing("command", name)
    needed = found.get("default_member_permissions")
    if needed is not None and place.kind != "im":
        bits = int(needed)
        if may.in_channel(discord.world, person, place) & bits != bits or not bits:
            raise Missing("command", name)
    return person, place, found


def _rest(typed: str) -> str:
    return typed.partition(" ")[2]


def _command_data(found: Json) -> Json:
    data = {"id": found["id"], "name": found["name"], "type": found["type"]}
    return data | ({"guild_id": found["guild_id"]} if "guild_id" in found else {})


def _find(discord: DiscordServer, person_id: str, channel_id: str, message_id: str) -> Message | None:
    own = discord.world.ephemerals.get(person_id, {}).get(message_id)
    return own or discord.world.find_message(channel_id, message_id)


def _message(discord: DiscordServer, person_id: str, place: Channel, message_id: str) -> Message:
    person = discord.world.person(person_id)
    found = _find(discord, person.id, place.id, message_id)
    if found is None:
        raise Missing("message", message_id)
    return found


def _chosen(found: Json, value: Any) -> list[str]:
    values = [str(one) for one in value] if isinstance(value, list) else [] if value is None else [str(value)]
    least, most = found.get("min_values", 1), found.get("max_values", 1)
    if not least <= len(values) <= most:
        raise BadTyping(f"choose {least} to {most}")
    allowed = [one["value"] for one in found.get("options") or []]
    wrong = [one for one in values if allowed and one not in allowed]
    if wrong:
        raise BadTyping(f"{', '.join(wrong)}: none of {', '.join(allowed)}")
    return values


def _resolved(discord: DiscordServer, values: list[tuple[int, Any]], place: Channel) -> Json:
    """People, roles, places and files that options name, by their option type."""
    made: dict[str, Json] = {}
    for kind, value in values:
        account = str(value)
        if kind in (commands.USER_OPTION, commands.MENTIONABLE) and discord.world.find_person(account):
            person = discord.member(account)
            made.setdefault("users", {})[may.account(person)] = shapes.user(person)
            bits = str(may.in_channel(discord.world, person, place))
            made.setdefault("members", {})[may.account(person)] = shapes.member(discord, person) | {"permissions": bits}
        elif kind in (commands.ROLE, commands.MENTIONABLE) and account in discord.world.usergroups:
            made.setdefault("roles", {})[account] = shapes.role(discord.world.usergroups[account])
        elif kind == commands.CHANNEL and account in discord.world.channels:
            bits = str(may.in_channel(discord.world, discord.bot, discord.world.channels[account]))
            shape = shapes.channel(discord, discord.world.channels[account])
            made.setdefault("channels", {})[account] = shape | {"permissions": bits}
        elif kind == commands.ATTACHMENT:
            file = discord.world.file(account)
            made.setdefault("attachments", {})[account] = shapes.attachment(discord, place.id, file, ephemeral=True)
    return dict(made)


_AS_OPTION: Final = {5: 6, 6: 8, 7: 9, 8: 7, 19: 11}
"""A select's or upload's component type as the option type that resolves alike."""


def _resolved_select(discord: DiscordServer, kind: int, values: list[str]) -> Json:
    place = discord.world.channel(next(one.id for one in discord.channels() if one.parent is None))
    return _resolved(discord, [(_AS_OPTION[kind], one) for one in values], place) if kind in _AS_OPTION else {}


def _resolved_form(discord: DiscordServer, form: Form, entered: Json) -> Json:
    values = [
        (_AS_OPTION[one["type"]], value)
        for one in components.walk(form.payload["components"])
        if one["type"] in _AS_OPTION
        for value in _listed(entered.get(one.get("custom_id", "")))
    ]
    return _resolved(discord, values, discord.world.channel(form.origin["channel"]))


# Modals


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [] if value in (None, "") else [str(value)]


def _complaint(one: Json, value: Any) -> str:
    """What Discord's client says under a field; empty when nothing is wrong."""
    if one["type"] == components.INPUT:
        text = str(one.get("value") or "") if value is None else str(value)
        if not text:
            return "This field is required" if one.get("required", True) else ""
        least, most = one.get("min_length") or 0, one.get("max_length") or 4000
        return "" if least <= len(text) <= most else f"Must be between {least} and {most} in length."
    if one["type"] == components.CHECKBOX:
        return ""
    chosen = _listed(value)
    if not chosen:
        return "This field is required" if one.get("required", True) else ""
    allowed = [option["value"] for option in one.get("options") or []]
    if allowed and set(chosen) - set(allowed):
        return "Not one of the options"
    return "" if len(chosen) <= one.get("max_values", 1) or one["type"] == components.CHECKBOXES else "Too many"


def _entered(one: Json, entered: Json) -> Json:
    kind = one["type"]
    made: Json = {"type": kind, "id": one["id"]}
    if kind == components.ROW:
        return made | {"components": [_entered(inner, entered) for inner in one["components"]]}
    if kind == components.LABEL:
        return made | {"component": _entered(one["component"], entered)}
    if kind == components.TEXT:
        return made
    made["custom_id"] = one["custom_id"]
    value = entered.get(one["custom_id"])
    match kind:
        case components.INPUT:
            return made | {"value": str(one.get("value") or "") if value is None else str(value)}
        case components.CHECKBOX:
            return made | {"value": value in (True, "true", "1")}
        case components.RADIOS:
            return made | {"value": next(iter(_listed(value)), None)}
        case _:
            return made | {"values": _listed(value)}
