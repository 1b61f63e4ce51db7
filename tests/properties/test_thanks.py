"""What counts as a thank-you and nothing else."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.language.places import Identity
from core.language.text import CodeBlock, Link, Named, Quoted, Words, words
from core.rules.thanks import is_thanks

PLAIN = (
    "Thanks!",
    "ok thank you",
    "Great - thanks",
    "Thank you so much, team!",
    "thanks for the quick help",
    "Cool, thanks :slightly_smiling_face:",
    "👍 thx",
    "Thank you 🙏🏽 thank you",
    "That helped, thank you.",
    "Perfect, works now. Thanks a lot!",
    "Thank you, that solved it :)",
    "Vielen Dank!",
    "Danke, klappt jetzt wieder",
    "Danke schön",
    "Super, danke für die schnelle Antwort",
    "Merci beaucoup à tous",
    "¡Muchas gracias!".lstrip("¡"),
    "Obrigada",
    "grazie mille",
    "dank je wel",
    "tusen takk",
    "dziękuję bardzo",
    "teşekkür ederim",
    "Спасибо большое",
    "ありがとうございます。",
    "谢谢！",
    "감사합니다",
)
MORE = (
    "",
    "👍",
    "great",
    "Thanks, but it still fails",
    "Thanks! And how do I export?",
    "thanks?",
    "Help! Thanks",
    "thanks for nothing",
    "no thanks",
    "Thanks, it fails with 502",
    "works now",
    "Thanks, it worked yesterday",
    "Thanks, works on one of them",
    "Can you help? Danke",
    "Danke, geht leider nicht",
    "thanks T-12",
    "not appreciated",
)
a_thank_you = st.sampled_from(PLAIN)
between = st.text(" .,!~…\n", max_size=3)


@pytest.mark.parametrize("text", PLAIN)
def test_thanks(text: str) -> None:
    assert is_thanks(words(text))


@pytest.mark.parametrize("text", MORE)
def test_more_than_thanks(text: str) -> None:
    assert not is_thanks(words(text))


@given(a_thank_you, between, between, st.sampled_from([str, str.upper, str.title, str.casefold]))
def test_case_and_punctuation_do_not_matter(text: str, before: str, after: str, spelt: type[str]) -> None:
    if spelt(text).casefold() == text.casefold():
        assert is_thanks(words(f"{before}{spelt(text)}{after}"))


@given(a_thank_you, st.text(string.ascii_lowercase, min_size=1, max_size=8), st.booleans())
def test_any_other_word_makes_it_a_message(text: str, word: str, first: bool) -> None:
    if not is_thanks(words(f"thanks {word}")) and not is_thanks(words(f"{word} thanks")):
        assert not is_thanks(words(f"{word} {text}" if first else f"{text} {word}"))


@given(a_thank_you, st.sampled_from("?0123456789@#/\\$%&*<>{}[]=+"))
def test_a_question_or_a_sign_makes_it_a_message(text: str, sign: str) -> None:
    assert not is_thanks(words(text + sign))


@given(st.text(max_size=200))
def test_any_text_is_decided(text: str) -> None:
    assert is_thanks(words(text)) in (True, False)


def test_names_do_not_count_and_other_things_do() -> None:
    bo = Named("Bo Lind", Identity("main", "U0BO"))
    assert is_thanks((Words("Thanks "), bo, Words("!")))
    assert not is_thanks((bo,))
    for other in (Link("https://a.example", "thanks"), CodeBlock("thanks"), Quoted("thanks"), Words("x", ("code",))):
        assert not is_thanks((Words("Thanks "), other))
