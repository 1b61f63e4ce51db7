"""Text without a platform's markup: spans.

What people wrote arrives as `Words`, `Link`, `Named` and `CodeBlock` spans and is never turned back into live
markup: renderers escape `Words`, and `Named` is drawn as a plain name. Only the desk itself creates `Ping`,
which a renderer turns into a mention of that one person. So text from a ticket or a model can mention nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import regex

from core.language.places import Identity

Style = Literal["bold", "italic", "strike", "code"]


@dataclass(frozen=True, slots=True)
class Words:
    """Literal text; new lines are kept."""

    text: str
    styles: tuple[Style, ...] = ()
    kind: Literal["words"] = "words"


@dataclass(frozen=True, slots=True)
class Link:
    """A link; `url` is http, https or mailto (renderers draw anything else as words)."""

    url: str
    text: str
    kind: Literal["link"] = "link"


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody or something that a person's text referred to, by name. Drawn as a name, notifies nobody."""

    name: str
    identity: Identity | None = None
    sigil: Literal["@", "#"] = "@"
    kind: Literal["named"] = "named"


@dataclass(frozen=True, slots=True)
class CodeBlock:
    text: str
    kind: Literal["code_block"] = "code_block"


@dataclass(frozen=True, slots=True)
class Quoted:
    """A line or more that the author quoted."""

    text: str
    kind: Literal["quoted"] = "quoted"


@dataclass(frozen=True, slots=True)
class Ping:
    """A mention that notifies; only the desk creates it, for one person whom it means to tell."""

    identity: Identity
    name: str
    kind: Literal["ping"] = "ping"


