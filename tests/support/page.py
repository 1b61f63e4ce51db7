"""Driving the sandbox's page as people do: by roles, labels and keys, waiting for what appears."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, expect

PATIENCE_MS = 10_000

Side = Literal["main", "pane"]


class SandboxPage:
    """The open page. `side` says where: in the conversation (`main`), or beside it (`pane`: a thread, or what the
    customer sees)."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        self.base_url = base_url
        self.problems: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("console", self._said)

    def _said(self, message: ConsoleMessage) -> None:
        # The browser notes lost sockets and refused calls by itself; the page shows both to the person.
        expected = "WebSocket connection" in message.text or re.search("status of 4|ERR_CONNECTION", message.text)
        if message.type in {"error", "warning"} and not expected:
            self.problems.append(f"{message.type}: {message.text}")

    async def open(self, person: str = "U0BO", channel: str = "", thread: str = "") -> None:
        """Load the page as somebody (ids), and wait until it is live."""
        await self.page.goto(f"{self.base_url}/#/{'/'.join(part for part in (person, channel, thread) if part)}")
        await self.live()

    async def live(self) -> None:
        await self.page.locator(".app[data-phase=live]").wait_for()

    # Who and where

    async def be(self, name: str) -> None:
        """Become somebody by their first name."""
        button = self.page.get_by_role("group", name="You are").get_by_role("button", name=name)
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", "true")
        await self.live()
        await self.ready()

    async def go(self, channel: str) -> None:
        """Open a channel (or app) by the name that stands in the list."""
        places = self.page.get_by_role("navigation", name="Channels and apps")
        button = places.get_by_role("button", name=re.compile(rf"(^|\s|#|@){re.escape(channel)}(\s|\d|$)"))
        if not await button.is_visible():
            await self.page.get_by_role("button", name="Channels", exact=True).click()
        await button.click()
        await self.side("main").get_by_role("heading", name=channel).wait_for()
        await self.ready()

    async def ready(self, side: Side = "main") -> None:
        """Wait until the messages there are loaded."""
        await self.side(side).locator(".messages[data-ready=true], .forum").wait_for()

    async def teams(self) -> list[str]:
        """The platforms in the rail."""
        return await self._rail.locator(".rail-name").all_inner_texts()

    async def team(self, platform: str) -> None:
        """Open the workspace or server of that platform from the rail."""
        button = self._rail.get_by_role("button", name=platform)
        if not await button.is_visible():
            await self.page.get_by_role("button", name="Channels", exact=True).click()
        await button.click()
        await expect(button).to_have_attribute("aria-current", "true")

    @property
    def _rail(self) -> Locator:
        return self.page.get_by_role("navigation", name="Workspaces and servers")

    async def places(self) -> list[str]:
        """The names in the list of channels and apps."""
        return await self.page.locator(".place-name").all_inner_texts()

    def side(self, side: Side) -> Locator:
        return self.page.locator("main" if side == "main" else "aside.pane")

    # Messages

    def message(self, text: str | re.Pattern[str], side: Side = "main") -> Locator:
        """The newest message that contains the text."""
        return self.side(side).locator(".message", has_text=text).last

    def newest(self, side: Side = "main") -> Locator:
        return self.side(side).locator(".message").last

    async def texts(self, side: Side = "main") -> list[str]:
        return await self.side(side).locator(".message-main").all_inner_texts()

    async def write(self, text: str, side: Side = "main") -> None:
        """Type it and press Enter; returns when the box is empty again."""
        box = self.composer(side)
        await box.fill(text)
        await box.press("Escape")
        await box.press("Enter")
        await expect(box).to_have_value("")

    def composer(self, side: Side = "main") -> Locator:
        return self.side(side).locator(".composer-text")

    async def attach(self, path: Path | str, text: str = "", side: Side = "main") -> None:
        await self.side(side).locator(".composer input[type=file]").set_input_files(path)
        await self.composer(side).fill(text)
        await self.side(side).locator(".composer").get_by_role("button", name="Send").click()
        await expect(self.side(side).locator(".composer-files")).to_have_count(0)

    async def press(self, label: str, side: Side = "main", within: Locator | None = None) -> None:
        """Press a button of the newest message that has one of that name."""
        button = (within or self.side(side).locator(".message")).get_by_role("button", name=label, exact=True)
        await button.last.click()

    async def overflow(self, option: str, within: Locator) -> None:
        """Choose an entry of a message's "…" menu, which the app drew."""
        await within.get_by_role("button", name="More actions").click()
        await self.page.get_by_role("menuitem", name=option).click()

    async def menu(self, message: Locator, item: str) -> None:
        """Choose an entry of a message's own menu: shortcuts, edit, delete, copy link."""
        await self.toolbar(message)
        await message.get_by_role("button", name="More for this message").click()
        await self.page.get_by_role("menuitem", name=item).click()

    async def toolbar(self, message: Locator) -> None:
        await message.scroll_into_view_if_needed()
        await message.hover()
        await message.get_by_role("toolbar", name="Message actions").wait_for()

    async def react(self, message: Locator, name: str) -> None:
        """With one of the quick ones, or through the picker."""
        await self.toolbar(message)
        quick = message.get_by_role("button", name=f"React with {name}")
        if await quick.count():
            await quick.click()
            return
        await message.get_by_role("button", name="Add a reaction").click()
        picker = self.page.get_by_role("dialog", name="Choose an emoji")
        await picker.get_by_role("searchbox").fill(name)
        await picker.get_by_role("button", name=name, exact=True).click()

    async def open_thread(self, message: Locator) -> None:
        await self.toolbar(message)
        await message.get_by_role("button", name="Reply in thread").click()
        await self.ready("pane")

    async def customer_view(self) -> None:
        """Open "What … sees" beside the conversation."""
        tab = self.page.get_by_role("tab", name=re.compile("^What .* sees$"))
        if await tab.count():
            await tab.click()
        else:
            await self.page.get_by_role("button", name="What the customer sees").click()
        await self.ready("pane")

    # Forms

    @property
    def dialog(self) -> Locator:
        return self.page.locator("dialog[open]").last

    async def fill(self, values: dict[str, Any]) -> None:
        """Fill the open form, by the labels of its fields: text, the name of an option, or a list of names."""
        for label, value in values.items():
            block = self.dialog.locator(".field-block", has_text=label).first
            await self._fill_one(block, value)

    async def _fill_one(self, block: Locator, value: Any) -> None:
        names = value if isinstance(value, list) else [value]
        if await block.locator("select").count():
            await block.locator("select").select_option(label=str(value))
        elif await block.get_by_role("combobox").count():
            for name in names:
                await block.get_by_role("combobox").fill(name)
                await self.page.get_by_role("option", name=name).first.click()
        elif await block.locator(".choices").count():
            for name in names:
                await block.get_by_label(name).first.check()
        else:
            await block.locator("input, textarea").first.fill(str(value))

    async def submit(self) -> None:
        """Send the open form; what follows (errors, another form, none) is for the caller to expect."""
        await self.dialog.locator("button[type=submit]").click()

    async def form_errors(self) -> list[str]:
        await self.dialog.locator(".field-error").first.wait_for()
        return await self.dialog.locator(".field-error").all_inner_texts()

    async def no_dialog(self) -> None:
        await expect(self.page.locator("dialog[open]")).to_have_count(0)

    # Time, guide, looks

    async def move_clock(self, by: Literal["+15 min", "+1 h", "Next morning"]) -> None:
        """Press it, and wait until the clock has moved."""
        button = self.page.get_by_role("group", name="Clock").get_by_role("button", name=by)
        await button.click()
        await expect(button).to_be_enabled()

    async def clock(self) -> str:
        return await self.page.locator(".clock-now").inner_text()

    async def guide(self, step: Literal["Ask for help", "Claim it", "Let time pass"]) -> None:
        """One click on a step, until it is ticked off."""
        button = self.page.locator(".guide-step", has_text=step)
        await button.click()
        await expect(button).to_have_attribute("data-done", "true")

    async def screenshot(self, path: Path | str) -> None:
        await self.page.screenshot(path=path)


@asynccontextmanager
async def sandbox_page(
    browser: Browser, base_url: str, *, width: int = 1280, height: int = 860, dark: bool = False
) -> AsyncIterator[SandboxPage]:
    """A page in a context of its own. At the end nothing may have gone wrong in its console."""
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    try:
        driven = SandboxPage(await context.new_page(), base_url)
        yield driven
        assert driven.problems == []
    finally:
        await context.close()


class Pages:
    """Opens pages; all are closed, and looked through for console errors, when the test ends."""

    def __init__(self, browser: Browser, base_url: str, stack: AsyncExitStack) -> None:
        self._browser = browser
        self._base_url = base_url
        self._stack = stack

    async def open(
        self, person: str = "U0BO", channel: str = "", thread: str = "", base_url: str = "", **look: Any
    ) -> SandboxPage:
        """As somebody (ids), on the test's own sandbox unless `base_url` names another. `look`: width, height, dark."""
        base_url = base_url or self._base_url
        page = await self._stack.enter_async_context(sandbox_page(self._browser, base_url, **look))
        await page.open(person, channel, thread)
        await page.ready()
        return page
