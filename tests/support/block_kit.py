"""Whether Slack would take a piece of Block Kit, by three judges: Slack's own models, its documented limits, and
the local server's strict reading."""

from collections.abc import Iterator
from typing import Any

from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from sandbox.slack.blocks import block_problems, text_length
from sandbox.slack.views import view_problems

Json = dict[str, Any]


def check_message(text: str, blocks: list[Json]) -> None:
    assert text.strip()
    assert len(text) <= 3000
    assert len(blocks) <= 50
    assert text_length(blocks) <= 13_200
    assert block_problems(blocks, "message") == []
    _check_blocks(blocks)


def check_view(view: Json) -> None:
    assert view_problems(view, view["type"]) == []
    assert len(view["blocks"]) <= 100
    View(**view).validate_json()
    _check_blocks(view["blocks"])


def _check_blocks(blocks: list[Json]) -> None:
    for block in blocks:
        parsed = Block.parse(block)
        assert parsed is not None
        for inner in _models(parsed):
            inner.validate_json()
    ids = [block["block_id"] for block in blocks]
    assert len(ids) == len(set(ids))
    actions = [action for block in blocks if block["type"] != "input" for action in action_ids(block)]
    assert len(actions) == len(set(actions))


def _models(value: Any) -> Iterator[JsonObject]:
    if isinstance(value, JsonObject):
        yield value
        for inner in vars(value).values():
            yield from _models(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _models(inner)


def action_ids(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("action_id"), str):
            yield value["action_id"]
        for inner in value.values():
            yield from action_ids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from action_ids(inner)


def texts(value: Any) -> Iterator[tuple[str, str]]:
    """Each text object's kind and text."""
    if isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text") and isinstance(value.get("text"), str):
            yield value["type"], value["text"]
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
