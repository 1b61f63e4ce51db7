"""Who is who: identities to people, cached in memory.

A cache entry is filled only after the commit that made or read it and lives for a minute, so that another
process's change is seen soon; this process drops an entry at once when it changes the person.
"""

from datetime import datetime
from time import monotonic

from sqlalchemy import and_, bindparam, exists, select
from sqlalchemy.engine import Connection

from core.language.facts import Person
from core.language.places import Identity
from core.language.policy import Policy
from core.language.text import clean
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
_identities_of = (
    select(t.identity.c.connection, t.identity.c.user)
    .where(t.identity.c.person == bindparam("person"))
    .order_by(t.identity.c.connection, t.identity.c.user)
)
_by_agent = select(t.person.c.id).where(t.person.c.agent == bindparam("agent"))
_groups = select(t.group_member.c.group).where(
    t.group_member.c.connection == bindparam("connection"), t.group_member.c.user == bindparam("user")
)
_members = (
    select(t.identity.c.connection, t.identity.c.user, t.person.c.name)
    .distinct()
    .join(t.person, t.person.c.id == t.identity.c.person)
    .join(
        t.group_member,
        and_(t.group_member.c.connection == t.identity.c.connection, t.group_member.c.user == t.identity.c.user),
    )
    .where(
        t.group_member.c.connection == bindparam("connection"),
        t.group_member.c.group.in_(bindparam("groups", expanding=True)),
        t.identity.c.is_bot.is_(False),
        t.identity.c.is_deleted.is_(False),
    )
    .order_by(t.person.c.name, t.identity.c.user)
)


