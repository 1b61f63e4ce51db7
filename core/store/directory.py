"""Who is who: identities to people, cached in memory.

A cache entry is filled only after the commit that made or read it and lives for a minute, so that another
process's change is seen soon; this process drops an entry at once when it changes the person.
"""

from datetime import datetime
from time import monotonic

from sqlalchemy import bindparam, exists, select
from sqlalchemy.engine import Connection

from core.language.facts import Person
from core.language.places import Identity
from core.language.policy import Agent, Policy
from core.language.words import Role
from core.store import tables as t
from core.store import writes
from core.store.engine import Tx

_CACHE_SECONDS = 60.0
_CACHE_SIZE = 50_000

_by_identity = (
    select(
        t.person.c.id,
        t.person.c.name,
        t.person.c.email,
        t.person.c.timezone,
        t.person.c.account,
        t.person.c.agent,
        t.identity.c.is_bot,
        t.identity.c.is_deleted,
    )
    .join(t.identity, t.identity.c.person == t.person.c.id)
    .where(t.identity.c.connection == bindparam("connection"), t.identity.c.user == bindparam("user"))
)
_by_id = select(
    t.person.c.id,
    t.person.c.name,
    t.person.c.email,
    t.person.c.timezone,
    t.person.c.account,
    t.person.c.agent,
).where(t.person.c.id == bindparam("id"))
_by_agent = select(t.person.c.id).where(t.person.c.agent == bindparam("agent"))
_groups = select(t.group_member.c.group).where(
    t.group_member.c.connection == bindparam("connection"), t.group_member.c.user == bindparam("user")
)
_identity_on = (
    select(t.identity.c.user)
    .where(t.identity.c.person == bindparam("person"), t.identity.c.connection == bindparam("connection"))
    .order_by(t.identity.c.user)
    .limit(1)
)
_agent_identities = (
    select(t.identity.c.connection, t.identity.c.user, t.person.c.name)
    .join(t.person, t.person.c.id == t.identity.c.person)
    .where(t.person.c.agent == bindparam("agent"))
)


