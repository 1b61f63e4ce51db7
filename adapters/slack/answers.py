"""Showing a person at once what the desk answers: in the ack where the surface takes it there, else right after.

https://docs.slack.dev/interactivity/handling-user-interaction says what each surface takes.
"""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, assert_never

from adapters.slack import views
from adapters.slack.api import ignoring
from adapters.slack.controls import Json, options
from adapters.slack.errors import from_exception, from_response
from adapters.slack.gateway import Gateway
from adapters.slack.interactions import channel_of
from adapters.slack.limits import INPUT_LABEL, OPTIONS
from adapters.slack.markup import Ink, unformatted
from adapters.slack.payloads import Payload, mapping, maybe, sequence, thread_of
from core.language.answers import Answer, Choices, FormErrors, OpenForm, Say
from core.language.effects import Ephemeral
from core.language.events import (
    ActionPressed,
    ChoicesAsked,
    CommandTyped,
    FormSubmitted,
    Inbound,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionAdded,
    ReactionRemoved,
    ShortcutUsed,
)
from core.language.places import Identity, MessageRef, Place
from core.language.text import words
from core.language.views import Card, Form
from core.ports import DeliveryError, NotSent

log = logging.getLogger(__name__)

# command: the ack's body is shown. control: there is a response URL. window: a modal or home, no place at all.
# form: the ack's body says what becomes of it. choices: the body holds them. message: nobody waits.
Surface = Literal["command", "control", "window", "form", "choices", "message"]

