"""Customers and agents who go on with what they do, whatever happens to the desk meanwhile.

A customer's story: words, more words, an edit, a deletion, a reaction. An agent's part in it: a claim, answers, notes.
What an agent is told that it did not work is done again, as people do. All words are different, so that each can be
counted.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from support.books import DESK, Books
from support.outside import Outside
from support.processes import until
from support.whole_desk import BO, GLOBEX, IDA, INITECH, MIA, TRIAGE

from sandbox.control.people import caused
from sandbox.model import Message
from sandbox.slack import interact, modals
from sandbox.slack.blocks import interactive

# Seconds; a story is held up by every kill.
_PATIENCE = 120.0

# What goes wrong on the way while they do it, each now and then.
WEATHER: tuple[dict[str, Any], ...] = (
    {"method": "chat.*", "kind": "reset", "probability": 0.03},
    {"method": "chat.*", "kind": "error_after", "body": "html", "probability": 0.03},
    {"method": "chat.*", "kind": "late", "seconds": 3.3, "probability": 0.03},
    {"method": "*", "kind": "reset_before", "probability": 0.02},
    {"method": "*", "kind": "delay_answer", "seconds": 0.1, "probability": 0.05},
    {"method": "chat.*", "kind": "ratelimit", "retry_after": 1, "probability": 0.01},
    {"event": "*", "kind": "double", "probability": 0.05},
    {"event": "*", "kind": "double", "new_event_id": True, "probability": 0.05},
    {"event": "*", "kind": "ignore_ack", "probability": 0.05},
    {"event": "message", "kind": "hold", "seconds": 0.1, "probability": 0.05},
)


@dataclass
class Crowd:
    """Each of its agents goes through one story after the other until `enough` is set; stories that were begun then
    come to their end. What the platform gives up delivering is in its history, so the desk has all of it in the end."""

    people: Outside
    random: random.Random
    agents: tuple[str, ...] = (BO, IDA, MIA)
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    _solved: set[tuple[str, str]] = field(default_factory=set)
    _answers: list[str] = field(default_factory=list)
    _claimed: list[str] = field(default_factory=list)
    _words: int = 0

    def bad_weather(self) -> None:
        for order in WEATHER:
            self.people.sandbox.faults.add({**order, "count": None})

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for agent in self.agents:
                group.create_task(self._stories(agent))

    async def check(self, books: Books) -> None:
        """Beside messages: a ticket is claimed once, a reaction counts once, an answer is said once, in the thread of
        whichever of a customer's messages came first."""
        rows = await self.people.rows(
            "SELECT ticket, count(*) AS n FROM timeline WHERE event = 'claimed' GROUP BY ticket"
        )
        claims = {f"T-{row.ticket}": row.n for row in rows}
        for ticket in self._claimed:
            books.count(claims.get(ticket, 0), f"the claim of {ticket}")
        reacted = await self.people.rows('SELECT message, "user" FROM reaction WHERE is_on')
        for root, who in self._solved:
            books.count(reacted.count((root, who)), f"{who}'s reaction to {root}")
        for words in self._answers:
            posts = [m for m in self._said() if m.author == DESK and m.channel != TRIAGE and m.text == words]
            books.count(sum(m.thread is not None for m in posts), f"the answer “{words}”")

    # --- stories ----------------------------------------------------------------------------------------------

    async def _stories(self, agent: str) -> None:
        while not self.enough.is_set():
            await self._story(agent)

    async def _story(self, agent: str) -> None:
        channel = self.random.choice((GLOBEX, INITECH))
        who = self.people.newcomer(channel)
        subject = self._new("Trouble")
        root = await self._say(channel, who, subject)
        claimed = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._customer(channel, who, root, claimed))
            group.create_task(self._agent(agent, root, channel, claimed))

    def _new(self, what: str) -> str:
        self._words += 1
        return f"{what} {self._words:05}"

    def _said(self) -> list[Message]:
        rooms = self.people.sandbox.world.rooms.values()
        return [message for room in rooms for message in room.by_id.values()]

    async def _acked(self, act: Callable[[], object]) -> None:
        """Do it, and go on when the platform has delivered it or has given up."""
        with caused(self.people.sandbox) as deliveries:
            act()
        await asyncio.gather(*(one.done for one in deliveries))

    async def _say(self, channel: str, who: str, words: str, thread: str | None = None) -> str:
        world, made = self.people.sandbox.world, []
        await self._acked(lambda: made.append(world.post(channel, who, words, thread=thread).id))
        return made[0]

    # --- the customer -----------------------------------------------------------------------------------------

    async def _customer(self, channel: str, who: str, root: str, claimed: asyncio.Event) -> None:
        world, chance = self.people.sandbox.world, self.random
        mine: list[str] = []
        for _ in range(chance.randint(2, 5)):
            match chance.choice(("reply", "reply", "beside", "edit", "delete", "solved")):
                case "reply":
                    mine.append(await self._say(channel, who, self._new("More"), root))
                case "beside":
                    await self._say(channel, who, self._new("Beside"))
                case "edit":
                    one, words = chance.choice([root, *mine]), self._new("Changed")
                    await self._acked(lambda one=one, words=words: world.edit(channel, one, who, text=words))
                case "delete" if mine:
                    one = mine.pop()
                    await self._acked(lambda one=one: world.delete(channel, one, who))
                case "solved" if claimed.is_set() and (root, who) not in self._solved:
                    self._solved.add((root, who))
                    await self._acked(lambda: world.react(channel, root, who, "white_check_mark"))

    # --- the agent --------------------------------------------------------------------------------------------

    async def _agent(self, who: str, root: str, channel: str, claimed: asyncio.Event) -> None:
        card = await until(lambda: self._card(root), _PATIENCE, f"the card of {root}")
        if await self._press(who, card, "claim:"):
            self._claimed.append(card.text.split(" ")[0])
        claimed.set()
        for _ in range(self.random.randint(1, 2)):
            words = self._new("Answer")
            match self.random.choice(("writes", "form", "note")):
                case "writes":
                    await self._say(channel, who, words, root)
                case "form":
                    if (
                        await until(lambda words=words: self._by_form(who, card, words), _PATIENCE, f"“{words}”")
                        == "sent"
                    ):
                        self._answers.append(words)
                case "note":
                    await self._say(TRIAGE, who, words, card.id)

    async def _card(self, root: str) -> Message | None:
        for row in await self.people.rows("SELECT ticket FROM message WHERE external = :root", root=root):
            room = self.people.sandbox.world.rooms[TRIAGE]
            return next(
                (m for m in room.by_id.values() if m.author == DESK and m.text.startswith(f"T-{row.ticket} ")), None
            )
        return None

    async def _press(self, who: str, card: Message, action: str) -> bool:
        """Press it until that works; False when there is no such button (any more)."""
        pressed = False

        async def look() -> bool:
            nonlocal pressed
            now = self.people.sandbox.world.message(card.channel, card.id)
            found = [e["action_id"] for b in now.blocks for e in interactive(b) if e["action_id"].startswith(action)]
            if not found:
                return True
            outcome = await interact.press(
                self.people.sandbox.slack, who, channel=card.channel, ts=card.id, action_id=found[0]
            )
            pressed = outcome.ok
            return pressed

        await until(look, _PATIENCE, f"{who} presses {action} on “{card.text}”")
        return pressed

    async def _by_form(self, who: str, card: Message, words: str) -> str:
        """Fill in the form that is open and send it; with none open, ask for one. Empty: again."""
        slack = self.people.sandbox.slack
        number = card.text.split(" ")[0].removeprefix("T-")
        forms = slack.world.forms_of(who)
        if not forms:
            return "" if await self._press(who, card, "form_reply:") else "no such button"
        if f"reply:{number}" not in forms[-1].payload.get("private_metadata", ""):
            await modals.close(slack, who)
            return ""
        outcome = await modals.submit(slack, who, {"text": words, "then": "open"})
        return "sent" if outcome.ok else ""
