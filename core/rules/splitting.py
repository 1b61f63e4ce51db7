"""A text that is longer than one message of a platform, in parts that are none: what is written arrives whole."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

import regex

from core.language.text import SENTENCE_END, CodeBlock, Quoted, Span, Text, Words, plain

# Whether one message is sure to show all of a text.
Fits = Callable[[Text], bool]

# So many code points of words any message holds, however they are drawn, so that short texts need not be.
ALWAYS_HELD: Final = 250

# What can be divided; a link or a name is not.
_Writing = Words | CodeBlock | Quoted
_GRAPHEME: Final = regex.compile(r"\X")
# Where a text is divided, the best first; each within the last half of what fits, so that no part is a mere scrap.
_SEAMS: Final = (
    regex.compile(r"\n(?:[^\S\n]*\n)+"),
    regex.compile(r"\n"),
    SENTENCE_END,
    regex.compile(r"\s"),
)
# Stands for one of those.
_ATOM: Final = "\ufffc"


# Each post of a long message is drawn by itself, and dividing 40,000 characters takes some tenths of a second.
_REMEMBERED: Final = 32


class Rooms:
    """What one message of each connection is sure to hold."""

    def __init__(self, holds: Mapping[str, Fits]) -> None:
        self._holds = holds
        self._split = lru_cache(_REMEMBERED)(self._divide)

    def parts(self, connection: str, text: Text) -> tuple[Text, ...]:
        """`split` for a connection; for one that is not here any more, into what each of the others holds."""
        match text:
            case (Words(said),) if len(said) <= ALWAYS_HELD:
                return (text,)
        return self._split(connection, text)

    def _divide(self, connection: str, text: Text) -> tuple[Text, ...]:
        return split(text, self._holds.get(connection, self._all_hold))

    def _all_hold(self, text: Text) -> bool:
        return all(holds(text) for holds in self._holds.values())


def split(text: Text, fits: Fits) -> tuple[Text, ...]:
    """The text in parts of which each fits, at least one, in order: divided between paragraphs, else lines, else
    sentences, else words, else graphemes. A span that is divided is of its kind in both parts.

    Nothing is left out but blanks that would be a part of their own. A grapheme that does not fit alone is divided by
    code points, and a link or name becomes words; a single code point is a part whether it fits or not.
    """
    if fits(text):
        return (text,)
    parts: list[Text] = []
    rest = tuple(span for span in text if _words(span))
    while rest:
        if fits(rest):
            parts.append(rest)
            break
        most = _fitting(rest, fits)
        if most == 0 and not isinstance(rest[0], _Writing):
            rest = (Words(plain(rest[:1])), *rest[1:])
            continue
        head = _seam(rest, max(1, most), fits)
        parts.append(_first(rest, head))
        rest = _after(rest, head)
    return tuple(part for part in parts if not _is_blank(part)) or (text,)


def _fitting(text: Text, fits: Fits) -> int:
    """How many code points from the start fit, to a tenth; 0 for none. Bisected, since looking is what costs."""
    tried = [1]
    while tried[-1] < _length(text):
        tried.append(tried[-1] + max(1, tried[-1] // 10))
    found = bisect_right(tried, False, key=lambda length: not fits(_first(text, length)))
    return min(tried[found - 1], _length(text)) if found else 0


def _seam(text: Text, most: int, fits: Fits) -> int:
    """The best place to divide a text within its first `most` code points."""
    while True:
        found = _best(text, most)
        # What is drawn of a first part may be longer than what is drawn of a little more.
        if found <= 1 or fits(_first(text, found)):
            return found
        most = found - 1


def _best(text: Text, most: int) -> int:
    # With the one that follows, or nobody knows whether it belongs to the last grapheme.
    shadow = "".join(map(_shadow, text))[: most + 1]
    whole = {end for found in _GRAPHEME.finditer(shadow) if (end := found.end()) <= most}
    late = {end for end in whole if end > most // 2}
    for rank, seam in enumerate(_SEAMS):
        ends = {found.end() for found in seam.finditer(shadow)} | (set(_edges(text)) if rank == 0 else set())
        if ends & late:
            return max(ends & late)
    return max(whole, default=most)


def _edges(text: Text) -> Iterator[int]:
    """Where code blocks and quotes begin and end."""
    end = 0
    for span in text:
        begin, end = end, end + _length((span,))
        if isinstance(span, CodeBlock | Quoted):
            yield from (begin, end)


def _shadow(span: Span) -> str:
    return span.text if isinstance(span, _Writing) else _ATOM


def _length(text: Text) -> int:
    return sum(len(_shadow(span)) for span in text)


def _first(text: Text, length: int) -> Text:
    out: list[Span] = []
    for span in text:
        if length <= 0:
            break
        out.append(replace(span, text=span.text[:length]) if isinstance(span, _Writing) else span)
        length -= len(_shadow(span))
    return tuple(out)


def _after(text: Text, length: int) -> Text:
    for place, span in enumerate(text):
        size = len(_shadow(span))
        if length < size:
            left = replace(span, text=span.text[length:]) if isinstance(span, _Writing) else span
            return (left, *text[place + 1 :])
        length -= size
    return ()


def _is_blank(text: Text) -> bool:
    return not any(_words(span).strip() for span in text)


def _words(span: Span) -> str:
    return span.text if isinstance(span, _Writing) else plain((span,))
