"""Whatever the desk shows, Slack takes it."""

import re

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support import strategies
from support.block_kit import check_message, check_view

from adapters.slack import limits
from adapters.slack.controls import Ids, token_of
from adapters.slack.markup import Ink, chunks, cut_units, mrkdwn, quote
from adapters.slack.parse import from_mrkdwn, spans_of
from adapters.slack.render import card, fallback, holds
from adapters.slack.views import form, home, notice
from core.language.places import Place
from core.language.text import Link, Words, clean, plain
from core.language.views import Card, Paragraph, Small
from core.rules.splitting import split

many = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
INK = Ink("main")


@many
@given(strategies.cards())
def test_any_card_is_a_message_that_slack_takes(shown):
    drawn = card(shown, INK, "n1")
    check_message(drawn.text, drawn.blocks)


@many
@given(strategies.cards())
def test_any_card_is_a_window_that_slack_takes(shown):
    check_view(notice(shown, INK, "n1"))


@many
@given(strategies.forms(), st.sampled_from([None, Place("main", "C1"), Place("main", "C1", "1.2")]))
def test_any_form_is_a_modal_that_slack_takes(shown, origin):
    check_view(form(shown, INK, "n1", origin))


@many
@given(strategies.homes())
def test_any_home_is_a_home_that_slack_takes(shown):
    check_view(home(shown, INK, "n1"))


@many
@example((Words("<!channel>"),), 1, 2)
@given(strategies.texts(), st.integers(min_value=1, max_value=400), st.integers(min_value=1, max_value=4))
def test_mrkdwn_keeps_its_limit(text, limit, most):
    drawn = chunks(text, INK, limit, most)
    assert len(drawn) <= most
    assert all(
        limits.units(part) <= limit for part in (*drawn, mrkdwn(text, INK, limit), quote(text, INK, limit + 2)[2:])
    )
    # Something to see stays something to see.
    assert drawn or not any(isinstance(span, Words) and clean(span.text).strip() for span in text)


@many
@given(strategies.strings, st.integers(min_value=0, max_value=60))
def test_cutting_keeps_whole_graphemes_and_says_so(text, limit):
    cut = cut_units(text, limit)
    assert limits.units(cut) <= limit
    assert cut == text or limit == 0 or cut.endswith("…")


@many
@given(
    st.text(st.characters(blacklist_characters="*_~`>&@", blacklist_categories=("Cc", "Cs", "Zl", "Zp")), max_size=80)
)
@example("a < b | c # d")
def test_words_come_back_as_they_went(text):
    drawn = mrkdwn((Words(text),), INK, 3000)
    assert (
        plain(from_mrkdwn(drawn, "main")).strip() == plain((Words(text),)).replace("\ufeff", "").strip()
        or not text.strip()
    )


@many
@given(st.one_of(strategies.strings, st.text()))
def test_any_string_reads_as_text(text):
    assert isinstance(plain(from_mrkdwn(text, "main")), str)


_KINDS = ["rich_text_section", "rich_text_list", "rich_text_quote", "text", "link", "user", "emoji", "date"]
_KEYS = ["type", "elements", "style", "text", "indent", "offset", "url", "user_id", "unicode", "timestamp"]
_json = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=6), st.sampled_from(["rich_text", "rich_text_list"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["type", "elements", "style", "text", "indent", "url", "user_id", "unicode"]), inner
        ),
    ),
    max_leaves=20,
)


@many
@given(st.lists(_json, max_size=3), st.text(max_size=5))
def test_any_blocks_read_as_text(inside, text):
    message = {"text": text, "blocks": [{"type": "rich_text", "elements": inside}]}
    assert isinstance(plain(spans_of(message, "main")), str)


@many
@given(st.lists(st.one_of(st.sampled_from(["claim:1", "x~2", "x~2~1"]), st.text(max_size=8)), max_size=12))
def test_tokens_come_back_from_ids_that_differ(tokens):
    ids = Ids("n")
    made = [(token, ids.action(token)) for token in tokens]
    found = [action for _, action in made if action is not None]
    assert len(found) == len(set(found))
    assert all(token_of(action) == token for token, action in made if action is not None)


def seen(drawn: str) -> str:
    """What is drawn, without markup and what nobody sees."""
    return re.sub(r"[\s*_~`>\u200b\u2060]", "", drawn)


@many
@example((Words("&" * 1790),), "Ann", "a" * 2500)
@example((Link("https://example.com/a?b=1&c=2", "x" * 2970),), "", "")
@given(strategies.long_texts(), strategies.short, strategies.strings)
def test_what_a_post_holds_is_never_cut(text, sender, small):
    """Nor is any part of what it does not hold, with as much small print as there can be."""
    for part in split(text, lambda part: holds(part, INK)):
        shown = Card(f"Ann: {plain(part)}", blocks=(Paragraph(part), Small((Words(small),))), sender=sender)
        drawn = card(shown, INK, "n1")
        check_message(drawn.text, drawn.blocks)
        whole = mrkdwn(part, INK, 10**6)
        if not seen(whole):
            continue
        assert holds(part, INK)
        said = "".join(block["text"]["text"] for block in drawn.blocks if block["type"] == "section")
        assert seen(said) == seen(whole)
        # Also on a server that shows nothing else.
        assert card(shown, INK, "n1", limits.POST_TEXT).text == fallback(shown, 10**6)
        assert drawn.blocks[-1]["type"] == ("context" if mrkdwn((Words(small),), INK, 2000) else "section")


def test_a_long_answer_is_told_whole_in_several_sections():
    drawn = card(Card("x", blocks=(Paragraph((Words("word " * 2000),)),)), INK, "n1")
    said = " ".join(block["text"]["text"] for block in drawn.blocks)
    assert said.split() == ["word"] * 2000
