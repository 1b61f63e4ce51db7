"""T01 on Slack: what people and models wrote mentions nobody, on any surface the desk has."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import strategies
from support.gate import sized
from support.mentions import live, of_text

from adapters.slack.markup import Ink
from adapters.slack.render import card
from adapters.slack.views import form, home, notice
from core.language.places import Identity
from core.language.text import Ping, Words
from core.language.views import Card, Paragraph

many = settings(
    max_examples=sized(40, 1000, 20_000),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
pytestmark = pytest.mark.timeout(sized(120, 600, 3600))


@many
@given(strategies.cards(strategies.written))
def test_T01_no_card_with_written_text_mentions_anybody(shown):
    drawn = card(shown, Ink("main"), "n1")
    assert of_text(drawn.text) == []
    assert live(drawn.blocks) == []
    assert live(notice(shown, Ink("main"), "n1")) == []


@many
@given(strategies.forms(strategies.written))
def test_T01_no_form_with_written_text_mentions_anybody(shown):
    assert live(form(shown, Ink("main"), "n1")) == []


@many
@given(strategies.homes(strategies.written))
def test_T01_no_home_with_written_text_mentions_anybody(shown):
    assert live(home(shown, Ink("main"), "n1")) == []


@many
@given(strategies.cards(), st.sampled_from([frozenset(), frozenset({"U0BO"})]))
def test_T01_only_those_who_are_meant_are_pinged(shown, pings):
    drawn = card(shown, Ink("main", pings), "n1")
    assert set(live(drawn.blocks)) <= {f"@{user}" for user in pings}
    # A notification's text is of no use as a mention.
    assert of_text(drawn.text) == []


@many
@given(
    st.lists(
        st.sampled_from(["@", "h", "e", "r", "here", "<", "!", ">", "<!", "channel", "*", "_", "\u200b"]), max_size=9
    )
)
def test_T01_no_mention_is_put_together_out_of_pieces(pieces):
    spans = tuple(Words(piece, ("bold",) if place % 3 == 2 else ()) for place, piece in enumerate(pieces))
    drawn = card(Card("x", spans, (Paragraph(spans),)), Ink("main"), "n1")
    assert live(drawn.blocks) == []


def test_T01_the_check_sees_a_mention_where_there_is_one():
    ping = Card("x", blocks=(Paragraph((Ping(Identity("main", "U0BO"), "Bo"),)),))
    assert live(card(ping, Ink("main"), "n1").blocks) == ["@U0BO"]
    assert of_text("hi <!channel>, @here") == ["!channel", "@here"]
