"""Forms as Discord's modals (https://docs.discord.com/developers/components/reference#label)."""

import re
import secrets
from typing import Any, Final, assert_never

from adapters.discord import limits
from adapters.discord.controls import SELECT, options
from adapters.discord.markup import Ink, cut_units, markdown, unformatted
from adapters.discord.payloads import Json
from core.language.text import clean
from core.language.views import ChoiceInput, Form, Input, TextInput

_TEXT_INPUT: Final = 4
_TEXT: Final = 10
_LABEL: Final = 18
_ONE_LINE, _LINES = 1, 2
_MARKED: Final = re.compile(r"(?P<token>.+)~(?P<mark>[0-9a-f]{8})", re.DOTALL)


def form(shown: Form, ink: Ink) -> Json | None:
    """None for a form whose token Discord cannot carry, or without an input: submitting it could tell us nothing."""
    taken: set[str] = set()
    inputs = [found for found in (_input(one, taken) for one in shown.inputs) if found][: limits.MODAL_INPUTS]
    if not inputs or not limits.carries(shown.token):
        return None
    intro = markdown(shown.intro, ink, 1000)
    head = [{"type": _TEXT, "content": intro}] if intro and len(inputs) < limits.MODAL_INPUTS else []
    title = unformatted(shown.title, limits.MODAL_TITLE)
    return {"custom_id": _opened(shown.token), "title": title, "components": [*head, *inputs]}


def _opened(token: str) -> str:
    """Discord tells sendings apart, not forms: who is told that sending one did not work sends it again, as another
    interaction. So each form that opens has a mark of its own, where there is room for one."""
    marked = f"{token}~{secrets.token_hex(4)}"
    return marked if limits.carries(marked) else token


def opened(custom_id: str) -> tuple[str, str | None]:
    """(token, the form's mark)"""
    found = _MARKED.fullmatch(custom_id)
    return (found["token"], found["mark"]) if found else (custom_id, None)


def _input(found: Input, taken: set[str]) -> Json | None:
    if not limits.carries(found.key) or found.key in taken:
        return None
    inside = _element(found)
    if inside is None:
        return None
    taken.add(found.key)
    out: Json = {"type": _LABEL, "label": unformatted(found.label, limits.INPUT_LABEL)}
    if found.hint.strip():
        out["description"] = unformatted(found.hint, limits.INPUT_DESCRIPTION)
    return {**out, "component": {"custom_id": found.key, "required": not found.optional, **inside}}


def _element(found: Input) -> dict[str, Any] | None:
    match found:
        case TextInput():
            longest = max(1, min(found.max_length, limits.INPUT_TEXT))
            out: Json = {
                "type": _TEXT_INPUT,
                "style": _LINES if found.multiline else _ONE_LINE,
                "max_length": longest,
            }
            initial = clean(found.initial)
            if not found.multiline:
                initial = " ".join(initial.split())
            if initial.strip():
                out["value"] = cut_units(initial, longest)
            if found.placeholder.strip():
                out["placeholder"] = unformatted(found.placeholder, limits.INPUT_PLACEHOLDER)
            return out
        case ChoiceInput():
            entries = options(found.options, found.initial)
            return {"type": SELECT, "options": entries} if entries else None
        case _:
            assert_never(found)
