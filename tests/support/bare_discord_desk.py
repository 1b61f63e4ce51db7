"""People on a bare Discord server, and a desk there as `deskhand run` puts it together."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from support.bare_discord import BO, BOT, GUILD, HELP, IDA, TOKEN, TRIAGE, BareDiscord, Json, Quirks, text_of
from support.processes import until

from bot import deskfile
from bot.app import App, build, running
from bot.http import bind
from bot.settings import from_mapping

DESK_YAML = f"""\
desk: {{name: Acme Support, timezone: Europe/Berlin}}
connections: [{{id: main, platform: discord}}]
agents:
  - {{id: bo, name: Bo Lind, role: agent, identities: [{{connection: main, user: '{BO}'}}]}}
  - {{id: ida, name: Ida Sand, role: agent, identities: [{{connection: main, user: '{IDA}'}}]}}
teams: [{{id: support, name: Support, agents: [bo, ida], triage: {{connection: main, channel: '{TRIAGE}'}}}}]
accounts: [{{id: globex, name: Globex, channels: [{{connection: main, channel: '{HELP}', intake: every}}]}}]
sla: [{{id: standard, first_response: {{urgent: 30m, high: 1h, normal: 4h, low: 8h}}}}]
reactions: {{ticket: open, eyes: claim, white_check_mark: resolve}}
"""


class BarePeople:
    def __init__(self, discord: BareDiscord) -> None:
        self.discord = discord

    async def write(self, user: str, channel: str, words: str, answers: Json | None = None) -> str:
        more = {"message_reference": {"message_id": answers["id"]}, "type": 19} if answers else {}
        made = self.discord.message(channel, user, words, **more)
        await self.discord.dispatch("MESSAGE_CREATE", made)
        return str(made["id"])

    async def edit(self, channel: str, message: str, words: str) -> None:
        found = self.discord.find(channel, message)
        found |= {"content": words, "edited_timestamp": datetime.now(UTC).isoformat()}
        await self.discord.dispatch("MESSAGE_UPDATE", found)

    async def delete(self, channel: str, message: str) -> None:
        self.discord.messages[channel].remove(self.discord.find(channel, message))
        await self.discord.dispatch("MESSAGE_DELETE", {"id": message, "channel_id": channel})

    async def react(self, user: str, channel: str, message: str, emoji: str) -> None:
        data: Json = {"user_id": user, "channel_id": channel, "message_id": message, "emoji": {"name": emoji}}
        if not self.discord.quirks.sparse:
            data |= {"type": 0, "burst": False, "emoji": {"id": None, "name": emoji}}
        await self.discord.dispatch("MESSAGE_REACTION_ADD", data)

    async def press(self, user: str, message: Json, label: str) -> Json:
        """The answer."""
        one = next(c for c in walk(message["components"]) if c.get("label") == label)
        data = {"custom_id": one["custom_id"], "component_type": 2}
        return await self._ask(3, user, message["channel_id"], data, message=message)

    async def submit(self, user: str, channel: str, modal: Json, **values: str) -> Json:
        inputs = [c.get("component", c) for c in modal["components"] if c["type"] != 10]
        filled = [
            {"type": 18, "component": {"type": c["type"], "custom_id": c["custom_id"], **_entered(c, values)}}
            for c in inputs
        ]
        return await self._ask(5, user, channel, {"custom_id": modal["custom_id"], "components": filled})

    async def _ask(self, kind: int, user: str, channel: str, data: Json, **more: Any) -> Json:
        asked = self.discord.new_id()
        payload: Json = {"id": asked, "application_id": BOT, "type": kind, "token": f"token-{asked}", "data": data}
        payload |= {"channel_id": channel, "member": {"user": self.discord.user(user)}, "guild_id": GUILD, **more}
        if not self.discord.quirks.sparse:
            payload["member"] |= {"roles": [], "joined_at": None, "flags": 0, "permissions": "0"}
            payload |= {"version": 1, "attachment_size_limit": 1000, "authorizing_integration_owners": {}}
            payload |= {"locale": "en-US", "entitlements": []}
        await self.discord.dispatch("INTERACTION_CREATE", payload)
        answer: Json = await self.discord.until(lambda: self.discord.answers.get(asked), f"an answer to {data}")
        return answer

    async def sees(self, channel: str, words: str) -> Json:
        """The desk's newest message with these words, once it is there."""

        def look() -> Json | None:
            found = [m for m in self.discord.messages.get(channel, []) if m["author"]["id"] == BOT]
            return next((m for m in reversed(found) if words in text_of(m)), None)

        found: Json = await self.discord.until(look, f"“{words}” in {channel}")
        return found

    def posts(self, channel: str) -> list[str]:
        return [text_of(m) for m in self.discord.messages.get(channel, []) if m["author"]["id"] == BOT]


def _entered(one: Json, values: dict[str, str]) -> Json:
    value = values.get(one["custom_id"], "")
    return {"values": [value]} if one["type"] == 3 else {"value": value}


def walk(components: list[Json]) -> list[Json]:
    return [found for one in components for found in (one, *walk(one.get("components", [])))]


@contextlib.asynccontextmanager
async def bare_desk(
    folder: Path, database_url: str, quirks: Quirks, *, gateway_url: bool = True
) -> AsyncIterator[tuple[BarePeople, App]]:
    """A server and a desk on it, ready. `gateway_url`: whether the desk is told where the gateway is."""
    config = folder / "desk.yaml"
    config.write_text(DESK_YAML)
    async with BareDiscord(quirks).running() as discord:
        settings = from_mapping(
            {
                "DATABASE_URL": database_url,
                "DESKHAND_CONFIG": str(config),
                "DESKHAND_DATA": str(folder / "var"),
                "DESKHAND_RATE_FACTOR": "1000",
                "DESKHAND_SETTLE_SECONDS": "0.6",
                "DESKHAND_LEASE_SECONDS": "1",
                "DESKHAND_RETRY_BASE_SECONDS": "0.05",
                "DESKHAND_TICK_SECONDS": "0.5",
                "DISCORD_BOT_TOKEN": TOKEN,
                "DISCORD_API_URL": f"{discord.url}/api/v10",
                **({"DISCORD_GATEWAY_URL": f"ws{discord.url[4:]}/gateway"} if gateway_url else {}),
            }
        )
        app = await build(settings, deskfile.load(settings.config))
        with contextlib.closing(bind("127.0.0.1", 0)) as listener:
            async with running(app, listener):
                await until(lambda: _true(app.chats["main"].health()["ok"]), what="the desk is connected")
                yield BarePeople(discord), app


async def _true(value: Any) -> Any:
    return value


async def settled(app: App) -> None:
    """Nothing waits to be said any more, and nothing was given up."""
    waiting = text("SELECT 1 FROM outbox WHERE state IN ('pending', 'sending', 'unknown')")
    await until(lambda: app.store.read(lambda connection: not list(connection.execute(waiting))), what="all is said")
    dead = text("SELECT kind, error FROM outbox WHERE state = 'dead'")
    assert await app.store.read(lambda connection: list(connection.execute(dead))) == []
