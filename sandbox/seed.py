"""The small world that a fresh sandbox shows: one support organisation, two customers, a Friday afternoon."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sandbox.discord import seed as discord_seed
from sandbox.model import Channel, Message, Person, Usergroup, Workspace
from sandbox.world import World

HOME: Final = "T0ACME"
BOT_USER: Final = "U0DESK"
BOT: Final = "B0DESK"
APP: Final = "A0DESK"
SLACKBOT: Final = "USLACKBOT"

WORKSPACES: Final = (
    ("T0ACME", "Acme", "acme"),
    ("T0GLOBEX", "Globex", "globex"),
    ("T0INITECH", "Initech", "initech"),
)

_STAFF: Final = ("U0BO", "U0IDA", "U0MIA")

_TALK: Final = (
    ("C0TRIAGE", "09:04", "U0IDA", "Morning. I am here until five, then Bo has the late shift."),
    ("C0TRIAGE", "09:06", "U0BO", "Good. I write up yesterday's notes first, then I am all yours."),
    ("C0TRIAGE", "12:58", "U0IDA", "Lunch is done, the kitchen has soup left."),
    ("C0TRIAGE", "13:21", "U0BO", "Thanks, I will have some at two."),
    (
        "C0MANAGERS",
        "09:30",
        "U0MIA",
        "I read the figures here each morning at half past eight. No other meetings today.",
    ),
)


def plant(world: World) -> None:
    """Fill an empty world and tell nobody. Everything was said earlier on the day that the world's clock shows."""
    for workspace_id, name, domain in WORKSPACES:
        world.workspaces[workspace_id] = Workspace(workspace_id, "slack", name, domain)
    for person in _people():
        world.people[person.id] = person
    world.usergroups["S0AGENTS"] = Usergroup("S0AGENTS", HOME, "agents", "Support agents", ["U0BO", "U0IDA"])
    founded = world.clock.now() - timedelta(days=90).total_seconds()
    for channel in _channels(founded):
        world.restore_channel(channel)
    today = world.clock.local().date()
    for place, (channel_id, at, author, text) in enumerate(_TALK):
        hour, minute = (int(part) for part in at.split(":"))
        moment = datetime(
            today.year, today.month, today.day, hour, minute, 11 + place, tzinfo=ZoneInfo(world.clock.timezone)
        ).timestamp()
        ts = f"{int(moment)}.{100 * (place + 1):06d}"
        world.restore_message(Message(id=ts, channel=channel_id, author=author, at=moment, text=text))
    for channel in world.channels.values():
        for person_id in channel.members:
            top = world.rooms[channel.id].top
            world.reads[(person_id, channel.id)] = top[-1] if top else ""
    discord_seed.plant(world)


def _people() -> tuple[Person, ...]:
    return (
        Person(
            "U0ANN",
            "T0GLOBEX",
            "ann",
            "Ann Weber",
            "customer",
            "Globex",
            email="ann.weber@globex.example",
            title="Operations",
        ),
        Person("U0RAJ", "T0INITECH", "raj", "Raj Patel", "customer", "Initech", title="Engineering"),
        Person("U0BO", HOME, "bo", "Bo Lind", "agent", "Acme", email="bo@acme.example", title="Support"),
        Person("U0IDA", HOME, "ida", "Ida Sand", "agent", "Acme", email="ida@acme.example", title="Support"),
        Person("U0MIA", HOME, "mia", "Mia Roth", "manager", "Acme", email="mia@acme.example", title="Head of support"),
        Person(BOT_USER, HOME, "desk", "Desk", "app", "Acme", bot=BOT, app=APP),
        Person(SLACKBOT, HOME, "slackbot", "Slackbot", "app", "Slack"),
    )


def _channels(founded: float) -> tuple[Channel, ...]:
    shared = [*_STAFF, BOT_USER]
    return (
        Channel("C0TRIAGE", HOME, "triage", "private", list(shared), founded, "U0MIA", purpose="Staff only"),
        Channel(
            "C0GLOBEX",
            HOME,
            "globex-shared",
            "public",
            [*shared, "U0ANN"],
            founded,
            "U0MIA",
            shared_with=["T0GLOBEX"],
            purpose="Acme and Globex",
        ),
        Channel(
            "C0INITECH",
            HOME,
            "initech-shared",
            "public",
            [*shared, "U0RAJ"],
            founded,
            "U0MIA",
            shared_with=["T0INITECH"],
            purpose="Acme and Initech",
        ),
        Channel("C0MANAGERS", HOME, "managers", "private", ["U0MIA", BOT_USER], founded, "U0MIA"),
        Channel("D0BO", HOME, "", "im", ["U0BO", BOT_USER], founded, BOT_USER),
        Channel("D0IDA", HOME, "", "im", ["U0IDA", BOT_USER], founded, BOT_USER),
        Channel("D0MIA", HOME, "", "im", ["U0MIA", BOT_USER], founded, BOT_USER),
        Channel("D0ANN", HOME, "", "im", ["U0ANN", BOT_USER], founded, BOT_USER),
        Channel("D0RAJ", HOME, "", "im", ["U0RAJ", BOT_USER], founded, BOT_USER),
    )
