"""Connections, agents, teams and accounts, and the channels that belong to them."""

from collections.abc import Mapping
from typing import cast

from bot.deskfile.cursor import Cursor, Fields
from bot.deskfile.problems import shown
from bot.deskfile.values import platform_id
from bot.platforms.kind import Kind, Kinds
from core.language.places import Identity, Place
from core.language.policy import Account, AccountChannel, Agent, AgentGroup, Connection, Team
from core.language.words import INTAKES, Intake, Role

AGENT_ROLES: tuple[Role, ...] = ("agent", "lead", "manager")

# By id; None for a connection whose platform could not be read. None as a whole when the section could not be.
Connections = Mapping[str, Kind | None] | None


class Ids:
    """The ids of one section: each once."""

    def __init__(self) -> None:
        self._lines: dict[str, int] = {}

    def take(self, fields: Fields, example: str) -> str | None:
        cursor = fields.required("id", example)
        value = cursor.identifier() if cursor else None
        if cursor is None or value is None:
            return None
        if value in self._lines:
            cursor.wrong(
                f"{shown(value)} is used twice, first in line {self._lines[value]}; give one of them another id"
            )
            return None
        self._lines[value] = cursor.node.line
        return value

    @property
    def known(self) -> tuple[str, ...]:
        return tuple(self._lines)


class Channels:
    """What each channel is for. A customer's channel is nothing else, or what is internal would be read there."""

    def __init__(self) -> None:
        self._uses: dict[Place, tuple[str, int]] = {}
        self._customers: set[Place] = set()
        # Where the first channel stands in which only a reaction opens a ticket.
        self.needs_reaction: Cursor | None = None

    def triage(self, place: Place, cursor: Cursor, team: str) -> bool:
        """False when the channel is something else already, which was told."""
        return self._use(place, cursor, f"the triage channel of {team}")

    def customer(self, place: Place, cursor: Cursor, account: str) -> bool:
        """False when the channel is something else already, which was told."""
        free = self._use(place, cursor, f"a customer channel of {account}")
        if free:
            self._customers.add(place)
        return free

    def digest(self, place: Place, cursor: Cursor) -> bool:
        """False when customers read there, which was told. Digests may share a channel, also with triage."""
        if place not in self._customers:
            return True
        what, line = self._uses[place]
        cursor.wrong(f"{shown(place.channel)} is {what} (line {line}); a digest is internal, use another channel")
        return False

    def _use(self, place: Place, cursor: Cursor, what: str) -> bool:
        if place in self._uses:
            other, line = self._uses[place]
            cursor.wrong(f"{shown(place.channel)} is {other} already (line {line}); use another channel")
            return False
        self._uses[place] = what, cursor.node.line
        return True


def connections(section: Cursor, platforms: Kinds) -> tuple[tuple[Connection, ...], Connections]:
    out: list[Connection] = []
    known: dict[str, Kind | None] = {}
    lines: dict[str, int] = {}
    ids = Ids()
    for item in section.items():
        fields = item.fields("id", "platform")
        if fields is None:
            continue
        id_ = ids.take(fields, "main")
        cursor = fields.required("platform", "slack")
        chosen = cursor.choice(tuple(platforms), "a platform") if cursor else None
        if cursor and chosen in lines:
            cursor.wrong(f"is {chosen} in line {lines[chosen]} too, and {platforms[chosen].only_one}; keep one of them")
        elif cursor and chosen:
            lines[chosen] = cursor.node.line
        if id_:
            known[id_] = platforms[chosen] if chosen else None
            if chosen:
                out.append(Connection(id_, chosen))
    if section.is_list and section.is_empty:
        section.wrong("has no connection; add one, such as {id: main, platform: slack}")
    return tuple(out), known or None


def connection_of(fields: Fields, known: Connections) -> tuple[str | None, Kind | None]:
    cursor = fields.required("connection", next(iter(known or ()), "main"))
    id_ = cursor.refer(known, "the id of a connection") if cursor else None
    return id_, (known or {}).get(id_ or "")


def place(cursor: Cursor, known: Connections) -> tuple[Place | None, Cursor]:
    """`{connection: main, channel: C0TRIAGE}`, with where the channel stands."""
    fields = cursor.fields("connection", "channel")
    if fields is None:
        return None, cursor
    return _place(fields, known, cursor)


def _place(fields: Fields, known: Connections, cursor: Cursor) -> tuple[Place | None, Cursor]:
    connection, platform = connection_of(fields, known)
    at = fields.required("channel", "C0TRIAGE")
    channel = platform_id(at, platform, "channel") if at else None
    return (Place(connection, channel) if connection and channel else None), at or cursor


def agents(
    section: Cursor, known: Connections, platforms: Kinds
) -> tuple[tuple[Agent, ...], tuple[AgentGroup, ...], tuple[str, ...]]:
    """Named agents, groups of agents, and all ids that were given, also to agents with something wrong."""
    people: list[Agent] = []
    groups: list[AgentGroup] = []
    ids = Ids()
    identities: dict[Identity, str] = {}
    for item in section.items():
        fields = item.fields("id", "name", "role", "identities", "group")
        if fields is None:
            continue
        role_at = fields.optional("role")
        role = cast("Role | None", role_at.choice(AGENT_ROLES, "an agent's role") if role_at else "agent")
        if "group" in fields:
            group = _group(fields, known, role, platforms)
            if group:
                groups.append(group)
            continue
        id_ = ids.take(fields, "bo")
        name_at = fields.required("name", "Bo Lind")
        name = name_at.text("a name") if name_at else None
        mine = _identities(fields, known, id_ or "another agent", identities)
        if id_ and name and role and mine:
            people.append(Agent(id_, name, role, mine))
    return tuple(people), tuple(groups), ids.known


