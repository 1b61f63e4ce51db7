"""Discord's adapter keeps the port's contract."""

from collections.abc import AsyncIterator, Collection
from typing import Any, Literal

import pytest
from support.chat_contract import ChatPlatformContract, Seen
from support.discord_stage import Stage, stage

from adapters.discord.emoji import character_of, name_of
from core.language.effects import EffectKind, FetchFile
from core.language.events import MessagePosted
from core.language.places import MessageRef, Place


class DiscordStage:
    # Nothing in a channel is for one person alone outside of interactions, and apps have no page of their own.
    cannot: Collection[EffectKind] = ("publish_home",)

    def __init__(self, inner: Stage) -> None:
        self.inner = inner
        self.platform = inner.adapter
        self.blobs = inner.blobs
        self.place = inner.place
        self.person = inner.ann_identity

    async def say(self, text: str, thread: str | None = None) -> MessageRef:
        return await self.inner.say(text, thread)

    async def edit(self, ref: MessageRef, text: str) -> None:
        await self.inner.ann.edit(self.inner.message(ref), text)

    async def take_away(self, ref: MessageRef) -> None:
        await self.inner.ann.delete(self.inner.message(ref))

    async def react(self, ref: MessageRef, name: str) -> None:
        await self.inner.ann.react(self.inner.message(ref), character_of(name))

    async def attach(self, data: bytes) -> FetchFile:
        await self.inner.say("", attachments=[("log.txt", data)])
        posted = await self.inner.desk.next(MessagePosted)
        return FetchFile("main", self.inner.serve(posted.files[0], data), limit=10_000_000)

    async def seen(self, place: Place) -> list[Seen]:
        found = self.inner.messages(place.thread or place.channel)
        if place.thread:
            found = [m for m in self.inner.messages(place.channel) if m["id"] == place.thread] + found
        return [self._seen(message, place) for message in found if message["type"] in (0, 19)]

    def _seen(self, message: dict[str, Any], place: Place) -> Seen:
        return Seen(
            MessageRef("main", place.channel, message["id"], place.thread),
            self.inner.text_of(message),
            message["author"]["id"] == str(self.inner.env.backend.bot_user.id),
            frozenset(name_of(one["emoji"]["name"]) for one in message.get("reactions") or ()),
            tuple(self.inner.bytes_of(one["url"]) for one in message["attachments"]),
        )

    async def standing(self, place: Place) -> tuple[bool, bool]:
        standing = self.inner.backend.channels[int(place.thread or "")].thread_metadata
        return standing.archived, standing.locked

    async def fail_next(self, kind: EffectKind, how: Literal["applied", "not_applied", "limited"]) -> None:
        match how:
            case "applied":
                self.inner.losing_the_answer = True
            case "not_applied":
                self.inner.env.inject_error("POST", "/channels/*/messages", status=503)
            case "limited":
                self.inner.env.inject_error("POST", "/channels/*/messages", status=429)

    async def close_place(self) -> None:
        await self.inner.close_channel()

    async def go_away(self) -> None:
        self.inner.unreachable = True

    async def revoke(self) -> None:
        self.inner.env.inject_error("*", "*", status=401, times=None)


@pytest.fixture(name="stage")
async def discord_stage() -> AsyncIterator[DiscordStage]:
    async with stage() as inner:
        yield DiscordStage(inner)


class TestDiscord(ChatPlatformContract):
    pass
