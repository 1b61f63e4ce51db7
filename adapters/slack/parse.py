"""What people wrote on Slack, as spans: from `rich_text` blocks where a client sent them, else from mrkdwn.

Total on any string and any JSON: what cannot be read as markup is text. Mentions become `Named` with the id as the
name where Slack gives none; the desk knows the names.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from core.language.places import Identity
from core.language.text import CodeBlock, Link, Named, Quoted, Span, Style, Text, Words, plain

_ENTITY = re.compile(r"<([^<>\n]{1,4000})>")
# Code comes first, because entities in it are text.
_ATOM = re.compile(r"(?<!`)`(?P<code>[^`\n]+)`(?!`)|<(?P<entity>[^<>\n]{1,4000})>")
_FENCE = re.compile(r"```(.*?)```", re.DOTALL)
_QUOTE_LINE = re.compile(r"(?:&gt;|>) ?")
_QUOTE_REST = re.compile(r"(?:&gt;|>){3} ?")
# A mark styles whole words: blank or punctuation outside, no blank just inside, on one line.
_STYLED = re.compile(
    r"(?<![\w*~])(?:\*(?! )([^*\n]+?)(?<! )\*(?!\w)|~(?! )([^~\n]+?)(?<! )~(?!\w))"
    r"|(?<![A-Za-z0-9_])_(?! )([^_\n]+?)(?<! )_(?![A-Za-z0-9_])"
)
_STYLE_GROUPS: Final[tuple[Style, ...]] = ("bold", "strike", "italic")
# Stands for an atom while styles are looked for. NUL is in no message: it is taken out first.
_HOLE: Final = "\x00"
_WEB = ("http://", "https://", "mailto:")
# Slack nests lists eight deep at most; deeper than this is nobody's message.
_DEEPEST: Final = 16


def spans_of(message: Mapping[str, Any], connection: str) -> Text:
    """A message's own text: its rich text if all its blocks are that, else its mrkdwn."""
    blocks = message.get("blocks")
    if isinstance(blocks, list) and blocks and all(_kind(block) == "rich_text" for block in blocks):
        spans = _tidy(span for block in blocks for span in _rich(_elements(block), connection, 0))
        if spans:
            return spans
    text = message.get("text")
    return from_mrkdwn(text, connection) if isinstance(text, str) else ()


def readable(text: str) -> str:
    """Mrkdwn with its entities spelled out and its other marks left alone: what somebody typed after a command."""
    parts = _ENTITY.split(text)
    return "".join(plain((_entity(p, ""),)) if place % 2 else html.unescape(p) for place, p in enumerate(parts))


# --- mrkdwn


def from_mrkdwn(text: str, connection: str) -> Text:
    # Every second part of the split is what stood in a fence.
    parts = _FENCE.split(text.replace(_HOLE, ""))
    return _tidy(
        span
        for place, part in enumerate(parts)
        for span in ((CodeBlock(readable(part).strip("\n")),) if place % 2 else _lines(part, connection))
    )


def _lines(text: str, connection: str) -> Iterator[Span]:
    """Runs of quoted lines as `Quoted`, the lines between them as words."""
    run: list[str] = []
    in_quote = False
    lines = text.split("\n")
    for place, line in enumerate(lines):
        rest = _QUOTE_REST.match(line)
        mark = rest or _QUOTE_LINE.match(line)
        if run and bool(mark) != in_quote:
            yield from _run(run, in_quote, connection, closed=True)
            run = []
        in_quote = bool(mark)
        if rest:
            yield Quoted(readable("\n".join([*run, line[rest.end() :], *lines[place + 1 :]])))
            return
        run.append(line[mark.end() :] if mark else line)
    yield from _run(run, in_quote, connection, closed=False)


def _run(lines: list[str], quoted: bool, connection: str, *, closed: bool) -> Iterator[Span]:
    if quoted:
        yield Quoted(readable("\n".join(lines)))
    else:
        yield from _inline("\n".join(lines) + ("\n" if closed and lines[-1] else ""), connection)


def _inline(text: str, connection: str) -> Iterator[Span]:
    atoms: list[Span] = []

    def hole(match: re.Match[str]) -> str:
        code = match["code"]
        atoms.append(_entity(match["entity"], connection) if code is None else Words(readable(code), ("code",)))
        return _HOLE

    holed = _ATOM.sub(hole, text)
    yield from _styles(holed, iter(atoms), ())


def _styles(text: str, atoms: Iterator[Span], styles: tuple[Style, ...]) -> Iterator[Span]:
    position = 0
    for match in _STYLED.finditer(text):
        yield from _words(text[position : match.start()], atoms, styles)
        group = match.lastindex or 1
        yield from _styles(match.group(group), atoms, (*styles, _STYLE_GROUPS[group - 1]))
        position = match.end()
    yield from _words(text[position:], atoms, styles)


