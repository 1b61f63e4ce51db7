"""Discord on the page: people talk there, in channels, threads, forums and direct messages, each sees what is theirs,
and what they do with the app reaches a real discord.py client."""

from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands, ui
from playwright.async_api import expect
from support.discord_peer import connected, redirected
from support.page import Pages
from support.processes import until

from sandbox.app import Sandbox
from sandbox.discord import threads
from sandbox.discord.seed import BOT, GUILD, HELP, IDEAS, KIM, LEE, TRIAGE

pytest_plugins = ["support.browser", "support.page_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_talk_and_threads(page_sandbox: Sandbox, pages: Pages, tmp_path: Path) -> None:
    kim = await pages.open(KIM)
    bo = await pages.open("U0BO")
    await kim.write("Hello @Bo Lind, our **export** fails :tada:")
    assert page_sandbox.world.rooms[HELP].by_id[page_sandbox.world.rooms[HELP].top[0]].text.endswith("fails 🎉")
    await expect(bo.page.locator(f"[data-team='{GUILD}'] .rail-dot")).to_be_visible()
    await bo.team("Discord")
    message = bo.message("our export fails")
    await expect(message.locator(".mention-me")).to_have_text("@Bo Lind")
    await expect(message.locator("strong")).to_have_text("export")
    await bo.react(message, "eyes")
    await expect(kim.newest().get_by_role("button", name="👀, 1, Bo Lind")).to_be_visible()

    # A thread begins with its first message, and stands under its channel for who is in it.
    await bo.open_thread(message)
    await expect(bo.side("pane")).to_contain_text("No replies yet")
    await bo.write("I look into it.", "pane")
    await expect(bo.page.locator(".place-thread")).to_have_attribute("aria-current", "page")
    await kim.open_thread(kim.message("our export fails"))
    await expect(kim.message("I look into it.", "pane")).to_be_visible()
    await expect(kim.side("pane").locator(".message").first).to_contain_text("our export fails")
    await kim.write("Thanks.", "pane")
    await expect(bo.message("our export fails").locator(".thread-count")).to_have_text("2 messages")

    notes = tmp_path / "trace.txt"
    notes.write_text("line 1")
    await kim.attach(notes, "The trace", "pane")
    chip = bo.message("The trace", "pane").locator(".file-chip")
    await expect(chip).to_contain_text("trace.txt")
    async with bo.page.expect_download() as saved:
        await chip.click()
    assert (await (await saved.value).path()).read_text() == "line 1"
    await expect(bo.message("our export fails").locator(".thread-count")).to_have_text("3 messages")

    # What the message says in its thread follows it.
    await kim.menu(kim.message("our export fails"), "Edit message")
    box = kim.page.get_by_role("textbox", name="Edit message")
    await expect(box).to_have_value("Hello @Bo Lind, our **export** fails 🎉")
    await box.fill("Our **import** fails")
    await box.press("Enter")
    await expect(bo.message("Our import fails", "pane").locator(".edited")).to_be_visible()
    await bo.toolbar(bo.message("Thanks.", "pane"))
    await bo.message("Thanks.", "pane").get_by_role("button", name="Reply", exact=True).click()
    await expect(bo.side("pane").locator(".composer-answering")).to_contain_text("Replying to Kim Holm")
    await bo.write("You are welcome.", "pane")
    await expect(kim.message("You are welcome.", "pane").locator(".before")).to_contain_text("Kim Holm Thanks.")
    await kim.menu(kim.side("pane").locator(".message", has_text="Thanks.").first, "Delete message")
    await kim.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(bo.side("pane").locator(".before")).to_have_text("The original message was deleted")


async def test_forums_private_threads_and_direct_messages(page_sandbox: Sandbox, pages: Pages) -> None:
    world = page_sandbox.world
    kim = await pages.open(KIM, IDEAS)
    await kim.page.get_by_role("button", name="New post").click()
    form = kim.page.get_by_role("form", name="New post")
    assert await form.get_by_role("group", name="Tags").get_by_role("button").all_inner_texts() == ["New"]
    await form.get_by_label("Title").fill("Dark mode")
    await form.get_by_label("What is it about?").fill("Please, for **late** hours.")
    await form.get_by_role("button", name="New").click()
    await form.get_by_role("button", name="Post").click()
    await expect(kim.side("pane").locator(".thread-note")).to_contain_text("Dark mode")
    await expect(kim.side("pane").locator(".message strong")).to_have_text("late")
    lee = await pages.open(LEE, IDEAS)
    post = lee.page.locator(".post", has_text="Dark mode")
    await expect(post).to_contain_text("Please, for late hours.")
    await expect(post.locator(".tag")).to_have_text("New")
    await post.click()
    await lee.write("Yes please.", "pane")
    await expect(kim.message("Yes please.", "pane")).to_be_visible()
    await expect(kim.page.locator(".post", has_text="1 reply")).to_be_visible()

    # Closed: only the staff can write there.
    thread = world.channel(world.threads_of(IDEAS)[0].id)
    thread.traits["locked"] = True
    threads.set_archived(page_sandbox.discord, thread, BOT, archived=True)
    await expect(kim.side("pane").locator(".composer-closed")).to_contain_text("only the staff can write there")
    await expect(lee.page.locator(".post .tag", has_text="CLOSED")).to_be_visible()

    # A private thread is seen by who is in it, under its channel, and by nobody else.
    given = {"name": "Kim's request", "invitable": False}
    private = threads.alone(page_sandbox.discord, world.channel(HELP), world.person(BOT), given, 12)
    world.join(private.id, KIM)
    world.post(private.id, BOT, "Only for you, Kim.")
    row = kim.page.locator(".place-thread", has_text="Kim's request")
    await expect(row.locator(".badge")).to_contain_text("1")
    await row.click()
    await expect(kim.message("Only for you, Kim.", "pane")).to_be_visible()
    await expect(row.locator(".badge")).to_have_count(0)
    assert "Kim's request" not in await lee.page.content()
    await kim.go("Desk")
    await kim.write("Hello Desk")
    await expect(kim.message("Hello Desk")).to_be_visible()
    assert (await pages.open(LEE)).page.url.endswith(HELP)


class Answer(ui.Modal, title="Reply to Kim"):
    body: Any = ui.Label(text="Your answer", component=ui.TextInput(custom_id="body", min_length=3))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await until(lambda: self.body.component.value)
        await interaction.followup.send(f"Sent: {self.body.component.value}")


class Card(ui.LayoutView):
    def __init__(self) -> None:
        super().__init__(timeout=None)
        reply: Any = ui.Button(label="Reply …", custom_id="reply", style=discord.ButtonStyle.primary)
        urgency: Any = ui.Select(placeholder="Priority", custom_id="priority")
        urgency.add_option(label="High", value="high")
        urgency.add_option(label="Low", value="low")
        reply.callback, urgency.callback = self.reply, self.chosen
        self.urgency = urgency
        box: Any = ui.Container(ui.TextDisplay("**T-12** Export fails"), ui.ActionRow(reply), ui.ActionRow(urgency))
        self.add_item(box)

    async def reply(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Answer())

    async def chosen(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"Priority is {self.urgency.values[0]}.", ephemeral=True)


async def test_what_people_do_with_the_app(page_sandbox: Sandbox, pages: Pages) -> None:
    heard: list[tuple[Any, ...]] = []
    group = app_commands.Group(name="ticket", description="Work with tickets")

    @group.command(name="assign", description="give it to somebody")
    async def assign(interaction: discord.Interaction, agent: str, note: str = "") -> None:
        heard.append((agent, note))
        await interaction.response.send_message(f"{agent} has it.", ephemeral=True)

    @assign.autocomplete("agent")
    async def agents(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        names = {"Bo Lind": "bo", "Ida Sand": "ida"}
        return [app_commands.Choice(name=one, value=key) for one, key in names.items() if current in one.lower()]

    async def open_ticket(interaction: discord.Interaction, message: discord.Message) -> None:
        heard.append((message.content,))
        await interaction.response.send_message("T-13 it is.", ephemeral=True)

    ida = await pages.open("U0IDA", TRIAGE)
    banner = ida.page.locator("[data-banner=desk]")
    await expect(banner).to_contain_text("The desk is not connected")
    with redirected(page_sandbox.base_url):
        async with connected(page_sandbox) as peer:
            await expect(banner).to_have_count(0)
            peer.tree.add_command(group)
            peer.tree.add_command(app_commands.ContextMenu(name="Open ticket", callback=open_ticket))
            await peer.tree.sync()
            await peer.text(TRIAGE).send(view=Card())

            card = ida.message("T-12")
            await ida.press("Reply …", within=card)
            await expect(ida.page.get_by_role("dialog", name="Reply to Kim")).to_be_visible()
            await ida.submit()
            assert await ida.form_errors() == ["This field is required"]
            await ida.fill({"Your answer": "We are on it"})
            await ida.submit()
            await ida.no_dialog()
            await expect(ida.newest()).to_contain_text("Sent: We are on it")
            await ida.newest().get_by_role("button", name="Dismiss message").click()
            await expect(ida.side("main").locator(".message-only")).to_have_count(0)
            await card.get_by_label("Priority").select_option(label="Low")
            await expect(ida.newest()).to_contain_text("Priority is low.")

            box = ida.composer()
            await box.press_sequentially("/ass")
            await box.press("Tab")
            await expect(box).to_have_value("/ticket assign ")
            await box.fill("")
            await box.press_sequentially("/ti")
            await box.press("Tab")
            await box.press("Tab")
            await expect(box).to_have_value("/ticket assign ")
            await box.press_sequentially("ag")
            await box.press("Tab")
            options = ida.page.locator(".suggestions").get_by_role("option")
            await expect(options).to_have_text(["Bo Lind", "Ida Sand"])
            await box.press_sequentially("ida")
            await expect(options).to_have_text(["Ida Sand"])
            await box.press("Tab")
            await expect(box).to_have_value("/ticket assign agent:ida ")
            await box.press_sequentially("note:as you asked")
            await box.press("Enter")
            await expect(ida.newest().locator(".before")).to_have_text("Ida Sand used /ticket assign")
            await box.fill("/ticket assign")
            await box.press("Enter")
            await expect(ida.page.get_by_role("alert")).to_contain_text("agent is missing")
            await box.fill("")

            page_sandbox.world.post(TRIAGE, "U0MIA", "The invoice is wrong.")
            await ida.menu(ida.message("The invoice is wrong."), "Open ticket")
            await expect(ida.newest()).to_contain_text("T-13 it is.")
            assert heard == [("ida", "as you asked"), ("The invoice is wrong.",)]
            await ida.page.get_by_role("button", name="Traffic").click()
            traffic = ida.page.get_by_role("region", name="Traffic")
            for call in ("create_message", "INTERACTION_CREATE", "create_interaction_response"):
                await expect(traffic.locator(".traffic-name", has_text=call).first).to_be_attached()
            said = traffic.locator("li", has=ida.page.get_by_text("MESSAGE_CREATE", exact=True)).last
            await said.get_by_role("button").click()
            await expect(said.locator("pre").first).to_contain_text("The invoice is wrong.")
            await traffic.get_by_role("button", name="Close traffic").click()
            kim = await pages.open(KIM)
            await expect(kim.page.locator("[data-banner=desk]")).to_have_count(0)
            assert "T-12" not in await kim.page.content()
    await expect(banner).to_contain_text("The desk is not connected")
    await ida.press("Reply …", within=card)
    await expect(card.get_by_role("alert")).to_contain_text("The app is not connected.")
