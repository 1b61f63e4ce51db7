"""Whatever the desk shows, Discord takes it; whatever people write, it mentions nobody."""

import re
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support import strategies
from support.discord_components import check_message, check_modal, walk

from adapters.discord.controls import Ids, token_of
from adapters.discord.keys import is_marked, mark, nonce
from adapters.discord.limits import units
from adapters.discord.markup import Ink, cut_units, markdown, quote
from adapters.discord.modals import form
from adapters.discord.parse import from_markdown
from adapters.discord.render import classic_rows, components, content, holds
from core.language.text import Link, Named, Words, clean, plain
from core.language.views import Card, Form, Paragraph, Small, TextInput
from core.rules.splitting import split

many = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
INK = Ink("main")
_KEYWORD = re.compile(r"@(?:here|everyone)", re.IGNORECASE)


def live(text: str) -> list[Any]:
    """Whatever in a text notifies somebody or could."""
    named = [span for span in from_markdown(text, "main", {}) if isinstance(span, Named)]
    return [*named, *_KEYWORD.findall(re.sub(r"```.*?```|(?<!\\)`[^`]*`", "", text, flags=re.DOTALL))]


@many
@given(strategies.cards(), st.one_of(st.none(), st.text()))
def test_any_card_is_a_message_that_discord_takes(shown, key):
    marked = None if key is None else mark(key)
    drawn = components(shown, INK, marked)
    check_message(drawn)
    assert key is None or is_marked({"components": drawn}, key)


@many
@given(strategies.cards())
def test_any_card_is_a_message_for_a_server_without_such_components(shown):
    assert 1 <= units(content(shown, INK)) <= 2000
    rows = classic_rows(shown)
    assert len(rows) <= 5
    if rows:
        check_message(rows)


def seen(drawn: str) -> str:
    """What is drawn, without what nobody sees."""
    return re.sub(r"[\s\u200b\u2060]", "", drawn)


@many
@example((Words("&" * 1690 + "*"),), "Ann" * 100, "edited")
@given(
    strategies.long_texts(), strategies.short, st.sampled_from(["", "sent to customer · edited · written Mon 12:00"])
)
def test_what_a_post_holds_is_never_cut(text, sender, small):
    """In neither form; nor is any part of what it does not hold."""
    for part in split(text, lambda part: holds(part, INK)):
        shown = Card("x", blocks=(Paragraph(part), Small((Words(small),))), sender=sender)
        whole = markdown(part, INK, 10**6)
        if not seen(whole):
            continue
        assert holds(part, INK)
        drawn = components(shown, INK)
        check_message(drawn)
        for said in ("".join(one["content"] for one in walk(drawn) if "content" in one), content(shown, INK)):
            assert seen(whole) in seen(said)
            assert seen(said).endswith(seen(markdown((Words(small),), INK, 100)))


@many
@given(strategies.forms())
def test_any_form_is_a_modal_that_discord_takes(shown):
    modal = form(shown, INK)
    if modal is not None:
        check_modal(modal)


def test_a_token_that_is_no_text_makes_no_form():
    shown = Form("Note", "note:12", "Add", (TextInput("text", "Note"), TextInput("\ud800", "Lone surrogate")))
    modal = form(shown, INK)
    assert modal is not None
    assert [one["component"]["custom_id"] for one in modal["components"]] == ["text"]
    assert form(replace(shown, token="\udfff"), INK) is None


@many
@example(Card("x", title=(Link("https://example.com/a", ""), Named("<@0>"))))
@example(Card("x", title=(Link("https://example.com/a", ""), Words("b", ("bold",)), Words("<@0>"))))
@example(Card("x", title=(Link("https://example.com/a", ""), Words("<@0>"))))
@given(strategies.cards(strategies.written))
def test_no_card_with_written_text_mentions_anybody(shown):
    said = [one["content"] for one in walk(components(shown, INK)) if "content" in one]
    assert [found for text in (*said, content(shown, INK)) for found in live(text)] == []


@many
@given(strategies.texts(), st.integers(min_value=1, max_value=400))
def test_markdown_keeps_its_limit(text, limit):
    drawn = markdown(text, INK, limit)
    assert units(drawn) <= limit
    assert units(quote(text, INK, limit + 4)) <= limit + 4
    # Something to see stays something to see.
    assert drawn or not any(isinstance(span, Words) and clean(span.text).strip() for span in text)


@many
@given(strategies.strings, st.integers(min_value=0, max_value=60))
def test_cutting_says_so(text, limit):
    cut = cut_units(text, limit)
    assert units(cut) <= limit
    assert cut == text or limit == 0 or cut.endswith("…")


@many
@given(st.one_of(strategies.strings, st.text()))
def test_words_come_back_as_they_went(text):
    said = clean(text)
    drawn = markdown((Words(said),), INK, 100_000)
    assert plain(from_markdown(drawn, "main", {})).replace("\u2060", "") == said.replace("\u2060", "").strip("\n") or (
        not said.strip()
    )


@many
@given(st.one_of(strategies.strings, st.text(), st.text(alphabet="*_~|`<>@#&:!\\[]()h \n1t")))
def test_any_string_reads_as_text(text):
    assert isinstance(plain(from_markdown(text, "main", {})), str)


@many
@given(st.lists(st.one_of(st.sampled_from(["claim:1", "x~2", "x~2~1"]), st.text(max_size=8)), max_size=12))
def test_tokens_come_back_from_ids_that_differ(tokens):
    ids = Ids()
    made = [(token, ids.custom(token)) for token in tokens]
    found = [custom for _, custom in made if custom is not None]
    assert len(found) == len(set(found))
    assert all(token_of(custom) == token for token, custom in made if custom is not None)


@many
@given(st.text(), st.text())
def test_keys_leave_marks_that_fit(key, other):
    assert len(nonce(key)) <= 25
    assert 0 < mark(key) < 2**31
    assert key == other or nonce(key) != nonce(other)
