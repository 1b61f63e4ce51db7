"""Application commands: what may be registered, and what a person typed for one.

Source: docs.discord.com, Interactions, Application Commands. They are kept in the server's `traits`: `commands` for the
server's own, `global_commands` for the app's.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord.errors import DiscordError, Problems
from sandbox.discord.seed import BOT, GUILD

if TYPE_CHECKING:
    from sandbox.discord.server import DiscordServer

Json = dict[str, Any]

CHAT, USER, MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
STRING, INTEGER, BOOLEAN, USER_OPTION, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)
MOST: Final = {CHAT: 100, USER: 15, MESSAGE: 15}
_NAME: Final = re.compile(r"[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}")
_TOKEN: Final = re.compile(r"(?:(?<=\s)|^)([-_'\w]{1,32}):")


class BadTyping(ValueError):
    """The client would not let that be sent; the text says why."""


def kept(discord: DiscordServer, guild: str) -> list[Json]:
    """Of the server, or the app's own where `guild` is empty."""
    workspace = discord.world.workspaces[GUILD]
    return list(workspace.traits.get("commands" if guild else "global_commands", []))


def keep(discord: DiscordServer, guild: str, commands: list[Json]) -> None:
    workspace = discord.world.workspaces[GUILD]
    name = "commands" if guild else "global_commands"
    discord.world.put_workspace(replace(workspace, traits={**workspace.traits, name: commands}))


def known(discord: DiscordServer, name: str, kind: int, *, direct: bool) -> Json | None:
    """The server's own come first; in a direct conversation only the app's own are there."""
    rows = [] if direct else kept(discord, GUILD)
    return next((one for one in [*rows, *kept(discord, "")] if one["name"] == name and one["type"] == kind), None)


def checked(discord: DiscordServer, given: Any, guild: str, before: Json | None = None) -> Json:
    """One command as Discord keeps it. Raises 50035."""
    problems = Problems()
    made = _checked(given, problems, ())
    problems.raise_any()
    return {
        "id": before["id"] if before else discord.world.stamp("discord")[0],
        "application_id": BOT,
        "version": discord.world.stamp("discord")[0],
        "default_member_permissions": given.get("default_member_permissions"),
        "dm_permission": given.get("dm_permission", True),
        "nsfw": bool(given.get("nsfw")),
        "integration_types": given.get("integration_types") or [0],
        "contexts": given.get("contexts"),
        **({"guild_id": guild} if guild else {}),
        **made,
    }


