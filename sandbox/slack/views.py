"""Slack's strict reading of a view: a modal or an App Home."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sandbox.slack import limits
from sandbox.slack.blocks import block_problems
from sandbox.slack.shape import Check, anything, boolean, one_of, plain, problem, record, string, typed

_COMMON: Final[dict[str, Check]] = {
    "private_metadata": string(limits.PRIVATE_METADATA, 0),
    "callback_id": string(limits.CALLBACK_ID, 0),
    "external_id": string(limits.EXTERNAL_ID, 0),
}


def _submit_for_inputs(view: dict[str, Any], at: str) -> Iterator[str]:
    inputs = any(isinstance(block, dict) and block.get("type") == "input" for block in view["blocks"])
    if inputs and view.get("submit") is None:
        yield problem("missing required field: submit", at)


def _blocks(surface: Any) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        yield from block_problems(value, surface, at)

    return check


_VIEW: Final = typed(
    {
        "modal": record(
            {"type": one_of("modal"), "title": plain(limits.VIEW_TITLE), "blocks": _blocks("modal")},
            _COMMON
            | {
                "submit": plain(limits.VIEW_BUTTON),
                "close": plain(limits.VIEW_BUTTON),
                "clear_on_close": boolean,
                "notify_on_close": boolean,
                "submit_disabled": boolean,
            },
            _submit_for_inputs,
        ),
        "home": record({"type": one_of("home"), "blocks": _blocks("home")}, _COMMON | {"title": anything}),
    }
)


def view_problems(view: Any, kind: str) -> list[str]:
    """What is wrong with this view as a `modal` or `home`; empty when Slack would take it."""
    found = list(_VIEW(view, "/view"))
    if not found and view["type"] != kind:
        found = [problem(f"must be of type {kind}", "/view/type")]
    return found
