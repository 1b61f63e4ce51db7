"""What people do with the app's buttons, selects and commands, from the click to what they see after the answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, Literal

from sandbox.model import Channel, Form, Message, Person
from sandbox.seed import HOME, SLACKBOT
from sandbox.sight import sees_channel
from sandbox.slack import events, messages, response_url, values
from sandbox.slack.api_chat import content
from sandbox.slack.api_views import shown
from sandbox.slack.args import Args
from sandbox.slack.blocks import interactive
from sandbox.slack.delivery import Delivery, Outcome
from sandbox.slack.elements import OPTION
from sandbox.slack.errors import SlackError
from sandbox.slack.richtext import typed_text
from sandbox.slack.server import SlackServer
from sandbox.slack.shape import array
from sandbox.world import Missing

Json = dict[str, Any]

TROUBLE: Final = "We had some trouble connecting. Try again?"


class Refused(Exception):
    """The platform itself does not let this person do that; `code` is a word for scripts, the text for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """Where the used element stands: in a message (an ephemeral one too), a modal or a Home."""

    blocks: list[Json]
    message: Message | None = None
    form: Form | None = None


def find_target(slack: SlackServer, person: str, channel: str, ts: str, view: str) -> Target:
    """Raises `Missing` for what is not there or not theirs to see."""
    if view:
        form = slack.world.find_form(view)
        if form is None or form.person != person:
            raise Missing("view", view)
        return Target(form.payload["blocks"], form=form)
    ephemeral = slack.world.ephemerals.get(person, {}).get(ts)
    if ephemeral is not None and ephemeral.channel == channel:
        return Target(ephemeral.blocks, message=ephemeral)
    message = slack.world.message(channel, ts)
    if not sees_channel(slack.world, person, slack.world.channel(channel)):
        raise Missing("message", ts)
    inner = [block for one in message.attachments for block in one.get("blocks") or []]
    return Target([*message.blocks, *inner], message=message)


def find_element(target: Target, action_id: str, block_id: str = "") -> tuple[Json, Json]:
    """The block and the element in it. Raises `Missing`."""
    for block in target.blocks:
        for element in interactive(block):
            if element.get("action_id") == action_id and block_id in ("", block.get("block_id")):
                return block, element
    raise Missing("element", action_id)


def user_shape(person: Person) -> Json:
    return {"id": person.id, "username": person.handle, "name": person.handle, "team_id": person.workspace}


