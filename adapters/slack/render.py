"""Cards as Slack messages (https://docs.slack.dev/reference/block-kit/blocks).

Total: any card becomes blocks that Slack takes. What exceeds a limit is cut by grapheme with "…"; blocks that
exceed what a message may hold are left out from the end, with a "…" in their place. A card's tone is not drawn:
Slack has no colour for blocks, and the state is in the words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from adapters.slack import limits
from adapters.slack.controls import Ids, Json, element, menu
from adapters.slack.markup import ELLIPSIS, Ink, chunks, is_whole, mrkdwn, quote
from core.language.text import Text, Words, plain
from core.language.views import Actions, Block, Card, Divider, Field, Fields, Menu, Paragraph, Quote, Small

_LABEL = 200
# A shorter remainder of a text says nothing.
_LEAST = 100


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message: `text` is what notifications show, mrkdwn and never empty; `blocks` may be empty."""

    text: str
    blocks: list[Json]


def card(shown: Card, ink: Ink, nonce: str, text: int = limits.FALLBACK_TEXT) -> Rendered:
    """`text`: the most of it, in UTF-16 units."""
    return Rendered(fallback(shown, text), card_blocks(shown, ink, nonce, limits.MESSAGE_BLOCKS))


def holds(text: Text, ink: Ink) -> bool:
    """Whether a post of a text with a line of small print shows all of it."""
    # Hardly anything is shorter as it is drawn, and drawing is what takes time.
    if limits.units(plain(text)) > limits.TEXT_SECTIONS * limits.SECTION_TEXT:
        return False
    return is_whole(text, ink, limits.SECTION_TEXT, limits.TEXT_SECTIONS)


def fallback(shown: Card, most: int = limits.FALLBACK_TEXT) -> str:
    text = shown.fallback.strip() or plain(shown.title)
    return mrkdwn((Words(text),), Ink(""), most).strip() or ELLIPSIS


def card_blocks(shown: Card, ink: Ink, nonce: str, most: int) -> list[Json]:
    return blocks(_titled(shown), ink, Ids(nonce), most, shown.menu)


def _titled(shown: Card) -> tuple[Block, ...]:
    """The title and the line below it are one text, with the menu beside both."""
    match shown.blocks:
        case _ if not shown.title:
            return shown.blocks
        case (Paragraph(text=text), *rest) if text:
            return (Paragraph((*shown.title, Words("\n"), *text)), *rest)
        case _:
            return (Paragraph(shown.title), *shown.blocks)


def blocks(found: Sequence[Block], ink: Ink, ids: Ids, most: int, rare: Menu | None = None) -> list[Json]:
    """At most `most` blocks. Controls and facts keep their room, so that a long text gives way to them."""
    parts: list[list[Json]] = [[] if _is_text(block) else _facts(block, ink, ids) for block in found]
    room = limits.ALL_BLOCKS - sum(map(_weight, _flat(parts)))
    free = most - sum(len(part) for part in parts)
    for place, block in enumerate(found):
        if isinstance(block, Paragraph | Quote):
            parts[place] = _texts(block, ink, ids, room, free)
            room -= sum(map(_weight, parts[place]))
            free -= len(parts[place])
    out = list(_flat(parts))
    if rare:
        _add_menu(out, rare, ids)
    return _within(out, ids, most)


def section(text: str, ids: Ids) -> Json:
    return {"type": "section", "block_id": ids.block(), "text": text_object(text)}


def context(text: str, ids: Ids) -> Json:
    return {"type": "context", "block_id": ids.block(), "elements": [text_object(text)]}


def text_object(text: str) -> Json:
    """`verbatim` keeps Slack from making links and mentions of plain words."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _is_text(block: Block) -> bool:
    return isinstance(block, Paragraph | Quote)


def _texts(block: Paragraph | Quote, ink: Ink, ids: Ids, room: int, free: int) -> list[Json]:
    if room < _LEAST or free < 1:
        # Something must stand for it, or nobody learns that there was more; `_within` then cuts.
        return [section(ELLIPSIS, ids)] if plain(block.text).strip() else []
    limit = min(limits.SECTION_TEXT, room)
    if isinstance(block, Quote):
        drawn = [quote(block.text, ink, limit)]
    else:
        drawn = chunks(block.text, ink, limit, most=max(1, min(free, room // limits.SECTION_TEXT)))
    return [section(text, ids) for text in drawn if text]


def _facts(block: Block, ink: Ink, ids: Ids) -> list[Json]:
    match block:
        case Fields():
            found = [_field(f, ink) for f in block.fields]
            rows = [found[i : i + limits.SECTION_FIELDS] for i in range(0, len(found), limits.SECTION_FIELDS)]
            return [{"type": "section", "block_id": ids.block(), "fields": row} for row in rows]
        case Small():
            text = mrkdwn(block.text, ink, limits.FIELD_TEXT)
            return [context(text, ids)] if text else []
        case Actions():
            drawn = [found for found in (element(control, ids) for control in block.controls) if found]
            rows = [drawn[i : i + limits.ACTION_ELEMENTS] for i in range(0, len(drawn), limits.ACTION_ELEMENTS)]
            return [{"type": "actions", "block_id": ids.block(), "elements": row} for row in rows]
        case Divider():
            return [{"type": "divider", "block_id": ids.block()}]
        case Paragraph() | Quote():
            raise TypeError(f"{block!r} is text, not facts")
        case _:
            assert_never(block)


def _field(found: Field, ink: Ink) -> Json:
    name = mrkdwn((Words(" ".join(found.label.split()), ("bold",)),), ink, _LABEL)
    value = mrkdwn(found.text, ink, limits.FIELD_TEXT - _LABEL - 1) or "–"
    return text_object(f"{name}\n{value}" if name else value)


def _add_menu(out: list[Json], rare: Menu, ids: Ids) -> None:
    """Beside the first text, or below where there is none."""
    found = menu(rare, ids)
    if not found:
        return
    beside = next((block for block in out if block["type"] == "section"), None)
    if beside:
        beside["accessory"] = found
    else:
        out.append({"type": "actions", "block_id": ids.block(), "elements": [found]})


def _within(found: list[Json], ids: Ids, most: int) -> list[Json]:
    """As many from the start as a message may hold."""
    if len(found) <= most and sum(map(_weight, found)) <= limits.ALL_BLOCKS:
        return found
    kept: list[Json] = []
    weight = 0
    for block in found[: most - 1]:
        weight += _weight(block)
        if weight > limits.ALL_BLOCKS - _LEAST:
            break
        kept.append(block)
    return [*kept, context(ELLIPSIS, ids)]


def _weight(value: Any) -> int:
    """What counts towards the limit of all blocks together: every string, to be sure."""
    match value:
        case str():
            return limits.units(value)
        case dict():
            return sum(_weight(inner) for inner in value.values())
        case list():
            return sum(_weight(inner) for inner in value)
        case _:
            return 0


def _flat(parts: Iterable[list[Json]]) -> Iterable[Json]:
    return (block for part in parts for block in part)