@dataclass(frozen=True, slots=True)
class ChannelLink:
    """A link to a channel, drawn natively; notifies nobody. `name`: words that stand for it when it is not
    `is_named`."""

    connection: str
    channel: str
    name: str
    is_named: bool = True
    kind: Literal["channel_link"] = "channel_link"

    @property
    def label(self) -> str:
        """Where it cannot be drawn natively."""
        return f"#{self.name}" if self.is_named else self.name


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, shown in the reader's own zone where the platform can; `fallback` where it can't (already worded
    in the desk's zone)."""

    at: datetime
    form: Literal["time", "day_time", "date", "date_time"]
    fallback: str
    kind: Literal["moment"] = "moment"


Span = Words | Link | Named | CodeBlock | Quoted | Ping | ChannelLink | Moment
Text = tuple[Span, ...]


def words(text: str, *styles: Style) -> Text:
    return (Words(text, styles),) if text else ()


_TYPED = regex.compile(
    r"```\n?(?P<block>.+?)\n?```|(?<!`)`(?P<code>[^`\n]+)`(?!`)|(?P<url>(?i:https?)://[^\s<>\"`]*[\p{L}\p{N}/=&#_)-])",
    regex.DOTALL,
)


def as_typed(text: str) -> Text:
    """What somebody typed into a form or behind a command, where no platform marks anything up: the addresses in it as
    links and what stands between backticks as code."""
    out: list[Span] = []
    end = 0
    for found in _TYPED.finditer(text):
        out += words(text[end : found.start()])
        end = found.end()
        if found["block"]:
            out.append(CodeBlock(found["block"]))
        elif found["code"]:
            out.append(Words(found["code"], ("code",)))
        else:
            url = found["url"]
            # One of a pair that began before the address.
            while url.endswith(")") and url.count(")") > url.count("("):
                url = url[:-1]
            end = found.start() + len(url)
            out.append(Link(url, url))
    return (*out, *words(text[end:]))


def bold(text: str) -> Words:
    return Words(text, ("bold",))


def join(parts: Iterable[Text], separator: str) -> Text:
    out: list[Span] = []
    for part in parts:
        if not part:
            continue
        if out:
            out.append(Words(separator))
        out.extend(part)
    return tuple(out)


def plain(text: Iterable[Span]) -> str:
    """The text as a person would read it aloud: names, no markup. What is stored as a message's body and used
    in fallbacks."""
    out: list[str] = []
    for span in text:
        match span:
            case Words():
                out.append(span.text)
            case Link():
                out.append(span.text if span.text == span.url or not span.url else f"{span.text} ({span.url})")
            case Named():
                out.append(f"{span.sigil}{span.name}")
            case CodeBlock():
                out.append(f"\n```\n{span.text}\n```\n")
            case Quoted():
                out.append("\n" + "\n".join(f"> {line}" for line in span.text.split("\n")) + "\n")
            case Ping():
                out.append(f"@{span.name}")
            case ChannelLink():
                out.append(span.label)
            case Moment():
                out.append(span.fallback)
    return "".join(out).strip("\n")


def spoken(text: Iterable[Span]) -> str:
    """`plain` with links by their label alone: how a notification reads."""
    return plain(Words(span.text) if isinstance(span, Link) else span for span in text)


# C0 controls but tab and new line, DEL, C1, lone surrogates, bidi overrides and isolates, and the byte order
# mark: none of them is text, PostgreSQL refuses NUL, and overrides let a message pose as another.
_UNSAFE = regex.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
# No platform lets a person write more.
MAX_BODY = 40_000


def clean(text: str, limit: int = MAX_BODY) -> str:
    """Text that is safe to store on both databases and to show: without controls and bidi overrides, at most
    `limit` code points. Right-to-left marks (U+200E, U+200F) stay; they are part of writing."""
    cleaned: str = _UNSAFE.sub("", text[: limit * 2].replace("\r\n", "\n").replace("\r", "\n"))
    return cleaned[:limit]


def clean_text(text: Iterable[Span], limit: int = MAX_BODY) -> Text:
    """`clean` over spans; what exceeds `limit` code points in total is cut off at the end."""
    out: list[Span] = []
    left = limit
    for span in text:
        if left <= 0:
            break
        match span:
            case Words() | CodeBlock() | Quoted():
                cleaned = clean(span.text, left)
                left -= len(cleaned)
                if cleaned:
                    out.append(replace(span, text=cleaned))
            case Link():
                label = clean(span.text, left)
                left -= len(label)
                out.append(Link(clean(span.url, 4000), label))
            case Named() | Ping() | ChannelLink():
                name = clean(span.name, 200)
                left -= len(name)
                out.append(replace(span, name=name))
            case Moment():
                out.append(span)
    return tuple(out)


def unaddressed(text: Text) -> Text:
    """The text without whom it is called out to at its beginning: a name that is nobody's, as the desk's is."""
    spans = list(text)
    while spans and isinstance(spans[0], Named) and spans[0].identity is None and spans[0].sigil == "@":
        spans.pop(0)
    return tuple(spans)


_GRAPHEME = regex.compile(r"\X")


def cut(text: str, graphemes: int) -> str:
    """The first `graphemes` user-perceived characters, with "…" in place of the last one when something was cut
    off; never splits an emoji or a combining sequence."""
    if len(text) <= graphemes:
        return text
    out: list[str] = []
    for match in _GRAPHEME.finditer(text):
        if len(out) == graphemes:
            return "".join(out[:-1]).rstrip() + "…"
        out.append(match.group())
    return text


_MARKUP = regex.compile(r"```+|^>+\s?|\*{2,}|^[-*•◦]\s+|^\d{1,3}[.)]\s+", regex.MULTILINE)
# Where a sentence ends: Chinese, Japanese and Hindi put no space behind their full stops.
SENTENCE_END = regex.compile(r"(?<=[.!?…؟])\s|(?<=[。！？।])(?![。！？।」』）])|\n")
# "e.g." and "1." end no sentence, because none has begun.
_WORD = regex.compile(r"\p{L}{2}|\p{Lo}")


def first_sentence(text: str, graphemes: int = 80) -> str:
    """A subject for a message: its first sentence without markup, at most `graphemes` characters; empty where there
    are no words."""
    plain = _MARKUP.sub(" ", text).strip()
    ends = (end.start() for end in SENTENCE_END.finditer(plain))
    first = next((end for end in ends if _WORD.search(plain, endpos=end)), len(plain))
    return cut(" ".join(plain[:first].split()), graphemes)
