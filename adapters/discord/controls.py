"""Buttons, selects and menus as Discord's components, and how tokens travel in their `custom_id`.

A `custom_id` must be unique in a message, so a token that occurs again gets a suffix (`claim:12~2`); `token_of` takes
it off. A control whose token Discord cannot carry is left out: pressing it could tell us nothing. Discord asks nobody
whether they are sure, so a button's confirmation is left out too; everything that has one can be undone.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final, assert_never

from adapters.discord import limits
from adapters.discord.markup import safe_url, unformatted
from adapters.discord.payloads import Json
from core.language.views import Button, Menu, Option, Select

ROW: Final = 1
BUTTON: Final = 2
SELECT: Final = 3
_LINK: Final = 5
_STYLES: Final = {"primary": 1, "default": 2, "danger": 4}
_SUFFIX = re.compile(r"~\d+$")


class Ids:
    """The custom ids of one message."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def custom(self, token: str) -> str | None:
        """None for a token that fits in no id."""
        self._taken[token] += 1
        count = self._taken[token]
        found = f"{token}~{count}" if count > 1 or _SUFFIX.search(token) else token
        return found if token.strip() and limits.carries(found) else None


def token_of(custom_id: str) -> str:
    return _SUFFIX.sub("", custom_id, count=1)


def options(found: Iterable[Option], chosen: str | None = None) -> list[Json]:
    """Those whose value fits, the first one of each value."""
    by_value = {o.value: o for o in reversed(tuple(found)) if limits.carries(o.value, limits.OPTION_TEXT)}
    kept = list(reversed(by_value.values()))[: limits.OPTIONS]
    return [
        {
            "label": unformatted(o.label, limits.OPTION_TEXT),
            "value": o.value,
            **({"default": True} if o.value == chosen else {}),
        }
        for o in kept
    ]


def rows(controls: Iterable[Button | Select], ids: Ids) -> list[Json]:
    """Action rows: buttons five to a row, each select in one of its own."""
    out: list[Json] = []
    buttons: list[Json] = []
    for control in controls:
        match control:
            case Button():
                drawn = _button(control, ids)
                if drawn:
                    buttons.append(drawn)
            case Select():
                entries = options(control.options, control.selected)
                custom_id = ids.custom(control.token) if entries else None
                if custom_id:
                    out += [*_button_rows(buttons), _select(custom_id, control.label, entries)]
                    buttons = []
            case _:
                assert_never(control)
    return [*out, *_button_rows(buttons)]


def menu(found: Menu, ids: Ids) -> Json | None:
    """Discord has no "⋯": rare actions are a select that says "More …"."""
    entries = options(found.options)
    custom_id = ids.custom(found.token) if entries else None
    return _select(custom_id, "More …", entries) if custom_id else None


def _button_rows(buttons: list[Json]) -> list[Json]:
    most = limits.ROW_BUTTONS
    return [{"type": ROW, "components": buttons[i : i + most]} for i in range(0, len(buttons), most)]


def _select(custom_id: str, label: str, entries: list[Json]) -> Json:
    shown = unformatted(label, limits.PLACEHOLDER)
    return {
        "type": ROW,
        "components": [{"type": SELECT, "custom_id": custom_id, "placeholder": shown, "options": entries}],
    }


def _button(button: Button, ids: Ids) -> Json | None:
    label = unformatted(button.label, limits.BUTTON_LABEL)
    if button.url:
        url = safe_url(button.url)
        return {"type": BUTTON, "style": _LINK, "label": label, "url": url} if url else None
    custom_id = ids.custom(button.token)
    if custom_id is None:
        return None
    return {"type": BUTTON, "style": _STYLES[button.style], "label": label, "custom_id": custom_id}
