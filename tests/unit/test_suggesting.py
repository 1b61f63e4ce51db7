"""What a model is asked, what of its answer may be shown, and when it is left alone."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.model_server import SORTED
from support.reading import buttons, text_of

from core.cards.suggestions import blocks
from core.language.facts import NOTHING_SUGGESTED, Suggestion, TicketFacts
from core.language.views import Card
from core.language.wording import ENGLISH_VOICE
from core.ports import ModelError
from core.rules.suggesting import MAX_SAID, offered, question, read, undecided
from jobs.suggesting import Breaker, ModelSettings

CATEGORIES = ("Export", "Login")
SAID = ("Our nightly export fails.", "See https://app.globex.example/jobs?id=7 and ops@globex.example")
AT = datetime(2026, 11, 20, tzinfo=UTC)
TICKET = TicketFacts(
    1,
    "new",
    "normal",
    "question",
    None,
    (),
    "Our export fails",
    "",
    None,
    None,
    None,
    1,
    "Ann",
    AT,
    AT,
    None,
    None,
    None,
)


def answer(**fields: Any) -> dict[str, Any]:
    return {**SORTED, **fields}


def test_only_words_that_the_desk_knows_can_be_chosen() -> None:
    asked = question(SAID, CATEGORIES)
    properties = asked.schema["properties"]
    assert properties["category"]["enum"] == ["Export", "Login", "(none)"]
    assert asked.schema["required"] == list(properties) == ["summary", "type", "priority", "category"]
    assert "category" not in question(SAID, ()).schema["properties"]
    assert json.loads(asked.material) == {"messages": list(SAID)}
    assert not any(said in asked.instructions for said in SAID)


def test_a_long_request_is_cut() -> None:
    material = json.loads(question(["a" * 5000, "b" * 5000, "c"], ()).material)
    assert [len(text) for text in material["messages"]] == [5000, MAX_SAID - 5000]


def test_what_is_read() -> None:
    assert read(answer(), SAID, CATEGORIES) == Suggestion(
        "incident", "urgent", "Export", "Nightly export fails with 502"
    )
    assert read(answer(type=" Bug ", priority="LOW", category="login"), SAID, CATEGORIES) == Suggestion(
        "bug", "low", "Login", "Nightly export fails with 502"
    )
    assert read(answer(category="(none)"), SAID, CATEGORIES).category is None
    assert read(answer(extra="words"), SAID, ()).category is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"priority": "critical"},
        {"type": "ticket"},
        {"category": "Billing"},
        {"priority": None},
        {"priority": ["urgent"]},
        {"summary": {"text": "no"}},
        {"summary": None},
        {"category": 3},
    ],
)
def test_F25_an_answer_that_is_not_what_was_asked_for_is_not_used_at_all(wrong: dict[str, Any]) -> None:
    with pytest.raises(ModelError) as raised:
        read(answer(**wrong), SAID, CATEGORIES)
    assert raised.value.failure == "invalid"
    incomplete = answer()
    del incomplete[next(iter(wrong))]
    with pytest.raises(ModelError):
        read(incomplete, SAID, CATEGORIES)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Export\n\n  fails \x00 again\u202e", "Export fails again"),
        ("", None),
        (" \n ", None),
        ("x" * 200, "x" * 79 + "…"),
        ("Fails at https://app.globex.example/jobs?id=7.", "Fails at https://app.globex.example/jobs?id=7."),
        ("Fails at app.globex.example", "Fails at app.globex.example"),
        ("Write to ops@globex.example", "Write to ops@globex.example"),
        ("See https://evil.example/login", None),
        ("See evil.example", None),
        ("See www.evil.example", None),
        ("See https://app.globex.example/jobs?id=8", None),
        ("See https://app.globex.example.evil.example/jobs?id=7", None),
        ("Write to mallory@evil.example", None),
        ("Run javascript://x", None),
        (f"{'x' * 60} https://app.globex.example/jobs?id=7", None),  # cut, it would be another address
        ("Version 2.4 fails, e.g. at 10.30", "Version 2.4 fails, e.g. at 10.30"),
    ],
)
def test_T05_the_one_free_line_is_clean_and_names_no_address_that_nobody_wrote(line: str, shown: str | None) -> None:
    assert read(answer(summary=line), SAID, CATEGORIES).summary == shown


@given(st.text(), st.lists(st.text()))
def test_T05_any_line_is_read(line: str, said: list[str]) -> None:
    found = read(answer(summary=line), said, CATEGORIES).summary
    assert found is None or (found == " ".join(found.split()) and 0 < len(found) <= 1000)


def test_what_is_as_it_is_suggested_is_not_shown() -> None:
    found = Suggestion("question", "high", "Export", "Our export fails")
    assert offered(TICKET, found) == Suggestion(None, "high", "Export", None)
    assert offered(replace(TICKET, priority="high", category="Export"), found) == NOTHING_SUGGESTED
    assert offered(TICKET, None) == NOTHING_SUGGESTED
    for status in ("resolved", "closed"):
        assert offered(replace(TICKET, status=status), found) == NOTHING_SUGGESTED


def test_what_a_person_decided_meanwhile_is_not_suggested() -> None:
    found = Suggestion("incident", "high", "Export", "Export fails")
    assert undecided(found, {"opened", "priority", "subject"}) == Suggestion("incident", None, "Export", None)


def test_the_card_shows_each_with_its_button() -> None:
    drawn = Card(
        "", blocks=blocks(ENGLISH_VOICE, 12, Suggestion("incident", "urgent", "Export", "Export *fails* @everyone"))
    )
    assert text_of(drawn) == "Suggested: incident, urgent, Export · In short: Export *fails* @everyone"
    assert buttons(drawn) == {
        "Accept incident": "accept:12:type",
        "Accept urgent": "accept:12:priority",
        "Accept Export": "accept:12:category",
        "Use as subject": "accept:12:summary",
    }
    assert blocks(ENGLISH_VOICE, 12, NOTHING_SUGGESTED) == ()
    assert buttons(Card("", blocks=blocks(ENGLISH_VOICE, 12, Suggestion(priority="low")))) == {
        "Accept low": "accept:12:priority"
    }


# --- the breaker ---------------------------------------------------------------------------------------------


class Watch:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_F25_after_failures_in_a_row_nobody_asks_for_a_while_and_then_one() -> None:
    watch = Watch()
    breaker = Breaker(ModelSettings(breaker_after=3, breaker_wait=60, longest_breaker=100), now=watch)
    for _ in range(2):
        assert breaker.lets_through()
        breaker.failed()
    breaker.worked()
    for _ in range(3):
        assert breaker.lets_through()
        breaker.failed()
    assert breaker.is_open
    assert not breaker.lets_through()
    watch.at = 60
    assert breaker.lets_through()
    assert not breaker.lets_through(), "one at a time"
    breaker.failed()
    watch.at = 159
    assert not breaker.lets_through(), "twice as long, up to the longest"
    watch.at = 160
    assert breaker.lets_through()
    breaker.left()
    assert breaker.lets_through()
    breaker.worked()
    assert not breaker.is_open
    assert breaker.lets_through()
    assert breaker.lets_through()
