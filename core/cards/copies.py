"""Messages of one side shown on the other, under their author's name."""

from collections.abc import Sequence
from datetime import datetime

from core.cards.parts import moment
from core.language.facts import MessageFacts
from core.language.text import Text, Words, join, plain, words
from core.language.views import Block, Card, Paragraph, Small

# A copy that arrives later than this after the original says when it was written.
_LATE_SECONDS = 120


def copy(message: MessageFacts, *, author: str, now: datetime, timezone: str, mark: Text = ()) -> Card:
    """`mark` says what became of it ("sent to customer")."""
    notes: list[Text] = [mark]
    if message.deleted_at:
        body: Text = (Words("This message was deleted.", ("italic",)),)
    else:
        body = message.text or words("(no text)" if not message.attachments else "")
        if message.revisions:
            notes.append(words("edited"))
        if message.attachments:
            notes.append(words(_files([a.name for a in message.attachments])))
    if (now - message.at).total_seconds() > _LATE_SECONDS:
        notes.append((Words("written "), moment(message.at, now, timezone)))
    blocks: list[Block] = [Paragraph(body)] if body else []
    small = join(notes, " · ")
    if small:
        blocks.append(Small(small))
    return Card(fallback=f"{author}: {plain(body) or plain(small)}", blocks=tuple(blocks), sender=author)


def _files(names: Sequence[str]) -> str:
    return f"{'file' if len(names) == 1 else 'files'}: {', '.join(names)}"
