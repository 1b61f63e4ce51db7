"""Somebody of another organisation in an account's channel: taken, told of, and kept apart."""

from dataclasses import replace

from support.desk import GLOBEX, DeskDriver, policy, text_of

from core.store.engine import Store

ALERT = (
    "Somebody of another organisation (T0EVIL) wrote in a channel, where Globex asks. It is taken, for no account. "
    "If they belong there, add T0EVIL to the account's organisations in desk.yaml."
)


async def test_the_first_organisation_is_the_accounts_own(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.", author_home="T0GLOBEX")
    await desk.says("al", "The import fails.", author_home="T0GLOBEX")
    assert [ticket.account for ticket in await desk.tickets()] == ["globex", "globex"]
    assert await desk.posts(purpose="alert") == []


async def test_a_stranger_is_taken_and_told_of_once(desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.", author_home="T0GLOBEX")
    await desk.says("zoe", "What do you charge?", author_home="T0EVIL")
    desk.clock.move(hours=1)
    await desk.says("zoe", "Anybody?", author_home="T0EVIL")
    assert [ticket.account for ticket in await desk.tickets()] == ["globex", None, None]
    assert await desk.posts(purpose="alert") == [ALERT]
    # An answer, and a card that says so; nothing of the others.
    assert "Thanks, Zoe." in text_of(await desk.receipt(2))
    assert "No account yet · Zoe Lane" in text_of(await desk.card(2))
    assert "I find no T-1 among your tickets" in text_of(await desk.types("zoe", "show 1", GLOBEX))
    assert "T-2" in text_of(await desk.types("zoe", "mine", GLOBEX))


async def test_a_stranger_by_command_and_in_a_known_thread(desk: DeskDriver) -> None:
    root = await desk.says("ann", "The export fails.", author_home="T0GLOBEX")
    await desk.types("zoe", "open Do you ship?", GLOBEX, person_home="T0EVIL")
    assert (await desk.ticket(2)).account is None
    await desk.says("zoe", "For me too.", author_home="T0EVIL", thread=root)
    assert (await desk.bodies(1))[-1] == "For me too."
    assert "I find no T-1" in text_of(await desk.types("zoe", "show 1", GLOBEX))
    assert await desk.posts(purpose="alert") == [ALERT]


async def test_the_organisations_that_desk_yaml_names(store: Store) -> None:
    made = policy()
    globex = replace(made.accounts[0], organisations=frozenset({"T0GLOBEX", "T0GLOBEXUS"}))
    desk = await DeskDriver(store, replace(made, accounts=(globex, *made.accounts[1:]))).start()
    # The first to write is a stranger already, and people of the desk's own workspace never are.
    await desk.says("zoe", "What do you charge?", author_home="T0EVIL")
    await desk.says("al", "The export fails.", author_home="T0GLOBEXUS")
    await desk.says("ian", "The import fails.")
    assert [ticket.account for ticket in await desk.tickets()] == [None, "globex", "globex"]
    assert await desk.posts(purpose="alert") == [ALERT]


async def test_a_stranger_who_belongs_there_after_all(store: Store, desk: DeskDriver) -> None:
    await desk.says("ann", "The export fails.", author_home="T0GLOBEX")
    await desk.says("zoe", "The import fails.", author_home="T0EVIL")
    known = replace(desk.policy.accounts[0], organisations=frozenset({"T0GLOBEX", "T0EVIL"}))
    later = DeskDriver(store, replace(desk.policy, accounts=(known, *desk.policy.accounts[1:])), desk.clock, desk.chat)
    later.adopt(desk)
    desk.clock.move(hours=1)
    await later.says("zoe", "It fails again.", author_home="T0EVIL")
    assert (await later.ticket(3)).account == "globex"
