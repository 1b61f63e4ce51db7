"""A chat platform in memory that keeps what it is sent, and goes wrong in the ways that a real one does when told.

`FakeChat` is the platform: it outlives desks, and with a `journal` also processes. `FakePlatform` is one process's
connection to it, an implementation of `ports.ChatPlatform` that passes the tests which real adapters pass.
"""

import asyncio
import io
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, assert_never

from support.blobs import MemoryBlobs
from support.fake_faults import AppliedLate as AppliedLate
from support.fake_faults import Call as Call
from support.fake_faults import Fails as Fails
from support.fake_faults import Fault as Fault
from support.fake_faults import Holds as Holds
from support.fake_faults import ReplyLost as ReplyLost
from support.fake_faults import Scripted
from support.fake_faults import When as When
from support.fake_faults import anything as anything
from support.fake_faults import kind as kind
from support.fake_faults import says as says
from support.fake_faults import text_of as text_of

from core.language import effects
from core.language.effects import Deliverable, Delivered, PersonProfile
from core.language.events import Inbound, MessageDeleted, MessageEdited, MessagePosted, ReactionAdded
from core.language.places import Identity, MessageRef, Place
from core.language.text import Text, plain, words
from core.ports import MethodRate, OutcomeUnknown, RefusedByPlatform

# How long a test waits for what has to happen.
PATIENCE = 10.0


@dataclass(slots=True)
class FakeMessage:
    ref: MessageRef
    words: str
    key: str | None
    at: datetime
    # A person; None is the desk.
    author: str | None = None
    reactions: set[str] = field(default_factory=set)
    # Those of people: who, which.
    by_people: set[tuple[str, str]] = field(default_factory=set)
    files: tuple[bytes, ...] = ()
    edits: int = 0


# --- the platform --------------------------------------------------------------------------------------------


