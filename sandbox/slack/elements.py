"""What Slack accepts as interactive elements and composition objects, and where each may stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sandbox.slack import limits
from sandbox.slack.shape import (
    Check,
    any_text,
    anything,
    array,
    boolean,
    integer,
    one_of,
    plain,
    problem,
    record,
    string,
)

_ID: Final = string(limits.ACTION_ID)
_URL: Final = string(limits.URL)
_DATE: Final = string(10, 10, r"\d{4}-\d{2}-\d{2}")
_TIME: Final = string(5, 5, r"([01]\d|2[0-3]):[0-5]\d")
_WORD: Final = string(255)

CONFIRM: Final = record(
    {"title": plain(100), "text": any_text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)
OPTION: Final = record(
    {"text": plain(limits.OPTION_TEXT), "value": string(limits.OPTION_VALUE)},
    {"description": plain(limits.OPTION_TEXT), "url": _URL},
)
_CHOICE: Final = record(
    {"text": any_text(limits.OPTION_TEXT), "value": string(limits.OPTION_VALUE)},
    {"description": any_text(limits.OPTION_TEXT)},
)
GROUP: Final = record({"label": plain(limits.OPTION_TEXT), "options": array(OPTION, limits.OPTIONS)})
SLACK_FILE: Final = record({}, {"id": _WORD, "url": _URL})
_FILTER: Final = record(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
_DISPATCH: Final = record({"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 2)})


def _one_source(value: dict[str, Any], at: str) -> Iterator[str]:
    if (value.get("options") is None) == (value.get("option_groups") is None):
        yield problem("must provide either options or option_groups", at)


def options_of(element: dict[str, Any]) -> list[dict[str, Any]]:
    """All options of a static element, those in groups included."""
    options = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        options += group["options"]
    return options


def _initial_known(value: dict[str, Any], at: str) -> Iterator[str]:
    known = [(option["value"], option["text"].get("text")) for option in options_of(value)]
    for name in ("initial_option", "initial_options"):
        initial = value.get(name)
        chosen = initial if isinstance(initial, list) else [initial] if initial else []
        for option in chosen:
            if (option["value"], option["text"].get("text")) not in known:
                yield problem(f"{name} must be one of the provided options", f"{at}/{name}")


def _min_not_above_max(value: dict[str, Any], at: str) -> Iterator[str]:
    low, high = value.get("min_length"), value.get("max_length")
    if low is not None and high is not None and low > high:
        yield problem("min_length must not be greater than max_length", at)


def _image_source(value: dict[str, Any], at: str) -> Iterator[str]:
    if value.get("image_url") is None and value.get("slack_file") is None:
        yield problem("must provide either image_url or slack_file", at)


def element(required: dict[str, Check], optional: dict[str, Check], *extra: Check) -> Check:
    return record(required, {"action_id": _ID, **optional}, *extra)


def _picker(optional: dict[str, Check], *extra: Check) -> Check:
    common = {"placeholder": plain(limits.PLACEHOLDER), "confirm": CONFIRM, "focus_on_load": boolean}
    return element({}, common | optional, *extra)


def _input(optional: dict[str, Check], required: dict[str, Check] | None = None, *extra: Check) -> Check:
    common = {
        "placeholder": plain(limits.PLACEHOLDER),
        "dispatch_action_config": _DISPATCH,
        "focus_on_load": boolean,
    }
    return element(required or {}, common | optional, *extra)


_MANY: Final = {"max_selected_items": integer(1, 1_000)}
_STATIC: Final = {"options": array(OPTION, limits.OPTIONS), "option_groups": array(GROUP, limits.OPTIONS)}
_QUERY: Final = {"min_query_length": integer(0, 1_000)}
_IDS: Final = array(_WORD, 1_000, 0)

IMAGE: Final = record(
    {"alt_text": string(limits.ALT_TEXT, 0)}, {"image_url": _URL, "slack_file": SLACK_FILE}, _image_source
)

ELEMENTS: Final[dict[str, Check]] = {
    "button": element(
        {"text": plain(limits.BUTTON_TEXT)},
        {
            "value": string(limits.BUTTON_VALUE, 0),
            "url": _URL,
            "style": one_of("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
        },
    ),
    "workflow_button": element(
        {"text": plain(limits.BUTTON_TEXT), "workflow": anything},
        {"style": one_of("primary", "danger"), "accessibility_label": string(75)},
    ),
    "checkboxes": element(
        {"options": array(_CHOICE, limits.CHOICES)},
        {"initial_options": array(_CHOICE, limits.CHOICES), "confirm": CONFIRM, "focus_on_load": boolean},
        _initial_known,
    ),
    "radio_buttons": element(
        {"options": array(_CHOICE, limits.CHOICES)},
        {"initial_option": _CHOICE, "confirm": CONFIRM, "focus_on_load": boolean},
        _initial_known,
    ),
    "overflow": element({"options": array(OPTION, limits.OVERFLOW_MAX, limits.OVERFLOW_MIN)}, {"confirm": CONFIRM}),
    "datepicker": _picker({"initial_date": _DATE}),
    "timepicker": _picker({"initial_time": _TIME, "timezone": _WORD}),
    "datetimepicker": element(
        {}, {"initial_date_time": integer(10**9, 10**10 - 1), "confirm": CONFIRM, "focus_on_load": boolean}
    ),
    "static_select": _picker(_STATIC | {"initial_option": OPTION}, _one_source, _initial_known),
    "external_select": _picker(_QUERY | {"initial_option": OPTION}),
    "users_select": _picker({"initial_user": _WORD}),
    "conversations_select": _picker(
        {
            "initial_conversation": _WORD,
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": _FILTER,
        }
    ),
    "channels_select": _picker({"initial_channel": _WORD, "response_url_enabled": boolean}),
    "multi_static_select": _picker(
        _STATIC | _MANY | {"initial_options": array(OPTION, limits.OPTIONS)}, _one_source, _initial_known
    ),
    "multi_external_select": _picker(_QUERY | _MANY | {"initial_options": array(OPTION, limits.OPTIONS)}),
    "multi_users_select": _picker(_MANY | {"initial_users": _IDS}),
    "multi_conversations_select": _picker(
        _MANY | {"initial_conversations": _IDS, "default_to_current_conversation": boolean, "filter": _FILTER}
    ),
    "multi_channels_select": _picker(_MANY | {"initial_channels": _IDS}),
    "plain_text_input": _input(
        {
            "initial_value": string(limits.INPUT_VALUE, 0),
            "multiline": boolean,
            "min_length": integer(0, limits.INPUT_VALUE),
            "max_length": integer(1, limits.INPUT_VALUE),
        },
        None,
        _min_not_above_max,
    ),
    "rich_text_input": _input({"initial_value": anything}),
    "email_text_input": _input({"initial_value": string(limits.INPUT_VALUE, 0)}),
    "url_text_input": _input({"initial_value": string(limits.INPUT_VALUE, 0)}),
    "number_input": _input(
        {"initial_value": string(100, 0), "min_value": string(100), "max_value": string(100)},
        {"is_decimal_allowed": boolean},
    ),
    "file_input": element({}, {"filetypes": array(string(50), 100), "max_files": integer(1, 10)}),
    "feedback_buttons": element(
        {
            name: record(
                {"text": plain(limits.BUTTON_TEXT), "value": string(limits.BUTTON_VALUE)},
                {"accessibility_label": string(75)},
            )
            for name in ("positive_button", "negative_button")
        },
        {},
    ),
    "icon_button": element(
        {"icon": one_of("trash"), "text": plain(limits.BUTTON_TEXT)},
        {
            "value": string(limits.BUTTON_VALUE, 0),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
            "visible_to_user_ids": _IDS,
        },
    ),
    "image": IMAGE,
}

SELECTS: Final = frozenset(name for name in ELEMENTS if name.endswith("_select"))
_PICKERS: Final = SELECTS | {"checkboxes", "radio_buttons", "datepicker", "timepicker"}

IN_SECTION: Final = _PICKERS | {"button", "workflow_button", "overflow", "image"}
IN_ACTIONS: Final = _PICKERS | {"button", "workflow_button", "overflow", "datetimepicker"}
IN_CONTEXT_ACTIONS: Final = frozenset({"feedback_buttons", "icon_button"})
IN_INPUT: Final = _PICKERS | {
    "datetimepicker",
    "plain_text_input",
    "rich_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "file_input",
}
