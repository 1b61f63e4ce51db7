"""Any text, card, form or home, hostile ones included: what renderers must be total over."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from core.language.places import Identity
from core.language.text import ChannelLink, CodeBlock, Link, Moment, Named, Ping, Quoted, Span, Text, Words
from core.language.views import (
    Actions,
    Button,
    Card,
    ChoiceInput,
    Confirm,
    Divider,
    Field,
    Fields,
    Form,
    Home,
    Menu,
    Option,
    Paragraph,
    Quote,
    Select,
    Small,
    TextInput,
)

# What somebody writes who wants a mention, markup or a limit.
HOSTILE = (
    "<!channel>",
    "<!here|x>",
    "<!everyone>",
    "<@U0ANN>",
    "<@&123>",
    "<#C0TRIAGE|x>",
    "<!subteam^S0AGENTS>",
    "<!date^1^{time}|@here>",
    "@here",
    "@everyone",
    "@channel",
    "@\u200bhere",
    "@HERE",
    "<https://evil.example|@channel>",
    "[x](https://evil.example)",
    "&lt;!channel&gt;",
    "&amp;lt;!channel&amp;gt;",
    "<",
    ">",
    "|",
    "@",
    "```",
    "`",
    "*",
    "**",
    "_",
    "~",
    "~~",
    "||",
    "\n",
    "\n> ",
    "\n>>> ",
    "\x00",
    "\ud800",
    "\u202e",
    "e" + "\u0301" * 40,
    "👩‍👩‍👧‍👦" * 20,
    "x" * 3001,
    "word " * 900,
    ":tada:",
    "<t:1:R>",
    "<:name:123>",
    "\\",
)

_pieces = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12))
strings = st.lists(_pieces, max_size=6).map("".join)
short = st.one_of(st.text(max_size=12), st.sampled_from(HOSTILE), strings)
_ids = st.one_of(
    st.sampled_from(["U0ANN", "U0BO", "123456789012345678"]), st.sampled_from(HOSTILE), st.text(max_size=8)
)
_connections = st.sampled_from(["main", "other"])
identities = st.builds(Identity, _connections, _ids)
_styles = st.lists(st.sampled_from(["bold", "italic", "strike", "code"]), max_size=3, unique=True).map(tuple)
_urls = st.one_of(
    st.sampled_from(
        [
            "https://example.com/a?b=1&c=2",
            "http://x|y>z",
            "https://x/<!channel>",
            "https://x/@here",
            "javascript:alert(1)",
            "mailto:a@b.example",
            "",
            "https://" + "x" * 4000,
        ]
    ),
    st.text(max_size=20).map(lambda tail: "https://example.com/" + tail),
    strings,
)
_times = st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (the zone is drawn)

written: st.SearchStrategy[Span] = st.one_of(
    st.builds(Words, strings, _styles),
    st.builds(Link, _urls, short),
    st.builds(Named, short, st.one_of(st.none(), identities), st.sampled_from(["@", "#"])),
    st.builds(CodeBlock, strings),
    st.builds(Quoted, strings),
)
"""What people and models can bring into a text."""

spans: st.SearchStrategy[Span] = st.one_of(
    written,
    st.builds(Ping, identities, short),
    st.builds(ChannelLink, _connections, _ids, short),
    st.builds(Moment, _times, st.sampled_from(["time", "day_time", "date", "date_time"]), short),
)


def long_texts() -> st.SearchStrategy[Text]:
    """About as long as a message holds, and made of what is longer as it is drawn."""
    piece = st.one_of(
        st.sampled_from(
            [
                "&",
                "<",
                "a",
                "*_~",
                "word ",
                "- one\n",
                "@here ",
                "👩‍👩‍👧‍👦",
                "e\u0301",
                "…",
                "> q\n",
                "```",
                "1. ",
                "\\",
            ]
        ),
        st.text(max_size=4),
    )
    long = st.builds(lambda part, times: part * times, st.lists(piece, max_size=4).map("".join), st.integers(1, 3000))
    one = st.one_of(st.builds(Words, long, _styles), st.builds(CodeBlock, long), st.builds(Quoted, long), written)
    return st.lists(one, max_size=4).map(tuple)


def texts(of: st.SearchStrategy[Span] = spans) -> st.SearchStrategy[Text]:
    return st.lists(of, max_size=5).map(tuple)


_tokens = st.one_of(
    st.sampled_from(["claim:1", "claim:1", "reply:2", "x~2", "", "t" * 255, "t" * 256]), st.text(max_size=8)
)
_options = st.builds(Option, short, st.one_of(_tokens, st.text(max_size=200)))
_confirms = st.builds(Confirm, short, short, short, short)
_buttons = st.builds(
    Button,
    short,
    _tokens,
    st.sampled_from(["default", "primary", "danger"]),
    st.one_of(st.none(), _confirms),
    st.one_of(st.none(), _urls),
)


def _choices(most: int) -> st.SearchStrategy[tuple[Option, ...]]:
    return st.lists(_options, max_size=most).map(tuple)


_selects = st.builds(Select, short, _tokens, _choices(30), st.one_of(st.none(), _tokens))
_menus = st.one_of(st.none(), st.builds(Menu, _tokens, _choices(8)))


def blocks(of: st.SearchStrategy[Span] = spans) -> st.SearchStrategy[tuple[object, ...]]:
    text = texts(of)
    one = st.one_of(
        st.builds(Paragraph, text),
        st.builds(Quote, text),
        st.builds(Fields, st.lists(st.builds(Field, short, text), max_size=12).map(tuple)),
        st.builds(Small, text),
        st.builds(Actions, st.lists(st.one_of(_buttons, _selects), max_size=30).map(tuple)),
        st.just(Divider()),
    )
    few = st.lists(one, max_size=6)
    # Repeating makes many blocks out of few draws.
    return st.builds(lambda found, times: tuple(found * times), few, st.sampled_from([1, 1, 1, 20]))


def cards(of: st.SearchStrategy[Span] = spans) -> st.SearchStrategy[Card]:
    return st.builds(
        Card,
        fallback=strings,
        title=texts(of),
        blocks=blocks(of),
        menu=_menus,
        tone=st.sampled_from(["neutral", "good", "warning", "bad"]),
        sender=st.one_of(st.none(), short),
    )


_keys = st.one_of(st.sampled_from(["text", "then", "text", "k" * 255, "k" * 256, "", "a~3"]), st.text(max_size=6))
_inputs = st.one_of(
    st.builds(
        TextInput,
        _keys,
        short,
        st.booleans(),
        st.booleans(),
        strings,
        short,
        short,
        st.integers(min_value=-1, max_value=5000),
    ),
    st.builds(ChoiceInput, _keys, short, _choices(12), st.one_of(st.none(), _tokens), st.booleans(), short),
)


def forms(of: st.SearchStrategy[Span] = spans) -> st.SearchStrategy[Form]:
    inputs = st.lists(_inputs, max_size=6).map(tuple)
    return st.builds(Form, short, st.one_of(_tokens, strings), short, inputs, texts(of))


def homes(of: st.SearchStrategy[Span] = spans) -> st.SearchStrategy[Home]:
    return st.builds(Home, texts(of), blocks(of))