class FakeChat:
    """Everything that was said, in the order in which it appeared."""

    def __init__(self, connection: str = "main", *, journal: Path | None = None) -> None:
        self.connection = connection
        self.messages: dict[str, FakeMessage] = {}
        self.calls: list[Call] = []
        self.profiles: dict[str, PersonProfile] = {}
        self.groups: dict[str, tuple[str, ...] | None] = {}
        self.files: list[bytes] = []
        self.blobs = MemoryBlobs()
        self.closed: set[str] = set()
        self.alone: list[tuple[str, str]] = []  # ephemerals: person, words
        self.homes: list[str] = []
        # How many characters one message holds.
        self.room = 4000
        # How threads stand, by place.
        self.threads: dict[Place, effects.SetThread] = {}
        # The most callers that were ever being answered at the same time.
        self.most_at_once = 0
        self._at_once = 0
        self._faults: list[Scripted] = []
        self._changed = asyncio.Condition()
        self._late: set[asyncio.Task[None]] = set()
        self._count = 0
        self._journal = journal
        if journal and journal.exists():
            for line in journal.read_text().splitlines():
                self._keep(**json.loads(line))

    def fault(self, fault: Fault, when: When = anything, *, times: int = 1, reading: bool = False) -> None:
        """The next `times` requests that fit go wrong like that."""
        self._faults.append(Scripted(fault, when, times, reading))

    def holds(self, text: Text) -> bool:
        return len(plain(text)) <= self.room

    # --- people -----------------------------------------------------------------------------------------------

    def write(self, channel: str, text: str, thread: str | None = None) -> MessageRef:
        """A person writes something."""
        return self._keep(**self._line(Place(self.connection, channel, thread), text, None, "ann"))

    def attach(self, data: bytes) -> dict[str, Any]:
        """A person shares a file: what the adapter needs to fetch it."""
        self.files.append(data)
        return {"id": len(self.files) - 1}

    def said(self, channel: str | None = None) -> list[str]:
        """The words of all messages, or of a channel's."""
        return [m.words for m in self.messages.values() if channel in (None, m.ref.channel)]

    def sends(self, when: When = anything) -> int:
        return sum(not call.reading and when(call.effect) for call in self.calls)

    def readings(self) -> int:
        return sum(call.reading for call in self.calls)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits for something that a request brings about."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(holds)

    # --- requests ---------------------------------------------------------------------------------------------

    async def request(self, effect: Deliverable, by: str) -> Delivered:
        await self._note(Call(effect, by, reading=False))
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await self._answer(effect)
        finally:
            self._at_once -= 1

    async def _answer(self, effect: Deliverable) -> Delivered:
        fault = self._next_fault(effect, reading=False)
        match fault:
            case None:
                return await self._apply(effect)
            case Fails(error):
                raise error
            case ReplyLost(error):
                await self._apply(effect)
                raise error
            case AppliedLate(seconds):
                late = asyncio.create_task(self._apply_late(effect, seconds))
                self._late.add(late)
                late.add_done_callback(self._late.discard)
                raise OutcomeUnknown("timeout")
            case Holds(release, applied_first, error):
                made = await self._apply(effect) if applied_first else None
                await release.wait()
                if error:
                    raise error
                return made or await self._apply(effect)
            case _:
                assert_never(fault)

    async def look_for(self, effect: Deliverable, since: datetime, by: str) -> Delivered | None:
        await self._note(Call(effect, by, reading=True))
        fault = self._next_fault(effect, reading=True)
        if isinstance(fault, Fails):
            raise fault.error
        key = getattr(effect, "key", None)
        found = next((m for m in self.messages.values() if key and m.key == key and m.at >= since), None)
        return Delivered(ref=found.ref) if found else None

    def _next_fault(self, effect: Deliverable, *, reading: bool) -> Fault | None:
        for scripted in self._faults:
            if scripted.reading == reading and scripted.times > 0 and scripted.when(effect):
                scripted.times -= 1
                return scripted.fault
        return None

    async def _note(self, call: Call) -> None:
        async with self._changed:
            self.calls.append(call)
            self._changed.notify_all()

    async def _apply_late(self, effect: Deliverable, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._apply(effect)

    async def _apply(self, effect: Deliverable) -> Delivered:
        async with self._changed:
            done = self._done(effect)
            self._changed.notify_all()
        return done

    def _done(self, effect: Deliverable) -> Delivered:
        match effect:
            case effects.Post(place=place, card=card, key=key, opens=opens):
                return replace(self._post(place, card.fallback, key), private=opens is not None and opens.private)
            case effects.Dm(person=person, card=card, key=key):
                return self._post(Place(self.connection, f"dm-{person.user}"), card.fallback, key)
            case effects.Upload(place=place, name=name, key=key, blob=blob):
                if blob not in self.blobs.held:
                    raise RefusedByPlatform("no_bytes")
                made = self._post(place, f"[{name}]", key)
                list(self.messages.values())[-1].files = (self.blobs.held[blob],)
                return made
            case effects.Ephemeral(person=person, card=card):
                self.alone.append((person.user, card.fallback))
                return Delivered()
            case effects.PublishHome(person=person):
                self.homes.append(person.user)
                return Delivered()
            case effects.SetThread(place=place):
                self.threads[place] = effect
                return Delivered()
            case effects.Update(ref=ref, card=card):
                message = self._message(ref)
                message.words, message.edits = card.fallback, message.edits + 1
                return Delivered()
            case effects.Delete(ref=ref):
                self.messages.pop(ref.message, None)
                return Delivered()
            case effects.React(ref=ref, name=name):
                self._message(ref).reactions.add(name)
                return Delivered()
            case effects.Unreact(ref=ref, name=name):
                if ref.message in self.messages:
                    self.messages[ref.message].reactions.discard(name)
                return Delivered()
            case effects.FetchPerson(person=person):
                known = self.profiles.get(person.user)
                return Delivered(profile=known or PersonProfile(person, person.user.title()))
            case effects.FetchGroup(group=group):
                return Delivered(members=self.groups.get(group, ()))
            case effects.FetchFile(source=source, limit=limit):
                try:
                    blob, size = self.blobs.write(io.BytesIO(self.files[source["id"]]), limit)
                except ValueError:
                    raise RefusedByPlatform("too_large") from None
                return Delivered(blob=blob, size=size, file_name=source.get("name"))
            case effects.BackfillThread(place=place):
                return Delivered(raws=tuple(_raw(m) for m in self.in_place(place) if m.author))
            case _:
                assert_never(effect)

    def _message(self, ref: MessageRef) -> FakeMessage:
        if ref.message not in self.messages:
            raise RefusedByPlatform("message_not_found")
        return self.messages[ref.message]

    def in_place(self, place: Place) -> list[FakeMessage]:
        """A channel's messages at the top level, or a thread's with its root; oldest first."""
        inside = (m for m in self.messages.values() if m.ref.channel == place.channel)
        if place.thread is None:
            return [m for m in inside if m.ref.thread is None]
        return [m for m in inside if place.thread in (m.ref.thread, m.ref.message)]

    def _post(self, place: Place, text: str, key: str) -> Delivered:
        if place.channel in self.closed:
            raise RefusedByPlatform("is_archived", gone=True)
        if place.thread is not None and place.thread not in self.messages:
            raise RefusedByPlatform("thread_not_found")
        if place in self.threads:
            self.threads[place] = replace(self.threads[place], archived=False)
        line = self._line(place, text, key, None)
        if self._journal:
            with self._journal.open("a") as journal:
                journal.write(json.dumps(line) + "\n")
        return Delivered(ref=self._keep(**line))

    def _line(self, place: Place, text: str, key: str | None, author: str | None) -> dict[str, Any]:
        return {
            "message": f"{self._count + 1:06}",
            "channel": place.channel,
            "thread": place.thread,
            "text": text,
            "key": key,
            "at": datetime.now(UTC).isoformat(),
            "author": author,
        }

    def _keep(
        self,
        *,
        message: str,
        channel: str,
        thread: str | None,
        text: str,
        key: str | None,
        at: str,
        author: str | None,
    ) -> MessageRef:
        self._count += 1
        ref = MessageRef(self.connection, channel, message, thread)
        self.messages[message] = FakeMessage(ref, text, key, datetime.fromisoformat(at), author)
        return ref


def _where(ref: MessageRef) -> dict[str, Any]:
    return {"channel": ref.channel, "message": ref.message, "thread": ref.thread}


def _told(message: FakeMessage, reactions: Collection[str]) -> tuple[dict[str, Any], ...]:
    """A message, its newest words when it was edited, and who has reacted to it."""
    raw = _raw(message)
    edited = ({**raw, "edited": message.edits},) if message.edits else ()
    by_people = sorted(one for one in message.by_people if one[1] in reactions)
    return (raw, *edited, *({**raw, "reaction": name, "person": person} for person, name in by_people))


def _raw(message: FakeMessage) -> dict[str, Any]:
    return {
        **_where(message.ref),
        "author": message.author,
        "text": message.words,
        "at": message.at.isoformat(),
    }


class FakePlatform:
    """`ports.ChatPlatform` on a `FakeChat`. `by` names the process in the chat's list of calls."""

    def __init__(self, chat: FakeChat, *, by: str = "desk", rates: Mapping[str, MethodRate] | None = None) -> None:
        self.connection = chat.connection
        self.chat = chat
        self._began = datetime.now(UTC)
        self._by = by
        self._rates = rates or {}

    def normalise(self, raw: Mapping[str, Any]) -> Inbound | None:
        try:
            ref = MessageRef(self.connection, raw["channel"], raw["message"], raw["thread"])
            if raw.get("gone"):
                return MessageDeleted(connection=self.connection, at=datetime.now(UTC), raw=raw, ref=ref)
            author, text, at = raw["author"], raw["text"], datetime.fromisoformat(raw["at"])
        except (KeyError, TypeError) as error:
            raise ValueError("this is no message") from error
        outer: dict[str, Any] = {"connection": self.connection, "at": at, "raw": raw, "ref": ref}
        if "reaction" in raw:
            person = Identity(self.connection, raw["person"])
            return ReactionAdded(**outer, person=person, name=raw["reaction"], event_time="")
        if author is None:
            return None
        outer |= {"author": Identity(self.connection, author), "text": words(text)}
        return MessageEdited(**outer, edition=str(raw["edited"])) if "edited" in raw else MessagePosted(**outer)

    @property
    def lacks(self) -> Collection[effects.EffectKind]:
        return ()

    def rates(self) -> Mapping[str, MethodRate]:
        return self._rates

    def holds(self, text: Text) -> bool:
        return self.chat.holds(text)

    async def deliver(self, effect: Deliverable) -> Delivered:
        return await self.chat.request(effect, self._by)

    async def read_back(self, effect: Deliverable, *, since: datetime) -> Delivered | None:
        return await self.chat.look_for(effect, since, self._by)

    def listening_since(self) -> datetime | None:
        return self._began

    async def history(
        self, place: Place, *, after: str | None, limit: int, reactions: Collection[str] = ()
    ) -> tuple[Mapping[str, Any], ...]:
        later = [m for m in self.chat.in_place(place) if m.ref.message > (after or "")]
        return tuple(raw for m in later[:limit] for raw in _told(m, reactions))

    async def touched(self, channel: Place, *, after: str) -> tuple[Place, ...]:
        inside = [m.ref for m in self.chat.messages.values() if m.ref.channel == channel.channel]
        roots = {ref.thread for ref in inside if ref.thread and ref.message > after}
        return tuple(Place(self.connection, channel.channel, root) for root in sorted(roots))

    async def look_up(self, ref: MessageRef, *, reactions: Collection[str] = ()) -> tuple[Mapping[str, Any], ...]:
        found = self.chat.messages.get(ref.message)
        return _told(found, reactions) if found else ({**_where(ref), "gone": True},)

    def id_at(self, at: datetime) -> str:
        written = (m.ref.message for m in self.chat.messages.values() if m.at <= at)
        return max(written, default="")

    def permalink(self, ref: MessageRef) -> str | None:
        return f"https://chat.example/{ref.channel}/{ref.message}"
