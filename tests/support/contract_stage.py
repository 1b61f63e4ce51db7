"""What the tests of every adapter need of a platform, beside the adapter."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, Protocol

from support.blobs import MemoryBlobs

from core.language.effects import (
    EffectKind,
    FetchFile,
)
from core.language.places import Identity, MessageRef, Place
from core.ports import ChatPlatform


@dataclass(frozen=True)
class Seen:
    """A message as people see it. `text` holds at least all words of a card."""

    ref: MessageRef
    text: str
    by_desk: bool
    reactions: frozenset[str] = frozenset()
    files: tuple[bytes, ...] = ()


class ContractStage(Protocol):
    """A platform with the desk in it and somebody to act as its people. `cannot`: effects that it does not have."""

    platform: ChatPlatform
    blobs: MemoryBlobs
    place: Place
    person: Identity
    cannot: Collection[EffectKind]

    async def say(self, text: str, thread: str | None = None) -> MessageRef: ...
    async def edit(self, ref: MessageRef, text: str) -> None: ...
    async def take_away(self, ref: MessageRef) -> None:
        """Its author deletes it."""
        ...

    async def react(self, ref: MessageRef, name: str) -> None:
        """`person` reacts."""
        ...

    async def attach(self, data: bytes) -> FetchFile:
        """Somebody shares a file; the effect with which the desk gets it."""
        ...

    async def seen(self, place: Place) -> list[Seen]:
        """Oldest first; a thread with its root."""
        ...

    async def standing(self, place: Place) -> tuple[bool, bool]:
        """Whether a thread is put away, and whether it is locked."""
        ...

    async def fail_next(self, kind: EffectKind, how: Literal["applied", "not_applied", "limited"]) -> None:
        """The next such effect gets no answer, or is told to come later (which is never applied)."""
        ...

    async def close_place(self) -> None: ...
    async def go_away(self) -> None:
        """The platform can no longer be reached."""
        ...

    async def revoke(self) -> None: ...
