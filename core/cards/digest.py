"""The digest: one headline sentence that says what changed, then a few short blocks. Every number says how it is
defined (`docs/figures.md` gives the SQL)."""

from collections.abc import Callable
from datetime import datetime

from core.cards.parts import in_line, linked_ref, moment
from core.language.figures import Figures, Standing
from core.language.text import Text, Words, bold, join, plain, words
from core.language.views import Block, Card, Divider, Field, Fields, Paragraph, Small
from core.language.wording import Voice


def _minutes(voice: Voice, seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return voice.say("time_moment")
    if minutes < 120:
        return voice.say("time_minutes", count=minutes)
    hours = seconds / 3600
    if hours < 48:
        return voice.say("time_hours_short", count=f"{hours:.1f}")
    return voice.say("time_days", count=round(hours / 24))


def headline(voice: Voice, now: Figures, before: Figures) -> str:
    """`42 new, 45 solved, backlog down to 31; first answers took 18 min, 6 min faster than before.`"""
    trend = "up" if now.backlog > now.backlog_before else "down" if now.backlog < now.backlog_before else "still"
    said = voice.say(f"digest_{trend}", opened=now.opened, solved=now.resolved, backlog=now.backlog)
    if now.first_response_median is not None:
        took = _minutes(voice, now.first_response_median)
        said = voice.say("digest_first_answers", said=said, time=took)
        if before.first_response_median is not None:
            faster = before.first_response_median - now.first_response_median
            if abs(faster) >= 60:
                key = "digest_faster" if faster > 0 else "digest_slower"
                said = voice.say(key, said=said, time=_minutes(voice, abs(faster)))
    return voice.say("digest_end", said=said)


def digest(
    voice: Voice,
    name: str,
    now: Figures,
    before: Figures,
    *,
    at: datetime,
    timezone: str,
    link: Callable[[int], str | None],
) -> Card:
    """A quiet day is one line."""
    title = voice.text("digest_title", desk=bold(name), date=moment(voice, at, at, timezone, "date"))
    if now.is_quiet:
        text = voice.text("digest_quiet")
        return Card(fallback=plain(text), title=title, blocks=(Paragraph(text),))
    head = headline(voice, now, before)
    blocks: list[Block] = [Paragraph((Words(head),))]
    if now.attention:
        lines = [_attention(voice, item, at, timezone, link) for item in now.attention[:5]]
        blocks += [
            Divider(),
            Paragraph((bold(voice.say("digest_attention")), Words("\n"), *join(lines, "\n"))),
        ]
    blocks.append(Fields(_facts(voice, now)))
    for key, counted in (("digest_load", now.load[:8]), ("digest_accounts", now.accounts[:5])):
        if counted:
            shown = " · ".join(f"{who} {count}" for who, count in counted)
            blocks.append(Paragraph((bold(voice.say(key)), Words(f"  {shown}"))))
    blocks.append(Small(voice.text("digest_since", since=moment(voice, now.since, at, timezone))))
    return Card(fallback=head, title=title, blocks=tuple(blocks))


def _facts(voice: Voice, now: Figures) -> tuple[Field, ...]:
    facts: list[Field] = []
    promises = now.kept + now.broken
    if promises:
        share = voice.text(
            "digest_kept_value", share=str(round(100 * now.kept / promises)), kept=str(now.kept), all=str(promises)
        )
        facts.append(Field(voice.say("digest_kept"), share))
    if now.first_response_p90 is not None:
        facts.append(Field(voice.say("digest_first_answer"), words(_minutes(voice, now.first_response_p90))))
    if now.resolution_median is not None:
        facts.append(Field(voice.say("digest_solve"), words(_minutes(voice, now.resolution_median))))
    facts.append(Field(voice.say("digest_unowned"), words(str(now.unowned))))
    return tuple(facts)


def _attention(voice: Voice, item: Standing, at: datetime, timezone: str, link: Callable[[int], str | None]) -> Text:
    ref = linked_ref(f"T-{item.ticket}", link(item.ticket))
    subject, owner = in_line(item.subject), item.owner or voice.say("nobody_yet")
    if item.late_since is None:
        return voice.text("digest_attention_line", ref=ref, subject=subject, owner=owner)
    since = moment(voice, item.late_since, at, timezone)
    return voice.text("digest_attention_late", ref=ref, subject=subject, owner=owner, at=since)
