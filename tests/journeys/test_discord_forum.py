"""A forum of an account: each post is a ticket, and its tags show how that stands."""

from pathlib import Path

from support.discord_desk import ON_DISCORD, discord_desk, discord_desk_in, text_of
from support.whole_desk import world

from sandbox.discord import seed, threads


async def test_a_post_is_a_ticket_whose_tags_show_how_it_stands(database_url: str, tmp_path: Path) -> None:
    async with discord_desk(database_url, tmp_path, ON_DISCORD) as people:
        forum = people.sandbox.world.channel(seed.IDEAS)
        own = {"id": "1480000000000009999", "name": "Mobile", "moderated": False, "emoji_id": None, "emoji_name": None}
        forum.traits["tags"] = [*forum.traits["tags"], own]
        post = await people.write(seed.KIM, seed.IDEAS, "White hurts at night.", title="Dark mode", tags=[own["id"]])
        await people.finds(post, "This is **T-1**")
        card = await people.finds(seed.TRIAGE, "Dark mode")
        assert "White hurts at night." in text_of(card)
        await people.desk.settled()
        assert people.tags(post) == ["Mobile", "New"]

        # Another post, a moment later, is another ticket.
        other = await people.write(seed.KIM, seed.IDEAS, "Please.", title="Export as PDF")
        await people.finds(other, "This is **T-2**")

        assert (await people.command(seed.BO, seed.TRIAGE, "/ticket claim ticket:1")).ok
        assert (await people.command(seed.BO, seed.TRIAGE, "/ticket priority priority:urgent ticket:1")).ok
        assert (await people.command(seed.BO, seed.TRIAGE, "/ticket pending ticket:1")).ok
        await people.desk.settled()
        assert people.tags(post) == ["Mobile", "Urgent", "Waiting for you"]
        await people.write(seed.KIM, seed.IDEAS, "Yes, at night.", thread=post)
        await people.finds(card.id, "Yes, at night.")
        await people.desk.settled()
        assert people.tags(post) == ["Mobile", "Open", "Urgent"]

        assert (await people.command(seed.BO, seed.TRIAGE, "/ticket resolve ticket:1")).ok
        await people.desk.settled()
        assert (people.tags(post), people.standing(post)) == (["Mobile", "Solved", "Urgent"], "archived")

        # A tag that the forum lacks is made when it is needed.
        assert (await people.command(seed.BO, seed.TRIAGE, "/ticket close ticket:1")).ok
        notice = await people.finds(post, "is closed.")
        await people.desk.settled()
        assert (people.tags(post), people.standing(post)) == (["Closed", "Mobile", "Urgent"], "archived, locked")

        # What follows up is a post of its own, which the customer is in.
        assert (await people.press(seed.KIM, notice, "Open a follow-up")).ok
        assert (await people.submit(seed.KIM, text="It is too dark now.", priority="normal")).ok
        await people.desk.settled()
        follow_up = people.threads(seed.IDEAS)[-1]
        assert follow_up.name == "T-3 It is too dark now."
        assert seed.KIM in follow_up.members
        receipt = await people.finds(follow_up.id, "This is **T-3**")
        assert "It is too dark now." in text_of(receipt)
        assert people.tags(follow_up.id) == ["New"]
        await people.write(seed.KIM, seed.IDEAS, "Thank you.", thread=follow_up.id)
        card = await people.finds(seed.TRIAGE, "It is too dark now.")
        await people.finds(card.id, "Thank you.")


async def test_a_forum_without_room_or_leave_for_tags(database_url: str, tmp_path: Path) -> None:
    async with discord_desk(database_url, tmp_path, ON_DISCORD) as people:
        forum = people.sandbox.world.channel(seed.IDEAS)
        own = [
            {"id": str(1480000000000009000 + n), "name": f"Own {n}", "moderated": False, "emoji_id": None}
            for n in range(20)
        ]
        forum.traits["tags"] = own
        chosen = [tag["id"] for tag in own[:2]]
        post = await people.write(seed.KIM, seed.IDEAS, "White hurts.", title="Dark mode", tags=chosen)
        await people.finds(post, "This is **T-1**")
        assert (await people.command(seed.BO, seed.TRIAGE, "/ticket resolve ticket:1")).ok
        await people.desk.settled()
        assert (people.tags(post), people.standing(post)) == (["Own 0", "Own 1"], "archived")
        assert not await people.desk.rows("SELECT 1 FROM outbox WHERE state = 'dead'")


async def test_a_post_that_was_written_while_the_desk_was_away(database_url: str, tmp_path: Path) -> None:
    async with world(tmp_path) as found:
        async with discord_desk_in(found, database_url, ON_DISCORD) as people:
            await people.finds(await people.write(seed.KIM, seed.IDEAS, "Please.", title="Dark mode"), "**T-1**")
            await people.desk.settled()
        said, discord = found.sandbox.world, found.sandbox.discord
        forum, lee = said.channel(seed.IDEAS), said.person(seed.LEE)
        post = said.stamp("discord")[0]
        threads.open_thread(discord, forum, lee, {"name": "Export as PDF"}, "thread", post)
        said.post(post, seed.LEE, "For the board.", as_id=post)
        async with discord_desk_in(found, database_url, ON_DISCORD) as people:
            await people.finds(post, "This is **T-2**")
            await people.desk.settled()
            assert [row.subject for row in await people.desk.rows("SELECT subject FROM ticket ORDER BY number")] == [
                "Dark mode",
                "Export as PDF",
            ]
            assert people.tags(post) == ["New"]
