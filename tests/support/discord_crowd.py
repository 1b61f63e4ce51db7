"""Customers on Discord, and an agent who answers them there, who go on whatever happens to the desk; see `crowd`.

Discord delivers an event once, to whoever is connected, and never says that it could not; the rest is in its history.
"""

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.books import Books
from support.discord_desk import controls, text_of
from support.outside import Outside
from support.processes import until
from support.whole_desk import GLOBEX, IDA, INITECH, MIA, TRIAGE

from sandbox.control.people import say
from sandbox.discord import interact, seed
from sandbox.discord.commands import BadTyping
from sandbox.model import Message, Person
from sandbox.world import Missing

_PATIENCE = 120.0

WEATHER: tuple[dict[str, Any], ...] = (
    {"method": "create_message", "kind": "reset", "probability": 0.03},
    {"method": "create_message", "kind": "error_after", "status": 503, "body": "html", "probability": 0.03},
    {"method": "create_message", "kind": "late", "seconds": 3.3, "probability": 0.03},
    {"event": "MESSAGE_*", "kind": "double", "probability": 0.05},
    {"event": "MESSAGE_*", "kind": "hold", "seconds": 0.1, "probability": 0.05},
)

# A team on each platform, with what the crowds need.
_POLICY = f"""
desk: {{name: Acme Support, timezone: Europe/Berlin}}
connections:
  - {{id: main, platform: slack}}
  - {{id: community, platform: discord}}
agents:
  - {{id: bo, name: Bo Lind, role: agent, identities: [{{connection: community, user: '{seed.BO}'}}]}}
  - {{id: ida, name: Ida Sand, role: agent, identities: [{{connection: main, user: {IDA}}}]}}
  - {{id: mia, name: Mia Roth, role: lead, identities: [{{connection: main, user: {MIA}}}]}}
teams:
  - {{id: support, name: Support, agents: [ida, mia], triage: {{connection: main, channel: {TRIAGE}}}}}
  - {{id: community, name: Community, agents: [bo], triage: {{connection: community, channel: '{seed.TRIAGE}'}}}}
accounts:
  - {{id: globex, name: Globex, team: support, channels: [{{connection: main, channel: {GLOBEX}, intake: every}}]}}
  - {{id: initech, name: Initech, team: support, channels: [{{connection: main, channel: {INITECH}, intake: every}}]}}
  - id: community
    name: Community
    team: community
    channels: [{{connection: community, channel: '{seed.HELP}', intake: every}}]
sla:
  - {{id: standard, first_response: {{normal: 75m}}, resolution: {{normal: 3d}}}}
reactions: {{eyes: claim, white_check_mark: resolve}}
"""


def serve_discord(people: Outside) -> None:
    """Desks that are started from now on are on Discord, too, with a team of its own there."""
    path: Path = people.world.folder / "both.yaml"
    path.write_text(_POLICY)
    people.environment |= {
        "DESKHAND_CONFIG": str(path),
        "DISCORD_BOT_TOKEN": "discord-sandbox",
        "DISCORD_API_URL": f"{people.sandbox.base_url}/discord/api/v10",
    }


