"""Forms and pages as Slack views (https://docs.slack.dev/reference/views).

A form's `private_metadata` is its token, then, on lines of their own, the channel and thread where it was asked
for: a submission tells nothing of the place, and the answer belongs there.
"""

from typing import Any, assert_never

from adapters.slack import limits
from adapters.slack.controls import Ids, Json, options, plain_text, token_of
from adapters.slack.markup import ELLIPSIS, Ink, cut_units, mrkdwn
from adapters.slack.render import blocks, card_blocks, context, fallback, section
from core.language.places import Place
from core.language.text import clean, plain
from core.language.views import Card, ChoiceInput, Form, Home, Input, TextInput

FORM = "form"
NOTICE = "notice"
# The action_id of every input; its key is the block_id.
_VALUE = "value"


def form(shown: Form, ink: Ink, nonce: str, origin: Place | None = None) -> Json:
    ids, keys = Ids(nonce), Ids(nonce)
    intro = mrkdwn(shown.intro, ink, limits.FIELD_TEXT)
    fields = [found for found in (_input(one, keys) for one in shown.inputs) if found]
    inside = ([context(intro, ids)] if intro else []) + fields[: limits.VIEW_BLOCKS - 1]
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": _metadata(shown.token, origin),
        "title": plain_text(shown.title, limits.VIEW_TITLE),
        "submit": plain_text(shown.submit, limits.VIEW_BUTTON),
        "blocks": inside or [section(ELLIPSIS, ids)],
    }


def notice(shown: Card, ink: Ink, nonce: str) -> Json:
    """A card in a window of its own, for where there is no channel to show it in."""
    titled = plain(shown.title) or shown.fallback
    inside = card_blocks(shown, ink, nonce, limits.VIEW_BLOCKS)
    return {
        "type": "modal",
        "callback_id": NOTICE,
        "title": plain_text(titled, limits.VIEW_TITLE),
        "blocks": inside or [section(fallback(shown), Ids(nonce))],
    }


def home(shown: Home, ink: Ink, nonce: str) -> Json:
    ids = Ids(nonce)
    title = plain(shown.title)
    head: list[Json] = []
    if title.strip():
        head = [{"type": "header", "block_id": ids.block(), "text": plain_text(title, limits.HEADER_TEXT)}]
    inside = [*head, *blocks(shown.blocks, ink, ids, limits.VIEW_BLOCKS - len(head))]
    return {"type": "home", "blocks": inside or [section(ELLIPSIS, ids)]}


def token_and_origin(metadata: str, connection: str) -> tuple[str, Place | None]:
    """What `form` put into `private_metadata`."""
    token, *rest = metadata.split("\n")
    channel, thread = (*rest, "", "")[:2]
    return token, Place(connection, channel, thread or None) if channel else None


def values_of(state: Any) -> dict[str, str]:
    """What was entered, by input key; empty where nothing was."""
    out: dict[str, str] = {}
    for key, inside in (state or {}).get("values", {}).items():
        for found in inside.values():
            chosen = found.get("selected_option")
            value = chosen.get("value") if isinstance(chosen, dict) else found.get("value")
            out[token_of(key)] = value if isinstance(value, str) else ""
    return out


def _metadata(token: str, origin: Place | None) -> str:
    one_line = token.replace("\n", " ")[: limits.PRIVATE_METADATA - 200]
    return one_line if origin is None else f"{one_line}\n{origin.channel}\n{origin.thread or ''}"


def _input(found: Input, keys: Ids) -> Json | None:
    """None for an input without a usable key, or a choice without anything to choose."""
    inside = _element(found)
    key = keys.action(found.key) if inside else None
    if key is None or inside is None:
        return None
    out: Json = {
        "type": "input",
        "block_id": key,
        "label": plain_text(found.label, limits.INPUT_LABEL),
        "element": {"action_id": _VALUE, **inside},
        "optional": found.optional,
    }
    return {**out, "hint": plain_text(found.hint, limits.INPUT_LABEL)} if found.hint.strip() else out


def _element(found: Input) -> Json | None:
    match found:
        case TextInput():
            longest = max(1, min(found.max_length, limits.INPUT_TEXT))
            out: Json = {"type": "plain_text_input", "multiline": found.multiline, "max_length": longest}
            initial = clean(found.initial)
            if not found.multiline:
                initial = " ".join(initial.split())
            if initial:
                out["initial_value"] = cut_units(initial, longest)
            if found.placeholder.strip():
                out["placeholder"] = plain_text(found.placeholder, limits.PLACEHOLDER)
            return out
        case ChoiceInput():
            entries = options(found.options, limits.OPTIONS)
            if not entries:
                return None
            chosen = next((entry for entry in entries if entry["value"] == found.initial), None)
            out = {"type": "static_select", "options": entries}
            return {**out, "initial_option": chosen} if chosen else out
        case _:
            assert_never(found)
