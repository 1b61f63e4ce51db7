"""Discord's Markdown to spans and back."""

from datetime import UTC, datetime

import pytest

from adapters.discord.emoji import character_of, name_of
from adapters.discord.gateway import file_name
from adapters.discord.markup import Ink, markdown, quote, safe_url, unformatted
from adapters.discord.parse import from_markdown
from core.language.places import Identity
from core.language.text import ChannelLink, CodeBlock, Link, Moment, Named, Ping, Quoted, Span, Text, Words, plain

INK = Ink("main")
BO = Identity("main", "42")


@pytest.mark.parametrize(
    ("typed", "spans"),
    [
        ("plain <b> & more", (Words("plain <b> & more"),)),
        (
            "**bold** *it* _it_",
            (Words("bold", ("bold",)), Words(" "), Words("it", ("italic",)), Words(" "), Words("it", ("italic",))),
        ),
        ("***both***", (Words("both", ("bold", "italic")),)),
        ("~~no~~ __under__ ||hid||", (Words("no", ("strike",)), Words(" under hid"))),
        ("<@42> hi", (Named("Bo", BO), Words(" hi"))),
        ("<@!7>", (Named("7", Identity("main", "7")),)),
        ("<@&9> <#5>", (Named("9"), Words(" "), Named("5", sigil="#"))),
        ("@everyone @here", (Named("everyone"), Words(" "), Named("here"))),
        ("<t:1795178400:R>", (Words("2026-11-20 12:40 UTC"),)),
        ("<a:party:123> </ticket open:99>", (Words(":party: "), Words("/ticket open", ("code",)))),
        ("[here](https://a.example/x)", (Link("https://a.example/x", "here"),)),
        (
            "see https://a.example/a_b.",
            (Words("see "), Link("https://a.example/a_b", "https://a.example/a_b"), Words(".")),
        ),
        ("<https://a.example/q>", (Link("https://a.example/q", "https://a.example/q"),)),
        ("`**x** <@42>`", (Words("**x** <@42>", ("code",)),)),
        ("```py\nx = 1\n```", (CodeBlock("x = 1"),)),
        ("a ```b``` c", (Words("a "), CodeBlock("b"), Words(" c"))),
        ("> one\n> two\nthree", (Quoted("one\ntwo"), Words("three"))),
        ("a\n>>> b\nc", (Words("a\n"), Quoted("b\nc"))),
        ("# Title\n- item", (Words("Title\n- item"),)),
        ("snake_case_name 2*3 a~b", (Words("snake_case_name 2*3 a~b"),)),
        ("\\*not\\* ** alone", (Words("*not* ** alone"),)),
        ("unclosed ``` and `", (Words("unclosed ``` and `"),)),
        ("", ()),
        ("\n\n", ()),
    ],
)
def test_markdown_reads_as(typed: str, spans: Text) -> None:
    assert from_markdown(typed, "main", {"42": "Bo"}) == spans


def drawn(*spans: Span, ink: Ink = INK) -> str:
    return markdown(spans, ink, 4000)


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (Words("a*b_c`d~e|f"), "a\\*b\\_c\\`d\\~e\\|f"),
        (Words("<@42> @everyone @here"), "\\<@42> @\u2060everyone @\u2060here"),
        (Words("# no\n- no\n1. no"), "\\# no\n\\- no\n1\\. no"),
        (Words("http://a.example :tada:"), "http\\://a.example \\:tada:"),
        (Words(" x ", ("bold",)), " **x** "),
        (Words("x", ("bold", "italic")), "***x***"),
        (Words("a*b", ("code",)), "`a*b`"),
        (Link("https://a.example/x", "here"), "[here](https://a.example/x)"),
        (Link("https://a.example/(x)", "https://a.example/(x)"), "https://a.example/%28x%29"),
        (Link("https://a.example", "https://bank.example"), "<https://a.example>"),
        (Link("javascript:alert(1)", "x"), "x (javascript:alert(1))"),
        (Named("everyone"), "@\u2060everyone"),
        (CodeBlock("a```b"), "```\na`\u200b`\u200b`\u200bb\n```"),
        (Quoted("one\n*two*"), "> one\n> \\*two\\*"),
        (Ping(BO, "Bo"), "<@42>"),
        (Ping(Identity("slack", "42"), "Bo"), "@Bo"),
        (ChannelLink("main", "5", "support"), "<#5>"),
        (ChannelLink("slack", "C1", "support"), "#support"),
        (ChannelLink("slack", "C1", "a channel", is_named=False), "a channel"),
        (Moment(datetime(2026, 11, 20, 12, 40, tzinfo=UTC), "time", "12:40"), "<t:1795178400:t>"),
    ],
)
def test_spans_are_drawn_as(span: Span, text: str) -> None:
    assert drawn(span) == text


def test_only_allowed_people_are_pinged() -> None:
    assert drawn(Ping(BO, "Bo"), ink=Ink("main", frozenset())) == "@Bo"
    assert drawn(Ping(BO, "Bo"), ink=Ink("main", frozenset({"42"}))) == "<@42>"


def test_no_keyword_comes_of_a_seam() -> None:
    assert "@everyone" not in drawn(Words("@", ("bold",)), Words("everyone"))
    assert "@everyone" not in drawn(Words("@"), Named("x", sigil="#"), Words("@"), Words("everyone", ("italic",)))


def test_styles_beside_each_other_stay_apart() -> None:
    assert drawn(Words("a", ("bold",)), Words("b", ("italic",))) == "**a**\u200b*b*"


def test_a_quote_is_cut_within_itself() -> None:
    assert quote((Words("one\n"), CodeBlock("two"), Quoted("three")), INK, 100) == "> one\n> \n> `two`\n> \n> three"
    assert len(quote((Words("word\n" * 500),), INK, 200)) <= 200


def test_what_is_too_long_says_so() -> None:
    assert markdown((Words("word " * 100),), INK, 50).endswith("…")
    assert len(markdown((Words("*" * 100),), INK, 50)) <= 50
    assert markdown((Words("x"), Link("https://a.example/" + "y" * 100, "label")), INK, 20) == "x…"


def test_labels_and_links() -> None:
    assert unformatted("two\nlines  here", 9) == "two line…"
    assert unformatted(" ", 9) == "…"
    assert safe_url("ftp://x") is None
    assert safe_url("https://a.example/a b)") == "https://a.example/a%20b%29"


def test_what_is_drawn_reads_as_it_was() -> None:
    said = "Costs 5*3 <b>, see #12 & `code` _here_ ~~ || [x](y)\n- one\n# two"
    assert plain(from_markdown(drawn(Words(said)), "main", {})) == said


@pytest.mark.parametrize(
    ("emoji", "name"),
    [
        ("👀", "eyes"),
        ("✅", "white_check_mark"),
        ("👍🏽", "thumbsup"),
        ("☎️", "black_telephone"),
        ("partyblob", "partyblob"),
    ],
)
def test_emoji_have_names(emoji: str, name: str) -> None:
    assert name_of(emoji) == name


def test_names_have_emoji() -> None:
    assert character_of("eyes") == "👀"
    assert character_of("hourglass") == "⌛"
    assert character_of("party:123") == "party:123"


@pytest.mark.parametrize(
    ("name", "kept"),
    [("Größe 1.txt", "Gr__e_1.txt"), ("отчёт.docx", "file.docx"), ("報告", "file"), (".env", ".env"), ("", "file")],
)
def test_files_have_names(name: str, kept: str) -> None:
    assert file_name(name) == kept