class Directory:
    """People by identity. Roles come from the policy and its platform groups alone, each time they are asked for, so
    that nobody keeps a role that desk.yaml does not give any more.

    An agent's id is the one in desk.yaml; a member of a group has the identity's, `main:U0EVE`.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._cache: dict[Identity, tuple[float, Person]] = {}

    def forget(self) -> None:
        """Drop everything cached (a group, a person or the policy changed)."""
        self._cache.clear()

    def forget_person(self, person: int) -> None:
        """Drop what is cached of one person, by the desk's own id."""
        for identity, (_, cached) in list(self._cache.items()):
            if cached.id == person:
                self._cache.pop(identity, None)

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
        name = clean(name, 200) if name else None
        existing = tx.execute(_by_agent, {"agent": agent.id}).scalar_one_or_none() if agent else None
        called = agent.name if agent else name or identity.user
        person_id = existing or writes.add_person(
            tx,
            {
                "name": called,
                "email": None,
                "timezone": None,
                "account": None,
                "agent": agent.id if agent else None,
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
        person: Person | None
        if existing:
            person = self.look_up(tx.connection, identity)
        else:
            agent_id, role = self._role(tx.connection, identity)
            person = Person(person_id, called, role, agent_id, account=None)
        if person is None:
            raise LookupError(f"the person {identity} that was just written is not there")
        self._remember(tx, identity, person)
        return person, True

    def look_up(self, connection: Connection, identity: Identity) -> Person | None:
        """The person as the database and the policy have them, past the cache."""
        row = connection.execute(_by_identity, {"connection": identity.connection, "user": identity.user}).first()
        if row is None:
            return None
        usable = not (row.is_bot or row.is_deleted)
        agent, role = self._role(connection, identity) if usable else (None, "customer")
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

    def by_id(self, connection: Connection, person: int) -> Person | None:
        """A person by the desk's own id, past the cache: as an agent, when any of their identities is one."""
        identities = [Identity(row[0], row[1]) for row in connection.execute(_identities_of, {"person": person})]
        found = [known for identity in identities if (known := self.look_up(connection, identity))]
        return next((known for known in found if known.is_agent), found[0] if found else None)

    def _role(self, connection: Connection, identity: Identity) -> tuple[str | None, Role]:
        agent = self.policy.agent_by_identity.get(identity)
        if agent:
            return agent.id, agent.role
        groups = [group for group in self.policy.agent_groups if group.connection == identity.connection]
        if groups:
            values = {"connection": identity.connection, "user": identity.user}
            member_of = set(connection.scalars(_groups, values))
            for group in groups:
                if group.group in member_of:
                    return str(identity), group.role
        return None, "customer"

    def _remember(self, tx: Tx, identity: Identity, person: Person) -> None:
        def fill() -> None:
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            self._cache[identity] = (monotonic() + _CACHE_SECONDS, person)

        tx.after_commit(fill)

    # --- agents by id -----------------------------------------------------------------------------------------

    def agents(self, connection: Connection) -> list[tuple[str, str]]:
        """(id, name) of all agents: those of desk.yaml in its order, then the members of its groups by name, as far
        as the desk has met them."""
        out = [(agent.id, agent.name) for agent in self.policy.agents]
        out += [(str(identity), name) for identity, name in self._members(connection)]
        return out

    def _members(self, connection: Connection) -> list[tuple[Identity, str]]:
        """Members of groups who are not named in desk.yaml."""
        out: list[tuple[Identity, str]] = []
        for on in sorted({group.connection for group in self.policy.agent_groups}):
            groups = [group.group for group in self.policy.agent_groups if group.connection == on]
            for row in connection.execute(_members, {"connection": on, "groups": groups}):
                identity = Identity(row.connection, row.user)
                if identity not in self.policy.agent_by_identity:
                    out.append((identity, row.name))
        return out

    def agent_name(self, connection: Connection, agent: str) -> str:
        """An agent's name by id; also of somebody who is none any more."""
        known = self.policy.agent_by_id.get(agent)
        if known:
            return known.name
        identity = _identity_of(agent)
        row = connection.execute(_by_identity, {"connection": identity.connection, "user": identity.user}).first()
        return row.name if row else agent

    def agent_identity(self, connection: Connection, agent: str, on: str) -> Identity | None:
        """How an agent is known on one connection; None when they are not there."""
        known = self.policy.agent_by_id.get(agent)
        if known:
            return next((i for i in known.identities if i.connection == on), None)
        identity = _identity_of(agent)
        return identity if identity.connection == on else None

    def find_agent(self, connection: Connection, word: str, on: str) -> str | None:
        """The id of the agent that a word means: an id, a name, a platform's user id, or a first name that only one
        has. None when nobody or more than one fits."""
        word = word.strip().lstrip("@").strip()
        folded = word.casefold()
        for agent in self.policy.agents:
            if any(i.connection == on and i.user == word for i in agent.identities):
                return agent.id
        known = self.agents(connection)
        for fits in (
            [id_ for id_, _ in known if folded in (id_.casefold(), id_.casefold().removeprefix(f"{on}:"))],
            [id_ for id_, name in known if name.casefold() == folded],
            [id_ for id_, name in known if name.split(" ", 1)[0].casefold() == folded],
        ):
            if fits:
                return fits[0] if len(fits) == 1 else None
        return None


def _identity_of(agent: str) -> Identity:
    """Of a group's member, by their id as an agent."""
    connection, _, user = agent.partition(":")
    return Identity(connection, user)


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


_home = select(t.identity.c.home).where(
    t.identity.c.person == bindparam("person"),
    t.identity.c.connection == bindparam("connection"),
    t.identity.c.home.is_not(None),
)
_homes_of = (
    select(t.identity.c.home)
    .distinct()
    .join(t.person, t.person.c.id == t.identity.c.person)
    .where(
        t.person.c.account == bindparam("account"),
        t.identity.c.connection == bindparam("connection"),
        t.identity.c.home.is_not(None),
    )
)


def home(connection: Connection, person: int, on: str) -> str | None:
    """The organisation that somebody is of on a connection, where it is told and is not the desk's own."""
    return connection.execute(_home, {"person": person, "connection": on}).scalar()


def homes_of(connection: Connection, account: str, on: str) -> frozenset[str]:
    """The organisations of an account's people."""
    return frozenset(connection.scalars(_homes_of, {"account": account, "connection": on}))
