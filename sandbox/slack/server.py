"""One Slack workspace with one installed app: what its Web API, its deliveries and its people's acts share."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sandbox.changes import Change, DeskChanged
from sandbox.model import Channel, Message, Person
from sandbox.seed import APP, BOT_USER, HOME
from sandbox.slack import events
from sandbox.slack.delivery import Dispatcher
from sandbox.slack.errors import SlackError
from sandbox.slack.http_events import HttpEvents
from sandbox.slack.manifest import read_manifest
from sandbox.slack.rates import Rates
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.tickets import Tickets

if TYPE_CHECKING:
    from sandbox.app import Sandbox

Json = dict[str, Any]

HISTORY_SCOPES = {"public": "channels:history", "private": "groups:history", "im": "im:history"}
READ_SCOPES = {"public": "channels:read", "private": "groups:read", "im": "im:read"}


class SlackServer:
    """`auth_error` is what every call answers while set (`token_revoked`, `account_inactive`)."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.settings = sandbox.settings
        self.world = sandbox.world
        self.traffic = sandbox.traffic
        self.faults = sandbox.faults
        self.files = sandbox.files
        self.manifest = read_manifest(self.settings.slack_manifest)
        self.tickets = Tickets(self.settings.trigger_seconds)
        self.rates = Rates(self.settings.speed)
        self.socket_mode = SocketMode(APP, self.settings.ack_seconds, self._connection_changed)
        self.http = HttpEvents(
            self.settings.slack_events_url,
            self.settings.slack_signing_secret,
            self.settings.ack_seconds,
            self._connection_changed,
        )
        self.dispatcher = Dispatcher(
            self.http if self.settings.slack_events_url else self.socket_mode,
            self.faults,
            self.traffic,
            self.settings.speed,
            self.settings.ack_seconds,
        )
        self.auth_error = ""
        self.installed = True
        self.uploads: dict[str, Json] = {}
        self.states: dict[tuple[str, str, str], dict[str, Json]] = {}
        """What a person chose in a message's selects: (person, channel, ts) -> block id -> action id -> value."""
        self.offered: dict[tuple[str, str], list[Json]] = {}
        """The options last offered to a person for an external select, by action id."""
        self.later: set[asyncio.Task[Any]] = set()
        self.world.subscribe(self._hear)

    @property
    def base_url(self) -> str:
        return self.sandbox.base_url

    @property
    def bot(self) -> Person:
        return self.world.people[BOT_USER]

    @property
    def connected(self) -> bool:
        return self.http.connected if self.settings.slack_events_url else self.socket_mode.connected

    @property
    def last_ack(self) -> float | None:
        return self.http.last_ack if self.settings.slack_events_url else self.socket_mode.last_ack

    def forget(self) -> None:
        """The world is another: nothing that was handed out or is on its way holds any more."""
        self.dispatcher.forget()
        self.tickets = Tickets(self.settings.trigger_seconds)
        self.rates = Rates(self.settings.speed)
        self.auth_error = ""
        self.installed = True
        self.uploads.clear()
        self.states.clear()
        self.offered.clear()

    async def close(self) -> None:
        for task in self.later:
            task.cancel()
        await self.dispatcher.close()
        await self.http.close()

    def need(self, *scopes: str) -> None:
        """Raises missing_scope unless the app has one of these."""
        if not self.manifest.grants(*scopes):
            raise SlackError("missing_scope", needed=",".join(scopes), provided=",".join(sorted(self.manifest.scopes)))

    def channels(self) -> Iterator[Channel]:
        """Slack's, in the order of their creation."""
        return (one for one in self.world.channels.values() if self.world.platform_of(one) == "slack")

    def channel(self, channel_id: str) -> Channel:
        """A channel that the bot may know of, by id or `#name`; channel_not_found for all others."""
        channel = self.world.channels.get(channel_id)
        if channel is None and channel_id.startswith("#"):
            name = channel_id.removeprefix("#")
            channel = next((one for one in self.channels() if one.name == name), None)
        if (
            channel is None
            or self.world.platform_of(channel) != "slack"
            or (channel.kind != "public" and self.bot.id not in channel.members)
        ):
            raise SlackError("channel_not_found")
        return channel

    def member_channel(self, channel_id: str) -> Channel:
        channel = self.channel(channel_id)
        if self.bot.id not in channel.members:
            raise SlackError("not_in_channel")
        return channel

    def message(self, channel_id: str, ts: str, code: str = "message_not_found") -> Message:
        found = self.world.find_message(channel_id, ts)
        if found is None or found.deleted:
            raise SlackError(code)
        return found

    def direct_channel(self, person: Person) -> Channel:
        """The app's direct conversation with somebody, made when there is none."""
        found = self.world.direct_channel(self.bot.id, person.id)
        if found is not None:
            return found
        channel = Channel(
            f"D0{person.id.removeprefix('U').lstrip('0')}",
            HOME,
            "",
            "im",
            [person.id, self.bot.id],
            self.world.clock.now(),
            self.bot.id,
        )
        self.world.put_channel(channel, by=self.bot.id)
        return channel

    def _hear(self, change: Change) -> None:
        events.hear(self, change)

    def _connection_changed(self) -> None:
        self.traffic.note("socket", "connected" if self.connected else "disconnected", ok=self.connected)
        self.world.publish(DeskChanged("slack", self.connected))
