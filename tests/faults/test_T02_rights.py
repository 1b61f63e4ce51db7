"""T02, T04: every verb, by everybody, on every surface, on every ticket. What is not allowed is refused, does nothing,
and tells nothing of a ticket that is not one's own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from support.desk import GLOBEX, TRIAGE, DeskDriver, policy, text_of, who

from core.language.answers import Answer
from core.language.commands import REACTION_ACTIONS, VERBS, Verb
from core.language.events import ActionPressed
from core.language.places import MessageRef
from core.language.text import Named, Words
from core.store import tables as t
from core.store.engine import Store

CANARY = "Kanarienvogel"
ARGUMENTS = {
    "agent": "me",
    "priority": "high",
    "type": "bug",
    "category": "Export",
    "text": "some words",
    "words": "",
}
# Ann asked for T-1, Al is of her account; Ian asked for T-2 and is of another.
CUSTOMERS, STRANGERS = ("ann", "al"), ("ian", "zoe")
AGENTS = ("bo", "mia", "sam")
# Who was an agent and is none, and what is no person.
NOBODIES = ("ida", "eve", "robot", "gone")
EVERYBODY = (*CUSTOMERS, *STRANGERS, *AGENTS, *NOBODIES)

OF_TICKETS = (t.ticket.c.number, t.message.c.ticket, t.timeline.c.ticket, t.conversation.c.ticket, t.clock.c.ticket)


def allowed(verb: Verb, name: str) -> bool:
    """What the table of verbs says, for T-1."""
    if name in AGENTS:
        return True
    if verb.who == "agent" or name in ("robot", "gone"):
        return False
    return verb.who == "anyone" or name in CUSTOMERS


Surface = Callable[[DeskDriver, str, Verb, MessageRef], Awaitable[Answer | None]]


async def slash(desk: DeskDriver, name: str, verb: Verb, root: MessageRef) -> Answer | None:
    return await desk.types(name, f"{verb.name} 1 {ARGUMENTS[verb.param] if verb.param else ''}", "C0ELSEWHERE")


async def button(desk: DeskDriver, name: str, verb: Verb, root: MessageRef) -> Answer | None:
    return await desk.presses(name, f"{verb.name}:1:{ARGUMENTS[verb.param] if verb.param else ''}")


async def menu(desk: DeskDriver, name: str, verb: Verb, root: MessageRef) -> Answer | None:
    return await desk.presses(name, "menu:1", f"{verb.name}:1:{ARGUMENTS[verb.param] if verb.param else ''}")


async def reaction(desk: DeskDriver, name: str, verb: Verb, root: MessageRef) -> Answer | None:
    return await desk.reacts(name, root, verb.name)


async def mention(desk: DeskDriver, name: str, verb: Verb, root: MessageRef) -> Answer | None:
    words = f" {verb.name} 1 {ARGUMENTS[verb.param] if verb.param else ''}"
    await desk.says(name, (Named("Desk", who("desk")), Words(words)), "D0ELSEWHERE", mentions_desk=True, direct=True)
    return desk.last


SURFACES: tuple[Surface, ...] = (slash, button, menu, reaction, mention)
FORMS = {"reply": "reply", "note": "note", "assign": "assign", "more": "priority"}


@dataclass
class Setting:
    desk: DeskDriver
    root: MessageRef

    async def state(self) -> list[object]:
        """What there is of T-1 and T-2."""
        queries = [
            number.table.select().where(number <= 2).order_by(*number.table.primary_key) for number in OF_TICKETS
        ]
        return await self.desk.read(lambda c: [row for query in queries for row in c.execute(query)])


@pytest.fixture
async def setting(store: Store) -> Setting:
    reactions = {verb.name: verb.name for verb in VERBS if verb.name in REACTION_ACTIONS}
    made = policy(reactions=reactions, join_minutes=0)
    desk = await DeskDriver(store, made).start()
    root = await desk.says("ann", f"The export fails. {CANARY}")
    desk.clock.move(minutes=1)
    await desk.says("al", "Hello.", "C0MENTION", thread=root)
    await desk.says("ian", "Something else.", "C0INITECH")
    await desk.deliver()
    await desk.types("ida", "help")
    await desk.types("eve", "note 1 I was here.")
    for name in ("robot", "gone"):
        await desk.types(name, "help")
    # Ida and Eve leave; Ida is in desk.yaml no more.
    left = tuple(agent for agent in made.agents if agent.id != "ida")
    desk = DeskDriver(store, policy(agents=left, agent_groups=(), reactions=reactions), desk.clock, desk.chat)
    await desk.store.transact(
        lambda tx: [
            tx.execute(t.identity.update().where(t.identity.c.user == who(name).user).values(**{flag: True}))
            for name, flag in (("robot", "is_bot"), ("gone", "is_deleted"))
        ]
    )
    return Setting(desk, root)


async def test_T02_everybody_every_verb_every_surface(setting: Setting) -> None:
    desk = setting.desk
    tried = 0
    for surface in SURFACES:
        for verb in VERBS:
            if not verb.ticket or (surface is reaction and verb.name not in desk.policy.reactions):
                continue
            for name in EVERYBODY:
                # The same reaction says "solved for me" where a customer gives it.
                if allowed(verb, name) or (surface is reaction and verb.name == "resolve" and name in CUSTOMERS):
                    continue
                tried += 1
                before = await setting.state()
                answer = text_of(await surface(desk, name, verb, setting.root))
                where = f"{surface.__name__} {verb.name} by {name}"
                # In a mention it may be ordinary talk to the desk, a request of their own.
                assert await setting.state() == before, where
                assert CANARY not in answer and "Ann" not in answer, where
                assert answer or surface in (reaction, mention), where
    assert tried > 300
    assert await desk.receipts_in("quarantined") == []


async def test_T02_what_is_allowed_works_on_every_surface(setting: Setting) -> None:
    desk = setting.desk
    for surface in SURFACES:
        for verb in VERBS:
            if not verb.ticket or (surface is reaction and verb.name not in desk.policy.reactions):
                continue
            for name in ("ann", "mia"):
                if not allowed(verb, name):
                    continue
                await desk.set_all(t.ticket, status="open", assignee=None)
                answer = text_of(await surface(desk, name, verb, setting.root))
                where = f"{surface.__name__} {verb.name} by {name}: {answer}"
                for refusal in ("Only the support team", "I find no", "There is no", "I do not know", "no longer fits"):
                    assert refusal not in answer, where
    assert await desk.receipts_in("quarantined") == []
    assert len(await desk.tickets()) == 2


async def test_T02_forms_are_for_agents(setting: Setting) -> None:
    desk = setting.desk
    before = await setting.state()
    values = {"text": "x", "agent": "bo", "subject": "x", "priority": "low", "then": "resolve"}
    for name in EVERYBODY:
        if name in AGENTS:
            continue
        for form in FORMS:
            for answer in (
                await desk.presses(name, f"form_{form}:1"),
                await desk.presses(name, "menu:1", f"form_{form}:1"),
                await desk.submits(name, f"{form}:1", **values),
                await desk.submits(name, f"{form}:99", **values),
            ):
                said = text_of(answer)
                assert said and CANARY not in said, (name, form)
                assert "Only the support team" in said or "Only people" in said, (name, form, said)
    assert await setting.state() == before


async def test_T02_the_lists_are_ones_own(setting: Setting) -> None:
    desk = setting.desk
    for name in ("ian", "zoe", "ida", "eve", "al"):
        for text in ("mine", "list", "list mine", "list unowned", "list late", "show", "help", "open"):
            assert CANARY not in text_of(await desk.types(name, text, "C0ELSEWHERE")), (name, text)
        if name != "zoe":
            assert CANARY not in await desk.home_of(name)
    assert "T-1" in text_of(await desk.types("al", "show 1", GLOBEX))


async def test_T04_a_number_that_is_not_ones_own_is_one_that_is_not_there(setting: Setting) -> None:
    desk = setting.desk
    await desk.presses("ian", "help")
    for verb in VERBS:
        if verb.ticket:
            argument = ARGUMENTS[verb.param] if verb.param else ""
            theirs = text_of(await desk.types("ian", f"{verb.name} 1 {argument}", "C0INITECH"))
            missing = text_of(await desk.types("ian", f"{verb.name} 99 {argument}", "C0INITECH"))
            assert theirs.replace("T-1", "T-99") == missing, verb.name


async def test_T02_a_press_on_the_teams_card_by_whoever_sees_it(setting: Setting) -> None:
    """That a button stands in the triage channel makes nobody an agent."""
    desk = setting.desk
    card = (await desk.sent("card"))[0]
    before = await setting.state()
    for name in ("zoe", "ida"):
        press = desk.event(ActionPressed, person=who(name), interaction=f"p{name}", token="claim:1", ref=card)
        assert "Only the support team" in text_of(await desk.handle(press))
        assert "Only the support team" in text_of(await desk.types(name, "claim 1", TRIAGE))
    assert await setting.state() == before
