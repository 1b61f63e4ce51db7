"""The whole desk with the sandbox's Discord, and who does and sees what there."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from support.whole_desk import GLOBEX, TRIAGE, WholeDesk, World, desk_in, world

from adapters.discord.render import words_of
from bot.sandboxed import DESK_FILE
from sandbox.discord import interact, seed
from sandbox.model import Channel, Message

# Where the community's tickets are worked on.
ON_DISCORD = f"{{connection: community, channel: '{seed.TRIAGE}'}}"
ON_SLACK = f"{{connection: main, channel: {TRIAGE}}}"
# Channels in which one asks by a form.
PANEL = seed.CONTACT
FORMS = (
    f"{{connection: community, channel: '{PANEL}', intake: form}}",
    f"{{connection: main, channel: {GLOBEX}, intake: form}}",
)
_GLOBEX = f"  - {{id: globex, name: Globex, channels: [{{connection: main, channel: {GLOBEX}, intake: every}}]}}\n"


def desk_file(folder: Path, triage: str, more: Sequence[str] = ()) -> Path:
    """`more`: further channels of the account."""
    path = folder / "desk.yaml"
    listed = "\n".join(f"      - {one}" for one in more)
    path.write_text(f"""
desk: {{name: Acme Support, timezone: Europe/Berlin}}
connections:
  - {{id: main, platform: slack}}
  - {{id: community, platform: discord}}
agents:
  - id: bo
    name: Bo Lind
    role: agent
    identities: [{{connection: main, user: U0BO}}, {{connection: community, user: '{seed.BO}'}}]
  - {{group: {{connection: community, role: '{seed.AGENTS}'}}, role: agent}}
teams:
  - {{id: support, name: Support, agents: [bo], triage: {triage}}}
accounts:
  - id: community
    name: Community
    channels:
      - {{connection: community, channel: '{seed.HELP}', intake: every}}
      - {{connection: community, channel: '{seed.IDEAS}', intake: every}}
{listed}
reactions: {{eyes: claim, white_check_mark: resolve, rotating_light: urgent}}
""")
    return path


class DiscordDesk:
    """What people do and see on Discord; `desk` has the Slack side."""

    def __init__(self, desk: WholeDesk) -> None:
        self.desk = desk
        self.sandbox = desk.sandbox

    async def write(self, person: str, channel: str, words: str, thread: str | None = None, **more: Any) -> str:
        fields = {"as": person, "channel": channel, "text": words, **({"thread": thread} if thread else {}), **more}
        answer = await self.desk.post("post", **fields)
        return str(answer["ts"])

    async def refused(self, person: str, channel: str, words: str, thread: str) -> str:
        """Discord's word for why somebody cannot write there."""
        fields = {"as": person, "channel": channel, "text": words, "thread": thread}
        answer = await self.desk.control.post("/control/post", json=fields)
        assert answer.status_code >= 400, answer.text
        return str(answer.json()["error"]["code"])

    def standing(self, thread: str) -> str:
        found = self.sandbox.world.channel(thread)
        said = ("archived" if found.archived else "active", "locked" if found.traits.get("locked") else "")
        return ", ".join(filter(None, said))

    def tags(self, thread: str) -> list[str]:
        """A post's tags, by name."""
        post = self.sandbox.world.channel(thread)
        names = {tag["id"]: tag["name"] for tag in self.sandbox.world.channel(post.parent or "").traits["tags"]}
        return sorted(names[tag] for tag in post.traits.get("applied_tags", []))

    def threads(self, channel: str) -> list[Channel]:
        return self.sandbox.world.threads_of(channel)

    async def finds(self, channel: str, words: str) -> Message:
        """The newest message of the desk with these words, once it is in a channel or thread."""

        async def look() -> Message | None:
            fits = [m for m in self.messages(channel) if words in text_of(m) and m.author == seed.BOT]
            return fits[-1] if fits else None

        return await self.desk.until(look, f"“{words}” in {channel}")

    def messages(self, channel: str) -> list[Message]:
        return list(self.sandbox.world.history(channel)) if channel in self.sandbox.world.channels else []

    async def press(self, person: str, message: Message, label: str) -> Any:
        control = next(one for one in controls(message.blocks) if one.get("label") == label)
        return await interact.press(self.sandbox.discord, person, message.channel, message.id, control["custom_id"])

    async def command(self, person: str, channel: str, typed: str) -> Any:
        return await interact.command(self.sandbox.discord, person, channel, typed)

    async def submit(self, person: str, **entered: str) -> Any:
        return await interact.submit(self.sandbox.discord, person, entered)


def text_of(message: Message) -> str:
    return words_of({"content": message.text, "components": message.blocks})


def controls(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [found for one in blocks for found in (one, *controls(one.get("components", [])))]


@contextlib.asynccontextmanager
async def discord_desk_in(
    found: World, database_url: str, triage: str, more: Sequence[str] = (), **environment: str
) -> AsyncIterator[DiscordDesk]:
    file = str(desk_file(found.folder, triage, more))
    async with desk_in(found, database_url, DESKHAND_CONFIG=file, **_on_discord(found), **environment) as desk:
        yield DiscordDesk(desk)


@contextlib.asynccontextmanager
async def discord_desk(database_url: str, folder: Path, triage: str, **environment: str) -> AsyncIterator[DiscordDesk]:
    async with world(folder) as found, discord_desk_in(found, database_url, triage, **environment) as people:
        yield people


@contextlib.asynccontextmanager
async def sandbox_desk(database_url: str, folder: Path) -> AsyncIterator[WholeDesk]:
    """The desk that `deskhand sandbox` runs, on both platforms."""
    async with world(folder) as found:
        more = {**_on_discord(found), "DESKHAND_CONFIG": str(DESK_FILE)}
        async with desk_in(found, database_url, **more) as desk:
            yield desk


def on_both(found: World, triage: str = ON_SLACK) -> dict[str, str]:
    """The environment of a desk whose customers are on both platforms and whose team works at `triage`."""
    path = found.folder / "both.yaml"
    path.write_text(desk_file(found.folder, triage).read_text().replace("accounts:\n", f"accounts:\n{_GLOBEX}", 1))
    return {**_on_discord(found), "DESKHAND_CONFIG": str(path)}


def _on_discord(found: World) -> dict[str, str]:
    return {
        "DISCORD_BOT_TOKEN": "discord-sandbox",
        "DISCORD_API_URL": f"{found.sandbox.base_url}/discord/api/v10",
    }
