"""Slack's strict reading of blocks: kinds, places, lengths, ids. Problems come in Slack's wording."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

from sandbox.slack import limits
from sandbox.slack.elements import (
    ELEMENTS,
    IMAGE,
    IN_ACTIONS,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    SLACK_FILE,
)
from sandbox.slack.shape import (
    Check,
    any_text,
    anything,
    array,
    boolean,
    one_of,
    plain,
    problem,
    record,
    string,
    text,
    typed,
)

Surface = Literal["message", "modal", "home"]

_URL: Final = string(limits.URL)
_RICH_PARTS: Final = frozenset({"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"})


def _text_or_fields(value: dict[str, Any], at: str) -> Iterator[str]:
    if value.get("text") is None and value.get("fields") is None:
        yield problem("must provide either text or fields", at)


def _image_source(value: dict[str, Any], at: str) -> Iterator[str]:
    if (value.get("image_url") is None) == (value.get("slack_file") is None):
        yield problem("must provide either image_url or slack_file", at)


def _card_has_content(value: dict[str, Any], at: str) -> Iterator[str]:
    if not any(value.get(name) is not None for name in ("hero_image", "title", "actions", "body")):
        yield problem("must provide one of hero_image, title, actions, body", at)


def _rich_part(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield problem("must provide an object", at)
    elif value.get("type") not in _RICH_PARTS:
        yield problem(f"unsupported type: {value.get('type')}", f"{at}/type")
    elif not isinstance(value.get("elements"), list):
        yield problem("missing required field: elements", at)


def _block(required: dict[str, Check], optional: dict[str, Check], *extra: Check) -> Check:
    return record(required, {"block_id": string(limits.BLOCK_ID), **optional}, *extra)


def _elements(allowed: frozenset[str]) -> Check:
    return typed(ELEMENTS, allowed)


_CONTEXT_ITEM: Final = typed(
    {"image": IMAGE} | {kind: text(limits.FIELD_TEXT, kind) for kind in ("plain_text", "mrkdwn")}
)

_CARD: Final = _block(
    {},
    {
        "hero_image": typed(ELEMENTS, {"image"}),
        "icon": typed(ELEMENTS, {"image"}),
        "title": any_text(150),
        "subtitle": any_text(150),
        "body": any_text(200),
        "actions": array(typed(ELEMENTS, {"button"}), 5),
    },
    _card_has_content,
)

BLOCKS: Final[dict[str, Check]] = {
    "section": _block(
        {},
        {
            "text": any_text(limits.SECTION_TEXT),
            "fields": array(any_text(limits.FIELD_TEXT), limits.SECTION_FIELDS),
            "accessory": _elements(IN_SECTION),
            "expand": boolean,
        },
        _text_or_fields,
    ),
    "divider": _block({}, {}),
    "header": _block({"text": plain(limits.HEADER_TEXT)}, {"level": anything}),
    "context": _block({"elements": array(_CONTEXT_ITEM, limits.CONTEXT_ELEMENTS)}, {}),
    "actions": _block({"elements": array(_elements(IN_ACTIONS), limits.ACTIONS_ELEMENTS)}, {}),
    "context_actions": _block({"elements": array(_elements(IN_CONTEXT_ACTIONS), limits.CONTEXT_ACTIONS_ELEMENTS)}, {}),
    "image": _block(
        {"alt_text": string(limits.ALT_TEXT)},
        {"image_url": _URL, "slack_file": SLACK_FILE, "title": plain(limits.IMAGE_TITLE)},
        _image_source,
    ),
    "input": _block(
        {"label": plain(limits.INPUT_LABEL), "element": _elements(IN_INPUT)},
        {"hint": plain(limits.INPUT_LABEL), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": _block({"elements": array(_rich_part, 1_000)}, {}),
    "markdown": _block({"text": string(limits.MARKDOWN_TEXT)}, {}),
    "video": _block(
        {
            "alt_text": string(limits.ALT_TEXT),
            "title": plain(199),
            "thumbnail_url": _URL,
            "video_url": _URL,
        },
        {
            "title_url": _URL,
            "description": plain(200),
            "author_name": string(49),
            "provider_name": string(49),
            "provider_icon_url": _URL,
        },
    ),
    "file": _block({"external_id": string(255), "source": one_of("remote")}, {}),
    "table": _block(
        {"rows": array(array(anything, limits.TABLE_CELLS), limits.TABLE_ROWS)},
        {"column_settings": array(anything, limits.TABLE_CELLS, 0)},
    ),
    "data_table": _block(
        {"rows": array(array(anything, limits.TABLE_CELLS), limits.TABLE_ROWS)},
        {"column_settings": array(anything, limits.TABLE_CELLS, 0), "caption": anything, "page_size": anything},
    ),
    "card": _CARD,
    "carousel": _block({"elements": array(typed({"card": _CARD}), 10)}, {}),
    "alert": _block({"text": any_text(200)}, {"level": one_of("default", "info", "warning", "error", "success")}),
    "task_card": _block(
        {"task_id": string(255), "title": string(150)},
        {"status": anything, "details": anything, "output": anything, "sources": anything},
    ),
    "plan": _block({"title": string(150)}, {"tasks": array(anything, 50, 0)}),
}

_EVERYWHERE: Final = frozenset(
    {"section", "divider", "header", "context", "actions", "image", "input", "rich_text", "video", "alert", "card"}
)
ON_SURFACE: Final[dict[Surface, frozenset[str]]] = {
    "message": frozenset(BLOCKS),
    "modal": _EVERYWHERE,
    "home": _EVERYWHERE | {"carousel"},
}


def block_problems(blocks: Any, surface: Surface, at: str = "/blocks") -> list[str]:
    """What is wrong with these blocks there; empty when Slack would take them."""
    most = limits.BLOCKS_PER_MESSAGE if surface == "message" else limits.BLOCKS_PER_VIEW
    found = list(array(typed(BLOCKS, ON_SURFACE[surface]), most, 0)(blocks, at))
    if found:
        return found
    return [*_repeated_block_ids(blocks, at), *_repeated_action_ids(blocks, at), *_long_markdown(blocks, at)]


def _repeated_block_ids(blocks: list[dict[str, Any]], at: str) -> Iterator[str]:
    seen: set[str] = set()
    for place, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id is not None and block_id in seen:
            yield problem(f"`block_id` {block_id!r} already exists", f"{at}/{place}/block_id")
        seen.add(block_id or "")


def _repeated_action_ids(blocks: list[dict[str, Any]], at: str) -> Iterator[str]:
    for place, block in enumerate(blocks):
        seen: set[str] = set()
        for inner, one in enumerate(interactive(block)):
            action_id = one.get("action_id")
            if action_id is not None and action_id in seen:
                yield problem(f"`action_id` {action_id!r} already exists", f"{at}/{place}/elements/{inner}/action_id")
            seen.add(action_id or "")


def _long_markdown(blocks: list[dict[str, Any]], at: str) -> Iterator[str]:
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > limits.MARKDOWN_TEXT:
        yield problem(f"markdown blocks must be less than {limits.MARKDOWN_TEXT + 1} characters together", at)


def interactive(block: dict[str, Any]) -> list[dict[str, Any]]:
    """The elements of a block that a person can use."""
    inside = [block.get("accessory"), block.get("element"), *(block.get("elements") or [])]
    if block.get("type") == "rich_text":
        return []
    if block.get("type") == "carousel":
        inside = [button for card in block["elements"] for button in card.get("actions") or []]
    elif block.get("type") == "card":
        inside = list(block.get("actions") or [])
    return [one for one in inside if isinstance(one, dict) and one.get("type") in ELEMENTS and one["type"] != "image"]


def text_length(value: Any) -> int:
    """Characters of all texts in a piece of blocks."""
    if isinstance(value, dict):
        own = value.get("text")
        return (len(own) if isinstance(own, str) else 0) + sum(
            text_length(one) for name, one in value.items() if not (name == "text" and isinstance(one, str))
        )
    if isinstance(value, list):
        return sum(text_length(one) for one in value)
    return 0


def with_ids(blocks: list[dict[str, Any]], new_id: Any) -> list[dict[str, Any]]:
    """A copy in which every block has a block_id and every interactive element an action_id, as Slack fills them in."""
    filled = []
    for block in blocks:
        block = {**block, "block_id": block.get("block_id") or new_id()}
        for name in ("accessory", "element"):
            if isinstance(block.get(name), dict) and block[name].get("type") != "image":
                block[name] = {**block[name], "action_id": block[name].get("action_id") or new_id()}
        if block["type"] in ("actions", "context_actions"):
            block["elements"] = [{**one, "action_id": one.get("action_id") or new_id()} for one in block["elements"]]
        filled.append(block)
    return filled
