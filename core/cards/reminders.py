"""Reminders: a promise that will soon be broken, or was."""

from collections.abc import Callable, Mapping
from datetime import datetime

from core.cards.notices import someone
from core.cards.parts import moment, plural
from core.language.places import Identity
from core.language.text import Link, Span, Text, Words, bold, join, spoken, words
from core.language.views import Actions, Block, Button, Card, Paragraph, Small
from core.language.words import Target
from core.rules.reminders import Due, Reminder

_WHAT: Mapping[Target, str] = {
    "first_response": "a first answer",
    "next_response": "the next answer",
    "resolution": "a solution",
}


def _ref(item: Due, link: Callable[[int], str | None]) -> Span:
    url = link(item.ticket)
    return Link(url, f"T-{item.ticket}") if url else bold(f"T-{item.ticket}")


def _left(item: Due, now: datetime) -> str:
    minutes = round(abs((item.due_at - now).total_seconds()) / 60)
    if minutes >= 120:
        return plural(round(minutes / 60), "hour")
    return f"{max(minutes, 1)} min"


def one(
    item: Due,
    *,
    now: datetime,
    timezone: str,
    owner: tuple[str, Identity | None] | None,
    link: Callable[[int], str | None],
) -> Card:
    """`T-12 needs a first answer in 15 min (14:30). Export fails with 502, Globex (gold), owned by @Bo.`"""
    at = moment(item.due_at, now, timezone)
    what = _WHAT[item.target]
    text: list[Span] = [_ref(item, link)]
    if item.kind == "warn":
        text += [Words(f" needs {what} in {_left(item, now)} ("), at, Words("). ")]
    else:
        text += [Words(f" needed {what} by "), at, Words(". ")]
    text.append(Words(", ".join(filter(None, (item.subject.rstrip(".!"), item.account)))))
    if owner:
        text += [Words(", owned by "), someone(*owner), Words(".")]
    else:
        text.append(Words(". Nobody has it yet."))
    if owner:
        button = Button("Reply …", f"form_reply:{item.ticket}")
    else:
        button = Button("Claim", f"claim:{item.ticket}", "primary")
    return Card(
        fallback=spoken(text),
        blocks=(Paragraph(tuple(text)), Actions((button,))),
        tone="warning" if item.kind == "warn" else "bad",
    )


def several(
    reminder: Reminder,
    *,
    now: datetime,
    timezone: str,
    owners: Mapping[int, str],
    link: Callable[[int], str | None],
) -> Card:
    """A count, then a line each, most urgent first."""
    broken = sum(item.kind == "breach" for item in reminder.items)
    total = len(reminder.items) + reminder.more
    head = f"{plural(total, 'promise')} {'needs' if total == 1 else 'need'} attention"
    if broken and not reminder.more:
        head += f", {broken} late"
    lines: list[Text] = []
    for item in reminder.items:
        state = "due" if item.kind == "warn" else "late since"
        lines.append(
            (
                _ref(item, link),
                Words(f"  {item.subject}" + (f", {item.account}" if item.account else "") + f"  {state} "),
                moment(item.due_at, now, timezone),
                Words(f" · {owners.get(item.ticket, 'nobody yet')}"),
            )
        )
    blocks: list[Block] = [Paragraph((bold(head),)), Paragraph(join(lines, "\n"))]
    if reminder.more:
        blocks.append(Small(words(f"… and {reminder.more} more: /ticket list")))
    return Card(fallback=head, blocks=tuple(blocks), tone="bad" if broken else "warning")
