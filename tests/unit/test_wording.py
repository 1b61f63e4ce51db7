"""Everything that people read in chat stands in the one catalogue, and the catalogue fits where it is used."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from core.language.text import plain, words
from core.language.wording import ENGLISH, ENGLISH_VOICE, TOPICS, Voice

ROOT = Path(__file__).parents[2]
SOURCES = [path for folder in ("core", "jobs", "adapters", "bot") for path in sorted((ROOT / folder).rglob("*.py"))]
# Who takes an entry's key, at which place, and the names that it fills in by itself.
TAKERS = {
    "say": (0, set()),
    "text": (0, set()),
    "done": (1, {"undo"}),
    "line": (1, set()),
    "_alert": (2, set()),
    "owner": (2, {"assignee", "ref"}),
    "thread": (2, {"ref"}),
    "team_once": (3, set()),
    "count": (0, {"count"}),
}
# What makes something that people see, with the places of what they read in it.
SHOWN = {
    "Words": ({0}, {"text"}),
    "words": ({0}, {"text"}),
    "bold": ({0}, {"text"}),
    "Button": ({0}, {"label"}),
    "Option": ({0}, {"label"}),
    "Field": ({0}, {"label"}),
    "Select": ({0}, {"label"}),
    "TextInput": ({1}, {"label", "placeholder", "hint"}),
    "ChoiceInput": ({1}, {"label", "hint"}),
    "Form": ({0, 2}, {"title", "submit"}),
    "Card": ({0}, {"fallback"}),
    "Confirm": ({0, 1, 2, 3}, {"title", "text", "yes", "no"}),
    "Home": ({0}, {"title"}),
}
# The words of the command language itself.
TYPED = {"/ticket "}


def names(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "attr", getattr(node.func, "id", "")), node


def keys(node: ast.expr) -> Iterator[str]:
    """The entries that an expression can name; a pattern where a part of it is not known."""
    match node:
        case ast.Constant(value=str(key)):
            yield re.escape(key)
        case ast.IfExp():
            yield from keys(node.body)
            yield from keys(node.orelse)
        case ast.JoinedStr():
            yield "".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else ".+" for p in node.values)


def trees() -> Iterator[tuple[str, ast.AST]]:
    for path in SOURCES:
        if path.parent.name != "wording":
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def taken(name: str, call: ast.Call) -> tuple[list[str], set[str]] | None:
    """The entries that a call asks for, as patterns, and the names that it gives."""
    given = {k.arg for k in call.keywords if k.arg}
    if name == "Refused" and call.args:
        key = call.args[1] if len(call.args) > 1 else call.args[0]
        return [f"refused_{found}" for found in keys(key)], given
    place, more = TAKERS.get(name, (99, set()))
    if len(call.args) <= place:
        return None
    found = list(keys(call.args[place]))
    return ([f"{each}_(one|many)" for each in found] if name == "count" else found), given | more


def test_every_entry_that_is_asked_for_is_there_and_gets_its_names() -> None:
    wrong = []
    for path, tree in trees():
        for name, call in calls(tree):
            asked = taken(name, call)
            if asked is None:
                continue
            patterns, given = asked
            everything = any(k.arg is None for k in call.keywords)
            for pattern in patterns:
                fits = [key for key in ENGLISH if re.fullmatch(pattern, key) or re.fullmatch(f"{pattern}_hint", key)]
                if (
                    not fits
                    and re.match(r"[a-z]+_|[a-z]+$", pattern)
                    and path.startswith(("core/cards", "core/desk", "core/rules", "core/language"))
                ):
                    wrong.append(f"{path}:{call.lineno}: no entry {pattern}")
                for key in fits:
                    lacking = names(ENGLISH[key]) - given
                    if lacking and not everything and ".+" not in pattern:
                        wrong.append(f"{path}:{call.lineno}: {key} gets no {', '.join(sorted(lacking))}")
    assert not wrong, "\n".join(wrong)


def test_every_entry_is_asked_for() -> None:
    patterns = set()
    for _, tree in trees():
        for name, call in calls(tree):
            asked = taken(name, call)
            patterns |= set(asked[0]) if asked else set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant | ast.JoinedStr):
                patterns |= {found for found in keys(node) if "_" in found}
    one = re.compile("|".join(p for p in patterns if len(p) < 60 and p != ".+" and not p.startswith(".+")))
    asked_for = {key for key in ENGLISH if one.fullmatch(key) or one.fullmatch(key.removesuffix("_hint"))}
    assert not set(ENGLISH) - asked_for


def test_nothing_that_people_see_is_worded_elsewhere() -> None:
    found = []
    for path, tree in trees():
        if path.startswith(("core/", "adapters/")):
            for name, call in calls(tree):
                places, keywords = SHOWN.get(name, (set(), set()))
                shown = [arg for at, arg in enumerate(call.args) if at in places]
                shown += [k.value for k in call.keywords if k.arg in keywords]
                for literal in (text for each in shown for text in _literals(each)):
                    is_worded = re.search(r"[^\W\d_]{2}", literal) and literal not in TYPED
                    found += [f"{path}:{call.lineno}: {literal!r}"] if is_worded else []
    assert not found, "\n".join(found)


def _literals(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr():
            for part in node.values:
                yield from _literals(part)
        case ast.IfExp():
            yield from _literals(node.body)
            yield from _literals(node.orelse)
        case ast.BinOp():
            yield from _literals(node.left)
            yield from _literals(node.right)


@pytest.mark.parametrize("key", ENGLISH)
def test_every_entry_is_calm_and_whole(key: str) -> None:
    said = plain(ENGLISH_VOICE.text(key, **dict.fromkeys(names(ENGLISH[key]), "this")))
    # Most posts have neither of these tags.
    assert said or key in ("tag_normal", "tag_low")
    assert "{" not in said and "!" not in said


def test_a_key_stands_in_one_topic() -> None:
    assert sum(map(len, TOPICS.values())) == len(ENGLISH)


def test_a_desk_speaks_its_own_words() -> None:
    voice = Voice({"due_at": "bis {at} {{Uhr}}", "nobody_yet": ""})
    assert plain(voice.text("due_at", at="14:30")) == voice.say("due_at", at="14:30") == "bis 14:30 {Uhr}"
    assert voice.text("due_late", at=words("14:30")) == (*words("late since "), *words("14:30"))
    assert voice.text("nobody_yet") == ()
    assert (voice.count("count_messages", 1), voice.count("count_messages", 2)) == ("1 message", "2 messages")
    with pytest.raises(KeyError):
        voice.say("due_at")
