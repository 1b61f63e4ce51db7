"""What must reach a person at once: the return value of `desk.handle`. The adapter shows it as the surface
allows; it is kept in the receipt, so that a redelivery gets the same answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.language.views import Card, Form, Option


@dataclass(frozen=True, slots=True)
class Say:
    """Shown to the person alone."""

    card: Card
    kind: Literal["say"] = "say"


@dataclass(frozen=True, slots=True)
class OpenForm:
    form: Form
    kind: Literal["open_form"] = "open_form"


@dataclass(frozen=True, slots=True)
class FormErrors:
    """By input key; the form stays open."""

    errors: Mapping[str, str]
    kind: Literal["form_errors"] = "form_errors"


@dataclass(frozen=True, slots=True)
class Choices:
    options: tuple[Option, ...]
    kind: Literal["choices"] = "choices"


Answer = Say | OpenForm | FormErrors | Choices