@dataclass
class DiscordCrowd:
    """Bo goes through one story after the other until `enough` is set."""

    people: Outside
    random: random.Random
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    _answers: list[str] = field(default_factory=list)
    _claimed: list[int] = field(default_factory=list)
    _words: int = 0

    def bad_weather(self) -> None:
        for order in WEATHER:
            self.people.sandbox.faults.add({**order, "count": None})

    async def run(self) -> None:
        while not self.enough.is_set():
            await self._story()

    async def check(self, books: Books) -> None:
        """A ticket is claimed once, an answer is said once."""
        for ticket in self._claimed:
            rows = await self.people.rows(
                "SELECT 1 FROM timeline WHERE event = 'claimed' AND ticket = :ticket", ticket=ticket
            )
            books.count(len(rows), f"the claim of T-{ticket}")
        threads = self.people.sandbox.world.threads_of(seed.HELP)
        for words in self._answers:
            said = [m for thread in threads for m in self._in(thread.id) if m.author == seed.BOT]
            posts = [m for m in said if text_of(m).endswith(f"\n{words}")]
            books.count(len(posts), f"the answer “{words}”")

    async def _story(self) -> None:
        who = self._newcomer()
        root = self._say(who, seed.HELP, self._new("Riddle"))
        async with asyncio.TaskGroup() as group:
            group.create_task(self._customer(who, root))
            group.create_task(self._agent(root))

    def _new(self, what: str) -> str:
        self._words += 1
        return f"{what} of the community {self._words:05}"

    def _newcomer(self) -> str:
        world = self.people.sandbox.world
        who = str(int(seed.BOT) + 1000 + len(world.people))
        world.put_person(Person(who, seed.GUILD, f"n{who[-4:]}", f"Guest {who[-4:]}", "customer", "Acme Community"))
        world.join(seed.HELP, who)
        return who

    def _say(self, who: str, channel: str, words: str, thread: str = "") -> str:
        return say(self.people.sandbox, {"as": who, "channel": channel, "text": words, "thread": thread}).id

    def _in(self, channel: str) -> list[Message]:
        world = self.people.sandbox.world
        return list(world.history(channel)) if channel in world.channels else []

    # --- the customer -----------------------------------------------------------------------------------------

    async def _customer(self, who: str, root: str) -> None:
        world, chance = self.people.sandbox.world, self.random
        mine = [(seed.HELP, root)]
        for _ in range(chance.randint(2, 5)):
            match chance.choice(("reply", "reply", "beside", "edit", "delete")):
                case "reply":
                    mine.append((root, self._say(who, seed.HELP, self._new("More"), root)))
                case "beside":
                    self._say(who, seed.HELP, self._new("Beside"))
                case "edit":
                    channel, one = chance.choice(mine)
                    world.edit(channel, one, who, text=self._new("Changed"))
                case "delete" if len(mine) > 1:
                    world.delete(*mine.pop(), who)
            await self.people.sandbox.traffic.wait_idle(0.02, 0.3)

    # --- the agent --------------------------------------------------------------------------------------------

    async def _agent(self, root: str) -> None:
        card, ticket = await until(lambda: self._card(root), _PATIENCE, f"the card of {root}")
        if await until(lambda: self._press(card, f"claim:{ticket}"), _PATIENCE, f"T-{ticket} is claimed") == "pressed":
            self._claimed.append(ticket)
        for _ in range(self.random.randint(1, 2)):
            words = self._new("Answer")
            match self.random.choice(("writes", "form", "form", "note")):
                case "writes":
                    self._say(seed.BO, seed.HELP, words, root)
                case "form":
                    sent = await until(lambda words=words: self._by_form(card, ticket, words), _PATIENCE, words)
                    if sent == "sent":
                        self._answers.append(words)
                case "note":
                    self._say(seed.BO, seed.TRIAGE, words, card.id)

    async def _card(self, root: str) -> tuple[Message, int] | None:
        for row in await self.people.rows("SELECT ticket FROM message WHERE external = :root", root=root):
            for card in self._in(seed.TRIAGE):
                if card.author == seed.BOT and any(_token(c) == f"claim:{row.ticket}" for c in controls(card.blocks)):
                    return card, row.ticket
        return None

    async def _press(self, card: Message, token: str) -> str:
        """Empty: it did not work and may be tried again."""
        discord = self.people.sandbox.discord
        now = self.people.sandbox.world.message(card.channel, card.id)
        found = [str(c["custom_id"]) for c in controls(now.blocks) if _token(c) == token]
        if not found:
            return "no such button"
        try:
            outcome = await interact.press(discord, seed.BO, card.channel, card.id, found[0])
        except (Missing, BadTyping):  # it was redrawn this moment
            return ""
        return "pressed" if outcome.ok else ""

    async def _by_form(self, card: Message, ticket: int, words: str) -> str:
        """Fill in the form that is open and send it; with none open, ask for one."""
        world = self.people.sandbox.world
        bo = world.person(seed.BO).id
        forms = [one for one in world.forms_of(bo) if one.origin.get("platform") == "discord"]
        if not forms:
            return "" if await self._press(card, f"form_reply:{ticket}") != "no such button" else "no such button"
        if not forms[-1].payload["custom_id"].startswith(f"reply:{ticket}"):
            world.set_forms(bo, [])
            return ""
        outcome = await interact.submit(self.people.sandbox.discord, seed.BO, {"text": words, "then": "open"})
        return "sent" if outcome.ok else ""


def _token(control: dict[str, Any]) -> str:
    return str(control.get("custom_id", "")).partition("~")[0]
