"""Calls of Discord's REST API through discord.py, which keeps the rate limits; with a time-out of our own and the
port's errors."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Container
from typing import Any, Final
from urllib.parse import quote

import discord
from discord.http import Route

from adapters.discord.errors import MISSING, from_exception
from adapters.discord.limits import PAGE
from adapters.discord.payloads import Json, Payload, maybe, sequence
from core.ports import OutcomeUnknown, RefusedByPlatform

# Seconds. Shorter than an effect may take: some need several calls.
_TIMEOUT: Final = 12.0
_NOBODY: Final[Json] = {"parse": []}
PUBLIC_ARCHIVED: Final = "threads/archived/public"
OWN_ARCHIVED: Final = "users/@me/threads/archived/private"
_BYTES: Final = "application/octet-stream"


class Api:
    """`client` is asked each time, because a connection that is made anew brings another session."""

    def __init__(self, client: Callable[[], discord.Client], timeout: float = _TIMEOUT) -> None:
        self._client = client
        # The server keeps no Components V2: messages go out in the older form.
        self.plain = False
        self._timeout = timeout

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """`path` with its ids filled in. Raises a DeliveryError."""
        more = {key: options.pop(key) for key in ("json", "params", "form", "files") if options.get(key) is not None}
        route = Route(method, path, **options)
        try:
            async with asyncio.timeout(self._timeout):
                return await self._client().http.request(route, **more)
        except Exception as error:
            raise from_exception(error) from error

    # --- messages

    async def send(self, channel: str, body: Json, file: discord.File | None = None) -> Json:
        """Nobody is notified but those whom `allowed_mentions` of the body names."""
        whole = {"allowed_mentions": _NOBODY, **body}
        how: Json = {"json": whole}
        if file:
            parts = {"name": "files[0]", "value": file.fp, "filename": file.filename, "content_type": _BYTES}
            how = {"form": [{"name": "payload_json", "value": json.dumps(whole)}, parts], "files": [file]}
        sent = await self.call("POST", "/channels/{channel_id}/messages", channel_id=channel, **how)
        if not isinstance(sent, dict) or not sent.get("id"):
            raise OutcomeUnknown("no_id", "the answer names no message")
        return sent

    async def edit(self, channel: str, message: str, body: Json) -> None:
        await self.call(
            "PATCH",
            "/channels/{channel_id}/messages/{message_id}",
            channel_id=channel,
            message_id=message,
            json={"allowed_mentions": _NOBODY, **body},
        )

    async def delete(self, channel: str, message: str) -> None:
        await self.call(
            "DELETE", "/channels/{channel_id}/messages/{message_id}", channel_id=channel, message_id=message
        )

    async def message(self, channel: str, message: str) -> Payload:
        """From the list of them where a server has no more."""
        try:
            found: Json = await self.call(
                "GET", "/channels/{channel_id}/messages/{message_id}", channel_id=channel, message_id=message
            )
        except RefusedByPlatform as error:
            if error.code not in MISSING:
                raise
            page = await self._page(channel, after=str(int(message) - 1))
            listed = next((one for one in page if str(one.get("id")) == message), None)
            if listed is None:
                raise
            return listed
        return found

    async def react(self, method: str, channel: str, message: str, emoji: str) -> None:
        await self.call(
            method,
            "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me",
            channel_id=channel,
            message_id=message,
            emoji=emoji,
        )

    async def messages_after(self, channel: str, after: str) -> AsyncIterator[Payload]:
        """Oldest first."""
        while True:
            page = await self._page(channel, after=after)
            for message in sorted(page, key=lambda one: int(one["id"])):
                yield message
                after = str(message["id"])
            if len(page) < PAGE:
                return

    async def latest(self, channel: str) -> list[Payload]:
        """The newest page, newest first."""
        return await self._page(channel)

    async def _page(self, channel: str, **where: str) -> list[Payload]:
        found = await self.call(
            "GET", "/channels/{channel_id}/messages", channel_id=channel, params={"limit": PAGE, **where}
        )
        return [one for one in found if isinstance(one, dict) and one.get("id")]

    async def reacted(self, channel: str, message: str, emoji: str) -> AsyncIterator[str]:
        """Who has reacted with it, by id."""
        path, after = "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}", "0"
        while True:
            params = {"limit": PAGE, "after": after}
            page = await self.call("GET", path, channel_id=channel, message_id=message, emoji=emoji, params=params)
            for person in page:
                after = str(person["id"])
                yield after
            if len(page) < PAGE:
                return

    async def active_threads(self, guild: str) -> list[Payload]:
        found = await self.call("GET", "/guilds/{guild_id}/threads/active", guild_id=guild)
        return _threads(found)

    async def archived_threads(self, channel: str, which: str) -> AsyncIterator[Payload]:
        """The latest archived first. `which` ends the path: public ones, or private ones that the desk is in."""
        before: str | None = None
        while True:
            params = {"limit": PAGE, **({"before": before} if before else {})}
            page = await self.call("GET", "/channels/{channel_id}/" + which, channel_id=channel, params=params)
            found = _threads(page)
            for thread in found:
                yield thread
            if not found or page.get("has_more") is not True:
                return
            # Private ones that the desk is in are listed by their ids.
            by_time = maybe(found[-1], "thread_metadata", "archive_timestamp")
            before = by_time if which == PUBLIC_ARCHIVED else str(found[-1]["id"])

    # --- places and people

    async def channel(self, channel: str) -> Json:
        found: Json = await self.call("GET", "/channels/{channel_id}", channel_id=channel)
        return found

    async def guilds(self) -> list[str]:
        """Ids of the servers that the bot is in: at most 200, which is all of one page."""
        found = await self.call("GET", "/users/@me/guilds")
        return [str(one["id"]) for one in found]

    async def dm_channel(self, user: str) -> str:
        opened = await self.call("POST", "/users/@me/channels", json={"recipient_id": user})
        return str(opened["id"])

    async def start_thread(self, channel: str, message: str, name: str) -> None:
        await self.call(
            "POST",
            "/channels/{channel_id}/messages/{message_id}/threads",
            channel_id=channel,
            message_id=message,
            json={"name": name},
        )

    async def open_thread(self, channel: str, body: Json) -> Json:
        """One that hangs on no message, or a forum's post."""
        made: Json = await self.call("POST", "/channels/{channel_id}/threads", channel_id=channel, json=body)
        return made

    async def add_to_thread(self, thread: str, user: str) -> None:
        await self.call("PUT", "/channels/{channel_id}/thread-members/{user_id}", channel_id=thread, user_id=user)

    async def change_channel(self, channel: str, changes: Json) -> None:
        """Also a thread."""
        await self.call("PATCH", "/channels/{channel_id}", channel_id=channel, json=changes)

    # --- interactions

    async def respond(self, interaction: str, token: str, body: Json) -> None:
        """The first answer to an interaction: within 3 s of it, and once."""
        await self.call(
            "POST",
            "/interactions/{interaction_id}/{interaction_token}/callback",
            interaction_id=interaction,
            interaction_token=quote(token, safe=""),
            json=body,
        )

    async def follow_up(self, application: str, token: str, body: Json) -> None:
        """One more answer after the first: within 15 min."""
        await self.call(
            "POST",
            "/webhooks/{application_id}/{interaction_token}",
            application_id=application,
            interaction_token=quote(token, safe=""),
            json={"allowed_mentions": _NOBODY, **body},
        )

    async def edit_response(self, application: str, token: str, body: Json) -> None:
        """The answer after a deferral: within 15 min."""
        await self.call(
            "PATCH",
            "/webhooks/{application_id}/{interaction_token}/messages/@original",
            application_id=application,
            interaction_token=quote(token, safe=""),
            json={"allowed_mentions": _NOBODY, **body},
        )


def _threads(page: Any) -> list[Payload]:
    return [one for one in sequence(page, "threads") if isinstance(one, dict) and one.get("id")]


async def ignoring(codes: Container[str], call: Awaitable[None]) -> None:
    """A call whose refusal by one of these codes is as good as success."""
    try:
        await call
    except RefusedByPlatform as error:
        if error.code not in codes:
            raise
