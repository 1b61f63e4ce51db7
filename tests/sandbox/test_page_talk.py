"""People talk on the page: what one writes, the others read, each what is theirs."""

from pathlib import Path

import pytest
from playwright.async_api import expect
from support.page import Pages

from sandbox.app import Sandbox
from sandbox.model import File

pytest_plugins = ["support.browser", "support.page_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_what_one_writes_the_other_reads_at_once(pages: Pages) -> None:
    ann = await pages.open("U0ANN")
    bo = await pages.open("U0BO")
    await ann.write("Hello @Bo Lind, our *export* fails with `error 502` :tada:")
    badge = bo.page.locator("[data-place=C0GLOBEX] .badge")
    await expect(badge).to_contain_text("1")
    await bo.go("globex-shared")
    message = bo.message("our export fails")
    await expect(message.locator("strong")).to_have_text("export")
    await expect(message.locator("code")).to_have_text("error 502")
    await expect(message.locator(".mention-me")).to_have_text("@Bo Lind")
    await expect(message.get_by_role("img", name=":tada:")).to_be_visible()
    await expect(badge).to_have_count(0)


async def test_a_thread_beside_the_conversation(page_sandbox: Sandbox, pages: Pages) -> None:
    root = page_sandbox.world.post("C0GLOBEX", "U0ANN", "Our export fails")
    bo = await pages.open("U0BO", "C0GLOBEX")
    ann = await pages.open("U0ANN", "C0GLOBEX", root.id)
    await bo.open_thread(bo.message("Our export fails"))
    await bo.write("I look into it.", "pane")
    await expect(ann.message("I look into it.", "pane")).to_be_visible()
    await expect(ann.message("Our export fails").locator(".thread-count")).to_have_text("1 reply")
    assert "I look into it." not in (await ann.side("main").locator(".messages").inner_text())
    page_sandbox.world.show_ephemeral("U0ANN", "C0GLOBEX", "U0DESK", "Noted.", thread=root.id)
    await expect(ann.message("Noted.", "pane")).to_be_visible()
    await expect(ann.side("pane").locator(".day-replies")).to_have_text("1 reply")


async def test_edit_delete_and_react(page_sandbox: Sandbox, pages: Pages) -> None:
    ann = await pages.open("U0ANN")
    raj_like = await pages.open("U0BO", "C0GLOBEX")
    await ann.write("Tomorow <soon> & @Ida Sand")
    await ann.menu(ann.newest(), "Edit message")
    box = ann.page.get_by_role("textbox", name="Edit message")
    await expect(box).to_have_value("Tomorow <soon> & @Ida Sand")
    await box.fill("Tomorrow <soon> & @Ida Sand")
    await box.press("Enter")
    await expect(raj_like.message("Tomorrow <soon> & @Ida Sand").locator(".edited")).to_be_visible()

    await raj_like.react(raj_like.newest(), "ticket")
    await raj_like.react(raj_like.newest(), "rocket")
    await expect(ann.newest().locator(".reaction")).to_have_count(2)
    await ann.newest().get_by_role("button", name="rocket, 1, Bo Lind").click()
    await expect(raj_like.newest().get_by_role("button", name="rocket, 2, you, Ann Weber")).to_be_visible()

    await raj_like.toolbar(raj_like.newest())
    await raj_like.newest().get_by_role("button", name="More for this message").click()
    assert await raj_like.page.get_by_role("menuitem", name="Delete message").count() == 0
    await raj_like.page.keyboard.press("Escape")

    await ann.menu(ann.newest(), "Delete message")
    await ann.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(raj_like.page.locator("main .message", has_text="Tomorrow")).to_have_count(0)
    assert page_sandbox.world.rooms["C0GLOBEX"].top == []


async def test_an_ephemeral_is_only_for_its_person(page_sandbox: Sandbox, pages: Pages) -> None:
    bo = await pages.open("U0BO")
    ida = await pages.open("U0IDA")
    shown = page_sandbox.world.show_ephemeral("U0BO", "C0TRIAGE", "U0DESK", "Ida Sand has T-11.")
    page_sandbox.world.post("C0TRIAGE", "U0MIA", "Said after it.")
    await expect(bo.message("Only visible to you")).to_contain_text("Ida Sand has T-11.")
    await expect(ida.message("Said after it.")).to_be_visible()
    assert "T-11" not in await ida.page.content()
    await bo.page.reload()
    await bo.ready()
    await bo.toolbar(bo.message("Ida Sand has T-11."))
    await bo.page.get_by_role("button", name="Dismiss").click()
    await expect(bo.page.locator("[data-ts]", has_text="T-11")).to_have_count(0)
    assert shown.id not in page_sandbox.world.ephemerals["U0BO"]


async def test_files_and_pictures(page_sandbox: Sandbox, pages: Pages, tmp_path: Path) -> None:
    note, picture = tmp_path / "export.log", tmp_path / "screen.svg"
    note.write_text("502\n" * 500)
    picture.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30"/></svg>'
    )
    ann = await pages.open("U0ANN")
    bo = await pages.open("U0BO", "C0GLOBEX")
    await ann.attach(note, "The log")
    await ann.attach(picture)
    chip = bo.message("The log").locator("a.file-chip")
    await expect(chip).to_contain_text("export.log")
    await expect(chip).to_contain_text("2 kB")
    shown = bo.newest().locator("img")
    await expect(shown).to_have_js_property("naturalWidth", 40)

    chart = File("F0CHART", "U0DESK", "chart.svg", "Chart", "image/svg+xml", 10, page_sandbox.clock.now())
    page_sandbox.world.put_file(chart)
    page_sandbox.files.write(chart.id, picture.read_bytes())
    image = {"type": "image", "slack_file": {"id": chart.id}, "alt_text": "Tickets of this week"}
    page_sandbox.world.post("C0GLOBEX", "U0DESK", "A chart", blocks=[image])
    await expect(ann.page.get_by_alt_text("Tickets of this week")).to_have_js_property("naturalWidth", 40)


