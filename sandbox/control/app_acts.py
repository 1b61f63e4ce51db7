"""What people do with the app: buttons, forms, commands, shortcuts, its Home. These wait for the app's ack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.control.endpoint import BadRequest, Endpoint, Given
from sandbox.control.people import WHERE, WHO
from sandbox.discord import interact as on_discord
from sandbox.outcome import Outcome, sentence
from sandbox.slack import interact, modals, values

if TYPE_CHECKING:
    from sandbox.app import Sandbox

Json = dict[str, Any]


def told(outcome: Outcome) -> Json:
    """An app's answer for who asked; where something went wrong `reason` is the platform's word, `error` a sentence."""
    result: Json = {"ok": outcome.ok, "ack_ms": outcome.ms, "answer": outcome.body}
    if outcome.ok:
        return result
    result["reason"] = outcome.reason
    if isinstance(outcome.body, dict) and "errors" in outcome.body:
        result["errors"] = outcome.body["errors"]
    else:
        result["error"] = sentence(outcome.reason)
    return result


def _on_discord(sandbox: Sandbox, given: Given) -> bool:
    return sandbox.world.platform_at(given.text("channel")) == "discord"


def _spot(given: Given) -> Json:
    return {"channel": given.text("channel"), "ts": given.text("message"), "view": given.text("form")}


async def press(sandbox: Sandbox, given: Given) -> Json:
    person = given.needed("as")
    if _on_discord(sandbox, given):
        where = given.needed("channel"), given.needed("message"), given.needed("action_id")
        return told(await on_discord.press(sandbox.discord, person, *where, given.values.get("value")))
    action = given.record("action")
    action_id = given.text("action_id") or str(action.get("action_id") or "")
    block_id = given.text("block_id") or str(action.get("block_id") or "")
    if not action_id:
        raise BadRequest("action_id is missing")
    spot = _spot(given)
    value = given.values.get("value")
    target = interact.find_target(sandbox.slack, person, spot["channel"], spot["ts"], spot["view"])
    _, element = interact.find_element(target, action_id, block_id)
    if action:
        value = values.value_in(element, action)
    interact.remember_state(sandbox.slack, target, person, given.record("state"))
    outcome = await interact.press(sandbox.slack, person, **spot, action_id=action_id, block_id=block_id, value=value)
    return told(outcome)


async def options(sandbox: Sandbox, given: Given) -> Json:
    if _on_discord(sandbox, given):
        where = given.needed("as"), given.needed("channel"), given.needed("text")
        typed = given.needed("action_id"), given.text("value")
        outcome, choices = await on_discord.autocomplete(sandbox.discord, *where, *typed)
        return told(outcome) | {"options": choices}
    outcome, found = await interact.options(
        sandbox.slack,
        given.needed("as"),
        **_spot(given),
        action_id=given.needed("action_id"),
        block_id=given.text("block_id"),
        text=given.text("value"),
    )
    body = outcome.body if isinstance(outcome.body, dict) else {}
    groups = {"option_groups": body["option_groups"]} if outcome.ok and body.get("option_groups") else {}
    return told(outcome) | {"options": found} | groups


async def submit(sandbox: Sandbox, given: Given) -> Json:
    person = given.needed("as")
    stack = sandbox.world.forms_of(sandbox.world.person(person).id)
    if stack and stack[-1].origin.get("platform") == "discord":
        return told(await on_discord.submit(sandbox.discord, person, given.record("values"), given.text("form")))
    form = modals.top_form(sandbox.slack, person, given.text("form"))
    entered = given.record("values")
    target = interact.find_target(sandbox.slack, person, "", "", form.id)
    interact.remember_state(sandbox.slack, target, person, given.record("state"))
    return told(await modals.submit(sandbox.slack, person, entered, given.text("form")))


async def close(sandbox: Sandbox, given: Given) -> Json:
    person = given.needed("as")
    stack = sandbox.world.forms_of(sandbox.world.person(person).id)
    if stack and stack[-1].origin.get("platform") == "discord":
        on_discord.top_form(sandbox.discord, person, given.text("form"))
        sandbox.world.set_forms(sandbox.world.person(person).id, [])
        return {}
    modals.top_form(sandbox.slack, person, given.text("form"))
    await modals.close(sandbox.slack, person, everything=given.flag("all"))
    return {}


async def command(sandbox: Sandbox, given: Given) -> Json:
    typed = given.needed("text")
    if not typed.startswith("/"):
        raise BadRequest("text must begin with the command, like /ticket mine")
    if _on_discord(sandbox, given):
        who, where = given.needed("as"), given.needed("channel")
        return told(await on_discord.command(sandbox.discord, who, where, typed, given.record("options")))
    return told(
        await interact.command(sandbox.slack, given.needed("as"), given.needed("channel"), typed, given.text("thread"))
    )


async def shortcut(sandbox: Sandbox, given: Given) -> Json:
    person = given.needed("as")
    if _on_discord(sandbox, given):
        name, where = given.needed("callback_id"), (given.needed("channel"), given.needed("message"))
        return told(await on_discord.menu(sandbox.discord, person, name, *where))
    return told(
        await interact.shortcut(
            sandbox.slack, person, given.needed("callback_id"), given.text("channel"), given.text("message")
        )
    )


def home(sandbox: Sandbox, given: Given) -> Json:
    interact.open_home(sandbox.slack, given.needed("as"), given.text("tab", "home"))
    return {}


_PLACE = {
    "as": WHO,
    "channel": WHERE,
    "message": "ts of the message with the element (an ephemeral's too)",
    "form": "id of the modal or Home with it, in place of channel and message",
}
_ELEMENT = {"action_id": "of the element", "block_id": "where several elements share an action_id"}
_ACK = "`ok`, `ack_ms`, `answer` (the ack's body); else `reason` and `error`"

ENDPOINTS = (
    Endpoint(
        "POST",
        "/control/press",
        "Use a button, select, overflow, picker or checkbox",
        press,
        _PLACE
        | _ELEMENT
        | {
            "value": "what is chosen: an option's value, an id, a date; a list where several can be",
            "action": "in place of these: the action as Slack's payload has it",
            "state": "what else was entered there, as Slack's `state.values`",
        },
        _ACK,
    ),
    Endpoint(
        "POST",
        "/control/options",
        "Type into an external select and get the app's options",
        options,
        _PLACE
        | _ELEMENT
        | {"value": "what was typed", "text": "on Discord the command so far; `action_id` is the option"},
        "`options` (groups flattened), `option_groups`, " + _ACK,
    ),
    Endpoint(
        "POST",
        "/control/submit",
        "Fill in and submit the modal on top",
        submit,
        {
            "as": WHO,
            "form": "its id, to be sure which",
            "values": "action id or block id -> value, as in /control/press",
            "state": "in place of these: Slack's `state.values`",
        },
        _ACK + ", `errors` (block id -> text)",
    ),
    Endpoint(
        "POST",
        "/control/close",
        "Close the modal on top",
        close,
        {"as": WHO, "form": "its id", "all": "true: the stack"},
    ),
    Endpoint(
        "POST",
        "/control/command",
        "Type a slash command",
        command,
        {
            "as": WHO,
            "channel": WHERE,
            "text": "`/ticket mine`, on Discord `/ticket show ticket:12`",
            "options": "on Discord: option -> value, in place of typing them",
            "thread": "typed in a thread (Slack refuses that)",
        },
        _ACK,
    ),
    Endpoint(
        "POST",
        "/control/shortcut",
        "Use a message shortcut (with channel and message) or a global one",
        shortcut,
        {"as": WHO, "callback_id": "of the shortcut", "channel": WHERE, "message": "ts of the message"},
        _ACK,
    ),
    Endpoint(
        "POST",
        "/control/home",
        "Open the app's Home; the app hears of it and may publish a view",
        home,
        {"as": WHO, "tab": "`home` (default) or `messages`"},
    ),
)