def _words(text: str, atoms: Iterator[Span], styles: tuple[Style, ...]) -> Iterator[Span]:
    for place, part in enumerate(text.split(_HOLE)):
        if place:
            atom = next(atoms)
            yield Words(atom.text, (*styles, *atom.styles)) if isinstance(atom, Words) else atom
        if part:
            yield Words(html.unescape(part), styles)


def _entity(inside: str, connection: str) -> Span:
    """What stands between angle brackets."""
    target, _, label = inside.partition("|")
    label = html.unescape(label)
    match target[:1]:
        case "@":
            return Named(label or target[1:], Identity(connection, target[1:]))
        case "#":
            return Named(label or target[1:], sigil="#")
        case "!":
            name, _, detail = target[1:].partition("^")
            match name:
                case "here" | "channel" | "everyone":
                    return Named(name)
                case "subteam":
                    return Named(label.removeprefix("@") or detail)
                case "date":
                    return Words(label or _date(detail.partition("^")[0]))
            return Words(label or name)
    url = html.unescape(target)
    if url.lower().startswith(_WEB):
        return Link(url, label or url)
    # `tel:`, a workspace's own schemes, or no entity at all ("a <b> c" from a server that does not escape).
    return Words(label or (url if ":" in url else f"<{url}>"))


def _date(seconds: str) -> str:
    try:
        return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return seconds


# --- rich text


def _kind(value: Any) -> str:
    kind = value.get("type") if isinstance(value, Mapping) else None
    return kind if isinstance(kind, str) else ""


def _elements(value: Any) -> list[Any]:
    found = value.get("elements") if isinstance(value, Mapping) else None
    return found if isinstance(found, list) else []


def _string(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _rich(elements: Iterable[Any], connection: str, depth: int) -> Iterator[Span]:
    if depth > _DEEPEST:
        return
    for element in elements:
        match _kind(element):
            case "rich_text_section":
                yield from _section(element, connection)
                yield Words("\n")
            case "rich_text_list":
                yield from _list(element, connection, depth)
            case "rich_text_quote":
                yield Quoted(plain(_section(element, connection)))
            case "rich_text_preformatted":
                yield CodeBlock(plain(_section(element, connection)))
            case _:
                yield from _rich(_elements(element), connection, depth + 1)


def _list(element: Mapping[str, Any], connection: str, depth: int) -> Iterator[Span]:
    indent, offset = element.get("indent"), element.get("offset")
    level = min(indent, 8) if isinstance(indent, int) else 0
    first = offset + 1 if isinstance(offset, int) else 1
    for place, item in enumerate(_elements(element)):
        mark = f"{first + place}." if element.get("style") == "ordered" else "•"
        yield Words(f"{'    ' * level}{mark} ")
        if _kind(item) == "rich_text_section":
            yield from _section(item, connection)
            yield Words("\n")
        else:
            yield from _rich([item], connection, depth + 1)


def _section(element: Any, connection: str) -> Iterator[Span]:
    for part in _elements(element):
        if isinstance(part, Mapping):
            yield _part(part, connection)


def _part(part: Mapping[str, Any], connection: str) -> Span:
    style = part.get("style")
    names: tuple[Style, ...] = ("bold", "italic", "strike", "code")
    styles = tuple(name for name in names if isinstance(style, Mapping) and style.get(name) is True)
    match _kind(part):
        case "link":
            url, text = _string(part, "url"), _string(part, "text")
            return Link(url, text or url) if url.lower().startswith(_WEB) else Words(text or url, styles)
        case "user":
            user = _string(part, "user_id")
            return Named(user, Identity(connection, user)) if user else Words("")
        case "usergroup":
            return Named(_string(part, "usergroup_id"))
        case "broadcast":
            return Named(_string(part, "range") or "here")
        case "channel":
            return Named(_string(part, "channel_id"), sigil="#")
        case "emoji":
            return Words(_emoji(_string(part, "unicode")) or f":{_string(part, 'name')}:", styles)
        case "date":
            return Words(_string(part, "fallback") or _date(str(part.get("timestamp"))), styles)
        case "color":
            return Words(_string(part, "value"), styles)
        case _:
            return Words(_string(part, "text"), styles)


def _emoji(points: str) -> str:
    """`1f44d-1f3fd` as the character; empty when it is none."""
    try:
        return "".join(chr(int(point, 16)) for point in points.split("-")) if points else ""
    except (ValueError, OverflowError):
        return ""


def _tidy(spans: Iterable[Span]) -> Text:
    """Neighbouring words of one style joined, without line ends at either end."""
    out: list[Span] = []
    for span in spans:
        last = out[-1] if out else None
        if isinstance(span, Words) and isinstance(last, Words) and span.styles == last.styles:
            out[-1] = Words(last.text + span.text, last.styles)
        elif not isinstance(span, Words) or span.text:
            out.append(span)
    for end, strip in ((0, str.lstrip), (-1, str.rstrip)):
        while out and isinstance(edge := out[end], Words):
            text = strip(edge.text, "\n")
            if text:
                out[end] = Words(text, edge.styles)
                break
            del out[end]
    return tuple(out)
