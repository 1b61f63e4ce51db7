"""Reminders: a promise that will soon be broken, or was."""

from collections.abc import Callable
from datetime import datetime

from core.cards.notices import someone
from core.cards.parts import in_line, linked_ref, moment
from core.language.places import Identity
from core.language.text import Span, Text, bold, join, spoken
from core.language.views import Actions, Block, Button, Card, Paragraph, Small
from core.language.wording import Voice
from core.rules.reminders import Due, Reminder

# A name, and who that is where the reminder is read; None for nobody.
Owner = tuple[str, Identity | None] | None


def _ref(item: Due, link: Callable[[int], str | None]) -> Span:
    return linked_ref(f"T-{item.ticket}", link(item.ticket))


def _left(voice: Voice, item: Due, now: datetime) -> str:
    minutes = round(abs((item.due_at - now).total_seconds()) / 60)
    if minutes >= 120:
        return voice.count("time_hours", round(minutes / 60))
    return voice.say("time_minutes", count=max(minutes, 1))


def one(
    voice: Voice,
    item: Due,
    *,
    now: datetime,
    timezone: str,
    owner: Owner,
    link: Callable[[int], str | None],
) -> Card:
    """`T-12 needs a first answer in 15 min (14:30). Export fails with 502, Globex (gold), owned by @Bo.`"""
    at = moment(voice, item.due_at, now, timezone)
    ref, what = _ref(item, link), voice.say(f"reminder_{item.target}")
    if item.kind == "warn":
        head = voice.text("reminder_warned", ref=ref, what=what, left=_left(voice, item, now), due=at)
    else:
        head = voice.text("reminder_broken", ref=ref, what=what, due=at)
    subject = ", ".join(filter(None, (in_line(item.subject), item.account)))
    if owner:
        about = voice.text("reminder_owned", subject=subject, owner=someone(*owner))
        button = Button(voice.say("action_reply"), f"form_reply:{item.ticket}")
    else:
        about = voice.text("reminder_unowned", subject=subject)
        button = Button(voice.say("action_claim"), f"claim:{item.ticket}", "primary")
    text = join((head, about), " ")
    return Card(
        fallback=spoken(text),
        blocks=(Paragraph(text), Actions((button,))),
        tone="warning" if item.kind == "warn" else "bad",
    )


def several(
    voice: Voice,
    reminder: Reminder,
    *,
    now: datetime,
    timezone: str,
    owner_of: Callable[[str | None], Owner],
    link: Callable[[int], str | None],
) -> Card:
    """A count, then a line each, most urgent first; the owners of a stall's others are mentioned."""
    count, late = len(reminder.items), reminder.late
    if late == count:
        head = voice.say("reminder_all_late", count=late)
    elif late:
        promises = voice.count("reminder_several", count)
        head = voice.say("reminder_several_late", promises=promises, late=late)
    else:
        head = voice.count("reminder_several", count)
    lines = [_line(voice, item, owner_of, now=now, timezone=timezone, link=link) for item in reminder.lines]
    blocks: list[Block] = [Paragraph((bold(head),)), Paragraph(join(lines, "\n"))]
    if reminder.more:
        blocks.append(Small(voice.text("reminder_more", count=str(len(reminder.more)))))
    if reminder.shares:
        shares: list[Text] = []
        for agent, number in reminder.shares:
            owner = owner_of(agent)
            who = someone(*owner) if owner else voice.say("nobody_yet")
            shares.append(voice.text("reminder_share", owner=who, count=str(number)))
        blocks.append(Paragraph(voice.text("reminder_shares", owners=join(shares, ", "))))
    return Card(fallback=head, blocks=tuple(blocks), tone="bad" if late else "warning")


def _line(
    voice: Voice,
    item: Due,
    owner_of: Callable[[str | None], Owner],
    *,
    now: datetime,
    timezone: str,
    link: Callable[[int], str | None],
) -> Text:
    owner = owner_of(item.assignee)
    return voice.text(
        "reminder_line",
        ref=_ref(item, link),
        subject=" · ".join(filter(None, (in_line(item.subject), item.account))),
        due=voice.text("due_at" if item.kind == "warn" else "due_late", at=moment(voice, item.due_at, now, timezone)),
        owner=owner[0] if owner else voice.say("nobody_yet"),
    )
