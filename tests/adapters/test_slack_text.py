"""Slack's markup to spans and back."""

from datetime import UTC, datetime

import pytest

from adapters.slack.markup import Ink, chunks, mrkdwn, quote, safe_url, unformatted
from adapters.slack.parse import from_mrkdwn, readable, spans_of
from core.language.places import Identity
from core.language.text import ChannelLink, CodeBlock, Link, Moment, Named, Ping, Quoted, Span, Text, Words

INK = Ink("main")
BO = Identity("main", "U0BO")


_BOLD = Words("bold", ("bold",))

# --- what people write


@pytest.mark.parametrize(
    ("typed", "spans"),
    [
        ("plain &lt;b&gt; &amp; more", (Words("plain <b> & more"),)),
        ("*bold* _it_ ~no~", (_BOLD, Words(" "), Words("it", ("italic",)), Words(" "), Words("no", ("strike",)))),
        ("<@U0BO|bo>", (Named("bo", BO),)),
        ("<@U0BO>", (Named("U0BO", BO),)),
        ("<#C1|general>", (Named("general", sigil="#"),)),
        ("<#C1>", (Named("C1", sigil="#"),)),
        ("<!here>", (Named("here"),)),
        ("<!channel|channel>", (Named("channel"),)),
        ("<!subteam^S1|@agents>", (Named("agents"),)),
        ("<!subteam^S1>", (Named("S1"),)),
        ("<!date^1795178400^{date}|Nov 20>", (Words("Nov 20"),)),
        ("<!date^1795178400^{date}>", (Words("2026-11-20 12:40 UTC"),)),
        ("<https://a.example?x=1&amp;y=2|here>", (Link("https://a.example?x=1&y=2", "here"),)),
        ("<https://a.example>", (Link("https://a.example", "https://a.example"),)),
        ("<mailto:a@b.example|a@b.example>", (Link("mailto:a@b.example", "a@b.example"),)),
        ("<tel:+49123|call>", (Words("call"),)),
        ("<javascript:alert(1)|x>", (Words("x"),)),
        ("`<@U0BO> *x*`", (Words("@U0BO *x*", ("code",)),)),
        ("```a\n&lt;b&gt;```", (CodeBlock("a\n<b>"),)),
        ("before ```code``` after", (Words("before "), CodeBlock("code"), Words(" after"))),
        ("&gt; one\n&gt; two\nthree", (Quoted("one\ntwo"), Words("three"))),
        ("a\n&gt;&gt;&gt; b\nc", (Words("a\n"), Quoted("b\nc"))),
        ("snake_case_name 2*3*4 a~b", (Words("snake_case_name 2*3*4 a~b"),)),
        ("* not bold * and ** nothing", (Words("* not bold * and ** nothing"),)),
        ("unclosed ``` and `", (Words("unclosed ``` and `"),)),
        ("a < b", (Words("a < b"),)),
        ("", ()),
        ("\n\n", ()),
    ],
)
def test_mrkdwn_reads_as(typed: str, spans: Text) -> None:
    assert from_mrkdwn(typed, "main") == spans


def test_styles_nest_and_reach_over_mentions() -> None:
    assert from_mrkdwn("*see _this_ <@U0BO> now*", "main") == (
        Words("see ", ("bold",)),
        Words("this", ("bold", "italic")),
        Words(" ", ("bold",)),
        Named("U0BO", BO),
        Words(" now", ("bold",)),
    )


def test_what_follows_a_command_keeps_its_marks() -> None:
    assert readable("note 12 *x* &lt; <@U0BO|bo> <https://a.example>") == "note 12 *x* < @bo https://a.example"


def _rich(*elements: dict[str, object]) -> dict[str, object]:
    return {"text": "fallback", "blocks": [{"type": "rich_text", "elements": list(elements)}]}


def _section(*elements: dict[str, object]) -> dict[str, object]:
    return {"type": "rich_text_section", "elements": list(elements)}


def test_rich_text_reads_as() -> None:
    message = _rich(
        _section(
            {"type": "text", "text": "Look ", "style": {"bold": True}},
            {"type": "user", "user_id": "U0BO"},
            {"type": "text", "text": " at "},
            {"type": "link", "url": "https://a.example", "text": "this"},
            {"type": "emoji", "name": "thumbsup", "unicode": "1f44d-1f3fd"},
            {"type": "emoji", "name": "party"},
            {"type": "broadcast", "range": "channel"},
            {"type": "usergroup", "usergroup_id": "S1"},
            {"type": "channel", "channel_id": "C1"},
            {"type": "date", "timestamp": 1795178400, "format": "{date}"},
            {"type": "color", "value": "#fff"},
        ),
        {
            "type": "rich_text_list",
            "style": "ordered",
            "indent": 1,
            "offset": 2,
            "elements": [_section({"type": "text", "text": "third"})],
        },
        {"type": "rich_text_list", "style": "bullet", "elements": [_section({"type": "text", "text": "dot"})]},
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x = 1"}]},
    )
    assert spans_of(message, "main") == (
        Words("Look ", ("bold",)),
        Named("U0BO", BO),
        Words(" at "),
        Link("https://a.example", "this"),
        Words("👍🏽:party:"),
        Named("channel"),
        Named("S1"),
        Named("C1", sigil="#"),
        Words("2026-11-20 12:40 UTC#fff\n    3. third\n• dot\n"),
        Quoted("said"),
        CodeBlock("x = 1"),
    )


