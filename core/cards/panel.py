"""The message with a button that stands in a channel where requests are made by a form."""

from core.language.text import bold, plain
from core.language.views import Actions, Button, Card, Paragraph
from core.language.wording import Voice

# What its button carries: the form to open a ticket in the channel that it stands in.
TOKEN = "form_open"  # noqa: S105 (no secret)


def panel(voice: Voice, desk: str) -> Card:
    text = voice.text("panel_text", desk=bold(desk))
    button = Button(voice.say("panel_button"), TOKEN, "primary")
    return Card(fallback=plain(text), blocks=(Paragraph(text), Actions((button,))))
