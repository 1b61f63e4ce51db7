"""The Discord server that a fresh sandbox shows: two customers of its own, and the same staff as on Slack."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sandbox.discord import permissions as may
from sandbox.model import Channel, Person, Usergroup, Workspace
from sandbox.world import World

GUILD: Final = "1480000000000000001"
"""Also the id of the role @everyone, as on Discord."""
AGENTS: Final = "1480000000000000011"
DESK_ROLE: Final = "1480000000000000012"
HELP: Final = "1480000000000000101"
IDEAS: Final = "1480000000000000102"
TRIAGE: Final = "1480000000000000103"
CONTACT: Final = "1480000000000000104"
BOT: Final = "1480000000000000201"
"""The bot's user and its application have one id."""
KIM: Final = "1480000000000000202"
LEE: Final = "1480000000000000203"
BO: Final = "1480000000000000204"
IDA: Final = "1480000000000000205"
MIA: Final = "1480000000000000206"

_STAFF: Final = {"U0BO": BO, "U0IDA": IDA, "U0MIA": MIA}
_TAGS: Final = ("New", "Open", "Waiting for you", "Solved", "Urgent", "High")


def plant(world: World) -> bool:
    """Add the server to a world, and tell nobody; False when it is there already."""
    if GUILD in world.workspaces:
        return False
    founded = world.clock.now() - timedelta(days=90).total_seconds()
    world.workspaces[GUILD] = Workspace(GUILD, "discord", "Acme Community", "acme-community")
    for person_id, account in _STAFF.items():
        if person_id in world.people:
            world.people[person_id].accounts["discord"] = account
    for person in (
        Person(KIM, GUILD, "kim", "Kim Holm", "customer", "Acme Community"),
        Person(LEE, GUILD, "lee", "Lee Park", "customer", "Acme Community"),
        Person(BOT, GUILD, "desk", "Desk", "app", "Acme", bot=BOT, app=BOT),
    ):
        world.people[person.id] = person
    staff = [one for one in _STAFF if one in world.people]
    everyone = [KIM, LEE, *staff, BOT]
    for role in (
        Usergroup(GUILD, GUILD, "everyone", "@everyone", [], traits={"permissions": may.MEMBER, "position": 0}),
        Usergroup(
            AGENTS,
            GUILD,
            "Agents",
            "Agents",
            [one for one in staff if one != "U0MIA"],
            traits={"permissions": may.MEMBER, "position": 1, "color": 0x2E7D5B},
        ),
        Usergroup(
            DESK_ROLE,
            GUILD,
            "Desk",
            "Desk",
            [BOT],
            traits={"permissions": may.DESK, "position": 2, "managed": True},
        ),
    ):
        world.usergroups[role.id] = role
    tags = [
        {
            "id": str(int(IDEAS) + 1000 + place),
            "name": name,
            "moderated": place != 0,
            "emoji_id": None,
            "emoji_name": None,
        }
        for place, name in enumerate(_TAGS)
    ]
    for channel in (
        Channel(HELP, GUILD, "help", "public", list(everyone), founded, "U0MIA", topic="Ask us anything"),
        Channel(IDEAS, GUILD, "ideas", "forum", list(everyone), founded, "U0MIA", traits={"tags": tags}),
    ):
        _open(world, channel)
    plant_contact(world)
    _open(
        world, Channel(TRIAGE, GUILD, "triage-discord", "private", [*staff, BOT], founded, "U0MIA", topic="Staff only")
    )
    return True


def plant_contact(world: World) -> bool:
    """Add the channel in which one asks in private; False when it is there already."""
    if CONTACT in world.channels:
        return False
    help_ = world.channels[HELP]
    topic = "Ask the team in private"
    contact = Channel(CONTACT, GUILD, "contact", "public", list(help_.members), help_.created, "U0MIA", topic=topic)
    _open(world, contact)
    return True


def _open(world: World, channel: Channel) -> None:
    world.restore_channel(channel)
    for person_id in channel.members:
        world.reads[(person_id, channel.id)] = ""
