"""`wording:`, texts of the catalogue in the desk's own words."""

from collections.abc import Mapping
from string import Formatter

from bot.deskfile.cursor import Cursor
from bot.deskfile.problems import near, shown
from core.language.wording import ENGLISH, LISTS, MAY_BE_SILENT


def read(cursor: Cursor) -> dict[str, str]:
    """Entries worded anew. They may use the names in braces that the original has, or fewer."""
    out: dict[str, str] = {}
    for key, value in cursor.entries():
        name = key.text("the name of a text")
        text = value.text('a text, or "" to say nothing', 500, empty=True)
        if name is None or text is None:
            continue
        if name not in ENGLISH:
            key.wrong(
                f"{shown(name)} is not a text that can be worded{near(name, ENGLISH)}; "
                "deskhand check --wording lists them all"
            )
            continue
        problem = _problem(name, text)
        if problem:
            value.wrong(problem)
        else:
            out[name] = text
    return out


def _problem(name: str, text: str) -> str | None:
    allowed, used = names(ENGLISH[name]) or set(), names(text)
    if used is None:
        return "has a brace that is not closed or not opened; write {name}, or {{ for a brace"
    if used - allowed:
        listed = ", ".join(f"{{{each}}}" for each in sorted(allowed)) or "none"
        return f"uses {{{min(used - allowed)}}}, which is not known here; known is {listed}"
    if not text.strip() and name not in MAY_BE_SILENT:
        return "cannot be left out, because something would stand there without words; write a text"
    if name in LISTS and len(text.split()) != LISTS[name]:
        return f"must be {LISTS[name]} words with spaces between them, in their order"
    return None


def names(template: str) -> set[str] | None:
    """The names in braces; None when the braces do not fit, or hold more than a name."""
    try:
        found = [(name, spec, conversion) for _, name, spec, conversion in Formatter().parse(template)]
    except ValueError:
        return None
    if any(name is not None and (spec or conversion or not name.isidentifier()) for name, spec, conversion in found):
        return None
    return {name for name, _, _ in found if name is not None}


def entries(own: Mapping[str, str]) -> list[dict[str, object]]:
    """The whole catalogue as a desk has it, for people who want to word it anew."""
    return [
        {
            "key": key,
            "text": own.get(key, text),
            "own": key in own,
            "names": sorted(names(text) or ()),
            "may_be_empty": key in MAY_BE_SILENT,
        }
        for key, text in ENGLISH.items()
    ]
