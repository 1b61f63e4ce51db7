"""Lost and doubled, by comparing what stands in the sandbox's world with what the desk kept and meant to say."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from support.discord_desk import text_of
from support.whole_desk import GLOBEX, INITECH, TRIAGE, People

from adapters.discord.keys import nonce
from sandbox.discord import seed
from sandbox.model import Message

DESK = "U0DESK"
_INTAKE = (GLOBEX, INITECH, seed.HELP)
_TRIAGE = (TRIAGE, seed.TRIAGE)
# Discord's own announcements of threads.
_OF_DISCORD = (18, 21)
_ROLES = {"card": "card", "receipt": "receipt", "root_receipt": "receipt"}


@dataclass
class Books:
    """Each finding in words."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join([f"lost={len(self.lost)} doubled={len(self.doubled)}", *self.lost, *self.doubled])

    def count(self, number: int, what: str) -> None:
        """What has to be there once."""
        if number == 0:
            self.lost.append(what)
        elif number > 1:
            self.doubled.append(f"{what}, {number} times")

    def once(self, things: Iterable[Any], what: str) -> None:
        """What must not be there twice."""
        self.doubled += [f"{what} {thing}, {n} times" for thing, n in Counter(things).items() if n > 1]

    def balance(self) -> None:
        assert not self.lost and not self.doubled, str(self)


def key_of(message: Message, nonces: Mapping[str, str] | None = None) -> str | None:
    """What the desk marked its post with. On Discord that is a nonce, and `nonces` says which key it is of."""
    found: str | None = ((message.metadata or {}).get("event_payload") or {}).get("key")
    return found or (nonces or {}).get(message.nonce or "")


async def audited(people: People) -> Books:
    """When nothing waits any more: every word of a customer is part of one ticket, as it reads now; every ticket has
    one card and one receipt, every message one copy inside; every post that the desk meant stands in the world once,
    and no other."""
    books = Books()
    rooms = people.sandbox.world.rooms.values()
    messages = [
        m for room in rooms for m in room.by_id.values() if not m.deleted and m.traits.get("type") not in _OF_DISCORD
    ]
    await _taken_in(people, books, messages)
    await _said(people, books, [m for m in messages if m.author in (DESK, seed.BOT)])
    return books


async def balanced(people: People, check: Callable[[Books], Awaitable[None]] | None = None) -> None:
    """Waits until nothing is lost any more and nothing waits to be said; nothing may be doubled then. `check` adds
    what else has to be there."""
    books = Books()

    async def complete() -> bool:
        nonlocal books
        books = await audited(people)
        if check:
            await check(books)
        return not books.lost

    try:
        await people.until(complete, "everything is taken in and said")
    finally:
        books.balance()


async def _taken_in(people: People, books: Books, messages: list[Message]) -> None:
    customers = {one.id for one in people.sandbox.world.people.values() if one.role == "customer"}
    rows = await people.rows("SELECT channel, external, body, deleted_at FROM message WHERE external IS NOT NULL")
    kept = {(row.channel, row.external): row for row in rows}
    places = {(_channel(people, m), m.id): m for m in messages}
    for place, message in places.items():
        if message.author not in customers or place[0] not in _INTAKE or message.subtype:
            continue
        row = kept.get(place)
        if row is None:
            books.lost.append(f"{message.author}'s “{message.text}” ({message.id})")
        elif row.body != message.text:
            books.lost.append(f"{message.author} says “{message.text}” and the desk has “{row.body}”")
    standing = {place for place, row in kept.items() if row.deleted_at is None}
    books.lost += [f"the deletion of {place[1]}" for place in standing - places.keys()]
    books.once((row.body for row in rows), "the message")
    aside = await people.rows("SELECT natural_key, state, error FROM receipt WHERE state <> 'handled'")
    books.lost += [f"the event {row.natural_key} is {row.state}: {row.error}" for row in aside]


def _channel(people: People, message: Message) -> str:
    """Discord's threads are places of their own; the desk counts them to their channel."""
    return people.sandbox.world.channels[message.channel].parent or message.channel


async def _said(people: People, books: Books, posts: list[Message]) -> None:
    outbox = await people.rows("SELECT key, kind, purpose, ticket, subject, state, error FROM outbox")
    books.lost += [
        f"{row.kind} {row.purpose} {row.key} is {row.state}: {row.error}" for row in outbox if row.state != "done"
    ]
    meant = {row.key: row for row in outbox if row.kind in ("post", "dm")}
    nonces = {nonce(key): key for key in meant}
    standing = Counter(key_of(post, nonces) for post in posts if not post.files)
    for key, row in meant.items():
        books.count(standing.pop(key, 0), f"{row.purpose} {key}")
    books.doubled += [f"{n} posts under {key}, which nobody meant" for key, n in standing.items()]
    # A file carries no key, so numbers must do.
    uploads = sum(row.kind == "upload" for row in outbox)
    shown = sum(1 for post in posts if post.files)
    if shown != uploads:
        (books.lost if shown < uploads else books.doubled).append(f"of {uploads} files {shown} stand")

    roles = Counter((row.ticket, _ROLES[row.purpose]) for row in meant.values() if row.purpose in _ROLES)
    for ticket in await people.rows("SELECT number FROM ticket"):
        for role in ("card", "receipt"):
            books.count(roles[ticket.number, role], f"the {role} of T-{ticket.number}")
        cards = [p for p in posts if p.channel in _TRIAGE and not p.thread and _is_card(p, ticket.number)]
        books.count(len(cards), f"the card of T-{ticket.number} in the channel")
    books.once((row.subject for row in meant.values() if row.purpose == "copy"), "the copy of message")


def _is_card(post: Message, ticket: int) -> bool:
    return post.text.startswith(f"T-{ticket} ") or f"**T-{ticket}**" in text_of(post)