async def test_a_channel_with_a_long_past(page_sandbox: Sandbox, pages: Pages) -> None:
    world = page_sandbox.world
    for number in range(700):
        world.post("C0TRIAGE", "U0IDA" if number % 2 else "U0BO", f"number {number}.")
    far = world.rooms["C0TRIAGE"].top[150]
    bo = await pages.open("U0BO")
    await expect(bo.newest()).to_contain_text("number 699.")
    lines = bo.page.locator("main .message")
    assert await lines.count() <= 200
    await bo.page.locator("main .messages").evaluate("box => { box.scrollTop = 0 }")
    await expect(bo.message("number 620.")).to_be_attached()

    await bo.page.evaluate(f"location.href = '/archives/C0TRIAGE/p{far.replace('.', '')}'")
    await bo.live()
    lit = bo.page.locator(f"[data-ts='{far}']")
    await expect(lit).to_be_in_viewport()
    assert await lines.count() <= 200
    world.post("C0TRIAGE", "U0IDA", "The newest of all")
    await expect(bo.page.locator("main .message", has_text="The newest of all")).to_have_count(0)
    await bo.page.get_by_role("button", name="Latest").click()
    await expect(bo.message("The newest of all")).to_be_in_viewport()


async def test_one_more_message_costs_in_a_long_channel_what_it_costs_in_a_short_one(
    page_sandbox: Sandbox, pages: Pages
) -> None:
    """Where 5,000 were said before, and where hardly anything was; both by the time that scripts run."""
    world = page_sandbox.world
    for number in range(5_000):
        world.post("C0TRIAGE", "U0IDA" if number % 3 else "U0BO", f"number {number} with *some* `code` in it")

    async def cost(channel: str) -> float:
        bo = await pages.open("U0BO", channel)
        session = await bo.page.context.new_cdp_session(bo.page)
        await session.send("Performance.enable")

        async def say(words: str) -> None:
            world.post(channel, "U0IDA", words)
            await bo.page.wait_for_function(
                "words => document.querySelector('main .message-list').lastElementChild.textContent.includes(words)",
                arg=words,
            )

        async def script() -> float:
            metrics = (await session.send("Performance.getMetrics"))["metrics"]
            return next(one["value"] for one in metrics if one["name"] == "ScriptDuration")

        await say("First.")
        before = await script()
        for number in range(30):
            await say(f"live {number}.")
        return await script() - before

    short = await cost("C0GLOBEX")
    assert await cost("C0TRIAGE") < 3 * short


async def test_a_link_to_a_message_stays_in_the_page(page_sandbox: Sandbox, pages: Pages) -> None:
    world = page_sandbox.world
    root = world.post("C0GLOBEX", "U0ANN", "Our export fails")
    reply = world.post("C0GLOBEX", "U0BO", "I look.", thread=root.id)
    link = (
        f"{page_sandbox.base_url}/archives/C0GLOBEX/p{reply.id.replace('.', '')}?thread_ts={root.id}&amp;cid=C0GLOBEX"
    )
    world.post("C0TRIAGE", "U0DESK", f"T-12 <{link}|Our export fails>")
    bo = await pages.open("U0BO")
    await bo.message("T-12").get_by_role("link", name="Our export fails").click()
    await expect(bo.page.get_by_role("heading", name="globex-shared")).to_be_visible()
    await expect(bo.message("I look.", "pane")).to_be_in_viewport()
    await bo.page.go_back()
    await expect(bo.page.get_by_role("heading", name="triage")).to_be_visible()
