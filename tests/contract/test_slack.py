"""Slack's adapter keeps the port's contract."""

from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any, Literal

import pytest
from support.block_kit import texts
from support.chat_contract import ChatPlatformContract, Seen
from support.slack_stage import ANN, CUSTOMERS, Stage, stage

from core.language.effects import EffectKind, FetchFile
from core.language.events import MessagePosted
from core.language.places import MessageRef, Place
from sandbox.model import Message

_METHODS = {"post": "chat.postMessage", "dm": "chat.postMessage", "upload": "files.completeUploadExternal"}
_FAULTS: dict[str, dict[str, Any]] = {
    "applied": {"kind": "reset"},
    "not_applied": {"kind": "reset_before"},
    "limited": {"kind": "ratelimit", "retry_after": 3},
}


class SlackStage:
    # Its threads are always open.
    cannot: Collection[EffectKind] = ("set_thread",)

    def __init__(self, inner: Stage) -> None:
        self.inner = inner
        self.platform = inner.adapter
        self.blobs = inner.blobs
        self.place = Place("main", CUSTOMERS)
        self.person = ANN

    async def say(self, text: str, thread: str | None = None) -> MessageRef:
        return self.inner.say(ANN.user, CUSTOMERS, text, thread)

    async def edit(self, ref: MessageRef, text: str) -> None:
        self.inner.sandbox.world.edit(ref.channel, ref.message, ANN.user, text=text)

    async def take_away(self, ref: MessageRef) -> None:
        self.inner.sandbox.world.delete(ref.channel, ref.message, ANN.user)

    async def react(self, ref: MessageRef, name: str) -> None:
        self.inner.sandbox.world.react(ref.channel, ref.message, ANN.user, name)

    async def attach(self, data: bytes) -> FetchFile:
        self.inner.share(ANN.user, CUSTOMERS, "log.txt", "text/plain", data)
        posted = await self.inner.desk.next(MessagePosted)
        return FetchFile("main", posted.files[0].source, limit=10_000_000)

    async def seen(self, place: Place) -> list[Seen]:
        return [self._seen(message) for message in self.inner.messages(place)]

    def _seen(self, message: Message) -> Seen:
        shown = [text for _, text in texts(message.blocks)] or [message.text]
        return Seen(
            MessageRef("main", message.channel, message.id, message.thread),
            "\n".join(shown),
            message.author == "U0DESK",
            frozenset(message.reactions),
            tuple(self.inner.sandbox.files.read(file) for file in message.files),
        )

    async def standing(self, place: Place) -> tuple[bool, bool]:
        return False, False

    async def fail_next(self, kind: EffectKind, how: Literal["applied", "not_applied", "limited"]) -> None:
        self.inner.sandbox.faults.add({"method": _METHODS[kind], **_FAULTS[how]})

    async def close_place(self) -> None:
        self.inner.sandbox.world.archive(CUSTOMERS, "U0MIA")

    async def go_away(self) -> None:
        await self.inner.go_away()

    async def revoke(self) -> None:
        self.inner.sandbox.slack.auth_error = "token_revoked"


@pytest.fixture(name="stage")
async def slack_stage(tmp_path: Path) -> AsyncIterator[SlackStage]:
    async with stage(tmp_path, with_scope="reactions:write") as inner:
        yield SlackStage(inner)


class TestSlack(ChatPlatformContract):
    pass
