"""What only Discord has, on a Discord that others wrote. On the sandbox's it is in the other test_discord_… modules."""

from pathlib import Path

from support.stages.simcord import desk_in_simcord, simcord_world

EXPORT = "Our export has been failing since this morning."


async def test_customers_have_commands_too(sqlite_url: str, tmp_path: Path) -> None:
    async with simcord_world() as world, desk_in_simcord(world, sqlite_url, tmp_path) as stage:
        root = await stage.write("customer", "help", EXPORT)
        await stage.card(1)
        assert "Only the support team" in await stage.command("customer", "help", "resolve", 1)
        assert "Kim" in await stage.command("bo", "triage", "show", 1)
        assert "T-1 Our export" in await stage.command("customer", "help", "mine")
        assert "solved" in await stage.command("customer", "help", "solved", 1)
        await stage.finds("customer", "help", "Glad that it is solved", root)


async def test_a_solved_tickets_thread_is_put_away_and_comes_back(sqlite_url: str, tmp_path: Path) -> None:
    async with simcord_world() as world, desk_in_simcord(world, sqlite_url, tmp_path) as stage:
        root = await stage.write("customer", "help", EXPORT)
        card = await stage.card(1)
        await stage.finds("bo", "triage", EXPORT, card.id)
        await stage.press("bo", card, "Resolve")
        await stage.finds("customer", "help", "We think this is solved.", root)
        await stage.settled()
        assert stage.is_archived(root)
        await stage.write("customer", "help", "It fails again.", root)
        await stage.finds("customer", "help", "T-1 is open again", root)
        await stage.finds("bo", "triage", "It fails again.", card.id)
        await stage.settled()
        assert not stage.is_archived(root)


async def test_buttons_of_before_a_restart_work(sqlite_url: str, tmp_path: Path) -> None:
    async with simcord_world() as world:
        async with desk_in_simcord(world, sqlite_url, tmp_path) as stage:
            root = await stage.write("customer", "help", EXPORT)
            card = await stage.card(1)
            await stage.finds("customer", "help", "This is T-1", root)
            await stage.settled()
        async with desk_in_simcord(world, sqlite_url, tmp_path) as stage:
            await stage.press("bo", card, "Claim")
            await stage.card(1, "Bo Lind")
            await stage.press("bo", card, "Reply …")
            await stage.submit("bo", text="We look at it.", then="open")
            await stage.finds("customer", "help", "We look at it.", root)
            await stage.settled()


async def test_a_direct_conversation(sqlite_url: str, tmp_path: Path) -> None:
    async with simcord_world() as world, desk_in_simcord(world, sqlite_url, tmp_path) as stage:
        await world.people["customer"].send_dm("May I ask here?")
        await stage.is_told("customer", "This is T-1")
        await stage.card(1, "May I ask here?")
        assert "Sent to the customer" in await stage.command("bo", "triage", "reply", 1, text="You may.")
        await stage.is_told("customer", "You may.")
        await stage.settled()


async def test_a_panel_opens_a_private_thread(sqlite_url: str, tmp_path: Path) -> None:
    async with simcord_world() as world:
        world.rooms["panel"] = world.guild.create_text_channel("support")
        form = f"{{connection: main, channel: '{world.rooms['panel'].id}', intake: form}}"
        async with desk_in_simcord(world, sqlite_url, tmp_path, [form]) as stage:
            panel = await stage.finds("customer", "panel", "Do you need help from Acme Support?")
            await stage.press("customer", panel, "Ask for help")
            await stage.submit("customer", text="My invoice is wrong.", priority="high")
            card = await stage.card(1, "My invoice is wrong.")
            await stage.settled()
            (thread,) = world.rooms["panel"].threads
            await stage.finds("customer", "panel", "This is T-1", str(thread.id))
            await stage.write("customer", "panel", "It says 12 instead of 21.", str(thread.id))
            await stage.finds("bo", "triage", "It says 12", card.id)
            await stage.settled()


async def test_a_forums_post_is_a_ticket(sqlite_url: str, tmp_path: Path) -> None:
    """SimCord's posts have another id than their first message."""
    async with simcord_world() as world:
        world.rooms["ideas"] = world.guild.create_forum_channel("ideas")
        forum = f"{{connection: main, channel: '{world.rooms['ideas'].id}', intake: every}}"
        async with desk_in_simcord(world, sqlite_url, tmp_path, [forum]) as stage:
            post = await stage.open_post("customer", "ideas", "Dark mode", "White hurts at night.")
            await stage.finds("customer", "ideas", "This is T-1", post)
            await stage.card(1, "Dark mode")
            assert "Sent to the customer" in await stage.command("bo", "triage", "reply", 1, text="We are at it.")
            await stage.finds("customer", "ideas", "We are at it.", post)
            await stage.settled()
