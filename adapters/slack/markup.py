"""Spans to Slack's mrkdwn (https://docs.slack.dev/messaging/formatting-message-text).

Everything that a person or a model wrote is escaped, so only `Ping`, `ChannelLink`, `Moment` and `Link` become
Slack's control sequences, and only in forms that are built here. The functions are total: any text, any limit.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, assert_never

import regex

from adapters.slack.limits import URL, units
from core.language.text import (
    ChannelLink,
    CodeBlock,
    Link,
    Moment,
    Named,
    Ping,
    Quoted,
    Span,
    Style,
    Text,
    Words,
    clean,
    plain,
)

# Drawn with nothing, keeps the characters beside it apart: `@` + JOINER + `here` is no keyword for any parser.
JOINER: Final = "\u2060"
# Slack styles whole words only; a zero-width space makes a boundary inside one.
BOUNDARY: Final = "\u200b"
ELLIPSIS: Final = "…"

_ID = re.compile(r"[A-Za-z0-9]{1,40}")
_SCHEME = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)
_KEYWORD = re.compile(r"@(?=here|channel|everyone|$)", re.IGNORECASE)
_CONTROL = re.compile(r"<(?=[@!#])")
_GRAPHEME = regex.compile(r"\X")
_MARKS: Final[tuple[tuple[Style, str], ...]] = (("bold", "*"), ("italic", "_"), ("strike", "~"))
_DATE_FORMS: Final = {
    "time": "{time}",
    "day_time": "{day_divider_pretty} {time}",
    "date": "{date_short}",
    "date_time": "{date_short} {time}",
}


@dataclass(frozen=True, slots=True)
class Ink:
    """Whose connection draws, and whom its mentions may notify (None: whomever the text pings)."""

    connection: str
    pings: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """`draw` makes mrkdwn of `raw` or of a part of it; `whole` pieces cannot be cut; `block` ones have lines of
    their own."""

    raw: str
    draw: Callable[[str], str]
    whole: bool = False
    block: bool = False


def escape(text: str) -> str:
    """Plain text for a mrkdwn field: shown as it is, live in nothing."""
    escaped = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _KEYWORD.sub("@" + JOINER, escaped)


def unformatted(text: str, limit: int) -> str:
    """Plain text for a `plain_text` field, on one line, never empty. Slack reads no markup there; control sequences
    are broken all the same."""
    one_line = " ".join(clean(text).split())
    return cut_units(_KEYWORD.sub("@" + JOINER, _CONTROL.sub("<" + JOINER, one_line)), limit) or ELLIPSIS


def cut_units(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units, whole graphemes, with "…" in place of what was cut off."""
    if units(text) <= limit:
        return text
    return text[: _fitting(text, lambda part: units(part) < limit)].rstrip() + ELLIPSIS if limit > 0 else ""


def mrkdwn(text: Text, ink: Ink, limit: int) -> str:
    """One mrkdwn string of at most `limit` units, with "…" where it was cut; empty when there is nothing to see."""
    return next(iter(chunks(text, ink, limit, most=1)), "")


def quote(text: Text, ink: Ink, limit: int) -> str:
    """The same as a block quote; code blocks and inner quotes are flattened into it."""
    flat = tuple(_flattened(text))
    drawn = next(iter(_fill(_pieces(flat, ink, newline="\n> "), limit, 1, start="> ").parts), "")
    while drawn.endswith(("\n> ", "\n>")):
        drawn = drawn.rpartition("\n")[0]
    return drawn


def chunks(text: Text, ink: Ink, limit: int, most: int) -> list[str]:
    """At most `most` mrkdwn strings of at most `limit` units that together say the text; the last one ends in "…"
    when that was not enough."""
    return _fill(_pieces(text, ink, newline="\n"), limit, most).parts


def is_whole(text: Text, ink: Ink, limit: int, most: int) -> bool:
    """Whether `chunks` leaves nothing out, and draws everything as what it is."""
    return _fill(_pieces(text, ink, newline="\n"), limit, most).whole


