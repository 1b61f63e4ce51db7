"""A ticket's threads on Discord stand as the ticket does: put away, awake again, locked."""

from pathlib import Path

from support.discord_desk import ON_DISCORD, DiscordDesk, discord_desk, text_of

from sandbox.discord import seed

EXPORT = "Our export fails since this morning."


async def test_a_solved_ticket_puts_its_threads_away(database_url: str, tmp_path: Path) -> None:
    async with discord_desk(database_url, tmp_path, ON_DISCORD) as people:
        root = await people.write(seed.KIM, seed.HELP, EXPORT)
        await people.finds(root, "This is **T-1**")
        card = await people.finds(seed.TRIAGE, "T-1")
        await people.finds(card.id, EXPORT)
        assert (await people.command(seed.BO, card.id, "/ticket resolve")).ok
        await people.finds(root, "We think this is solved.")
        await people.desk.settled()
        assert people.standing(root) == "archived"
        assert people.standing(card.id) == "archived"

        # The team may still say something; the thread does not stay open for it.
        assert (
            await people.command(seed.BO, seed.TRIAGE, "/ticket reply ticket:1 text:By the way, it was the disk.")
        ).ok
        await people.finds(root, "By the way")
        await people.desk.settled()
        assert people.standing(root) == "archived"

        await people.write(seed.KIM, seed.HELP, "It fails again.", thread=root)
        await people.finds(root, "is open again")
        await people.finds(card.id, "It fails again.")
        await people.desk.settled()
        assert people.standing(root) == people.standing(card.id) == "active"

        assert (await people.command(seed.BO, seed.TRIAGE, "/ticket resolve ticket:1")).ok
        await people.desk.settled()
        assert people.standing(root) == "archived"
        card = await people.finds(seed.TRIAGE, "Resolved")
        assert (await people.press(seed.BO, card, "Reopen")).ok
        await people.desk.settled()
        assert people.standing(root) == "active"


async def test_a_closed_ticket_is_locked_and_followed_up(database_url: str, tmp_path: Path) -> None:
    async with discord_desk(database_url, tmp_path, ON_DISCORD) as people:
        root = await people.write(seed.KIM, seed.HELP, EXPORT)
        await people.finds(root, "This is **T-1**")
        for _ in ("solved", "for good"):
            assert (await people.command(seed.BO, seed.TRIAGE, "/ticket close ticket:1")).ok
        notice = await people.finds(root, "**T-1** is closed.")
        await people.desk.settled()
        assert people.standing(root) == "archived, locked"
        assert await people.refused(seed.KIM, seed.HELP, "Hello?", thread=root) == "50083"

        assert (await people.press(seed.KIM, notice, "Open a follow-up")).ok
        assert (await people.submit(seed.KIM, text="It fails again.", priority="high")).ok
        receipt = await people.finds(seed.HELP, "This is **T-2**")
        assert "It fails again." in text_of(receipt)
        await people.desk.settled()
        assert people.standing(root) == "archived, locked"
        await _talks_in(people, receipt.id)


async def _talks_in(people: DiscordDesk, thread: str) -> None:
    """The follow-up's thread hangs on its receipt."""
    assert (await people.command(seed.BO, seed.TRIAGE, "/ticket reply ticket:2 text:We look at it.")).ok
    await people.finds(thread, "We look at it.")
    await people.write(seed.KIM, seed.HELP, "Thank you.", thread=thread)
    card = await people.finds(seed.TRIAGE, "T-2")
    await people.finds(card.id, "Thank you.")
    await people.finds(card.id, "**T-2** follows up on **T-1**")
