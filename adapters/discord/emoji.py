"""Emoji by name, as desk.yaml writes them, and by character, as Discord's reactions carry them.

A name that is not in the table is taken for the character's Unicode name in small letters (`hourglass`), and one that
is not that either for a custom emoji, which is `name:id` on the wire.
"""

import unicodedata
from collections.abc import Mapping
from typing import Final

_BY_NAME: Final[Mapping[str, str]] = {
    "ticket": "🎫",
    "eyes": "👀",
    "white_check_mark": "✅",
    "heavy_check_mark": "✔️",
    "ballot_box_with_check": "☑️",
    "arrows_counterclockwise": "🔄",
    "rotating_light": "🚨",
    "thumbsup": "👍",
    "thumbsdown": "👎",
    "x": "❌",
    "no_entry": "⛔",
    "warning": "⚠️",
    "fire": "🔥",
    "question": "❓",
    "exclamation": "❗",
    "raised_hand": "✋",
    "wave": "👋",
    "pray": "🙏",
    "tada": "🎉",
    "bulb": "💡",
    "bug": "🐛",
    "lock": "🔒",
    "mag": "🔍",
    "hourglass_flowing_sand": "⏳",
    "pause_button": "⏸️",
    "double_vertical_bar": "⏸️",
    "memo": "📝",
    "envelope": "✉️",
    "bell": "🔔",
    "speech_balloon": "💬",
    "heart": "❤️",
    "rocket": "🚀",
    "+1": "👍",
    "-1": "👎",
}
_SELECTOR = "\ufe0f"
_TONES = "".join(map(chr, range(0x1F3FB, 0x1F400)))
_BY_CHARACTER: Final[Mapping[str, str]] = {
    character.strip(_SELECTOR): name for name, character in reversed(list(_BY_NAME.items()))
}


def name_of(emoji: str) -> str:
    """The name of a character or of a custom emoji (which has one already), without skin tone."""
    bare = "".join(c for c in emoji if c not in _TONES and c != _SELECTOR)
    if bare in _BY_CHARACTER:
        return _BY_CHARACTER[bare]
    if len(bare) == 1 and not bare.isascii():
        return unicodedata.name(bare, bare).lower().replace(" ", "_")
    return bare or emoji


def character_of(name: str) -> str:
    """What a reaction route takes: the character, or the name itself where there is none."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    try:
        return unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return name
