"""The desk's policy: what `desk.yaml` says, checked and frozen. Read by everyone, changed by nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import cached_property
from typing import Literal

from core.language.places import Identity, Place
from core.language.wording import Voice
from core.language.words import Intake, Priority, Role, Target

# A platform by the name that desk.yaml has for it; the composition root knows them.
Platform = str
Weekday = int  # 0 is Monday


@dataclass(frozen=True)
class Length:
    """How long a target is: minutes of business time, or whole business days of its calendar."""

    minutes: int = 0
    business_days: int = 0


@dataclass(frozen=True)
class Connection:
    id: str
    platform: Platform


@dataclass(frozen=True)
class Agent:
    id: str
    name: str
    role: Role
    identities: tuple[Identity, ...]


@dataclass(frozen=True)
class AgentGroup:
    """Everyone in a platform's group has this role. `group` is its id there: a user group, a role."""

    connection: str
    group: str
    role: Role


@dataclass(frozen=True)
class Team:
    id: str
    name: str
    agents: tuple[str, ...]
    triage: Place


@dataclass(frozen=True)
class AccountChannel:
    place: Place
    intake: Intake


@dataclass(frozen=True)
class Account:
    """`organisations`: where its people are at home, as the platform calls it (a workspace's id); empty: wherever the
    first of them is."""

    id: str
    name: str
    tier: str | None
    team: str | None
    channels: tuple[AccountChannel, ...]
    organisations: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Calendar:
    """Business hours in local time: for each weekday ordered, not overlapping (start, end) windows; an end of
    00:00 means the end of the day. `holidays` are whole days off, by local date."""

    id: str
    timezone: str
    hours: Mapping[Weekday, tuple[tuple[time, time], ...]]
    holidays: frozenset[date] = frozenset()
    holiday_country: str | None = None
    holiday_subdivision: str | None = None

    def __hash__(self) -> int:
        return hash(self.id)  # `hours` is a mapping; what is worked out from a calendar is cached by it


ALWAYS = Calendar(id="always", timezone="UTC", hours={d: ((time(0), time(0)),) for d in range(7)})


@dataclass(frozen=True)
class SlaPolicy:
    """Targets by priority. `warn` are shares of a target, 0 < share < 1, ascending. The first policy whose
    conditions hold applies (empty conditions hold always)."""

    id: str
    calendar: str | None
    targets: Mapping[Target, Mapping[Priority, Length]]
    warn: tuple[float, ...] = (0.75,)
    tiers: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    priorities: frozenset[Priority] = frozenset()


@dataclass(frozen=True)
class Digest:
    id: str
    to: Place
    at: time
    days: frozenset[Weekday]
    timezone: str


@dataclass(frozen=True)
class Policy:
    name: str
    timezone: str
    connections: tuple[Connection, ...]
    agents: tuple[Agent, ...] = ()
    agent_groups: tuple[AgentGroup, ...] = ()
    teams: tuple[Team, ...] = ()
    accounts: tuple[Account, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    sla: tuple[SlaPolicy, ...] = ()
    digests: tuple[Digest, ...] = ()
    reactions: Mapping[str, str] = field(default_factory=dict)
    categories: tuple[str, ...] = ()
    unknown_channels: Literal["alert", "off"] = "alert"
    join_minutes: int = 5
    max_file_bytes: int = 25 * 1024 * 1024
    # Requests to the language model in a day of the desk's time zone.
    model_daily_budget: int = 500
    wording: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def voice(self) -> Voice:
        return Voice(self.wording)

    @cached_property
    def agent_by_id(self) -> Mapping[str, Agent]:
        return {a.id: a for a in self.agents}

    @cached_property
    def agent_by_identity(self) -> Mapping[Identity, Agent]:
        return {i: a for a in self.agents for i in a.identities}

    @cached_property
    def account_by_id(self) -> Mapping[str, Account]:
        return {a.id: a for a in self.accounts}

    @cached_property
    def channel(self) -> Mapping[Place, tuple[Account, AccountChannel]]:
        """Customer channels: whose they are and how messages there become tickets."""
        return {c.place: (a, c) for a in self.accounts for c in a.channels}

    @cached_property
    def team_by_id(self) -> Mapping[str, Team]:
        return {t.id: t for t in self.teams}

    @cached_property
    def triage_channels(self) -> Mapping[Place, Team]:
        return {t.triage: t for t in self.teams}

    @cached_property
    def calendar_by_id(self) -> Mapping[str, Calendar]:
        return {c.id: c for c in self.calendars}

    @cached_property
    def platform_of(self) -> Mapping[str, Platform]:
        return {c.id: c.platform for c in self.connections}

    def calendar_of(self, sla: SlaPolicy) -> Calendar:
        return self.calendar_by_id[sla.calendar] if sla.calendar else ALWAYS

    def team_for(self, account: Account | None) -> Team | None:
        """Who works an account's tickets: its own team, else the desk's first."""
        if account and account.team:
            return self.team_by_id[account.team]
        return self.teams[0] if self.teams else None
