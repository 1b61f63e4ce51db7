"""Cards as Discord messages of Components V2 (https://docs.discord.com/developers/components/reference).

A card is a container with its tone as the accent; a post that is a sentence is bare text, as a person's would be.
Total: any card becomes components that Discord takes. What exceeds a limit is cut by grapheme with "…".
"""

from collections.abc import Sequence
from typing import Final, assert_never

from adapters.discord import limits
from adapters.discord.controls import Ids, menu, rows
from adapters.discord.markup import ELLIPSIS, Ink, cut_units, drawn_units, markdown, quote
from adapters.discord.payloads import Json, Payload, maybe, sequence
from core.language.text import Text, Words, bold, plain, words
from core.language.views import (
    Actions,
    Card,
    Divider,
    Field,
    Fields,
    Paragraph,
    Quote,
    Small,
    Tone,
)

COMPONENTS_V2: Final = 1 << 15
_TEXT: Final = 10
_GALLERY: Final = 12
_FILE: Final = 13
_SEPARATOR: Final = 14
_CONTAINER: Final = 17
_ACCENTS: Final[dict[Tone, int | None]] = {"neutral": None, "good": 0x2EB67D, "warning": 0xECB22E, "bad": 0xE01E5A}
_LABEL: Final = 100
_FIELD: Final = 400


class _Room:
    """What is left of a message's limits."""

    def __init__(self, components: int, text: int) -> None:
        self.components = components
        self.text = text


def components(shown: Card, ink: Ink, mark: int | None = None) -> list[Json]:
    """`mark`: the id of the first component, by which the message can be found again."""
    ids = Ids()
    framed = _is_framed(shown)
    room = _Room(limits.COMPONENTS - framed, limits.ALL_TEXT)
    controls = _controls(shown, ids, room)
    inside = _texts(shown, ink, room, controls)
    if not inside:
        inside = [_text(markdown(words(shown.fallback or ELLIPSIS), ink, 1000) or ELLIPSIS)]
    out = inside
    if framed:
        accent = _ACCENTS[shown.tone]
        out = [{"type": _CONTAINER, "components": inside, **({} if accent is None else {"accent_color": accent})}]
    if mark is not None:
        out[0] = {"id": mark, **out[0]}
    return out


def holds(text: Text, ink: Ink) -> bool:
    """Whether a post of a text, under a name and with a line of small print, shows all of it in either form."""
    # Hardly anything is shorter as it is drawn, and drawing is what takes time.
    return limits.units(plain(text)) <= limits.TEXT and drawn_units(text, ink) <= limits.TEXT


def file_components(comment: str, name: str, kind: str, ink: Ink, mark: int) -> list[Json]:
    """A file that is sent along: a picture is shown, anything else offered."""
    media = {"url": f"attachment://{name}"}
    is_picture = kind.startswith("image/") and "svg" not in kind
    file: Json = {"type": _GALLERY, "items": [{"media": media}]} if is_picture else {"type": _FILE, "file": media}
    said = markdown(words(comment), ink, limits.CONTENT)
    out = [_text(said), file] if said else [file]
    return [{"id": mark, **out[0]}, *out[1:]]


def content(shown: Card, ink: Ink) -> str:
    """The card's words alone, for a server without Components V2."""
    parts: list[Text] = [_title(shown)]
    for block in shown.blocks:
        match block:
            case Paragraph() | Quote() | Small():
                parts.append(block.text)
            case Fields():
                parts += [(*words(f"{field.label}: "), *field.text) for field in block.fields]
            case Actions() | Divider():
                pass
            case _:
                assert_never(block)
    spans = tuple(span for part in parts if part for span in (*part, Words("\n")))
    return markdown(spans, ink, limits.CONTENT) or markdown(words(shown.fallback), ink, limits.CONTENT) or ELLIPSIS


def classic_rows(shown: Card) -> list[Json]:
    """The controls below such a message: five rows at most."""
    ids = Ids()
    found = [row for block in shown.blocks if isinstance(block, Actions) for row in rows(block.controls, ids)]
    rare = menu(shown.menu, ids) if shown.menu else None
    return ([*found[:4], rare] if rare else found)[:5]