def _flattened(text: Text) -> Iterator[Span]:
    for span in text:
        match span:
            case CodeBlock():
                yield Words("\n" + span.text.strip("\n") + "\n", ("code",))
            case Quoted():
                yield Words("\n" + span.text.strip("\n") + "\n")
            case _:
                yield span


def _merged(text: Iterable[Span]) -> Iterator[Span]:
    """Neighbouring words of one style as one span, so that no keyword hides in a seam."""
    held: Words | None = None
    for span in text:
        if isinstance(span, Words):
            if not span.text:
                continue
            if held and held.styles == span.styles:
                held = replace(held, text=held.text + span.text)
                continue
        if held:
            yield held
        held = span if isinstance(span, Words) else None
        if held is None:
            yield span
    if held:
        yield held


def _pieces(text: Text, ink: Ink, newline: str) -> Iterator[_Piece]:
    for span in _merged(text):
        match span:
            case Words():
                styles = frozenset(span.styles)
                yield _Piece(clean(span.text), lambda raw, s=styles: _styled(raw, s, newline))  # type: ignore[misc]  # this span's
            case Link():
                yield _link(span)
            case Named():
                yield _literal(span.sigil + _one_line(span.name))
            case CodeBlock():
                yield _Piece(clean(span.text).strip("\n"), _fenced, block=True)
            case Quoted():
                yield _Piece(clean(span.text).strip("\n"), _quoted, block=True)
            case Ping():
                yield _ping(span, ink)
            case ChannelLink():
                native = span.connection == ink.connection and _ID.fullmatch(span.channel)
                yield _control(f"<#{span.channel}>") if native else _literal(_one_line(span.label))
            case Moment():
                fallback = escape(_one_line(span.fallback)).replace("|", "/") or ELLIPSIS
                yield _control(f"<!date^{int(span.at.timestamp())}^{_DATE_FORMS[span.form]}|{fallback}>")
            case _:
                assert_never(span)


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


def _literal(text: str) -> _Piece:
    return _Piece(text, escape)


def _control(sequence: str) -> _Piece:
    return _Piece(sequence, lambda raw: raw, whole=True)


def _ping(span: Ping, ink: Ink) -> _Piece:
    user = span.identity.user
    native = span.identity.connection == ink.connection and _ID.fullmatch(user)
    allowed = ink.pings is None or user in ink.pings
    return _control(f"<@{user}>") if native and allowed else _literal("@" + _one_line(span.name))


def _link(span: Link) -> _Piece:
    url = safe_url(span.url)
    label = _one_line(span.text)
    if url is None:
        return _literal(plain((Link(_one_line(span.url), label),)))
    shown = escape(label).replace("|", "¦")
    target = url.replace("&", "&amp;")
    return _control(f"<{target}|{shown}>" if shown and label != span.url else f"<{target}>")


def safe_url(url: str) -> str | None:
    """The link if it may be live (http, https, mailto, not too long), made unable to end its own brackets."""
    url = clean(url).strip()
    if not _SCHEME.match(url) or units(url) > URL:
        return None
    for character, code in (("<", "%3C"), (">", "%3E"), ("|", "%7C"), ('"', "%22")):
        url = url.replace(character, code)
    url = re.sub(r"\s", "%20", url)
    url = _KEYWORD.sub("%40", url) if not url.lower().startswith("mailto:") else url
    return url if units(url) <= URL else None


def _styled(raw: str, styles: frozenset[Style], newline: str) -> str:
    """Styles do not reach over line ends and may not begin or end with a blank."""
    return newline.join(_styled_line(line, styles) for line in raw.split("\n"))


def _styled_line(line: str, styles: frozenset[Style]) -> str:
    inner = line.strip()
    if not inner or not styles:
        return escape(line)
    head, tail = line[: len(line) - len(line.lstrip())], line[len(line.rstrip()) :]
    drawn = escape(inner)
    if "code" in styles and "`" not in inner:
        drawn = f"`{drawn}`"
    for style, mark in _MARKS:
        if style in styles and mark not in inner:
            drawn = f"{mark}{drawn}{mark}"
    return head + drawn + tail


