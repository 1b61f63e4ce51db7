"""Buttons, selects and menus as Block Kit elements, and how tokens travel in their `action_id`.

An `action_id` must be unique, so a token that occurs again gets a suffix (`claim:12~2`); `token_of` takes it off.
A control whose token Slack cannot carry is left out: pressing it could tell us nothing.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, assert_never

from adapters.slack import limits
from adapters.slack.markup import safe_url, unformatted
from core.language.views import Button, Confirm, Menu, Option, Select

Json = dict[str, Any]

# Slack tells of presses on link buttons too; these are nothing to us.
LINK_TOKEN = "open_link"  # noqa: S105 no secret
_SUFFIX = re.compile(r"~\d+$")


class Ids:
    """The ids of one message or view. `nonce` is another one at each rendering: Slack's clients keep what was
    chosen in a select as long as its block_id stays."""

    def __init__(self, nonce: str) -> None:
        self._nonce = nonce
        self._blocks = 0
        self._taken: Counter[str] = Counter()

    def block(self) -> str:
        self._blocks += 1
        return f"{self._nonce}-{self._blocks}"

    def action(self, token: str) -> str | None:
        """None for a token that fits in no id."""
        self._taken[token] += 1
        count = self._taken[token]
        found = f"{token}~{count}" if count > 1 or _SUFFIX.search(token) else token
        return found if token and limits.units(found) <= limits.ACTION_ID else None


def token_of(action_id: str) -> str:
    return _SUFFIX.sub("", action_id, count=1)


def plain_text(text: str, limit: int) -> Json:
    return {"type": "plain_text", "text": unformatted(text, limit), "emoji": True}


def options(found: Iterable[Option], most: int) -> list[Json]:
    """Those whose value fits, the first one of each value."""
    by_value = {o.value: o for o in reversed(tuple(found)) if o.value and limits.units(o.value) <= limits.OPTION_VALUE}
    kept = list(reversed(by_value.values()))[:most]
    return [{"text": plain_text(o.label, limits.OPTION_TEXT), "value": o.value} for o in kept]


def element(control: Button | Select, ids: Ids) -> Json | None:
    match control:
        case Button():
            return _button(control, ids)
        case Select():
            return _select(control, ids)
        case _:
            assert_never(control)


def menu(found: Menu, ids: Ids) -> Json | None:
    """The "⋯"; with a single entry a button, because Slack wants two for a menu."""
    entries = options(found.options, limits.OVERFLOW_OPTIONS)
    action_id = ids.action(found.token) if entries else None
    if action_id is None:
        return None
    if len(entries) < limits.OVERFLOW_LEAST:
        return {"type": "button", "action_id": action_id, **entries[0]}
    return {"type": "overflow", "action_id": action_id, "options": entries}


def _button(button: Button, ids: Ids) -> Json | None:
    url = safe_url(button.url) if button.url else None
    if button.url and url is None:
        return None
    action_id = ids.action(LINK_TOKEN if url else button.token)
    if action_id is None:
        return None
    out: Json = {"type": "button", "text": plain_text(button.label, limits.BUTTON_TEXT), "action_id": action_id}
    if url:
        out["url"] = url
    if button.style != "default":
        out["style"] = button.style
    if button.confirm:
        out["confirm"] = _confirm(button.confirm, danger=button.style == "danger")
    return out


def _confirm(confirm: Confirm, *, danger: bool) -> Json:
    out: Json = {
        "title": plain_text(confirm.title, limits.CONFIRM_TITLE),
        "text": plain_text(confirm.text, limits.CONFIRM_TEXT),
        "confirm": plain_text(confirm.yes, limits.CONFIRM_BUTTON),
        "deny": plain_text(confirm.no, limits.CONFIRM_BUTTON),
    }
    return {**out, "style": "danger"} if danger else out


def _select(select: Select, ids: Ids) -> Json | None:
    entries = options(select.options, limits.OPTIONS)
    action_id = ids.action(select.token) if entries else None
    if action_id is None:
        return None
    out: Json = {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain_text(select.label, limits.PLACEHOLDER),
        "options": entries,
    }
    chosen = next((entry for entry in entries if entry["value"] == select.selected), None)
    return {**out, "initial_option": chosen} if chosen else out
