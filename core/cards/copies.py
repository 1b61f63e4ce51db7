"""Messages of one side shown on the other, under their author's name."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from core.cards.parts import moment
from core.language.facts import MessageFacts
from core.language.text import Text, Words, join, plain
from core.language.views import Block, Card, Paragraph, Small
from core.language.wording import Voice

# A copy that arrives later than this after the original says when it was written.
_LATE_SECONDS = 120


def copy(
    voice: Voice,
    message: MessageFacts,
    *,
    author: str,
    parts: Sequence[Text],
    part: int,
    now: datetime,
    timezone: str,
    sent_by_agent: bool = False,
) -> Card:
    """The post number `part` (from 0) of those that show the message's text in `parts`; one that was needed while the
    message was longer says so. What there is to say of the message stands below the last one, and below each of them
    that the customer reads it (`sent_by_agent`)."""
    notes: list[Text] = [voice.text("copy_sent") if sent_by_agent else ()]
    if message.deleted_at:
        body = deleted(voice)
    elif part >= len(parts):
        body = (Words(voice.say("copy_shorter"), ("italic",)),)
    else:
        body = parts[part] or (voice.text("no_text") if not message.attachments else ())
    if part == len(parts) - 1:
        notes += _about(voice, message, now, timezone)
    blocks: list[Block] = [Paragraph(body)] if body else []
    small = join(notes, " · ")
    if small:
        blocks.append(Small(small))
    fallback = voice.say("copy_fallback", author=author, text=plain(body) or plain(small))
    return Card(fallback=fallback, blocks=tuple(blocks), sender=author)


def _about(voice: Voice, message: MessageFacts, now: datetime, timezone: str) -> Iterator[Text]:
    if message.revisions and not message.deleted_at:
        yield voice.text("copy_edited")
    if message.attachments and not message.deleted_at:
        names = [a.name for a in message.attachments]
        yield voice.text("copy_file" if len(names) == 1 else "copy_files", names=", ".join(names))
    if (now - message.at).total_seconds() > _LATE_SECONDS:
        yield voice.text("copy_written", at=moment(voice, message.at, now, timezone))


def deleted(voice: Voice) -> Text:
    return (Words(voice.say("card_deleted"), ("italic",)),)