_EMPTY: Final[Json] = {}
# A trigger opens one form: the first delivery of this press has opened it.
_OPENED: Final = frozenset({"exchanged_trigger_id"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Where somebody waits for an answer, and by which of Slack's ways it gets there."""

    surface: Surface
    person: str | None
    place: Place | None = None
    trigger: str | None = None
    response_url: str | None = None
    over_modal: bool = False
    inputs: tuple[str, ...] = ()
    # The message whose thread is not known yet (a reaction does not say).
    on: MessageRef | None = None


def asked(payload: Payload, event: Inbound) -> Asked:
    trigger, url = maybe(payload, "trigger_id"), maybe(payload, "response_url")
    match event:
        case CommandTyped():
            return Asked("command", event.person.user, event.place, trigger, url)
        case ChoicesAsked():
            return Asked("choices", event.person.user)
        case FormSubmitted():
            view = mapping(payload, "view")
            _, origin = views.token_and_origin(maybe(view, "private_metadata") or "", event.connection)
            inputs = tuple(maybe(b, "block_id") or "" for b in sequence(view, "blocks") if maybe(b, "type") == "input")
            return Asked("form", event.person.user, origin, trigger, inputs=inputs)
        case ActionPressed(ref=None):
            return Asked(
                "window", event.person.user, None, trigger, over_modal=maybe(payload, "view", "type") == "modal"
            )
        case ActionPressed(ref=MessageRef() as ref):
            return Asked("control", event.person.user, ref.place, trigger, url)
        case ShortcutUsed():
            message = mapping(payload, "message")
            channel = channel_of(payload) or event.message.ref.channel
            thread = thread_of(message, event.message.ref.message)
            return Asked("control", event.person.user, Place(event.connection, channel, thread), trigger, url)
        case MessagePosted():
            return Asked("message", event.author.user, event.ref.place)
        case MessageEdited():
            return Asked("message", event.author.user if event.author else None, event.ref.place)
        case ReactionAdded() | ReactionRemoved():
            return Asked("message", event.person.user, event.ref.place, on=event.ref)
        case MessageDeleted():
            return Asked("message", None, event.ref.place)
        case _:
            return Asked("message", None)


def body(answer: Answer | None, to: Asked, gateway: Gateway) -> Json | None:
    """What goes into the ack; None when the answer is shown afterwards (`show`). Empty: there is nothing to say."""
    match answer:
        case None:
            return _EMPTY
        case Say(card=card) if to.surface == "command":
            return _said(card, gateway)
        case Say(card=card) if to.surface == "form" and to.place is None:
            return {"response_action": "update", "view": views.notice(card, _ink(gateway), _nonce())}
        case OpenForm(form=form) if to.surface == "form":
            return {"response_action": "update", "view": _form(form, to, gateway)}
        case FormErrors(errors=errors) if to.surface == "form":
            return {"response_action": "errors", "errors": _errors(errors, to.inputs)}
        case Choices(options=found) if to.surface == "choices":
            return {"options": options(found, OPTIONS)}
    return None


async def show(answer: Answer, to: Asked, gateway: Gateway) -> None:
    """After the ack. Raises a DeliveryError when nothing worked, ValueError when the surface has no way to show
    such an answer."""
    match answer:
        case Say(card=card):
            await _say(card, to, gateway)
        case OpenForm(form=form):
            await _open_form(form, to, gateway)
        case FormErrors() | Choices():
            raise ValueError(f"{answer.kind} is no answer on the surface {to.surface}")
        case _:
            assert_never(answer)


def _ink(gateway: Gateway) -> Ink:
    return Ink(gateway.connection)


def _nonce() -> str:
    return secrets.token_hex(4)


def _form(form: Form, to: Asked, gateway: Gateway) -> Json:
    return views.form(form, _ink(gateway), _nonce(), to.place)


def _said(card: Card, gateway: Gateway) -> Json:
    drawn = gateway.drawn(card)
    out: Json = {"response_type": "ephemeral", "text": drawn.text}
    return {**out, "blocks": drawn.blocks} if drawn.blocks else out


def _errors(errors: Mapping[str, str], inputs: tuple[str, ...]) -> dict[str, str]:
    """Under the inputs that they name. Slack refuses an error for an input that is not there, so one without a
    place goes under the first."""
    out: dict[str, str] = {}
    for key, text in errors.items():
        under = key if key in inputs or not inputs else inputs[0]
        said = unformatted(text, INPUT_LABEL)
        out[under] = f"{out[under]} {said}" if under in out else said
    return out


async def _say(card: Card, to: Asked, gateway: Gateway) -> None:
    ways = []
    if to.response_url:
        ways.append(_by_response_url)
    if to.place and to.person:
        ways.append(_ephemeral)
    if to.trigger:
        ways.append(_in_window)
    if not ways:
        raise ValueError(f"there is no way to answer on the surface {to.surface}")
    for way in ways[:-1]:
        try:
            return await way(card, to, gateway)
        except DeliveryError:
            continue
    return await ways[-1](card, to, gateway)


async def _by_response_url(card: Card, to: Asked, gateway: Gateway) -> None:
    said: dict[str, Any] = {**_said(card, gateway), "replace_original": False}
    if to.place and to.place.thread:
        said["thread_ts"] = to.place.thread
    try:
        async with gateway.api.session.post(str(to.response_url), json=said) as answer:
            if answer.status != 200:
                raise from_response(answer.status, answer.headers, None)
    except Exception as error:
        raise from_exception(error) from error


async def _ephemeral(card: Card, to: Asked, gateway: Gateway) -> None:
    place = to.place
    if place is None or to.person is None:
        raise ValueError("an ephemeral needs a place and a person")
    if to.on and to.on.thread is None:
        place = Place(place.connection, place.channel, await _thread_around(to.on, gateway))
    await gateway.deliver(Ephemeral(place, Identity(place.connection, to.person), card), None)


async def _thread_around(ref: MessageRef, gateway: Gateway) -> str | None:
    """The thread that a message is a reply in."""
    web = gateway.api.web
    try:
        page = await gateway.api.call(web.conversations_replies, channel=ref.channel, ts=ref.message, limit=1)
    except DeliveryError:
        return None
    found = next((m for m in sequence(page, "messages") if maybe(m, "ts") == ref.message), None)
    return thread_of(found, ref.message) if found else None


async def _in_window(card: Card, to: Asked, gateway: Gateway) -> None:
    await _open(views.notice(card, _ink(gateway), _nonce()), to, gateway)


async def _open_form(form: Form, to: Asked, gateway: Gateway) -> None:
    """Where it cannot open (Slack gives three seconds; other servers may have no forms), the person is told."""
    if to.surface == "message":
        raise ValueError("a form cannot open on a message: nobody has pressed anything")
    try:
        await ignoring(_OPENED, _open(_form(form, to, gateway), to, gateway))
    except DeliveryError as error:
        log.warning("a form was not opened: %s", error)
        said = gateway.voice.say("answer_form_not_opened", title=form.title)
        await _say(Card(said, words(said)), replace(to, trigger=None), gateway)


async def _open(view: Json, to: Asked, gateway: Gateway) -> None:
    if to.trigger is None:
        raise NotSent("no_trigger", f"nothing on the surface {to.surface} gives a trigger")
    web = gateway.api.web
    await gateway.api.call(web.views_push if to.over_modal else web.views_open, trigger_id=to.trigger, view=view)
