"""Values to JSON and back, for the rows that hold them (outbox, receipts, messages)."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from core.language.answers import Answer
from core.language.effects import Live
from core.language.text import Text
from core.language.views import Card


@cache
def _adapter(what: Any) -> TypeAdapter[Any]:
    return TypeAdapter(what)


def dump_text(text: Text) -> str:
    return _adapter(Text).dump_json(text).decode()


def load_text(data: str | bytes) -> Text:
    out: Text = _adapter(Text).validate_json(data)
    return out


def dump_answer(answer: Answer | None) -> str | None:
    return None if answer is None else _adapter(Answer).dump_json(answer).decode()


def load_answer(data: str | bytes | None) -> Answer | None:
    if data is None:
        return None
    out: Answer = _adapter(Answer).validate_json(data)
    return out


def dump_shown(shown: Card | Live) -> str:
    return _adapter(Card | Live).dump_json(shown).decode()


def load_shown(data: str | bytes) -> Card | Live:
    out: Card | Live = _adapter(Card | Live).validate_json(data)
    return out