def words_of(message: Payload) -> str:
    """All text of a message, as its author sent it."""
    return "\n".join(filter(None, [maybe(message, "content"), *_displayed(sequence(message, "components"))]))


def _displayed(found: Sequence[Payload]) -> list[str]:
    out: list[str] = []
    for one in found:
        out += [maybe(one, "content") or ""] if one.get("type") == _TEXT else _displayed(sequence(one, "components"))
    return out


def _is_framed(shown: Card) -> bool:
    facts = any(isinstance(block, Fields | Divider) for block in shown.blocks)
    return bool(shown.title) or facts or shown.menu is not None or shown.tone != "neutral"


def _controls(shown: Card, ids: Ids, room: _Room) -> dict[int, list[Json]]:
    """Action rows by the place of their block, the menu's at -1: they keep their room, and text gives way."""
    rare = menu(shown.menu, ids) if shown.menu else None
    if rare:
        room.components -= 2
    out: dict[int, list[Json]] = {-1: [rare] if rare else []}
    for place, block in enumerate(shown.blocks):
        if not isinstance(block, Actions):
            continue
        out[place] = []
        for row in rows(block.controls, ids):
            weight = 1 + len(row["components"])
            # Some room is kept for the words above them.
            if room.components - weight < 10:
                break
            room.components -= weight
            out[place].append(row)
    return out


def _title(shown: Card) -> Text:
    sender = cut_units(shown.sender, limits.SENDER) if shown.sender else ""
    return (*((bold(sender), Words("\n")) if sender else ()), *shown.title)


def _texts(shown: Card, ink: Ink, room: _Room, controls: dict[int, list[Json]]) -> list[Json]:
    out: list[Json] = []
    title = _title(shown)
    blocks = shown.blocks
    if title and blocks and isinstance(blocks[0], Paragraph):
        gap = () if plain(title).endswith("\n") or not shown.title else (Words("\n"),)
        blocks = (Paragraph((*title, *gap, *blocks[0].text)), *blocks[1:])
        title = ()
    if title:
        _add(out, markdown(title, ink, room.text), room)
    for place, block in enumerate(blocks):
        match block:
            case Paragraph():
                _add(out, markdown(block.text, ink, room.text), room)
            case Quote():
                _add(out, quote(block.text, ink, room.text), room)
            case Fields():
                _add(out, _fields(block.fields, ink, room.text), room)
            case Small():
                _add(out, _small(block.text, ink, room.text), room)
            case Actions():
                out += controls[place]
            case Divider():
                if room.components > 1:
                    room.components -= 1
                    out.append({"type": _SEPARATOR})
            case _:
                assert_never(block)
    return [*out, *controls[-1]]


def _add(out: list[Json], text: str, room: _Room) -> None:
    if not text.strip() or room.components < 1 or limits.units(text) > room.text:
        return
    room.components -= 1
    room.text -= limits.units(text)
    out.append(_text(text))


def _text(text: str) -> Json:
    return {"type": _TEXT, "content": text}


def _fields(found: Sequence[Field], ink: Ink, room: int) -> str:
    """Discord has no columns for components: a line each."""
    out = ""
    for field in found:
        name = markdown((bold(" ".join(field.label.split())),), ink, _LABEL)
        value = markdown(field.text, ink, _FIELD).replace("\n", " ") or "–"
        line = f"{name}  {value}" if name else value
        joined = f"{out}\n{line}" if out else line
        if limits.units(joined) > room:
            break
        out = joined
    return out


def _small(text: Text, ink: Ink, room: int) -> str:
    flat = markdown(tuple(_flat(text)), ink, room - 3) if room > 3 else ""
    return f"-# {flat}" if flat.strip() else ""


def _flat(text: Text) -> Text:
    """On one line: small print ends where its line does."""
    return tuple(Words(" ".join(s.text.split("\n")), s.styles) if isinstance(s, Words) else s for s in text)
