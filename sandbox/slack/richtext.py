"""Slack's markup in both directions that a chat client needs: what a person types to mrkdwn, and mrkdwn to rich text.

Messages of people carry a `rich_text` block beside their text; an app may read either.
"""

from __future__ import annotations

import re
from typing import Any, Final

from sandbox.world import World

_TOKEN: Final = re.compile(r"<([@#!]?)([^<>|\n]+)(?:\|([^<>\n]*))?>")
_KNOWN_TOKEN: Final = re.compile(
    r"<(?:@[UWB][A-Z0-9]+|#[CGD][A-Z0-9]+|!(?:here|channel|everyone)|!subteam\^S[A-Z0-9]+|!date\^[^<>\n]+"
    r"|(?:https?|mailto|tel):[^<>\s|]+)(?:\|[^<>\n]*)?>"
)
_URL: Final = re.compile(r"https?://[^\s<>|]+[^\s<>|.,;:!?)\]}'\"]")
_MENTION: Final = re.compile(r"(?<![\w@])@([A-Za-z][\w.-]*(?: [A-Z][\w-]*)?)")
_CHANNEL: Final = re.compile(r"(?<![\w#&])#([a-z0-9][\w-]*)")
_BROADCAST: Final = ("here", "channel", "everyone")
_INLINE: Final = re.compile(
    r"<[^<>\n]+>|:[a-z0-9_+'-]+(?:::skin-tone-[2-6])?:"
    r"|`[^`\n]+`|(?<![\w*])\*[^*\n]+\*(?![\w*])|(?<![\w_])_[^_\n]+_(?![\w_])|(?<![\w~])~[^~\n]+~(?![\w~])"
)
_STYLES: Final = {"`": "code", "*": "bold", "_": "italic", "~": "strike"}


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def typed_text(world: World, text: str) -> str:
    """What Slack makes of what a person typed: `@Bo Lind`, `#triage` and addresses become tokens, `& < >` are escaped.

    Tokens that stand there already (`<@U0BO>`, `<https://…|here>`) stay, so scripts can write them.
    """
    done = []
    place = 0
    for token in _KNOWN_TOKEN.finditer(text):
        done.append(_tokens(world, text[place : token.start()]))
        done.append(token.group())
        place = token.end()
    done.append(_tokens(world, text[place:]))
    return "".join(done)


def _tokens(world: World, text: str) -> str:
    pieces = []
    place = 0
    for url in _URL.finditer(text):
        pieces.append(_names(world, escape(text[place : url.start()])))
        pieces.append(f"<{url.group().replace('&', '&amp;')}>")
        place = url.end()
    pieces.append(_names(world, escape(text[place:])))
    return "".join(pieces)


def _names(world: World, text: str) -> str:
    if "@" in text:
        text = _MENTION.sub(lambda found: _mention(world, found), text)
    if "#" in text:
        text = _CHANNEL.sub(lambda found: _channel(world, found), text)
    return text


def _mention(world: World, found: re.Match[str]) -> str:
    """The longest name that fits: `@Bo Lind` before `@Bo`; what no name fits stays as it is."""
    whole = found.group(1)
    for name in dict.fromkeys((whole, whole.partition(" ")[0])):
        rest = whole[len(name) :]
        if name in _BROADCAST:
            return f"<!{name}>{rest}"
        for person in world.people.values():
            if world.on_slack(person.workspace) and name.lower() in (person.handle.lower(), person.name.lower()):
                return f"<@{person.id}>{rest}"
        for group in world.usergroups.values():
            if world.on_slack(group.workspace) and name.lower() == group.handle.lower():
                return f"<!subteam^{group.id}>{rest}"
    return found.group()


def _channel(world: World, found: re.Match[str]) -> str:
    for channel in world.channels.values():
        if channel.kind != "im" and world.on_slack(channel.workspace) and channel.name == found.group(1):
            return f"<#{channel.id}|{channel.name}>"
    return found.group()


def rich_text(text: str, block_id: str) -> dict[str, Any]:
    """The `rich_text` block that Slack's clients send with a text."""
    elements: list[dict[str, Any]] = []
    for place, part in enumerate(text.split("```")):
        if place % 2:
            elements.append({"type": "rich_text_preformatted", "elements": [_text(part.strip("\n"))]})
        else:
            elements += _paragraphs(part)
    return {"type": "rich_text", "block_id": block_id, "elements": elements or [_section([])]}


def _section(elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": elements}


def _paragraphs(text: str) -> list[dict[str, Any]]:
    elements: list[dict[str, Any]] = []
    plain: list[str] = []
    quoted: list[str] = []

    def flush() -> None:
        if quoted:
            elements.append({"type": "rich_text_quote", "elements": _inline("\n".join(quoted))})
            quoted.clear()
        joined = "\n".join(plain)
        if joined:
            elements.append(_section(_inline(joined)))
        plain.clear()

    for line in text.split("\n"):
        is_quote = line.startswith("&gt;")
        if (is_quote and plain) or (not is_quote and quoted):
            flush()
        if is_quote:
            quoted.append(line.removeprefix("&gt;").removeprefix(" "))
        else:
            plain.append(line)
    flush()
    return elements


def _inline(text: str) -> list[dict[str, Any]]:
    elements: list[dict[str, Any]] = []
    place = 0
    for found in _INLINE.finditer(text):
        if found.start() > place:
            elements.append(_text(text[place : found.start()]))
        elements.append(_piece(found.group()))
        place = found.end()
    if place < len(text):
        elements.append(_text(text[place:]))
    return elements


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": unescape(text)}


def _piece(piece: str) -> dict[str, Any]:
    if piece[0] in _STYLES:
        return {**_text(piece[1:-1]), "style": {_STYLES[piece[0]]: True}}
    if piece[0] == ":":
        return {"type": "emoji", "name": piece.strip(":")}
    token = _TOKEN.fullmatch(piece)
    if token is None:
        return _text(piece)
    mark, name, label = token.groups()
    match mark:
        case "@":
            return {"type": "user", "user_id": name}
        case "#":
            return {"type": "channel", "channel_id": name}
        case "!" if name in _BROADCAST:
            return {"type": "broadcast", "range": name}
        case "!" if name.startswith("subteam^"):
            return {"type": "usergroup", "usergroup_id": name.removeprefix("subteam^")}
        case "!":
            return _text(label or name)
        case _:
            link = {"type": "link", "url": unescape(name)}
            return {**link, "text": unescape(label)} if label else link
