"""The digest: one headline sentence that says what changed, then a few short blocks. Every number says how it is
defined (`docs/figures.md` gives the SQL)."""

from collections.abc import Callable
from datetime import datetime

from core.cards.parts import moment
from core.language.figures import Figures, Standing
from core.language.text import Link, Span, Text, Words, bold, join, words
from core.language.views import Block, Card, Divider, Field, Fields, Paragraph, Small


def _minutes(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 120:
        return f"{minutes} min"
    hours = seconds / 3600
    return f"{hours:.1f} h" if hours < 48 else f"{round(hours / 24)} days"


def headline(now: Figures, before: Figures) -> str:
    """`42 new, 45 solved, backlog down to 31; first answers took 18 min, 6 min faster than before.`"""
    trend = "up to" if now.backlog > now.backlog_before else "down to" if now.backlog < now.backlog_before else "still"
    said = f"{now.opened} new, {now.resolved} solved, backlog {trend} {now.backlog}"
    if now.first_response_median is None:
        return f"{said}."
    said += f"; first answers took {_minutes(now.first_response_median)}"
    if before.first_response_median is not None:
        faster = before.first_response_median - now.first_response_median
        if abs(faster) >= 60:
            said += f", {_minutes(abs(faster))} {'faster' if faster > 0 else 'slower'} than before"
    return f"{said}."


def digest(
    name: str,
    now: Figures,
    before: Figures,
    *,
    at: datetime,
    timezone: str,
    link: Callable[[int], str | None],
) -> Card:
    """A quiet day is one line."""
    title: Text = (bold(f"{name}, "), moment(at, at, timezone, "date"))
    if now.is_quiet:
        text = "A quiet day: nothing new, nothing solved, nothing open."
        return Card(
            fallback=text, title=(bold(f"{name}, "), moment(at, at, timezone, "date")), blocks=(Paragraph(words(text)),)
        )
    head = headline(now, before)
    blocks: list[Block] = [Paragraph((Words(head),))]
    if now.attention:
        lines = [_attention(item, at, timezone, link) for item in now.attention[:5]]
        blocks += [Divider(), Paragraph((bold("Needs attention now"), Words("\n"), *join(lines, "\n")))]
    facts: list[Field] = []
    if now.kept + now.broken:
        share = round(100 * now.kept / (now.kept + now.broken))
        facts.append(Field("Promises kept", words(f"{share} % ({now.kept} of {now.kept + now.broken})")))
    if now.first_response_p90 is not None:
        facts.append(Field("First answer, 9 of 10 within", words(_minutes(now.first_response_p90))))
    if now.resolution_median is not None:
        facts.append(Field("Time to solve (median)", words(_minutes(now.resolution_median))))
    facts.append(Field("Open without owner", words(str(now.unowned))))
    blocks.append(Fields(tuple(facts)))
    if now.load:
        shown = [f"{who} {count}" for who, count in now.load[:8]]
        blocks.append(Paragraph((bold("Open by owner"), Words("  " + " · ".join(shown)))))
    if now.accounts:
        shown = [f"{who} {count}" for who, count in now.accounts[:5]]
        blocks.append(Paragraph((bold("Most requests"), Words("  " + " · ".join(shown)))))
    since: Span = moment(now.since, at, timezone)
    blocks.append(Small((Words("Counted since "), since, Words(". Times are plain hours, not business hours."))))
    return Card(fallback=head, title=title, blocks=tuple(blocks))


def _attention(item: Standing, at: datetime, timezone: str, link: Callable[[int], str | None]) -> Text:
    url = link(item.ticket)
    ref: Span = Link(url, f"T-{item.ticket}") if url else bold(f"T-{item.ticket}")
    late: Text = (Words(", late since "), moment(item.late_since, at, timezone)) if item.late_since else ()
    return (ref, Words(f"  {item.subject.rstrip('.!')}, {item.owner or 'nobody yet'}"), *late)
