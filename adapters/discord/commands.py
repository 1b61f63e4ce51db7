"""The desk's application commands, generated from the one table of verbs
(https://docs.discord.com/developers/interactions/application-commands)."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.discord import limits
from adapters.discord.api import Api
from adapters.discord.interactions import SHORTCUTS, TICKET
from adapters.discord.markup import unformatted
from adapters.discord.payloads import Json
from core.language.commands import LISTS, VERBS, Param, Verb
from core.language.words import PRIORITIES, TYPES

_CHAT, _MESSAGE = 1, 3
_SUBCOMMAND, _STRING = 1, 3
_LONGEST: Final = 4000
_PARAMS: Final[Mapping[Param, str]] = {
    "agent": "who",
    "priority": "how urgent it is",
    "type": "what kind of request it is",
    "category": "one of the desk's categories",
    "text": "the words",
    "words": "which of them",
}
_CLOSED: Final[Mapping[str, tuple[str, ...]]] = {"priority": PRIORITIES, "type": TYPES, "words": LISTS}
_COMPLETED: Final = frozenset({"agent", "category", TICKET})


def wanted() -> list[Json]:
    """What Discord is told."""
    return [
        {
            "name": "ticket",
            "type": _CHAT,
            "description": "Work with support tickets",
            "options": [_subcommand(verb) for verb in VERBS],
        },
        *({"name": name, "type": _MESSAGE} for name in SHORTCUTS),
    ]


def _subcommand(verb: Verb) -> Json:
    """What is required must come first."""
    options: list[Json] = []
    if verb.param:
        options.append(_option(verb.param, _PARAMS[verb.param], required=not verb.param_optional))
    if verb.ticket:
        options.append(_option(TICKET, "its number; in a ticket's thread, that ticket", required=False))
    return {
        "name": verb.name,
        "type": _SUBCOMMAND,
        "description": unformatted(verb.summary, limits.DESCRIPTION),
        "options": options,
    }


def _option(name: str, description: str, *, required: bool) -> Json:
    out: Json = {"name": name, "type": _STRING, "description": description, "required": required}
    if name in _CLOSED:
        out["choices"] = [{"name": value, "value": value} for value in _CLOSED[name]]
    elif name in _COMPLETED:
        out["autocomplete"] = True
    else:
        out["max_length"] = _LONGEST
    return out


async def sync(api: Api, application: str) -> bool:
    """Tell Discord of the commands if it knows others; whether it did. Raises a DeliveryError."""
    path = "/applications/{application_id}/commands"
    known = await api.call("GET", path, application_id=application)
    if are_known(known):
        return False
    await api.call("PUT", path, application_id=application, json=wanted())
    return True


def are_known(known: Any) -> bool:
    """Whether what Discord knows is what this version wants it to."""
    return _compared(known) == _compared(wanted())


def _compared(commands: Any) -> list[Json]:
    """What of commands matters, in one order: Discord adds ids and defaults."""
    return sorted((_projected(one) for one in commands), key=lambda one: (one.get("type", 0), one["name"]))


def _projected(value: Any) -> Any:
    if isinstance(value, list):
        return [_projected(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    keys = ("name", "type", "description", "options", "required", "choices", "autocomplete", "max_length", "value")
    return {key: _projected(value[key]) for key in keys if value.get(key)}
