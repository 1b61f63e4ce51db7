"""The fake platform of the delivery's tests does what real adapters do."""

from typing import Literal

import pytest
from support.chat_contract import ChatPlatformContract, Seen
from support.fake_platform import Fails, FakeChat, FakePlatform, ReplyLost, kind

from core.language.effects import EffectKind, FetchFile
from core.language.places import Identity, MessageRef, Place
from core.ports import NotSent, OutcomeUnknown, RateLimited, Revoked

ALWAYS = 10**6


class Stage:
    """A contract stage on a `FakeChat`."""

    cannot = ()

    def __init__(self) -> None:
        self.chat = FakeChat()
        self.blobs = self.chat.blobs
        self.platform = FakePlatform(self.chat)
        self.place = Place("main", "GLOBEX")
        self.person = Identity("main", "ann")

    async def say(self, text: str, thread: str | None = None) -> MessageRef:
        return self.chat.write(self.place.channel, text, thread)

    async def edit(self, ref: MessageRef, text: str) -> None:
        message = self.chat.messages[ref.message]
        message.words, message.edits = text, message.edits + 1

    async def take_away(self, ref: MessageRef) -> None:
        del self.chat.messages[ref.message]

    async def react(self, ref: MessageRef, name: str) -> None:
        self.chat.messages[ref.message].by_people.add((self.person.user, name))

    async def attach(self, data: bytes) -> FetchFile:
        return FetchFile("main", self.chat.attach(data), limit=10_000)

    async def seen(self, place: Place) -> list[Seen]:
        return [
            Seen(m.ref, m.words, m.author is None, frozenset(m.reactions), m.files) for m in self.chat.in_place(place)
        ]

    async def standing(self, place: Place) -> tuple[bool, bool]:
        found = self.chat.threads[place]
        return found.archived, found.locked

    async def fail_next(self, name: EffectKind, how: Literal["applied", "not_applied", "limited"]) -> None:
        match how:
            case "applied":
                self.chat.fault(ReplyLost(), kind(name))
            case "not_applied":
                self.chat.fault(Fails(OutcomeUnknown("reset")), kind(name))
            case "limited":
                self.chat.fault(Fails(RateLimited(1.0)), kind(name))

    async def close_place(self) -> None:
        self.chat.closed.add(self.place.channel)

    async def go_away(self) -> None:
        self.chat.fault(Fails(NotSent("refused")), times=ALWAYS)

    async def revoke(self) -> None:
        self.chat.fault(Fails(Revoked("token_revoked")), times=ALWAYS)


@pytest.fixture
def stage() -> Stage:
    return Stage()


class TestFake(ChatPlatformContract):
    pass
