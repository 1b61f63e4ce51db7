"""What the desk shows, without a platform: cards, forms and short texts. Adapters render them.

Tokens carry ids only (`claim:12`); authority is checked again each time one comes back.
"""

from dataclasses import dataclass
from typing import Literal

from core.language.text import Text

Tone = Literal["neutral", "good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Option:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Confirm:
    title: str
    text: str
    yes: str
    no: str = "Cancel"


@dataclass(frozen=True, slots=True)
class Button:
    """`url` makes it a plain link that sends nothing."""

    label: str
    token: str
    style: Literal["default", "primary", "danger"] = "default"
    confirm: Confirm | None = None
    url: str | None = None
    kind: Literal["button"] = "button"


@dataclass(frozen=True, slots=True)
class Select:
    """One choice of up to 25 options, at once effective."""

    label: str
    token: str
    options: tuple[Option, ...]
    selected: str | None = None
    kind: Literal["select"] = "select"


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: Text
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody said, set off from the desk's own words."""

    text: Text
    kind: Literal["quote"] = "quote"


@dataclass(frozen=True, slots=True)
class Field:
    label: str
    text: Text


@dataclass(frozen=True, slots=True)
class Fields:
    """Short facts in two columns."""

    fields: tuple[Field, ...]
    kind: Literal["fields"] = "fields"


@dataclass(frozen=True, slots=True)
class Small:
    """Secondary facts in small text."""

    text: Text
    kind: Literal["small"] = "small"


@dataclass(frozen=True, slots=True)
class Actions:
    controls: tuple[Button | Select, ...]
    kind: Literal["actions"] = "actions"


@dataclass(frozen=True, slots=True)
class Divider:
    kind: Literal["divider"] = "divider"


Block = Paragraph | Quote | Fields | Small | Actions | Divider


@dataclass(frozen=True, slots=True)
class Menu:
    """Rare actions behind "⋯"; at most five, the options' values are tokens."""

    token: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One object, or one short post.

    `fallback` is written, not derived: it is what a phone's notification shows. `sender` shows a post under a
    person's name where the platform can. `title` may be empty for a post that is a sentence.
    """

    fallback: str
    title: Text = ()
    blocks: tuple[Block, ...] = ()
    menu: Menu | None = None
    tone: Tone = "neutral"
    sender: str | None = None


@dataclass(frozen=True, slots=True)
class TextInput:
    key: str
    label: str
    multiline: bool = False
    optional: bool = False
    initial: str = ""
    placeholder: str = ""
    hint: str = ""
    max_length: int = 3000
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class ChoiceInput:
    key: str
    label: str
    options: tuple[Option, ...]
    initial: str | None = None
    optional: bool = False
    hint: str = ""
    kind: Literal["choice"] = "choice"


Input = TextInput | ChoiceInput


@dataclass(frozen=True, slots=True)
class Form:
    """A modal. `intro` says where the words will go."""

    title: str
    token: str
    submit: str
    inputs: tuple[Input, ...]
    intro: Text = ()


@dataclass(frozen=True, slots=True)
class Home:
    """A person's own page in the app."""

    title: Text
    blocks: tuple[Block, ...]
