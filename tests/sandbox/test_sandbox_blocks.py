"""Slack's strict reading of blocks and views: what it takes, what it refuses, and in which words."""

from typing import Any

import pytest

from sandbox.slack.blocks import BLOCKS, Surface, block_problems, text_length, with_ids
from sandbox.slack.elements import ELEMENTS
from sandbox.slack.views import view_problems

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}


def markup(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(value: str, text: str = "Option") -> Json:
    return {"text": plain(text), "value": value}


def options(count: int) -> list[Json]:
    return [option(str(number)) for number in range(count)]


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("Press"), "action_id": "press", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def section(**more: Any) -> Json:
    return {"type": "section", "text": markup("text"), **more}


def entry(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": element, **more}


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "select", "options": options(3), **more}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "submit": plain("Send"), "blocks": list(blocks), **more}


TEXT = {"type": "plain_text_input", "action_id": "text"}
CONFIRM = {"title": plain("Sure?"), "text": markup("Really"), "confirm": plain("Yes"), "deny": plain("No")}
IMAGE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}

GOOD: dict[str, Json] = {
    "section with text": section(text=markup("x" * 3000)),
    "section with fields": {"type": "section", "fields": [markup("x" * 2000)] * 10},
    "section with overflow": section(
        accessory={"type": "overflow", "action_id": "more", "options": options(5), "confirm": CONFIRM}
    ),
    "section with image": section(accessory=IMAGE),
    "header": {"type": "header", "text": plain("x" * 150)},
    "divider": {"type": "divider"},
    "context": {"type": "context", "elements": [markup("x")] * 9 + [IMAGE]},
    "actions": actions(*[button(action_id=str(number)) for number in range(25)]),
    "two primary buttons": actions(button(style="primary"), button(action_id="other", style="primary")),
    "button": actions(button(value="x" * 2000, url="https://example.com", confirm=CONFIRM, style="danger")),
    "select": actions(select(initial_option=option("1"))),
    "select in groups": actions(
        {"type": "static_select", "action_id": "s", "option_groups": [{"label": plain("G"), "options": options(100)}]}
    ),
    "people": actions({"type": "users_select", "action_id": "u", "initial_user": "U1", "placeholder": plain("Who")}),
    "date": actions({"type": "datepicker", "action_id": "d", "initial_date": "2026-11-20"}),
    "input": entry({**TEXT, "multiline": True, "max_length": 3000}, hint=plain("h"), optional=True),
    "image": {**IMAGE, "title": plain("t")},
    "rich text": {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]},
    "markdown": {"type": "markdown", "text": "x" * 12_000},
}


@pytest.mark.parametrize("name", GOOD)
def test_takes(name: str) -> None:
    assert block_problems([GOOD[name]], "message") == []


