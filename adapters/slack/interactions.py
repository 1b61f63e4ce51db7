"""What people do on the desk's own surfaces (https://docs.slack.dev/interactivity): commands, presses, forms,
shortcuts, questions for options."""

from datetime import datetime
from typing import Any

from adapters.slack.controls import LINK_TOKEN, token_of
from adapters.slack.messages import posted
from adapters.slack.parse import readable
from adapters.slack.payloads import (
    INTERACTION,
    RECEIVED,
    Me,
    Payload,
    home_of,
    interaction_of,
    is_direct,
    kept,
    mapping,
    maybe,
    moment,
    sequence,
    string,
    thread_of,
)
from adapters.slack.views import FORM, token_and_origin, values_of
from core.language.events import (
    ActionPressed,
    ChoicesAsked,
    CommandTyped,
    FormSubmitted,
    Inbound,
    ShortcutUsed,
)
from core.language.places import Identity, MessageRef, Place


def read(payload: Payload, me: Me, at: datetime) -> Inbound | None:
    """`at`: the time of what brings none. Raises ValueError."""
    if maybe(payload, "command"):
        return _command(payload, me, at)
    match string(payload, "type"):
        case "block_actions":
            return _pressed(payload, me, at)
        case "view_submission":
            return _submitted(payload, me, at)
        case "message_action":
            return _shortcut(payload, me, at)
        case "block_suggestion":
            token = token_of(string(payload, "action_id"))
            return ChoicesAsked(token=token, query=maybe(payload, "value") or "", **_outer(payload, me, at))
    return None


def _outer(payload: Payload, me: Me, at: datetime, person: str | None = None) -> dict[str, Any]:
    interaction = interaction_of(payload)
    return {
        "connection": me.connection,
        "at": at,
        "raw": kept(payload, **{INTERACTION: interaction, RECEIVED: at.timestamp()}),
        "person": Identity(me.connection, person or string(payload, "user", "id")),
        "person_home": home_of(maybe(payload, "user", "team_id"), me),
        "interaction": interaction,
    }


def _command(payload: Payload, me: Me, at: datetime) -> Inbound:
    channel = string(payload, "channel_id")
    return CommandTyped(
        text=readable(maybe(payload, "text") or "").strip(),
        place=Place(me.connection, channel),
        direct=maybe(payload, "channel_name") == "directmessage" or is_direct(channel, None),
        **_outer(payload, me, at, string(payload, "user_id")),
    )


def _pressed(payload: Payload, me: Me, at: datetime) -> Inbound | None:
    # Slack sends a list; there has never been more than one in it.
    action = next(iter(sequence(payload, "actions")), None)
    token = token_of(string(action, "action_id"))
    if token == LINK_TOKEN:
        return None
    return ActionPressed(
        token=token,
        value=maybe(action, "selected_option", "value") or maybe(action, "value"),
        ref=_pressed_on(payload, me),
        **_outer(payload, me, _pressed_at(action) or at),
    )


def _pressed_at(action: Payload) -> datetime | None:
    try:
        return moment(string(action, "action_ts"))
    except ValueError:
        return None


def _pressed_on(payload: Payload, me: Me) -> MessageRef | None:
    container, message = mapping(payload, "container"), mapping(payload, "message")
    ts = maybe(message, "ts") or maybe(container, "message_ts")
    channel = channel_of(payload)
    if ts is None or channel is None:
        return None
    thread = thread_of(message, ts) or thread_of(container, ts)
    return MessageRef(me.connection, channel, ts, thread)


def channel_of(payload: Payload) -> str | None:
    return (
        maybe(payload, "channel", "id")
        or maybe(payload, "container", "channel_id")
        or maybe(payload, "channel_id")
        or maybe(payload, "channel")
    )


def _submitted(payload: Payload, me: Me, at: datetime) -> Inbound | None:
    view = mapping(payload, "view")
    if maybe(view, "callback_id") != FORM:
        return None
    token, _ = token_and_origin(maybe(view, "private_metadata") or "", me.connection)
    return FormSubmitted(token=token, values=values_of(view.get("state")), **_outer(payload, me, at))


def _shortcut(payload: Payload, me: Me, at: datetime) -> Inbound | None:
    outer = _outer(payload, me, at)
    message = mapping(payload, "message")
    found = posted(
        message,
        channel_of(payload) or string(payload, "channel"),
        me,
        connection=me.connection,
        at=moment(string(message, "ts")),
    )
    match maybe(payload, "callback_id"):
        case "open_ticket":
            return ShortcutUsed(name="open_ticket", message=found, **outer)
        case "send_to_customer":
            return ShortcutUsed(name="send_to_customer", message=found, **outer)
    return None