def _identities(fields: Fields, known: Connections, agent: str, taken: dict[Identity, str]) -> tuple[Identity, ...]:
    at = fields.required("identities", "[{connection: main, user: U0BO}]")
    out: list[Identity] = []
    for item in at.items() if at else ():
        entry = item.fields("connection", "user")
        if entry is None:
            continue
        connection, platform = connection_of(entry, known)
        user_at = entry.required("user", "U0BO")
        user = platform_id(user_at, platform, "user") if user_at else None
        if user_at is None or not connection or not user:
            continue
        identity = Identity(connection, user)
        if identity in taken:
            user_at.wrong(f"{shown(user)} is an identity of {taken[identity]} already; a person is one agent")
            continue
        taken[identity] = agent
        out.append(identity)
    if at and at.is_list and at.is_empty:
        at.wrong("has no identity; add one, such as {connection: main, user: U0BO}")
    return tuple(out)


def _group(fields: Fields, known: Connections, role: Role | None, platforms: Kinds) -> AgentGroup | None:
    for key in ("id", "name", "identities"):
        if key in fields:
            fields.found[key].wrong("does not go with a group; a group's people are known by their platform's names")
    at = fields.found["group"]
    called = tuple(dict.fromkeys(kind.group for kind in platforms.values()))
    group = at.fields("connection", *called)
    if group is None:
        return None
    connection, platform = connection_of(group, known)
    kind = platform or next(iter(platforms.values()))
    key, others = kind.group, [one for one in called if one in group and one != kind.group]
    if others and platform:
        group.found[others[0]].wrong(f"{platform.title} has none; write {key}: and the id of the {key} instead")
        return None
    example = kind.ids["group"].example
    id_at = group.required(key, f'"{example}"' if example.isdigit() else example)
    id_ = platform_id(id_at, platform, "group") if id_at else None
    return AgentGroup(connection, id_, role) if connection and id_ and role else None


def teams(
    section: Cursor, known: Connections, agent_ids: tuple[str, ...], channels: Channels
) -> tuple[tuple[Team, ...], tuple[str, ...]]:
    out: list[Team] = []
    ids = Ids()
    for item in section.items():
        fields = item.fields("id", "name", "agents", "triage")
        if fields is None:
            continue
        id_ = ids.take(fields, "support")
        name_at = fields.required("name", "Support")
        name = name_at.text("a name") if name_at else None
        members_at = fields.optional("agents")
        members: list[str] = []
        for member in members_at.items() if members_at else ():
            agent = member.refer(agent_ids, "the id of an agent")
            if agent in members:
                member.wrong(f"{shown(agent)} is in this team already; delete one of the two")
            elif agent:
                members.append(agent)
        triage_at = fields.required("triage", "{connection: main, channel: C0TRIAGE}")
        triage, at = place(triage_at, known) if triage_at else (None, item)
        if triage and not channels.triage(triage, at, id_ or "another team"):
            continue
        if id_ and name and triage:
            out.append(Team(id_, name, tuple(members), triage))
    return tuple(out), ids.known


def accounts(
    section: Cursor, known: Connections, team_ids: tuple[str, ...], channels: Channels, default: Intake
) -> tuple[tuple[Account, ...], tuple[str, ...]]:
    out: list[Account] = []
    ids = Ids()
    for item in section.items():
        fields = item.fields("id", "name", "tier", "team", "channels", "organisations")
        if fields is None:
            continue
        id_ = ids.take(fields, "globex")
        name_at = fields.required("name", "Globex")
        name = name_at.text("a name") if name_at else None
        tier_at = fields.optional("tier")
        tier = tier_at.text("a tier", 40) if tier_at else None
        team_at = fields.optional("team")
        team = team_at.refer(team_ids, "the id of a team") if team_at else None
        channels_at = fields.optional("channels")
        mine = [
            channel
            for entry in (channels_at.items() if channels_at else ())
            if (channel := _channel(entry, known, id_ or "another account", channels, default))
        ]
        if id_ and name:
            out.append(Account(id_, name, tier, team, tuple(mine), _organisations(fields)))
    return tuple(out), ids.known


def _organisations(fields: Fields) -> frozenset[str]:
    section = fields.optional("organisations")
    found = [item.text("the id of a workspace", 40) for item in section.items()] if section else []
    return frozenset(filter(None, found))


def _channel(
    entry: Cursor, known: Connections, account: str, channels: Channels, default: Intake
) -> AccountChannel | None:
    fields = entry.fields("connection", "channel", "intake")
    if fields is None:
        return None
    found, at = _place(fields, known, entry)
    intake_at = fields.optional("intake")
    intake = cast("Intake | None", intake_at.choice(INTAKES, "an intake mode") if intake_at else default)
    if found is None or not channels.customer(found, at, account) or intake is None:
        return None
    if intake == "reaction" and channels.needs_reaction is None:
        channels.needs_reaction = at
    return AccountChannel(found, intake)