BAD: dict[str, tuple[Json, str]] = {
    "section without content": ({"type": "section"}, "must provide either text or fields [json-pointer:/blocks/0]"),
    "long section": (
        section(text=markup("x" * 3001)),
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    "empty text": (section(text=markup("")), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    "eleven fields": ({"type": "section", "fields": [markup("x")] * 11}, "no more than 10 items allowed"),
    "long field": ({"type": "section", "fields": [markup("x" * 2001)]}, "must be less than 2001 characters"),
    "long header": ({"type": "header", "text": plain("x" * 151)}, "must be less than 151 characters"),
    "header in markup": ({"type": "header", "text": markup("x")}, "unsupported type: mrkdwn"),
    "long context": ({"type": "context", "elements": [markup("x")] * 11}, "no more than 10 items allowed"),
    "button in context": ({"type": "context", "elements": [button()]}, "unsupported type: button"),
    "no actions": (actions(), "no fewer than 1 items allowed"),
    "26 actions": (actions(*[button(action_id=str(n)) for n in range(26)]), "no more than 25 items allowed"),
    "text input in actions": (actions(TEXT), "unsupported type: plain_text_input"),
    "input in section": (section(accessory=TEXT), "unsupported type: plain_text_input"),
    "button in input": (entry(button()), "unsupported type: button"),
    "button text in markup": (actions(button(text=markup("x"))), "unsupported type: mrkdwn"),
    "long button": (actions(button(text=plain("x" * 76))), "must be less than 76 characters"),
    "long value": (actions(button(value="x" * 2001)), "must be less than 2001 characters"),
    "long action_id": (actions(button(action_id="x" * 256)), "must be less than 256 characters"),
    "unknown style": (actions(button(style="warning")), "must be one of: primary, danger"),
    "number as value": (actions(button(value=12)), "must provide a string"),
    "extra property": (section(color="red"), "invalid additional property: color"),
    "emoji in markup": (section(text={**markup("x"), "emoji": True}), "invalid additional property: emoji"),
    "incomplete confirm": (
        actions(button(confirm={**CONFIRM, "deny": None})),
        "missing required field: deny [json-pointer:/blocks/0/elements/0/confirm]",
    ),
    "one overflow option": (
        section(accessory={"type": "overflow", "action_id": "m", "options": options(1)}),
        "no fewer than 2 items allowed",
    ),
    "six overflow options": (
        section(accessory={"type": "overflow", "action_id": "m", "options": options(6)}),
        "no more than 5 items allowed",
    ),
    "101 options": (actions(select(options=options(101))), "no more than 100 items allowed"),
    "long option value": (actions(select(options=[option("x" * 151)])), "must be less than 151 characters"),
    "long option": (actions(select(options=[option("x", "x" * 76)])), "must be less than 76 characters"),
    "no options": (
        actions({"type": "static_select", "action_id": "s"}),
        "must provide either options or option_groups [json-pointer:/blocks/0/elements/0]",
    ),
    "foreign initial option": (
        actions(select(initial_option=option("9"))),
        "initial_option must be one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]",
    ),
    "long placeholder": (actions(select(placeholder=plain("x" * 151))), "must be less than 151 characters"),
    "no such date": (actions({"type": "datepicker", "action_id": "d", "initial_date": "20.11.26"}), "must be"),
    "input without label": ({"type": "input", "element": TEXT}, "missing required field: label"),
    "long label": (entry(TEXT, label=plain("x" * 2001)), "must be less than 2001 characters"),
    "lengths crossed": (entry({**TEXT, "min_length": 5, "max_length": 4}), "min_length must not be greater"),
    "image without alt text": ({"type": "image", "image_url": "https://e.com/a"}, "missing required field: alt_text"),
    "image without source": ({"type": "image", "alt_text": "a"}, "must provide either image_url or slack_file"),
    "unknown block": ({"type": "banner"}, "unsupported type: banner [json-pointer:/blocks/0/type]"),
    "no type": ({}, "unsupported type: None"),
    "long markdown": ({"type": "markdown", "text": "x" * 12_001}, "must be less than 12001 characters"),
    "same action twice": (actions(button(), button()), "`action_id` 'press' already exists"),
}


@pytest.mark.parametrize("name", BAD)
def test_refuses(name: str) -> None:
    block, words = BAD[name]
    problems = block_problems([block], "message")
    assert len(problems) == 1
    assert problems[0].startswith("[ERROR] ")
    assert words in problems[0]


@pytest.mark.parametrize(("surface", "most"), [("message", 50), ("modal", 100), ("home", 100)])
def test_counts_blocks_by_surface(surface: Surface, most: int) -> None:
    assert block_problems([{"type": "divider"}] * most, surface) == []
    assert f"no more than {most} items allowed" in block_problems([{"type": "divider"}] * (most + 1), surface)[0]


def test_block_ids_are_unique_in_a_message() -> None:
    twice = [section(block_id="a"), section(block_id="b"), section(block_id="a")]
    assert block_problems(twice, "message") == [
        "[ERROR] `block_id` 'a' already exists [json-pointer:/blocks/2/block_id]"
    ]


def test_markdown_and_tables_are_for_messages_only() -> None:
    for kind in ("markdown", "table", "file", "context_actions"):
        assert f"unsupported type: {kind}" in block_problems([{"type": kind}], "modal")[0]


def test_anything_that_is_no_list_of_objects_is_a_problem() -> None:
    for value in (None, "text", {}, [None], ["x"], [[]], [{"type": ["section"]}]):
        assert block_problems(value, "message")


def test_all_texts_count_together() -> None:
    blocks = [section(text=markup("x" * 100), fields=[markup("y" * 50)]), actions(button(text=plain("z" * 10)))]
    assert text_length(blocks) == 160


def test_missing_ids_are_filled_in_as_slack_does() -> None:
    numbers = iter(range(100))
    filled = with_ids([section(), actions({"type": "button", "text": plain("x")})], lambda: f"n{next(numbers)}")
    assert [block["block_id"] for block in filled] == ["n0", "n1"]
    assert filled[1]["elements"][0]["action_id"] == "n2"
    assert with_ids(filled, lambda: "other") == filled


VIEWS: dict[str, tuple[Json, str]] = {
    "long title": (modal(title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
    "no title": (modal(title=None), "missing required field: title"),
    "title in markup": (modal(title=markup("x")), "unsupported type: mrkdwn"),
    "long submit": (modal(submit=plain("x" * 25)), "must be less than 25 characters"),
    "long close": (modal(close=plain("x" * 25)), "must be less than 25 characters"),
    "long metadata": (modal(private_metadata="x" * 3001), "must be less than 3001 characters"),
    "long callback": (modal(callback_id="x" * 256), "must be less than 256 characters"),
    "input without submit": (modal(entry(TEXT), submit=None), "missing required field: submit"),
    "bad block": (modal({"type": "section"}), "must provide either text or fields [json-pointer:/view/blocks/0]"),
    "unknown kind": ({"type": "panel", "blocks": []}, "unsupported type: panel"),
}


@pytest.mark.parametrize("name", VIEWS)
def test_refuses_view(name: str) -> None:
    view, words = VIEWS[name]
    problems = view_problems(view, "modal")
    assert len(problems) == 1
    assert words in problems[0]


def test_takes_views_at_their_limits() -> None:
    title = plain("x" * 24)
    full = modal(entry(TEXT), title=title, submit=title, close=title, private_metadata="x" * 3000, notify_on_close=True)
    assert view_problems(full, "modal") == []
    assert view_problems({"type": "home", "blocks": [section()]}, "home") == []
    assert view_problems({"type": "home", "blocks": []}, "modal") != []


def test_every_kind_is_known_by_name() -> None:
    """What Slack's own Python models know is known here, but for calls, sign-ins and containers."""
    from slack_sdk.models.blocks import Block
    from slack_sdk.models.blocks.block_elements import BlockElement, InteractiveElement

    def kinds(base: type) -> set[str]:
        found = {kind for kind in [getattr(base, "type", None)] if isinstance(kind, str)}
        return found.union(*(kinds(one) for one in base.__subclasses__()))

    assert kinds(Block) - set(BLOCKS) == {"call", "auth_provider", "container"}
    assert kinds(InteractiveElement) <= set(ELEMENTS)
    assert issubclass(InteractiveElement, BlockElement)
