"""What a person reads: cards, homes and answers as plain text, and what can be pressed on them."""

from typing import assert_never

from core.language.answers import Answer, Choices, FormErrors, OpenForm, Say
from core.language.text import plain
from core.language.views import Actions, Card, Divider, Fields, Home, Paragraph, Quote, Small


def text_of(shown: Card | Home | Answer | None) -> str:
    """What a person reads: of a card, a home, or an answer."""
    match shown:
        case None:
            return ""
        case Card() | Home():
            return _lines(shown)
        case Say():
            return _lines(shown.card)
        case OpenForm(form):
            return f"form {form.title}"
        case FormErrors(errors):
            return " ".join(errors.values())
        case Choices(options):
            return ", ".join(option.label for option in options)


def _lines(shown: Card | Home) -> str:
    lines = [plain(shown.title)]
    for block in shown.blocks:
        match block:
            case Paragraph() | Quote() | Small():
                lines.append(plain(block.text))
            case Fields():
                lines.extend(f"{field.label}: {plain(field.text)}" for field in block.fields)
            case Actions() | Divider():
                continue
            case _:
                assert_never(block)
    return "\n".join(line for line in lines if line)


def buttons(card: Card | Home | None) -> dict[str, str]:
    """The tokens of a card's buttons by their labels."""
    assert isinstance(card, Card)
    return {c.label: c.token for block in card.blocks if isinstance(block, Actions) for c in block.controls}
