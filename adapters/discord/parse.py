"""What people write on Discord, as spans (https://docs.discord.com/developers/reference#message-formatting).

Discord's Markdown is its own dialect: no nesting of blocks, `__` underlines, `||` hides, lines keep their breaks. What
is not understood stays as it was typed. Total: any text.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from core.language.places import Identity
from core.language.text import CodeBlock, Link, Named, Quoted, Span, Style, Text, Words

_FENCE = re.compile(r"```(?:[A-Za-z0-9_+\-.#]*\n)?(.*?)```", re.DOTALL)
_QUOTE = re.compile(r"(?:^|(?<=\n))(?:>>> (?P<rest>[\s\S]*)|(?P<lines>> [^\n]*(?:\n> [^\n]*)*)\n?)")
_ATOM = re.compile(
    r"\\(?P<escaped>[^0-9A-Za-z\s])"
    r"|(?<!`)(?P<ticks>``?)(?!`)(?P<code>(?:(?!(?P=ticks)).)+?)(?P=ticks)(?!`)"
    r"|<@!?(?P<user>\d{1,20})>"
    r"|<@&(?P<role>\d{1,20})>"
    r"|<#(?P<channel>\d{1,20})>"
    r"|</(?P<command>[^:>\n]{1,100}):\d{1,20}>"
    r"|<a?:(?P<emoji>\w{1,64}):\d{1,20}>"
    r"|<t:(?P<time>-?\d{1,12})(?::[tTdDfFsSR])?>"
    r"|\[(?P<label>[^\[\]\n]{1,500})\]\(<?(?P<target>https?://[^\s()<>]{1,2000})>?\)"
    r"|<?(?P<url>https?://[^\s<>]{1,2000}[^\s<>.,:;\"'\])*_~|`])>?"
    r"|@(?P<everyone>everyone|here)\b"
    r"|(?P<mark>\*\*\*|\*\*|\*|__|~~|\|\||(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))",
    re.ASCII,
)
_HEADING = re.compile(r"(?:^|(?<=\n))(?:#{1,3}|-#) (?=\S)")
# `__` and `||` are read and dropped: the desk has no underline and nothing to hide.
_STYLES: Final[Mapping[str, tuple[Style, ...]]] = {
    "***": ("bold", "italic"),
    "**": ("bold",),
    "*": ("italic",),
    "_": ("italic",),
    "~~": ("strike",),
    "__": (),
    "||": (),
}


def from_markdown(text: str, connection: str, names: Mapping[str, str]) -> Text:
    """`names`: of the people whom the text mentions, by id."""
    out: list[Span] = []
    end = 0
    for found in _FENCE.finditer(text):
        if not found.group(1).strip():
            continue
        out += _with_quotes(text[end : found.start()], connection, names)
        out.append(CodeBlock(found.group(1).strip("\n")))
        end = found.end()
    out += _with_quotes(text[end:], connection, names)
    return _trimmed(out)


def _with_quotes(text: str, connection: str, names: Mapping[str, str]) -> Iterator[Span]:
    end = 0
    for found in _QUOTE.finditer(text):
        yield from _inline(text[end : found.start()], connection, names)
        rest = found.group("rest")
        quoted = rest if rest is not None else "\n".join(line[2:] for line in found.group("lines").split("\n"))
        yield Quoted("".join(_readable(span) for span in _inline(quoted, connection, names)))
        end = found.end()
    yield from _inline(text[end:], connection, names)


def _readable(span: Span) -> str:
    match span:
        case Words() | Link():
            return span.text
        case Named():
            return span.sigil + span.name
    return ""


def _inline(text: str, connection: str, names: Mapping[str, str]) -> Iterator[Span]:
    text = _HEADING.sub("", text)
    atoms = list(_ATOM.finditer(text))
    closed = _pairs(text, atoms)
    styles: list[Style] = []
    held = ""
    end = 0
    for at, found in enumerate(atoms):
        held += text[end : found.start()]
        end = found.end()
        mark = found.group("mark")
        if mark or found.group("escaped"):
            if found.group("escaped"):
                held += found.group("escaped")
            elif at not in closed:
                held += mark
            else:
                if held:
                    yield Words(held, tuple(dict.fromkeys(styles)))
                    held = ""
                for style in _STYLES[mark]:
                    if closed[at]:
                        styles.append(style)
                    else:
                        styles.remove(style)
            continue
        if held:
            yield Words(held, tuple(dict.fromkeys(styles)))
            held = ""
        yield _atom(found, connection, names, tuple(dict.fromkeys(styles)))
    held += text[end:]
    if held:
        yield Words(held, tuple(dict.fromkeys(styles)))


def _pairs(text: str, atoms: list[re.Match[str]]) -> dict[int, bool]:
    """Which marks open (True) or close (False) a style; the others are characters."""
    out: dict[int, bool] = {}
    opened: list[tuple[str, int]] = []
    for at, found in enumerate(atoms):
        mark = found.group("mark")
        if not mark:
            continue
        before = text[found.start() - 1 : found.start()]
        after = text[found.end() : found.end() + 1]
        start = next((i for i in range(len(opened) - 1, -1, -1) if opened[i][0] == mark), None)
        if start is not None and before.strip() and atoms[opened[start][1]].end() < found.start():
            out[opened[start][1]], out[at] = True, False
            del opened[start:]
        elif after.strip():
            opened.append((mark, at))
    return out


def _atom(found: re.Match[str], connection: str, names: Mapping[str, str], styles: tuple[Style, ...]) -> Span:
    match found.lastgroup:
        case "code":
            return Words(found.group("code").strip() or found.group("code"), ("code",))
        case "user":
            user = found.group("user")
            return Named(names.get(user, user), Identity(connection, user))
        case "role":
            return Named(found.group("role"))
        case "channel":
            return Named(found.group("channel"), sigil="#")
        case "command":
            return Words("/" + found.group("command"), ("code",))
        case "emoji":
            return Words(f":{found.group('emoji')}:", styles)
        case "time":
            return Words(_moment(found.group("time")), styles)
        case "target":
            return Link(found.group("target"), found.group("label"))
        case "url":
            return Link(found.group("url"), found.group("url"))
        case "everyone":
            return Named(found.group("everyone"))
    return Words(found.group(), styles)


def _moment(seconds: str) -> str:
    try:
        return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%d %H:%M} UTC"
    except (OverflowError, OSError, ValueError):
        return seconds


def _trimmed(spans: list[Span]) -> Text:
    """Without blank lines at the ends; neighbouring words of one style are one."""
    out: list[Span] = []
    for span in spans:
        last = out[-1] if out else None
        if isinstance(span, Words) and isinstance(last, Words) and last.styles == span.styles:
            out[-1] = Words(last.text + span.text, span.styles)
        else:
            out.append(span)
    if out and isinstance(out[0], Words):
        out[0] = Words(out[0].text.lstrip("\n"), out[0].styles)
    if out and isinstance(out[-1], Words):
        out[-1] = Words(out[-1].text.rstrip("\n"), out[-1].styles)
    return tuple(span for span in out if not isinstance(span, Words) or span.text)
