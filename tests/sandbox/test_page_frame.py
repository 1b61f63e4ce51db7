"""The frame of the page: who and when, losing the connection, small screens, contrast, keys, the developers' drawer."""

import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect
from support.page import Pages, SandboxPage
from support.stand_in import StandIn, reply_form, stand_in

from sandbox.app import Sandbox, running
from sandbox.model import Form
from sandbox.settings import Settings

pytest_plugins = ["support.browser", "support.page_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_each_person_has_their_own_places(pages: Pages) -> None:
    page = await pages.open("U0ANN")
    assert await page.places() == ["globex-shared", "Desk"]
    assert await page.page.get_by_role("button", name="What the customer sees").count() == 0
    await page.be("Raj")
    assert await page.places() == ["initech-shared", "Desk"]
    await page.be("Mia")
    assert await page.places() == ["triage", "globex-shared", "initech-shared", "managers", "Desk"]
    assert await page.teams() == ["Slack", "Discord"]
    await page.team("Discord")
    assert await page.places() == ["help", "ideas", "contact", "triage-discord", "Desk"]
    await page.be("Kim")
    assert await page.teams() == ["Discord"]
    assert await page.places() == ["help", "ideas", "contact", "Desk"]
    assert "triage" not in (await page.page.content())
    await page.be("Ann")
    assert await page.teams() == ["Slack"]


async def test_the_clock_moves_for_everybody(page_sandbox: Sandbox, pages: Pages) -> None:
    bo = await pages.open("U0BO")
    ann = await pages.open("U0ANN")
    assert (await bo.clock()).startswith("Fri 13:4")
    await bo.move_clock("+15 min")
    await expect(bo.page.locator(".clock-now")).to_have_text(re.compile(r"Fri 13:5\d"))
    await bo.move_clock("+1 h")
    await expect(ann.page.locator(".clock-now")).to_have_text(re.compile(r"Fri 14:5\d"))
    await bo.move_clock("Next morning")
    await expect(ann.page.locator(".clock-now")).to_have_text("Mon 08:30")
    page_sandbox.world.post("C0GLOBEX", "U0BO", "Good morning")
    await expect(ann.page.locator(".day")).to_have_text("Monday, 23 November")
    await expect(ann.newest().locator(".stamp")).to_have_text("08:30")


async def test_a_lost_connection_is_said_and_comes_back_complete(pages: Pages, tmp_path: Path) -> None:
    settings = Settings(port=0, data=tmp_path / "own")
    async with running(settings) as first:
        port = int(first.base_url.rsplit(":", 1)[1])
        ann = await pages.open("U0ANN", base_url=first.base_url)
        await ann.write("Before")
    await expect(ann.page.locator("[data-banner=lost]")).to_be_visible()
    async with running(Settings(port=port, data=tmp_path / "own")) as second:
        second.world.post("C0GLOBEX", "U0BO", "Said while you were away")
        await expect(ann.message("Said while you were away")).to_be_visible()
        await expect(ann.page.locator("[data-banner=lost]")).to_have_count(0)
        await expect(ann.page.locator("main .message", has_text="Before")).to_have_count(1)
        second.world.post("C0GLOBEX", "U0BO", "And live again")
        await expect(ann.message("And live again")).to_be_visible()


async def test_a_form_can_be_closed_while_the_sandbox_is_gone(pages: Pages, tmp_path: Path) -> None:
    async with running(Settings(port=0, data=tmp_path / "own")) as first:
        bo = await pages.open("U0BO", base_url=first.base_url)
        first.world.set_forms("U0BO", [Form("V1", "U0BO", "modal", reply_form("12"), "1", "V1")])
        await expect(bo.dialog).to_be_visible()
    await expect(bo.page.locator("[data-banner=lost]")).to_be_attached()
    await bo.page.keyboard.press("Escape")
    await bo.no_dialog()


async def test_a_desk_that_comes_takes_the_banner_away(page_sandbox: Sandbox, pages: Pages) -> None:
    bo = await pages.open()
    await expect(bo.page.locator("[data-banner=desk]")).to_be_visible()
    async with stand_in(page_sandbox.base_url):
        await expect(bo.page.locator("[data-banner=desk]")).to_have_count(0)
    # One that is back at once, as after starting over, needs nobody to start it.
    async with stand_in(page_sandbox.base_url):
        await expect(bo.page.locator("[data-banner=desk]")).to_have_count(0)
    await expect(bo.page.locator("[data-banner=desk]")).to_be_visible()


async def test_at_390_pixels_one_thing_at_a_time(page_desk: StandIn, page_sandbox: Sandbox, pages: Pages) -> None:
    word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk" * 3
    page_sandbox.world.post("C0TRIAGE", "U0IDA", f"{word}\n```\n{word}\n```\nhttps://example.com/{word}")
    bo = await pages.open(width=390, height=844, dark=True)
    await fits(bo)
    line = bo.page.get_by_role("region", name="Try this first")
    await expect(line).to_contain_text("Ask for help")
    box = await line.bounding_box()
    assert box is not None
    assert box["height"] < 48
    await line.get_by_role("button").first.click()
    await expect(bo.page.get_by_role("tab", name="Thread")).to_be_visible()
    await expect(bo.side("main")).to_be_hidden()
    await expect(bo.message("Thanks, Ann.", "pane")).to_be_visible()
    await fits(bo)
    await bo.page.get_by_role("button", name="Back").click()
    await expect(bo.side("pane")).to_be_hidden()
    await bo.page.get_by_role("button", name="Channels", exact=True).click()
    await expect(bo.page.get_by_role("navigation", name="Channels and apps")).to_be_visible()
    await fits(bo)
    await bo.be("Bo")
    await bo.message("T-12").get_by_role("button", name="Reply …").click()
    await expect(bo.dialog).to_be_visible()
    await fits(bo)


async def test_everybody_can_be_reached_at_every_width(pages: Pages) -> None:
    bo = await pages.open()
    for width in (390, 681, 800, 961, 1121, 1281, 1401, 1561, 1600):
        await bo.page.set_viewport_size({"width": width, "height": 844})
        await fits(bo)
        last = await bo.page.locator(".who-button").last.bounding_box()
        clock = await bo.page.locator(".clock-now").bounding_box()
        assert last is not None
        assert clock is not None
        assert last["x"] + last["width"] <= clock["x"], width


async def test_a_small_screen_has_room_for_long_names_and_days(pages: Pages) -> None:
    page = await pages.open("U0MIA", width=390, height=844)
    await page.page.get_by_role("group", name="Clock").get_by_role("button", name="+15 min").wait_for()
    await page.page.request.post(f"{page.base_url}/control/clock", data={"to": "next_morning"})
    await expect(page.page.locator(".clock-now")).to_have_text("Mon 08:30")
    for name in ("Mia", "Kim", "Ann"):
        await page.be(name)
        over = await page.page.locator(".who").evaluate("(who) => who.scrollWidth - who.clientWidth")
        assert over <= 0, name


async def fits(page: SandboxPage) -> None:
    """Nothing is wider than the screen, and the composer, where one is shown, ends inside of it."""
    width, own = await page.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= own
    for box in await page.page.locator(".composer:visible, .topbar:visible, dialog:visible").all():
        bounds = await box.bounding_box()
        assert bounds is not None
        assert bounds["x"] >= 0
        assert bounds["x"] + bounds["width"] <= own + 1


COLOURS = """
(selector) => [...document.querySelectorAll(selector)].filter((each) => each.checkVisibility()).map((element) => {
  const rgba = (text) => {
    const canvas = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d');
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const behind = [];
  for (let at = element; at; at = at.parentElement) behind.push(rgba(getComputedStyle(at).backgroundColor));
  return {words: element.textContent.trim().slice(0, 40), front: rgba(getComputedStyle(element).color), behind};
})
"""

READ = {
    "what people wrote": ".text",
    "names": ".author",
    "times": ".stamp time",
    "marks of an app or an organisation": ".tag",
    "links": ".message a:not(.stamp), .link-button, .thread-count",
    "mentions": ".mention",
    "code": ".message code",
    "small print": ".small, .context, .composer-note, .main-note, .only-note, .guide-about, .day span",
    "places": ".place-name, .places h2, .rail-place, .rail-tool",
    "counts": ".badge",
    "people": ".who-name, .who-role, .topbar-label, .clock-now",
    "buttons": ".button:not(:disabled)",
    "tabs": ".tab",
    "the guide": ".guide-title, .guide h2",
    "avatars": ".avatar",
    "a banner": ".banner",
    "fields of a form": ".dialog .field-label, .dialog .field-hint, .dialog .field-error, .dialog-title",
}


def over(front: list[float], back: list[float]) -> list[float]:
    alpha = front[3]
    return [alpha * one + (1 - alpha) * other for one, other in zip(front[:3], back[:3], strict=True)] + [1.0]


def luminance(colour: list[float]) -> float:
    parts = [one / 255 for one in colour[:3]]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(found: dict[str, Any]) -> float:
    """WCAG's ratio of a text to the colours that lie behind it."""
    ground = [255.0, 255.0, 255.0, 1.0]
    for layer in reversed(found["behind"]):
        ground = over(layer, ground)
    light, dark = sorted((luminance(over(found["front"], ground)), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


async def test_everything_can_be_read(page_sandbox: Sandbox, pages: Pages) -> None:
    """Contrast of 4.5 to 1 at least, in both themes."""
    world = page_sandbox.world
    root = world.post(
        "C0GLOBEX", "U0ANN", "Hello <@U0BO> and <@U0IDA> in <#C0GLOBEX>, `error 502` <https://a.example|here>"
    )
    for action, style in (("a", "primary"), ("b", "danger"), ("c", "")):
        button = {"type": "button", "action_id": action, "text": {"type": "plain_text", "text": f"Do {action}"}}
        actions = {"type": "actions", "elements": [button | ({"style": style} if style else {})]}
        context = {"type": "context", "elements": [{"type": "mrkdwn", "text": "small print"}]}
        world.post("C0GLOBEX", "U0DESK", "x", thread=root.id, blocks=[actions, context])
    world.post("C0TRIAGE", "U0IDA", "Unread")
    world.show_ephemeral("U0BO", "C0GLOBEX", "U0DESK", "Only <@U0IDA> `knows`, see <https://a.example|there>")
    bo = await pages.open("U0BO", "C0GLOBEX", root.id, width=1600, height=1000)
    await bo.ready("pane")
    form = Form("V1", "U0BO", "modal", reply_form("12"), "1", "V1", errors={"answer": "Write a whole sentence."})
    world.set_forms("U0BO", [form])
    await expect(bo.dialog).to_be_visible()
    for selector in READ.values():
        await expect(bo.page.locator(selector).first).to_be_attached()
    weak, kinds = [], set()
    for scheme in ("light", "dark"):
        await bo.page.emulate_media(color_scheme=scheme)
        for kind, selector in READ.items():
            for found in await bo.page.evaluate(COLOURS, selector):
                kinds.add((scheme, kind))
                ratio = contrast(found)
                if ratio < 4.5:
                    weak.append(f"{scheme}, {kind}: {found['words']!r} {ratio:.2f}")
    assert weak == []
    assert len(kinds) == 2 * len(READ)


async def test_all_of_it_by_keys(page_desk: StandIn, page_sandbox: Sandbox, pages: Pages) -> None:
    page_sandbox.world.post("C0TRIAGE", "U0IDA", "A word from Ida")
    page_sandbox.world.post("C0TRIAGE", "U0BO", "A word of mine")
    bo = await pages.open("U0BO")
    keys = bo.page.keyboard
    await expect(bo.composer()).to_be_focused()
    await keys.press("ArrowUp")
    await expect(bo.message("A word of mine")).to_be_focused()
    await keys.press("ArrowUp")
    await expect(bo.message("A word from Ida")).to_be_focused()
    await expect(bo.page.get_by_role("toolbar", name="Message actions")).to_be_visible()
    await tab_to(bo, "React with eyes")
    await keys.press("Enter")
    await expect(bo.message("A word from Ida").locator(".reaction")).to_have_count(1)
    await tab_to(bo, "Reply in thread")
    await keys.press("Enter")
    await expect(bo.composer("pane")).to_be_focused()
    await keys.type("Said by keys alone")
    await keys.press("Enter")
    await expect(bo.message("Said by keys alone", "pane")).to_be_visible()
    await tab_to(bo, "Close", backwards=True)
    await keys.press("Enter")
    await expect(bo.side("pane")).to_have_count(0)

    await bo.message("A word of mine").focus()
    await expect(bo.message("A word of mine").get_by_role("toolbar")).to_be_visible()
    await tab_to(bo, "More for this message")
    await keys.press("Enter")
    menu = bo.page.get_by_role("menu")
    await expect(menu.get_by_role("menuitem").first).to_be_focused()
    await keys.press("End")
    await keys.press("ArrowUp")
    await keys.press("Enter")
    box = bo.page.get_by_role("textbox", name="Edit message")
    await expect(box).to_be_focused()
    await keys.press("Escape")
    await expect(box).to_have_count(0)
    await expect(bo.message("A word of mine")).to_be_focused()


async def tab_to(page: SandboxPage, name: str, *, backwards: bool = False) -> None:
    """Press Tab until the control of that name has the focus."""
    for _ in itertools.repeat(None, 40):
        await page.page.keyboard.press("Shift+Tab" if backwards else "Tab")
        label = await page.page.evaluate(
            "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
        )
        if label == name:
            return
    raise AssertionError(f"Tab does not reach {name!r}")


NAMELESS = """
[...document.querySelectorAll('button, a, input, textarea, select')].filter((each) => each.checkVisibility()
  && !(each.getAttribute('aria-label') || each.textContent.trim() || each.labels?.length)).map((each) => each.outerHTML)
"""


async def test_landmarks_and_roles(pages: Pages, page_sandbox: Sandbox) -> None:
    root = page_sandbox.world.post("C0TRIAGE", "U0IDA", "A root")
    bo = await pages.open("U0BO", "C0TRIAGE", root.id)
    await bo.ready("pane")
    for role, name in (("main", "#triage"), ("navigation", "Channels and apps"), ("complementary", "Thread")):
        await expect(bo.page.get_by_role(role, name=name)).to_be_visible()
    await expect(bo.page.get_by_role("banner").first).to_be_visible()
    log = bo.page.get_by_role("log", name="Messages in #triage")
    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(log.get_by_role("list")).to_be_visible()
    await expect(log.get_by_role("listitem").first).to_be_attached()
    await expect(bo.page.get_by_role("group", name="You are").get_by_role("button", pressed=True)).to_have_count(1)
    assert await bo.page.evaluate(NAMELESS) == []


async def test_the_traffic_drawer(page_desk: StandIn, pages: Pages) -> None:
    ann = await pages.open("U0ANN")
    await ann.write("Please help")
    await ann.page.get_by_role("button", name="Traffic").click()
    drawer = ann.page.get_by_role("region", name="Traffic")
    row = drawer.get_by_role("button", name="chat.postMessage").first
    await row.click()
    await expect(drawer.locator("pre").first).to_contain_text("C0TRIAGE")
    await drawer.get_by_role("searchbox").fill("message")
    await expect(drawer.locator(".traffic-row", has_text="auth.test")).to_have_count(0)
    await ann.page.keyboard.press("Escape")
    await expect(drawer).to_have_count(0)
    for number in range(30):
        await ann.write(f"Once more, {number}")
    await ann.page.get_by_role("button", name="Traffic").click()
    await expect(drawer.locator(".traffic-row").last).to_be_in_viewport()
