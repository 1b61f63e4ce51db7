"""Who is who: people by what a platform calls them, their roles by desk.yaml, each time anew."""

import asyncio
import re

from support.desk import GLOBEX, MAIN, TRIAGE, DeskDriver, policy, text_of, who

from core.language.effects import PersonProfile
from core.language.events import HomeOpened, PersonChanged
from core.language.facts import Person
from core.language.places import Identity
from core.language.policy import Agent, AgentGroup, Connection
from core.store import tables as t
from core.store.engine import Store


async def person(desk: DeskDriver, name: str) -> Person | None:
    return await desk.read(lambda connection: desk.directory.look_up(connection, who(name)))


async def test_a_stranger_is_met_and_asked_after(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails.", author_name=None)
    ann = await person(desk, "ann")
    assert ann and (ann.name, ann.role, ann.account, ann.standing) == ("U0ANN", "customer", "globex", "active")
    assert [o.person for o in await desk.outbox(kind="fetch_person")] == ["U0ANN"]
    desk.chat.profiles["U0ANN"] = PersonProfile(who("ann"), "Ann Weber", email="ann@globex.example", timezone="UTC")
    await desk.deliver()
    ann = await person(desk, "ann")
    assert ann and (ann.name, ann.email) == ("Ann Weber", "ann@globex.example")
    # What was shown under a placeholder's name is shown again.
    assert "Ann Weber" in desk.chat.messages[(await desk.sent("card"))[0].message].words
    assert (await desk.ticket()).requester_name == "Ann Weber"
    await desk.says("ann", "More.", thread=root)
    assert [o.person for o in await desk.outbox(kind="fetch_person")].count("U0ANN") == 1
    # She marries.
    desk.chat.profiles["U0ANN"] = PersonProfile(who("ann"), "Ann Vogel")
    await desk.handle(desk.event(PersonChanged, person=who("ann")))
    await desk.deliver()
    assert "asked by Ann Vogel" in text_of(await desk.types("ann", "show 1", GLOBEX))


async def test_agents_are_called_what_the_desk_calls_them(desk: DeskDriver) -> None:
    desk.chat.profiles["U0BO"] = PersonProfile(who("bo"), "bolind_1987")
    await desk.types("bo", "help")
    await desk.deliver()
    bo = await person(desk, "bo")
    assert bo and (bo.name, bo.role, bo.agent) == ("Bo Lind", "agent", "bo")


async def test_bots_and_deleted_people_may_do_nothing(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    desk.chat.profiles["U0BO"] = PersonProfile(who("bo"), "Bo", is_deleted=True)
    desk.chat.profiles["U0IDA"] = PersonProfile(who("ida"), "Ida", is_bot=True)
    for name in ("bo", "ida"):
        assert "What you can do" in text_of(await desk.types(name, "help"))
    await desk.deliver()
    for name in ("bo", "ida"):
        assert text_of(await desk.types(name, "claim 1")) == "Only people can do that here."
        assert await desk.reacts(name, (await desk.sent("card"))[0], "eyes") is None
    assert (await desk.ticket()).assignee is None


async def test_one_agent_on_two_connections(store: Store) -> None:
    made = policy()
    elsewhere = Identity("other", "777")
    bo = Agent("bo", "Bo Lind", "agent", (who("bo"), elsewhere))
    connections = (*made.connections, Connection("other", "discord"))
    desk = await DeskDriver(store, policy(agents=(bo, *made.agents[1:]), connections=connections)).start()
    await desk.types("bo", "help")

    def meets(identity: Identity) -> Person:
        return store.transact_now(
            lambda tx: desk.directory.resolve(tx, identity, now=desk.clock.now(), name="bo on discord", home=None)[0]
        )

    here, there = await asyncio.to_thread(meets, who("bo")), await asyncio.to_thread(meets, elsewhere)
    assert (here.id, here.agent) == (there.id, there.agent)
    assert await desk.count(t.person) == 1

    def of(on: str) -> Identity | None:
        return store.read_now(lambda connection: desk.directory.agent_identity(connection, "bo", on))

    assert (of(MAIN), of("other"), of("third")) == (who("bo"), elsewhere, None)


async def test_an_identity_that_desk_yaml_takes_away_is_no_agents_any_more_T02(store: Store) -> None:
    made = policy()
    old = Identity(MAIN, "U0OLD")
    bo = Agent("bo", "Bo Lind", "agent", (who("bo"), old))
    desk = await DeskDriver(store, policy(agents=(bo, *made.agents[1:]))).start()
    await desk.says("ann", "The export fails.")
    assert "is yours now" in text_of(await desk.types("old", "claim 1"))
    # The same person still, and agent "bo" still is one, but not as U0OLD.
    desk = DeskDriver(store, policy(), desk.clock, desk.chat)
    assert "Only the support team" in text_of(await desk.types("old", "release 1"))
    assert "is back in the queue" in text_of(await desk.types("bo", "release 1"))


async def test_first_names_that_two_have_mean_nobody(store: Store) -> None:
    made = policy()
    twin = Agent("bo2", "Bo Berg", "agent", (Identity(MAIN, "U0BO2"),))
    desk = await DeskDriver(store, policy(agents=(*made.agents, twin))).start()
    await desk.says("ann", "The export fails.")
    assert "I know no agent" in text_of(await desk.types("mia", "assign 1 bo berg lind"))
    assert "is with Bo Lind now" in text_of(await desk.types("mia", "assign 1 bo"))  # an id goes before a name
    assert "is with Bo Berg now" in text_of(await desk.types("mia", "assign 1 Bo Berg"))
    third = Agent("x1", "Ida Berg", "agent", (Identity(MAIN, "U0X1"),))
    desk = await DeskDriver(store, policy(agents=(made.agents[0], twin, third), agent_groups=())).start()
    assert "is with Ida Berg now" in text_of(await desk.types("bo", "assign 1 ida"))


async def test_lead_and_agent_by_groups(store: Store) -> None:
    groups = (AgentGroup(MAIN, "S0LEADS", "lead"), AgentGroup(MAIN, "S0AGENTS", "agent"))
    desk = DeskDriver(store, policy(agent_groups=groups))
    desk.chat.groups = {"S0LEADS": ("U0EVE",), "S0AGENTS": ("U0EVE", "U0MAX")}
    await desk.start()
    await desk.deliver()
    roles = {name: found.role for name in ("eve", "max", "bo") if (found := await person(desk, name))}
    assert roles == {"eve": "lead", "max": "agent"}
    # Who is in two groups is listed once.
    assert text_of(await desk.asks("bo", "agent", "eve")) == "Eve Ek"


async def test_homes(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.")
    desk.clock.move(hours=1)
    await desk.says("ann", "The import fails.")
    await desk.types("bo", "claim 1")
    await desk.types("bo", "resolve 2")
    for name in ("ann", "bo", "zoe"):
        await desk.handle(desk.event(HomeOpened, person=who(name)))
        await desk.handle(desk.event(HomeOpened, person=who(name)))
    await desk.deliver()
    assert sorted(desk.chat.homes) == ["U0ANN", "U0BO", "U0ZOE"]
    # Each number opens its conversation, an agent's the card.
    homes = {name: re.sub(r" \(https://chat/\d+\)", "↗", await desk.home_of(name)) for name in ("ann", "bo")}
    assert homes["ann"] == (
        "Your tickets, Ann\nOpen\nT-1↗ The export fails · Open\nSolved\nT-2↗ The import fails · Solved"
    )
    assert homes["bo"] == "Yours to answer, Bo\nOpen\nT-1↗ The export fails · Open · Normal · Ann Weber"
    assert "You have no tickets." in await desk.home_of("zoe")


async def test_a_refused_command_leaves_nobody_half_known(desk: DeskDriver) -> None:
    """Whoever is met in a command that is refused is met again the next time, and not taken for somebody else."""
    await desk.says("ann", "The export fails.")
    for _ in range(2):
        assert "Only the support team" in text_of(await desk.types("zoe", "claim 1", TRIAGE))
    await desk.says("al", "My login fails.")
    await desk.says("zoe", "Hello.", "D0ZOE", direct=True)
    names = [ticket.requester_name for ticket in await desk.tickets()]
    assert names == ["Ann Weber", "Al Ortiz", "Zoe Lane"]
