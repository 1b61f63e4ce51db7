"""One message of Discord's (https://docs.discord.com/developers/resources/message) as the desk reads it."""

from adapters.discord.parse import from_markdown
from adapters.discord.payloads import Me, Payload, mapping, maybe, moment, ref_of, sequence, snowflake
from core.language.events import FileRef, MessagePosted
from core.language.places import Identity, MessageRef
from core.language.text import Named, Span


def posted(payload: Payload, me: Me, message: Payload | None = None) -> MessagePosted:
    """`message`: the one that is meant, when it is not the envelope's own data. Raises ValueError for a message
    without an author or time."""
    message = mapping(payload, "d") if message is None else message
    author = mapping(message, "author")
    ref = ref_of(payload, snowflake(message, "id"), me)
    direct = payload.get("direct") is True
    thread = _answered(message) if direct or payload.get("flat") is True else None
    if thread:
        ref = MessageRef(ref.connection, ref.channel, ref.message, thread)
    said = from_markdown(maybe(message, "content") or "", me.connection, names_in(message))
    text = tuple(Named(me.name) if _is_desk(span, me) else span for span in said)
    return MessagePosted(
        connection=me.connection,
        at=moment(str(message["timestamp"])),
        ref=ref,
        author=Identity(me.connection, snowflake(author, "id")),
        text=text,
        author_is_bot=author.get("bot") is True or maybe(message, "webhook_id") is not None,
        author_name=maybe(author, "global_name") or maybe(author, "username"),
        files=_files(message),
        mentions_desk=any(_is_desk(span, me) for span in said),
        direct=direct,
        thread_title=maybe(payload, "title"),
        answers=None if direct or ref.thread else maybe(message, "message_reference", "message_id"),
        raw=payload,
    )


def is_ours(message: Payload, me: Me) -> bool:
    return maybe(message, "author", "id") == me.user


def _answered(message: Payload) -> str | None:
    """The message that a conversation without threads hangs on: what was answered, or what that answered."""
    return maybe(message, "referenced_message", "message_reference", "message_id") or maybe(
        message, "message_reference", "message_id"
    )


def names_in(message: Payload) -> dict[str, str]:
    """Of the people whom a message mentions, by id."""
    found = {
        maybe(one, "id"): maybe(one, "global_name") or maybe(one, "username") for one in sequence(message, "mentions")
    }
    return {user: name for user, name in found.items() if user and name}


def _is_desk(span: Span, me: Me) -> bool:
    if not isinstance(span, Named):
        return False
    return span.identity == Identity(me.connection, me.user) or (span.identity is None and span.name in me.roles)


def _files(message: Payload) -> tuple[FileRef, ...]:
    out: list[FileRef] = []
    for file in sequence(message, "attachments"):
        url = maybe(file, "url")
        if url is None:
            continue
        size = file.get("size")
        out.append(
            FileRef(
                name=maybe(file, "filename") or "file",
                type=maybe(file, "content_type") or "application/octet-stream",
                size=size if isinstance(size, int) else 0,
                # The link is signed and expires; with these a new one can be had.
                source={
                    "id": maybe(file, "id"),
                    "url": url,
                    "channel": maybe(message, "channel_id"),
                    "message": maybe(message, "id"),
                },
            )
        )
    return tuple(out)
