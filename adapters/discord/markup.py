"""Spans to Discord's Markdown (https://support.discord.com/hc/en-us/articles/210298617).

Everything that a person or a model wrote is escaped, so only `Ping`, `ChannelLink`, `Moment` and `Link` become live,
and only in forms that are built here. The functions are total: any text, any limit.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, assert_never

import regex

from adapters.discord.limits import URL, units
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
# Between two runs of marks, which would else be read as one.
BOUNDARY: Final = "\u200b"
ELLIPSIS: Final = "…"

_ID = re.compile(r"\d{1,20}", re.ASCII)
_SCHEME = re.compile(r"https?://[^\s]", re.IGNORECASE)
_MARKUP = re.compile(r"[\\*_~`|\[\]<]")
_COLON = re.compile(r":(?=//|[A-Za-z0-9_~]+:)")
_KEYWORD = re.compile(r"@(?=here|everyone|$)", re.IGNORECASE)
_LINE_START = re.compile(r"^([ \t]*)(#(?=#{0,2}(?:\s|$))|-(?=[\s#]|$)|>(?=[\s>]|$)|\+(?=\s|$))", re.MULTILINE)
_NUMBERED = re.compile(r"^([ \t]*\d+)([.)])", re.MULTILINE)
# A link as it stands, to which Discord counts whatever follows up to a blank or a "<", also a backslash that is to
# take the life out of that.
_OPEN_LINK = re.compile(r"(?<!\]\()(?<!<)https?://[^\s<]*$", re.IGNORECASE)
_ESCAPES_AT_ONCE = re.compile(r"[^\s<]*\\")
_GRAPHEME = regex.compile(r"\X")
_MARKS: Final[tuple[tuple[Style, str], ...]] = (("italic", "*"), ("bold", "**"), ("strike", "~~"))
_FORMS: Final = {"time": "t", "day_time": "F", "date": "d", "date_time": "f"}


@dataclass(frozen=True, slots=True)
class Ink:
    """Whose connection draws, and whom its mentions may notify (None: whomever the text pings)."""

    connection: str
    pings: frozenset[str] | None = None


def escape(text: str) -> str:
    """Plain text for a Markdown field: shown as it is, live in nothing."""
    escaped = _MARKUP.sub(lambda found: "\\" + found.group(), clean(text))
    escaped = _COLON.sub("\\:", escaped)
    escaped = _NUMBERED.sub(r"\1\\\2", _LINE_START.sub(r"\1\\\2", escaped))
    return _KEYWORD.sub("@" + JOINER, escaped)


def unformatted(text: str, limit: int) -> str:
    """Plain text for a label, on one line, never empty. Discord reads no markup there."""
    return cut_units(" ".join(clean(text).split()), limit) or ELLIPSIS


def cut_units(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units, whole graphemes, with "…" in place of what was cut off."""
    if units(text) <= limit:
        return text
    if limit < 1:
        return ""
    # 8,000 code points are more than any limit here, and few enough to look at one by one.
    ends = [found.end() for found in _GRAPHEME.finditer(text[:8000]) if units(text[: found.end()]) < limit]
    return text[: ends[-1] if ends else 0].rstrip() + ELLIPSIS


def markdown(text: Text, ink: Ink, limit: int) -> str:
    """At most `limit` units, with "…" where it was cut; empty when there is nothing to see."""
    merged = tuple(_merged(text))
    whole = _drawn(merged, ink)
    if units(whole) <= limit:
        return whole
    kept = _last_fitting(min(sum(map(_length, merged)), limit), lambda n: units(_cut(merged, n, ink)) <= limit)
    return _cut(merged, kept, ink) if limit else ""


def drawn_units(text: Text, ink: Ink) -> int:
    """How long the whole is."""
    return units(_drawn(tuple(_merged(text)), ink))


