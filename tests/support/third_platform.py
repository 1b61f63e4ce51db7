"""A third chat platform beside Slack and Discord, registered as docs/adapters.md says: the fake of the tests with what
the composition root needs besides, and its entry."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from support.fake_platform import FakeChat, FakePlatform

from bot.findings import Finding
from bot.platforms.kind import Adapter, Ids, Kind, Surroundings
from bot.settings import Settings
from core.language.policy import Policy


class ThirdPlatform(FakePlatform):
    """Tells the desk of a message by a POST of its id to `/third/events`."""

    def __init__(self, chat: FakeChat, around: Surroundings) -> None:
        super().__init__(chat)
        self._handle = around.handle
        self._up = False

    async def start(self) -> None:
        self._up = True

    async def stop_intake(self, within: float) -> None:
        self._up = False

    async def stop(self) -> None:
        self._up = False

    def health(self) -> Mapping[str, Any]:
        return {"ok": self._up, "why": "" if self._up else "not started"}

    async def channel_name(self, channel: str) -> str | None:
        return None if channel in self.chat.closed else channel

    def endpoints(self) -> Mapping[str, Callable[[Request], Awaitable[Response]]]:
        return {"/third/events": self._posted}

    async def _posted(self, request: Request) -> Response:
        """Answered once the desk has committed it, as for every platform that asks for an ack."""
        ref = self.chat.messages[(await request.body()).decode()].ref
        raw = (await self.history(ref.place, after=None, limit=1000))[-1]
        event = self.normalise(raw)
        if event is None or not self._up:
            return PlainTextResponse("not taken in", status_code=503)
        await self._handle(event)
        return PlainTextResponse("taken in")


def third_kind(chat: FakeChat) -> Kind:
    def build(settings: Settings, connection: str, around: Surroundings) -> Adapter:
        return ThirdPlatform(chat, around)

    async def examine(settings: Settings, policy: Policy | None) -> AsyncIterator[Finding]:
        yield Finding("third", "ok", "it is there")

    name = Ids(r"[a-z]{2,20}", "globex", "it is the channel's name")
    return Kind(
        name="third",
        title="Third",
        ids={"channel": name, "user": name, "group": name},
        group="circle",
        only_one="there is one chat",
        lacks=lambda settings: None,
        build=build,
        examine=examine,
    )
