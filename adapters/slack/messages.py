"""One message of Slack's (https://docs.slack.dev/reference/events/message) as the desk reads it."""

from collections.abc import Iterator
from typing import Any

from adapters.slack.parse import readable, spans_of
from adapters.slack.payloads import Me, Payload, author_of, digest, home_of, is_direct, maybe, ref_of, sequence
from core.language.events import FileRef, MessagePosted
from core.language.places import Identity
from core.language.text import Link, Named, Quoted, Span, Text, Words

_SLACKBOT = "USLACKBOT"
# Files that were deleted, or lie behind a plan's limit: there is nothing to fetch.
_NO_BYTES = frozenset({"tombstone", "hidden_by_limit"})


def posted(message: Payload, channel: str, me: Me, **outer: Any) -> MessagePosted:
    """`outer`: what all events have. Raises ValueError for a message without an author or time."""
    ref = ref_of(message, channel, me)
    author = author_of(message, me)
    if author is None:
        raise ValueError("a message without an author")
    said = (*spans_of(message, me.connection), *_shared(message))
    text = tuple(Named(me.name) if _is_desk(span, me) else span for span in said)
    files, links = _files(message)
    is_bot = maybe(message, "bot_id") is not None or maybe(message, "subtype") == "bot_message"
    return MessagePosted(
        ref=ref,
        author=author,
        text=(*text, *links),
        author_is_bot=is_bot or author.user == _SLACKBOT,
        author_home=home_of(maybe(message, "user_team") or maybe(message, "source_team"), me),
        author_name=maybe(message, "username") or maybe(message, "user_profile", "real_name"),
        files=files,
        client_id=_client_id(message),
        mentions_desk=maybe(message, "type") == "app_mention" or any(_is_desk(span, me) for span in said),
        direct=is_direct(channel, maybe(message, "channel_type")),
        broadcast=maybe(message, "subtype") == "thread_broadcast",
        **outer,
    )


def _client_id(message: Payload) -> str | None:
    """The client's own id of what it sent, which two deliveries share; with the words, for servers that give the same
    one to all messages."""
    given = maybe(message, "client_msg_id")
    return digest(given, maybe(message, "text") or "") if given else None


def _is_desk(span: Span, me: Me) -> bool:
    return isinstance(span, Named) and span.identity == Identity(me.connection, me.user)


def _shared(message: Payload) -> Iterator[Span]:
    """Messages that somebody forwarded: Slack puts them into attachments, as it does unfurled links."""
    for attachment in sequence(message, "attachments"):
        text = maybe(attachment, "text")
        if text and attachment.get("is_share") is True:
            author = maybe(attachment, "author_name")
            said = readable(text)
            yield Quoted(f"{author}: {said}" if author else said)


def _files(message: Payload) -> tuple[tuple[FileRef, ...], Text]:
    """Files that Slack holds, and links to those that it does not (a document on a drive)."""
    held: list[FileRef] = []
    links: list[Span] = []
    for file in sequence(message, "files"):
        found = maybe(file, "id")
        if found is None or maybe(file, "mode") in _NO_BYTES:
            continue
        name = maybe(file, "name") or maybe(file, "title") or found
        url = maybe(file, "url_private_download") or maybe(file, "url_private")
        if file.get("is_external") is True or maybe(file, "mode") == "external":
            links += [Words(" "), Link(url, name)] if url else []
            continue
        size = file.get("size")
        held.append(
            FileRef(
                name=name,
                type=maybe(file, "mimetype") or "application/octet-stream",
                size=size if isinstance(size, int) else 0,
                # Files from another workspace come without a URL (file_access: check_file_info); the id finds it.
                source={"id": found, "url": url, "type": maybe(file, "mimetype")},
            )
        )
    return tuple(held), tuple(links)
