"""A channel in which one asks by a form: the panel, its form, and the conversation that it opens."""

from pathlib import Path

from support.discord_desk import FORMS, ON_DISCORD, ON_SLACK, PANEL, discord_desk_in, text_of
from support.whole_desk import ANN, BO, GLOBEX, TRIAGE, world

from sandbox.discord import seed


async def test_on_discord_it_opens_a_private_thread(database_url: str, tmp_path: Path) -> None:
    async with world(tmp_path) as found:
        async with discord_desk_in(found, database_url, ON_DISCORD, FORMS) as people:
            await people.finds(PANEL, "Do you need help from **Acme Support**?")
            await people.desk.settled()
        # The button of before works on after a restart, and there is still one.
        async with discord_desk_in(found, database_url, ON_DISCORD, FORMS) as people:
            await people.desk.settled()
            (panel,) = people.messages(PANEL)
            await people.write(seed.KIM, PANEL, "Hello?")
            assert (await people.press(seed.KIM, panel, "Ask for help")).ok
            assert (await people.submit(seed.KIM, text="My invoice is wrong.", priority="high")).ok
            card = await people.finds(seed.TRIAGE, "My invoice is wrong.")
            await people.finds(seed.TRIAGE, f"<#{PANEL}>, in private")
            await people.desk.settled()
            (thread,) = people.threads(PANEL)
            assert (thread.kind, thread.name) == ("private_thread", "T-1 My invoice is wrong.")
            assert sorted(thread.members) == sorted([seed.KIM, seed.BOT])
            receipt = await people.finds(thread.id, "This is **T-1**")
            assert "My invoice is wrong." in text_of(receipt)
            assert "Waiting" not in str(people.messages(PANEL))

            await people.write(seed.KIM, PANEL, "It says 12 instead of 21.", thread=thread.id)
            await people.finds(card.id, "It says 12 instead of 21.")
            assert (await people.press(seed.BO, await people.finds(seed.TRIAGE, "My invoice"), "Reply …")).ok
            form = (await people.desk.sees_all("U0BO"))["forms"][-1]
            assert "Goes to Kim Holm alone." in str(form)
            assert (await people.submit(seed.BO, text="We correct it.", then="resolve")).ok
            await people.finds(thread.id, "We correct it.")
            await people.desk.settled()
            assert people.standing(thread.id) == "archived"
            await people.write(seed.KIM, PANEL, "Thank you, but it is the same.", thread=thread.id)
            await people.finds(thread.id, "is open again")
            assert [row.number for row in await people.desk.rows("SELECT number FROM ticket")] == [1]
            assert len(people.messages(PANEL)) == 2


async def test_on_slack_it_opens_a_thread(database_url: str, tmp_path: Path) -> None:
    async with world(tmp_path) as found, discord_desk_in(found, database_url, ON_SLACK, FORMS) as people:
        desk = people.desk
        panel = await desk.finds(ANN, GLOBEX, "Do you need help from")
        await desk.press(ANN, panel, "Ask for help")
        assert (await desk.submit(ANN, text="The export fails.", priority="high"))["ok"]
        receipt = await desk.finds(ANN, GLOBEX, "The export fails.")
        card = await desk.card(1, "nobody yet")
        await desk.press(BO, card, "Reply …")
        assert (await desk.submit(BO, text="We look at it.", then="open"))["ok"]
        await desk.finds(ANN, GLOBEX, "We look at it.", thread=receipt["ts"])
        await desk.write(ANN, GLOBEX, "Still failing.", thread=receipt["ts"])
        await desk.finds(BO, TRIAGE, "Still failing.", thread=card["ts"])
        await desk.settled()