def test_text_is_taken_where_blocks_are_something_else() -> None:
    assert spans_of({"text": "said", "blocks": [{"type": "section"}]}, "main") == (Words("said"),)
    assert spans_of({"text": "said", "blocks": [{"type": "rich_text", "elements": []}]}, "main") == (Words("said"),)


# --- what the desk shows


def drawn(*spans: Span, ink: Ink = INK) -> str:
    return mrkdwn(spans, ink, 3000)


def test_words_are_literal_and_styled_line_by_line() -> None:
    assert drawn(Words("a <b> & c")) == "a &lt;b&gt; &amp; c"
    assert drawn(Words("two\nlines ", ("bold",)), Words("end")) == "*two*\n*lines* end"
    assert drawn(Words("x", ("bold", "italic", "code"))) == "_*`x`*_"
    # A mark inside would end the style; then it is left out.
    assert drawn(Words("2 * 3", ("bold",))) == "2 * 3"
    assert drawn(Words("in"), Words("side", ("bold",)), Words("word")) == "in\u200b*side*\u200bword"


def test_people_are_named_and_only_a_ping_is_live() -> None:
    assert drawn(Named("Bo Lind", BO)) == "@Bo Lind"
    assert drawn(Named("here")) == "@\u2060here"
    assert drawn(Ping(BO, "Bo")) == "<@U0BO>"
    assert drawn(Ping(BO, "Bo"), ink=Ink("main", frozenset())) == "@Bo"
    assert drawn(Ping(Identity("discord", "U0BO"), "Bo")) == "@Bo"
    assert drawn(Ping(Identity("main", "U1> <!channel"), "Bo")) == "@Bo"


def test_links_channels_and_times() -> None:
    assert drawn(Link("https://a.example/?a=1&b=2", "see | this")) == "<https://a.example/?a=1&amp;b=2|see ¦ this>"
    assert drawn(Link("https://a.example", "https://a.example")) == "<https://a.example>"
    assert drawn(Link("javascript:alert(1)", "x")) == "x (javascript:alert(1))"
    assert drawn(ChannelLink("main", "C0GLOBEX", "globex")) == "<#C0GLOBEX>"
    assert drawn(ChannelLink("discord", "123", "globex")) == "#globex"
    assert drawn(ChannelLink("discord", "123", "a channel", is_named=False)) == "a channel"
    at = datetime.fromtimestamp(1795178400, UTC)
    assert drawn(Moment(at, "time", "14:30")) == "<!date^1795178400^{time}|14:30>"
    assert drawn(Moment(at, "day_time", "Mon|<x>")) == "<!date^1795178400^{day_divider_pretty} {time}|Mon/&lt;x&gt;>"


@pytest.mark.parametrize("url", ["https://x|y", "https://x>y", "https://x<y", "https://x y", "https://x/@here"])
def test_no_url_ends_its_own_brackets(url: str) -> None:
    safe = safe_url(url)
    assert safe is not None
    assert not set(safe) & set("<>| ")
    assert "@here" not in safe


def test_blocks_have_lines_of_their_own() -> None:
    assert drawn(Words("a"), CodeBlock("x\ny"), Words("b")) == "a\n```\nx\ny\n```\nb"
    assert drawn(Words("a\n"), Quoted("q\nr"), Words("b")) == "a\n> q\n> r\nb"
    assert "```" not in drawn(CodeBlock("a```b"))[4:-4]


def test_a_quote_marks_every_line() -> None:
    spans = (Words("one\ntwo "), Ping(BO, "Bo"), CodeBlock("x\ny"))
    assert quote(spans, INK, 3000) == "> one\n> two <@U0BO>\n> `x`\n> `y`"


def test_a_cut_never_breaks_markup() -> None:
    link = Link("https://a.example/" + "x" * 40, "label")
    assert mrkdwn((Words("see "), link), INK, 30) == "see…"
    assert mrkdwn((Words("&" * 20),), INK, 30) == "&amp;" * 5 + "…"
    assert mrkdwn((Words("bold words here", ("bold",)),), INK, 14) == "*bold words*…"
    family = "👩‍👩‍👧‍👦"
    assert mrkdwn((Words(family * 10),), INK, 30) == family * 2 + "…"


def test_a_long_text_goes_on_in_the_next_chunk() -> None:
    parts = chunks((Words("word " * 100), Link("https://a.example", "end")), INK, 120, most=9)
    assert " ".join(parts).split() == ["word"] * 100 + ["<https://a.example|end>"]


def test_plain_text_is_one_harmless_line() -> None:
    assert unformatted("two\nlines  <!channel> @here", 75) == "two lines <\u2060!channel> @\u2060here"
    assert unformatted("", 75) == "…"
    assert unformatted("abcdef", 4) == "abc…"