class Directory:
    """People by identity. Roles come from the policy (and its platform groups), never from a message."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._cache: dict[Identity, tuple[float, Person]] = {}

    def forget(self) -> None:
        """Drop everything cached (a group, a person or the policy changed)."""
        self._cache.clear()

    def known(self, tx: Tx, identity: Identity) -> Person | None:
        cached = self._cache.get(identity)
        if cached and cached[0] > monotonic():
            return cached[1]
        found = self.look_up(tx.connection, identity)
        if found:
            self._remember(tx, identity, found)
        return found

    def resolve(
        self, tx: Tx, identity: Identity, *, now: datetime, name: str | None, home: str | None
    ) -> tuple[Person, bool]:
        """The person, and whether they were made just now as a placeholder that needs its profile fetched."""
        found = self.known(tx, identity)
        if found:
            return found, False
        agent = self.policy.agent_by_identity.get(identity)
        if agent:
            existing = tx.execute(_by_agent, {"agent": agent.id}).scalar_one_or_none()
            person_id = existing or writes.add_person(
                tx,
                {
                    "name": agent.name,
                    "email": None,
                    "timezone": None,
                    "account": None,
                    "agent": agent.id,
                    "created_at": now,
                },
            )
        else:
            person_id = writes.add_person(
                tx,
                {
                    "name": name or identity.user,
                    "email": None,
                    "timezone": None,
                    "account": None,
                    "agent": None,
                    "created_at": now,
                },
            )
        writes.add_identity(
            tx,
            {
                "connection": identity.connection,
                "user": identity.user,
                "person": person_id,
                "name": name,
                "home": home,
            },
        )
        person = self.look_up(tx.connection, identity)
        if person is None:
            raise LookupError(f"the person {identity} that was just written is not there")
        self._remember(tx, identity, person)
        return person, True

    def look_up(self, connection: Connection, identity: Identity) -> Person | None:
        """The person as the database and the policy have them, past the cache."""
        row = connection.execute(_by_identity, {"connection": identity.connection, "user": identity.user}).first()
        if row is None:
            return None
        agent, role = self._role(connection, identity, row.agent, usable=not (row.is_bot or row.is_deleted))
        return Person(
            id=row.id,
            name=row.name,
            role=role,
            agent=agent,
            account=row.account,
            email=row.email,
            timezone=row.timezone,
            standing="bot" if row.is_bot else "deleted" if row.is_deleted else "active",
        )

    def _role(
        self, connection: Connection, identity: Identity, stored_agent: str | None, *, usable: bool
    ) -> tuple[str | None, Role]:
        if not usable:
            return None, "customer"
        agent = self.policy.agent_by_identity.get(identity)
        if agent is None and stored_agent:
            agent = self.policy.agent_by_id.get(stored_agent)
        if agent:
            return agent.id, agent.role
        if self.policy.agent_groups:
            member_of = {
                row[0]
                for row in connection.execute(_groups, {"connection": identity.connection, "user": identity.user})
            }
            for group in self.policy.agent_groups:
                if group.connection == identity.connection and group.group in member_of:
                    return stored_agent or identity.user, group.role
        return None, "customer"

    def _remember(self, tx: Tx, identity: Identity, person: Person) -> None:
        def fill() -> None:
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            self._cache[identity] = (monotonic() + _CACHE_SECONDS, person)

        tx.after_commit(fill)

    # --- agents by id -----------------------------------------------------------------------------------------

    def agent_name(self, connection: Connection, agent: str) -> str:
        """An agent's name by id; members of groups are people of the database."""
        known = self.policy.agent_by_id.get(agent)
        if known:
            return known.name
        row = connection.execute(_agent_identities, {"agent": agent}).first()
        return row.name if row else agent

    def agent_identity(self, connection: Connection, agent: str, on: str) -> Identity | None:
        """How an agent is known on one connection; None when they are not there."""
        known = self.policy.agent_by_id.get(agent)
        if known:
            return next((i for i in known.identities if i.connection == on), None)
        for row in connection.execute(_agent_identities, {"agent": agent}):
            if row.connection == on:
                return Identity(row.connection, row.user)
        return None

    def find_agent(self, connection: Connection, word: str, on: str) -> Agent | None:
        """The agent that a word means: an id, a name, a first name that only one has, or a platform's user id.
        None when nobody or more than one fits."""
        word = word.strip().lstrip("@")
        folded = word.casefold()
        for agent in self.policy.agents:
            if agent.id.casefold() == folded or agent.name.casefold() == folded:
                return agent
            if any(i.connection == on and i.user == word for i in agent.identities):
                return agent
        by_first_name = [a for a in self.policy.agents if a.name.split(" ")[0].casefold() == folded]
        if len(by_first_name) == 1:
            return by_first_name[0]
        person = self.look_up(connection, Identity(on, word))
        if person and person.is_agent and person.agent:
            return Agent(person.agent, person.name, person.role, (Identity(on, word),))
        return None


def person_by_id(connection: Connection, person: int) -> Person | None:
    """Name and contact of a person; the role here says only whether they are an agent in the database."""
    row = connection.execute(_by_id, {"id": person}).first()
    if row is None:
        return None
    return Person(
        id=row.id,
        name=row.name,
        role="agent" if row.agent else "customer",
        agent=row.agent,
        account=row.account,
        email=row.email,
        timezone=row.timezone,
    )


_nameless_since = select(t.person.c.created_at).where(
    t.person.c.id == bindparam("id"),
    t.person.c.agent.is_(None),
    ~exists(
        select(t.identity.c.user).where(t.identity.c.person == t.person.c.id, t.identity.c.fetched_at.is_not(None))
    ),
)


def nameless_since(connection: Connection, person: int) -> datetime | None:
    """When a person was first met whose profile has not come in yet; None for everybody else."""
    return connection.execute(_nameless_since, {"id": person}).scalar_one_or_none()


def identity_on(connection: Connection, person: int, on: str) -> Identity | None:
    """How a person is known on one connection."""
    user = connection.execute(_identity_on, {"person": person, "connection": on}).scalar_one_or_none()
    return Identity(on, user) if user else None
