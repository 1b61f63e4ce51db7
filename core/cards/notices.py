"""Short posts on the triage side that tell one person something, or the team."""

from collections.abc import Mapping

from core.cards.parts import sentence
from core.language.places import Identity
from core.language.text import Named, Ping, Span, Text, plain
from core.language.views import Actions, Button, Card, Paragraph


def someone(name: str, identity: Identity | None) -> Ping | Named:
    """A mention that notifies, where the person is known on that platform; else the name."""
    return Ping(identity, name) if identity else Named(name)


def line(
    wording: Mapping[str, str], key: str, values: Mapping[str, Span | Text | str], controls: tuple[Button, ...] = ()
) -> Card:
    """One entry of the catalogue with spans or strings in its braces."""
    spans = sentence(wording, key, values)
    blocks = (Paragraph(spans), Actions(controls)) if controls else (Paragraph(spans),)
    return Card(fallback=plain(spans), blocks=blocks)
