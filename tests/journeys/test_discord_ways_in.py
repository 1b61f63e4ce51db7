"""How people reach the desk on Discord beside writing in a channel: menus, direct messages, buttons of before."""

from pathlib import Path

from support.discord_desk import FORMS, ON_DISCORD, PANEL, discord_desk, discord_desk_in, text_of
from support.whole_desk import world

from sandbox.discord import interact, seed


async def test_a_message_menu_opens_a_ticket_on_the_message(database_url: str, tmp_path: Path) -> None:
    async with world(tmp_path) as found, discord_desk_in(found, database_url, ON_DISCORD, FORMS) as people:
        await people.finds(PANEL, "Do you need help")
        message = await people.write(seed.KIM, PANEL, "The export fails.")
        await people.desk.quiet()
        assert not await people.desk.rows("SELECT 1 FROM ticket")
        opened = await interact.menu(found.sandbox.discord, seed.BO, "Open ticket", PANEL, message)
        assert opened.ok
        assert "is open: The export fails." in str(opened.body)
        await people.finds(message, "This is **T-1**")
        again = await interact.menu(found.sandbox.discord, seed.BO, "Open ticket", PANEL, message)
        assert "belongs to T-1" in str(again.body)
        card = await people.finds(seed.TRIAGE, "The export fails.")
        assert "Kim Holm" in text_of(card)


async def test_a_direct_conversation(database_url: str, tmp_path: Path) -> None:
    async with discord_desk(database_url, tmp_path, ON_DISCORD) as people:
        direct = str((await people.desk.post("direct", **{"as": seed.KIM}, on="discord"))["channel"])
        asked = await people.write(seed.KIM, direct, "May I ask here?")
        receipt = await people.finds(direct, "This is **T-1**")
        assert receipt.traits["reference"]["message_id"] == asked
        card = await people.finds(seed.TRIAGE, "May I ask here?")
        assert (await people.command(seed.BO, seed.TRIAGE, "/ticket reply ticket:1 text:You may.")).ok
        answer = await people.finds(direct, "You may.")
        await people.desk.pass_time(advance_seconds=3600)
        await people.write(seed.KIM, direct, "Then: the export fails.", reply_to=answer.id)
        await people.finds(card.id, "Then: the export fails.")
        assert (await people.command(seed.BO, seed.TRIAGE, "/ticket resolve ticket:1")).ok
        await people.finds(direct, "We think this is solved.")
        await people.desk.settled()
        assert len(await people.desk.rows("SELECT 1 FROM ticket")) == 1
        assert not await people.desk.rows("SELECT 1 FROM outbox WHERE state = 'dead'")


async def test_an_answer_to_who_takes_no_direct_messages_any_more(database_url: str, tmp_path: Path) -> None:
    async with discord_desk(database_url, tmp_path, ON_DISCORD) as people:
        direct = str((await people.desk.post("direct", **{"as": seed.KIM}, on="discord"))["channel"])
        await people.write(seed.KIM, direct, "May I ask here?")
        await people.finds(direct, "This is **T-1**")
        people.sandbox.discord.closed_to.add(seed.KIM)
        assert (await people.command(seed.BO, seed.TRIAGE, "/ticket reply ticket:1 text:You may.")).ok
        await people.finds(seed.TRIAGE, r"An answer could not be sent to the customer (no\_direct\_messages).")


async def test_who_takes_no_direct_messages_is_answered_in_a_private_thread(database_url: str, tmp_path: Path) -> None:
    async with discord_desk(database_url, tmp_path, ON_DISCORD) as people:
        people.sandbox.discord.closed_to.add(seed.KIM)
        root = await people.write(seed.KIM, seed.HELP, "The export fails.")
        receipt = await people.finds(root, "This is **T-1**")
        for message in (receipt, await people.finds(root, "This is **T-1**")):
            await people.desk.react(seed.KIM, {"channel": message.channel, "ts": message.id}, "👀")
            await people.desk.unreact(seed.KIM, {"channel": message.channel, "ts": message.id}, "👀")

        async def thread() -> str | None:
            own = [one for one in people.threads(seed.HELP) if one.kind == "private_thread"]
            assert len(own) <= 1
            return own[0].id if own else None

        private = await people.desk.until(thread, "a private thread")
        await people.finds(private, "Only the support team can use claim.")
        assert sorted(people.sandbox.world.channel(private).members) == sorted([seed.KIM, seed.BOT])


async def test_buttons_of_before_a_restart_work(database_url: str, tmp_path: Path) -> None:
    async with world(tmp_path) as found:
        async with discord_desk_in(found, database_url, ON_DISCORD) as people:
            root = await people.write(seed.KIM, seed.HELP, "The export fails.")
            receipt = await people.finds(root, "This is **T-1**")
            card = await people.finds(seed.TRIAGE, "The export fails.")
            await people.desk.settled()
        assert not (await people.press(seed.BO, card, "Claim")).ok
        async with discord_desk_in(found, database_url, ON_DISCORD) as people:
            assert (await people.press(seed.BO, card, "Claim")).ok
            await people.finds(seed.TRIAGE, "Bo Lind")
            assert (await people.press(seed.BO, card, "Reply …")).ok
            assert (await people.submit(seed.BO, text="We look at it.", then="open")).ok
            await people.finds(root, "We look at it.")
            assert (await people.press(seed.KIM, receipt, "Solved")).ok
            await people.finds(root, "Glad that it is solved.")