def _fenced(raw: str) -> str:
    return "```\n" + escape(raw).replace("```", BOUNDARY.join("```")) + "\n```"


def _quoted(raw: str) -> str:
    return "\n".join("> " + escape(line) for line in raw.split("\n"))


def _joined(done: str, drawn: str, piece: _Piece, after_block: bool) -> str:
    if not done or not drawn:
        return done + drawn
    if piece.block or after_block:
        return done.rstrip("\n") + "\n" + drawn.lstrip("\n")
    styled = drawn[0] in "*_~`" and piece.raw[:1] != drawn[0]
    if (styled and _wordlike(done[-1])) or (done[-1] in "*_~`" and _wordlike(drawn[0])):
        return done + BOUNDARY + drawn
    return done + drawn


def _wordlike(character: str) -> bool:
    return character.isalnum() or character in "*_~`"


@dataclass(frozen=True, slots=True)
class _Filled:
    """`whole`: nothing is left out, and everything is drawn as what it is."""

    parts: list[str]
    whole: bool


def _fill(pieces: Iterable[_Piece], limit: int, most: int, start: str = "") -> _Filled:
    out: list[str] = []
    done, after_block, whole = start, False, True
    for piece in pieces:
        rest = piece
        while rest.raw:
            # On the last one a unit is kept for the "…" that says that there was more.
            room = limit - (len(out) + 1 == most)
            tried = _joined(done, rest.draw(rest.raw), rest, after_block)
            if units(tried) <= room:
                done, after_block = tried, rest.block
                break
            head = 0 if rest.whole else _head(rest, done, after_block, room)
            if head:
                done = _joined(done, rest.draw(rest.raw[:head]), rest, after_block)
                rest = replace(rest, raw=rest.raw[head:].lstrip("\n"))
            if len(out) + 1 == most:
                return _Filled(_stripped([*out, done.rstrip() + ELLIPSIS]), whole=False)
            if done == start and not head:
                if not rest.whole:  # not one of its characters fits, as it is escaped
                    return _Filled(_stripped([*out, ELLIPSIS]), whole=False)
                # Larger than a whole chunk on its own: its text can be cut, its markup cannot.
                rest, whole = _literal(rest.raw), False
                continue
            out.append(done)
            done, after_block = start, False
    return _Filled(_stripped([*out, done if done != start else ""]), whole)


def _stripped(parts: list[str]) -> list[str]:
    return [part for part in (p.strip("\n") for p in parts) if part.strip()]


def _head(piece: _Piece, done: str, after_block: bool, room: int) -> int:
    """How many code points of a piece fit, preferably up to a blank; 0 when none do."""
    most = _fitting(piece.raw, lambda part: units(_joined(done, piece.draw(part), piece, after_block)) <= room)
    at_blank = max(piece.raw.rfind(blank, most - most // 5, most) for blank in " \n")
    return at_blank + 1 if at_blank > 0 else most


def _fitting(text: str, fits: Callable[[str], bool]) -> int:
    """The length of the longest prefix of whole graphemes that fits. A grapheme that is longer than all the room
    there is (stacked combining marks) is cut by code points."""
    # 8,000 code points are more than any limit here, and few enough to look at one by one.
    ends = [match.end() for match in _GRAPHEME.finditer(text[:8000])]
    found = _last_true(ends, lambda end: fits(text[:end]))
    if found or not ends:
        return found
    return _last_true(range(1, ends[0] + 1), lambda end: fits(text[:end])) if ends[0] > 100 else 0


def _last_true(values: list[int] | range, holds: Callable[[int], bool]) -> int:
    """The last value for which a condition holds that holds for a first part of them only; 0 for none."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if holds(values[middle]):
            low = middle + 1
        else:
            high = middle
    return values[low - 1] if low else 0
