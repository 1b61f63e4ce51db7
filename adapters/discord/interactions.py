"""What people do on the desk's own surfaces (https://docs.discord.com/developers/interactions/receiving-and-responding):
commands, presses, forms, message commands, questions for options."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, Literal

from adapters.discord import modals
from adapters.discord.controls import token_of
from adapters.discord.messages import posted
from adapters.discord.payloads import Me, Payload, mapping, maybe, ref_of, sequence, snowflake, string
from core.language.commands import Command, Verb, verb
from core.language.events import (
    ActionPressed,
    ChoicesAsked,
    CommandTyped,
    FormSubmitted,
    Inbound,
    ShortcutUsed,
)
from core.language.places import Identity, Place
from core.language.words import parse_number

COMPONENT: Final = 3
AUTOCOMPLETE: Final = 4
# The option that every verb on a ticket has.
TICKET: Final = "ticket"
# Message commands, by the name that people see.
SHORTCUTS: Final[dict[str, Literal["open_ticket", "send_to_customer"]]] = {
    "Open ticket": "open_ticket",
    "Send to customer": "send_to_customer",
}
_SUBCOMMAND: Final = 1
# Discord completes an @ in any option.
_MENTION: Final = re.compile(r"<@!?(\d{1,20})>", re.ASCII)
_MESSAGE_COMMAND: Final = 3


def read(payload: Payload, me: Me, at: datetime) -> Inbound | None:
    """Raises ValueError."""
    data = mapping(payload, "d", "data")
    # Commands, components, autocompletion, modals.
    match mapping(payload, "d").get("type"):
        case 2 if data.get("type") == _MESSAGE_COMMAND:
            return _shortcut(payload, data, me, at)
        case 2:
            return _command(payload, data, me, at)
        case 3:
            return _pressed(payload, data, me, at)
        case 4:
            return _asked(payload, data, me, at)
        case 5:
            return _submitted(payload, data, me, at)
    return None


def place_of(payload: Payload, me: Me) -> Place:
    return ref_of(payload, "0", me).place


def _outer(payload: Payload, me: Me, at: datetime) -> dict[str, Any]:
    return {
        "connection": me.connection,
        "at": at,
        "raw": payload,
        "person": Identity(me.connection, snowflake(payload, "d", "user", "id")),
        "interaction": snowflake(payload, "d", "id"),
    }


def _command(payload: Payload, data: Payload, me: Me, at: datetime) -> Inbound:
    name, values = _subcommand(data)
    found = verb(name)
    return CommandTyped(
        text=" ".join([name, *values.values()]),
        command=_as_command(found, values) if found else None,
        place=place_of(payload, me),
        direct=payload.get("direct") is True,
        **_outer(payload, me, at),
    )


def _as_command(found: Verb, values: dict[str, str]) -> Command | None:
    """None for a ticket that is none: parsing the words then says what to type."""
    number = parse_number(values[TICKET]) if TICKET in values else None
    if TICKET in values and number is None:
        return None
    return Command(found.name, number, {name: value for name, value in values.items() if name != TICKET})


def _subcommand(data: Payload) -> tuple[str, dict[str, str]]:
    for option in sequence(data, "options"):
        if option.get("type") == _SUBCOMMAND:
            given = {string(one, "name"): str(one.get("value", "")) for one in sequence(option, "options")}
            if found := _MENTION.fullmatch(given.get("agent", "").strip()):
                given["agent"] = found.group(1)
            return string(option, "name"), {name: value for name, value in given.items() if value.strip()}
    return string(data, "name"), {}


def _pressed(payload: Payload, data: Payload, me: Me, at: datetime) -> Inbound:
    chosen = next((one for one in sequence(data, "values") if isinstance(one, str)), None)
    message = maybe(payload, "d", "message", "id")
    return ActionPressed(
        token=token_of(string(data, "custom_id")),
        value=chosen,
        ref=ref_of(payload, message, me) if message else None,
        **_outer(payload, me, at),
    )


def _asked(payload: Payload, data: Payload, me: Me, at: datetime) -> Inbound:
    options = [one for option in sequence(data, "options") for one in sequence(option, "options")]
    focused = next(one for one in options if one.get("focused") is True)
    return ChoicesAsked(token=string(focused, "name"), query=str(focused.get("value") or ""), **_outer(payload, me, at))


def _submitted(payload: Payload, data: Payload, me: Me, at: datetime) -> Inbound:
    values = {string(one, "custom_id"): _entered(one) for one in _inputs(sequence(data, "components"))}
    token, mark = modals.opened(string(data, "custom_id"))
    outer = _outer(payload, me, at)
    if mark:
        outer["interaction"] = f"form/{mark}/{outer['person'].user}"
    return FormSubmitted(token=token, values=values, **outer)


def _inputs(found: list[Any]) -> Iterator[Payload]:
    """Inputs stand in labels (`component`) or, in older modals, in rows (`components`)."""
    for one in found:
        inside = mapping(one, "component")
        if maybe(one, "custom_id"):
            yield one
        else:
            yield from _inputs([inside] if inside else sequence(one, "components"))


def _entered(one: Payload) -> str:
    chosen = next((value for value in sequence(one, "values") if isinstance(value, str)), None)
    return chosen or maybe(one, "value") or ""


def _shortcut(payload: Payload, data: Payload, me: Me, at: datetime) -> Inbound | None:
    name = SHORTCUTS.get(string(data, "name"))
    if name is None:
        return None
    message = mapping(data, "resolved", "messages", snowflake(data, "target_id"))
    return ShortcutUsed(name=name, message=posted(payload, me, message), **_outer(payload, me, at))
