"""Showing a person at once what the desk answers to an interaction
(https://docs.discord.com/developers/interactions/receiving-and-responding).

The first response is due within 3 s. When the desk needs longer than it may, the response is put off, and the answer
comes after it; a form cannot come so late, and the person is asked to try again.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, assert_never

from adapters.discord import limits
from adapters.discord.api import Api
from adapters.discord.gateway import Gateway
from adapters.discord.interactions import AUTOCOMPLETE, COMPONENT
from adapters.discord.markup import Ink, unformatted
from adapters.discord.modals import form
from adapters.discord.payloads import Json
from core.language.answers import Answer, Choices, FormErrors, OpenForm, Say
from core.language.text import Words, words
from core.language.views import Block, Card, Option, Paragraph, Quote
from core.language.wording import Voice

_MESSAGE, _MESSAGE_LATER, _NOTHING_LATER, _CHOICES, _MODAL = 4, 5, 6, 8, 9
_EPHEMERAL: Final = 1 << 6
_NOBODY: Final[Json] = {"allowed_mentions": {"parse": []}}


@dataclass(frozen=True, slots=True)
class Asked:
    """An interaction that waits: its kind, and whether it came from a message of ours. The token is a credential."""

    id: str
    token: str
    application: str
    kind: int
    on_message: bool

    @property
    def can_wait(self) -> bool:
        return self.kind != AUTOCOMPLETE

    @property
    def silent(self) -> bool:
        """Whether an answer may be nothing at all."""
        return self.kind == COMPONENT or self.on_message


async def defer(api: Api, asked: Asked) -> None:
    """Raises a DeliveryError."""
    if asked.silent:
        await api.respond(asked.id, asked.token, {"type": _NOTHING_LATER})
    else:
        await api.respond(asked.id, asked.token, {"type": _MESSAGE_LATER, "data": {"flags": _EPHEMERAL}})


async def respond(gateway: Gateway, asked: Asked, answer: Answer | None, entered: Mapping[str, str]) -> None:
    """The first response. `entered`: what was written into a form. Raises a DeliveryError."""
    api, ink = gateway.api, Ink(gateway.connection)
    match answer:
        case None if not asked.can_wait:
            await _choices(api, asked, ())
        case None if asked.silent:
            await api.respond(asked.id, asked.token, {"type": _NOTHING_LATER})
        case OpenForm(form=shown) if (modal := form(shown, ink)) is not None:
            await api.respond(asked.id, asked.token, {"type": _MODAL, "data": modal})
        case Choices(options=options):
            await _choices(api, asked, options)
        case _:
            await _alone(
                gateway,
                _card_of(answer, entered, gateway.voice),
                lambda body: api.respond(asked.id, asked.token, {"type": _MESSAGE, "data": {**_NOBODY, **body}}),
            )


async def follow_up(gateway: Gateway, asked: Asked, answer: Answer | None, entered: Mapping[str, str]) -> None:
    """The answer after a deferral. Raises a DeliveryError."""
    if answer is None and asked.silent:
        return
    api, voice = gateway.api, gateway.voice
    shown = _said(voice, "answer_too_late") if isinstance(answer, OpenForm) else _card_of(answer, entered, voice)
    say = api.follow_up if asked.silent else api.edit_response
    await _alone(gateway, shown, lambda body: say(asked.application, asked.token, body))


async def _alone(gateway: Gateway, card: Card, say: Callable[[Json], Awaitable[None]]) -> None:
    """For the person alone."""
    ink = Ink(gateway.connection)
    await gateway.in_either_form(
        card, ink, None, lambda form: say({**form, "flags": int(form.get("flags", 0)) | _EPHEMERAL})
    )


async def _choices(api: Api, asked: Asked, found: tuple[Option, ...]) -> None:
    shown = [
        {"name": unformatted(one.label, limits.CHOICE_NAME), "value": one.value}
        for one in found
        if one.value and limits.units(one.value) <= limits.OPTION_TEXT
    ]
    await api.respond(asked.id, asked.token, {"type": _CHOICES, "data": {"choices": shown[: limits.OPTIONS]}})


def failed(voice: Voice) -> Say:
    return Say(_said(voice, "answer_not_taken"))


def _said(voice: Voice, key: str) -> Card:
    return Card(fallback=voice.say(key), blocks=(Paragraph(voice.text(key)),))


def _card_of(answer: Answer | None, entered: Mapping[str, str], voice: Voice) -> Card:
    match answer:
        case None:
            return _said(voice, "answer_done")
        case Say(card=card):
            return card
        case FormErrors(errors=errors):
            return _errors(errors, entered, voice)
        case OpenForm() | Choices():
            return _said(voice, "answer_not_taken")
        case _:
            assert_never(answer)


def _errors(errors: Mapping[str, str], entered: Mapping[str, str], voice: Voice) -> Card:
    """Discord closes a form when it is sent, so what was written is given back with what was wrong."""
    said = " ".join(dict.fromkeys(errors.values()))
    written = [Quote(words(text)) for text in entered.values() if text.strip()]
    blocks: tuple[Block, ...] = (Paragraph(words(said)),)
    if written:
        blocks = (*blocks, Paragraph((Words(voice.say("answer_form_kept"), ("italic",)),)), *written)
    return Card(fallback=said, blocks=blocks)
