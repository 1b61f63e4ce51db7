"""Discord's side of the journeys that does not depend on who serves it: emoji, components, words as they read."""

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

EMOJI = {
    "ticket": "🎫",
    "eyes": "👀",
    "white_check_mark": "✅",
    "arrows_counterclockwise": "🔄",
    "rotating_light": "🚨",
}
SHORTCUTS = {"open_ticket": "Open ticket", "send_to_customer": "Send to customer"}
_LINK = re.compile(r"\[((?:[^\]\\]|\\.)*)\]\(<?https?://[^)]*\)")
_BUTTON, _SELECT, _TEXT = 2, 3, 10


def walk(components: list[Json]) -> Iterator[Json]:
    for one in components:
        yield one
        yield from walk(one.get("components") or [])


def selects(components: list[Json]) -> set[str]:
    """The custom ids of a form's selects."""
    inside = [one.get("component") or one for one in walk(components)]
    return {one["custom_id"] for one in inside if one["type"] == _SELECT}


def words(text: str, components: list[Json]) -> str:
    """As it reads: no emphasis, links by their label."""
    said = "\n".join(filter(None, [text, *(one["content"] for one in walk(components) if one["type"] == _TEXT)]))
    return re.sub(r"\\(\W)", r"\1", _LINK.sub(r"\1", said).replace("**", "")).replace("\n> ", "\n").replace("-# ", "")


def buttons(components: list[Json]) -> tuple[str, ...]:
    return tuple(one["label"] for one in walk(components) if one["type"] == _BUTTON and "label" in one)


def button(components: list[Json], label: str) -> str:
    """Its custom id."""
    return str(next(one["custom_id"] for one in walk(components) if one.get("label") == label))


def option(components: list[Json], label: str) -> tuple[str, str]:
    """A select's custom id and the value of its option of that label."""
    for one in walk(components):
        if one["type"] == _SELECT:
            for entry in one["options"]:
                if entry["label"] == label:
                    return one["custom_id"], entry["value"]
    raise AssertionError(f"no option “{label}” in {components}")
