"""What people enter and choose, as Slack's `state.values` and `actions` hold it."""

from __future__ import annotations

import re
from typing import Any, Final

from sandbox.slack import shapes
from sandbox.slack.blocks import interactive
from sandbox.slack.elements import options_of
from sandbox.slack.richtext import escape, rich_text
from sandbox.slack.server import SlackServer

Json = dict[str, Any]

REQUIRED: Final = "Please complete this required field."
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL: Final = re.compile(r"https?://\S+")

_TEXTS: Final = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})
_FIELDS: Final = {
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", ""),
} | dict.fromkeys(_TEXTS, ("value", "initial_value"))
_LISTS: Final = frozenset(kind for kind, (name, _) in _FIELDS.items() if name.endswith("s"))


class BadChoice(ValueError):
    """What was chosen is not among what the element offers; the text says so."""


def holds_state(element: Json) -> bool:
    return element["type"] in _FIELDS


def initial(element: Json) -> Json:
    name, source = _FIELDS[element["type"]]
    value = element.get(source) if source else None
    return {"type": element["type"], name: value if value is not None else [] if element["type"] in _LISTS else None}


def full_state(blocks: list[Json], entered: dict[str, dict[str, Json]]) -> dict[str, dict[str, Json]]:
    """Everything that holds a value: what was entered, else what it began with."""
    state: dict[str, dict[str, Json]] = {}
    for block in blocks:
        for element in interactive(block):
            if holds_state(element):
                known = entered.get(block["block_id"], {}).get(element["action_id"])
                state.setdefault(block["block_id"], {})[element["action_id"]] = known or initial(element)
    return state


def chosen(slack: SlackServer, person: str, element: Json, value: Any) -> Json:
    """The state of an element for a plain value: an option's value, an id, a date, a text; lists of those for elements
    that take several; None to clear. Raises `BadChoice`."""
    kind = element["type"]
    name, _ = _FIELDS[kind]
    if value is None or value == "" or value == []:
        return {"type": kind, name: [] if kind in _LISTS else None}
    if kind in _LISTS:
        many = value if isinstance(value, list) else [value]
        most = element.get("max_selected_items") or element.get("max_files")
        if most and len(many) > most:
            raise BadChoice(f"at most {most} can be chosen")
        return {"type": kind, name: [_one(slack, person, element, item) for item in many]}
    return {"type": kind, name: _one(slack, person, element, value)}


def _one(slack: SlackServer, person: str, element: Json, value: Any) -> Any:
    kind = element["type"]
    if kind in _TEXTS:
        return str(value)
    if kind == "rich_text_input":
        return value if isinstance(value, dict) else rich_text(escape(str(value)), "r")
    if kind == "file_input":
        file_id = value.get("id") if isinstance(value, dict) else value
        return shapes.file(slack.world, slack.world.file(str(file_id)), slack.base_url)
    if kind == "datetimepicker":
        return int(value)
    if kind in ("datepicker", "timepicker"):
        return str(value)
    if kind.endswith("users_select"):
        return slack.world.person(str(value)).id
    if kind.endswith(("conversations_select", "channels_select")):
        return slack.world.channel(str(value)).id
    return option(slack, person, element, value)


def value_in(element: Json, entry: Json) -> Any:
    """What `chosen` takes, out of an action or a state's entry as Slack has them."""
    if element["type"] == "overflow":
        return entry.get("selected_option")
    return entry.get(_FIELDS[element["type"]][0]) if holds_state(element) else None


def option(slack: SlackServer, person: str, element: Json, value: Any) -> Json:
    """The option with that value. For an external select it is one of those last offered to that person."""
    wanted = value.get("value") if isinstance(value, dict) else str(value)
    known = options_of(element)
    if element["type"].endswith("external_select"):
        known = list(slack.offered.get((person, element["action_id"]), []))
        begun = element.get("initial_option") or element.get("initial_options") or []
        known += begun if isinstance(begun, list) else [begun]
    for one in known:
        if one["value"] == wanted:
            return one
    raise BadChoice(f"{wanted!r} is not among the options of {element['action_id']}")


def entry_errors(blocks: list[Json], state: dict[str, dict[str, Json]]) -> dict[str, str]:
    """What Slack's own client refuses to submit: block id -> the text under the field."""
    errors: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        name, _ = _FIELDS[element["type"]]
        value = state.get(block["block_id"], {}).get(element["action_id"], {}).get(name)
        problem = _entry_error(element, value, optional=bool(block.get("optional")))
        if problem:
            errors[block["block_id"]] = problem
    return errors


def _entry_error(element: Json, value: Any, *, optional: bool) -> str:
    if value is None or value == "" or value == []:
        return "" if optional else REQUIRED
    match element["type"]:
        case "plain_text_input":
            low, high = element.get("min_length") or 0, element.get("max_length") or 3_000
            if len(value) < low:
                return f"This entry needs to be at least {low} characters long."
            return f"This entry needs to be at most {high} characters long." if len(value) > high else ""
        case "email_text_input":
            return "" if _EMAIL.fullmatch(value) else "Please enter a valid email address."
        case "url_text_input":
            return "" if _URL.fullmatch(value) else "Please enter a valid URL."
        case "number_input":
            return _number_error(element, value)
        case _:
            return ""


def _number_error(element: Json, value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        return "Please enter a valid number."
    if not element.get("is_decimal_allowed") and number != int(number):
        return "Please enter a whole number."
    low, high = element.get("min_value"), element.get("max_value")
    if low is not None and number < float(low):
        return f"Please enter a number of at least {low}."
    if high is not None and number > float(high):
        return f"Please enter a number of at most {high}."
    return ""