def base(slack: SlackServer, kind: str, person: Person) -> Json:
    """What all interaction payloads share. `team` is the app's workspace, except for what an outsider submits."""
    home = slack.world.workspaces[HOME]
    return {
        "type": kind,
        "user": user_shape(person),
        "api_app_id": slack.bot.app,
        "token": "sandbox",
        "team": {"id": home.id, "domain": home.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def channel_shape(slack: SlackServer, channel: Channel) -> Json:
    names = {"private": "privategroup", "im": "directmessage"}
    return {"id": channel.id, "name": names.get(channel.kind, channel.name)}


def response_address(
    slack: SlackServer, person: str, channel: str, message: str = "", *, ephemeral: bool = False
) -> str:
    token = slack.tickets.response_address(person, channel, message, ephemeral=ephemeral)
    return f"{slack.base_url}/slack/response/{token}"


async def press(
    slack: SlackServer,
    person_id: str,
    *,
    channel: str = "",
    ts: str = "",
    view: str = "",
    action_id: str,
    block_id: str = "",
    value: Any = None,
) -> Outcome:
    """Use a button, select, overflow, picker or checkbox; `value` is what is chosen (see `values.chosen`)."""
    person = slack.world.person(person_id)
    target = find_target(slack, person_id, channel, ts, view)
    block, element = find_element(target, action_id, block_id)
    action: Json = {"action_id": action_id, "block_id": block["block_id"], "type": element["type"]}
    if values.holds_state(element):
        entry = values.chosen(slack, person_id, element, value)
        _remember(slack, target, person_id, block["block_id"], action_id, entry)
        action |= entry
    elif element["type"] == "overflow":
        action["selected_option"] = values.option(slack, person_id, element, value)
    else:
        action |= {name: element[name] for name in ("text", "value", "style", "url") if name in element}
    action["action_ts"] = slack.world.stamp()[0]
    payload = base(slack, "block_actions", person) | {"actions": [action]}
    payload |= _place(slack, person, target)
    outcome = await ask(slack, "block_actions", payload, channel, f"{channel}/{ts}")
    if not outcome.ok:
        _show_failure(slack, target, person_id, action_id, outcome.reason)
    return outcome


def _remember(slack: SlackServer, target: Target, person: str, block_id: str, action_id: str, entry: Json) -> None:
    if target.form is not None:
        target.form.state.setdefault(block_id, {})[action_id] = entry
    elif target.message is not None:
        key = (person, target.message.channel, target.message.id)
        slack.states.setdefault(key, {}).setdefault(block_id, {})[action_id] = entry


def remember_state(slack: SlackServer, target: Target, person: str, state: dict[str, Json]) -> None:
    """Keep what else was entered there, given as Slack's `state.values`; what is not there any more is left out."""
    for block in target.blocks:
        for element in interactive(block):
            entry = state.get(block.get("block_id", ""), {}).get(element.get("action_id", ""))
            if entry is not None and values.holds_state(element):
                kept = values.chosen(slack, person, element, values.value_in(element, entry))
                _remember(slack, target, person, block["block_id"], element["action_id"], kept)


def _place(slack: SlackServer, person: Person, target: Target) -> Json:
    """Where an action came from: its container, and what the app needs to answer there."""
    if target.form is not None:
        form = target.form
        form.state = values.full_state(form.payload["blocks"], form.state)
        origin = form.origin
        return {
            "container": {"type": "view", "view_id": form.id},
            "view": shown(slack, form),
            "trigger_id": slack.tickets.trigger(
                person.id, origin.get("channel", ""), origin.get("message", ""), form.id
            ),
        }
    message = target.message
    assert message is not None  # noqa: S101 a target is one of the two
    channel = slack.world.channel(message.channel)
    ephemeral = message.only_for is not None
    entered = slack.states.get((person.id, channel.id, message.id), {})
    container = {
        "type": "message",
        "message_ts": message.id,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    } | ({"thread_ts": message.thread} if message.thread else {})
    place: Json = {
        "container": container,
        "trigger_id": slack.tickets.trigger(person.id, channel.id, message.id),
        "channel": channel_shape(slack, channel),
        "state": {"values": values.full_state(target.blocks, entered)},
        "response_url": response_address(slack, person.id, channel.id, message.id, ephemeral=ephemeral),
    }
    if not ephemeral:
        shape = messages.message(slack.world, message, slack.base_url)
        place["message"] = shape | messages.thread_facts(slack.world, message)
    return place


async def ask(slack: SlackServer, name: str, payload: Json, channel: str = "", key: str = "") -> Outcome:
    """Deliver an interaction; it fails at once where the manifest has interactivity off."""
    if not slack.manifest.interactive:
        return Outcome(ok=False, reason="interactivity_disabled")
    return await slack.dispatcher.ask(Delivery("interaction", name, payload, key, channel, ""))


def _show_failure(slack: SlackServer, target: Target, person: str, action_id: str, reason: str) -> None:
    if target.message is not None:
        slack.world.action_failed(person, target.message.channel, target.message.id, action_id, reason)
    elif target.form is not None and target.form.kind == "modal":
        target.form.errors = {"": TROUBLE}
        slack.world.set_forms(person, slack.world.forms_of(person))


async def options(
    slack: SlackServer,
    person_id: str,
    *,
    channel: str = "",
    ts: str = "",
    view: str = "",
    action_id: str,
    block_id: str = "",
    text: str = "",
) -> tuple[Outcome, list[Json]]:
    """What an external select offers for what the person typed; groups come flattened beside their outcome."""
    person = slack.world.person(person_id)
    target = find_target(slack, person_id, channel, ts, view)
    block, element = find_element(target, action_id, block_id)
    payload = base(slack, "block_suggestion", person) | {
        "action_id": action_id,
        "block_id": block["block_id"],
        "value": text,
    }
    place = _place(slack, person, target)
    payload |= {name: place[name] for name in ("container", "view", "message", "channel") if name in place}
    outcome = await ask(slack, "block_suggestion", payload, channel)
    body = outcome.body if isinstance(outcome.body, dict) else {}
    found = list(body.get("options") or [])
    for group in body.get("option_groups") or []:
        found += group.get("options") or []
    if not outcome.ok or any(array(OPTION, 100, 0)(found, "/options")):
        return Outcome(ok=False, body=outcome.body, reason=outcome.reason or "invalid_options", ms=outcome.ms), []
    slack.offered[(person_id, element["action_id"])] = found
    return outcome, found


async def command(slack: SlackServer, person_id: str, channel_id: str, typed: str, thread: str = "") -> Outcome:
    """Type a slash command. Raises `Refused` where Slack itself says no; that person sees it too."""
    world = slack.world
    person, channel = world.person(person_id), world.channel(channel_id)
    name, _, text = typed.strip().partition(" ")
    if not sees_channel(world, person_id, channel):
        raise Missing("channel", channel_id)
    if thread:
        _refuse(slack, person, channel, "not_in_threads", f"{name} is not supported in threads. Sorry!", thread)
    if not slack.manifest.command(name) or person.workspace != HOME:
        _refuse(
            slack,
            person,
            channel,
            "not_a_valid_command",
            f"{name} is not a valid command. In Slack, all messages that start with the “/” character are interpreted"
            " as commands.\nIf you are trying to send a message and not run a command, try preceding the “/” with an"
            " empty space.",
        )
    home = world.workspaces[HOME]
    payload = {
        "token": "sandbox",
        "team_id": HOME,
        "team_domain": home.domain,
        "channel_id": channel.id,
        "channel_name": channel_shape(slack, channel)["name"],
        "user_id": person.id,
        "user_name": person.handle,
        "command": name,
        "text": typed_text(world, text.strip()) if slack.manifest.escapes(name) else text.strip(),
        "api_app_id": slack.bot.app or "",
        "is_enterprise_install": "false",
        "response_url": response_address(slack, person.id, channel.id),
        "trigger_id": slack.tickets.trigger(person.id, channel.id),
    }
    outcome = await slack.dispatcher.ask(Delivery("command", name, payload, payload["trigger_id"], channel.id, text))
    if outcome.ok:
        return _show_answer(slack, person, channel, name, outcome)
    word = (
        "operation_timeout" if outcome.reason in ("timeout", "http_timeout", "operation_timeout") else "dispatch_failed"
    )
    _notice(slack, person, channel, f'{name} failed with the error "{word}"')
    return Outcome(ok=False, body=outcome.body, reason=word, ms=outcome.ms)


def _show_answer(slack: SlackServer, person: Person, channel: Channel, name: str, outcome: Outcome) -> Outcome:
    body = outcome.body
    if isinstance(body, str) and body.strip():
        body = {"text": body}
    if not isinstance(body, dict) or not any(body.get(part) for part in ("text", "blocks", "attachments")):
        return outcome
    try:
        said = content(Args(body, ""))
    except SlackError as error:
        _notice(slack, person, channel, f'{name} failed with the error "invalid_command_response"')
        detail = json.dumps({"error": error.code, **error.more})
        slack.traffic.note("command", f"{name} answer", ok=False, detail=error.code, response=detail)
        return Outcome(ok=False, body=body, reason="invalid_command_response", ms=outcome.ms)
    response_url.show(slack, person.id, channel.id, body, said)
    return outcome


def _refuse(slack: SlackServer, person: Person, channel: Channel, code: str, text: str, thread: str = "") -> None:
    _notice(slack, person, channel, text, thread)
    raise Refused(code, text)


def _notice(slack: SlackServer, person: Person, channel: Channel, text: str, thread: str = "") -> None:
    slack.world.show_ephemeral(person.id, channel.id, SLACKBOT, text, thread=thread or None)


async def shortcut(slack: SlackServer, person_id: str, callback_id: str, channel_id: str = "", ts: str = "") -> Outcome:
    """A message shortcut (with `channel_id` and `ts`) or a global one. Raises `Refused` as `command` does."""
    person = slack.world.person(person_id)
    kind: Literal["message", "global"] = "message" if ts else "global"
    if person.workspace != HOME or not slack.manifest.shortcut(kind, callback_id):
        raise Refused("no_such_shortcut", "This shortcut is not available here.")
    payload = base(slack, "message_action" if ts else "shortcut", person) | {
        "callback_id": callback_id,
        "action_ts": slack.world.stamp()[0],
    }
    if not ts:
        payload["trigger_id"] = slack.tickets.trigger(person_id)
        return await _asked(slack, person, None, "shortcut", payload, callback_id)
    message = slack.world.message(channel_id, ts)
    channel = slack.world.channel(channel_id)
    if not sees_channel(slack.world, person_id, channel):
        raise Missing("message", ts)
    payload |= {
        "trigger_id": slack.tickets.trigger(person_id, channel_id, ts),
        "message_ts": ts,
        "channel": channel_shape(slack, channel),
        "message": messages.message(slack.world, message, slack.base_url),
        "response_url": response_address(slack, person_id, channel_id),
    }
    return await _asked(slack, person, channel, "message_action", payload, callback_id)


async def _asked(
    slack: SlackServer, person: Person, channel: Channel | None, name: str, payload: Json, callback_id: str
) -> Outcome:
    outcome = await ask(slack, name, payload, channel.id if channel else "")
    if not outcome.ok and channel is not None:
        _notice(slack, person, channel, f"{slack.bot.name} did not answer. Try the shortcut again?")
    return outcome


def open_home(slack: SlackServer, person_id: str, tab: str = "home") -> None:
    """Look at the app's Home (or its messages tab): the app hears of it."""
    person = slack.world.person(person_id)
    channel = slack.direct_channel(person)
    event: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": channel.id,
        "tab": tab,
        "event_ts": slack.world.stamp()[0],
    }
    home = slack.world.homes.get(person_id)
    if home is not None and tab == "home":
        event["view"] = shown(slack, home)
    events.send(slack, "app_home_opened", event, channel)
