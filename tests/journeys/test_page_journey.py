"""The product's whole promise in the page, driven in a browser: two customers ask, agents claim in two ways, answer
and resolve, the customers see each step, and time brings a warning, a breach and a digest. And a customer on Discord is
answered by somebody who works on Slack alone.

`PICTURES=docs/pictures` in the environment keeps the README's pictures of the way.
"""

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect
from support.discord_desk import sandbox_desk
from support.page import SandboxPage, sandbox_page
from support.whole_desk import whole_desk

pytest_plugins = ["support.browser"]

EXPORT = "Hello, our export has been failing since this morning with `error 502`. We need the numbers for our board."
INVITE = "How do I invite a colleague? I cannot find it in the settings."


async def _picture(page: SandboxPage, name: str) -> None:
    folder = os.environ.get("PICTURES")
    if folder:
        await page.screenshot(Path(folder) / f"{name}.png")


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_two_customers_two_agents_and_a_morning(
    sqlite_url: str, tmp_path: Path, chromium_browser: Browser
) -> None:
    async with (
        whole_desk(sqlite_url, tmp_path) as desk,
        sandbox_page(chromium_browser, desk.sandbox.base_url, width=1600, height=1000) as page,
    ):
        await page.open("U0ANN", "C0GLOBEX")
        await page.write(EXPORT)
        await desk.card(1)
        await page.be("Raj")
        await page.go("initech-shared")
        await page.write(INVITE)
        await desk.card(2)

        # One is claimed by button, and the customer's side is seen beside it.
        await page.be("Bo")
        await page.go("triage")
        first = page.message("error 502")
        await expect(first).to_contain_text("nobody yet")
        await page.press("Claim", within=first)
        await expect(first).to_contain_text("Bo Lind")
        await page.open_thread(first)
        await page.customer_view()
        await expect(page.side("pane")).to_contain_text("Bo Lind is on it")
        await desk.settled()
        await _picture(page, "claimed")

        # The other one by reaction.
        await page.be("Ida")
        await page.go("triage")
        second = page.message("invite a colleague")
        await page.react(second, "eyes")
        await expect(second).to_contain_text("Ida Sand")

        # An answer from the card's form, then resolved: the customer sees each step.
        await page.press("Reply …", within=second)
        await expect(page.dialog).to_be_visible()
        await _picture(page, "reply")
        await page.fill({"Your answer": "Settings, People, Invite.", "Then": "Mark as resolved"})
        await page.submit()
        await expect(second).to_contain_text("Resolved")
        await page.be("Raj")
        await page.go("initech-shared")
        await page.open_thread(page.message("invite a colleague"))
        await expect(page.side("pane")).to_contain_text("Settings, People, Invite.")
        await expect(page.side("pane")).to_contain_text("We think this is solved.")
        await desk.settled()
        await _picture(page, "customer")

        # Time passes: the warning, the breach, and in the morning the digest.
        await page.be("Bo")
        await page.go("triage")
        await page.move_clock("+1 h")
        await expect(page.side("main")).to_contain_text("needs a first answer in")
        await page.move_clock("+1 h")
        await expect(page.side("main")).to_contain_text("needed a first answer by")
        await desk.settled()
        await _picture(page, "late")
        await page.be("Mia")
        await page.go("managers")
        await page.move_clock("Next morning")
        await expect(page.side("main")).to_contain_text("2 new, 1 solved, backlog up to 1")
        await expect(page.side("main")).to_contain_text("Needs attention now")
        await desk.settled()
        await _picture(page, "digest")


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_a_discord_customer_is_answered_from_slack(
    sqlite_url: str, tmp_path: Path, chromium_browser: Browser
) -> None:
    """Bo has no account on Discord as far as the desk knows."""
    async with (
        sandbox_desk(sqlite_url, tmp_path) as desk,
        sandbox_page(chromium_browser, desk.sandbox.base_url, width=1600, height=1000) as page,
    ):
        # A customer on each platform asks, and both land in one queue.
        await page.open()
        await page.guide("Ask for help")
        await expect(page.page.locator("[data-person=U0ANN]")).to_have_attribute("aria-pressed", "true")
        await expect(page.side("pane")).to_contain_text("Thanks, Ann.")
        await page.guide("Claim it")
        await expect(page.page.get_by_role("tab", name="What Kim sees")).to_have_attribute("aria-selected", "true")
        await expect(page.side("pane")).to_contain_text("Bo Lind is on it")
        card = page.message("mobile app")
        await expect(card).to_contain_text("Community · Kim Holm · #help")
        await expect(card).to_contain_text("Bo Lind")
        await page.open_thread(card)
        await expect(page.message("Is that known?", "pane")).to_contain_text("Kim Holm (Community)")
        await page.customer_view()
        await page.press("Reply …", within=card)
        await page.fill({"Your answer": "It is, and fixed in 4.2: please update the app."})
        await page.submit()
        await expect(page.message("please update the app", "pane")).to_contain_text("Bo Lind")

        # Kim answers in her thread, where nothing of triage is; Bo reads it in his.
        await page.be("Kim")
        await page.open_thread(page.message("mobile app"))
        await expect(page.message("please update the app", "pane")).to_contain_text("Bo Lind")
        await page.write("That helped, thank you.", "pane")
        assert "triage" not in (await page.page.content())
        await page.be("Bo")
        await page.open_thread(card)
        await expect(page.message("That helped", "pane")).to_contain_text("Kim Holm (Community)")
        await page.customer_view()
        await page.page.get_by_role("button", name="Close the guide").click()
        await page.toolbar(page.message("is yours now"))
        await page.page.get_by_role("button", name="Dismiss", exact=True).click()
        await desk.settled()
        await _picture(page, "discord")
        await page.press("Resolve", within=card)
        await expect(card).to_contain_text("Resolved")
        await expect(page.side("pane")).to_contain_text("We think this is solved.")
        await desk.settled()
