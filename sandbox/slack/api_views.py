"""views.*: modals and the App Home."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sandbox.model import Form
from sandbox.seed import HOME
from sandbox.slack import limits
from sandbox.slack.args import Args
from sandbox.slack.blocks import with_ids
from sandbox.slack.errors import SlackError
from sandbox.slack.server import SlackServer
from sandbox.slack.tickets import Trigger, new_id
from sandbox.slack.views import view_problems

Json = dict[str, Any]
_VIEW_BYTES = 250_000


def checked_view(raw: Any, kind: str) -> Json:
    """The view with all ids filled in; Slack's errors for what it would not take."""
    problems = view_problems(raw, kind)
    if problems:
        raise SlackError("invalid_arguments", messages=problems)
    if len(json.dumps(raw)) > _VIEW_BYTES:
        raise SlackError("view_too_large")
    return {**raw, "blocks": with_ids(raw["blocks"], lambda: new_id("", 5))}


def _given(args: Args, kind: str) -> Json:
    raw = args.structure("view", "invalid_arguments")
    if raw is None:
        raise SlackError("invalid_arguments", messages=["[ERROR] missing required field: view"])
    return checked_view(raw, kind)


def hash_of(payload: Json, salt: str) -> str:
    return f"{salt}.{hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()[:8]}"


def new_form(slack: SlackServer, person: str, payload: Json, origin: Json, below: Form | None) -> Form:
    form_id = new_id("V0", 9)
    return Form(
        id=form_id,
        person=person,
        kind="modal",
        payload=payload,
        hash=hash_of(payload, slack.world.stamp()[0]),
        root=below.root if below else form_id,
        previous=below.id if below else None,
        origin=origin,
    )


def kept_state(form: Form, payload: Json) -> dict[str, dict[str, Any]]:
    """What was entered stays for blocks and elements whose ids stay, as in Slack's clients."""
    ids = {
        (block["block_id"], block["element"].get("action_id"))
        for block in payload["blocks"]
        if block["type"] == "input"
    } | {
        (block["block_id"], one.get("action_id"))
        for block in payload["blocks"]
        for one in [block.get("accessory"), *(block.get("elements") or [])]
        if isinstance(one, dict)
    }
    kept: dict[str, dict[str, Any]] = {}
    for block_id, actions in form.state.items():
        for action_id, value in actions.items():
            if (block_id, action_id) in ids:
                kept.setdefault(block_id, {})[action_id] = value
    return kept


def replace_payload(slack: SlackServer, form: Form, payload: Json) -> None:
    form.state = kept_state(form, payload)
    form.payload = payload
    form.hash = hash_of(payload, slack.world.stamp()[0])
    form.errors = {}


def _check_external_id(slack: SlackServer, payload: Json, own: Form | None = None) -> None:
    external = payload.get("external_id")
    if not external:
        return
    for stack in slack.world.forms.values():
        for form in stack:
            if form is not own and form.payload.get("external_id") == external:
                raise SlackError("duplicate_external_id")


def _trigger(slack: SlackServer, args: Args) -> Trigger:
    return slack.tickets.exchange(args.text("trigger_id") or args.needed("interactivity_pointer", "invalid_trigger_id"))


def open_view(slack: SlackServer, args: Args) -> Json:
    payload = _given(args, "modal")
    _check_external_id(slack, payload)
    trigger = _trigger(slack, args)
    form = new_form(slack, trigger.person, payload, {"channel": trigger.channel, "message": trigger.message}, None)
    slack.world.set_forms(trigger.person, [form])
    return {"view": shown(slack, form)}


def push_view(slack: SlackServer, args: Args) -> Json:
    payload = _given(args, "modal")
    _check_external_id(slack, payload)
    trigger = _trigger(slack, args)
    stack = slack.world.forms_of(trigger.person)
    if not stack:
        raise SlackError("not_found")
    if len(stack) >= limits.VIEWS_IN_STACK:
        raise SlackError("push_limit_reached")
    form = new_form(slack, trigger.person, payload, stack[-1].origin, stack[-1])
    slack.world.set_forms(trigger.person, [*stack, form])
    return {"view": shown(slack, form)}


def update_view(slack: SlackServer, args: Args) -> Json:
    payload = _given(args, "modal")
    form = _find(slack, args)
    if form is None or form.kind != "modal":
        raise SlackError("not_found")
    if args.text("hash") and args.text("hash") != form.hash:
        raise SlackError("hash_conflict")
    _check_external_id(slack, payload, form)
    replace_payload(slack, form, payload)
    slack.world.set_forms(form.person, slack.world.forms_of(form.person))
    return {"view": shown(slack, form)}


def _find(slack: SlackServer, args: Args) -> Form | None:
    view_id, external = args.text("view_id"), args.text("external_id")
    if not view_id and not external:
        raise SlackError("invalid_arguments", messages=["[ERROR] missing required field: view_id"])
    if view_id:
        return slack.world.find_form(view_id)
    for stack in slack.world.forms.values():
        for form in stack:
            if form.payload.get("external_id") == external:
                return form
    return None


def publish(slack: SlackServer, args: Args) -> Json:
    payload = _given(args, "home")
    person = slack.world.people.get(args.needed("user_id", "invalid_arguments"))
    if person is None or person.bot is not None:
        raise SlackError("user_not_found")
    if not slack.manifest.home_tab:
        raise SlackError("not_enabled")
    before = slack.world.homes.get(person.id)
    if args.text("hash") and before is not None and args.text("hash") != before.hash:
        raise SlackError("hash_conflict")
    form_id = before.id if before else new_id("V0", 9)
    home = Form(
        id=form_id,
        person=person.id,
        kind="home",
        payload=payload,
        hash=hash_of(payload, slack.world.stamp()[0]),
        root=form_id,
        state=kept_state(before, payload) if before else {},
    )
    slack.world.publish_home(home)
    return {"view": shown(slack, home)}


def shown(slack: SlackServer, form: Form) -> Json:
    """The view as Slack returns it and sends it with interactions."""
    payload = form.payload
    view: Json = {
        "id": form.id,
        "team_id": HOME,
        "type": form.kind,
        "blocks": payload["blocks"],
        "private_metadata": payload.get("private_metadata") or "",
        "callback_id": payload.get("callback_id") or "",
        "state": {"values": form.state},
        "hash": form.hash,
        "title": payload.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": bool(payload.get("clear_on_close")),
        "notify_on_close": bool(payload.get("notify_on_close")),
        "close": payload.get("close"),
        "submit": payload.get("submit"),
        "previous_view_id": form.previous,
        "root_view_id": form.root,
        "app_id": slack.bot.app,
        "external_id": payload.get("external_id") or "",
        "app_installed_team_id": HOME,
        "bot_id": slack.bot.bot,
    }
    return view
