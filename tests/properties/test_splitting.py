"""A text in parts is the same text, and each part fits."""

import re

import pytest
import regex
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support import strategies

from adapters.discord import markup as discord_markup
from adapters.discord import render as discord_render
from adapters.slack import markup as slack_markup
from adapters.slack import render as slack_render
from core.language.text import CodeBlock, Link, Named, Quoted, Span, Text, Words, plain
from core.rules.splitting import ALWAYS_HELD, Rooms, split

many = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
_ROOMS = st.integers(min_value=1, max_value=300)


def shown(text: Text) -> str:
    """What is written, without what tells the kinds of spans apart."""
    return "".join(span.text if isinstance(span, Words | CodeBlock | Quoted) else plain((span,)) for span in text)


def weight(text: Text) -> int:
    """As a platform counts: some characters are longer as they are drawn, and each code block has its fences."""
    fences = sum(isinstance(span, CodeBlock) for span in text)
    return len(shown(text)) + 4 * shown(text).count("&") + 8 * fences


def merged(text: Text) -> list[Span]:
    """Neighbours of one kind as one, and nothing that is empty."""
    out: list[Span] = []
    for span in text:
        if not shown((span,)):
            continue
        if isinstance(span, Words | CodeBlock | Quoted):
            last = out[-1] if out else None
            if type(last) is type(span) and getattr(last, "styles", ()) == getattr(span, "styles", ()):
                assert isinstance(last, Words | CodeBlock | Quoted)
                out[-1] = type(span)(last.text + span.text, *([span.styles] if isinstance(span, Words) else []))
                continue
        out.append(span)
    return out


def blank(text: str) -> bool:
    return not text.strip()


@many
@example((Words("a &" * 200),), 7)
@example((Words("a \u0301" * 60),), 40)
@example((CodeBlock("x = 1\n" * 60), Words("and"), CodeBlock("y" * 90)), 50)
@given(strategies.texts(), _ROOMS)
def test_parts_fit_and_are_the_text(text, room):
    def fits(part: Text) -> bool:
        return weight(part) <= room

    parts = split(text, fits)
    assert parts
    without_blanks = [re.sub(r"\s", "", shown(each)) for each in (text, tuple(s for p in parts for s in p))]
    assert without_blanks[0] == without_blanks[1]
    if len(parts) > 1:
        assert not any(blank(shown(part)) for part in parts)
    # But for a single character that does not fit.
    assert all(fits(part) or len(shown(part)) == 1 or blank(shown(text)) for part in parts)


@many
@given(strategies.texts(), st.integers(min_value=30, max_value=300))
def test_nothing_at_all_is_left_out_where_no_part_is_blank(text, room):
    parts = split(text, lambda part: weight(part) <= room)
    joined = tuple(span for part in parts for span in part)
    gone = len(shown(text)) - len(shown(joined))
    assert gone == 0 or re.search(rf"\s{{{max(1, room // 16)},}}|^\s+|\s+$", shown(text))
    links = [span for span in text if not isinstance(span, Words | CodeBlock | Quoted)]
    if gone == 0 and all(weight((span,)) <= room for span in links):
        assert merged(joined) == merged(text)


@many
@given(
    st.lists(st.sampled_from(["e\u0301", "👩‍👩‍👧‍👦", "🇩🇪", "a", " \u0301", " ", "\n", "क्षि", "\u200f", "."])).map(
        "".join
    ),
    _ROOMS,
)
def test_no_grapheme_is_divided_that_fits(text, room):
    room += 12
    parts = split((Words(text),), lambda part: len(shown(part)) <= room)
    if text and "".join(map(shown, parts)) == text:
        ends = {found.end() for found in regex.finditer(r"\X", text)}
        at = 0
        for part in parts:
            at += len(shown(part))
            assert at in ends


@many
@given(strategies.texts())
def test_any_text_has_parts_whatever_fits(text):
    assert split(text, lambda _: True) == (text,)
    assert all(len(shown(part)) <= 1 for part in split(text[:1], lambda _: False)) or blank(shown(text[:1]))


@pytest.mark.parametrize(
    ("text", "room", "parts"),
    [
        ("One. Two. Three.\n\nFour.\nFive. Six.", 24, ["One. Two. Three.\n\n", "Four.\nFive. Six."]),
        ("Three. Four.\nFive. Six. Seven.", 24, ["Three. Four.\n", "Five. Six. Seven."]),
        ("Three or four. Five or six.", 20, ["Three or four. ", "Five or six."]),
        ("three or four five or six", 20, ["three or four five ", "or six"]),
        ("x" * 25, 10, ["x" * 10, "x" * 10, "x" * 5]),
        ("a\n\n" + "b" * 30, 20, ["a\n\n" + "b" * 17, "b" * 13]),
        ("one" + " " * 50 + "two", 20, ["one" + " " * 17, " " * 13 + "two"]),
    ],
)
def test_where_a_text_is_divided(text, room, parts):
    found = split((Words(text),), lambda part: len(shown(part)) <= room)
    assert [shown(part) for part in found] == parts


def test_code_and_style_go_on_in_the_next_part():
    text: Text = (Words("See:", ("bold",)), CodeBlock("x = 1\ny = 2\n"), Words("and so on", ("italic",)))
    assert split(text, lambda part: len(shown(part)) <= 10) == (
        (Words("See:", ("bold",)), CodeBlock("x = 1\n")),
        (CodeBlock("y = 2\n"),),
        (Words("and so on", ("italic",)),),
    )


def test_a_name_stays_whole_and_a_link_that_fits_nowhere_is_words():
    text: Text = (Words("Ask "), Named("Bo Lind"), Words(" or see "), Link("https://example.com/" + "x" * 30, "here"))
    parts = split(text, lambda part: len(shown(part)) <= 20)
    assert parts[0] == (Words("Ask "), Named("Bo Lind"), Words(" or see "))
    assert "".join(map(shown, parts[1:])) == "here (https://example.com/" + "x" * 30 + ")"


def test_a_connection_that_is_gone_is_given_what_all_hold():
    rooms = Rooms({"a": lambda part: len(shown(part)) <= 500, "b": lambda part: len(shown(part)) <= 900})
    text = (Words("123456789" * 100),)
    assert len(rooms.parts("a", text)) == len(rooms.parts("gone", text)) == 2
    assert rooms.parts("b", text) == (text,)
    assert Rooms({}).parts("gone", text) == (text,)


@many
@example("&" * ALWAYS_HELD, ("code",))
@example("\U0001f3f3*" * (ALWAYS_HELD // 2), ("bold", "italic", "strike"))
@given(st.text(max_size=ALWAYS_HELD), st.lists(st.sampled_from(["bold", "italic", "strike", "code"])).map(tuple))
def test_a_short_text_is_held_on_any_platform(said, styles):
    text = (Words(said, styles),)
    assert slack_render.holds(text, slack_markup.Ink("main"))
    assert discord_render.holds(text, discord_markup.Ink("main"))
