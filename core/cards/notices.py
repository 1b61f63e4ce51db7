"""Short posts on the triage side that tell one person something, or the team."""

from core.language.places import Identity
from core.language.text import Named, Ping, Span, Text, plain
from core.language.views import Card, Paragraph
from core.language.wording import Voice


def someone(name: str, identity: Identity | None) -> Ping | Named:
    """A mention that notifies, where the person is known on that platform; else the name."""
    return Ping(identity, name) if identity else Named(name)


def line(voice: Voice, key: str, **values: Span | Text | str) -> Card | None:
    """One entry of the catalogue, or None when the desk's wording turns it off."""
    spans = voice.text(key, **values)
    if not spans:
        return None
    return Card(fallback=plain(spans), blocks=(Paragraph(spans),))