def check_all(given: Any) -> list[Json]:
    """A bulk overwrite. Raises 50035, or 30032 when there are too many."""
    if not isinstance(given, list):
        raise DiscordError(50109)
    problems = Problems()
    seen: set[tuple[int, str]] = set()
    for place, one in enumerate(given):
        _checked(one, problems, (place,))
        key = (one.get("type", CHAT), str(one.get("name"))) if isinstance(one, dict) else (0, str(place))
        if key in seen:
            text = "Application command names must be unique"
            problems.add((place, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", text)
        seen.add(key)
    problems.raise_any()
    for kind, most in MOST.items():
        if sum(1 for each, _ in seen if each == kind) > most:
            raise DiscordError(30032)
    return given


def _checked(given: Any, problems: Problems, path: tuple[str | int, ...]) -> Json:
    if not isinstance(given, dict):
        problems.add(path or ("name",), "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return {}
    kind = given.get("type", CHAT)
    if kind not in MOST:
        problems.add((*path, "type"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3}.")
        return {}
    made: Json = {"type": kind, "name": given.get("name"), "description": "", "options": []}
    if kind != CHAT:
        problems.length((*path, "name"), given.get("name"), 32, 1)
        if given.get("description") or given.get("options"):
            text = "Context menu commands cannot have description"
            problems.add((*path, "description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_NOT_ALLOWED", text)
        return made
    _name(given, problems, path)
    problems.length((*path, "description"), given.get("description"), 100, 1)
    made["description"] = given.get("description")
    made["options"] = _options(given.get("options") or [], problems, (*path, "options"), 0)
    return made


def _name(given: Json, problems: Problems, path: tuple[str | int, ...]) -> None:
    name = given.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name != name.lower():
        text = "Command name is invalid"
        problems.add((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", text)


def _options(given: list[Any], problems: Problems, path: tuple[str | int, ...], depth: int) -> list[Json]:
    problems.count(path, given, 25)
    optional = False
    for place, option in enumerate(given):
        here = (*path, place)
        if not isinstance(option, dict) or option.get("type") not in range(1, 12):
            problems.add((*here, "type"), "BASE_TYPE_CHOICES", "Value must be one of {1, …, 11}.")
            continue
        _name(option, problems, here)
        problems.length((*here, "description"), option.get("description"), 100, 1)
        choices = option.get("choices") or []
        problems.count((*here, "choices"), choices, 25)
        for number, choice in enumerate(choices):
            problems.length((*here, "choices", number, "name"), choice.get("name"), 100, 1)
        if choices and option.get("autocomplete"):
            text = "Autocomplete and choices exclude each other"
            problems.add((*here, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", text)
        if option["type"] in (SUBCOMMAND, GROUP):
            if depth + option["type"] > 2 and not (depth == 2 and option["type"] == SUBCOMMAND):
                text = "Subcommands cannot be nested so"
                problems.add((*here, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text)
            _options(option.get("options") or [], problems, (*here, "options"), depth + option["type"])
        elif option.get("required") and optional:
            text = "Required options must be placed before non-required options"
            problems.add(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text)
        optional = optional or not option.get("required")
    return given


# What people type: `/ticket reply ticket:12 text:On it`


def parse(command: Json, typed: str) -> tuple[list[str], list[Json], dict[str, str]]:
    """The subcommands, the options of the innermost, and what was typed for each. Raises `BadTyping`."""
    options: list[Json] = command.get("options") or []
    path: list[str] = []
    rest = typed.strip()
    while options and options[0]["type"] in (SUBCOMMAND, GROUP):
        word, _, rest = rest.partition(" ")
        chosen = next((one for one in options if one["name"] == word), None)
        if chosen is None:
            raise BadTyping(f"{word!r} is none of {', '.join(one['name'] for one in options)}")
        path.append(word)
        options = chosen.get("options") or []
        rest = rest.strip()
    return path, options, _values(options, rest)


def _values(options: list[Json], rest: str) -> dict[str, str]:
    names = {one["name"] for one in options}
    marks = [found for found in _TOKEN.finditer(rest) if found.group(1) in names]
    before = rest[: marks[0].start()] if marks else rest
    if before.strip():
        raise BadTyping(f"{before.strip()!r}: give options as name:value; there are {', '.join(names) or 'none'}")
    if not marks:
        return {}
    ends = [found.start() for found in marks[1:]] + [len(rest)]
    return {found.group(1): rest[found.end() : end].strip() for found, end in zip(marks, ends, strict=True)}


def filled(options: list[Json], given: dict[str, Any], *, partial: bool = False) -> list[Json]:
    """Options as an interaction carries them, of their types. Raises `BadTyping`; `partial`: for autocomplete."""
    made = []
    unknown = set(given) - {one["name"] for one in options}
    if unknown:
        raise BadTyping(f"unknown options: {', '.join(sorted(unknown))}")
    for option in options:
        name = option["name"]
        if name in given:
            value = given[name] if partial and option.get("autocomplete") else _typed(option, given[name])
            made.append({"name": name, "type": option["type"], "value": value})
        elif option.get("required") and not partial:
            raise BadTyping(f"{name} is missing")
    return made


def _typed(option: Json, value: Any) -> Any:
    kind, name = option["type"], option["name"]
    text = str(value)
    for choice in option.get("choices") or []:
        if text in (choice["name"], str(choice["value"])):
            return choice["value"]
    if option.get("choices"):
        raise BadTyping(f"{name}: {text!r} is none of the choices")
    try:
        match kind:
            case 4:
                made: Any = int(text)
            case 5:
                made = text.lower() in ("true", "yes", "1")
            case 10:
                made = float(text)
            case 3:
                made = text
                least, most = option.get("min_length", 0), option.get("max_length", 6000)
                if not least <= len(text) <= most:
                    raise BadTyping(f"{name} must have {least} to {most} characters")
            case _:
                found = re.fullmatch(r"<[@#]?[!&]?(\d+)>|(\d+)", text)
                if found is None:
                    raise BadTyping(f"{name}: {text!r} is no id")
                made = found.group(1) or found.group(2)
    except ValueError as error:
        if isinstance(error, BadTyping):
            raise
        raise BadTyping(f"{name}: {text!r} is no number") from None
    if kind in (INTEGER, NUMBER) and not option.get("min_value", made) <= made <= option.get("max_value", made):
        raise BadTyping(f"{name}: {text} is out of range")
    return made


def nested(path: list[str], filled_in: list[Json]) -> list[Json]:
    """The options inside their subcommands, as `data.options` has them."""
    result = filled_in
    for depth in reversed(range(len(path))):
        kind = GROUP if len(path) == 2 and depth == 0 else SUBCOMMAND
        result = [{"name": path[depth], "type": kind, "options": result}]
    return result
