"""What a message may hold: checks a body and gives the fields of `sandbox.model.Message`.

Source: docs.discord.com, Resources, Message.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import components, mentions
from sandbox.discord.call import Call, Part
from sandbox.discord.errors import DiscordError, Problems
from sandbox.discord.shapes import EPHEMERAL, V2
from sandbox.model import Channel, File, Message

if TYPE_CHECKING:
    from sandbox.discord.server import DiscordServer

Json = dict[str, Any]

MOST_CONTENT: Final = 2000
MOST_EMBEDS: Final = 10
MOST_EMBED_TEXT: Final = 6000
MOST_FILES: Final = 10
MOST_BYTES: Final = 10 * 1024 * 1024
SILENT: Final = 1 << 12
SUPPRESS: Final = 1 << 2
_SETTABLE: Final = SUPPRESS | SILENT | V2
_EMBED_TEXTS: Final = (("title", 256), ("description", 4096))
_NAME: Final = re.compile(r"[^\w.\-]+")


def fields_of(
    discord: DiscordServer, call: Call, given: Json, place: Channel, *, before: Message | None = None
) -> Json:
    """The fields that `given` sets: all of a new message, of an edited one (`before`) those that are named. Files are
    kept. Raises `DiscordError`."""
    problems = Problems()
    flags = given.get("flags")
    flags = flags if isinstance(flags, int) else 0
    had = int(before.traits.get("flags", 0)) if before else 0
    v2 = bool((flags | had) & V2)
    made: Json = {}
    if before is None or "content" in given:
        text = given.get("content")
        made["text"] = "" if text is None else str(text).strip()
        if len(made["text"]) > MOST_CONTENT:
            problems.length(("content",), made["text"], MOST_CONTENT)
    if before is None or "embeds" in given:
        made["attachments"] = _embeds(given.get("embeds"), problems)
    kept = _kept(discord, given, before)
    names = {_filename(part.name) for part in call.files} | {discord.world.files[one].name for one in kept}
    if before is None or "components" in given:
        made["blocks"] = components.of_message(given.get("components"), problems, names, v2=v2)
    if v2 and (made.get("text") or made.get("attachments") or given.get("sticker_ids") or given.get("poll")):
        for name in ("content", "embeds"):
            if given.get(name):
                text = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
                problems.add((name,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text)
    allowed = mentions.checked(given.get("allowed_mentions"), problems)
    _check_files(call.files, len(kept), problems)
    problems.raise_any()
    traits = dict(before.traits) if before else {}
    if before is None:
        traits["flags"] = flags & (_SETTABLE | EPHEMERAL)
    elif given.get("flags") is not None:
        traits["flags"] = (had & ~SUPPRESS) | (flags & (SUPPRESS | V2))
    if before is None or "text" in made or "blocks" in made:
        said = mentions.texts(made.get("text", before.text if before else ""), made.get("blocks", []))
        traits["mentions"] = mentions.notified(discord, discord.bot, place, said, allowed)
    made["traits"] = traits
    if before is None or call.files or "attachments" in given:
        made["files"] = [*kept, *(keep(discord, part, discord.bot.id, given, place).id for part in call.files)]
    if _empty(made, before):
        raise DiscordError(50006)
    return made


def _empty(made: Json, before: Message | None) -> bool:
    whole = {
        "text": before.text if before else "",
        "attachments": before.attachments if before else [],
        "blocks": before.blocks if before else [],
        "files": before.files if before else [],
    } | made
    return not (whole["text"] or whole["attachments"] or whole["blocks"] or whole["files"])


def _kept(discord: DiscordServer, given: Json, before: Message | None) -> list[str]:
    """Files of the message that an edit leaves on it: all, or those that `attachments` names."""
    if before is None:
        return []
    if given.get("attachments") is None:
        return [one for one in before.files if one in discord.world.files]
    named = {str(one.get("id")) for one in given["attachments"] if isinstance(one, dict)}
    return [one for one in before.files if one in named]


def _filename(name: str) -> str:
    return _NAME.sub("_", name.rpartition("/")[2]) or "file"


def _check_files(parts: list[Part], kept: int, problems: Problems) -> None:
    if len(parts) + kept > MOST_FILES:
        problems.add(("attachments",), "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_FILES} or fewer in length.")
    if any(len(part.data) > MOST_BYTES for part in parts):
        raise DiscordError(40005)


def keep(discord: DiscordServer, part: Part, owner: str, given: Json, place: Channel) -> File:
    """Put the bytes away; `attachments` in the body may name and describe them by their place."""
    told = [one for one in given.get("attachments") or [] if isinstance(one, dict)]
    about = next((one for one in told if str(one.get("id")) == str(part.place)), {})
    name = _filename(str(about.get("filename") or part.name))
    description = str(about.get("description") or "")
    file_id, at = discord.world.stamp("discord")
    file = File(file_id, owner, name, description or name, part.mimetype, len(part.data), at, [place.id])
    discord.files.write(file.id, part.data)
    discord.world.put_file(file)
    return file


def _embeds(given: Any, problems: Problems) -> list[Json]:
    if given is None:
        return []
    if not isinstance(given, list):
        problems.add(("embeds",), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return []
    problems.count(("embeds",), given, MOST_EMBEDS)
    total = 0
    for place, embed in enumerate(given):
        if not isinstance(embed, dict):
            problems.add(("embeds", place), "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            continue
        for name, most in _EMBED_TEXTS:
            if embed.get(name) is not None:
                problems.length(("embeds", place, name), embed[name], most)
                total += len(str(embed[name]))
        rows = embed.get("fields") or []
        problems.count(("embeds", place, "fields"), rows, 25)
        for number, row in enumerate(rows):
            for name, most in (("name", 256), ("value", 1024)):
                problems.length(("embeds", place, "fields", number, name), row.get(name), most, 1)
                total += len(str(row.get(name, "")))
        for name, inner, most in (("footer", "text", 2048), ("author", "name", 256)):
            if isinstance(embed.get(name), dict):
                problems.length(("embeds", place, name, inner), embed[name].get(inner), most)
                total += len(str(embed[name].get(inner, "")))
    if total > MOST_EMBED_TEXT:
        problems.add(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MOST_EMBED_TEXT}")
    return [{"type": "rich", **one} for one in given if isinstance(one, dict)]
