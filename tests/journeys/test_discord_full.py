"""A Discord server in which as many threads are active as there may be: no customer is dropped."""

from pathlib import Path

from support.discord_desk import FORMS, ON_DISCORD, PANEL, discord_desk, discord_desk_in, text_of
from support.whole_desk import world

from sandbox.discord import seed


async def test_solved_threads_make_room(database_url: str, tmp_path: Path) -> None:
    async with discord_desk(database_url, tmp_path, ON_DISCORD) as people:
        first = await people.write(seed.KIM, seed.HELP, "The export fails.")
        second = await people.write(seed.LEE, seed.HELP, "The login fails.")
        for number in (1, 2):
            await people.desk.until(lambda n=number: people.desk.rows(f"SELECT 1 FROM ticket WHERE number = {n}"), "it")
            assert (await people.command(seed.BO, seed.TRIAGE, f"/ticket resolve ticket:{number}")).ok
        await people.desk.settled()
        # Somebody looks at solved ones again, so they are active.
        for thread in (first, second):
            await people.desk.post("unarchive", **{"as": "U0MIA"}, channel=thread)
        people.sandbox.discord.active_threads = 2
        await people.desk.pass_time(advance_seconds=3600)

        third = await people.write(seed.KIM, seed.HELP, "Another thing: the import is slow, too.")
        await people.finds(third, "This is **T-3**")
        await people.desk.settled()
        assert people.standing(first) == people.standing(second) == "archived"
        assert len(people.sandbox.discord.active()) == 2


async def test_a_full_server_is_answered_in_its_channel(database_url: str, tmp_path: Path) -> None:
    async with discord_desk(database_url, tmp_path, ON_DISCORD) as people:
        people.sandbox.discord.active_threads = 0
        root = await people.write(seed.KIM, seed.HELP, "The export fails.")
        receipt = await people.finds(seed.HELP, "This is **T-1**")
        assert receipt.traits["reference"]["message_id"] == root
        await people.finds(seed.TRIAGE, "There is no room for another thread")
        card = await people.finds(seed.TRIAGE, "**T-1")
        copy = await people.finds(seed.TRIAGE, "**Kim Holm (Community)**")
        assert copy.traits["reference"]["message_id"] == card.id

        assert (await people.command(seed.BO, seed.TRIAGE, "/ticket reply ticket:1 text:We look at it.")).ok
        answer = await people.finds(seed.HELP, "We look at it.")
        await people.write(seed.KIM, seed.HELP, "Thank you, it is urgent.", reply_to=answer.id)
        await people.finds(seed.TRIAGE, "Thank you, it is urgent.")
        assert (await people.press(seed.KIM, receipt, "Solved")).ok
        await people.finds(seed.HELP, "Glad that it is solved.")
        await people.desk.settled()
        assert not await people.desk.rows("SELECT 1 FROM outbox WHERE state = 'dead'")
        assert len(await people.desk.rows("SELECT 1 FROM ticket")) == 1
        alerts = [m for m in people.messages(seed.TRIAGE) if "no room" in text_of(m)]
        assert len(alerts) <= 2

        # With room again the conversation goes on in its thread.
        people.sandbox.discord.active_threads = 1000
        assert (await people.command(seed.BO, seed.TRIAGE, "/ticket reply ticket:1 text:It works again.")).ok
        await people.finds(root, "It works again.")


async def test_what_was_asked_in_private_is_not_said_to_all(database_url: str, tmp_path: Path) -> None:
    async with world(tmp_path) as found:
        found.sandbox.discord.active_threads = 0
        async with discord_desk_in(found, database_url, ON_DISCORD, FORMS) as people:
            panel = await people.finds(PANEL, "Do you need help")
            assert (await people.press(seed.KIM, panel, "Ask for help")).ok
            assert (await people.submit(seed.KIM, text="My salary is wrong.", priority="high")).ok
            receipt = await people.finds(PANEL, "This is **T-1**")
            assert f"<@{seed.KIM}>" in text_of(receipt)
            assert "salary" not in text_of(receipt)
            await people.finds(seed.TRIAGE, "My salary is wrong.")
            await people.desk.settled()