def quote(text: Text, ink: Ink, limit: int) -> str:
    """The same as a block quote; code blocks and inner quotes are flattened into it."""
    flat = tuple(_flattened(text))
    lines = sum(plain(flat).count(mark) for mark in "\n") + 1
    drawn = markdown(flat, ink, max(1, limit - 2 * min(lines, limit // 4)))
    quoted = "\n".join(f"> {line}" for line in drawn.split("\n")) if drawn else ""
    return quoted if units(quoted) <= limit else cut_units(f"> {unformatted(plain(flat), limit - 3)}", limit)


def safe_url(url: str) -> str | None:
    """The link if it may be live (http, https, not too long), made unable to end its own brackets."""
    url = clean(url).strip()
    if not _SCHEME.match(url):
        return None
    for character, code in (("<", "%3C"), (">", "%3E"), ("(", "%28"), (")", "%29"), ("\\", "%5C"), ("`", "%60")):
        url = url.replace(character, code)
    url = _KEYWORD.sub("%40", re.sub(r"\s", "%20", url))
    return url if units(url) <= URL else None


def _last_fitting(most: int, fits: Callable[[int], bool]) -> int:
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _cut(text: Text, length: int, ink: Ink) -> str:
    return _drawn(tuple(_first(text, length)), ink).rstrip() + ELLIPSIS


def _first(text: Text, length: int) -> Iterator[Span]:
    """Spans of at most that many code points together; only words, code and quotes are cut within."""
    for span in text:
        if _length(span) <= length:
            yield span
            length -= _length(span)
            continue
        if isinstance(span, Words | CodeBlock | Quoted):
            ends = [found.end() for found in _GRAPHEME.finditer(span.text[: length + 1]) if found.end() <= length]
            if ends:
                yield replace(span, text=span.text[: ends[-1]])
        return


def _length(span: Span) -> int:
    return max(1, len(plain((span,))))


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
            if not clean(span.text):
                continue
            if held and set(held.styles) == set(span.styles):
                held = replace(held, text=held.text + span.text)
                continue
        if held:
            yield held
        held = span if isinstance(span, Words) else None
        if held is None:
            yield span
    if held:
        yield held


def _drawn(text: Text, ink: Ink) -> str:
    done, after_block = "", False
    for span in text:
        block = isinstance(span, CodeBlock | Quoted)
        drawn = _span(span, ink)
        if not drawn:
            continue
        if done and (block or after_block):
            done, drawn = done.rstrip("\n") + "\n", drawn.lstrip("\n")
        elif _ESCAPES_AT_ONCE.match(drawn) and _OPEN_LINK.search(done):
            drawn = " " + drawn
        elif done and not _apart(done, drawn):
            drawn = BOUNDARY + drawn
        done, after_block = done + drawn, block
    return done.strip("\n") if done.strip() else ""


def _apart(done: str, drawn: str) -> bool:
    """Whether no marks meet marks, and nothing left open at the seam makes a keyword or an escape of what follows."""
    return not (done[-1] in "@:\\<" or (drawn[0] in "*~`" and done[-1] in "*~`_"))


def _span(span: Span, ink: Ink) -> str:
    match span:
        case Words():
            return "\n".join(_styled(line, span.styles) for line in clean(span.text).split("\n"))
        case Link():
            return _link(span)
        case Named():
            return escape(span.sigil + _one_line(span.name))
        case CodeBlock():
            inside = clean(span.text).strip("\n")
            return "```\n" + inside.replace("`", "`" + BOUNDARY) + "\n```" if inside else ""
        case Quoted():
            inside = clean(span.text).strip("\n")
            return "\n".join("> " + escape(line) for line in inside.split("\n")) if inside else ""
        case Ping():
            user = span.identity.user
            native = span.identity.connection == ink.connection and _ID.fullmatch(user)
            allowed = ink.pings is None or user in ink.pings
            return f"<@{user}>" if native and allowed else escape("@" + _one_line(span.name))
        case ChannelLink():
            native = span.connection == ink.connection and _ID.fullmatch(span.channel)
            return f"<#{span.channel}>" if native else escape(_one_line(span.label))
        case Moment():
            return f"<t:{int(span.at.timestamp())}:{_FORMS[span.form]}>"
        case _:
            assert_never(span)


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


def _link(span: Link) -> str:
    url = safe_url(span.url)
    label = _one_line(span.text)
    if url is None:
        return escape(plain((Link(_one_line(span.url), label),)))
    # Discord draws no link whose label looks like one.
    if not label or label == span.url or "://" in label:
        return f"<{url}>" if "://" in label and label != span.url else url
    return f"[{escape(label)}]({url})"


def _styled(line: str, styles: Iterable[Style]) -> str:
    """Marks may not begin or end with a blank."""
    inner = line.strip()
    if not inner:
        return line
    head, tail = line[: len(line) - len(line.lstrip())], line[len(line.rstrip()) :]
    code = "code" in styles and "`" not in inner
    drawn = f"`{inner}`" if code else escape(inner)
    for style, mark in _MARKS:
        if style in styles:
            drawn = f"{mark}{drawn}{mark}"
    return head + drawn + tail
