"""Modals from the people's side: submitting, closing, and what the app's answer does to the stack."""

from __future__ import annotations

from typing import Any

from sandbox.model import Form
from sandbox.seed import HOME
from sandbox.slack import limits, values
from sandbox.slack.api_views import checked_view, new_form, replace_payload, shown
from sandbox.slack.blocks import interactive
from sandbox.slack.delivery import Outcome
from sandbox.slack.errors import SlackError
from sandbox.slack.interact import TROUBLE, ask, base, response_address
from sandbox.slack.server import SlackServer
from sandbox.world import Missing

Json = dict[str, Any]


def top_form(slack: SlackServer, person_id: str, view: str = "") -> Form:
    """The modal on top, which must be `view` when that is given. Raises `Missing`."""
    stack = slack.world.forms_of(person_id)
    if not stack or (view and stack[-1].id != view):
        raise Missing("view", view or f"of {person_id}")
    return stack[-1]


def enter(slack: SlackServer, form: Form, entered: Json) -> None:
    """Fill in: action id -> value, or block id -> {action id: value}, values as `values.chosen` takes them.

    Raises `BadChoice` or `Missing`, then nothing was filled in.
    """
    found: list[tuple[str, str, Json]] = []
    for name, value in entered.items():
        hits = [
            (block["block_id"], element)
            for block in form.payload["blocks"]
            for element in interactive(block)
            if values.holds_state(element) and name in (element["action_id"], block["block_id"])
        ]
        if not hits:
            raise Missing("field", name)
        block_id, element = hits[0]
        if isinstance(value, dict) and element["action_id"] in value:
            value = value[element["action_id"]]
        found.append((block_id, element["action_id"], values.chosen(slack, form.person, element, value)))
    for block_id, action_id, entry in found:
        form.state.setdefault(block_id, {})[action_id] = entry


async def submit(slack: SlackServer, person_id: str, entered: Json, view: str = "") -> Outcome:
    """Fill in and submit the modal on top. `body` of the outcome holds `errors` when it was not taken."""
    person = slack.world.person(person_id)
    form = top_form(slack, person_id, view)
    enter(slack, form, entered)
    blocks = form.payload["blocks"]
    form.state = values.full_state(blocks, form.state)
    errors = values.entry_errors(blocks, form.state)
    if errors:
        _show_errors(slack, form, errors)
        return Outcome(ok=False, body={"errors": errors}, reason="incomplete")
    team = slack.world.workspaces[person.workspace]
    payload = base(slack, "view_submission", person) | {
        "team": {"id": team.id, "domain": team.domain},
        "trigger_id": slack.tickets.trigger(person_id, form.origin.get("channel", ""), "", form.id),
        "view": shown(slack, form),
        "response_urls": _response_urls(slack, form),
    }
    outcome = await ask(slack, "view_submission", payload, form.origin.get("channel", ""), form.id)
    if not outcome.ok:
        _show_errors(slack, form, {"": TROUBLE})
        return outcome
    return _follow(slack, form, outcome)


def _response_urls(slack: SlackServer, form: Form) -> list[Json]:
    urls = []
    for block in form.payload["blocks"]:
        for element in interactive(block):
            if not element.get("response_url_enabled"):
                continue
            entry = form.state.get(block["block_id"], {}).get(element["action_id"], {})
            channel = entry.get("selected_conversation") or entry.get("selected_channel")
            if channel:
                address = response_address(slack, form.person, channel)
                urls.append(
                    {
                        "block_id": block["block_id"],
                        "action_id": element["action_id"],
                        "channel_id": channel,
                        "response_url": address,
                    }
                )
    return urls


def _follow(slack: SlackServer, form: Form, outcome: Outcome) -> Outcome:
    """Do what the ack says: nothing closes this modal, `clear` all, `errors`, `update` and `push` go on."""
    body = outcome.body if isinstance(outcome.body, dict) else {}
    stack = slack.world.forms_of(form.person)
    try:
        match body.get("response_action"):
            case None:
                slack.world.set_forms(form.person, [one for one in stack if one is not form])
            case "clear":
                slack.world.set_forms(form.person, [])
            case "errors":
                return _errors(slack, form, body.get("errors"), outcome)
            case "update":
                replace_payload(slack, form, checked_view(body.get("view"), "modal"))
                slack.world.set_forms(form.person, stack)
            case "push" if len(stack) < limits.VIEWS_IN_STACK:
                pushed = new_form(slack, form.person, checked_view(body.get("view"), "modal"), form.origin, form)
                slack.world.set_forms(form.person, [*stack, pushed])
            case _:
                raise SlackError("invalid_response_action")
    except SlackError as error:
        _show_errors(slack, form, {"": TROUBLE})
        more = {"error": error.code, **error.more}
        slack.traffic.note("interaction", "view_submission answer", ok=False, detail=error.code, response=more)
        return Outcome(ok=False, body=more, reason=error.code, ms=outcome.ms)
    return outcome


def _errors(slack: SlackServer, form: Form, errors: Any, outcome: Outcome) -> Outcome:
    """Errors must be about input blocks that are there, else Slack shows trouble instead."""
    inputs = {block["block_id"] for block in form.payload["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise SlackError("invalid_response_errors")
    texts = {str(block_id): str(text) for block_id, text in errors.items()}
    _show_errors(slack, form, texts)
    return Outcome(ok=False, body={"errors": texts}, reason="errors", ms=outcome.ms)


def _show_errors(slack: SlackServer, form: Form, errors: dict[str, str]) -> None:
    form.errors = errors
    slack.world.set_forms(form.person, slack.world.forms_of(form.person))


async def close(slack: SlackServer, person_id: str, *, everything: bool = False) -> None:
    """Close the modal on top, or the whole stack; the app hears of it where it asked to."""
    person = slack.world.person(person_id)
    form = top_form(slack, person_id)
    stack = slack.world.forms_of(person_id)
    everything = everything or bool(form.payload.get("clear_on_close"))
    slack.world.set_forms(person_id, [] if everything else stack[:-1])
    if form.payload.get("notify_on_close"):
        team = slack.world.workspaces.get(person.workspace) or slack.world.workspaces[HOME]
        payload = base(slack, "view_closed", person) | {
            "team": {"id": team.id, "domain": team.domain},
            "view": shown(slack, form),
            "is_cleared": everything,
        }
        await ask(slack, "view_closed", payload, form.origin.get("channel", ""), form.id)
