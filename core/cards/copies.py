"""Messages of one side shown on the other, under their author's name."""

from datetime import datetime

from core.cards.parts import moment
from core.language.facts import MessageFacts
from core.language.text import Text, Words, join, plain
from core.language.views import Block, Card, Paragraph, Small
from core.language.wording import Voice

# A copy that arrives later than this after the original says when it was written.
_LATE_SECONDS = 120


def copy(
    voice: Voice, message: MessageFacts, *, author: str, now: datetime, timezone: str, sent_by_agent: bool = False
) -> Card:
    """`sent_by_agent`: the customer reads it."""
    notes: list[Text] = [voice.text("copy_sent") if sent_by_agent else ()]
    if message.deleted_at:
        body = deleted(voice)
    else:
        body = message.text or (voice.text("no_text") if not message.attachments else ())
        if message.revisions:
            notes.append(voice.text("copy_edited"))
        if message.attachments:
            names = [a.name for a in message.attachments]
            notes.append(voice.text("copy_file" if len(names) == 1 else "copy_files", names=", ".join(names)))
    if (now - message.at).total_seconds() > _LATE_SECONDS:
        notes.append(voice.text("copy_written", at=moment(voice, message.at, now, timezone)))
    blocks: list[Block] = [Paragraph(body)] if body else []
    small = join(notes, " · ")
    if small:
        blocks.append(Small(small))
    fallback = voice.say("copy_fallback", author=author, text=plain(body) or plain(small))
    return Card(fallback=fallback, blocks=tuple(blocks), sender=author)


def deleted(voice: Voice) -> Text:
    return (Words(voice.say("card_deleted"), ("italic",)),)
